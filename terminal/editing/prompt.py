"""The prompt: prompt-toolkit's session, with this shell's keys, completion and toolbar."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")  # no garbage from slow terminals

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application, get_app_or_none, in_terminal
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.processors import TabsProcessor
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style
from prompt_toolkit.utils import is_dumb_terminal

from .. import ahead
from ..clean import clean, one_line, typed
from .arriving import Arriving
from .completer import Complete, FunctionCompleter
from .keys import MENU, bindings
from .lexer import CommandLexer, Highlight
from .recall import HINT, Recall, bind
from .standing import Standing
from .toolbar import cut
from .visible import Visible

if TYPE_CHECKING:
    from chat.evaluation.browsing import RunResults, Wanted
    from chat.lab.live import Source

Answered = TypeVar("Answered")

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

#: What a person presses to stop something, or to take it back.
_STOPS = (Keys.ControlC, Keys.SIGINT)


def _output() -> Output:
    """Open the terminal without asking it where its cursor is. On slow lines the answers to such questions
    arrive as garbage. Without them prompt-toolkit would show no toolbar, so it is told that a line is
    free."""
    output = create_output()
    if isinstance(output, Vt100_Output):
        output.get_rows_below_cursor_position = lambda: 1  # type: ignore[method-assign]
    return output


class _Loaded(Exception):
    """What the first prompt waited for is there."""


async def _in_terminal(call: Callable[[], None]) -> None:
    async with in_terminal():
        call()


def _continued(text: str) -> str:
    """Write a text as a dumb terminal shows typed text: safe, and each line where it begins."""
    return clean(text).replace("\n", "\r\n· ").replace("\r\n· > ", "\r\n> ")


class PaintedPrompt:
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
        answers: Callable[[], int] = lambda: 0,
        label: Callable[[], str] = lambda: "",
        **streams: Any,
    ) -> None:
        self._vi = vi
        self._deaf = deaf  # a Ctrl-C that hits the event loop while it is made or unmade breaks it
        self._toolbar = toolbar
        self._label = label
        self._colour = colour
        self._streams = streams
        self._standing = Standing()
        self._starting = False
        self._cleared = False
        self._late: BaseException | None = None  # what came too late to end a prompt
        self._set_aside: list[KeyPress] = []  # typed before a question that it does not answer
        self._answers = answers
        self._read_after = self._asked_after = 0  # answers that a line was read after, or a question asked
        self._dumb = "output" not in streams and is_dumb_terminal()  # that has a prompt of its own
        if "output" not in streams and not self._dumb:
            streams["output"] = _output()
        self._recall = Recall(history)
        keys = bindings(
            self._standing,
            starting=lambda: self._starting,
            command=lambda text: highlight(text)[1] == "command",
            echo=self._echo,
        )
        bind(keys, self._recall, lambda: self._starting)
        self._session: PromptSession[str] = PromptSession(
            self._sign,
            multiline=True,
            prompt_continuation=lambda width, line, wrapped: [("class:continuation", "· ")],
            completer=FunctionCompleter(complete, self._recall),
            complete_while_typing=True,
            complete_style=CompleteStyle.COLUMN,
            reserve_space_for_menu=0,
            lexer=CommandLexer(highlight),
            input_processors=[Visible(), TabsProcessor(char1=" ", char2=" ")],
            auto_suggest=AutoSuggestFromHistory(),
            history=history,
            key_bindings=keys,
            bottom_toolbar=self._fragments,
            tempfile_suffix=".md",
            style=_STYLE if colour else _PLAIN,
            include_default_pygments_style=False,
            **streams,
        )
        self.app.before_render += self._make_room
        self._arriving = Arriving(self.app.input)

    def _make_room(self, _: object) -> None:
        """Make room for the menu while it is open, and only then, so that the toolbar stays by the prompt.
        prompt-toolkit never takes lines back by itself, so erase first what is painted."""
        wanted = MENU if self._session.default_buffer.complete_state else 0
        if wanted < self._session.reserve_space_for_menu:
            self.app.renderer.erase(leave_alternate_screen=False)
        self._session.reserve_space_for_menu = wanted

    def _sign(self) -> str:
        """Give what stands before the line: what it answers, where that is not the model."""
        return f"{one_line(label)}> " if (label := self._label()) else "> "

    @property
    def app(self) -> Application[str]:
        return self._session.app

    def _fragments(self) -> StyleAndTextTuples:
        """Draw the toolbar, and above it what comes after this line. If that fails, draw nothing."""
        try:
            width = self.app.output.get_size().columns
            if self._recall.on:
                return [("", cut(HINT, width - 1))]
            toolbar: StyleAndTextTuples = [*self._toolbar(self._session.default_buffer.text, width)]
        except Exception:
            return []
        waiting = [one_line(text) for text in self._standing.texts]
        after = cut(f" after this: {' · '.join(waiting)}", width - 1)
        return [("", f"{after}\n"), *toolbar] if waiting else toolbar

    def read(self, back: str = "", shown: Callable[[], None] | None = None, sent: bool = False) -> str:
        """Read a line, or several. `back` is a text that stands there to begin with. Text typed while an
        answer was shown stands before it, and no key pressed by then sends it. After anything else keys are
        what they always are. `shown` is called once, when the prompt is on the screen. `sent`: take `back`
        as if Enter had been pressed. Raises EOFError for Ctrl-D and KeyboardInterrupt for Ctrl-C on an
        empty line."""
        self._recall.end()
        self._session.editing_mode = EditingMode.VI if self._vi() else EditingMode.EMACS
        keys = self._typed_blind(bool(back))
        if shown and self._dumb:
            shown()
        elif shown:
            self._once(shown)
        if sent:
            # what is pressed from now on comes too late for it
            self._set_aside = keys
            try:
                found = self._prompt(default=back, accept_default=True, handle_sigint=False)
            except KeyboardInterrupt:
                found = ""
            self._cleared = not found.startswith(back) or any(key.key in _STOPS for key in keys)
            self._set_aside += [KeyPress(key) for key in found.removeprefix(back)]
            return typed(back)
        return typed(self._prompt(default=self._standing.begin(typed(ahead.text(keys)), back)))

    def taken_back(self) -> bool:
        """Tell, once, whether Ctrl-C was pressed right behind the Enter of the line that was read: so
        quickly that both came together, or while the line was put on the screen again."""
        cleared, self._cleared = self._cleared, False
        keys = get_typeahead(self.app.input)
        last = max((place for place, key in enumerate(keys) if key.key in _STOPS), default=-1)
        store_typeahead(self.app.input, keys[last + 1 :])
        return cleared or last >= 0

    def _typed_blind(self, back: bool) -> list[KeyPress]:
        """Return the keys that were pressed ahead, if they may belong into the prompt as text."""
        found, self._set_aside = self._set_aside, []
        blind = self._read_after != self._answers()
        self._read_after = self._asked_after = self._answers()
        return found + self._arriving.before() if blind or back or found or self._standing.texts else []

    def _prompt(self, **given: Any) -> str:
        # a Ctrl-C in the last moment of a prompt leaves a task of its loop, which is closed now
        self.app.key_processor._flush_wait_task = None
        if self._dumb:  # which shows what is typed, and nothing that stands there already
            given["message"] = self._sign() + _continued(given.get("default", ""))
        with self._deaf(), self._ending():
            return self._session.prompt(**given)

    def _echo(self, text: str) -> None:
        if self._dumb:
            self._session.output.write(_continued(text))
            self._session.output.flush()

    def read_while(self, load: Callable[[], None]) -> tuple[str, bool]:
        """Take keys while something loads behind the prompt, which then goes away. Return the text typed by
        then, and whether Enter was pressed. Raises what `load` raises, and EOFError."""
        if self._dumb:  # nothing could be taken away there
            load()
            return "", False
        # where Enter was a line feed until the terminal was quiet, it still ends the line
        keys = [
            KeyPress(Keys.ControlM) if key.key is Keys.ControlJ else key for key in self._arriving.before()
        ]
        store_typeahead(self.app.input, ahead.together(keys))
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
        self.app.erase_when_done = self._starting = True
        try:
            text = self._prompt(handle_sigint=False)  # whoever handles it says later whether it came
            sent = not self.taken_back()
        except _Loaded:
            text, sent = self._session.default_buffer.text, False
        finally:
            self.app.erase_when_done = self._starting = False
        if thread.ident is None:  # Enter was quicker than the first picture
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
        """Leave the prompt with this exception and put the terminal right. That also holds for a question
        that is asked, and for the prompt of a dumb terminal. Return False if none is up."""
        app = self.app if self.app.is_running else get_app_or_none()
        if app is None or not app.is_running or app.loop is None:
            return False

        def leave() -> None:
            if app.future and not app.future.done():
                app.exit(exception=ended)
            elif not isinstance(ended, _Loaded):  # Enter was quicker: the end comes when the prompt is gone
                self._late = ended

        app.loop.call_soon_threadsafe(leave)
        return True

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """Raise, when a prompt is over, what came too late to end it."""
        try:
            yield
        finally:
            late, self._late = self._late, None
            if late:
                raise late

    def pause(self, stop: Callable[[], None]) -> bool:
        """Stop, with the terminal put right, and paint again after that; False where no prompt
        is up."""
        app = self.app
        if not app.is_running or app.loop is None:
            return False
        app.loop.call_soon_threadsafe(lambda: app.create_background_task(_in_terminal(stop)))
        return True

    def redraw(self) -> None:
        """Show what has become known. May be called from any thread."""
        self.app.invalidate()

    def ask(self, question: str, hidden: bool = False) -> str | None:
        """Ask for one plain line, without history or completion. Return None for Ctrl-C or Ctrl-D. Text
        typed before the question was asked does not answer it: it is kept for the next line."""
        asking: PromptSession[str] = PromptSession(**self._streams)
        return self._answered(lambda: asking.prompt(question, is_password=hidden))

    def pick(self, question: str, options: Sequence[str]) -> str | None:
        """Let the person pick one of several, by terminal.editing.picker. As in `ask`, return None for
        Ctrl-C or Ctrl-D, and keep what was typed before."""
        from .picker import pick

        return self._answered(lambda: pick(question, options, self._colour, **self._streams))

    def dials(self, source: Source, blocks: bool) -> Mapping[str, Any] | None:
        """Show the panel of /dials. As in `ask`, return None for Ctrl-C, and keep what was typed before."""
        from ..dials.application import run  # late: few want it

        return self._answered(lambda: run(source, self._colour, blocks, **self._streams))

    def browse(self, results: RunResults, blocks: bool) -> Wanted | None:
        """Show the browser of an evaluation. As in `ask`, return None for Ctrl-C, and keep what was typed
        before."""
        from ..evaluation.application import browse  # late: few want it

        return self._answered(lambda: browse(results, self._colour, blocks, **self._streams))

    def _answered(self, asked: Callable[[], Answered]) -> Answered | None:
        if self._asked_after != self._answers():
            self._set_aside += self._arriving.before()
        self._asked_after = self._answers()
        self._arriving.joined = False
        try:
            with self._deaf(), self._ending():
                return asked()
        except (EOFError, KeyboardInterrupt):
            return None
        finally:
            self._arriving.joined = True
