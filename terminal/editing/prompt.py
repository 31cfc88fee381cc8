"""The prompt: prompt-toolkit's session, with this shell's keys, completion and toolbar."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")  # no garbage from slow terminals

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application, in_terminal
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style
from prompt_toolkit.utils import is_dumb_terminal

from ..clean import typed
from .completer import Complete, FunctionCompleter
from .keys import bindings
from .visible import Visible

_STYLE = Style.from_dict(
    {
        "prompt": "bold",
        "continuation": "ansibrightblack",
        "bottom-toolbar": "noreverse ansibrightblack",
        "toolbar.profile": "bold",
        "toolbar.set": "ansicyan",
        "toolbar.high": "ansiyellow",
        "toolbar.full": "bold ansired",
        "command": "ansicyan",
        "unknown": "ansired",
    }
)
_PLAIN = Style.from_dict({"bottom-toolbar": "noreverse"})

#: Lines for the menu of completions.
MENU = 8

Highlight = Callable[[str], tuple[int, str]]


def _output() -> Output:
    """The terminal, without asking it where its cursor is.

    The answers to such questions arrive as garbage on slow lines; without them prompt-toolkit
    would show no toolbar, so it is told that a line is free.
    """
    output = create_output()
    if isinstance(output, Vt100_Output):
        output.get_rows_below_cursor_position = lambda: 1  # type: ignore[method-assign]
    return output


def take_typed_ahead(source: Input) -> None:
    """Keys that were pressed before the prompt was up: as they were meant.

    The terminal turned Enter into a line feed then, which at the prompt would be a new line.
    """
    try:
        descriptor = source.fileno()
        if not os.isatty(descriptor) or not select.select([descriptor], [], [], 0)[0]:
            return
        data = os.read(descriptor, 65536)
    except (NotImplementedError, OSError, ValueError):
        return
    keys: list[KeyPress] = []
    Vt100Parser(keys.append).feed(data.decode("utf-8", "replace").replace("\n", "\r"))
    store_typeahead(source, keys)


class _Loaded(Exception):
    """What the first prompt waited for is there."""


async def _in_terminal(call: Callable[[], None]) -> None:
    async with in_terminal():
        call()


class CommandLexer(Lexer):
    """Colours the command's name, by a function: text -> (its length, style class)."""

    def __init__(self, highlight: Highlight) -> None:
        self._highlight = highlight

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        lines = document.lines
        length, style = self._highlight(document.text)

        def get_line(number: int) -> StyleAndTextTuples:
            line = lines[number] if number < len(lines) else ""
            return (
                [(f"class:{style}", line[:length]), ("", line[length:])]
                if number == 0 and length
                else [("", line)]
            )

        return get_line


class Prompt:
    """Reads what a person types. One for the whole run."""

    def __init__(
        self,
        complete: Complete,
        highlight: Highlight,
        toolbar: Callable[[str, int], list[tuple[str, str]]],
        history: History,
        *,
        vi: Callable[[], bool] = lambda: False,
        colour: bool = True,
        deaf: Callable[[], AbstractContextManager[None]] = nullcontext,
        **streams: Any,
    ) -> None:
        self._vi = vi
        self._deaf = deaf  # a Ctrl-C that hits the event loop while it is made or unmade breaks it
        self._toolbar = toolbar
        self._colour = colour
        self._streams = streams
        self._dumb = "output" not in streams and is_dumb_terminal()  # that has a prompt of its own
        if "output" not in streams and not self._dumb:
            streams["output"] = _output()
        self._session: PromptSession[str] = PromptSession(
            "> ",
            multiline=True,
            prompt_continuation=lambda width, line, wrapped: [("class:continuation", "· ")],
            completer=FunctionCompleter(complete),
            complete_while_typing=True,
            complete_style=CompleteStyle.COLUMN,
            reserve_space_for_menu=0,
            lexer=CommandLexer(highlight),
            input_processors=[Visible()],
            auto_suggest=AutoSuggestFromHistory(),
            history=history,
            key_bindings=bindings(),
            bottom_toolbar=self._fragments,
            tempfile_suffix=".md",
            style=_STYLE if colour else _PLAIN,
            include_default_pygments_style=False,
            **streams,
        )
        self.app.before_render += self._make_room

    def _make_room(self, _: object) -> None:
        """Lines for the menu while it is open, and none else: the toolbar stays by the prompt.

        prompt-toolkit never takes lines back by itself, so what is painted is erased first.
        """
        wanted = MENU if self._session.default_buffer.complete_state else 0
        if wanted < self._session.reserve_space_for_menu:
            self.app.renderer.erase(leave_alternate_screen=False)
        self._session.reserve_space_for_menu = wanted

    @property
    def app(self) -> Application[str]:
        return self._session.app

    def _fragments(self) -> StyleAndTextTuples:
        """The toolbar; empty rather than in the way, should it fail."""
        try:
            return [*self._toolbar(self._session.default_buffer.text, self.app.output.get_size().columns)]
        except Exception:
            return []

    def read(self, default: str = "", shown: Callable[[], None] | None = None, sent: bool = False) -> str:
        """A line, or several. Raises EOFError for Ctrl-D and KeyboardInterrupt for Ctrl-C on an
        empty line. `shown` is called once, when the prompt is on the screen; `sent`: the default
        is taken as if Enter had been pressed."""
        self._session.editing_mode = EditingMode.VI if self._vi() else EditingMode.EMACS
        if shown and self._dumb:
            shown()
        elif shown:
            self._once(shown)
        return typed(self._prompt(default=default, accept_default=sent))

    def _prompt(self, **given: Any) -> str:
        # a Ctrl-C in the last moment of a prompt leaves a task of its loop, which is closed now
        self.app.key_processor._flush_wait_task = None
        with self._deaf():
            return self._session.prompt(**given)

    def read_while(self, load: Callable[[], None]) -> tuple[str, bool]:
        """Take keys while something loads behind the prompt, which then goes away: what was
        typed by then, and whether Enter was pressed. Raises what `load` raises, and EOFError."""
        if self._dumb:  # nothing could be taken away there
            load()
            return "", False
        take_typed_ahead(self.app.input)
        failed: list[BaseException] = []

        def run() -> None:
            try:
                load()
            except BaseException as error:
                failed.append(error)
            finally:
                self.end(_Loaded())

        thread = threading.Thread(target=run, daemon=True)
        self._once(thread.start)
        self.app.erase_when_done = True
        text, sent = "", False
        try:
            text, sent = self._prompt(), True
        except _Loaded:
            text = self._session.default_buffer.text
        except KeyboardInterrupt:
            pass
        finally:
            self.app.erase_when_done = False
        if thread.ident is None:  # Ctrl-C was quicker than the first picture
            thread.start()
        thread.join()
        if failed:
            raise failed[0]
        return text, sent

    def _once(self, call: Callable[[], None]) -> None:
        def handler(_: object) -> None:
            self.app.after_render -= handler
            call()

        self.app.after_render += handler

    def end(self, ended: BaseException) -> bool:
        """Leave the prompt by this exception, the terminal put right; False where none is up."""
        app = self.app
        if not app.is_running or app.loop is None:
            return False

        def leave() -> None:
            if app.future and not app.future.done():  # Enter may have been quicker
                app.exit(exception=ended)

        app.loop.call_soon_threadsafe(leave)
        return True

    def pause(self, stop: Callable[[], None]) -> bool:
        """Stop, with the terminal put right, and paint again after that; False where no prompt
        is up."""
        app = self.app
        if not app.is_running or app.loop is None:
            return False
        app.loop.call_soon_threadsafe(lambda: app.create_background_task(_in_terminal(stop)))
        return True

    def redraw(self) -> None:
        """Show what has become known; from any thread."""
        self.app.invalidate()

    def ask(self, question: str, hidden: bool = False) -> str | None:
        """One plain line: no history, no completion; None for Ctrl-C or Ctrl-D."""
        asking: PromptSession[str] = PromptSession(**self._streams)
        try:
            with self._deaf():
                return asking.prompt(question, is_password=hidden)
        except (EOFError, KeyboardInterrupt):
            return None
