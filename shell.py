#!/usr/bin/env python3
"""Tempera: the OpenAI Playground in a terminal. This file wires the rooms, and is run."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # told before anything is loaded that takes its time
    from tempera import version

    if version.told(sys.argv[1:]):
        sys.exit()

import logging
import threading
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from chat.base import started
from chat.base.exits import Exit
from chat.base.places import Places, places
from commands.shell import options
from terminal.signals import Ended, Signals
from terminal.streams import Quiet, Terminal, is_tty

if TYPE_CHECKING:  # what takes long to load is imported where it is used
    from chat.endpoint.target import Target
    from chat.session.state import Session
    from commands.declare import Registry, Send
    from terminal.editing.history import FileHistory
    from terminal.screen import TerminalScreen

log = logging.getLogger("tempera.shell")
logging.getLogger("tempera").addHandler(logging.NullHandler())  # else Python prints what no log takes


def main(argv: Sequence[str] | None = None, terminal: Terminal | None = None) -> Exit:
    """Run the shell, or answer one message."""
    terminal = terminal or Terminal()
    terminal.prepare()
    signals = Signals()
    run: Run | None = None
    try:
        with Quiet(terminal.stdin) as quiet, signals.handled(terminal, quiet):
            given = options.parse(sys.argv[1:] if argv is None else argv)
            if given.version:  # beside other options
                from tempera import version

                return tell(version.line(), terminal)
            if given.completions:
                from commands.shell import completions

                return tell(completions.script(given.completions), terminal)
            run = Run(given, places(terminal.environ), terminal, quiet, signals)
            if given.open is not None:
                return answer_opened(run)
            text = given.message if is_tty(terminal.stdin) else terminal.with_piped(given.message)
            if text or not is_tty(terminal.stdin) or not is_tty(terminal.stdout):
                return answer_one(run, text)
            return Shell(run).run()
    except Ended as ended:
        return ended.status
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:  # whoever read the answer has read enough
        terminal.discard()
        return Exit.UNREAD
    except Exception as error:
        return failed(error, terminal)
    finally:
        if run:
            run.close()


def tell(text: str, terminal: Terminal) -> Exit:
    """Write what was asked for on standard output."""
    print(text, file=terminal.stdout, flush=True)
    return Exit.DONE


def failed(error: Exception, terminal: Terminal) -> Exit:
    """Say what ended the run."""
    from chat.base.errors import EmbeddedFailed, TemperaError
    from terminal.screen import TerminalScreen

    screen = TerminalScreen(terminal)
    if isinstance(error, TemperaError):
        screen.fail(error.message, error.hint)
        return Exit.FAILED if isinstance(error, EmbeddedFailed) else Exit.MISUSED
    log.error("unexpected", exc_info=error)
    screen.fail(f"Tempera failed: {type(error).__name__}", "--debug writes the details to a log")
    return Exit.FAILED


class Run:
    """What one run of the program works with: made at once, loaded when `load` is called."""

    session: Session
    screen: TerminalScreen
    registry: Registry

    def __init__(
        self, given: options.Options, where: Places, terminal: Terminal, quiet: Quiet, signals: Signals
    ) -> None:
        self.given = given
        self.places = where
        self.terminal = terminal
        self.quiet = quiet
        self.signals = signals
        self.loaded = False

    def load(self) -> None:
        """The session, the screen and the commands. Raises TemperaError."""
        from chat.parameters import profiles
        from chat.session.state import Session
        from chat.store.conversations import Store
        from commands import dispatch, message, registry  # noqa: F401 (for whoever comes next)
        from terminal.screen import TerminalScreen

        self.session = Session(
            self.places,
            profiles.load(started.PROFILES, self.places.profiles),
            environ=self.terminal.environ,
            interrupts=self.signals,
            ephemeral=self.given.ephemeral,
        )
        where = None if self.given.ephemeral else self.places.conversations
        self.session.store = Store(where, self.session.secrets)
        if self.given.debug:
            from chat.base.debug import write_log

            write_log(self.places.log, self.session.secrets)
        self.registry = registry()
        self.screen = TerminalScreen(self.terminal, self.quiet)
        self.loaded = True

    def begin(self) -> None:
        """Profile, command line and endpoint in force, with what is to be said of them. Raises
        TemperaError."""
        from chat.base.errors import BadInput
        from commands import echo
        from commands.endpoint import start

        session, given, screen = self.session, self.given, self.screen
        values = options.settings(given)
        for complaint in (*session.profiles.complaints, *session.memory_complaints()):
            screen.warn(complaint.message, complaint.hint)
        try:
            session.load_profile(given.profile)
        except BadInput as error:
            if given.profile != options.DEFAULT_PROFILE:
                raise
            screen.warn(error.message)
        session.use(values)
        start.find_conversation(session, screen, given)
        if given.plain:
            session.preferences.this_run["plain"] = True
        start.find_endpoint(session, screen)
        for sentence in echo.advice(session, session.settings, session.settings.as_changes()):
            screen.warn(sentence)

    def history(self) -> FileHistory:
        """What was typed in former sessions, and is now: a key that is typed is not written."""
        from chat.base.redact import hide, redact, secrets_in
        from terminal.editing.history import FileHistory

        def clean(line: str) -> str:
            secrets = self.session.secrets() if self.loaded else secrets_in(self.terminal.environ)
            return redact(hide(line, secrets))

        return FileHistory(self.places.history, clean)

    def close(self) -> None:
        if self.loaded:
            self.session.close()


def answer_one(run: Run, text: str) -> Exit:
    """One message, answered on standard output."""
    from chat.base.errors import BadInput
    from commands.declare import Send

    run.terminal.one_shot = True
    if not text.strip():
        raise BadInput(
            "there is nothing to send", f'{started.command()} "question", or a terminal to type in'
        )
    run.load()
    run.screen.asks(partial(run.terminal.ask_line, quiet=run.quiet))
    run.begin()
    return exchanged(run, Send(text))


def exchanged(run: Run, send: Send) -> Exit:
    """Send a message; how that ended."""
    from chat.conversation.turn import COMPLETE, INTERRUPTED
    from commands import message

    turn = message.exchange(run.session, run.screen, send)
    if turn is None:
        return Exit.FAILED
    return {COMPLETE: Exit.DONE, INTERRUPTED: Exit.INTERRUPTED}.get(turn.answer.ended, Exit.FAILED)


def answer_opened(run: Run) -> Exit:
    """Send a request from a file, with the message added where there is one."""
    from chat.base import files
    from chat.base.errors import BadInput, TemperaError
    from chat.base.places import named
    from chat.transfer import open_request
    from commands.declare import Send
    from commands.talk import open as opening

    name, line = str(run.given.open), run.given.line
    run.terminal.one_shot = True
    run.load()
    if name == "-":
        text, title, folder = run.terminal.with_piped(""), "standard input", None
    else:
        path = named(name)
        text, title, folder = files.read_text(path, open_request.LARGEST), path.name, path.parent
    if name != "-":
        run.screen.asks(partial(run.terminal.ask_line, quiet=run.quiet))
    run.begin()
    opening.take(run.session, run.screen, text, title, line, folder)
    if run.given.message:
        return exchanged(run, Send(run.given.message))
    try:
        return exchanged(run, Send(asked=run.session.last_asked()))
    except TemperaError as error:
        raise BadInput(f"{title} ends with an answer", "add a message to send") from error


class Shell:
    """The prompt and its loop. The prompt takes keys at once; the rest loads behind it."""

    def __init__(self, run: Run) -> None:
        from prompt_toolkit.history import InMemoryHistory

        from terminal.editing.prompt import Prompt

        self._run = run
        self.prompt = Prompt(
            complete=self._complete,
            highlight=self._highlight,
            toolbar=self._toolbar,
            history=InMemoryHistory() if run.given.ephemeral else run.history(),
            vi=self._vi,
            colour=run.terminal.colour(run.terminal.stdout),
            deaf=partial(run.signals.heard, False),
        )
        run.signals.at_prompt, run.signals.pause = self.prompt.end, self.prompt.pause
        self._warmed: object = None

    def run(self) -> Exit:
        """Read and do, until the person leaves."""
        try:
            text, sent = self.prompt.read_while(self._run.load)
            from commands.shell import status
            from commands.talk import conversations

            run = self._run
            run.screen.asks(self.prompt.ask)
            run.begin()
            run.screen.say(status.greeting(run.session), dim=True)
            if run.given.resume is not None:
                conversations.tell(run.session, run.screen)
            with run.signals.heard(False):
                while True:
                    try:
                        typed = self.prompt.read(text, shown=self._warm, sent=sent)
                        text = self._do(typed) if typed.strip() else ""
                    except KeyboardInterrupt:
                        text = ""
                        run.screen.say("Ctrl-D leaves", dim=True)
                    sent = False
        except EOFError:
            return Exit.DONE

    def _do(self, typed: str) -> str:
        """Run a line; what to put into the next prompt. Whatever fails, the shell goes on."""
        from commands import dispatch, message
        from commands.declare import Edit, Quit, Send

        session, screen = self._run.session, self._run.screen
        try:
            with self._run.signals.heard(True):
                action = dispatch.run(typed, self._run.registry, session, screen)
                if isinstance(action, Quit):
                    raise EOFError
                if isinstance(action, Send):
                    turn = message.exchange(session, screen, action)
                    self._run.quiet.forget()
                    return "" if message.kept(turn) else typed
                return action.text if isinstance(action, Edit) else ""
        except KeyboardInterrupt:
            screen.say("stopped", dim=True)
            return typed
        except Exception as error:
            if isinstance(error, EOFError):
                raise
            log.exception("unexpected")
            screen.fail(
                f"Tempera failed at this: {type(error).__name__}", "--debug writes the details to a log"
            )
            return typed

    # ---- what the prompt asks for, once it is loaded

    def _complete(self, text: str) -> list[tuple[int, str, str]]:
        if not self._run.loaded:
            return []
        from commands import line

        found = line.complete(text, self._run.registry, self._run.session)
        return [(at, suggestion.text, suggestion.note) for at, suggestion in found]

    def _highlight(self, text: str) -> tuple[int, str]:
        if not self._run.loaded:
            return 0, ""
        from commands import line

        return line.highlight(text, registry=self._run.registry)

    def _vi(self) -> bool:
        return self._run.loaded and self._run.session.preferences.get("editing_mode") == "vi"

    def _toolbar(self, typed: str, width: int) -> list[tuple[str, str]]:
        if not self._run.loaded:
            return []
        from commands.shell import status
        from terminal.editing import toolbar

        session = self._run.session
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
        from chat.base.errors import TemperaError

        session = self._run.session
        now = (session.model, session.settings.get("base_url"))
        if now != self._warmed:
            self._warmed = now
            try:
                target = session.target()
            except TemperaError:  # the first message will say so
                return
            threading.Thread(target=self._warm_up, args=(target,), daemon=True).start()

    def _warm_up(self, target: Target) -> None:
        import filelock  # noqa: F401 (the first line that is typed is kept under a lock)

        from terminal.drawing import markdown  # noqa: F401 (it loads rich)

        self._run.session.warm(target)
        self.prompt.redraw()


if __name__ == "__main__":
    sys.exit(main())
