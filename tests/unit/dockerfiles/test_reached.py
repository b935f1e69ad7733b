"""Which modules go into an image."""

from reached import Module, modules, reached


def test_what_a_root_imports_comes_along_with_its_packages() -> None:
    known = {"a": Module("a.pyc", ("b.c",)), "b": Module("b/__init__.pyc"), "b.c": Module("b/c.pyc"), "d": Module("d.pyc")}
    assert reached(known, ["a"]) == {"a", "b", "b.c"}


def test_names_that_are_no_modules_are_passed_over() -> None:
    assert reached({"a": Module("a.pyc", ("b", "a.NAME"))}, ["a", "nowhere"]) == {"a"}


def test_circles_end() -> None:
    assert reached({"a": Module("a.pyc", ("b",)), "b": Module("b.pyc", ("a",))}, ["a"]) == {"a", "b"}


def test_spared_module_is_left_out_only_where_a_library_perhaps_imports_it() -> None:
    stdlib = {"unittest": Module("unittest/__init__.pyc"), "unittest.case": Module("unittest/case.pyc")}
    for kind, there in (({"perhaps": ("unittest.case",)}, False), ({"certain": ("unittest.case",)}, True)):
        assert ("unittest.case" in reached({"lib": Module("lib.pyc", **kind), **stdlib}, ["lib"])) is there
    ours = Module("nanoservices/ours.pyc", perhaps=("unittest.case",), own=True)
    assert "unittest.case" in reached({"ours": ours, **stdlib}, ["ours"])


def test_lazy_import_that_is_not_spared_comes_along() -> None:
    known = {"lib": Module("lib.pyc", perhaps=("codec",)), "codec": Module("codec.pyc")}
    assert reached(known, ["lib"]) == {"lib", "codec"}


def test_spared_module_that_is_asked_for_by_name_is_there() -> None:
    assert reached({"ssl": Module("ssl.pyc", ("_ssl",)), "_ssl": Module("_ssl.so")}, ["ssl"]) == {"ssl", "_ssl"}


def test_table_is_read_as_it_is_written() -> None:
    table = {"a": {"file": "a.pyc", "certain": ["b"], "perhaps": ["c"]}}
    assert modules(table, own=True) == {"a": Module("a.pyc", ("b",), ("c",), own=True)}


def test_what_is_in_the_interpreter_under_another_name_is_not_followed() -> None:
    known = {name: Module(name) for name in ("importlib", "zipfile")}
    known["importlib"] = Module("importlib/__init__.pyc", ("importlib._bootstrap_external",))
    known["importlib._bootstrap_external"] = Module("importlib/_bootstrap_external.pyc", ("zipfile",))
    assert reached(known, ["importlib"]) == {"importlib"}


def test_who_reads_a_packages_files_gets_their_reader() -> None:
    known = {name: Module(name) for name in ("importlib", "importlib.resources", "importlib.readers")}
    assert reached(known, ["importlib"]) == {"importlib"}
    assert reached(known, ["importlib.resources"]) == set(known)
