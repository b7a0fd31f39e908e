"""What is said to people, and how they answer; no forge and no AWS."""
