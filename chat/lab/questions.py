"""Questions of trials, and the orders in which they are asked. Pure.

Which controls stand beside what is tried, and how often, decides what an answer can show: see `trial`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from . import outcomes
from .trial import (
    INVENT,
    LONGEST,
    LOOSE,
    NOBODYS,
    PLAIN,
    REPEAT,
    TRIED,
    UNKNOWN,
    Ask,
    Question,
    Rule,
    Trial,
)

#: A temperature at which answers are as good as the same, and one at which they are not. Neither is at
#: the end of a range, where some servers refuse it.
STEADY, HOT = 0.01, 1

COUNTING = Question(fields={"temperature": STEADY})
REPEATING = Question(REPEAT, fields={"temperature": STEADY})
INVENTING = Question(INVENT)
HOTLY = Question(INVENT, fields={"temperature": HOT})


def unknown(question: Question) -> Question:
    return question.with_(**{NOBODYS: 1})


def bare(asks: Iterable[Ask]) -> tuple[Ask, ...]:
    """Leave out the temperature that only helps."""
    stripped = []
    for role, question in asks:
        fields = {name: value for name, value in question.fields.items() if name != "temperature"}
        stripped.append((role, replace(question, fields=fields)))
    return tuple(stripped)


def around(plain: Question, *tried: Question) -> tuple[tuple[Ask, ...], ...]:
    """Give two forms: two controls of either kind with the tried ones between them, and the same without the
    temperature."""
    asks: tuple[Ask, ...] = (
        (PLAIN, plain),
        (UNKNOWN, unknown(plain)),
        *((TRIED, each) for each in tried),
        (UNKNOWN, unknown(plain).with_(1)),
        (PLAIN, plain.with_(1)),
    )
    return asks, bare(asks)


def twice(judge: Rule, /, mild: dict[str, object] | None = None, **fields: object) -> Trial:
    """Try these fields twice."""
    tried = (COUNTING.with_(again, **fields) for again in (0, 1))
    return Trial(around(COUNTING, *tried), judge, COUNTING.with_(**mild) if mild else None)


def limit(name: str, other: str) -> Trial:
    """Try a limit of one token against a request that the other limit bounds, or where a server does
    not take that one, against a longer limit."""
    tried = [COUNTING.with_(again, **{name: 1}) for again in (0, 1)]
    long = COUNTING.with_(**{name: LONGEST})
    first, second = (around(plain, *tried) for plain in (COUNTING.with_(**{other: LONGEST}), long))
    return Trial((*first, *second), outcomes.limited, long)


def penalty(name: str, judge: Rule, own: Sequence[int]) -> Trial:
    """Try a penalty three times, where without it the answer repeats a word. The last two controls are
    of the trial's `own` length, one after the other: answers that change with time, by turns, or with
    anything at all, are seen by them."""
    tried = [(TRIED, REPEATING.with_(again, **{name: 2})) for again in (0, 1, 2)]
    asks: tuple[Ask, ...] = (
        (PLAIN, REPEATING),
        tried[0],
        (UNKNOWN, unknown(REPEATING)),
        (PLAIN, REPEATING.with_(1)),
        tried[1],
        tried[2],
        (UNKNOWN, unknown(REPEATING).with_(1)),
        *((LOOSE, replace(REPEATING, longest=each)) for each in own),
    )
    return Trial((asks, bare(asks)), judge, REPEATING.with_(**{name: 0.5}))


def mixed(tried: Sequence[Question], loose: Sequence[Ask]) -> tuple[Ask, ...]:
    """Ask four and five, in an order that has no period: servers that take turns are seen by it."""
    first, second, third, fourth = ((TRIED, each) for each in tried)
    return (loose[0], first, second, loose[1], third, loose[2], loose[3], fourth, loose[4])


def hot(last: int) -> list[Ask]:
    """Give five controls whose answers vary, the last of them the trial's own."""
    strange = unknown(HOTLY)
    return [
        (PLAIN, HOTLY),
        (UNKNOWN, strange),
        (PLAIN, HOTLY.with_(1)),
        (UNKNOWN, strange.with_(1)),
        (LOOSE, HOTLY.with_(last)),
    ]


def values(name: str, *values: float) -> list[Question]:
    """Give the first value twice, then values that come to the same and are other requests to a cache."""
    first, *more = (HOTLY.with_(**{name: value}) for value in values)
    return [first, first.with_(1), *more]
