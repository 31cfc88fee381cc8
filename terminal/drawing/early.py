"""Show Markdown whose answer begins before what draws it is loaded: as it was written, until then.

That takes 50 ms, which the first words of a first message do not wait for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from .raw import wrapped

if TYPE_CHECKING:
    from .painted import Body

_begun, _loaded = threading.Lock(), threading.Event()


def load() -> None:
    """Load what draws Markdown: it needs rich."""
    from . import markdown, render  # noqa: F401

    _loaded.set()


def loaded() -> bool:
    """Tell whether all that draws Markdown is there."""
    return _loaded.is_set()


class Early:
    """A text that is Markdown as soon as it can be. `markdown` makes what draws it."""

    def __init__(self, markdown: Callable[[], Body]) -> None:
        self._markdown = markdown
        self._text = ""
        self._body: Body | None = None

    def feed(self, text: str) -> None:
        if self._body:
            self._body.feed(text)
        else:
            self._text += text

    def lines(self, width: int, room: int) -> tuple[list[str], list[str]]:
        if loaded():
            return self._drawn().lines(width, room)
        if _begun.acquire(blocking=False):  # once for all, and not before there is something to paint
            threading.Thread(target=load, daemon=True).start()
        return [], wrapped(self._text[-width * room :], width)[-room:]

    def close(self, width: int) -> list[str]:
        return self._drawn().close(width)

    def _drawn(self) -> Body:
        if self._body is None:
            self._body = self._markdown()
            self._body.feed(self._text)
            self._text = ""
        return self._body
