"""Make the requests of an evaluation: each column's settings once, each cell's messages as it is asked.

What a file says of a column goes before what is in force; a column that names its own model or address takes
none of the sampling, nor the system message, that happens to be set. Answers are asked for in one piece
unless a stream is set: nobody watches one of hundreds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..base.dataclass import dataclass
from ..conversation.body import Body, messages
from ..conversation.branch import Branch
from ..conversation.turn import COMPLETE, Answer, Request, Usage
from ..endpoint.address import Endpoint, display_url
from ..endpoint.client import Client
from ..endpoint.target import Target
from ..parameters.settings import Settings
from ..parameters.table import named
from ..session import sending
from ..session.sending import Prepared
from ..session.state import Session
from ..tokens import prices
from .filling import fill
from .records import prompt_text
from .suite import Answered, Case, Column

#: Settings that say how messages begin; those of a column that has its own model come from its file alone.
OF_THE_PROMPT = ("system", "messages", "bias", "instruction_role")


@dataclass(frozen=True)
class Asking:
    """How a column, or a judge, is asked: a body without messages, and what is put before them."""

    target: Target
    client: Client
    body: Body
    head: tuple[Body, ...] = ()

    @property
    def where(self) -> str:
        """Return the address as it may be shown."""
        return display_url(self.target.endpoint.base_url)


def settings_of(session: Session, column: Column) -> Settings:
    """Give the settings that a column asks with. Raises BadProfile, BadInput."""
    settings = session.profile_settings(column.profile) if column.profile else session.settings
    if not column.profile and (column.base_url or "model" in column.parameters):
        for parameter, _ in settings:
            if parameter.name in OF_THE_PROMPT or (parameter.field and parameter.name != "model"):
                settings = settings.unset(parameter.name)
    if column.base_url:
        settings = settings.set("base_url", named("base_url").kind.check(column.base_url))
    if _is_own(column.messages):  # that of a prompt in force may have variables which only the cases fill
        settings = settings.unset("system")
    for name, value in column.parameters.items():
        parameter = named(name)
        settings = settings.set(parameter.name, parameter.kind.check(value))
    return settings


def _is_own(messages: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether messages have a system message of their own."""
    return any(each.get("role") in ("system", "developer") for each in messages)


def asking(session: Session, settings: Settings) -> Asking:
    """Make what is needed to ask with these settings. May ask the server, or wait for a model to load.
    Raises TemperaError."""
    if settings.get("stream") is None:
        settings = settings.set("stream", False)
    target = session.target(settings)
    prepared = sending.prepare(session, target, Branch())
    body = {name: value for name, value in prepared.body.items() if name != "messages"}
    if settings.get("extra.verbose") is None:
        body.pop("verbose", None)  # which settings were in effect is not looked at here
    carried = prepared.request.carried
    return Asking(target, prepared.client, body, tuple(messages(Branch(), carried)))


def request(asking: Asking, made: list[dict[str, Any]], more: Mapping[str, Any] | None = None) -> Prepared:
    """Make the request for messages. The column's own system message stands in for that of a profile."""
    found = made if _is_own(made) else [*asking.head, *made]
    body = {"model": asking.body["model"], "messages": found, **asking.body, **(more or {})}
    request = Request(asking.body, id=0, endpoint=asking.where)
    # no rate limit is waited for here: the pace of the whole run knows of it
    return Prepared(request, body, asking.target, asking.client, as_is=True, longest=-1)


def of_cell(asking: Asking, column: Column, case: Case) -> Prepared:
    """Make the request of a cell. Raises BadValue where its messages can't be made."""
    return request(asking, fill(column, case))


def digest(prepared: Prepared) -> bytes:
    """Give what tells two requests apart: where they go, and what they say."""
    text = json.dumps([prepared.request.endpoint, prepared.body], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def accounted(answer: Answer, model: str, endpoint: Endpoint, batch: bool = False) -> Answer:
    """Add what the answer of a `model` cost, as far as the server says what it took; `batch`: it came by
    one."""
    if answer.usage is None or answer.ended != COMPLETE:
        return answer
    named_ = answer.model if answer.model.startswith(model) else model
    return replace(answer, cost=prices.cost(answer.usage, named_, endpoint, answer.service_tier, batch))


def answered(answer: Answer, body: Body) -> Answered:
    """Give an answer as assertions see it."""
    choice = answer.at(0)
    return Answered(
        choice.text,
        choice.message().sent(),
        prompt_text(body["messages"]),
        choice.finish_reason,
        choice.refusal,
        answer.duration,
        answer.cost,
        tuple(token.logprob for token in choice.logprobs),
        usage_form(answer.usage),
        {name: value for name, value in body.items() if name != "messages"},
    )


def usage_form(used: Usage | None) -> dict[str, Any]:
    """Write tokens in the API's form; {} where nothing is known."""
    if used is None or used.total is None:
        return {}
    form: dict[str, Any] = {
        "prompt_tokens": used.prompt,
        "completion_tokens": used.completion,
        "total_tokens": used.total,
    }
    if used.cached:
        form["prompt_tokens_details"] = {"cached_tokens": used.cached}
    if used.reasoning:
        form["completion_tokens_details"] = {"reasoning_tokens": used.reasoning}
    return form
