"""One answer and no prompt: the message of a command line, a prompt's, or that of an opened request.

`answer` says which it is. What a run is made of comes from `shell.py`, as a `Run`; of a terminal
nothing is known here.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, Protocol

from chat.base import started
from chat.base.errors import BadInput, TemperaError
from chat.base.exits import Exit
from chat.session.state import Session

from ..declare import Registry, Send
from ..screen import Screen
from .options import Options

if TYPE_CHECKING:  # what takes long to load is imported where it is used
    from collections.abc import Iterable, Iterator

    from chat.conversation.turn import Turn
    from chat.session.attached import Attached


class Records(Protocol):
    """What takes the objects of --json. `failure`: what was said to have failed, and the hint."""

    failure: tuple[str, str] | None

    def record(self, made: dict[str, Any]) -> None:
        """Write an object on standard output."""

    def stream(self, pieces: Iterable[str]) -> None:
        """Write one that comes in pieces."""


class Run(Protocol):
    """What a run works with. `load` loads it, `begin` puts in force what was asked for."""

    given: Options
    loaded: bool
    session: Session

    @property
    def screen(self) -> Screen: ...

    @property
    def registry(self) -> Registry:
        """The commands, which load when they are looked at."""

    @property
    def records(self) -> Records | None:
        """Where objects go, with --json."""

    def load(self) -> None: ...

    def begin(self, asks: bool = True) -> None:
        """`asks`: a person who is there is asked what has to be known."""

    def script(self, yes: bool) -> None:
        """Take it that a script types: nobody is asked; `yes` is said to what would be."""

    def piped(self, message: str) -> str:
        """Give the message, and below it what comes through a pipe, if there is one that is not attached."""

    def piped_bytes(self, most: int) -> bytes | None:
        """Give what comes through a pipe as it is, of a longer one a byte more than `most`; None for none."""


def answer(run: Run) -> Exit:
    """Answer what was asked for on the command line. Raises TemperaError."""
    given = run.given
    if given.scripted:
        if given.attached:
            raise BadInput("-a goes with one message", "in a script, /attach FILE does")
        from . import scripted

        return scripted.answer(run)
    if given.eval is not None:
        from . import evaluated

        return evaluated.answer(run, given.eval)
    if given.batch is not None:
        from . import evaluated

        return evaluated.batched(run, given.batch)
    if given.prompt is not None:
        return answer_prompt(run)
    if given.open is not None:
        return answer_opened(run)
    if given.values:
        raise BadInput("--var gives a value to a variable of a prompt", "--prompt NAME loads one")
    return answer_one(run, run.piped(given.message))


def answer_one(run: Run, text: str) -> Exit:
    """One message, answered on standard output."""
    gc.disable()  # so short a run ends before a collection is worth its time: 80 ms of the SDK's import
    if not text.strip() and not run.given.attached:
        raise BadInput(
            "there is nothing to send", f'{started.command()} "question", or a terminal to type in'
        )
    run.load()
    refuse_command(run)
    run.begin()
    attach(run)
    return exchanged(run, Send(text))


def attach(run: Run) -> None:
    """Let what the command line names go with the message. Raises TemperaError."""
    if run.given.attached:
        from ..talk import attach as attaching

        attaching.take(run.session, run.screen, _attached(run))


def _attached(run: Run) -> Iterator[Attached]:
    from chat.media.medium import MOST_BYTES
    from chat.session.attached import from_bytes

    from ..talk import attach as attaching

    for name in run.given.attached:
        if name != "-":
            yield from attaching.read(name)
            continue
        data = run.piped_bytes(MOST_BYTES)
        if data is None:
            raise BadInput("-a - sends what is piped in, and nothing is", "-a FILE sends a file")
        yield from_bytes("standard input", data)


def refuse_command(run: Run) -> None:
    """Raise BadInput where the message is a command, and nothing says that it is meant as it stands."""
    from .. import line

    if not run.given.literal:
        line.refuse_command(run.given.message, lambda: run.registry)


def exchanged(run: Run, send: Send) -> Exit:
    """Send a message; how that ended."""
    from chat.conversation.turn import COMPLETE, INTERRUPTED

    from ..tools import loop

    def told(turn: Turn | None) -> None:
        if run.records:
            record(run.records, run.session, turn)

    run.session.estimates = False  # nobody looks at what was counted here beside what the server tells
    turn = loop.exchange(run.session, run.screen, send, over=told)
    while turn and run.screen.interactive and (wanted := loop.label(run.session)):
        result = run.screen.ask(f"{wanted}>")
        if not result:
            break
        turn = loop.exchange(run.session, run.screen, Send(result), over=told)
    told(turn)
    if turn is None:
        return Exit.FAILED
    ended = {COMPLETE: Exit.DONE, INTERRUPTED: Exit.INTERRUPTED}.get(turn.answer.ended, Exit.FAILED)
    if ended == Exit.DONE and run.given.strict and (why := lacks(turn)):
        run.screen.warn(why)
        return Exit.REFUSED
    return ended


def record(records: Records, session: Session, turn: Turn | None, place: str = "") -> None:
    """Write the object of a turn, or of what kept it from being sent, and the place of that in a script."""
    from chat.transfer import to_json

    if turn:
        number = session.turns.index(turn) + 1 if turn in session.turns else 0
        records.record(to_json.turn_object(turn, number, session.conversation.number))
    else:
        message, hint = records.failure or ("nothing was sent", "")
        where = {"place": place} if place else {}
        records.record({"error": {"type": "BadInput", "message": message, "hint": hint, **where}})


def lacks(turn: Turn) -> str:
    """Say what an answer lacks that --strict wants of it; "" for nothing."""
    from chat.shape import verdict

    for choice in turn.answer.choices:
        if choice.refusal or choice.finish_reason == "content_filter":
            return "the model refused"
        if choice.finish_reason == "length":
            return "the answer was cut off"
    if not turn.answer.answered:
        return "the answer is empty"
    return next((each.said() for each in verdict.of_turn(turn) if each.kind in verdict.WRONG), "")


def answer_opened(run: Run) -> Exit:
    """Send a request from a file, with the message added where there is one."""
    from chat.base import files
    from chat.base.places import named
    from chat.transfer import open_request

    from ..prompts import filling
    from ..talk import open as opening

    name, line = str(run.given.open), run.given.line
    run.load()
    refuse_command(run)
    if name == "-":
        text, title, folder = run.piped(""), "standard input", None
    else:
        path = named(name)
        text, title, folder = files.read_text(path, open_request.LARGEST), path.name, path.parent
    run.begin(asks=name != "-")
    opening.take(run.session, run.screen, text, title, line, folder)
    if run.given.values:
        filling.give_all(run.session, run.screen, run.given.values)
    filling.complete(run.session, run.screen)
    attach(run)
    if run.given.message or run.given.attached:
        return exchanged(run, Send(run.given.message))
    try:
        return exchanged(run, Send(asked=run.session.last_asked()))
    except TemperaError as error:
        raise BadInput(f"{title} ends with an answer", "add a message to send") from error


def answer_prompt(run: Run) -> Exit:
    """Send a prompt from a file, filled, with the message added where there is one."""
    from ..prompts import filling
    from ..prompts import prompt as prompts

    given = run.given
    if given.open is not None:
        raise BadInput("--prompt and --open each say what is sent", "leave out one of them")
    text = run.piped(given.message)
    run.load()
    run.begin()
    session, screen = run.session, run.screen
    refuse_command(run)
    prompts.load(session, screen, str(given.prompt), tell=False)
    assert session.prompt is not None
    if given.values:
        filling.give_all(session, screen, given.values)
    filling.complete(session, screen)
    attach(run)
    if text.strip() or given.attached:
        return exchanged(run, Send(text))
    messages = session.prompt.prompt.messages
    if not messages or messages[-1]["role"] == "assistant":
        raise BadInput(f"prompt {session.prompt.name} needs a message after it", "add one to send")
    return exchanged(run, Send(asked=session.last_asked()))
