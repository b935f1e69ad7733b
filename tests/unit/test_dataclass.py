"""Our `dataclass` makes what dataclasses' own makes, later."""

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import pytest

from nanoservices.dataclass import dataclass

Make = Callable[..., Any]
KINDS = [pytest.param(make, id=name) for make, name in ((dataclass, "ours"), (dataclasses.dataclass, "dataclasses'"))]


def shapes(make: Make) -> tuple[Any, Any]:
    @make(frozen=True)
    class Point:
        x: int
        y: float = 1.5
        names: tuple[str, ...] = ()
        more: dict[str, int] = dataclasses.field(default_factory=dict, compare=False)

    @make
    class Counter:
        n: int = dataclasses.field(default=3, repr=False)
        seen: list[int] = dataclasses.field(default_factory=list)

        def __post_init__(self) -> None:
            self.seen.append(self.n)

    return Point, Counter


@pytest.mark.parametrize("make", KINDS)
def test_objects_are_equal_hashed_shown_replaced_and_frozen(make: Make) -> None:
    point, counter = shapes(make)
    assert [field.name for field in dataclasses.fields(point)] == ["x", "y", "names", "more"]
    one = point(1, names=("a",))
    assert (one, hash(one)) == (point(1, 1.5, ("a",), {"b": 1}), hash(point(x=1, names=("a",))))
    assert one != point(2) and one != (1, 1.5, ("a",), {})
    assert repr(one).endswith("Point(x=1, y=1.5, names=('a',), more={})")
    assert (dataclasses.replace(one, y=2.0).y, one.more is point(1).more) == (2.0, False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.x = 2
    with pytest.raises(TypeError):
        point()
    with pytest.raises(TypeError):
        point(1, z=2)
    two = counter()
    two.n = 4
    assert (two.seen, repr(two), counter.__hash__) == ([3], f"{counter.__qualname__}(seen=[3])", None)
    match one:
        case point(1, y):
            assert y == 1.5
        case _:
            pytest.fail("it does not match by position")


@pytest.mark.parametrize("make", KINDS)
def test_keyword_only_is_kept(make: Make) -> None:
    @make(frozen=True, kw_only=True)
    class Asked:
        budget_s: float = 1.0
        peer: str

    assert Asked(peer="auth") == Asked(budget_s=1.0, peer="auth")
    with pytest.raises(TypeError):
        Asked("auth")


def test_nothing_is_made_before_the_first_object() -> None:
    point, _ = shapes(dataclass)
    assert "__eq__" not in vars(point)
    assert not isinstance(vars(point)["__dataclass_fields__"], dict)
    point(1)
    assert "__eq__" in vars(point)


def test_heir_without_fields_of_its_own_has_those_it_inherits() -> None:
    point, _ = shapes(dataclass)
    heir = type("Heir", (point,), {})
    assert [field.name for field in dataclasses.fields(heir)] == ["x", "y", "names", "more"]
    assert heir(1).y == 1.5 and dataclasses.is_dataclass(heir)


def test_threads_that_make_the_first_object_at_once_all_get_theirs() -> None:
    for _ in range(20):
        point, _ = shapes(dataclass)
        begin, made = threading.Barrier(4), []

        def work(point: Any = point, begin: threading.Barrier = begin, made: list[Any] = made) -> None:
            begin.wait()
            made.append(point(1))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert made == [point(1)] * 4
