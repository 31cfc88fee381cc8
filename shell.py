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
import gc
import json
import logging
import threading
from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from chat.base import started
from chat.base.exits import Exit
from chat.base.places import Places, places
from commands.shell import options
from terminal.signals import Ended, Signals, interrupts_left
from terminal.streams import Quiet, Terminal, is_tty

if TYPE_CHECKING:  # what takes long to load is imported where it is used
    from chat.conversation.turn import Turn
    from chat.endpoint.target import Target
    from chat.session.state import Session
    from commands.declare import Registry, Send
    from terminal.editing.history import FileHistory
    from terminal.records import RecordScreen
    from terminal.screen import TerminalScreen

log = logging.getLogger("tempera.shell")
logging.getLogger("tempera").addHandler(logging.NullHandler())  # else Python prints what no log takes


def main(argv: Sequence[str] | None = None, terminal: Terminal | None = None) -> Exit:
    """Run the shell, or answer one message."""
    terminal = terminal or Terminal()
    terminal.prepare()
    signals = Signals()
    run: Run | None = None
    given = None
    try:
        with Quiet(terminal.stdin) as quiet, contextlib.ExitStack() as handling:
            given = options.parse(sys.argv[1:] if argv is None else argv)
            once = bool(given.message or given.version or given.completions or given.json or given.schema)
            once = once or given.open is not None or given.prompt is not None
            prompts = not once and is_tty(terminal.stdin) and is_tty(terminal.stdout)
            # a shell that starts goes on starting: what was typed by then is not to be lost
            handling.enter_context(signals.handled(terminal, quiet, heard=not prompts))
            if given.version:  # beside other options
                from tempera import version

                return tell(version.line(), terminal)
            if given.completions:
                from commands.shell import completions

                return tell(completions.script(given.completions), terminal)
            if given.schema:
                from chat.transfer import to_json

                return tell(json.dumps(to_json.schema(), indent=2), terminal)
            run = Run(given, places(terminal.environ), terminal, quiet, signals)
            if prompts:
                return Shell(run).run()
            if given.values and given.prompt is None and given.open is None:
                from chat.base.errors import BadInput

                raise BadInput("--var gives a value to a variable of a prompt", "--prompt NAME loads one")
            if given.prompt is not None:
                return answer_prompt(run)
            if given.open is not None:
                return answer_opened(run)
            text = given.message if is_tty(terminal.stdin) else terminal.with_piped(given.message)
            return answer_one(run, text)
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


def tell(text: str, terminal: Terminal) -> Exit:
    """Write what was asked for on standard output."""
    print(text, file=terminal.stdout, flush=True)
    return Exit.DONE


def failed(error: Exception, terminal: Terminal, as_json: bool = False) -> Exit:
    """Say what ended the run; to a script as an object, too."""
    from chat.base.errors import EmbeddedFailed, TemperaError
    from terminal.screen import TerminalScreen

    screen = TerminalScreen(terminal)
    if as_json:
        from chat.transfer import to_json

        tell(json.dumps(to_json.error_object(error), ensure_ascii=False), terminal)
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

    def __init__(
        self, given: options.Options, where: Places, terminal: Terminal, quiet: Quiet, signals: Signals
    ) -> None:
        self.given = given
        self.places = where
        self.terminal = terminal
        self.quiet = quiet
        self.signals = signals
        self.loaded = False

    @cached_property
    def registry(self) -> Registry:
        """Give the commands; who only sends a message needs none."""
        from commands import registry

        return registry()

    def load_all(self) -> None:
        """Load what a prompt needs, the commands too. Raises TemperaError."""
        from commands import dispatch, message  # noqa: F401 (for whoever comes next)

        self.load()
        _ = self.registry

    def load(self) -> None:
        """Load the session and the screen. Raises TemperaError."""
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
        self.screen = self._records() if self.given.json else TerminalScreen(self.terminal, self.quiet)
        if self.given.debug:
            from chat.base.debug import write_log
            from chat.base.errors import BadFile

            try:
                write_log(self.places.log, self.session.secrets)
            except BadFile as error:  # what was to be said can be said without it
                self.screen.warn(error.message, error.hint)
        self.loaded = True

    def _records(self) -> RecordScreen:
        """Make the screen of a script, which is given objects of JSON."""
        from chat.transfer import to_json
        from terminal.records import RecordScreen

        return RecordScreen(self.terminal, to_json.event_object if self.given.json == "chunks" else None)

    def begin(self) -> None:
        """Profile, command line and endpoint in force, with what is to be said of them. Raises
        TemperaError."""
        from chat.base.errors import BadInput, BadProfile
        from commands import echo
        from commands.endpoint import start

        session, given, screen = self.session, self.given, self.screen
        values = options.settings(given)
        try:
            session.load_profile(given.profile)
        except BadProfile:
            pass  # told below, once the command line's and the conversation's settings are there
        except BadInput as error:
            if given.profile != options.DEFAULT_PROFILE:
                raise
            screen.warn(error.message)
        for complaint in (*session.profiles.complaints, *session.memory_complaints()):
            if not session.settings.broken or session.settings.broken.error is not complaint:
                screen.warn(complaint.message, complaint.hint)
        session.use(values)
        start.find_conversation(session, screen, given)
        if given.plain:
            session.preferences.this_run["plain"] = True
        if session.settings.broken:
            if not screen.interactive:
                raise session.settings.broken
            screen.fail(session.settings.broken.message, session.settings.broken.hint)
            return
        start.find_endpoint(session, screen)
        for sentence in echo.advice(session, session.settings, session.settings.as_changes()):
            screen.warn(sentence)

    def history(self) -> FileHistory:
        """Give what was typed in former sessions, and is now: a key that is typed is not written."""
        from chat.base.redact import hide, redact, secrets_in
        from terminal.editing.history import FileHistory

        def clean(line: str) -> str:
            secrets = self.session.secrets() if self.loaded else secrets_in(self.terminal.environ)
            line = redact(hide(line, secrets))
            if not line.startswith("/open "):
                return line
            from commands.talk.open import remembered

            return remembered(line)

        return FileHistory(self.places.history, clean)

    def close(self) -> None:
        if self.loaded:
            self.session.close()


def answer_one(run: Run, text: str) -> Exit:
    """One message, answered on standard output."""
    from chat.base.errors import BadInput
    from commands import line
    from commands.declare import Send

    run.terminal.one_shot = True
    gc.disable()  # so short a run ends before a collection is worth its time: 80 ms of the SDK's import
    if not text.strip():
        raise BadInput(
            "there is nothing to send", f'{started.command()} "question", or a terminal to type in'
        )
    run.load()
    if not run.given.literal:
        line.refuse_command(run.given.message, lambda: run.registry)
    run.screen.asks(partial(run.terminal.ask_line, quiet=run.quiet))
    run.begin()
    return exchanged(run, Send(text))


def exchanged(run: Run, send: Send) -> Exit:
    """Send a message; how that ended."""
    from chat.conversation.turn import COMPLETE, INTERRUPTED
    from commands import message

    run.session.estimates = False  # nobody looks at what was counted here beside what the server tells
    turn = message.exchange(run.session, run.screen, send)
    if run.given.json:
        _record(run, turn)
    if turn is None:
        return Exit.FAILED
    ended = {COMPLETE: Exit.DONE, INTERRUPTED: Exit.INTERRUPTED}.get(turn.answer.ended, Exit.FAILED)
    if ended == Exit.DONE and run.given.strict and (why := _lacks(turn)):
        run.screen.warn(why)
        return Exit.REFUSED
    return ended


def _record(run: Run, turn: Turn | None) -> None:
    """Write the object of a turn, or of what kept it from being sent."""
    from chat.transfer import to_json
    from terminal.records import RecordScreen

    screen, session = run.screen, run.session
    assert isinstance(screen, RecordScreen)
    if turn:
        number = session.turns.index(turn) + 1 if turn in session.turns else 0
        screen.record(to_json.turn_object(turn, number, session.conversation.number))
    else:
        message, hint = screen.failure or ("nothing was sent", "")
        screen.record({"error": {"type": "BadInput", "message": message, "hint": hint}})


def _lacks(turn: Turn) -> str:
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
    from chat.base.errors import BadInput, TemperaError
    from chat.base.places import named
    from chat.transfer import open_request
    from commands import line as lines
    from commands.declare import Send
    from commands.prompts import filling
    from commands.talk import open as opening

    name, line = str(run.given.open), run.given.line
    run.terminal.one_shot = True
    run.load()
    if not run.given.literal:
        lines.refuse_command(run.given.message, lambda: run.registry)
    if name == "-":
        text, title, folder = run.terminal.with_piped(""), "standard input", None
    else:
        path = named(name)
        text, title, folder = files.read_text(path, open_request.LARGEST), path.name, path.parent
    if name != "-":
        run.screen.asks(partial(run.terminal.ask_line, quiet=run.quiet))
    run.begin()
    opening.take(run.session, run.screen, text, title, line, folder)
    if run.given.values:
        filling.give_all(run.session, run.screen, run.given.values)
    filling.complete(run.session, run.screen)
    if run.given.message:
        return exchanged(run, Send(run.given.message))
    try:
        return exchanged(run, Send(asked=run.session.last_asked()))
    except TemperaError as error:
        raise BadInput(f"{title} ends with an answer", "add a message to send") from error


def answer_prompt(run: Run) -> Exit:
    """Send a prompt from a file, filled, with the message added where there is one."""
    from chat.base.errors import BadInput
    from commands import line
    from commands.declare import Send
    from commands.prompts import filling
    from commands.prompts import prompt as prompts

    given, terminal = run.given, run.terminal
    if given.open is not None:
        raise BadInput("--prompt and --open each say what is sent", "leave out one of them")
    text = given.message if is_tty(terminal.stdin) else terminal.with_piped(given.message)
    terminal.one_shot = True
    run.load()
    run.screen.asks(partial(terminal.ask_line, quiet=run.quiet))
    run.begin()
    session, screen = run.session, run.screen
    if not given.literal:
        line.refuse_command(given.message, lambda: run.registry)
    prompts.load(session, screen, str(given.prompt), tell=False)
    assert session.prompt is not None
    if given.values:
        filling.give_all(session, screen, given.values)
    filling.complete(session, screen)
    if text.strip():
        return exchanged(run, Send(text))
    messages = session.prompt.prompt.messages
    if not messages or messages[-1]["role"] == "assistant":
        raise BadInput(f"prompt {session.prompt.name} needs a message after it", "add one to send")
    return exchanged(run, Send(asked=session.last_asked()))


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
            answers=lambda: run.terminal.answers,
        )
        run.signals.at_prompt, run.signals.pause = self.prompt.end, self.prompt.pause
        self._warmed: object = None

    def run(self) -> Exit:
        """Read and do, until the person leaves."""
        try:
            text, sent = self.prompt.read_while(self._run.load_all)
            from commands.shell import status
            from commands.talk import conversations

            run = self._run
            run.screen.asks(self.prompt.ask, self.prompt.pick)
            run.session.sizes.told = self.prompt.redraw
            run.begin()
            run.screen.say(status.greeting(run.session), dim=True)
            if run.given.resume is not None:
                conversations.tell(run.session, run.screen)
            if run.signals.missed():
                sent = False  # the line that was typed first stands there, to be looked at
            with run.signals.heard(False):
                while True:
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
            return Exit.HUNG_UP if self._run.terminal.let_go() else Exit.DONE

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
                    return "" if message.kept(turn) else typed
                return action.text if isinstance(action, Edit) else ""
        except KeyboardInterrupt:
            screen.say("stopped", dim=True)
            return typed
        except Exception as error:
            if isinstance(error, EOFError) or self._run.terminal.let_go():
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
        )
        return toolbar.fragments(facts, width)

    def _shown(self, sent: bool) -> None:
        """The prompt is up: a Ctrl-C from before that was for nothing in it, but for a line that is sent."""
        if not sent:
            self._run.signals.missed()
        self._warm()

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
