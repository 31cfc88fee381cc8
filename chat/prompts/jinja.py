"""Render jinja templates in a process of their own: `jinja_server`. jinja2 is imported there alone.

One process renders many; it is replaced when it has died or took too long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from ..base.child import Child, NoAnswer
from ..base.dataclass import dataclass
from ..base.errors import BadValue

#: Seconds that an order may take, all in all; starting takes 0.15 s of them, more on a busy machine.
SECONDS = 8.0
_LARGEST = 8_000_000  # bytes of a reply: what the process counts, as JSON writes it at its longest
#: What a process needs of the environment; nothing else of it is given.
_NEEDED = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "SYSTEMROOT", "LANG", "LC_ALL")


def _environment(of_shell: Mapping[str, str]) -> dict[str, str]:
    return {name: of_shell[name] for name in _NEEDED if name in of_shell}


def _child() -> Child:
    return Child.serving(Path(__file__).with_name("jinja_server.py"), environment=_environment, most=_LARGEST)


@dataclass
class JinjaProcess:
    """The process; launched when it is first asked, and again should it have died."""

    child: Child = field(default_factory=_child)

    def render(self, texts: Sequence[str], values: Mapping[str, Any], nunjucks: bool = False) -> list[str]:
        """Fill texts with values. Raises BadValue for a template that fails, or that takes too much. With
        `nunjucks` as that does it: what is missing is empty, no error."""
        do = "nunjucks" if nunjucks else "render"
        return self._asked({"do": do, "texts": list(texts), "values": dict(values)})

    def names(self, texts: Sequence[str], nunjucks: bool = False) -> list[str]:
        """Name the variables of texts. Raises BadValue for a text that is no template. With `nunjucks` as
        that knows them: it has a filter more."""
        return self._asked({"do": "names", "texts": list(texts), "nunjucks": nunjucks})

    def _asked(self, order: dict[str, Any]) -> list[str]:
        try:
            reply = self.child.ask(order, SECONDS)
        except NoAnswer as error:
            lacks = "No module named 'jinja2'" in error.words
            why = "jinja2 is not installed (pip install jinja2)" if lacks else error.told(SECONDS)
            raise BadValue(f"the jinja template fails: {why}") from None
        if "failed" in reply:
            raise BadValue(f"the jinja template fails: {reply['failed']}")
        result: list[str] = reply["result"]
        return result


#: One for the program.
PROCESS = JinjaProcess()
