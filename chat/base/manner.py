"""How answers are to be drawn: what commands say, and the terminal does."""

from __future__ import annotations

from typing import NamedTuple


class Manner(NamedTuple):
    """`plain`: as they were written, not as Markdown; `fold`: reasoning is counted, not shown; `shaped`: they
    are to be JSON."""

    plain: bool = False
    fold: bool = False
    shaped: bool = False


USUAL = Manner()
