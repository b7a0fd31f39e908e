"""Where pull requests, checks and issues live."""
