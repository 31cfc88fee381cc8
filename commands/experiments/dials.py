"""/dials: turn the sampling parameters, and see at once what may come next."""

from __future__ import annotations

import contextlib

from chat.base.errors import TemperaError
from chat.base.interrupts import allowed
from chat.conversation.branch import Branch
from chat.conversation.turn import Turn
from chat.lab import dials as panel
from chat.lab.live import Live
from chat.session.state import Session

from ..declare import Argument, command
from ..endpoint.start import ensure_embedded
from ..prompts.filling import complete
from ..screen import Screen

#: What is asked where nobody has asked anything yet.
STAND_IN = "Name a colour."


@command(Argument("message", optional=True, rest=True))
def dials(session: Session, screen: Screen, message: str | None) -> None:
    """Turn temperature, top_p, min_p … and see what may come next; Enter keeps, Esc drops.

    /dials                 at the answer to the last message
    /dials Once upon a     at the beginning of an answer to this, which is not sent as a message

    The bars are the model's next token: one request, re-weighted here while a dial turns, in the order
    in which the server runs its samplers. What is cut off is struck out, with what cut it. Space asks for
    a sample with the dials as they are, three stand side by side. On the first row, left and right walk
    along the last answer. The requests stand in /usage; /undo set takes back what was kept.
    """
    if not screen.interactive:
        raise TemperaError(
            "/dials needs a terminal of its own", "/whatif computes other odds, /sweep asks with other values"
        )
    complete(session, screen)
    target = session.target()
    ensure_embedded(target.endpoint, screen)
    asked, last = _asked(session, screen, message)
    server, defaults = target.server, None
    with allowed(session.interrupts):
        target.client()  # it may have to load
        with contextlib.suppress(TemperaError):
            if not (server.listed or target.endpoint.is_openai or target.endpoint.is_embedded):
                server.models()  # which tell the kind of server
        with contextlib.suppress(TemperaError):
            defaults = server.defaults()
    verdicts = session.endpoints.verdicts(target.endpoint, target.model)
    kind, openai = session.kind_of(target), target.endpoint.is_openai
    found = panel.dials(session.settings, kind, openai, defaults, verdicts)
    live = Live(session, target, asked, last, found, defaults)
    try:
        kept = screen.dials(live)
    finally:
        live.close()
    if kept is not None:
        session.settings = panel.kept(session.settings, live.values, kept)
    if kept is None or kept == live.values:
        screen.say("nothing is changed", dim=True)


def _asked(session: Session, screen: Screen, message: str | None) -> tuple[Branch, Turn | None]:
    """Give the message whose answer is looked at, and that answer where there is one."""
    if message:
        return session.asked(message), None
    try:
        asked = session.last_asked()
    except TemperaError:
        screen.say(
            f"nothing was said yet: this looks at the answer to “{STAND_IN}”; /dials TEXT takes yours",
            dim=True,
        )
        return session.asked(STAND_IN), None
    last = session.conversation.last_answer()
    answers = last is not None and last.request.asked == asked and bool(last.choice.text)
    return asked, last if answers else None
