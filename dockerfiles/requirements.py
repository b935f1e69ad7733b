"""Print what pip is to install for a service: requirements.py SETUP_CFG EXTRA,EXTRA

The project's own requirements and those of the extras, from setup.cfg, a line each, sorted: equal needs are equal texts.
"""

import configparser
import sys


def requirements(setup: str, extras: list[str]) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(setup)
    offered = parser["options.extras_require"]
    unknown = [extra for extra in extras if extra not in offered]
    if unknown:
        raise SystemExit(f"setup.cfg has no extra called {', '.join(unknown)}; it has: {', '.join(offered)}")
    texts = [parser["options"]["install_requires"], *(offered[extra] for extra in extras)]
    lines = (line.partition("#")[0].strip() for text in texts for line in text.splitlines())
    return sorted({line for line in lines if line})


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123  # pathlib would take longer to import than this takes
        print("\n".join(requirements(file.read(), [extra for extra in sys.argv[2].split(",") if extra])))
