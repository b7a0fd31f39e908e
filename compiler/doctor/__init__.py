"""What has to be there before dbspec can do its work: what is, what is not, and how to get it."""
