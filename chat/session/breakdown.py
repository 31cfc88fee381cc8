"""What a request is made of, with the tokens of each part: counted here, before it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from ..conversation.body import Body, Carried, messages
from ..conversation.branch import Branch
from ..conversation.message import message_of
from ..tokens.counting import PER_ANSWER, PER_MESSAGE, Tokenizers

#: Fields beside the messages that are put before the model.
FIELDS = ("tools", "functions", "response_format")


@dataclass(frozen=True)
class Share:
    """`what` it is; `number` is that of a message, from 1, 0 for others."""

    what: str
    text: str
    tokens: int
    number: int = 0


def parts(counted: Tokenizers, model: str, branch: Branch, carried: Carried, fields: Body) -> list[Share]:
    """A request's parts: messages and overhead add up to what `Tokenizers.count_request` counts;
    of the `fields` beside them those that a model reads. Raises NoTokenizer."""
    found = list(_messages(counted, model, branch, carried))
    overhead = counted.count_request(model, branch, carried) - sum(part.tokens for part in found)
    for name in FIELDS:
        if fields.get(name) is not None:
            text = json.dumps(fields[name], ensure_ascii=False)
            found.append(Share(name, "as JSON; each model packs it its own way", counted.count(model, text)))
    about = f"{PER_MESSAGE + 1} a message, {PER_ANSWER} to begin the answer"
    return [*found, Share("overhead", about, overhead)]


def _messages(counted: Tokenizers, model: str, branch: Branch, carried: Carried) -> Iterator[Share]:
    sent = messages(branch, carried)
    for number, message in enumerate(sent, 1):
        what = "prefill" if carried.prefill and number == len(sent) else message["role"]
        said = message_of(message)
        yield Share(what, said.content, counted.count_message(model, said) - PER_MESSAGE - 1, number)
