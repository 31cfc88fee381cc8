"""A dataclass whose methods are made at its first use is, from then on, what the standard library makes."""

from __future__ import annotations

import ast
import copy
import dataclasses
import importlib
import inspect
import pickle
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import KW_ONLY, FrozenInstanceError, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from chat.base.dataclass import dataclass

ROOT = Path(__file__).resolve().parents[3]
T = TypeVar("T")
Maker = Callable[..., Callable[[type], type]]


def plain(make: Maker) -> type:
    @make()
    class Point:
        """A point."""

        x: int
        y: int = 2

    return Point


def frozen(make: Maker) -> type:
    @make(frozen=True)
    class Point:
        x: int
        y: int = 2
        all: ClassVar[list[int]] = []

        @cached_property
        def far(self) -> int:
            return self.x + self.y

    return Point


def fielded(make: Maker) -> type:
    @make(frozen=True)
    class Point:
        x: int
        _: KW_ONLY
        y: int = field(default=2, compare=False)
        tags: list[str] = field(default_factory=list, repr=False, hash=False)

        def __post_init__(self) -> None:
            self.tags.append("made")

    return Point


def ordered(make: Maker) -> type:
    @make(order=True)
    class Point:
        x: int
        y: int = 2

    return Point


def same(make: Maker) -> type:
    @make(frozen=True, eq=False)
    class Point:
        x: int
        y: int = 2

        def __repr__(self) -> str:
            return "a point"

    return Point


def derived(make: Maker) -> type:
    @make(frozen=True)
    class Base(ABC):
        x: int

        @abstractmethod
        def name(self) -> str: ...

    @make(frozen=True)
    class Point(Base):
        y: int = 2

        def name(self) -> str:
            return super().__class__.__name__

    return Point


def generic(make: Maker) -> type:
    @make(frozen=True)
    class Point(Generic[T]):
        x: T
        y: int = 2

    return Point


def own_init(make: Maker) -> type:
    @make(init=False)
    class Point:
        x: int
        y: int = 2

        def __init__(self, x: int, y: int = 3) -> None:
            self.x, self.y = x, y

    return Point


def slotted(make: Maker) -> type:
    @make(frozen=True, slots=True)
    class Point:
        x: int
        y: int = 2

    return Point


def outcome(do: Callable[[], Any]) -> Any:
    """Give what comes of it: its value, or its error."""
    try:
        return do()
    except Exception as error:
        return type(error), str(error)


def described(cls: type) -> list[Any]:
    """List all that can be seen of a dataclass and its instances."""
    one, other = cls(1), cls(1, y=5)
    return [
        *map(repr, (one, other)),
        *(one == cls(1), one == other, one != cls(2), one == (1, 2)),
        outcome(lambda: hash(one) == hash(cls(1))),
        outcome(lambda: one < other),
        outcome(lambda: setattr(one, "x", 3)),
        outcome(lambda: setattr(one, "z", 3)),
        outcome(lambda: delattr(one, "x")),
        outcome(lambda: cls()),
        outcome(lambda: cls(1, 2, 3, 4)),
        outcome(lambda: cls.y),
        outcome(lambda: one.far),
        outcome(lambda: one.name()),
        outcome(lambda: dataclasses.replace(one, y=7)),
        outcome(lambda: copy.deepcopy(other) == other),
        outcome(lambda: dataclasses.asdict(one)),
        [(each.name, each.type, each.compare, each.kw_only) for each in dataclasses.fields(cls)],
        *(cls.__match_args__, cls.__doc__, cls.__name__, hasattr(cls, "tags")),
        cls.__dataclass_params__.frozen,
        str(inspect.signature(cls)),
    ]


KINDS = [plain, frozen, fielded, ordered, same, derived, generic, own_init, slotted]


@pytest.mark.parametrize("declare", KINDS)
def test_it_is_what_the_standard_library_makes(declare: Callable[[Maker], type]) -> None:
    """Once used, it can't be told from one of the standard library."""
    assert list(map(str, described(declare(dataclass)))) == list(
        map(str, described(declare(dataclasses.dataclass)))
    )


@pytest.mark.parametrize("declare", KINDS)
def test_its_fields_are_known_before_there_is_an_instance(declare: Callable[[Maker], type]) -> None:
    """Who looks at its fields has it made."""
    names = [each.name for each in dataclasses.fields(declare(dataclass))]
    assert names[:2] == ["x", "y"]
    assert dataclasses.is_dataclass(declare(dataclass))


def test_a_class_that_inherits_without_being_one_is_made_with_its_base() -> None:
    """A class below it that is none itself behaves as one."""

    class Child(frozen(dataclass)):  # type: ignore[misc]
        pass

    assert Child(1) == Child(1)
    with pytest.raises(FrozenInstanceError):
        Child(1).x = 2


def test_what_was_not_used_was_not_made() -> None:
    """A class that nobody uses costs nothing."""
    assert "__eq__" not in plain(dataclass).__dict__
    assert "__eq__" in type(plain(dataclass)(1)).__dict__


@dataclass(frozen=True)
class Kept:
    """One that pickle finds by its name."""

    x: int


def test_it_can_be_pickled() -> None:
    """An instance goes through pickle."""
    assert pickle.loads(pickle.dumps(Kept(1))) == Kept(1)


def test_threads_that_make_the_first_instances_at_once_all_get_one() -> None:
    """Threads that need it at the same moment all find it whole."""
    for _ in range(30):
        cls = frozen(dataclass)
        gate = threading.Barrier(8)
        made: list[Any] = []

        def work(cls: type = cls, gate: threading.Barrier = gate, made: list[Any] = made) -> None:
            gate.wait()
            one = cls(1)
            made.append((one == cls(1), hash(one) == hash(cls(1)), repr(one)))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 8
        assert {each[:2] for each in made} == {(True, True)}


def declared_in(path: Path) -> list[str]:
    """List the dataclasses at the top of a module."""
    tree = ast.parse(path.read_text())
    return [
        each.name
        for each in tree.body
        if isinstance(each, ast.ClassDef)
        and any("dataclass" in ast.unparse(mark) for mark in each.decorator_list)
    ]


def test_all_that_the_product_declares_can_be_made() -> None:
    """A mistake in any declaration of ours is found here, not by a person."""
    made = 0
    for path in [*ROOT.glob("chat/**/*.py"), *ROOT.glob("commands/**/*.py"), *ROOT.glob("terminal/**/*.py")]:
        for name in declared_in(path):
            module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            made += dataclasses.is_dataclass(getattr(module, name))
    assert made > 250
