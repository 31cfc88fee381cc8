"""/request: what the next message would send, before it is sent."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base import escapes
from chat.base.indent import indented
from chat.conversation.body import as_sent, prompt_fields
from chat.conversation.parallel import one_choice
from chat.endpoint.address import display_url
from chat.session import calling, sending
from chat.session.sending import Prepared
from chat.session.size import RequestPrompt
from chat.session.state import Session

from ..counts.tokens import tell_tokens
from ..declare import Argument, Suggestion, command
from ..endpoint.start import ensure_embedded
from ..screen import Screen
from ..tools.ready import ready


def next_request(session: Session, screen: Screen, text: str = "") -> Prepared:
    """Prepare the request that would go out for this text, or for the messages so far. Raises
    TemperaError."""
    ready(session, screen, session.settings)
    target = session.target()
    ensure_embedded(target.endpoint, screen)
    asked = session.asked(text) if text else calling.head(session)
    return sending.prepare(session, target, asked, session.prefill)


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    if "raw".startswith(typed):
        yield Suggestion("raw", "the exact bytes")


@command(Argument("text", _suggest, optional=True, rest=True, usage="raw] [text…"))
def request(session: Session, screen: Screen, text: str | None) -> None:
    """Show the body that the next message would send, with the tokens of each part.

    /request             what was said so far; what you type next goes behind it
    /request Hello       with this message; nothing is sent, nothing is kept
    /request raw Hello   the exact bytes that would go out, and no more
    Quotes hold a message that begins with raw: /request "raw fish"
    """
    text = text or ""
    raw = text == "raw" or text.startswith("raw ")
    text = text[3:].strip() if raw else text
    prepared = next_request(session, screen, escapes.meant(text))
    data = as_sent(prepared.body)
    if raw:
        screen.show(data.decode())
        return
    where = f"POST {display_url(prepared.endpoint.base_url)}/chat/completions"
    if prepared.endpoint.is_embedded:
        where = "to the embedded model"
    body = indented(data.decode()) or data.decode()
    screen.pages([(f"the next request: {where}", body, False)], as_is=True)
    missing = "" if text else "; what you type next is not in it yet"
    screen.say(f"{len(data):,} bytes, here indented{missing}", dim=True)
    if prepared.split:
        count = prepared.body["n"]
        same = as_sent(one_choice(prepared.body, 0)) == as_sent(one_choice(prepared.body, 1))
        seeds = "" if same else ", the seed counted up"
        screen.say(f"this server takes no n: it goes out as {count} requests without it{seeds}")
    begun, fields = prepared.request, prompt_fields(prepared.body)
    prompt = RequestPrompt(prepared.target.server, begun.model, begun.asked, begun.carried, fields)
    tell_tokens(session, screen, prompt, typed=bool(text))
