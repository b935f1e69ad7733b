"""python -m nanoservices.presence.probe HOST PORT LINE...: are the lines of this node there, as this task sees it?"""

import sys

from nanoservices import gpio_probe, probing

if __name__ == "__main__":
    probing.tell(gpio_probe.probe(sys.argv[1], int(sys.argv[2]), sys.argv[3:], "input"))
