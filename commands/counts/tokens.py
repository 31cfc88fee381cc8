"""/tokens: what a text, or the next request, is made of."""

from __future__ import annotations

from chat.base import escapes
from chat.base.errors import NoTokenizer
from chat.base.short import shorten
from chat.base.tables import Cut, TableColumn
from chat.session import breakdown
from chat.session.size import RequestPrompt
from chat.session.state import Session

from ..declare import Argument, command
from ..screen import Screen


@command(Argument("text", optional=True, rest=True))
def tokens(session: Session, screen: Screen, text: str | None) -> None:
    """Show the tokens of a text, or count the next request's.

    /tokens "some text"   its pieces in two colours, with ids, as the current model's tokeniser cuts
    /tokens               the next request, by message
    """
    if text is None:
        tell_tokens(session, screen, session.next_prompt())
        return
    exact = escapes.meant(text)
    found = session.words.tokens(exact, session.model, session.endpoint.base_url, session.server.client())
    if not found.ids:
        raise NoTokenizer(f"{found.source}: it cuts texts itself, and does not say how")
    if found.pieces:
        screen.pieces([(piece, "ab"[place % 2]) for place, piece in enumerate(found.pieces)])
    screen.say(" ".join(map(str, found.ids)), dim=True)
    count = len(found.ids)
    screen.say(f"{count} {'token' if count == 1 else 'tokens'}, {len(exact)} characters ({found.source})")


def tell_tokens(session: Session, screen: Screen, prompt: RequestPrompt, typed: bool = False) -> None:
    """Show a prompt's tokens, part by part; `typed`: the next message is in it. Raises NoTokenizer."""
    found, size = breakdown.parts(session, prompt)
    rows = [(each.what, shorten(each.text[:200], 50), each.tokens) for each in found]
    columns = (
        TableColumn("message"),
        TableColumn("", cut=Cut.LONG),
        TableColumn("tokens", right=True, number="{:,}".format),
    )
    screen.table(columns, rows)
    known = session.tokenizers.exact(prompt.model)
    how = " by OpenAI's formula" if known else "; tiktoken does not know this model, o200k_base stands in"
    if size.exact:
        how = ", counted by the server"
    so_far = "" if typed else " so far, before what you type next"
    screen.say(f"{size} tokens{so_far}{how}")
