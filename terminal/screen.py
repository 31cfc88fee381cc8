"""The Screen of commands, on a real terminal or on pipes."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chat.base.errors import BadInput, TemperaError
from chat.base.manner import USUAL, Manner
from chat.base.tables import TableColumn, TableRow, columns
from chat.media.medium import Medium

from . import spoken
from .choices import matching, numbered
from .clean import clean, one_line, typed
from .drawing import changed, table
from .drawing.answer import StreamedAnswer
from .drawing.drawn import cut
from .drawing.pieces import lines as lines_of
from .drawing.progress import Progress
from .drawing.raw import Undrawn
from .drawing.styles import BOLD, DIM, ERROR, WARNING, coloured, colourless
from .drawing.together import Choices, Together
from .drawing.writer import Writer
from .programs import Programs
from .streams import Quiet, Terminal

if TYPE_CHECKING:
    from chat.evaluation.browsing import RunResults, Wanted
    from chat.lab.chart import Picture
    from chat.lab.live import Source

    from .evaluation.display import EvalGrid


_UNASKED = "nobody is asked in a script"
_GIVEN = "the text stands in the line, or in the lines after <<END, up to END"
#: What is said by colour elsewhere.
_STATES = {WARNING: "warning: ", ERROR: "error: "}


class TerminalScreen:
    """Writes to the terminal; asks through `read_line`, which the prompt provides."""

    def __init__(
        self,
        terminal: Terminal,
        quiet: Quiet | None = None,
        read_line: Callable[[str, bool], str | None] | None = None,
    ) -> None:
        self._terminal = terminal
        self._quiet = quiet or Quiet(terminal.stdin)
        self._programs = Programs(terminal, self._quiet, self.warn)
        self._read_line = read_line
        self._pick: Callable[[str, Sequence[str]], str | None] | None = None
        self._panel: Callable[[Source, bool], Mapping[str, Any] | None] | None = None
        self._browser: Callable[[RunResults, bool], Wanted | None] | None = None
        self._out = Writer(terminal, aside=True)
        self._shown = self._out
        self._yes: bool | None = None
        self.failure: tuple[str, str] | None = None
        self.place = ""

    def script(self, yes: bool, shown: bool = True) -> None:
        """Take it that a script types: nobody is asked, and `yes` is what would be said to a question that
        takes one. What commands show, unlike what they tell, goes to standard output if `shown`."""
        self._yes = yes
        self._read_line = self._pick = None
        if shown:
            self._shown = Writer(self._terminal)

    def asks(
        self,
        read_line: Callable[[str, bool], str | None],
        pick: Callable[[str, Sequence[str]], str | None] | None = None,
        panel: Callable[[Source, bool], Mapping[str, Any] | None] | None = None,
        browser: Callable[[RunResults, bool], Wanted | None] | None = None,
    ) -> None:
        """Set how a person is asked from now on: for a line, or, where more than lines can be read, for one
        of several, by the panel of /dials, and by the browser of an evaluation."""
        self._read_line, self._pick, self._panel, self._browser = read_line, pick, panel, browser

    @property
    def interactive(self) -> bool:
        return self._read_line is not None and self._terminal.interactive

    @property
    def scripted(self) -> bool:
        return self._yes is not None

    def say(self, text: str, dim: bool = False) -> None:
        self._out.told(self._wrapped(clean(text)), DIM if dim else "")

    def _wrapped(self, text: str) -> str:
        """Break lines between words at the width of the window."""
        if not self._terminal.interactive:
            return text
        width = max(20, self._terminal.size()[0])
        return "\n".join(_wrap(line, width) for line in text.split("\n"))

    def warn(self, text: str, hint: str = "") -> None:
        self._told(text, hint, WARNING)

    def fail(self, text: str, hint: str = "") -> None:
        self.failure = self.failure or (text, hint)
        self._told(f"{self.place}: {text}" if self.place else text, hint, ERROR)

    def _told(self, text: str, hint: str, style: str) -> None:
        state = _STATES[style] if self._terminal.accessible else ""
        self._out.told(self._wrapped(state + one_line(text)), style)
        if hint:
            self._out.told(self._wrapped("  " + one_line(hint)), DIM)

    def table(self, columns: Sequence[TableColumn], rows: Sequence[TableRow], title: str = "") -> None:
        if self._terminal.accessible:
            self._shown.line(self._wrapped("\n".join(spoken.records(columns, rows, title))))
            return
        table.show(self._shown, max(40, self._terminal.size()[0]), columns, rows, title)

    @property
    def _tells_apart(self) -> bool:
        """Tell whether colours do; else signs have to."""
        return self._shown.styled and not colourless()

    def pieces(self, pieces: Sequence[tuple[str, str]]) -> None:
        self._shown.end()
        width = max(20, self._terminal.size()[0]) - 1 if self._terminal.interactive else 1 << 30
        for text, style in lines_of(pieces, width, "" if self._tells_apart else "|"):
            self._shown.write(text, style)
        self._shown.end()

    def changes(self, pieces: Sequence[tuple[str, str]]) -> None:
        self._shown.end()
        width = max(20, self._terminal.size()[0]) - 1
        strokes = changed.WORDS if self._terminal.accessible else changed.STROKES
        for text, style in changed.lines(pieces, width, changed.BARE if self._tells_apart else strokes):
            self._shown.write(text, style)
        self._shown.end()

    def keys(self) -> None:
        from .editing.keys import KEYS
        from .editing.linear import KEYS as LINEAR

        self.table(columns("key", "", "with"), LINEAR if self._terminal.accessible else KEYS)

    def pages(self, parts: Sequence[tuple[str, str, bool]], as_is: bool = False) -> None:
        text = "\n\n".join(self._part(*part, as_is) for part in parts)
        width, height = self._terminal.size()
        rows = sum(1 + (len(line) - 1) // max(1, width) if line else 1 for line in text.split("\n"))
        paged = self.interactive and rows + 1 >= height and not self._terminal.accessible
        if not (paged and self._programs.page(text)):
            self._shown.line(text)

    def redraw(self, parts: Sequence[tuple[str, str, bool]]) -> None:
        if self._terminal.paints:
            self._out.end()
            self._out.stream.write("\x1b[H\x1b[2J")  # what has scrolled away stays
        self._out.line("\n\n".join(self._part(*part, False) for part in parts))

    def _part(self, head: str, body: str, markdown: bool, as_is: bool) -> str:
        """Write a head and its text, drawn if that is wanted and possible."""
        head = self._wrapped(one_line(head) if self._shown.styled else f"[{one_line(head)}]")
        if self._shown.styled:
            head = "\n".join(coloured(line, BOLD) for line in head.split("\n"))
        if not markdown or not self._shown.styled:
            body = clean(body)
            return f"{head}\n{body if as_is else self._wrapped(body)}"
        from .drawing.markdown import Markdown
        from .drawing.render import Renderer

        drawn = Markdown(Renderer())
        try:
            drawn.feed(clean(body))
            lines = drawn.close(max(20, self._terminal.size()[0]))
        except Undrawn:
            return f"{head}\n{self._wrapped(clean(body))}"
        return "\n".join([head, *lines])

    def show(self, text: str, drawing: bool = False) -> None:
        lines = clean(text)
        if drawing and self._terminal.accessible:
            lines = spoken.tree(text)
        elif drawing and self._terminal.interactive:
            width = max(20, self._terminal.size()[0])
            lines = "\n".join(cut(line, width) for line in lines.split("\n"))
        self._shown.line(lines)

    def copy(self, text: str) -> str:
        from . import clipboard

        if clipboard.by_tool(text, self._terminal.environ):
            return ""
        if not self._terminal.paints:
            raise TemperaError("there is no clipboard here", "/raw shows the text")
        if not clipboard.by_terminal(text, self._terminal.stdout):
            raise TemperaError("that is too long for the terminal's clipboard", "/raw shows the text")
        return ", by the terminal (OSC 52; it has to allow that)"

    def picture(self, medium: Medium) -> None:
        if self._out.styled:
            from .drawing import pictures

            environ = self._terminal.environ
            made = pictures.drawn(medium, environ, self._terminal.has_blocks, self._terminal.size()[0])
            self._out.end()
            self._out.write(made)

    def pasted_picture(self) -> bytes:
        from . import clipboard

        return clipboard.picture(self._terminal.environ)

    def play(self, path: Path) -> str:
        from . import player

        return player.play(path, self._terminal.environ)

    def choose(self, question: str, options: Sequence[str]) -> int | None:
        if self.scripted:
            first = "; ".join(one_line(each) for each in options[:3])
            raise BadInput(f"{_UNASKED}: {question}", f"the line itself has to say which: {first} …")
        if not self.interactive or not options:
            return None
        lines = [one_line(option) for option in options]
        width, height = self._terminal.size()
        pick = self._pick if self._terminal.paints and len(lines) + 3 < height else None
        if pick is None:
            for place, line in enumerate(lines):
                self._out.line(numbered(place, line))
        while True:
            if pick:
                asked = one_line(f"{question} (number, name or arrow keys; Enter for none)")
                answer = pick(asked + " ", [cut(line, width - 6) for line in lines])
            else:
                answer = self.ask(f"{question} (number or name, or Enter for none)")
            if answer is None or not typed(answer).strip():
                return None
            found = matching(answer, lines)
            if len(found) == 1:
                return found[0]
            could = f"could be {', '.join(str(each + 1) for each in found[:9])}"
            self.warn(
                f"{one_line(answer)} {could if found else 'is none of them'}",
                f"a number from 1 to {len(lines)}, or the beginning of a name",
            )

    def confirm(self, question: str) -> bool:
        if self._yes is not None:
            if self._yes:
                return True
            raise BadInput(f"{_UNASKED}: {question}", "--yes says yes to what is asked")
        answer = self.ask(f"{question} [y/N] ")
        return answer is not None and answer.strip().lower() in ("y", "yes")

    def ask(self, question: str, hidden: bool = False) -> str | None:
        if self.scripted:
            way = "a key comes from the environment" if hidden else "the line itself has to say it"
            raise BadInput(f"{_UNASKED}: {question}", way)
        if not self.interactive or self._read_line is None:
            return None
        answer = self._read_line(one_line(question) + " ", hidden)
        return None if answer is None else typed(answer).strip()

    def edit(self, text: str) -> str | None:
        if self.scripted:
            raise BadInput(f"{_UNASKED}, and no editor opens", _GIVEN)
        return self._programs.edit(text) if self.interactive else None

    def edit_file(self, path: str, line: int) -> bool:
        if self.scripted:
            raise BadInput(f"{_UNASKED}, and no editor opens", f"{path} is the file")
        return self.interactive and self._programs.open(f"+{line}", path)

    def run(self, command: Sequence[str]) -> int:
        return self._programs.install(command)

    def answer(self, choices: int, streamed: bool, manner: Manner = USUAL) -> StreamedAnswer | Choices:
        """Choose a display: several choices on a terminal grow together; elsewhere one follows another."""
        self._terminal.answers += 1
        if choices > 1 and streamed and self._terminal.paints:
            return Choices(self._terminal, choices, manner)
        return StreamedAnswer(self._terminal, choices, manner)

    def together(
        self,
        labels: Sequence[str],
        stop: Callable[[int], None],
        manner: Manner = USUAL,
        blind: bool = False,
    ) -> Together:
        self._terminal.answers += 1
        return Together(self._terminal, labels, manner, stop=stop, keys=self._quiet.keys, blind=blind)

    def progress(self, labels: Sequence[str], cells: Sequence[int]) -> Progress:
        self._terminal.answers += 1
        return Progress(self._terminal, labels, cells)

    def evaluation(self) -> EvalGrid:
        from .evaluation.display import EvalGrid  # late: few want it

        self._terminal.answers += 1
        return EvalGrid(self._terminal)

    def browse(self, results: RunResults) -> Wanted | None:
        if self._browser is None or self._dumb:
            raise TemperaError("this terminal has no full screen", "the report as a file has every cell")
        return self._browser(results, self._terminal.has_blocks)

    @property
    def _dumb(self) -> bool:
        """Tell whether no full screen can be shown, or none should be."""
        return self._terminal.accessible or self._terminal.environ.get("TERM") == "dumb"

    def dials(self, source: Source) -> Mapping[str, Any] | None:
        if self._panel is None or self._dumb:
            raise TemperaError(
                "this terminal has no full screen", "/whatif computes other odds in a few lines"
            )
        return self._panel(source, self._terminal.has_blocks)

    def plot(self, pictures: Sequence[Picture]) -> None:
        if self._terminal.accessible:
            for picture in pictures:
                self._shown.line("\n".join(spoken.values(picture)))
            return
        from .drawing import plot

        signs = plot.BLOCKS if self._terminal.has_blocks else plot.ASCII
        width = max(20, self._terminal.size()[0]) - 1
        self._shown.line("\n".join(plot.pictures(pictures, width, signs)))


def _wrap(line: str, width: int) -> str:
    if len(line) < width:
        return line
    indent = " " * min(width // 2, len(line) - len(line.lstrip()))
    return textwrap.fill(
        line,
        width - 1,
        subsequent_indent=indent,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
