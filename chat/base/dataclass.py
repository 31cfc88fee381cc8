"""Declare a dataclass as the standard library does, but make its methods when they are first used.

The standard `dataclass` compiles six methods for each frozen class while its module is imported: half a
millisecond a class, and half of all the time that our modules take. A run uses few of the classes that it
imports, and compares or shows fewer. What is not used is not made here; all else is the standard library's
own work.
"""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from dataclasses import dataclass as dataclass
    from typing import Any

#: What the standard library adds to a class, beside its methods.
_FACTS = ("__doc__", "__match_args__", "__dataclass_params__", "__replace__")
_making = threading.RLock()  # a class has its bases made first


if not TYPE_CHECKING:

    def dataclass(cls: type | None = None, /, **options: Any) -> type | Callable[[type], type]:
        """Make a dataclass of a class, with the options of `dataclasses.dataclass`. A mistake in the
        declaration is raised when the class is first used."""
        if cls is None:
            return lambda cls: dataclass(cls, **options)
        if options.keys() - {"frozen", "eq"} or cls.__dict__.keys() & {"__init__", "__eq__", "__hash__"}:
            return dataclasses.dataclass(cls, **options)
        pending = _Pending(cls, options)
        cls.__dataclass_fields__ = pending
        cls.__init__ = pending.first_init()
        return cls


class _Pending:
    """Stand where a class has its fields, until somebody looks at them or makes an instance."""

    def __init__(self, cls: Any, options: dict[str, Any]) -> None:
        self._cls, self._options = cls, options
        self._declared = {k: v for k, v in cls.__dict__.items() if k not in ("__dict__", "__weakref__")}
        self._declared["__qualname__"] = cls.__qualname__
        self._made = False

    def __get__(self, instance: object, owner: type) -> object:
        self.make()
        return self._cls.__dataclass_fields__

    def first_init(self) -> Callable[..., None]:
        """Give what initialises the first instance."""

        def __init__(instance: Any, *args: Any, **kwargs: Any) -> None:
            self.make()
            self._cls.__init__(instance, *args, **kwargs)

        return __init__

    def make(self) -> None:
        """Make what an instance needs to begin, and take over what the standard library says of the class."""
        with _making:
            if self._made:
                return
            cls = self._cls
            made = self._twin(**{**self._options, "eq": False, "repr": False})
            fields = made["__dataclass_fields__"]
            for name in (*fields, *_FACTS):
                if name in made:
                    setattr(cls, name, made[name])
                elif name in self._declared:  # what `field()` said is no default
                    delattr(cls, name)
            if self._options.get("frozen"):
                _freeze(cls, frozenset(fields))
            for name in self._compared():
                setattr(cls, name, self._later(name))
            cls.__dataclass_fields__ = fields
            cls.__init__ = made["__init__"]  # the last: from here on other threads make instances
            self._made = True

    def _compared(self) -> Iterator[str]:
        """Name the methods that compare and show instances."""
        if "__repr__" not in self._declared:
            yield "__repr__"
        if self._options.get("eq", True):
            yield from ("__eq__", "__hash__")

    def _later(self, name: str) -> Callable[..., Any] | None:
        """Give what makes such a method when it is first called, and those like it."""
        if name == "__hash__" and not self._options.get("frozen"):
            return None  # as the standard library has it: what can change has no hash

        def method(instance: Any, *others: Any) -> Any:
            with _making:
                made = self._twin(**self._options)
                for each in self._compared():
                    setattr(self._cls, each, made[each])
            return getattr(self._cls, name)(instance, *others)

        return method

    def _twin(self, **options: Any) -> Mapping[str, Any]:
        """Give all that the standard library makes of a class that is declared alike."""
        twin = type(self._cls)(self._cls.__name__, self._cls.__bases__, self._declared)
        return dataclasses.dataclass(**options)(twin).__dict__


def _freeze(cls: Any, fields: frozenset[str]) -> None:
    """Refuse changes to instances, in the words of the standard library, whose methods name the twin."""

    def __setattr__(self: object, name: str, value: object) -> None:
        if type(self) is cls or name in fields:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self: object, name: str) -> None:
        if type(self) is cls or name in fields:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    cls.__setattr__, cls.__delattr__ = __setattr__, __delattr__
