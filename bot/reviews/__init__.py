"""What pull requests have reviewed, worked out again from git objects."""
