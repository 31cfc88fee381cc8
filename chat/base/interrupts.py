"""Say when Ctrl-C may land. During a turn it is held back, except where the turn waits: between two events
it can't tear what is being recorded, painted or written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Interrupts(Protocol):
    """Holds interrupts back. The shell's own knows of signals."""

    @property
    def ending(self) -> bool:
        """Tell whether the system asked the program to end."""

    def held(self) -> AbstractContextManager[None]:
        """Hold Ctrl-C and the system's signals to end back inside this block, except while `open`."""

    def open(self) -> None:
        """Let interrupts raise KeyboardInterrupt from now on: at once, if one is waiting."""

    def shut(self) -> None:
        """Make interrupts wait again."""


class Unguarded:
    """Holds nothing back: interrupts come as Python lets them."""

    ending = False

    def held(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    def open(self) -> None: ...

    def shut(self) -> None: ...


@contextlib.contextmanager
def allowed(interrupts: Interrupts) -> Iterator[None]:
    """Allow interrupts inside this block."""
    interrupts.open()
    try:
        yield
    finally:
        interrupts.shut()


def waited(items: Iterator[Item], interrupts: Interrupts) -> Iterator[Item]:
    """Yield the items. Waiting for the next one may be interrupted; what is done with it may not."""
    while True:
        interrupts.open()
        try:
            item = next(items)
        except StopIteration:
            return
        finally:
            interrupts.shut()
        yield item
