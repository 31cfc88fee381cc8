"""Tools in a comparison: each column goes on with results that are recorded, or given by hand. Nothing runs:
what a tool did once for an answer, it does not do again for each column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from chat.base.dataclass import dataclass
from chat.base.short import cut
from chat.conversation.branch import Branch
from chat.conversation.content import ToolCall
from chat.conversation.message import message_of, waiting
from chat.conversation.turn import COMPLETE, Turn
from chat.session import calling
from chat.session.state import Session
from chat.tools import arguments

from ..screen import Screen
from .calling import said
from .loop import ROUNDS


@dataclass
class GivenResults:
    """What the person gave in this comparison, by name and arguments: asked once for all columns. `left`:
    nothing more is asked."""

    given: dict[tuple[str, str], str] = field(default_factory=dict)
    left: bool = False

    def find(self, session: Session, screen: Screen, label: str, call: ToolCall) -> str | None:
        """Find the result of a call, or have it given; None for none."""
        key = (call.name, arguments.same(call.arguments))
        if key in self.given:
            return self.given[key]
        known = calling.recorded(session, call.name, call.arguments)
        if known:
            screen.say(f"{label}: {said(call.name, call.arguments)} gives what is recorded", dim=True)
            self.given[key] = known[0]
        elif not self.left and screen.interactive:
            answer = screen.ask(f"{label}: result of {said(call.name, call.arguments)} (Enter for none):")
            if answer:
                self.given[key] = answer
            else:
                self.left = True
        return self.given.get(key)


def follow(
    session: Session,
    screen: Screen,
    turns: Mapping[int, Turn],
    labels: Sequence[str],
    ask: Callable[[dict[int, Branch]], dict[int, Turn]],
) -> dict[int, Turn]:
    """Answer the calls of a comparison's answers, as long as there are results for all calls of one; `ask`
    sends branches, by cell. Give the last answers, by cell."""
    found = dict(turns)
    results = GivenResults()
    for _ in range(int(session.preferences.get("tool_rounds") or ROUNDS)):
        asked: dict[int, Branch] = {}
        for cell, turn in sorted(found.items()):
            if turn.answer.ended == COMPLETE and turn.branches:
                head = _answered(session, screen, results, cut(labels[cell], 40), turn.branches[0])
                if head is not None:
                    asked[cell] = head
        if not asked:
            break
        following = ask(asked)
        found.update(following)
        if len(following) < len(asked):  # it was stopped, or is not to be paid for
            break
    return found


def _answered(
    session: Session, screen: Screen, results: GivenResults, label: str, head: Branch
) -> Branch | None:
    """Give the branch with a result for each call that waits; None where one has none, or none waits."""
    if head.last is None or not head.last.calls:
        return None
    for call in waiting(head):
        content = results.find(session, screen, label, call)
        if content is None:
            return None
        head = head.append(message_of(call.result(content)))
    return head
