"""What CI runs, and what it tells."""
