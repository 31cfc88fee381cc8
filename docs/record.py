"""Draw a picture of a real session: the shell in a pseudo-terminal, its screen as SVG.

    python docs/record.py [COLUMNS]      writes docs/session.svg (or docs/session-COLUMNS.svg)

Nothing is staged but what is typed: the answers are the embedded model's own.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.style import Style
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.terminal import Shell

COLOURS = {"brown": "yellow", "brightblack": "bright_black", "default": None}
DONE = r"in\b.*, \d+ out"
SCRIPT = (
    ("/temperature 0", "temperature 1.0 → 0.0"),
    ("/max_tokens 48", "max_tokens unset → 48"),
    ("What color is the sky on a clear day?", DONE),
    ('/bias " blue" -100', "bias unset"),
    ("/clear", "a new conversation"),
    ("What color is the sky on a clear day?", DONE),
    ("/n 2", "n 1 → 2"),
    ("/temp 1.2", "temperature 0.0 → 1.2"),
    ("Name a star.", DONE),
    ("/usage", r"all .*\$0"),
)


def styled(shell: Shell) -> Text:
    """What the emulator shows, as rich's text."""
    rows = [*shell.screen.history.top, *(shell.screen.buffer[y] for y in range(shell.screen.lines))]
    lines = []
    for row in rows:
        line = Text()
        for column in range(shell.screen.columns):
            cell = row[column]
            fore, back = (COLOURS.get(each, each) for each in (cell.fg, cell.bg))
            if fore and len(fore) == 6 and all(c in "0123456789abcdef" for c in fore):
                fore = "#" + fore
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
            shell.wait(r"of 8.19k tokens")
            for position, (line, pattern) in enumerate(SCRIPT):
                earlier = sum(pattern == other for _, other in SCRIPT[:position])
                shell.type(line)
                shell.wait(pattern, count=earlier + 1)
            shell.wait("> *$|tokens *$")
            for _ in range(10):
                shell.read()
            console = Console(record=True, width=columns, file=open(os.devnull, "w"))  # noqa: SIM115
            console.print(styled(shell), no_wrap=True, crop=True)
    name = "session.svg" if columns == 90 else f"session-{columns}.svg"
    console.save_svg(str(ROOT / "docs" / name), title="python shell.py --local")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 90)
