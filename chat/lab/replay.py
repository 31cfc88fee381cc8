"""Send a stored request again, byte for byte, and hold the new answer against the first.

Both answers are read from what went over the connection, in one way.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from ..base.dataclass import dataclass
from ..base.errors import NoTokenizer, RequestFailed, TemperaError
from ..conversation import reading
from ..conversation.body import as_sent
from ..conversation.branch import new_id
from ..conversation.folding import Fold
from ..conversation.turn import Answer, Choice, Turn
from ..conversation.wire import Exchange
from ..endpoint.address import WHERE, display_url
from ..endpoint.target import Target
from ..parameters.settings import Settings
from ..parameters.table import BY_NAME
from ..session.sending import Prepared
from ..session.state import Session

BY_LOGPROBS, BY_TOKENISER, BY_WORDS = "by the tokens of logprobs", "by the tokeniser", "by words"

Cut = Callable[[str], Sequence[str]]


# ---- the request


def settings_of(session: Session, turn: Turn) -> Settings:
    """Return the present settings with the endpoint of that turn."""
    settings = session.settings
    for name in WHERE:
        value = turn.request.settings.get(name)
        kind = BY_NAME[name].kind
        settings = settings.unset(name) if value is None else settings.set(name, kind.check(value))
    return settings


def prepare(target: Target, turn: Turn, exchange: Exchange) -> Prepared:
    """Make the same request, to go where it went. The target is that of the turn's `settings_of`. May wait
    for a model to load. Raises TemperaError if it can't be the same."""
    endpoint = target.endpoint
    if display_url(endpoint.base_url) != turn.request.endpoint:
        raise TemperaError(
            f"it was sent to {turn.request.endpoint or 'nobody knows where'}, and its settings lead to"
            f" {display_url(endpoint.base_url)} now",
            "/set base_url, or OPENAI_BASE_URL before the start, leads there again",
        )
    try:
        body = json.loads(exchange.body)
    except ValueError:
        body = None
    if not isinstance(body, dict) or as_sent(body) != exchange.body:
        raise TemperaError("that request can't be made again byte for byte")
    if b"[key]" in exchange.body:
        raise TemperaError("a key stood in that request and was not kept: it can't be made again")
    fields = {name: value for name, value in body.items() if name != "messages"}
    made = replace(turn.request, body=fields, order=tuple(body))
    again = replace(made, id=new_id(), at=time.time(), experiment=0, cell=0)
    return Prepared(again, body, target, target.client(), as_is=True)


# ---- the answers


def came(exchange: Exchange) -> Answer:
    """Read what an answer said from its bytes, as the client reads them."""
    fold = Fold()
    for event in reading.recorded(exchange, RequestFailed("this was no whole answer")):
        fold.feed(event)
    return fold.answer()


def said(answer: Answer) -> tuple[object, ...]:
    """Give all of an answer that two are compared by."""
    return tuple(
        (each.index, each.text, each.reasoning, each.refusal, each.tool_calls, each.finish_reason)
        for each in answer.choices
    )


@dataclass(frozen=True)
class Divergence:
    """Where two answers part. `what` is the choice's text, or another part of it; `same` are the
    tokens before, `one` and `other` the first that differ ("" where one ends), `how` they were
    cut."""

    choice: int
    what: str
    one: str
    other: str
    same: tuple[str, ...] = ()
    how: str = ""

    @property
    def place(self) -> int:
        """Return the number of the first token that differs, from 1."""
        return len(self.same) + 1


def difference(one: Answer, other: Answer, cut: Cut) -> Divergence | None:
    """Give the first difference of two answers, choice by choice; None where they are the same. `cut`
    makes tokens of a text, or raises NoTokenizer."""
    before = {choice.index: choice for choice in one.choices}
    after = {choice.index: choice for choice in other.choices}
    for index in sorted({*before, *after}):
        if index not in before or index not in after:
            words = ("a choice", "none") if index in before else ("none", "a choice")
            return Divergence(index, "choice", *words)
        found = _difference(before[index], after[index], cut)
        if found:
            return found
    return None


def _difference(one: Choice, other: Choice, cut: Cut) -> Divergence | None:
    if one.reasoning != other.reasoning:
        return _texts(one.index, "reasoning", one.reasoning, other.reasoning, cut)
    if one.text != other.text:
        old, new = ([token.token for token in each.logprobs] for each in (one, other))
        if old and new:
            found = _parted(one.index, "text", old, new, BY_LOGPROBS)
            if found:
                return found
        return _texts(one.index, "text", one.text, other.text, cut)
    if one.refusal != other.refusal:
        return _texts(one.index, "refusal", one.refusal, other.refusal, cut)
    if one.tool_calls != other.tool_calls:
        calls = [json.dumps(each.tool_calls, ensure_ascii=False) for each in (one, other)]
        return Divergence(one.index, "tool calls", calls[0], calls[1])
    if one.finish_reason != other.finish_reason:
        return Divergence(
            one.index, "finish reason", one.finish_reason or "none", other.finish_reason or "none"
        )
    return None


def _texts(index: int, what: str, one: str, other: str, cut: Cut) -> Divergence:
    try:
        found = _parted(index, what, cut(one), cut(other), BY_TOKENISER)
    except NoTokenizer:
        found = None
    found = found or _parted(index, what, _words(one), _words(other), BY_WORDS)
    assert found, "texts that differ have words that differ"
    return found


def _parted(index: int, what: str, one: Sequence[str], other: Sequence[str], how: str) -> Divergence | None:
    place = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if place is None:
        if len(one) == len(other):
            return None
        place = min(len(one), len(other))
    old, new = ("".join(tokens[place : place + 1]) for tokens in (one, other))
    return Divergence(index, what, old, new, tuple(one[:place]), how)


def _words(text: str) -> list[str]:
    """Split a text into words with the blanks before them. Joined, they are the text again."""
    return re.findall(r"\s*\S+|\s+$", text)
