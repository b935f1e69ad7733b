"""A service on ever more nodes of one cluster."""
