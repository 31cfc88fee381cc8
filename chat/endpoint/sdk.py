"""Import the SDK, without what only its other APIs need. Import this inside functions: it takes long.

Half of the time of `import openai` goes into the classes of the Responses API and of others that nothing here
uses. They hang on two packages that only name what their modules declare, `openai.types` and
`openai.types.responses`: those are stood in for until somebody asks them for a name, and then load as ever.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
import threading
from types import ModuleType
from typing import Any

_LATER = ("openai.types", "openai.types.responses")


class _Later(ModuleType):
    """A package that loads when it is asked for a name. Its modules can be imported without that."""

    def __getattr__(self, name: str) -> Any:
        spec, me = self.__spec__, threading.get_ident()
        loading = self.__dict__.setdefault("_loading", set())  # the threads that do: none waits for another
        if me in loading or spec is None or spec.loader is None or (name[:2] == "__" and name != "__all__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        loading.add(me)
        try:
            spec.loader.exec_module(self)
        finally:
            loading.discard(me)
        self.__class__ = ModuleType  # type: ignore[assignment]
        return getattr(self, name)


def _postpone() -> None:
    """Stand in for the packages, unless the SDK is loaded, or is laid out otherwise."""
    spec = None if "openai" in sys.modules else importlib.util.find_spec("openai")
    for name in _LATER:
        path = spec and spec.submodule_search_locations
        spec = importlib.machinery.PathFinder.find_spec(name, path) if path else None
        if spec is None or spec.submodule_search_locations is None:
            return
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        module.__class__ = _Later
        above, _, own = name.rpartition(".")
        if above in sys.modules:
            setattr(sys.modules[above], own, module)


_postpone()
import openai as openai  # noqa: E402
