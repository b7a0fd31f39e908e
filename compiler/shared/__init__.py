"""What others built and databases stand on: networks, topics, keys, read from where their builders keep them."""
