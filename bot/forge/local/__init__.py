"""A forge without a network: a bare repository, and a small store beside it."""
