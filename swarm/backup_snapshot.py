# ruff: noqa: PTH103, PTH118, PTH123, PTH208, S608  # a slim image need not have pathlib; tables are quoted
"""Runs inside a service's own image, on the node of its volumes, as the service's own user; not in the manager.

    python3 -c SOURCE '{"roots": ["/data"], "into": "/scratch/copy"}'

Prints one JSON object by root: {"databases": {path: {"schema": n, "rows": {table: n}, "copy": name}}, "files": {path:
[bytes, mtime_ns, mode, uid, gid]}, "folders": {path: [mode, uid, gid]}, "odd": [paths that are neither]}. Paths are relative
to their root. With "into", each database is copied there by SQLite's own backup, whole, while the service goes on; without it,
databases are only looked at and checked. A slim image has of Python's library just what the service reaches: so little is used.
"""

import json
import os
import stat
import sys

try:
    import sqlite3
except ImportError:
    sqlite3 = None  # type: ignore[assignment]  # whose service has no databases

_MAGIC = b"SQLite format 3\0"
_BESIDE = ("-wal", "-shm", "-journal")


def look(root: str, into: str, number: int) -> dict[str, object]:
    databases: dict[str, object] = {}
    files: dict[str, list[int]] = {}
    folders: dict[str, list[int]] = {}
    odd: list[str] = []
    names = list(walk(root))
    bases = {path for path in names if is_database(os.path.join(root, path))}
    for path in names:
        full = os.path.join(root, path)
        try:
            about = os.lstat(full)
        except FileNotFoundError:
            continue
        owned = [stat.S_IMODE(about.st_mode), about.st_uid, about.st_gid]
        if path in bases:
            copy = f"{number}-{len(databases)}" if into else ""
            databases[path] = {**looked_at(full, os.path.join(into, copy) if into else ""), "copy": copy, "owned": owned}
        elif any(path.endswith(end) and path[: -len(end)] in bases for end in _BESIDE):
            continue
        elif stat.S_ISREG(about.st_mode):
            files[path] = [about.st_size, about.st_mtime_ns, *owned]
        elif stat.S_ISDIR(about.st_mode):
            folders[path] = owned
        else:
            odd.append(path)
    return {"databases": databases, "files": files, "folders": folders, "odd": odd}


def walk(root: str, below: str = "") -> list[str]:
    found = []
    for name in sorted(os.listdir(os.path.join(root, below))):
        path = os.path.join(below, name)
        found.append(path)
        if stat.S_ISDIR(os.lstat(os.path.join(root, path)).st_mode):
            found += walk(root, path)
    return found


def is_database(full: str) -> bool:
    try:
        if not stat.S_ISREG(os.lstat(full).st_mode):
            return False
        with open(full, "rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except FileNotFoundError:
        return False


def looked_at(full: str, copy: str) -> dict[str, object]:
    if sqlite3 is None:
        sys.exit(f"{full}: is a database, and this image has no library for it")
    source = sqlite3.connect(full, timeout=20)
    try:
        if not copy:
            return checked(source, full)
        target = sqlite3.connect(copy)
        try:
            source.backup(target)
            return checked(target, full)
        finally:
            target.close()
    finally:
        source.close()


def checked(database: "sqlite3.Connection", name: str) -> dict[str, object]:
    said = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        sys.exit(f"{name}: its database is damaged: {said}")
    tables = [
        row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    ]
    rows = {
        name: database.execute('SELECT COUNT(*) FROM "' + name.replace('"', '""') + '"').fetchone()[0]
        for name in sorted(tables)
    }
    schema = database.execute("PRAGMA user_version").fetchone()[0]
    if "migrations" in tables:
        schema = database.execute("SELECT COALESCE(MAX(number), 0) FROM migrations").fetchone()[0]
    return {"schema": schema, "rows": rows}


def main(asked: dict[str, object]) -> None:
    roots, into = asked["roots"], str(asked.get("into", ""))
    assert isinstance(roots, list)
    if into:
        os.makedirs(into, exist_ok=True)
    print(json.dumps({root: look(root, into, number) for number, root in enumerate(roots)}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
