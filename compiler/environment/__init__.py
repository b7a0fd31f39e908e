"""Environments: where databases live, and what those of one environment have in common."""
