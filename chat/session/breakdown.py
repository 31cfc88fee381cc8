"""Break a request's prompt down into parts, with the tokens of each, before it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from ..base.dataclass import dataclass
from ..conversation.body import messages
from ..conversation.message import message_of
from ..tokens import pictures
from ..tokens.counting import PER_ANSWER, PER_MESSAGE
from ..tokens.tools import COUNTED
from .size import RequestPrompt, Size, Sizes
from .state import Session


@dataclass(frozen=True)
class Share:
    """One part: `what` it is, and the `number` of its message, from 1; 0 for other parts."""

    what: str
    text: str
    tokens: int
    number: int = 0


def parts(session: Session, prompt: RequestPrompt) -> tuple[list[Share], Size]:
    """Return a prompt's parts, and the size of the whole, which they add up to. Raises NoTokenizer."""
    whole = session.sizes.find(prompt)
    beside = _taken_out(session.sizes, prompt, whole) if whole.exact else _by_formula(session, prompt)
    found = [*_messages(session, prompt, whole.exact), *_waiting(session, prompt), *beside]
    about = f"{PER_MESSAGE + 1} a message, {PER_ANSWER} to begin the answer"
    if whole.exact:
        about = "the model's template"
    overhead = whole.tokens - sum(part.tokens for part in found)
    return [*found, Share("overhead", about, overhead)], whole


def _messages(session: Session, prompt: RequestPrompt, exact: bool) -> Iterator[Share]:
    count = partial(session.sizes.text, prompt.server) if exact else None
    sent = messages(prompt.branch, prompt.carried)
    for number, message in enumerate(sent, 1):
        what = "prefill" if prompt.carried.prefill and number == len(sent) else message["role"]
        said = message_of(message)
        if count:
            tokens = count(prompt.model, said.content).tokens
        else:
            tokens = session.tokenizers.count_message(prompt.model, said) - PER_MESSAGE - 1
        yield Share(what, said.content, tokens, number)


def _waiting(session: Session, prompt: RequestPrompt) -> Iterator[Share]:
    """Count what goes with the next message."""
    if prompt.waiting:
        tokens = session.sizes.text(prompt.server, prompt.model, prompt.waiting.texts()).tokens
        names = ", ".join(each.name for each in prompt.waiting.files)
        yield Share("attached", names, tokens + prompt.waiting.tokens(prompt.model))


def uncounted(prompt: RequestPrompt) -> int:
    """Count the pictures, sounds and files in a prompt whose tokens nothing says: they are in no count."""
    sent = sum(
        pictures.of_message(prompt.model, message)[1] for message in messages(prompt.branch, prompt.carried)
    )
    return sent + len(prompt.waiting.uncounted(prompt.model))


def _by_formula(session: Session, prompt: RequestPrompt) -> Iterator[Share]:
    for name, tokens in session.tokenizers.count_fields(prompt.model, prompt.fields).items():
        yield Share(name, "an estimate; each model is given it its own way", tokens)


def _taken_out(sizes: Sizes, prompt: RequestPrompt, whole: Size) -> Iterator[Share]:
    """Let the server count how many tokens a field takes, by leaving it out."""
    for name in COUNTED:
        if prompt.fields.get(name):
            rest = {other: value for other, value in prompt.fields.items() if other != name}
            without = sizes.find(replace(prompt, fields=rest))
            if without.exact:
                tokens = whole.tokens - without.tokens
                said = "as the model's template has it" if tokens else "the model's template leaves it out"
                yield Share(name, said, tokens)
