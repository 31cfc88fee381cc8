"""Draw a picture of a real session: the shell in a pseudo-terminal, its screen as SVG.

    python docs/record.py [COLUMNS]      writes docs/session.svg (or docs/session-COLUMNS.svg)

Nothing is staged but what is typed: the answers are the embedded model's own.
"""

from __future__ import annotations

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
SCRIPT = (
    "/temperature 0",
    "/set max_tokens=40 logprobs=true top_logprobs=5",
    "What color is the sky on a clear day?",
    '/bias " blue" -100',
    "/clear",
    "What color is the sky on a clear day?",
    "/logprobs",
    "/usage",
)


def colour(name: str) -> str | None:
    """pyte's name of a colour as rich's."""
    if re.fullmatch("[0-9a-f]{6}", name):
        return "#" + name
    return COLOURS.get(name, name.replace("bright", "bright_"))


def styled(shell: Shell) -> Text:
    """What the emulator shows, as rich's text."""
    rows = [*shell.screen.history.top, *(shell.screen.buffer[y] for y in range(shell.screen.lines))]
    lines = []
    for row in rows:
        line = Text()
        for column in range(shell.screen.columns):
            cell = row[column]
            fore, back = (colour(each) for each in (cell.fg, cell.bg))
            line.append(cell.data, Style(color=fore, bgcolor=back, bold=cell.bold, reverse=cell.reverse))
        line.rstrip()
        lines.append(line)
    while lines and not lines[-1].plain.strip():
        lines.pop()
    return Text("\n").join(lines)


def main(columns: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["TEMPERA_HOME"] = home
        with Shell("--local", columns=columns, lines=44) as shell:
            shell.ready()
            shell.loaded()
            for line in SCRIPT:
                shell.run(line)
            console = Console(record=True, width=columns, file=open(os.devnull, "w"))  # noqa: SIM115
            console.print(styled(shell), no_wrap=True, crop=True)
    name = "session.svg" if columns == 90 else f"session-{columns}.svg"
    console.save_svg(str(ROOT / "docs" / name), title="python shell.py --local")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 90)
