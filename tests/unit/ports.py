"""Where a test may listen."""

from swarm.demo.supervisor import free_ports


def free_port() -> int:
    """A UDP port of 127.0.0.1 that nobody has, and that the kernel gives nobody else meanwhile."""
    return free_ports("udp", 1)[0]
