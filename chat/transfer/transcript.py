"""Write a branch as people read it: what was said, what was in force, and what it took. Pure.

What is written for people is shown in their terminals and browsers: `shown` makes visible what
would steer those.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ..base import escapes
from ..base.dataclass import dataclass
from ..base.errors import BadInput, BadValue
from ..base.short import several
from ..conversation.branch import Branch
from ..conversation.content import Part, ToolCall, parts_of
from ..conversation.tree import Conversation
from ..conversation.turn import COMPLETE, Choice, Turn
from ..lab.diff import NO_MATTER
from ..parameters.declaration import Parameter
from ..parameters.table import named
from ..tokens.prices import in_and_out, money

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class TranscriptMessage:
    """A message, with the turn that it came from: of a question that has no answer, the turn
    that failed. `system` is the system message where it is another one from here on; `several`
    is how many choices there were."""

    node: Branch
    role: str
    text: str
    mark: str = ""
    turn: Turn | None = None
    choice: Choice | None = None
    number: int = 0
    system: str | None = None

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The tools that it calls."""
        return (self.node.last.calls if self.node.last else ()) or (self.choice.calls if self.choice else ())

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its parts, where it is more than one text."""
        form = self.node.last.form if self.node.last else None
        return parts_of(form) if form is not None and isinstance(form.get("content"), list) else ()

    @property
    def named(self) -> str:
        """Whose words these are, where the message says so: a name, or the call that a tool answers."""
        form = (self.node.last.form if self.node.last else None) or {}
        return " ".join(str(form[name]) for name in ("name", "tool_call_id") if form.get(name))

    @property
    def several(self) -> int:
        return len(self.turn.answer.choices) if self.turn and self.choice else 0


def parts(conversation: Conversation) -> list[TranscriptMessage]:
    """Give the branch in force, oldest first."""
    found = []
    for node in conversation.head.backwards():
        assert node.last is not None
        place = conversation.owner(node)
        turn = choice = None
        if place is not None:
            turn = conversation.turns[place]
            choice = next(
                c for c, answer in zip(turn.answer.choices, turn.branches, strict=True) if answer == node
            )
        elif node == conversation.head:
            tried = [at for at, each in enumerate(conversation.turns) if each.request.asked == node]
            place = tried[-1] if tried else None
            turn = conversation.turns[place] if place is not None else None
        said = node.last
        number = place + 1 if place is not None else 0
        found.append(TranscriptMessage(node, said.role, said.words, said.mark, turn, choice, number))
    return [*_before(conversation), *_with_systems(found[::-1])]


def _before(conversation: Conversation) -> Iterator[TranscriptMessage]:
    """Give the messages that stood before the conversation in the last request."""
    path = conversation.path()
    for message in conversation.turns[path[-1]].request.carried.first if path else ():
        node = Branch().append(message)
        yield TranscriptMessage(node, message.role, message.words, "before each request")


def _with_systems(found: list[TranscriptMessage]) -> Iterator[TranscriptMessage]:
    """Give a system message stands before the question it was sent with."""
    before = ""
    coming: list[Turn | None] = []
    turn: Turn | None = None
    for part in reversed(found):
        turn = part.turn or turn
        coming.append(turn)
    for part, sent in zip(found, reversed(coming), strict=True):
        system = sent.request.carried.system if sent else before
        if system == before:
            yield part
        else:
            yield TranscriptMessage(
                part.node, part.role, part.text, part.mark, part.turn, part.choice, part.number, system
            )
        before = system


def in_force(turn: Turn) -> list[str]:
    """List the parameters that were set, as `name value`, without the model and the system message."""
    found = []
    for name, value in turn.request.settings.items():
        with suppress(BadInput):
            parameter = named(name)
            if name not in ("model", "system", "messages", "base_url", *NO_MATTER):
                found.append(f"{name} {parameter.show(_checked(parameter, value))}")
    return found


def _checked(parameter: Parameter, value: Any) -> Any:
    """Give a value as its kind has it, or as it stands: an opened request may have any."""
    try:
        return parameter.kind.check(value)
    except BadValue:
        return value


def summary(turn: Turn) -> list[str]:
    """Say what a turn took, and how it ended."""
    used = turn.answer.usage
    found = []
    if used:
        found.append(in_and_out(used, "tokens in"))
    if turn.answer.first_token is not None:
        found.append(f"first token {turn.answer.first_token:.2f} s")
    if turn.answer.duration:
        found.append(f"{turn.answer.duration:.2f} s in all")
    found.append("/".join(dict.fromkeys(c.finish_reason for c in turn.answer.choices if c.finish_reason)))
    if turn.answer.ended != COMPLETE:
        found.append(turn.answer.ended + (f": {turn.answer.error.message}" if turn.answer.error else ""))
    if used:
        found.append("cost unknown" if turn.answer.cost is None else money(turn.answer.cost))
    return [each for each in found if each]


def heading(conversation: Conversation) -> tuple[str, str]:
    """Return (title, a line about the whole): when it began, how many turns, what it cost."""
    turns = conversation.turns
    facts = [several(len(turns), "turn")]
    if turns and when(turns[0]):
        facts.insert(0, when(turns[0]))
    if any(turn.answer.usage for turn in turns):
        facts.append("cost unknown" if conversation.cost is None else money(conversation.cost))
    return shown(conversation.title) or "A conversation", " · ".join(facts)


def when(turn: Turn) -> str:
    """Tell when it was sent, in UTC: the file may be read anywhere."""
    with suppress(ValueError, OverflowError, OSError):
        if turn.request.at:
            moment = datetime.datetime.fromtimestamp(turn.request.at, datetime.timezone.utc)
            return moment.strftime("%Y-%m-%d %H:%M UTC")
    return ""


def shown(text: str) -> str:
    """Make every character visible that would steer a terminal or turn its letters around."""
    if text.isascii() and text.isprintable():
        return text
    return _STEERING.sub(lambda found: escapes.visible(found[0]), text.replace("\r\n", "\n"))
