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

from rich.console import Console
from rich.style import Style
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.terminal import Shell

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
    '/branch 4 " green"',
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
    "/sweep temperature 0..1.5/0.25 x3 -- Name a colour and say why you like it.",
    "/pick 11",
    "/branches",
)
# what is typed, and the columns of the window
PICTURES: dict[str, tuple[tuple[str, ...], int]] = {
    "session": (ODDS, 90),
    "compare": (COMPARED, 140),
    "sweep": (SWEPT, 130),
    "logprobs": (SURE, 100),
    "answer-60": (GUIDE, 60),
    "answer-100": (GUIDE, 100),
    "answer-160": (GUIDE, 160),
}


def colour(name: str) -> str | None:
    """Convert pyte's name of a colour to rich's."""
    if re.fullmatch("[0-9a-f]{6}", name):
        return "#" + name
    return COLOURS.get(name, name.replace("bright", "bright_"))


def styled(shell: Shell) -> Text:
    """Convert what the emulator shows to rich's text."""
    rows = [*shell.screen.gone, *(shell.screen.buffer[y] for y in range(shell.screen.lines))]
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
    script, columns = PICTURES[name]
    with tempfile.TemporaryDirectory() as home:
        os.environ["TEMPERA_HOME"] = home
        with Shell("--local", columns=columns, lines=44) as shell:
            shell.ready()
            shell.loaded()
            for line in script:
                if line.startswith("/sweep"):  # it asks first
                    shell.type(line)
                    shell.wait(r"\[y/N\] *$")
                    line = "y"
                shell.run(line)
            console = Console(record=True, width=columns, file=open(os.devnull, "w"))  # noqa: SIM115
            console.print(styled(shell), no_wrap=True, crop=True)
    console.save_svg(str(ROOT / "docs" / f"{name}.svg"), title="python shell.py --local")


if __name__ == "__main__":
    for each in sys.argv[1:] or PICTURES:
        draw(each)
