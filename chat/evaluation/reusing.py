"""Take answers of earlier runs to the same requests, instead of asking."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..base.errors import BadValue
from . import asking
from .asking import Asking
from .keeping import Keeping
from .results import ANSWERED, EvalRun, Place, Sample

#: Samples that are looked up, and kept, together.
_TOGETHER = 64

Taken = tuple[Sample, bytes]  # with what its request is known by


def taken(
    keeping: Keeping, run: EvalRun, askings: Sequence[Asking], places: Iterable[Place]
) -> Iterator[list[Taken]]:
    """Yield samples that have an answer of an earlier run, some at a time: they are to be kept before the
    next are looked for, for none is taken twice."""
    left = iter(places)
    while some := list(itertools.islice(left, _TOGETHER)):
        found: list[Taken] = []
        for place in some:
            if one := _earlier(keeping, run, askings[place.column], place, found):
                found.append(one)
        yield found


def _earlier(
    keeping: Keeping, run: EvalRun, who: Asking, place: Place, taken: Sequence[Taken]
) -> Taken | None:
    """Give a sample that an earlier run answers. `taken` are those that are not kept yet."""
    try:
        prepared = asking.of_cell(who, run.suite.columns[place.column], run.suite.cases[place.case])
    except BadValue:
        return None  # which is told when it is to be asked
    digest = asking.digest(prepared)
    known = keeping.answered(run, digest, place, sum(each == digest for _, each in taken))
    if known is None:
        return None
    answer, model = known
    answered = replace(answer, cost=0.0)
    return Sample(place, ANSWERED, answered, request=prepared.body, model=model, at=time.time()), digest
