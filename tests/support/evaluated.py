"""Runs of evaluations as a report has them: of any size, with every state, and the same each time."""

from __future__ import annotations

import random
from collections.abc import Iterator

from chat.evaluation import judging
from chat.evaluation.results import FAILED, FINISHED, JUDGED, OPEN, EvalRun, Place, Sample
from chat.evaluation.suite import Answered, Assertion, Case, Column, NotUnderstood, Suite, Verdict

#: What nobody's text may do to a page.
HOSTILE = (
    "</script><script>document.title = 'ran'</script>",
    "<!--<script>",
    '"><img src=x onerror="document.title=1">',
    "\u202eturned\u2066 and \u2028 lines \x1b[31mred\x07",
    "half \ud83d of a character, \x00, \ufeff and \uffff",
    "${title} {{title}} %s $states",
)
_WORDS = (
    "the train to the coast leaves at half past nine from the second platform and calls at every village "
    "along the river where tickets are sold until the evening by the keeper of the small station who knows "
    "when connections wait for late passengers and which of the seats are reserved for people with bicycles"
).split()


def a_run(columns: int = 2, cases: int = 12, repeat: int = 1, name: str = "trains") -> EvalRun:
    """A run whose cases expect a text, that it is short, and a judge's good word of every third."""
    chance = random.Random(f"{columns} {cases}")
    return EvalRun(
        7,
        name,
        Suite(
            name,
            tuple(_column(place) for place in range(columns)),
            tuple(_case(place, chance) for place in range(cases)),
            repeat,
            (NotUnderstood("tests[3].assert[1]", "javascript is never run"),),
        ),
        "trains.yaml",
        FINISHED,
        1_790_000_000.0,
        1_790_000_180.0,
        178.0,
        "default",
    )


def _column(place: int) -> Column:
    labels = ("short prompt", "prompt with an example", "small model", "large model", "cool")
    asked = ({"role": "system", "content": "You sell tickets. " + said(random.Random(place), 160)},)
    question = {"role": "user", "content": "{{question}}"}
    return Column(labels[place % len(labels)], (*asked, question), {"temperature": 0.2 * place})


def _case(place: int, chance: random.Random) -> Case:
    wanted = said(chance, 120)
    judge = Assertion("llm-rubric", "is friendly, and names the platform", metric="friendly")
    return Case(
        {"question": f"Question {place + 1}: {said(chance, 80)}", "station": said(chance, 12)},
        (
            Assertion("levenshtein", wanted, threshold=200),
            Assertion("contains", wanted.split()[0]),
            *((judge,) if place % 3 == 0 else ()),
        ),
        group="" if place % 2 else "even",
        place=f"tests[{place}]",
    )


def said(chance: random.Random, length: int) -> str:
    """Words, of about so many characters."""
    found: list[str] = []
    while sum(map(len, found)) + len(found) < length:
        found.append(chance.choice(_WORDS))
    return " ".join(found).capitalize() + "."


def samples(run: EvalRun, length: int = 300) -> Iterator[Sample]:
    """Its samples, with answers of about so many characters."""
    suite = run.suite
    for place, case in enumerate(suite.cases):
        for column in range(len(suite.columns)):
            for repeat in range(suite.repeat):
                yield a_sample(suite, Place(column, place, repeat), case, length)


def a_sample(suite: Suite, place: Place, case: Case, length: int) -> Sample:
    chance = random.Random(f"{place}")
    what = chance.random()
    column = suite.columns[place.column]
    question = str(case.variables.get("question", ""))
    request = {
        "model": f"model-{place.column}",
        "messages": [dict(column.messages[0]), {"role": "user", "content": question}],
        **column.parameters,
        "seed": 2**63 - 1,
    }
    if what < 0.02:
        return Sample(place, FAILED, None, None, "the server answered 429", "rate limit", request, tries=3)
    if what < 0.025:
        return Sample(place, OPEN)
    wanted = str(case.assertions[0].value) if case.assertions else ""
    good = chance.random() < 0.6 + 0.08 * place.column
    text = f"{wanted} {said(chance, max(0, length - len(wanted)))}" if good else said(chance, length)
    verdicts = tuple(_verdict(each, good, chance) for each in case.assertions)
    return Sample(
        place,
        JUDGED,
        Answered(
            text,
            {"role": "assistant", "content": text},
            question,
            "stop",
            seconds=0.3 + chance.expovariate(1 / (0.5 + 0.4 * place.column)),
            cost=0.0002 * (1 + place.column) * (0.5 + chance.random()),
            usage={"prompt_tokens": 60 + len(question) // 4, "completion_tokens": len(text) // 4},
        ),
        judging.combined(case, verdicts),
        request=request,
        model=f"model-{place.column}-2026-11-01",
        at=1_790_000_000.0 + place.case,
        tries=1,
        rating=1 if what > 0.97 else None,
    )


def _verdict(assertion: Assertion, good: bool, chance: random.Random) -> Verdict:
    if assertion.type == "llm-rubric":
        if chance.random() < 0.1:
            return Verdict(assertion, None, None, "the judge's answer holds no JSON object")
        mark = round(chance.uniform(0.6, 1.0) if good else chance.uniform(0.2, 0.9), 2)
        return Verdict(assertion, mark >= 0.6, mark, "It is friendly, but names no platform.")
    why = "" if good else f"{assertion.type} is not what was expected"
    return Verdict(assertion, good, float(good), why)
