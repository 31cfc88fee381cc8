"""Declare a dataclass as the standard library does, but make its methods when it is first used.

The standard `dataclass` compiles six methods for each frozen class while its module is imported: half a
millisecond a class, and half of all the time that our modules take. A run uses few of the classes that it
imports. What is not used is not made here; all else is the standard library's own work.
"""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass as dataclass
    from typing import Any

_MADE = (
    *("__doc__", "__match_args__", "__dataclass_params__", "__replace__", "__repr__", "__eq__", "__hash__"),
    *("__lt__", "__le__", "__gt__", "__ge__"),
)  # what the standard library adds to a class, beside what `_Pending.make` names
_making = threading.RLock()  # a class has its bases made first


if not TYPE_CHECKING:

    def dataclass(cls: type | None = None, /, **options: Any) -> type | Callable[[type], type]:
        """Make a dataclass of a class, with the options of `dataclasses.dataclass`. A mistake in the
        declaration is raised when the class is first used."""
        if cls is None:
            return lambda cls: dataclass(cls, **options)
        if options.get("slots") or not options.get("init", True) or "__init__" in cls.__dict__:
            return dataclasses.dataclass(cls, **options)  # with slots it is another class
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
        """Have the standard library make a twin of the class, and take over what it made."""
        with _making:
            if self._made:
                return
            cls, declared = self._cls, self._declared
            twin = dataclasses.dataclass(**self._options)(type(cls)(cls.__name__, cls.__bases__, declared))
            fields = twin.__dataclass_fields__
            for name in (*fields, *_MADE):
                if name in twin.__dict__:
                    setattr(cls, name, twin.__dict__[name])
                elif name in declared:  # what `field()` said is no default
                    delattr(cls, name)
            if self._options.get("frozen"):
                _freeze(cls, frozenset(fields))
            cls.__dataclass_fields__ = fields
            cls.__init__ = twin.__init__  # the last: from here on other threads make instances
            self._made = True


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
