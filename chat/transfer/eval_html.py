"""Write an evaluation's run as one HTML page: what it shows in words, plots, and a table of all its cells.

The page needs nothing beside itself and fetches nothing; its policy lets its own script run alone. Cases and
samples stand in it as lines of JSON, written one after another, so that a run may be larger than memory;
the script puts all that anybody said in as text. Without JavaScript there are the words and the plots.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from string import Template

from ..evaluation import gathered
from ..evaluation.figures import Figures
from ..evaluation.results import EvalRun, Sample
from ..lab.chart import Picture
from . import eval_html_data as data
from . import eval_html_head as head
from . import eval_html_plots as plots
from . import page, svg
from .eval_clean import cleaning
from .transcript import shown

_LEAST = 4  # characters of a key that tell something of it
_STATES = (
    *(("pass", "pass"), ("fail", "fail"), ("unchecked", "not checked"), ("error", "error")),
    ("open", "no answer yet"),
)
_SORTS = (
    *(("case", "case"), ("low", "lowest score"), ("high", "highest score")),
    *(("apart", "columns furthest apart"), ("slow", "slowest"), ("dear", "dearest")),
)


def pieces(
    run: EvalRun, samples: Iterable[Sample], figures: Figures, secrets: Iterable[str] = ()
) -> Iterator[str]:
    """Give the page in pieces, without these secrets. Samples come in whatever order."""
    kept = list(secrets)
    clean, hidden = cleaning(kept), _hiding(kept)
    labels = [str(clean(label)) for label in gathered.labels(run.suite)]
    letters = [letter(place) for place in range(len(labels))]
    named = [plots.named(*pair) for pair in zip(letters, labels, strict=True)]
    taken = [array("d") for _ in labels]
    script = _script()
    title, about = clean(run.name or "An evaluation"), clean(head.about(run))
    style = _beside("eval_html.css") + svg.STYLE
    yield page.beginning(title, style, script, language="en", about=about)
    yield "<main>\n"
    yield from map(hidden, head.summed(run, figures))
    yield '<section aria-labelledby="plots-title">\n<h2 id="plots-title">Plots</h2>\n<div id="plots">\n'
    yield from map(hidden, map(_figure, plots.of_figures(figures, letters)))
    yield f"</div>\n</section>\n{_table(named)}</main>\n"
    columns = [{"label": shown(name), "letter": each} for name, each in zip(labels, letters, strict=True)]
    told = {"columns": columns, "repeat": run.suite.repeat}
    yield f'<script type="application/json" id="about">{data.line(told)}</script>\n'
    yield '<script type="application/x-ndjson" id="cases">\n'
    for case in run.suite.cases:
        yield data.line(data.of_case(case, clean)) + "\n"
    yield '</script>\n<script type="application/x-ndjson" id="samples">\n'
    for sample in samples:
        place = sample.place
        if not (0 <= place.case < len(run.suite.cases) and 0 <= place.column < len(labels)):
            continue
        yield data.line(data.of_sample(sample, run.suite.cases[place.case], clean)) + "\n"
        yield data.line(data.beside(sample, clean)) + "\n"
        if sample.answered and sample.answered.seconds is not None:
            taken[place.column].append(sample.answered.seconds)
    yield "</script>\n"
    late = plots.of_latency(taken, named)
    yield f'<div id="late">\n{_figure(late) if late else ""}</div>\n'
    yield f"<script>{script}</script>\n{page.END}"


def _hiding(secrets: list[str]) -> Callable[[str], str]:
    """Give what takes secrets out of a piece of the page: as they are written there, and of those that stood
    in a name that was cut, what is left beside the cut."""
    clean = cleaning([*secrets, *map(page.escaped, secrets)])
    cut = [
        part
        for secret in secrets
        for size in range(len(secret) - 1, _LEAST - 1, -1)
        for part in (f"{page.escaped(secret[:size])}…", f"…{page.escaped(secret[-size:])}")
    ]
    if not cut:
        return clean
    left = re.compile("|".join(map(re.escape, cut)))
    return lambda piece: left.sub("…", str(clean(piece)))


def letter(place: int) -> str:
    """Name a column in short: A to Z, then AA."""
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def _figure(picture: Picture) -> str:
    return f"<figure>{svg.svg(picture)}</figure>\n"


def _table(named: list[str]) -> str:
    """Write the table without its rows, which the script makes, with what chooses and opens them."""
    states = "".join(_toggle(f"state-{name}", word) for name, word in _STATES)
    more = _toggle("differs", "differ", "columns came out differently") + _toggle(
        "judged", "judged by a model"
    )
    sorts = "".join(f'<option value="{name}">{word}</option>' for name, word in _SORTS)
    columns = "".join(
        f'<option value="{place}">{page.escaped(name[:80])}</option>' for place, name in enumerate(named)
    )
    heads = "".join(
        f'<div role="columnheader"><button type="button" data-column="{place}" title="sort by its score">'
        f"{page.escaped(name)}</button></div>"
        for place, name in enumerate(named)
    )
    return Template(_beside("eval_html.html")).substitute(
        states=states, more=more, sorts=sorts, columns=columns, heads=heads, count=len(named) + 1
    )


def _toggle(name: str, word: str, about: str = "") -> str:
    title = f' title="{about}"' if about else ""
    return (
        f'<button type="button" id="{name}" aria-pressed="false"{title}>{word}'
        ' <span class="many"></span></button>\n'
    )


@cache
def _script() -> str:
    parts = map(_beside, ("eval_html_diff.js", "eval_html.js", "eval_html_detail.js"))
    return f'\n"use strict";\n{{\n{"".join(parts)}begin();\n}}\n'


@cache
def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
