#!/usr/bin/env python3
"""Tempera: the OpenAI Playground in a terminal. This file wires the rooms, and is run."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from chat import profiles
from chat.errors import BadInput, EmbeddedFailed, TemperaError
from chat.places import locked, places
from chat.session import Session
from chat.turn import COMPLETE, INTERRUPTED
from commands import dispatch, echo, line, message, options, registry, start, status
from commands.declare import Edit, Quit, Registry, Send
from terminal import toolbar
from terminal.screen import TerminalScreen
from terminal.signals import Ended, Signals
from terminal.streams import Quiet, Terminal, is_tty

SHIPPED = Path(__file__).resolve().parent / "profiles.yaml"
log = logging.getLogger("tempera.shell")


def main(argv: Sequence[str] | None = None, terminal: Terminal | None = None) -> int:
    """Run the shell, or answer one message; the exit status: 0, 1 for a failure of the API, 2
    for bad usage, 130 when interrupted."""
    terminal = terminal or Terminal()
    terminal.prepare()
    signals = Signals()
    session: Session | None = None
    try:
        with Quiet(terminal.stdin) as quiet, signals.handled(terminal, quiet):
            given = options.parse(sys.argv[1:] if argv is None else argv)
            where = places(terminal.environ)
            session = Session(
                where,
                profiles.load(SHIPPED, where.profiles),
                environ=terminal.environ,
                interrupts=signals,
            )
            if given.debug:
                from chat.debug import write_log

                write_log(where.log, session.secrets)
            text = given.message if is_tty(terminal.stdin) else terminal.with_piped(given.message)
            if text or not is_tty(terminal.stdin) or not is_tty(terminal.stdout):
                return answer_one(session, given, text, terminal, quiet)
            return Shell(session, terminal, quiet, signals).run(given)
    except TemperaError as error:
        TerminalScreen(terminal).fail(error.message, error.hint)
        return 1 if isinstance(error, EmbeddedFailed) else 2
    except Ended as ended:
        return ended.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read the answer has read enough
        terminal.discard()
        return 141
    except Exception as error:
        log.exception("unexpected")
        TerminalScreen(terminal).fail(
            f"Tempera failed: {type(error).__name__}", "--debug writes the details to a log"
        )
        return 1
    finally:
        if session:
            session.close()


def begin(session: Session, given: options.Options, screen: TerminalScreen) -> None:
    """Profile, command line and endpoint in force, with what is to be said of them."""
    for complaint in (*session.profiles.complaints, *session.memory_complaints()):
        screen.warn(complaint.message, complaint.hint)
    try:
        session.load_profile(given.profile)
    except BadInput as error:
        if given.profile != options.DEFAULT_PROFILE:
            raise
        screen.warn(error.message)
    session.use(dict(given.settings))
    if given.plain:
        session.preferences.this_run["plain"] = True
    start.find_endpoint(session, screen)
    for sentence in echo.advice(session, session.settings.as_changes()):
        screen.warn(sentence)


def answer_one(session: Session, given: options.Options, text: str, terminal: Terminal, quiet: Quiet) -> int:
    """One message, answered on standard output."""
    terminal.one_shot = True
    if not text.strip():
        raise BadInput("there is nothing to send", 'python shell.py "question", or a terminal to type in')
    screen = TerminalScreen(terminal, quiet, partial(terminal.ask_line, quiet=quiet))
    begin(session, given, screen)
    turn = message.exchange(session, screen, text)
    if turn is None:
        return 1
    return {COMPLETE: 0, INTERRUPTED: 130}.get(turn.ended, 1)


class Shell:
    """The prompt and its loop."""

    def __init__(self, session: Session, terminal: Terminal, quiet: Quiet, signals: Signals) -> None:
        from terminal.history import FileHistory
        from terminal.prompt import Prompt

        self.session = session
        self.quiet = quiet
        self.registry: Registry = registry()
        self.prompt = Prompt(
            complete=self._complete,
            highlight=partial(line.highlight, registry=self.registry),
            toolbar=self._toolbar,
            history=FileHistory(session.places.history, locked),
            vi=lambda: session.preferences.get("editing_mode") == "vi",
            colour=terminal.colour(terminal.stdout),
        )
        self.screen = TerminalScreen(terminal, quiet, self.prompt.ask)
        signals.at_prompt, signals.pause = self.prompt.end, self.prompt.pause
        self._warmed: object = None

    def run(self, given: options.Options) -> int:
        """Read and do, until the person leaves; the exit status."""
        begin(self.session, given, self.screen)
        self.screen.say(status.greeting(self.session), dim=True)
        text = ""
        while True:
            try:
                typed = self.prompt.read(text, shown=self._warm)
                text = ""
                if typed.strip():
                    text = self._do(typed)
            except KeyboardInterrupt:
                text = ""
                self.screen.say("Ctrl-D leaves", dim=True)
            except (EOFError, _Leave):
                return 0

    def _do(self, typed: str) -> str:
        """Run a line; what to put into the next prompt. Whatever fails, the shell goes on."""
        try:
            action = dispatch.run(typed, self.registry, self.session, self.screen)
            if isinstance(action, Quit):
                raise _Leave
            if isinstance(action, Send):
                turn = message.exchange(self.session, self.screen, action.text)
                self.quiet.forget()
                return "" if message.kept(turn) else typed
            return action.text if isinstance(action, Edit) else ""
        except KeyboardInterrupt:
            self.screen.say("stopped", dim=True)
            return typed
        except Exception as error:
            if isinstance(error, _Leave):
                raise
            log.exception("unexpected")
            self.screen.fail(
                f"Tempera failed at this: {type(error).__name__}", "--debug writes the details to a log"
            )
            return typed

    def _complete(self, text: str) -> list[tuple[int, str, str]]:
        found = line.complete(text, self.registry, self.session)
        return [(at, suggestion.text, suggestion.note) for at, suggestion in found]

    def _toolbar(self, typed: str, width: int) -> list[tuple[str, str]]:
        session = self.session
        facts = toolbar.Facts(
            profile=session.settings.profile,
            changed=session.settings.changed,
            model=session.model,
            set=status.set_parameters(session),
            tokens=status.next_tokens(session, typed),
            exact=not status.estimate_only(session, typed),
            window=session.window(),
            cost=status.cost(session),
        )
        return toolbar.fragments(facts, width)

    def _warm(self) -> None:
        """Load what takes long while the person types; again when the model or address changed."""
        now = (self.session.model, self.session.settings.get("base_url"))
        if now != self._warmed:
            self._warmed = now
            threading.Thread(target=self._warm_up, daemon=True).start()

    def _warm_up(self) -> None:
        from terminal import markdown  # noqa: F401 (it loads rich)

        self.session.warm()
        self.prompt.redraw()


class _Leave(Exception):
    """The person leaves."""


if __name__ == "__main__":
    sys.exit(main())
