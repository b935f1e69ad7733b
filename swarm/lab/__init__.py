"""A real Swarm of several nodes on one Linux machine, to try the kit on and to test it with."""
