"""A machine that is to become a node of the place: what is set up on it, and the programs that are put there."""
