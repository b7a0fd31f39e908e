"""What docs/reference says of every key: written from models, editions, golden cases and tables of effects."""
