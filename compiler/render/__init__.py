"""Results as text: for terminals, programs, pull requests and code scanning. A renderer decides nothing."""
