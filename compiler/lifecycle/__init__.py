"""How a database changes, comes and goes: what its spec says of that beside what it is."""
