# ruff: noqa: PTH104, PTH112, PTH118, PTH120  # a slim image need not have pathlib
"""Runs on a node, in a service's own image, while the service is stopped: changes which data a volume holds.

    python3 -c SOURCE '{"folder": "/volumes", "way": "forth", "live": "room_auth-data", "new": "...", "old": "..."}'

A volume is a folder `_data` in a folder of its name. "forth": what `live` holds goes to `old`, what `new` holds to `live`, in
two renames, so that each is whole at every moment; when it is killed between them, or run again, it goes on from what it
finds. "back" undoes it, whether it was finished or not. Without `_data` in `new` it is done; `live` is never in between both.
"""

import json
import os
import sys


def forth(live: str, new: str, old: str) -> None:
    if not os.path.isdir(new):
        return
    os.sync()  # what was unpacked into `new` is on the disk before anything is given up for it
    if os.path.isdir(live):
        move(live, old)
    move(new, live)


def back(live: str, new: str, old: str) -> None:
    if not os.path.isdir(new):
        move(live, new)
    if not os.path.isdir(live):
        move(old, live)


def move(source: str, target: str) -> None:
    """Takes the place of an empty folder; one that is not empty is never overwritten."""
    os.rename(source, target)
    for path in (target, source):
        holder = os.open(os.path.dirname(path), os.O_RDONLY)
        try:
            os.fsync(holder)
        finally:
            os.close(holder)


def main(asked: dict[str, str]) -> None:
    live, new, old = (os.path.join(asked["folder"], asked[name], "_data") for name in ("live", "new", "old"))
    if asked["way"] == "forth":
        forth(live, new, old)
    elif asked["way"] == "back":
        back(live, new, old)
    print(json.dumps({"done": not os.path.isdir(new), "live": os.path.isdir(live)}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
