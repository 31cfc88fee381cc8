"""/tokens: what a text, or the next request, is made of."""

from __future__ import annotations

import json

from chat import escapes
from chat.errors import NoTokenizer
from chat.session import Session
from chat.tokens import PER_ANSWER, PER_MESSAGE

from .declare import Argument, command
from .parameters import shorten
from .screen import Screen


@command(Argument("text", optional=True, rest=True))
def tokens(session: Session, screen: Screen, text: str | None) -> None:
    """Show the tokens of a text, or count the next request's.

    /tokens "some text"   its pieces in two colours, with ids, as the current model's tokeniser cuts
    /tokens               the next request, by message
    """
    if text is None:
        _request(session, screen)
        return
    words = escapes.split(text) if text[:1] in "\"'" else []
    exact = words[0].text if len(words) == 1 else text
    found = session.words.tokens(exact, session.model, session.endpoint.base_url, session.client())
    if not found.ids:
        raise NoTokenizer(f"{found.source}: it cuts texts itself, and does not say how")
    if found.pieces:
        screen.pieces([(piece, "ab"[place % 2]) for place, piece in enumerate(found.pieces)])
    screen.say(" ".join(map(str, found.ids)), dim=True)
    count = len(found.ids)
    screen.say(f"{count} {'token' if count == 1 else 'tokens'}, {len(exact)} characters ({found.source})")


def _request(session: Session, screen: Screen) -> None:
    counted, model = session.tokenizers, session.model
    rows: list[tuple[str, str, str]] = []
    total = 0

    def add(what: str, text: str, count: int) -> None:
        nonlocal total
        total += count
        rows.append((what, shorten(" ".join(text.split()), 50), str(count)))

    system = session.settings.get("system")
    if system:
        add("system", system, counted.count(model, system))
    for message in session.branch:
        add(message.role, message.content, counted.count(model, message.content))
    for name in ("tools", "functions", "response_format"):
        value = session.settings.get(name)
        if value is not None:
            add(name, "as JSON; each model packs it its own way", counted.count(model, json.dumps(value)))
    messages = session.branch.length + bool(system)
    add(
        "overhead",
        f"{PER_MESSAGE + 1} a message, {PER_ANSWER} to begin the answer",
        4 * messages + PER_ANSWER,
    )
    screen.table(("message", "~", ">tokens"), rows)
    mark = "" if counted.formula_holds(model) else "≈"
    known = "" if counted.exact(model) else "; tiktoken does not know this model, o200k_base stands in"
    screen.say(f"{mark}{total} tokens so far, before what you type next{known}")
