"""From specs to the engine: which stacks, where they live, and one run over them."""
