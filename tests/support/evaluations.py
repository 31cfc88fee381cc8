"""Made-up runs of evaluations, so that what shows them can be looked at without a server:
`python -m tests.support.evaluations live` or `browse`, in a terminal."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from chat.evaluation import results
from chat.evaluation.browsing import RunResults
from chat.evaluation.judging import combined
from chat.evaluation.results import EvalRun, Place, Sample
from chat.evaluation.states import code, shape
from chat.evaluation.suite import Answered, Assertion, Case, Column, Suite, Verdict

CITIES = ("Paris", "Oslo", "東京", "São Paulo", "Vienna", "Lagos", "Reykjavík", "Sydney")
LABELS = ("gpt-4o-mini, terse", "gpt-4o-mini, step by step", "llama-3.1-8b, terse", "llama-3.1-8b, temp 1")
ANSWER = (
    "The capital of {} is a large city on a river, and its people like to say so.\n\nIt has {} inhabitants."
)
EXPECTED = "The capital of {} is a large city by the sea, and its people like to say so."


def suite(cases: int = 40, columns: int = 3, repeat: int = 1, **more: Any) -> Suite:
    """Cases about cities, whose names are now a description and now variables alone."""
    made = tuple(
        Case(
            {"city": CITIES[n % len(CITIES)], "question": f"How many live in {CITIES[n % len(CITIES)]}?"},
            (
                Assertion("equals", EXPECTED.format(CITIES[n % len(CITIES)])),
                Assertion("contains", "river", weight=0),
                Assertion("llm-rubric", "says how many inhabitants there are, and is not sure of it"),
            ),
            "" if n % 3 else f"the inhabitants of {CITIES[n % len(CITIES)]}, asked for politely",
        )
        for n in range(cases)
    )
    names = (LABELS[n % len(LABELS)] + f" {n // len(LABELS)}" * (n >= len(LABELS)) for n in range(columns))
    messages = ({"role": "user", "content": "{{question}}"},)
    return Suite(
        "Inhabitants of cities", tuple(Column(name, messages) for name in names), made, repeat, **more
    )


def run(made: Suite | None = None) -> EvalRun:
    """A run that goes on."""
    return EvalRun(3, "Inhabitants of cities", made or suite(), "cities.yaml", at=1_790_000_000.0)


def sample(of: Suite, place: Place, text: str | None = None, **more: Any) -> Sample:
    """What came of a sample: by its place it passes, fails, is not checked, or has no answer."""
    lot = random.Random(repr(place)).random()
    case = of.cases[place.case]
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": case.variables.get("question")}]}
    made = Sample(place, results.JUDGED, request=body, model="gpt-4o-mini", at=1_790_000_000.0, tries=1)
    if lot < 0.06:
        return replace(
            made,
            state=results.FAILED,
            error="the server is busy: 429 Too Many Requests, after three tries",
            kind="rate limit",
            **more,
        )
    passed = None if lot < 0.12 else lot > 0.35
    said = ANSWER if text is None else text
    city = str(case.variables.get("city"))
    answered = Answered(
        said.format(city, "some 500,000") if text is None else text,
        finish_reason="stop",
        seconds=0.4 + lot,
        cost=0.00003 + lot / 10_000,
        usage={"prompt_tokens": 18, "completion_tokens": 31},
    )
    why = "" if passed else "not checked: no judge is set" if passed is None else "it says nothing of the sea"
    verdicts = tuple(
        Verdict(
            each,
            passed if n != 1 else True,
            0.0 if passed is False and n != 1 else 1.0,
            why if n != 1 else "",
        )
        for n, each in enumerate(case.assertions)
    )
    verdicts = tuple(replace(each, score=None) if each.passed is None else each for each in verdicts)
    return replace(made, answered=answered, judged=combined(case, verdicts), **more)


def states(of: Suite) -> bytearray:
    """The states of a run that is over."""
    at = shape(of)
    return bytearray(code(sample(of, at.place(index))) for index in range(at.samples))


def looked_at(
    of: Suite | None = None, rated: dict[Place, int | None] | None = None, **more: Any
) -> RunResults:
    """A run to be looked at, whose ratings are kept in `rated`."""
    of, kept = of or suite(), {} if rated is None else rated

    def found(place: Place) -> Sample:
        return replace(sample(of, place), rating=kept.get(place))

    return RunResults(run(of), states(of), found, kept.__setitem__, **more)


def driven(of: Suite, at_once: int = 16) -> Iterator[Sample]:
    """The samples of a run as they come: asked in order, answered out of order, then judged."""
    at, under_way, chance = shape(of), [], random.Random(7)
    waiting = [at.place(index) for index in range(at.samples)][::-1]
    while waiting or under_way:
        while waiting and len(under_way) < at_once:
            under_way.append(waiting.pop())
            yield Sample(under_way[-1], results.SENT)
        place = under_way.pop(chance.randrange(len(under_way)) if chance.random() < 0.9 else -1)
        over = sample(of, place)
        if over.answered:
            yield replace(over, state=results.ANSWERED, judged=None)
        yield over


def _live(arguments: Mapping[str, str]) -> None:
    from terminal.evaluation.display import EvalGrid
    from terminal.streams import Terminal

    of = suite(
        int(arguments.get("cases", 200)), int(arguments.get("columns", 3)), int(arguments.get("repeat", 1))
    )
    shown = EvalGrid(Terminal())
    shown.begin(run(of), bytearray(shape(of).samples))
    for number, each in enumerate(driven(of)):
        shown.sample(each)
        held = 200 < number < 300
        shown.pace(16, 4 if held else 32, "trying again in 5 s: too many requests" if held else "")
        time.sleep(float(arguments.get("seconds", 0.01)))
    shown.close()


def _browse(arguments: Mapping[str, str]) -> None:
    from terminal.evaluation.application import browse

    of = suite(
        int(arguments.get("cases", 200)), int(arguments.get("columns", 3)), int(arguments.get("repeat", 1))
    )
    print(browse(looked_at(of)))


if __name__ == "__main__":
    acts: dict[str, Callable[[Mapping[str, str]], None]] = {"live": _live, "browse": _browse}
    acts[sys.argv[1]](dict(each.split("=") for each in sys.argv[2:]))
