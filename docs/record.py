"""Draw pictures of real sessions: the shell in a pseudo-terminal, its screen as SVG.

    python docs/record.py [NAME…]      writes docs/NAME.svg, for each picture named or for all of them

Nothing is staged but what is typed: the answers are the embedded model's own.
"""

from __future__ import annotations

import itertools
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.style import Style
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.terminal import Shell


class Keys(NamedTuple):
    """Keys that bring up no new prompt, and what shows then."""

    pressed: str
    then: str


#: Fonts that are there, instead of one that is loaded from elsewhere: GitHub loads none.
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"
_FONT_FACE = re.compile(r"@font-face \{\{.*?\}\}\s*", re.DOTALL)
COLOURS = {"brown": "yellow", "default": None}
ODDS = (
    "/temperature 0",
    "/set max_tokens=40 logprobs=true top_logprobs=5",
    "What color is the sky on a clear day?",
    '/bias " blue" -100',
    "/clear",
    "What color is the sky on a clear day?",
    "/logprobs",
    "/usage",
)
SURE = (
    "/set temperature=0 max_tokens=24 logprobs=true top_logprobs=5",
    "Name a colour and say why you like it.",
    "/logprobs",
    "/whatif temperature 1.5",
    '/branch 10 " Green"',
    "/diff",
)
GUIDE = (
    "/set temperature=0.5 seed=12 max_tokens=450",
    "Explain Python dictionaries. Use ## headings, a short paragraph, a numbered list with **bold** terms,"
    " and code examples with `inline code`.",
)
COMPARED = (
    "/set max_tokens 90",
    "/compare temperature=0 temperature=1.2,seed=5 haiku,max_tokens=40 -- Describe the sea in three lines.",
    "/pick 2",
    "/usage",
)
SWEPT = (
    "/set max_tokens=30 logprobs=true",
    Keys("/sweep temperature 0..1.5/0.25 x3 -- Name a colour and say why you like it.\r", r"\[y/N\] *$"),
    "y",
    "/pick 11",
    "/branches",
)
TURNED = (
    Keys("/dials Name a colour.\r", r"\d of 500 left"),
    Keys("0.2\r ", r"temp 0\.2"),
    Keys("1\r ", r"temp 1 "),
    Keys("1.6\r ", r"temp 1\.6"),
    Keys("\x1b[B" * 4, "▸ min_p"),
    Keys("\x1b[C" * 3, r"▸\*min_p .* 0\.15 "),
    Keys("", r"temp 0\.2 +│ temp 1 +│ temp 1\.6 *\n"),  # all samples are there
)
EVALUATED = (
    "/eval new",
    "/set temperature=0",
    Keys("/eval eval.yaml\r", r"\[y/N\] *$"),
    "y",
    Keys("/eval show 1\r", r"✓ passed"),
    Keys("\x1b[B" * 3 + "\x1b[C", r"✗ failed"),
)


class Picture(NamedTuple):
    """What is typed, and the window. `alone`: without what has scrolled away."""

    script: tuple[str | Keys, ...]
    columns: int
    lines: int = 44
    alone: bool = False


PICTURES = {
    "session": Picture(ODDS, 90),
    "compare": Picture(COMPARED, 140),
    "sweep": Picture(SWEPT, 130),
    "logprobs": Picture(SURE, 100),
    "dials": Picture(TURNED, 80, 24, alone=True),
    "eval": Picture(EVALUATED, 100, 26, alone=True),
    "answer-60": Picture(GUIDE, 60),
    "answer-100": Picture(GUIDE, 100),
    "answer-160": Picture(GUIDE, 160),
}


def colour(name: str) -> str | None:
    """Convert pyte's name of a colour to rich's."""
    if re.fullmatch("[0-9a-f]{6}", name):
        return "#" + name
    return COLOURS.get(name, name.replace("bright", "bright_"))


def styled(shell: Shell, alone: bool) -> Text:
    """Convert what the emulator shows to rich's text."""
    rows = [
        *([] if alone else shell.screen.gone),
        *(shell.screen.buffer[y] for y in range(shell.screen.lines)),
    ]
    lines = []
    for row in rows:
        cells = []
        for column in range(shell.screen.columns):
            cell = row[column]
            fore, back = (colour(each) for each in (cell.fg, cell.bg))
            style = Style(
                color=fore,
                bgcolor=back,
                bold=cell.bold,
                italic=cell.italics,
                underline=cell.underscore,
                strike=cell.strikethrough,
                reverse=cell.reverse,
            )
            cells.append((cell.data, style))
        while cells and cells[-1] == (" ", Style()):
            cells.pop()
        line = Text()
        for style, run in itertools.groupby(cells, key=lambda each: each[1]):
            line.append("".join(data for data, _ in run), style)
        lines.append(line)
    while lines and not lines[-1].plain.strip():
        lines.pop()
    return Text("\n").join(lines)


def draw(name: str) -> None:
    """Type one picture's lines, and write what the screen then shows."""
    script, columns, lines, alone = PICTURES[name]
    with tempfile.TemporaryDirectory() as home:
        os.environ["TEMPERA_HOME"] = home
        os.chdir(home)  # for the files that are written
        with Shell("--local", columns=columns, lines=lines) as shell:
            shell.ready()
            shell.loaded()
            for step in script:
                if isinstance(step, str):
                    shell.run(step)
                else:
                    shell.press(step.pressed)
                    shell.wait(step.then)
            shell.look_on(0.5)  # what is still painted
            console = Console(record=True, width=columns, file=open(os.devnull, "w"))  # noqa: SIM115
            console.print(styled(shell, alone), no_wrap=True, crop=True)
        os.chdir(ROOT)
    form = _FONT_FACE.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code, monospace", FONTS)
    console.save_svg(str(ROOT / "docs" / f"{name}.svg"), title="python shell.py --local", code_format=form)


if __name__ == "__main__":
    for each in sys.argv[1:] or PICTURES:
        draw(each)
