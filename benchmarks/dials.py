"""Measures how long a key of /dials takes until its picture is written, and prints the medians as JSON.

    python benchmarks/dials.py [keys]

The panel turns, chooses and re-weights 500 candidates, and prompt-toolkit's renderer writes what has
changed, as a terminal of that size would get it.
"""

from __future__ import annotations

import io
import json
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from prompt_toolkit.application.current import set_app
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from chat.lab.dials import dials
from chat.lab.live import Continuation
from chat.lab.next_token import MANY, TokenPlace
from chat.lab.sampling import LLAMA_CPP, Candidate
from chat.parameters.settings import Settings
from terminal.dials.application import Panel

SIZES = ((80, 24), (140, 40))
KEYS = ("right", "right", "down", "left", "up")


class Fixed:
    """One place with so many candidates, and every sampler at work."""

    title, asked, bias, places = "a-model", "Tell a story.", "", 1
    order: tuple[str, ...] = LLAMA_CPP
    order_told = True
    not_drawn: Sequence[str] = ()
    samples: Sequence[Continuation] = ()
    told: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self) -> None:
        pick = random.Random(1)
        logits = sorted((pick.gauss(0, 2.5) for _ in range(MANY)), reverse=True)
        whole = math.log(math.fsum(map(math.exp, logits)))
        found = tuple(Candidate(n, f" word{n}", logit - whole) for n, logit in enumerate(logits))
        self._place = TokenPlace("Once", candidates=found, said=tuple(range(0, 100, 2)), zero=5.0)
        self.dials = dials(Settings(), "llama.cpp", False, {}, {})
        wanted = {"temperature": 0.8, "typical_p": 0.95, "top_p": 0.9, "repeat_penalty": 1.1}
        self.values: Mapping[str, Any] = {
            dial.name: wanted[dial.name] for dial in self.dials if dial.name in wanted
        }

    def at(self, place: int) -> TokenPlace:
        return self._place

    def look(self, place: int, values: Mapping[str, Any], again: bool = False) -> None: ...

    def sample(self, place: int, values: Mapping[str, Any]) -> str:
        return ""


def measured(columns: int, lines: int, keys: int) -> float:
    """Give the median of so many keys, in seconds."""
    output = Vt100_Output(io.StringIO(), lambda: Size(lines, columns), term="xterm-256color")
    took = []
    with create_pipe_input() as pipe:
        panel = Panel(Fixed(), input=pipe, output=output)
        with set_app(panel.app):
            panel.app.renderer.render(panel.app, panel.app.layout)
            for number in range(keys):
                begun = time.perf_counter()
                panel.press(KEYS[number % len(KEYS)])
                panel.app.renderer.render(panel.app, panel.app.layout)
                took.append(time.perf_counter() - begun)
    return statistics.median(took)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(json.dumps([measured(*size, count) for size in SIZES]))
