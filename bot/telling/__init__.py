"""What happens to a team's databases, told in its channel: merges, applies, failures, drift, what is about to end."""
