"""Compile a tree for good: bytecode.py SOURCE TARGET AT [--docstrings], where AT is the tree's path in the image.

TARGET gets a `.pyc` in the place of every `.py` (Python imports it as it is, asks no clock and writes none), what else there
is but headers and type stubs, and `imports.json`: which module imports which, for reached.py. Docstrings are left out
unless told otherwise, or a module reads them itself; assertions stay. Equal sources make equal bytes: with PYTHONHASHSEED=0.
"""

import ast
import importlib.util
import json
import marshal
import os
import shutil
import sys
from collections.abc import Iterator

TABLE = "imports.json"
_NOT_CARRIED = (
    ".py",
    ".pyc",
    ".pyi",
    ".pyx",
    ".pxd",
    ".c",
    ".h",
    ".a",
    ".exe",
    "py.typed",
    "INSTALLER",
    "REQUESTED",
    "WHEEL",
)
_FOLDERS_LEFT = {
    "__pycache__",
    "test",
    "tests",
    "site-packages",
    "dist-packages",
    "idlelib",
    "tkinter",
    "turtledemo",
    "lib2to3",
    "ensurepip",
    "pydoc_data",
    "__phello__",
    "bin",
    "include",
}
_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
_NOT_HERE = ("'win32'", "'nt'", "'darwin'", "'__main__'", "TYPE_CHECKING")


def compiled(source: bytes, tree: ast.Module, shown: str, docstrings: bool) -> bytes:
    """A .pyc that is never compared with its source (PEP 552, unchecked); `tree` is changed. A decorated class keeps its
    docstring: without one, dataclasses make up their own, at every start."""
    if not docstrings and b"__doc__" not in source:
        _leave_out_docstrings(tree)
    code = marshal.dumps(compile(tree, shown, "exec", dont_inherit=True, optimize=0))
    return importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + importlib.util.source_hash(source) + code


def _leave_out_docstrings(node: ast.AST) -> None:
    for child in _statements(node):
        _leave_out_docstrings(child)
    if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) and not getattr(node, "decorator_list", None):
        node.body[0:1] = [] if node.body[1:] else [ast.copy_location(ast.Pass(), node.body[0])]


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Those right below it. Expressions hold none, and are most of a tree."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        yield from getattr(node, field, ())


def imports(tree: ast.Module, module: str, is_package: bool) -> tuple[list[str], list[str]]:
    """What it imports: for certain when it is imported itself, and perhaps (in functions, and where it tries)."""
    found: dict[str, bool] = {}
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node, certain in _walk(tree, True):
        for name in _names(node, package):
            found[name] = found.get(name, False) or certain
    return sorted(name for name in found if found[name]), sorted(name for name in found if not found[name])


def _walk(node: ast.AST, certain: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in _statements(node):
        if isinstance(child, ast.If) and any(word in ast.unparse(child.test) for word in _NOT_HERE):
            positive = not any(isinstance(part, (ast.NotEq, ast.NotIn, ast.Not)) for part in ast.walk(child.test))
            child = ast.Module(child.orelse if positive else [*child.body, *child.orelse], [])
        yield child, certain
        guarded = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Try))
        yield from _walk(child, certain and not guarded)


def _names(node: ast.AST, package: list[str]) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    if isinstance(node, ast.ImportFrom):
        above = package[: len(package) - node.level + 1] if node.level else []
        whence = ".".join(above + ([node.module] if node.module else []))
        return [whence, *(f"{whence}.{name.name}" for name in node.names)]
    return []


def _files(source: str) -> Iterator[str]:
    """Paths below it, in an order that is always the same, without what no image needs."""
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name not in _FOLDERS_LEFT and not name.startswith("config-"))
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), source)


def _module(path: str) -> str | None:
    """The module that a file is; None for other files. An extension is called after all before the first dot."""
    if not path.endswith((".py", ".so")):
        return None
    folder, name = os.path.split(path)
    parts = [part for part in folder.split("/") if part and part != "lib-dynload"]
    stem = name.partition(".")[0]
    return ".".join(parts if stem == "__init__" else [*parts, stem])


def tree(source: str, target: str, at: str, docstrings: bool) -> None:
    table = {}
    for path in _files(source):
        module, result = _module(path), os.path.join(target, path)
        if module is None and path.endswith(_NOT_CARRIED):
            continue
        os.makedirs(os.path.dirname(result), exist_ok=True)
        if not path.endswith(".py"):
            shutil.copyfile(os.path.join(source, path), result)
            if module:
                table[module] = {"file": path, "certain": [], "perhaps": []}
            continue
        with open(os.path.join(source, path), "rb") as file:
            text = file.read()
        try:
            parsed = ast.parse(text)
        except SyntaxError:
            continue  # a template, or for a Python of another age; nothing can import it here
        certain, perhaps = imports(parsed, str(module), path.endswith("__init__.py"))
        code = compiled(text, parsed, os.path.join(at, path), docstrings)
        table[module] = {"file": path + "c", "certain": certain, "perhaps": perhaps}
        with open(result + "c", "wb") as file:
            file.write(code)
    with open(os.path.join(target, TABLE), "w", encoding="utf-8") as file:
        json.dump(table, file, indent=0, sort_keys=True)


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        raise SystemExit("set PYTHONHASHSEED=0: sets of constants are written in the order of their hashes")
    tree(*sys.argv[1:4], docstrings="--docstrings" in sys.argv)
