"""A turn and its messages as JSON holds them, and back: one form for the store, for the journal
of a turn that is still going on, and for files. What comes back is checked, for files are strangers'; of a
`facts.Lenient` record, which the store's own rows are, what can't be read is left out and noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from ..base import facts
from ..base.errors import BadValue, RequestFailed
from ..conversation.body import Body, Carried, first_messages, in_order
from ..conversation.branch import Branch
from ..conversation.events import TokenLogprob
from ..conversation.message import Message
from ..conversation.turn import COMPLETE, FAILED, INTERRUPTED, Answer, Choice, Marks, Request, Turn, Usage
from ..parameters.messages import check
from ..parameters.table import SYSTEM_ROLES

Record = dict[str, Any]

_ENDED = (COMPLETE, INTERRUPTED, FAILED)


# ---- out


def plain(value: Any) -> Any:
    """Give a setting's value as JSON has it: pairs as an object, texts as a list."""
    if not isinstance(value, tuple):
        return value
    return dict(value) if value and isinstance(value[0], tuple) else list(value)


def message_record(node: Branch) -> Record:
    assert node.last is not None
    form = {} if node.last.form is None else {"form": dict(node.last.form)}
    return {
        "id": node.id,
        "before": node.before.id if node.before else 0,
        "role": node.last.role,
        "content": node.last.content,
        "mark": node.last.mark,
        **form,
    }


def _body(request: Request) -> Body:
    """Give the body of a request; where it has an order of its own, with nothing in the messages' place."""
    return in_order({**request.body, "messages": None}, request.order) if request.order else request.body


def turn_record(turn: Turn) -> Record:
    """Give all of a turn but its messages, which it names by their numbers."""
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
        "body": {name: plain(value) for name, value in _body(turn.request).items()},
        "model": turn.model,
        "fingerprint": turn.answer.fingerprint,
        "service_tier": turn.answer.service_tier,
        "ended": turn.answer.ended,
        "error": turn.answer.error.message if turn.answer.error else "",
        "prompt_tokens": used and used.prompt,
        "completion_tokens": used and used.completion,
        "cached_tokens": used and used.cached,
        "reasoning_tokens": used and used.reasoning,
        "prompt_audio": used and used.prompt_audio,
        "prompt_image": used and used.prompt_image,
        "completion_audio": used and used.completion_audio,
        # without numbers: a server reported them in no way that is understood
        "estimated": bool(used and (used.estimated or (used.prompt is None and used.completion is None))),
        "estimate": turn.answer.estimate,
        "cost": turn.answer.cost,
        "first_token": turn.answer.first_token,
        "duration": turn.answer.duration,
        "arrivals": [round(seconds, 6) for seconds in turn.answer.arrivals],
        "picked": turn.marks.picked,
        "effective": None if turn.answer.effective is None else dict(turn.answer.effective),
        "template": dict(turn.request.template) or None,
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
        "beside": dict(choice.beside) or None,
        "finish_reason": choice.finish_reason,
        "logprobs": [
            [t.token, _finite(t.logprob), [[token, _finite(logprob)] for token, logprob in t.top]]
            for t in choice.logprobs
        ],
    }


def _finite(logprob: float) -> float:
    """Replace infinite numbers, which JSON does not have. Some servers write the logarithm of 0 that way."""
    return min(max(logprob, -1e9), 1e9)


# ---- and back


def branches(records: Iterable[Record]) -> dict[int, Branch]:
    """Give the messages by their numbers, each hung where it belongs. Raises BadValue for one that goes
    on from a message that has not come before it."""
    found = {0: Branch()}
    for record in records:
        number = facts.whole(record, "id")
        if number in found:
            if isinstance(record, facts.Lenient):
                record.wrong.append("id")
                continue
            raise BadValue(f"message {number} has no place")
        before = _node(record, "before", found, f"message {number} has no place")
        form = facts.or_else(record, "form", partial(_form, record), None)
        role = facts.text(record, "role") or "user"
        message = Message(role, facts.text(record, "content"), facts.text(record, "mark"), form)
        found[number] = before.append(message, number)
    return found


def _form(record: Record) -> dict[str, Any] | None:
    form = record.get("form")
    if form is not None and (not isinstance(form, dict) or form.get("role") != record["role"]):
        raise BadValue(f"message {record['id']} has a form that is none")
    return form


def turn_of(record: Record, nodes: Mapping[int, Branch]) -> Turn:
    """Raise BadValue where something is missing or of another type, or names no message."""
    ended = facts.or_else(record, "ended", partial(_ended, record), INTERRUPTED)
    error = facts.text(record, "error")
    prompt, completion = (
        facts.whole_or_none(record, "prompt_tokens"),
        facts.whole_or_none(record, "completion_tokens"),
    )
    usage = None
    if prompt is None and completion is None and record.get("estimated"):
        usage = Usage(None, None)
    elif prompt is not None or completion is not None:
        usage = Usage(
            prompt,
            completion,
            facts.whole_or_none(record, "cached_tokens"),
            facts.whole_or_none(record, "reasoning_tokens"),
            bool(record.get("estimated")),
            facts.whole_or_none(record, "prompt_audio"),
            facts.whole_or_none(record, "prompt_image"),
            facts.whole_or_none(record, "completion_audio"),
        )
    choices = [facts.mapping(each) for each in facts.items(record, "choices")]
    settings = facts.mapped(record, "settings")
    found = [_node(choice, "answer", nodes) for choice in choices]
    body = dict(facts.mapped(record, "body"))
    order = tuple(body) if "messages" in body else ()
    body.pop("messages", None)
    request = Request(
        body=body,
        asked=_node(record, "asked", nodes),
        carried=Carried(
            facts.text(record, "system"),
            _node(record, "after", nodes),
            facts.text(record, "summary"),
            facts.text(record, "prefill"),
            _role(settings),
            _first(settings),
        ),
        id=facts.whole(record, "id"),
        at=facts.time(record, "at"),
        profile=facts.text(record, "profile"),
        settings=settings,
        endpoint=facts.text(record, "endpoint"),
        template=facts.mapped(record, "template"),
        experiment=facts.whole(record, "experiment"),
        cell=facts.whole(record, "cell"),
        order=order,
    )
    answer = Answer(
        model=facts.text(record, "model"),
        fingerprint=facts.text(record, "fingerprint"),
        service_tier=facts.text(record, "service_tier"),
        choices=tuple(_choice(each) for each in choices),
        usage=usage,
        ended=ended,
        error=RequestFailed(error) if error else None,
        first_token=None if request.body.get("stream") is False else facts.number(record, "first_token"),
        duration=facts.number(record, "duration") or 0.0,
        arrivals=facts.seconds(record, "arrivals"),
        estimate=facts.whole_or_none(record, "estimate"),
        cost=facts.number(record, "cost"),
        effective=None if record.get("effective") is None else facts.mapped(record, "effective"),
    )
    marks = Marks(facts.whole(record, "picked"), facts.rating(record), facts.text(record, "note"))
    hang = bool(found) and all(branch.id for branch in found)
    return Turn(request, answer, marks, tuple(found) if hang else ())


def _ended(record: Record) -> str:
    ended = facts.text(record, "ended")
    if ended not in _ENDED:
        raise BadValue(f"a turn can't have ended {ended!r}")
    return ended


def _role(settings: Record) -> str:
    role = settings.get("instruction_role")
    return role if role in SYSTEM_ROLES else SYSTEM_ROLES[0]


def _first(settings: Record) -> tuple[Message, ...]:
    try:
        return first_messages(check(settings["messages"])) if "messages" in settings else ()
    except BadValue:
        return ()


def _choice(record: Record) -> Choice:
    return Choice(
        facts.whole(record, "index"),
        facts.text(record, "text"),
        facts.text(record, "reasoning"),
        facts.text(record, "refusal"),
        facts.or_else(record, "tool_calls", lambda: tuple(_calls(record)), ()),
        facts.text(record, "finish_reason"),
        facts.or_else(record, "logprobs", lambda: tuple(_logprobs(facts.items(record, "logprobs"))), ()),
        facts.mapped(record, "beside"),
    )


def _calls(record: Record) -> Iterator[tuple[str, str]]:
    for name, arguments in facts.pairs(record, "tool_calls"):
        yield facts.text({"": name}, ""), facts.text({"": arguments}, "")


def _logprobs(entries: Iterable[Any]) -> Iterator[TokenLogprob]:
    for entry in entries:
        if not isinstance(entry, list) or len(entry) != 3:
            raise BadValue("a log probability is not [token, logprob, others]")
        token, logprob, top = entry
        pairs = tuple(_likely(*pair) for pair in facts.pairs({"": top}, ""))
        yield TokenLogprob(*_likely(token, logprob), pairs)


def _likely(token: Any, logprob: Any) -> tuple[str, float]:
    return facts.text({"": token}, ""), facts.number({"": logprob}, "") or 0.0


def _node(record: Record, name: str, nodes: Mapping[int, Branch], otherwise: str = "") -> Branch:
    def read() -> Branch:
        number = facts.whole(record, name)
        if number not in nodes:
            raise BadValue(otherwise or f"{name} names no message")
        return nodes[number]

    return facts.or_else(record, name, read, nodes[0])
