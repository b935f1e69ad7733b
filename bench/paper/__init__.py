"""The published prototype's tables and figures, measured anew on a cluster; see swarm/commands/bench.py."""
