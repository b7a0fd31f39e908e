"""The Pulumi engine: its CLI, and how a graph is previewed and applied with it."""
