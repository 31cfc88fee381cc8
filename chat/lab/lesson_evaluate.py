"""Declare the lesson about evaluations: its files, and what the figures of its runs show. Pure.

The cases are such that the embedded model shows the effect; whatever other models make of them is told as
it came. Figures are read as `chat.evaluation.figures_json` writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..base import escapes
from .lesson import Bench, Finding

CAPITALS = (
    *("France Paris", "Peru Lima", "Japan Tokyo", "Kenya Nairobi", "Egypt Cairo", "Norway Oslo"),
    *("Turkey Ankara", "Canada Ottawa", "Austria Vienna", "Poland Warsaw", "Australia Canberra"),
    *("Cuba Havana", "Vietnam Hanoi", "Finland Helsinki"),
)
CASES = len(CAPITALS)
#: Cases of the first step.
FEW = 4
_QUESTION = "What is the capital of {{country}}? Answer with its name alone."
_BEGUN = "The capital of {{country}} is"
_GAP = "Fill the gap with one word. The capital of {{country}} is ___."


def _file(prompts: Mapping[str, str]) -> str:
    """Write an evaluation in promptfoo's form."""
    asked = "".join(f'  - label: {label}\n    raw: "{raw}"\n' for label, raw in prompts.items())
    rows = (pair.split() for pair in CAPITALS)
    cases = "".join(f"  - vars: {{country: {country}, capital: {capital}}}\n" for country, capital in rows)
    held = "defaultTest:\n  assert:\n    - type: icontains\n      value: '{{capital}}'\n"
    return f"description: capitals\nprompts:\n{asked}{held}tests:\n{cases}"


FILES = {
    "capitals.yaml": _file({"question": _QUESTION, "begun": _BEGUN}),
    "alike.yaml": _file({"question": _QUESTION, "gap": _GAP}),
}


def run(name: str, options: str = "") -> Callable[[Bench], Sequence[str]]:
    """Type what runs one of the lesson's files."""

    def lines(bench: Bench) -> Sequence[str]:
        path = f"{bench.folder}/{name}"
        path = escapes.quote(path) if " " in path else path
        asking = f"/eval {path} {options}".strip()
        settings = f"/set temperature=0 {bench.limit}=20 {bench.steady}".strip()  # short, and the likeliest
        return (asking,) if bench.steps else (settings, asking)

    return lines


_NONE = Finding(False, "no run was made, so nothing can be said")


def judged(say: Callable[[Mapping[str, Any], Mapping[str, Any]], Finding]) -> Callable[[Bench], Finding]:
    """Judge the last run of two columns by its statistics and by what the pair comes to, if it was made."""

    def judge(bench: Bench) -> Finding:
        statistics = bench.figures[-1] if bench.figures else None
        pairs = statistics["pairs"] if statistics else []
        if not statistics or not pairs or not pairs[0]["passes"]:
            return _NONE
        return say(statistics, pairs[0]["passes"])

    return judge


def _rate(column: Mapping[str, Any]) -> str:
    rate = column["pass_rate"]
    return (
        f"{column['label']} passes {100 * rate['value']:.0f}% ({100 * rate['low']:.0f}"
        f" to {100 * rate['high']:.0f})"
    )


def few(statistics: Mapping[str, Any], pair: Mapping[str, Any]) -> Finding:
    """Say what four cases can't say: even all of them, turned one way, would not be rare by chance."""
    cases = pair["cases"]
    least = min(1.0, 2 * 0.5**cases)
    rates = " and ".join(map(_rate, statistics["columns"]))
    told = (
        f"{rates}; {pair['better'] + pair['worse']} of {cases} cases differ, p = {pair['p']:.2g}. If all"
        f" {cases} had, and the same way, p would be {least:.3g}: what a coin does as often is no proof"
    )
    return Finding(pair["p"] >= 0.05, told)


def paired(statistics: Mapping[str, Any], pair: Mapping[str, Any]) -> Finding:
    """Say what the intervals tell, and what the cases do one by one."""
    one, other = (column["pass_rate"] for column in statistics["columns"])
    overlap = one["low"] <= other["high"] and other["low"] <= one["high"]
    differ = pair["better"] + pair["worse"]
    told = (
        f"{' and '.join(map(_rate, statistics['columns']))}: the intervals"
        f" {'overlap, and side by side they settle nothing' if overlap else 'do not overlap'}."
        f" Case by case, {pair['tied']} of {pair['cases']} are the same in both, and of the {differ} that"
        f" differ {max(pair['better'], pair['worse'])} turn the same way: p = {pair['p']:.2g}"
    )
    seen = pair["p"] < 0.05
    return Finding(seen and overlap, told + ("" if seen else ", which chance does, too"))


def alike(statistics: Mapping[str, Any], pair: Mapping[str, Any]) -> Finding:
    """Say how large a difference would have been seen: no difference seen is not no difference."""
    visible = pair["visible"]
    if visible is None:
        return Finding(False, "so few cases could not have shown any difference")
    told = (
        f"p = {pair['p']:.2g}; that is not “they are the same”: {pair['cases']} cases show a difference of"
        f" {100 * visible:.0f} points in four runs of five, and a smaller one more seldom. One of a quarter"
        f" of that takes about {16 * pair['cases']:,} cases"
    )
    return Finding(pair["p"] >= 0.05, told)
