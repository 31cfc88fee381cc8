"""The prompt for screen readers: one line after another, by Python's own input and readline where that is
there. Nothing is painted over, no key is drawn anew."""

from __future__ import annotations

import codecs
import contextlib
import getpass
import os
import select
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import TYPE_CHECKING

from ..clean import clean, one_line, typed
from ..signals import deaf
from ..streams import Quiet

if TYPE_CHECKING:
    from prompt_toolkit.history import History

    from .completer import Complete

#: What the keys do here: readline's own.
KEYS = (
    ("Enter", "send", ""),
    ("Tab", "complete; twice: list what there is", ""),
    ("Up, Down, Ctrl-R", "earlier lines", ""),
    ("Ctrl-C", "stop an answer; drop the line", ""),
    ("Ctrl-Z", "stop the shell; fg goes on", ""),
    ("Ctrl-D", "leave", ""),
)
#: Seconds in which the rest of a paste follows; nobody who types is so quick.
_TOGETHER = 0.03
#: How the lines that readline knows from former sessions are limited, for its start to be quick.
_RECALLED = 2000


def _readline() -> ModuleType | None:
    try:
        import readline
    except ImportError:  # Windows, or a Python made without it
        return None
    return readline


class LinearPrompt:
    """Reads what a person types, as `Prompt` does, for a screen that only grows downwards."""

    def __init__(
        self,
        quiet: Quiet,
        complete: Complete,
        history: History,
        *,
        vi: Callable[[], bool] = lambda: False,
        hearing: Callable[[], AbstractContextManager[None]] = nullcontext,
        answers: Callable[[], int] = lambda: 0,
        label: Callable[[], str] = lambda: "",
        line: Callable[[str], str] = input,
    ) -> None:
        self._quiet = quiet
        self._complete = complete
        self._history = history
        self._vi = vi
        self._hearing = hearing
        self._answers = answers
        self._label = label
        self._line = line
        self._read_after = 0
        self._standing = ""  # what stands in the next line to begin with
        self._found: list[str] = []
        self._readline = _readline()
        if self._readline:
            self._prepare(self._readline)

    def _prepare(self, readline: ModuleType) -> None:
        """Set readline up so that it writes nothing but what is typed, and lists what Tab finds below."""
        if "libedit" in (readline.__doc__ or ""):
            readline.parse_and_bind("bind ^I rl_complete")
        else:
            for setting in (
                "enable-bracketed-paste off",  # it is told to the terminal at each prompt
                "completion-query-items 0",
                "page-completions off",
                "show-all-if-ambiguous on",
                "bell-style none",
                "colored-stats off",
            ):
                readline.parse_and_bind(f"set {setting}")
            readline.parse_and_bind("tab: complete")
        readline.set_completer_delims(" \t\n=,")
        readline.set_completer(self._completion)
        readline.set_startup_hook(self._begin)
        readline.set_auto_history(False)
        for known in list(self._history.load_history_strings())[:_RECALLED][::-1]:
            if "\n" not in known:
                readline.add_history(known)

    # ---- what the shell asks for

    def read_while(self, load: Callable[[], None]) -> tuple[str, bool]:
        """Load, and then read: nothing is drawn that could take keys meanwhile, and none is lost."""
        load()
        return "", False

    def read(self, back: str = "", shown: Callable[[], None] | None = None, sent: bool = False) -> str:
        """Read a line. `back` stands in it to begin with, and before it what was typed while an answer was
        shown. Lines that come together, as pasted ones do, are one text, sent only if the person says so.
        Raises EOFError for Ctrl-D and KeyboardInterrupt for Ctrl-C."""
        if sent:
            return typed(back)
        if shown:
            shown()
        blind = self._blind() if self._read_after != self._answers() or back else ""
        self._read_after = self._answers()
        self._standing = blind or back
        if self._standing and not self._readline:
            print(f"not sent: {clean(self._standing)}")
        if self._readline:
            with contextlib.suppress(Exception):
                self._readline.parse_and_bind(f"set editing-mode {'vi' if self._vi() else 'emacs'}")
        text = self._asked(f"{one_line(self._label())}> ")
        lines = [text]
        while self._more():
            lines.append(self._asked("") if self._more() else "")
        if len(lines) > 1:
            said = self.ask(f"{len(lines)} lines came together: send them as one message? [y/N] ")
            if (said or "").strip().lower() not in ("y", "yes"):
                return ""
        text = typed("\n".join(lines))
        if text.strip():
            self._history.append_string(text)
            if self._readline and "\n" not in text:
                self._readline.add_history(text)
        return text

    def ask(self, question: str, hidden: bool = False) -> str | None:
        """Ask for one plain line. Return None for Ctrl-C or Ctrl-D."""
        self._standing = ""
        try:
            return self._asked(question, hidden)
        except (EOFError, KeyboardInterrupt):
            return None

    def pick(self, question: str, options: Sequence[str]) -> str | None:
        """Ask for one of several, whose numbers stand above."""
        return self.ask(question)

    def end(self, ended: BaseException) -> bool:
        """Say that an exception ends it wherever it is: there is no loop that could be torn down."""
        return False

    def pause(self, stop: Callable[[], None]) -> bool:
        return False

    def taken_back(self) -> bool:
        return False

    def redraw(self) -> None:
        """Do nothing: what has become known is said when it is asked for."""

    # ---- reading

    def _asked(self, question: str, hidden: bool = False) -> str:
        return asked_line(question, hidden, self._quiet, self._line, self._hearing)

    @deaf
    def _begin(self) -> None:
        """Put what stands there into the line that readline begins."""
        text, self._standing = self._standing, ""
        if text and self._readline:
            self._readline.insert_text(text)

    def _more(self) -> bool:
        keys = self._quiet.keys
        with contextlib.suppress(OSError, ValueError):
            return keys is not None and bool(select.select([keys], [], [], _TOGETHER)[0])
        return False

    def _blind(self) -> str:
        """Take what was typed while nothing read it. No Enter among it sends anything."""
        from prompt_toolkit.input.vt100_parser import Vt100Parser
        from prompt_toolkit.key_binding.key_processor import KeyPress

        from .. import ahead

        keys: list[KeyPress] = []
        parser = Vt100Parser(keys.append)
        decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        with contextlib.suppress(OSError, ValueError):
            while self._quiet.keys is not None and select.select([self._quiet.keys], [], [], 0)[0]:
                data = os.read(self._quiet.keys, 4096)
                if not data:
                    break
                parser.feed(decoder.decode(data))
        return typed(ahead.text(keys))

    # ---- completion

    @deaf
    def _completion(self, text: str, state: int) -> str | None:
        """Give the next completion of the word before the cursor, as readline asks for them. Total."""
        if state == 0:
            try:
                self._found = list(dict.fromkeys(self._completions()))
            except Exception:
                self._found = []
        return self._found[state] if state < len(self._found) else None

    def _completions(self) -> Iterator[str]:
        """List the completions that go on from what is typed: readline can put no other word in place."""
        assert self._readline
        begun = self._readline.get_begidx()
        line = self._readline.get_line_buffer()[: self._readline.get_endidx()]
        for start, replacement, _ in self._complete(line):
            whole = line[:start] + replacement
            if whole.startswith(line):
                yield clean(whole[begun:])


def asked_line(
    question: str,
    hidden: bool,
    quiet: Quiet,
    line: Callable[[str], str] = input,
    hearing: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> str:
    """Read one line with the terminal as the person has it. Raises EOFError and KeyboardInterrupt, below
    whose mark the next line begins."""
    with quiet.loud(), hearing():
        try:
            return getpass.getpass(question) if hidden else line(question)
        except (EOFError, KeyboardInterrupt):
            sys.stdout.write("\n")
            raise


def asked(
    question: str,
    hidden: bool,
    quiet: Quiet,
    hearing: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> str | None:
    """Ask for one line outside of the shell; None for Ctrl-C or Ctrl-D."""
    try:
        return asked_line(question, hidden, quiet, hearing=hearing)
    except (EOFError, KeyboardInterrupt):
        return None
