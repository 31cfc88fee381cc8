"""A run that does a script and no more: `run FILE`, `-`, `-c`. Each ends with a status for whoever ran it."""

from __future__ import annotations

from chat.base.errors import BadFile, BadInput
from chat.base.exits import Exit
from chat.conversation.turn import Turn
from chat.transfer import script

from ..declare import Play
from . import source
from .once import Run, lacks, record
from .playing import Playing


def answer(run: Run) -> Exit:
    """Do the script; how that ended. Raises TemperaError where it can't be begun."""
    given = run.given
    lines = _read(run)
    text = run.piped(given.message) if given.message else ""
    run.load()
    run.script(given.yes)
    run.begin(asks=False)
    session, screen = run.session, run.screen
    session.estimates = False  # nobody looks at what was counted here beside what the server tells
    ended: list[Exit] = []

    def done(turn: Turn | None) -> bool:
        if run.records:
            record(run.records, session, turn, screen.place)
        if turn and given.strict and turn.answer.error is None and (why := lacks(turn)):
            screen.fail(why)
            ended.append(Exit.REFUSED)
            return False
        return True

    playing = Playing(run.registry, session, screen, given.keep_going, done)
    goes_on = playing.play(lines)
    if text.strip() and goes_on:
        playing.play(Play((script.Statement(text, message=True),), "message"))
    if not playing.failed:
        return Exit.DONE
    return ended[0] if ended and not given.keep_going else Exit.FAILED


def _read(run: Run) -> Play:
    """Give the lines that are to be done. Raises TemperaError."""
    given = run.given
    if given.lines:
        return source.of_lines(given.lines)
    name, *words = given.script
    arguments = script.Arguments.of(words)
    if name == "-":
        text = run.piped("")
        if not text:
            raise BadInput("there are no lines on standard input", "run FILE does those of a file")
        return Play(tuple(script.read(text, "-", arguments)), "-")
    from chat.base.places import named

    try:
        return source.of_file(named(name), arguments)
    except BadFile as error:
        if not error.hint and not named(name).is_file():
            error.hint = "run takes a FILE; -- before it sends it as a message"
        raise
