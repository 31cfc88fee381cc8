"""Find out whether a request fits the model's context window, and what it can leave out so that it does.

Only requests leave something out; what was said stays in the conversation and in the store. What
is left out is a beginning of the branch, up to an answer, and a summary may stand for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from ..base.dataclass import dataclass
from ..base.errors import TemperaError
from ..conversation.body import Carried
from ..conversation.branch import Branch
from ..conversation.experiment import ranges
from ..conversation.message import Message
from ..conversation.tree import Conversation
from ..endpoint.target import Target
from ..parameters.settings import Settings
from .size import prompt_of
from .state import Session

ASK, DROP, SUMMARISE, SEND = "ask", "drop", "summarise", "send"

#: Characters of a request from which on it is worth finding out what is not known yet.
_LONG = 8000
#: The share of the window from which on a server that counts is asked for the exact count.
_NEAR = 0.5
#: Tokens that a summary may have, at most, and the share of the window that it may take.
SUMMARY, SUMMARY_SHARE = 800, 1 / 8

INSTRUCTION = (
    "Summarise the conversation so far for your own later use. Keep every fact, name, number, decision,"
    " open question and wish that could matter later, and who said what. Leave out pleasantries. Write"
    " plain prose, no more than {words} words."
)


@dataclass(frozen=True)
class Fit:
    """Tokens of a request, those its answer may take, and those that the window holds. `exact`:
    counted by the server."""

    prompt: int
    answer: int
    window: int
    exact: bool = False

    @property
    def over(self) -> int:
        """Return by how many tokens it does not fit, or 0 if it does."""
        return max(0, self.prompt + self.answer - self.window)

    def __str__(self) -> str:
        mark = "" if self.exact else "≈"
        answer = f" and {self.answer:,} for the answer" if self.answer > 1 else ""
        return (
            f"{mark}{self.prompt:,} tokens{answer} are {mark}{self.over:,} more than the"
            f" {self.window:,} of the model's window"
        )


def fit(session: Session, target: Target, branch: Branch, carried: Carried) -> Fit | None:
    """Find out how a request fits. Return None if its size or the window is not known. Short requests do
    not wait for anything unknown. May raise TemperaError."""
    long = sum(len(message.content) for message in branch) + len(carried.head()) > _LONG
    window = target.server.find_window(target.model) if long else target.window()
    if window is None or not (long or session.tokenizers.ready(target.model)):
        return None
    with contextlib.suppress(TemperaError):
        prompt, answer = prompt_of(target, branch, carried), _answer(target.settings)
        size = session.sizes.find(prompt, ask=False)
        if size.tokens + answer > window * _NEAR:
            size = session.sizes.find(prompt)
        return Fit(size.tokens, answer, window, size.exact)
    return None


def _answer(settings: Settings) -> int:
    """Return how many tokens are set aside for the answer: its limit if one is set."""
    limits = (settings.get(name) for name in ("max_completion_tokens", "max_tokens"))
    return next((int(limit) for limit in limits if limit is not None and limit > 0), 1)


def ends(branch: Branch) -> list[Branch]:
    """Tell where a request for this branch may begin later: after each answer on it, oldest first, but for
    one that calls tools: their results can't be without it."""
    found = [node for node in branch.backwards() if node != branch and node.last]
    return [node for node in reversed(found) if node.last and _ends(node.last)]


def _ends(message: Message) -> bool:
    return message.role == "assistant" and not message.calls


def cut(
    session: Session, target: Target, branch: Branch, carried: Carried, now: Fit, room: int = 0
) -> Branch | None:
    """Find the answer after which the request has to begin so that it fits, with `room` tokens to spare.
    Return None if even the last message alone does not fit."""
    for node in ends(branch):
        if carried.after.length and node.length <= carried.after.length:
            continue
        shorter = replace(carried, after=node)
        counted = _scaled(session, target, branch, shorter, carried, now)
        if counted + now.answer + room <= now.window:
            return node
    return None


def _scaled(session: Session, target: Target, branch: Branch, part: Carried, whole: Carried, now: Fit) -> int:
    """Give the count of a part of a request, in the measure in which the whole was counted."""

    def count(carried: Carried) -> int:
        return session.sizes.estimate(prompt_of(target, branch, carried)).tokens

    return count(part) if not now.exact else round(count(part) * now.prompt / max(1, count(whole)))


def summary_room(window: int) -> int:
    """Return how many tokens a summary may take."""
    return max(32, min(SUMMARY, int(window * SUMMARY_SHARE)))


def to_summarise(
    session: Session, model: str, after: Branch, carried: Carried, window: int
) -> Iterator[Branch]:
    """Split the branch up to `after` into parts that each fit the window, with the request for a summary
    added. Return their ends, oldest first. One part is enough, unless the model's window is smaller than
    the one that the conversation was held in."""
    room = window - 2 * summary_room(window) - 100
    begun, last = carried.after, None
    for node in [*ends(after), after]:
        if node.length <= begun.length:
            continue
        size = session.tokenizers.count_request(model, node, replace(carried, after=begun), {})
        if size > room and last is not None:
            yield last
            begun = last
        last = node
    if last is not None:
        yield last


def left_out(conversation: Conversation) -> str:
    """Say what requests for the branch in force leave out. Return "" for nothing."""
    after = conversation.after
    if not after.length or not conversation.head.goes_through(after):
        return ""
    turns = conversation.path(after)
    what = f"turn{'s' if len(turns) > 1 else ''} {ranges(turns)}" if turns else "a beginning"
    stands = "; a summary stands for that" if conversation.summary else ""
    return f"requests leave out {what}{stands}"
