"""What AWS offers, refuses and charges, and what its resource types look like: dated data with sources."""
