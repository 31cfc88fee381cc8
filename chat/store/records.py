"""A turn and its messages as JSON holds them, and back: one form for the store, for the journal
of a turn that is still going on, and for files. What comes back is checked, for files are strangers'.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from ..base.errors import BadValue, RequestFailed
from ..conversation.body import Carried
from ..conversation.branch import Branch
from ..conversation.events import TokenLogprob
from ..conversation.turn import COMPLETE, FAILED, INTERRUPTED, Answer, Choice, Marks, Request, Turn, Usage
from ..parameters.table import SYSTEM_ROLES

Record = dict[str, Any]
Value = TypeVar("Value")

_ENDED = (COMPLETE, INTERRUPTED, FAILED)
_LARGEST = 2**63 - 1


# ---- out


def plain(value: Any) -> Any:
    """A setting's value as JSON has it: pairs as an object, texts as a list."""
    if not isinstance(value, tuple):
        return value
    return dict(value) if value and isinstance(value[0], tuple) else list(value)


def message_record(node: Branch) -> Record:
    assert node.last is not None
    return {
        "id": node.id,
        "before": node.before.id if node.before else 0,
        "role": node.last.role,
        "content": node.last.content,
        "mark": node.last.mark,
    }


def turn_record(turn: Turn) -> Record:
    """All of a turn but its messages, which it names by their numbers."""
    used = turn.answer.usage
    return {
        "id": turn.id,
        "at": turn.request.at,
        "asked": turn.request.asked.id,
        "system": turn.request.carried.system,
        "after": turn.request.carried.after.id,
        "summary": turn.request.carried.summary,
        "prefill": turn.request.carried.prefill,
        "endpoint": turn.request.endpoint,
        "profile": turn.request.profile,
        "settings": {name: plain(value) for name, value in turn.request.settings.items()},
        "body": {name: plain(value) for name, value in turn.request.body.items()},
        "model": turn.model,
        "fingerprint": turn.answer.fingerprint,
        "service_tier": turn.answer.service_tier,
        "ended": turn.answer.ended,
        "error": turn.answer.error.message if turn.answer.error else "",
        "prompt_tokens": used and used.prompt,
        "completion_tokens": used and used.completion,
        "cached_tokens": used and used.cached,
        "reasoning_tokens": used and used.reasoning,
        # without numbers: a server reported them in no way that is understood
        "estimated": bool(used and (used.estimated or (used.prompt is None and used.completion is None))),
        "estimate": turn.answer.estimate,
        "cost": turn.answer.cost,
        "first_token": turn.answer.first_token,
        "duration": turn.answer.duration,
        "arrivals": [round(seconds, 6) for seconds in turn.answer.arrivals],
        "picked": turn.marks.picked,
        "effective": None if turn.answer.effective is None else dict(turn.answer.effective),
        "experiment": turn.request.experiment,
        "cell": turn.request.cell,
        "rating": turn.marks.rating,
        "note": turn.marks.note,
        "choices": [_choice_record(turn, number) for number in range(len(turn.answer.choices))],
    }


def _choice_record(turn: Turn, number: int) -> Record:
    choice = turn.answer.choices[number]
    return {
        "index": choice.index,
        "answer": turn.branches[number].id if turn.branches else 0,
        "text": choice.text,
        "reasoning": choice.reasoning,
        "refusal": choice.refusal,
        "tool_calls": [list(call) for call in choice.tool_calls],
        "finish_reason": choice.finish_reason,
        "logprobs": [
            [t.token, _finite(t.logprob), [[token, _finite(logprob)] for token, logprob in t.top]]
            for t in choice.logprobs
        ],
    }


def _finite(logprob: float) -> float:
    """JSON has no infinity, which is how some servers write the logarithm of 0."""
    return min(max(logprob, -1e9), 1e9)


# ---- and back


def branches(records: Iterable[Record]) -> dict[int, Branch]:
    """The messages by their numbers, each hung where it belongs. Raises BadValue for one that
    goes on from a message that has not come before it."""
    found = {0: Branch()}
    for record in records:
        number, before = _whole(record, "id"), _whole(record, "before")
        if number in found or before not in found:
            raise BadValue(f"message {number} has no place")
        found[number] = found[before].add(
            _text(record, "role"), _text(record, "content"), _text(record, "mark"), number
        )
    return found


def turn_of(record: Record, nodes: Mapping[int, Branch]) -> Turn:
    """Raises BadValue where something is missing or of another type, or names no message."""
    ended, error = _text(record, "ended"), _text(record, "error")
    if ended not in _ENDED:
        raise BadValue(f"a turn can't have ended {ended!r}")
    prompt, completion = _whole_or_none(record, "prompt_tokens"), _whole_or_none(record, "completion_tokens")
    usage = None
    if prompt is None and completion is None and record.get("estimated"):
        usage = Usage(None, None)
    elif prompt is not None or completion is not None:
        usage = Usage(
            prompt,
            completion,
            _whole_or_none(record, "cached_tokens"),
            _whole_or_none(record, "reasoning_tokens"),
            bool(record.get("estimated")),
        )
    choices = [_mapping(each) for each in _list(record, "choices")]
    found = [_node(choice, "answer", nodes) for choice in choices]
    effective = record.get("effective")
    request = Request(
        body=_mapping(record.get("body")),
        asked=_node(record, "asked", nodes),
        carried=Carried(
            _text(record, "system"),
            _node(record, "after", nodes),
            _text(record, "summary"),
            _text(record, "prefill"),
            _role(_mapping(record.get("settings"))),
        ),
        id=_whole(record, "id"),
        at=_number(record, "at") or 0.0,
        profile=_text(record, "profile"),
        settings=_mapping(record.get("settings")),
        endpoint=_text(record, "endpoint"),
        experiment=_whole(record, "experiment"),
        cell=_whole(record, "cell"),
    )
    answer = Answer(
        model=_text(record, "model"),
        fingerprint=_text(record, "fingerprint"),
        service_tier=_text(record, "service_tier"),
        choices=tuple(_choice(each) for each in choices),
        usage=usage,
        ended=ended,
        error=RequestFailed(error) if error else None,
        first_token=_number(record, "first_token"),
        duration=_number(record, "duration") or 0.0,
        arrivals=_seconds(_list(record, "arrivals")),
        estimate=_whole_or_none(record, "estimate"),
        cost=_number(record, "cost"),
        effective=None if effective is None else _mapping(effective),
    )
    marks = Marks(_whole(record, "picked"), _rating(record), _text(record, "note"))
    hang = bool(found) and all(branch.id for branch in found)
    return Turn(request, answer, marks, tuple(found) if hang else ())


def _role(settings: Record) -> str:
    role = settings.get("instruction_role")
    return role if role in SYSTEM_ROLES else SYSTEM_ROLES[0]


def _rating(record: Record) -> int | None:
    found: int | None = _got(
        record, "rating", lambda value: type(value) is int and abs(value) == 1, "1 or -1"
    )
    return found


def _choice(record: Record) -> Choice:
    return Choice(
        _whole(record, "index"),
        _text(record, "text"),
        _text(record, "reasoning"),
        _text(record, "refusal"),
        tuple((_text({"": a}, ""), _text({"": b}, "")) for a, b in _pairs(record, "tool_calls")),
        _text(record, "finish_reason"),
        tuple(_logprobs(_list(record, "logprobs"))),
    )


def _logprobs(entries: Iterable[Any]) -> Iterator[TokenLogprob]:
    for entry in entries:
        if not isinstance(entry, list) or len(entry) != 3:
            raise BadValue("a log probability is not [token, logprob, others]")
        token, logprob, top = entry
        pairs = tuple(_likely(*pair) for pair in _pairs({"": top}, ""))
        yield TokenLogprob(*_likely(token, logprob), pairs)


def _likely(token: Any, logprob: Any) -> tuple[str, float]:
    return _text({"": token}, ""), _number({"": logprob}, "") or 0.0


def _got(record: Record, name: str, right: Callable[[Any], bool], what: str) -> Any:
    value = record.get(name)
    if value is not None and not right(value):
        raise BadValue(f"{name} is not {what}")
    return value


def _text(record: Record, name: str) -> str:
    text = _got(record, name, lambda value: isinstance(value, str), "a text") or ""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _whole_or_none(record: Record, name: str) -> int | None:
    def right(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST

    found: int | None = _got(record, name, right, "a whole number")
    return found


def _whole(record: Record, name: str) -> int:
    return _whole_or_none(record, name) or 0


def _number(record: Record, name: str) -> float | None:
    def right(value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST

    found = _got(record, name, right, "a number")
    return None if found is None else float(found)


def _seconds(values: list[Any]) -> array[float]:
    """Many of them, so looked at all at once."""
    try:
        found = array("d", values)
    except (TypeError, OverflowError):
        found = array("d", (math.nan,))
    if not math.isfinite(sum(found)):
        raise BadValue("a time is not a number")
    return found


def _list(record: Record, name: str) -> list[Any]:
    return _got(record, name, lambda value: isinstance(value, list), "a list") or []


def _pairs(record: Record, name: str) -> list[list[Any]]:
    pairs = _list(record, name)
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise BadValue(f"{name} is not a list of pairs")
    return pairs


def _mapping(value: Any) -> Record:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadValue("an object is expected")
    return value


def _node(record: Record, name: str, nodes: Mapping[int, Branch]) -> Branch:
    number = _whole(record, name)
    if number not in nodes:
        raise BadValue(f"{name} names no message")
    return nodes[number]
