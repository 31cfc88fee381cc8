"""One message asked several times, each time with other parameters: a comparison, a sweep, a replay;
or several tiny ones, by /probe and /dials.

Each asking is a cell, and each answer a turn like any other, which says whose cell it is: so every
command that takes the number of a turn takes these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from ..base import facts
from ..base.dataclass import dataclass
from ..base.errors import BadValue
from .branch import Branch, new_id
from .turn import COMPLETE, Turn

COMPARE, SWEEP, REPLAY, PROBE, DIALS = "compare", "sweep", "replay", "probe", "dials"
_KINDS = (COMPARE, SWEEP, REPLAY, PROBE, DIALS)
#: Those that are kept and paid for with a conversation, and are nothing that was said in it.
BESIDE = (PROBE, DIALS)
_LEAST = 4  # answers of an experiment that a list shows as one row


@dataclass(frozen=True)
class Cell:
    """One asking: its name, the profile that it asks with where it names one, and the values that
    are other than the experiment's own, as JSON has them; None is not sent."""

    label: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    profile: str = ""


@dataclass(frozen=True)
class Experiment:
    """`about` is how a person typed it; `profile` and `settings` were in force, as in a turn.
    `blind`: the cells' labels are not shown until one answer is picked."""

    kind: str
    asked: Branch
    cells: tuple[Cell, ...]
    about: str = ""
    profile: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    blind: bool = False
    id: int = field(default_factory=new_id)


def turns_of(experiment: Experiment, turns: Iterable[Turn]) -> dict[int, int]:
    """Map each cell to the place of its answer in `turns`: the newest complete one, else the newest."""
    found: dict[int, tuple[bool, int]] = {}
    for place, turn in enumerate(turns):
        if turn.request.experiment == experiment.id:
            complete = turn.answer.ended == COMPLETE
            if complete >= found.get(turn.request.cell, (False, 0))[0]:
                found[turn.request.cell] = complete, place
    return {cell: place for cell, (_, place) in sorted(found.items())}


def missing(experiment: Experiment, turns: Sequence[Turn]) -> list[int]:
    """Give the cells that have no complete answer yet."""
    found = turns_of(experiment, turns)
    return [
        cell
        for cell in range(len(experiment.cells))
        if cell not in found or turns[found[cell]].answer.ended != COMPLETE
    ]


def gathered(experiments: Mapping[int, Experiment], turns: Sequence[Turn]) -> dict[int, list[int]]:
    """Map each experiment to the places of its turns, if a list may show them as one row. Comparisons are
    left out: their few answers are looked at side by side. What is beside the conversation always is."""
    found: dict[int, list[int]] = {}
    for place, turn in enumerate(turns):
        experiment = experiments.get(turn.request.experiment)
        if experiment and experiment.kind != COMPARE:
            found.setdefault(experiment.id, []).append(place)
    return {
        number: places
        for number, places in found.items()
        if len(places) >= _LEAST or experiments[number].kind in BESIDE
    }


def ranges(places: Iterable[int]) -> str:
    """Write places, counted from 0, as numbers from 1: 1–3, 7."""
    runs: list[list[int]] = []
    for place in sorted(places):
        if runs and place == runs[-1][-1] + 1:
            runs[-1][1:] = [place]
        else:
            runs.append([place])
    return ", ".join("–".join(str(place + 1) for place in run) for run in runs)


# ---- as JSON


def experiment_record(experiment: Experiment) -> dict[str, Any]:
    return {
        "id": experiment.id,
        "kind": experiment.kind,
        "asked": experiment.asked.id,
        "about": experiment.about,
        "profile": experiment.profile,
        "settings": dict(experiment.settings),
        "blind": experiment.blind,
        "cells": [[cell.label, dict(cell.values), cell.profile] for cell in experiment.cells],
    }


def experiment_of(record: Mapping[str, Any], nodes: Mapping[int, Branch]) -> Experiment:
    """Read an experiment. Raises BadValue if it is none."""
    try:
        kind, asked, number = (
            facts.text(record, "kind"),
            facts.whole(record, "asked"),
            facts.whole(record, "id"),
        )
        if kind not in _KINDS or asked not in nodes or not number:
            raise BadValue(f"{kind} {number} asks nothing that is there")
        return Experiment(
            kind,
            nodes[asked],
            tuple(_cell(each) for each in facts.items(record, "cells")),
            facts.text(record, "about"),
            facts.text(record, "profile"),
            facts.mapped(record, "settings"),
            bool(record.get("blind")),
            number,
        )
    except BadValue as error:
        raise BadValue(f"an experiment is not whole: {error.message}") from None


def _cell(record: Any) -> Cell:
    if not (isinstance(record, list) and len(record) == 3):
        raise BadValue("a cell is not [label, values, profile]")
    label, values, profile = record
    if not (isinstance(label, str) and isinstance(values, dict) and isinstance(profile, str)):
        raise BadValue("a cell is not [label, values, profile]")
    return Cell(label, values, profile)
