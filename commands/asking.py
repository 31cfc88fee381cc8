"""One request, shown while it is answered."""

from __future__ import annotations

from chat import sending
from chat.branch import Branch
from chat.errors import TemperaError
from chat.events import Text
from chat.request import streams
from chat.session import Session
from chat.turn import FAILED, INTERRUPTED, Turn

from .budget import may_ask
from .screen import Screen


def ask(session: Session, screen: Screen, asked: Branch, prefill: str = "", move: bool = True) -> Turn | None:
    """Send a branch and show the answer; None where nothing could be sent, which is said. The
    conversation goes on with the answer if `move`."""
    if not may_ask(session, screen, asked, prefill):
        return None
    turn = Turn(ended=INTERRUPTED)
    failed: TemperaError | None = None
    with session.interrupts.held():  # the answer has a thread that paints: it is closed in any case
        choices = session.settings.get("n") or 1
        answer = screen.answer(
            choices,
            streams(session.settings),
            plain=bool(session.preferences.get("plain")),
            fold=session.preferences.get("reasoning") == "fold",
        )
        try:
            for choice in range(choices if prefill else 0):
                answer.feed(Text(choice, prefill))
            turn = sending.send(session, asked, answer, prefill=prefill, move=move)
        except TemperaError as error:
            turn, failed = Turn(ended=FAILED), error
        except KeyboardInterrupt:
            pass
        finally:
            answer.close(turn)
    if failed:
        screen.fail(failed.message, failed.hint)
        return None
    return turn
