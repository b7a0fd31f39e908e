"""The two roles by which an environment's account is reached: who may take them, and what they may do."""
