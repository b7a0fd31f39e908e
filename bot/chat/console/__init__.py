"""The same bot in a terminal: a forge in a folder and a simulated account, for trying and for tests."""
