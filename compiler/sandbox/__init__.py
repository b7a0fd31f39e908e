"""A simulated AWS account: what it holds, what it refuses, and how it answers as a Pulumi provider."""
