"""What Pulumi cannot answer: whose account this is, what exists in it, which change still waits."""
