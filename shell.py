#!/usr/bin/env python3
"""Tempera: the OpenAI Playground in a terminal. This file wires the rooms, and is run."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # told before anything is loaded that takes its time
    from tempera import early, version

    early.hold_back()
    if version.told(sys.argv[1:]):
        sys.exit()

import contextlib
import logging
import threading
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from chat.base import started
from chat.base.exits import Exit
from chat.base.places import Places, places
from commands.shell import at_prompt, options, telling
from commands.shell.warming import Warming
from terminal.ending import failed, tell
from terminal.prompts import Prompts
from terminal.signals import Ended, Signals, interrupts_left
from terminal.streams import Quiet, Terminal, is_tty

if TYPE_CHECKING:  # what takes long to load is imported where it is used
    from chat.session.state import Session
    from commands.declare import Registry
    from terminal.editing.history import FileHistory
    from terminal.editing.linear import LinearPrompt
    from terminal.editing.prompt import PaintedPrompt
    from terminal.records import RecordScreen
    from terminal.screen import TerminalScreen

log = logging.getLogger("tempera.shell")
logging.getLogger("tempera").addHandler(logging.NullHandler())  # else Python prints what no log takes


def main(argv: Sequence[str] | None = None, terminal: Terminal | None = None) -> Exit:
    """Run the shell, or answer one message."""
    terminal = terminal or Terminal()
    terminal.prepare()
    signals = Signals()
    run: Program | None = None
    given = None
    try:
        with Quiet(terminal.stdin) as quiet, contextlib.ExitStack() as handling:
            given = options.parse(sys.argv[1:] if argv is None else argv)
            prompts = not given.once and is_tty(terminal.stdin) and is_tty(terminal.stdout)
            # a shell that starts goes on starting: what was typed by then is not to be lost
            handling.enter_context(signals.handled(terminal, quiet, heard=not prompts))
            if (text := telling.told(given)) is not None:
                return tell(text, terminal)
            run = Program(given, places(terminal.environ), terminal, quiet, signals)
            if prompts:
                return Shell(run).run()
            from commands.shell import once

            terminal.one_shot = True
            return once.answer(run)
    except Ended as ended:
        return ended.status
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:  # whoever read the answer has read enough
        terminal.discard()
        return Exit.UNREAD
    except Exception as error:
        if terminal.let_go():
            return Exit.HUNG_UP
        return failed(error, terminal, bool(given and given.json))
    finally:
        if run:
            with interrupts_left():  # it ends already
                run.close()


class Program:
    """What one run of the program works with: made at once, loaded when `load` is called."""

    session: Session
    screen: TerminalScreen

    def __init__(
        self, given: options.Options, where: Places, terminal: Terminal, quiet: Quiet, signals: Signals
    ) -> None:
        self.given = given
        self.places = where
        self.terminal = terminal
        self.quiet = quiet
        self.signals = signals
        self.loaded = False
        self._registry: Registry | None = None
        self._loading = threading.Lock()

    @property
    def registry(self) -> Registry:
        """Give the commands, loaded when they are first looked at, in whatever thread: who only sends a
        message needs none."""
        from commands.shell import alias

        with self._loading:
            self._registry = self._registry or alias.registry_of(self.session)
            return self._registry

    def load_all(self) -> None:
        """Load what a prompt needs, and a message: the commands come later. Raises TemperaError."""
        from commands import dispatch, message  # noqa: F401 (for whoever comes next)

        self.load()

    def load(self) -> None:
        """Load the session and the screen, once. Raises TemperaError."""
        if self.loaded:
            return
        from chat.parameters import profiles
        from chat.session.state import Session
        from chat.store.conversations import Store
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
        self.terminal.preferred = self.session.preferences.get
        self.screen = self._records() if self.given.json else TerminalScreen(self.terminal, self.quiet)
        if self.given.debug:
            from chat.base.debug import write_log
            from chat.base.errors import BadFile

            try:
                write_log(self.places.log, self.session.secrets)
            except BadFile as error:  # what was to be said can be said without it
                self.screen.warn(error.message, error.hint)
        if self.terminal.one_shot:
            from terminal.drawing import styles

            styles.dress(self.terminal)
        if self.terminal.asked_accessible:
            self.session.preferences.this_run["accessible"] = True
        self.loaded = True
        self.follow()

    def follow(self) -> None:
        """See to it that the screen is as the person prefers it by now."""
        self.terminal.accessible = bool(self.session.preferences.get("accessible"))

    def look_for_accessible(self) -> None:
        """Find out, before there is a prompt, whether a screen reader is to read it. Only where the file of
        preferences speaks of it, that costs the time to load the session. Raises TemperaError."""
        from chat.base.errors import BadFile
        from chat.base.files import MB, read_text

        try:
            kept = read_text(self.places.preferences, MB, absent="")
        except BadFile:  # told when it is loaded
            return
        if "accessible" in kept and not self.terminal.accessible:
            self.load()

    def _records(self) -> RecordScreen:
        """Make the screen of a script, which is given objects of JSON."""
        from chat.transfer import to_json
        from terminal.records import RecordScreen

        return RecordScreen(self.terminal, to_json.event_object if self.given.json == "chunks" else None)

    @property
    def records(self) -> RecordScreen | None:
        """Where the objects of --json go."""
        return self.screen if self.given.json else None  # type: ignore[return-value]

    def begin(self, asks: bool = True) -> None:
        """Put in force what was asked for; a person is asked what has to be known, if they are there and
        `asks`. Raises TemperaError."""
        from commands.shell import beginning

        if asks and self.terminal.one_shot:
            self.screen.asks(partial(self.terminal.ask_line, quiet=self.quiet, hearing=self.signals.awake))
        self.terminal.runs_tools = bool(self.given.allow_tools)
        beginning.begin(self.session, self.screen, self.given)

    def script(self, yes: bool) -> None:
        """Take it that a script types; with --json nothing but objects goes to standard output."""
        self.screen.script(yes, shown=not self.given.json)

    def piped(self, message: str) -> str:
        """Give the message, and below it what comes through a pipe, unless that is attached; nothing is read
        from a terminal."""
        if is_tty(self.terminal.stdin) or "-" in self.given.attached:
            return message
        return self.terminal.with_piped(message)

    def piped_bytes(self, most: int) -> bytes | None:
        """Give what comes through a pipe as it is, and of a longer one a byte more than `most`; None if
        nothing is piped."""
        return None if is_tty(self.terminal.stdin) else self.terminal.piped_bytes(most)

    def history(self) -> FileHistory:
        """Give what was typed in former sessions, and is now: a key that is typed is not written."""
        from chat.base.redact import secrets_in
        from terminal.editing.history import FileHistory

        def clean(line: str) -> str:
            from commands.shell import remembering

            return remembering.remembered(
                line, self.session.secrets() if self.loaded else secrets_in(self.terminal.environ)
            )

        return FileHistory(self.places.history, clean)

    def close(self) -> None:
        if self.loaded:
            self.session.close()


class Shell:
    """The prompt and its loop. The prompt takes keys at once; the rest loads behind it."""

    def __init__(self, run: Program) -> None:
        from prompt_toolkit.history import InMemoryHistory

        self._run = run
        history = InMemoryHistory() if run.given.ephemeral else run.history()
        self._first_time = not run.given.ephemeral and not run.places.history.exists()
        run.look_for_accessible()
        self._lines = at_prompt.AtPrompt(run, history.load_history_strings)
        self._warming = Warming(_drawing, self._lines.count, lambda: self.prompt.redraw())
        self._prompts = Prompts(
            run.terminal,
            run.quiet,
            run.signals,
            self._lines.highlight,
            self._toolbar,
            complete=self._lines.complete,
            history=history,
            vi=self._vi,
            label=self._lines.label,
        )
        _ = self.prompt

    @property
    def prompt(self) -> PaintedPrompt | LinearPrompt:
        """Give the prompt in use."""
        return self._prompts.now

    def run(self) -> Exit:
        """Read and do, until the person leaves."""
        try:
            text, sent = self.prompt.read_while(self._run.load_all)
            run = self._run
            self._prompts.ask_for(run.screen)
            run.session.sizes.told = lambda: self.prompt.redraw()
            self._prompts.dress()
            run.begin()
            at_prompt.greet(run, self._first_time)
            if run.signals.missed():
                sent = False  # the line that was typed first stands there, to be looked at
            with run.signals.heard(False):
                while True:
                    run.follow()
                    self._prompts.dress()
                    try:
                        typed = self.prompt.read(text, shown=partial(self._shown, sent), sent=sent)
                        # Ctrl-C before it is sent, while the person waited for the start, was for this line
                        back = sent and (self.prompt.taken_back() | run.signals.missed())
                        does = typed.strip() or run.session.edited  # an emptied /edit is something to do
                        text = typed if back else self._do(typed) if does else ""
                    except KeyboardInterrupt:
                        text = ""
                        run.screen.say("Ctrl-D leaves", dim=True)
                    sent = False
        except EOFError:
            if self._run.terminal.let_go():
                return Exit.HUNG_UP
            self._prompts.leave()
            return Exit.DONE

    def _do(self, typed: str) -> str:
        """Do a line; what to put into the next prompt. Whatever fails, the shell goes on."""
        self._lines.note(typed)
        try:
            with self._run.signals.heard(True):
                return self._lines.do(typed, self._warming.sending)
        except KeyboardInterrupt:
            self._run.screen.say("stopped", dim=True)
        except Exception as error:
            if isinstance(error, EOFError) or self._run.terminal.let_go():
                raise
            log.exception("unexpected")
            self._run.screen.fail(
                f"Tempera failed at this: {type(error).__name__}", "--debug writes the details to a log"
            )
        return typed

    # ---- what the prompt asks for, once it is loaded

    def _vi(self) -> bool:
        return self._run.loaded and self._run.session.preferences.get("editing_mode") == "vi"

    def _toolbar(self, typed: str, width: int) -> list[tuple[str, str]]:
        if not self._run.loaded:
            return []
        from commands.shell import status
        from terminal.editing import toolbar

        session = self._run.session
        size = status.next_size(session, typed)
        facts = toolbar.Facts(
            profile=session.settings.profile + (" (broken)" if session.settings.broken else ""),
            changed=session.settings.changed,
            model=session.model,
            set=status.set_parameters(session),
            tokens=None if size is None else size.tokens,
            exact=size is not None and size.exact,
            window=session.window(),
            cost=status.cost(session),
            waiting=status.waiting(session),
        )
        return toolbar.fragments(facts, width)

    def _shown(self, sent: bool) -> None:
        """The prompt is up: a Ctrl-C from before that was for nothing in it, but for a line that is sent."""
        if not sent:
            self._run.signals.missed()
        self._warming.begin(self._run.session)


def _drawing() -> None:
    """Load what draws answers."""
    from terminal.drawing import early

    early.load()


if __name__ == "__main__":
    sys.exit(main())
