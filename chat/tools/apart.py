"""A process of its own for what may not be trusted: a program of this room, with a folder of its own, that
ends with all that it started.

`chat.base.child` starts it, talks with it and ends its group; here is what more it takes where people's code
and other people's servers run: their children have groups of their own.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from ..base import halves
from ..base.child import LARGE, LATE, Child, NoAnswer
from ..base.dataclass import dataclass
from ..base.errors import TemperaError
from ..base.short import shorten
from .processes import FOLDER, Born, descendants, kill, kill_tree

_LARGEST = 4_000_000  # bytes of a reply


class ToolFailed(TemperaError):
    """What runs apart failed, hung or died."""


@dataclass
class _Tree(Child):
    """A program that ends with its children, wherever they went. `born` are those that are known: should it
    die, they are still to be ended."""

    born: list[Born] = field(default_factory=list)

    def end(self) -> None:
        kill(self.born)
        if self.pid:
            kill_tree(self.pid)
        self.born = []
        super().end()


class Apart:
    """A process that runs a program of this room."""

    def __init__(self, program: str, environ: Mapping[str, str], what: str) -> None:
        """`what` is how an error names it. It starts with the first order."""
        self._what = what
        self.folder = Path(tempfile.mkdtemp(prefix=FOLDER))
        path = Path(__file__).with_name(program)
        self._child = _Tree.serving(path, environment=lambda _: environ, most=_LARGEST, folder=self.folder)

    @property
    def alive(self) -> bool:
        return self._child.pid != 0

    def ask(self, order: Mapping[str, Any], seconds: float) -> Any:
        """Have an order done. Raises ToolFailed; also KeyboardInterrupt, and the process is gone then."""
        try:
            reply = halves.cleaned(self._child.ask(order, seconds))
        except NoAnswer as error:
            raise ToolFailed(f"{self._what} {_why(error, seconds)}") from None
        except OSError as error:
            raise ToolFailed(f"{self._what} can't be started: {error.strerror or error}") from None
        except (ValueError, RecursionError):
            raise ToolFailed(f"{self._what} answered with what is no JSON") from None
        if reply.get("gone"):
            self._child.end()
        if "failed" in reply:
            raise ToolFailed(str(reply["failed"]), str(reply.get("hint", "")))
        return reply.get("result")

    def remember(self) -> None:
        """Note what it has started by now."""
        self._child.born = descendants(self._child.pid) if self.alive else []

    def end(self) -> None:
        """End the process with all that it started, and remove its folder."""
        self._child.end()
        shutil.rmtree(self.folder, ignore_errors=True)


def _why(error: NoAnswer, seconds: float) -> str:
    if error.why == LATE:
        return f"took more than {seconds:g} s and was stopped"
    if error.why == LARGE:
        return "gave back too much"
    last = error.words.rpartition("\n")[2]
    return f"ended without an answer{': ' + shorten(last, 200) if last else ''}"
