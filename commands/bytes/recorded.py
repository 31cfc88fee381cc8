"""Find the recorded requests of a turn by its number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chat.base.dataclass import dataclass
from chat.base.errors import BadInput, TemperaError
from chat.base.redact import cover, hide_bytes, spelt
from chat.base.short import shorten
from chat.conversation.turn import Turn
from chat.conversation.wire import Exchange
from chat.session.state import Session

from ..declare import Suggestion

_WHERE = re.compile(r"(\d{1,8})(?:\.(\d{1,4}))?")


@dataclass(frozen=True)
class Recorded:
    """A turn, its number, and its requests with theirs, both from 1. `all` it took."""

    number: int
    turn: Turn
    exchanges: tuple[tuple[int, Exchange], ...]
    all: int

    def name(self, place: int) -> str:
        """Tell how a person names one of them."""
        return f"{self.number}.{place}" if self.all > 1 else str(self.number)

    def head(self, place: int) -> str:
        return f"turn {self.number}" + (f", request {place} of {self.all}" if self.all > 1 else "")

    def one(self) -> tuple[int, Exchange]:
        """Return the request that is meant: the last with a good answer, or the last. Raises BadInput if
        there were several, each for a choice of its own."""
        good = [pair for pair in self.exchanges if pair[1].status == 200]
        if len(good) > 1:
            names = ", ".join(self.name(place) for place, _ in good)
            raise BadInput(f"turn {self.number} took several requests", f"name one of them: {names}")
        return (good or list(self.exchanges))[-1]


def is_where(word: str) -> bool:
    return _WHERE.fullmatch(word) is not None


def recorded(session: Session, where: str = "") -> Recorded:
    """Give the turn of that number, and of its requests the one of the number after a dot; the newest
    turn where nothing is said. Raises TemperaError where nothing is known of it."""
    if not session.turns:
        raise TemperaError("nothing was sent yet")
    found = _WHERE.fullmatch(where or str(len(session.turns)))
    if not found:
        raise BadInput(f"{where} is not the number of a turn, or of a request of it: 3, or 3.2")
    turn = session.conversation.turn(int(found[1]))
    if session.conversation.hides(turn):
        raise TemperaError(f"turn {found[1]} is one of a blind comparison", "it is shown once you /pick one")
    secrets = session.secrets()
    exchanges = tuple(enumerate((_without(each, secrets) for each in session.store.wire(turn)), 1))
    number = int(found[1])
    if not exchanges:
        why = f": {turn.answer.error.message}" if turn.answer.error else ""
        raise TemperaError(f"nothing of turn {number} went over a connection of this shell{why}")
    if found[2]:
        if not 1 <= int(found[2]) <= len(exchanges):
            raise BadInput(f"turn {number} has requests 1 to {len(exchanges)}")
        return Recorded(number, turn, (exchanges[int(found[2]) - 1],), len(exchanges))
    return Recorded(number, turn, exchanges, len(exchanges))


def _without(exchange: Exchange, secrets: Sequence[str]) -> Exchange:
    """Return the same without a key, in case somebody typed one into a message: what is shown may be
    saved."""
    body, data = hide_bytes(exchange.body, spelt(secrets)), cover(exchange.data, secrets)
    return replace(exchange, body=body, data=data)  # type: ignore[arg-type]  # a bytearray stays one


def suggest_recorded(session: Session, typed: str) -> Iterator[Suggestion]:
    """Give the numbers of turns, the newest first."""
    for number in range(len(session.turns), 0, -1):
        asked = session.turns[number - 1].request.asked.last
        hidden = session.conversation.hides(session.turns[number - 1])
        if str(number).startswith(typed) and not hidden:
            yield Suggestion(str(number), shorten(asked.content if asked else "", 50))
