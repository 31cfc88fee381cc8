"""Measure the judges: do they agree with the person, with themselves, and whatever the order?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence

from ..base.dataclass import dataclass
from ..statistics import agreement, intervals
from ..statistics.intervals import Estimate
from ..statistics.strengths import Strength
from ..statistics.strengths import strengths as strengths_of
from .gathered import Gathered, Opinion


@dataclass(frozen=True)
class Reliability:
    """One judge: a type of assertion, with the provider that its file names. `verdicts` counts what it
    decided, `undecided` what it did not. `rated` of them are on answers that the person rated: `kappa` is
    Cohen's on these, `agreed` the share on which both say the same. `again` is the share of verdicts that
    are the same as the first one on the same text of the same case. None where that was not measured, as of a
    judge that picks the best: it has no verdict on an answer alone."""

    name: str
    verdicts: int
    undecided: int
    rated: int
    kappa: Estimate | None
    agreed: Estimate | None
    again: Estimate | None


@dataclass(frozen=True)
class Judges:
    """All judges of a run. `flips` is the share of verdicts that turned with the order of the candidates, of
    those asked in both orders. `kappa` holds the verdict on the whole answer, whatever it came from, against
    the person's ratings, of which there are `rated`. None where that was not measured."""

    judges: tuple[Reliability, ...]
    flips: Estimate | None
    rated: int
    kappa: Estimate | None


def judges(found: Gathered, groups: Sequence[Hashable]) -> Judges:
    """Measure the judges of a run; `groups` says for each case what it belongs to."""
    by_name: dict[str, list[Opinion]] = defaultdict(list)
    for each in found.opinions:
        by_name[each.judge].append(each)
    turned = [
        (place < flips, groups[case]) for *_, case, flips, asked in found.turned for place in range(asked)
    ]
    rated = [(passed, rating > 0) for *_, passed, rating in found.rated if passed is not None]
    return Judges(
        tuple(_judge(name, opinions, groups) for name, opinions in sorted(by_name.items())),
        intervals.rate([flipped for flipped, _ in turned], [group for _, group in turned]),
        len(rated),
        agreement.kappa([ours for ours, _ in rated], [theirs for _, theirs in rated]),
    )


def _judge(name: str, opinions: Sequence[Opinion], groups: Sequence[Hashable]) -> Reliability:
    decided = [each for each in opinions if each.passed is not None]
    # one that picks the best says nothing of an answer alone, which is what ratings are about
    alone = [] if name.startswith("select-best") else decided
    rated = [each for each in alone if each.rating is not None]
    ours = [bool(each.passed) for each in rated]
    theirs = [(each.rating or 0) > 0 for each in rated]
    belong = [groups[each.case] for each in rated]
    return Reliability(
        name,
        len(decided),
        len(opinions) - len(decided),
        len(rated),
        agreement.kappa(ours, theirs),
        intervals.rate([one == other for one, other in zip(ours, theirs, strict=True)], belong),
        _again(alone, groups),
    )


def _again(opinions: Sequence[Opinion], groups: Sequence[Hashable]) -> Estimate | None:
    """Compare the verdicts on the same text of the same case with the first of them."""
    first: dict[tuple[int, int, int], bool | None] = {}
    same: list[bool] = []
    belong: list[Hashable] = []
    for each in opinions:
        key = (each.case, each.about, each.text)
        if key in first:
            same.append(first[key] == each.passed)
            belong.append(groups[each.case])
        else:
            first[key] = each.passed
    return intervals.rate(same, belong)


def strengths(found: Gathered, labels: Sequence[str]) -> dict[str, Strength]:
    """Give Bradley and Terry's strengths of more than two columns, from what judges picked as the best: the
    one that is picked beats all others. Where two were picked, one in each order, each of them beats the
    others by half, and they tie."""
    if len(labels) < 3:
        return {}
    wins: Counter[tuple[str, str]] = Counter()
    halves: Counter[tuple[str, str]] = Counter()
    for verdicts in found.picked.values():
        best = [labels[column] for column, won in verdicts if won]
        open_ = [labels[column] for column, won in verdicts if won is None]
        beaten = [labels[column] for column, won in verdicts if won is False]
        if len(best) == 1 and not open_:
            wins.update((best[0], loser) for loser in beaten)
        elif not best and len(open_) == 2 and beaten:
            halves.update((winner, loser) for winner in open_ for loser in beaten)
            halves.update([(open_[0], open_[1]), (open_[1], open_[0])])
    duels = {pair: wins[pair] + halves[pair] / 2 for pair in wins.keys() | halves.keys()}
    return strengths_of(duels)
