"""Compiling a tree for an image: what is in the bytecode, and what is written down of its imports."""

import ast
import json
import marshal
import os
import subprocess
import sys
from pathlib import Path

import bytecode
import pytest


def made_of(source: bytes, docstrings: bool) -> bytes:
    return bytecode.compiled(source, ast.parse(source), "x.py", docstrings)


def ran(code: bytes) -> dict[str, object]:
    found: dict[str, object] = {"__name__": "tried"}
    exec(marshal.loads(code[16:]), found)
    return found


def test_docstrings_are_left_out_and_assertions_stay() -> None:
    source = (
        b'"""Of a module."""\nfrom __future__ import annotations\n'
        b'def told():\n    """Of a function."""\n    assert False, "held"\n'
    )
    found = ran(made_of(source, docstrings=False))
    assert found.get("__doc__") is None
    assert found["told"].__doc__ is None  # type: ignore[attr-defined]
    with pytest.raises(AssertionError, match="held"):
        found["told"]()  # type: ignore[operator]
    assert ran(made_of(source, docstrings=True))["__doc__"] == "Of a module."


@pytest.mark.parametrize(
    "source",
    [b'@list\nclass A:\n    """Kept."""\n', b'class A:\n    """Kept."""\n    text = "Kept."\nprint(A.__doc__, end="")\n'],
    ids=["a decorated class", "a module that reads docstrings"],
)
def test_docstrings_that_somebody_reads_stay(source: bytes) -> None:
    assert b"Kept." in made_of(source, docstrings=False)


def test_function_of_a_docstring_alone_is_still_a_function() -> None:
    source = b'def nothing():\n    """Only this."""\n'
    assert ran(made_of(source, docstrings=False))["nothing"]() is None  # type: ignore[operator]


def test_imports_that_are_tried_or_lazy_are_only_perhaps() -> None:
    source = b"import a\ntry:\n    import b\nexcept ImportError:\n    import c\ndef f():\n    from d import e\n"
    assert bytecode.imports(ast.parse(source), "m", is_package=False) == (["a"], ["b", "c", "d", "d.e"])


def test_what_is_imported_both_ways_is_certain() -> None:
    assert bytecode.imports(ast.parse(b"def f():\n    import a\nimport a\n"), "m", is_package=False) == (["a"], [])


@pytest.mark.parametrize(
    "test",
    ["__name__ == '__main__'", "TYPE_CHECKING", "typing.TYPE_CHECKING", "sys.platform == 'win32'", "os.name in ('nt', 'dos')"],
)
def test_branches_that_no_image_takes_are_not_looked_at(test: str) -> None:
    source = f"if {test}:\n    import here\nelse:\n    import there\n".encode()
    assert bytecode.imports(ast.parse(source), "m", is_package=False) == (["there"], [])


def test_branch_against_another_system_is_looked_at() -> None:
    assert bytecode.imports(ast.parse(b"if sys.platform != 'win32':\n    import here\n"), "m", is_package=False) == (
        ["here"],
        [],
    )


@pytest.mark.parametrize(
    ("module", "is_package", "text", "found"),
    [
        ("p.m", False, "from . import x", ["p", "p.x"]),
        ("p", True, "from . import x", ["p", "p.x"]),
        ("p.q.m", False, "from ..x import y", ["p.x", "p.x.y"]),
        ("p.q", True, "from .x import y", ["p.q.x", "p.q.x.y"]),
    ],
)
def test_relative_imports_are_told_in_full(module: str, is_package: bool, text: str, found: list[str]) -> None:
    assert bytecode.imports(ast.parse(text.encode()), module, is_package)[0] == found


def made(tmp_path: Path, target: str, seed: str = "0") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(Path(bytecode.__file__)), str(tmp_path / "tree"), str(tmp_path / target), "/opt/tree"]
    return subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, timeout=30)


def test_tree_is_compiled_without_its_sources_and_runs_from_there(tmp_path: Path) -> None:
    package = tmp_path / "tree/whole"
    (package / "tests").mkdir(parents=True)
    for name, text in {
        "__init__.py": "from . import part",
        "part.py": "KINDS = {'a', 'b', 'c'}",
        "page.html": "<p>",
        "x.pyi": "",
    }.items():
        (package / name).write_text(text)
    (package / "tests/test_it.py").write_text("")
    (package / "template.py").write_text("this is {{not}} Python")
    for target in ("one", "other"):
        assert made(tmp_path, target).returncode == 0
    one = {path.relative_to(tmp_path / "one").as_posix(): path.read_bytes() for path in (tmp_path / "one").rglob("*.*")}
    assert set(one) == {"imports.json", "whole/__init__.pyc", "whole/part.pyc", "whole/page.html"}
    assert one == {
        path.relative_to(tmp_path / "other").as_posix(): path.read_bytes() for path in (tmp_path / "other").rglob("*.*")
    }
    assert json.loads(one["imports.json"])["whole"] == {
        "file": "whole/__init__.pyc",
        "certain": ["whole", "whole.part"],
        "perhaps": [],
    }
    told = subprocess.run(
        [sys.executable, "-c", "import whole; print(sorted(whole.part.KINDS), whole.part.__spec__.origin)"],
        cwd=tmp_path / "one", capture_output=True, text=True, timeout=30, check=True,
    ).stdout  # fmt: skip
    assert told.split("] ")[0] == "['a', 'b', 'c'" and told.strip().endswith("whole/part.pyc")


def test_tree_is_not_compiled_with_hashes_that_change(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    done = made(tmp_path, "one", seed="1")
    assert done.returncode == 1 and "PYTHONHASHSEED=0" in done.stderr
