"""Ask one request, and show it while it is answered."""

from __future__ import annotations

from dataclasses import replace

from chat.base.errors import TemperaError
from chat.base.manner import Manner
from chat.conversation.body import streams
from chat.conversation.branch import Branch
from chat.conversation.events import Piece
from chat.conversation.turn import FAILED, INTERRUPTED, Answer, Turn
from chat.endpoint.attempts import UNSEEN
from chat.endpoint.target import Target
from chat.session import budget as limits
from chat.session import sending
from chat.session.sending import Prepared
from chat.session.state import Session

from .counts.budget import within
from .screen import AnswerDisplay, Screen
from .settings.dialects import tell
from .shaped import wanted_of, warm


def ask(
    session: Session, screen: Screen, target: Target, asked: Branch, prefill: str = "", move: bool = True
) -> Turn | None:
    """Send a branch and show the answer; None where nothing could be sent, which is said. The
    conversation goes on with the answer if `move`."""
    prepared: Prepared | None = None
    tell(session, screen, target, (parameter.name for parameter, _ in target.settings))
    if limits.of(session.conversation) is not None:  # what the budget approves is what is sent
        prepared = _prepared(session, screen, target, asked, prefill)
        if prepared is None or not within(session, screen, [prepared]):
            return None
    turn: Turn | None = None
    nothing = Answer(ended=INTERRUPTED)
    with session.interrupts.held():  # the answer has a thread that paints: it is closed in any case
        choices = target.settings.get("n") or 1
        shaped = wanted_of(target.settings)
        display = opened(session, screen, choices, streams(target.settings), prefill, shaped)
        warm(target.settings.get("response_format"))
        failed: TemperaError | None = None
        try:
            prepared = prepared or sending.prepare(session, target, asked, prefill)
            if not screen.interactive:  # nobody sees the countdown, or ends it
                prepared = replace(prepared, longest=UNSEEN)
            turn = sending.send(session, prepared, display, move=move)
        except TemperaError as error:
            nothing, failed = Answer(ended=FAILED), error
        except KeyboardInterrupt:
            turn = Turn(answer=nothing)
        finally:
            display.close(turn.answer if turn else nothing)
    if failed:
        screen.fail(failed.message, failed.hint)
    return turn


def opened(
    session: Session,
    screen: Screen,
    choices: int,
    streamed: bool,
    prefill: str = "",
    shaped: bool = False,
) -> AnswerDisplay:
    """Open the display for one turn, drawn as the person prefers it. It already has the beginning of the
    answer. `shaped`: the answer is to be JSON."""
    display = screen.answer(choices, streamed, drawn(session, shaped))
    for choice in range(choices if prefill else 0):
        display.feed(Piece(choice, prefill))
    return display


def drawn(session: Session, shaped: bool) -> Manner:
    """Tell how the person wants answers to be drawn."""
    wants = session.preferences.get
    return Manner(bool(wants("plain")), wants("reasoning") == "fold", shaped)


def _prepared(
    session: Session, screen: Screen, target: Target, asked: Branch, prefill: str
) -> Prepared | None:
    """Make the request. Say why and return None if it can't be made, or if the person stops waiting for
    it."""
    try:
        with session.interrupts.held():
            return sending.prepare(session, target, asked, prefill)
    except TemperaError as error:
        screen.fail(error.message, error.hint)
    except KeyboardInterrupt:
        pass
    return None
