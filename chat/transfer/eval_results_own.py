"""Read what `eval_json` wrote, member by member, whatever their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..base.errors import BadValue
from ..conversation.content import ToolCall, calls_form
from ..evaluation import results
from ..evaluation.results import EvalRun, Place, Sample
from ..evaluation.suite import Answered, Assertion, Case, Column, NotUnderstood, Suite, Verdict
from . import eval_json, eval_parts, untrusted
from .eval_parts import mapping, passed
from .eval_stream import JsonReader

_STATES = (results.OPEN, results.SENT, results.ANSWERED, results.JUDGED, results.FAILED)


class Own:
    """What was read so far. Methods raise BadValue and BadFile."""

    def __init__(self) -> None:
        self._schema: Any = None
        self._version: Any = None
        self._run: dict[str, Any] = {}
        self._columns: list[Column] = []
        self._cases: list[Case] = []
        self._noted: list[NotUnderstood] = []
        self._samples: dict[Place, Sample] = {}
        self._readers: dict[str, Callable[[JsonReader], None]] = {
            "schema": self._take_schema,
            "version": self._take_version,
            "run": self._take_run,
            "columns": self._take_columns,
            "cases": self._take_cases,
            "not_understood": self._take_noted,
            "cells": self._take_cells,
        }

    @property
    def is_one(self) -> bool:
        """Tell whether it is such a file."""
        return bool(self._schema == eval_json.NAME)

    def member(self, name: str, reader: JsonReader) -> bool:
        """Read a member; tell whether such a file has it."""
        take = self._readers.get(name)
        if take:
            take(reader)
        return take is not None

    def run(self) -> tuple[EvalRun, tuple[Sample, ...]]:
        """Give what was read."""
        if isinstance(self._version, bool) or self._version != eval_json.VERSION:
            newer = isinstance(self._version, int) and self._version > eval_json.VERSION
            raise BadValue("was written by a newer Tempera" if newer else "has no version that is known")
        given = self._run
        repeat = untrusted.count(given, "repeat") or 1
        for place in self._samples:
            if place.column >= len(self._columns) or place.case >= len(self._cases) or place.repeat >= repeat:
                raise BadValue(f"has a cell where there is none: {_where(place)}")
        state = untrusted.text(given, "state")
        run = EvalRun(
            number=untrusted.count(given, "number") or 0,
            name=untrusted.text(given, "name"),
            suite=Suite(
                name=untrusted.text(given, "name"),
                columns=tuple(self._columns),
                cases=tuple(self._cases),
                repeat=repeat,
                not_understood=tuple(self._noted),
            ),
            file=untrusted.text(given, "file"),
            state=state if state in (results.RUNNING, results.STOPPED, results.KILLED) else results.FINISHED,
            at=untrusted.time(given, "at"),
            updated=untrusted.time(given, "updated"),
            seconds=untrusted.number(given, "seconds") or 0.0,
            profile=untrusted.text(given, "profile"),
        )
        return run, tuple(self._with_assertions(each) for each in self._samples.values())

    def _with_assertions(self, sample: Sample) -> Sample:
        """Give the verdicts their assertions, whole: a cell names the types alone."""
        if sample.judged is None:
            return sample
        assertions = self._cases[sample.place.case].assertions
        verdicts = _whole(sample.judged.verdicts, assertions)
        return replace(sample, judged=replace(sample.judged, verdicts=verdicts))

    # ---- members

    def _take_schema(self, reader: JsonReader) -> None:
        self._schema = reader.value()

    def _take_version(self, reader: JsonReader) -> None:
        self._version = reader.value()

    def _take_run(self, reader: JsonReader) -> None:
        self._run = mapping(reader.value(), "run")

    def _take_columns(self, reader: JsonReader) -> None:
        for number, each in enumerate(reader.elements()):
            given = mapping(each, f"columns[{number}]")
            if number >= eval_parts.MOST_COLUMNS:
                raise BadValue(f"has more than {eval_parts.MOST_COLUMNS:,} columns")
            messages = [each for each in untrusted.listed(given, "messages") if isinstance(each, Mapping)]
            self._columns.append(
                Column(
                    label=untrusted.text(given, "label"),
                    messages=tuple(messages),
                    parameters=untrusted.mapping(given, "parameters"),
                    profile=untrusted.text(given, "profile"),
                    base_url=untrusted.text(given, "base_url"),
                    template=untrusted.text(given, "template") or "jinja",
                )
            )

    def _take_cases(self, reader: JsonReader) -> None:
        for number, each in enumerate(reader.elements()):
            given = mapping(each, f"cases[{number}]")
            if number >= eval_parts.MOST_CASES:
                raise BadValue(f"has more than {eval_parts.MOST_CASES:,} cases")
            self._cases.append(
                Case(
                    variables=untrusted.mapping(given, "variables"),
                    assertions=tuple(map(eval_parts.assertion, untrusted.listed(given, "assertions"))),
                    description=untrusted.text(given, "description"),
                    threshold=untrusted.number(given, "threshold"),
                    group=untrusted.text(given, "group"),
                    place=untrusted.text(given, "place"),
                )
            )

    def _take_noted(self, reader: JsonReader) -> None:
        for each in reader.elements():
            self._noted.append(NotUnderstood(untrusted.text(each, "place"), untrusted.text(each, "why")))

    def _take_cells(self, reader: JsonReader) -> None:
        for number, each in enumerate(reader.elements()):
            if number >= eval_parts.MOST_CELLS:
                raise BadValue(f"has more than {eval_parts.MOST_CELLS:,} cells")
            place = f"cells[{number}]"
            sample = _sample(mapping(each, place), place)
            if sample.place in self._samples:
                raise BadValue(f"has a cell twice: {_where(sample.place)}")
            self._samples[sample.place] = sample


def _where(place: Place) -> str:
    return f"column {place.column}, case {place.case}, repeat {place.repeat}"


def _whole(verdicts: tuple[Verdict, ...], assertions: tuple[Assertion, ...]) -> tuple[Verdict, ...]:
    if [each.assertion.name for each in verdicts] != [each.name for each in assertions]:
        return verdicts
    return tuple(
        replace(verdict, assertion=assertion, inner=_whole(verdict.inner, assertion.inner))
        for verdict, assertion in zip(verdicts, assertions, strict=True)
    )


# ---- one cell


def _sample(given: dict[str, Any], place: str) -> Sample:
    at = [untrusted.count(given, name) for name in ("column", "case", "repeat")]
    if None in at:
        raise BadValue(f"{place} does not say its column, case and repeat")
    state = untrusted.text(given, "state")
    if state not in _STATES:
        raise BadValue(f"{place}.state is none of {', '.join(_STATES)}")
    held = passed(given, "passed", place)
    judged = None
    if state == results.JUDGED:
        verdicts = tuple(_verdict(each, place) for each in untrusted.listed(given, "verdicts"))
        score, why = untrusted.number(given, "score"), untrusted.text(given, "why")
        judged = eval_parts.judged(held, score, why, verdicts)
    error = untrusted.mapping(given, "error")
    rating = given.get("rating")
    return Sample(
        place=Place(*(each or 0 for each in at)),
        state=state,
        answered=_answered(given) if isinstance(given.get("text"), str) else None,
        judged=judged,
        error=untrusted.text(error, "message"),
        kind=untrusted.text(error, "type"),
        model=untrusted.text(given, "model"),
        at=untrusted.time(given, "at"),
        tries=untrusted.count(given, "tries") or 0,
        lost=untrusted.count(given, "lost") or 0,
        judging=untrusted.number(given, "judging_cost"),
        flips=untrusted.count(given, "flips") or 0,
        turned=untrusted.count(given, "turned") or 0,
        rating=rating if rating in (1, -1) and not isinstance(rating, bool) else None,
    )


def _answered(given: dict[str, Any]) -> Answered:
    text = untrusted.text
    calls = [
        ToolCall(text(each, "id"), text(each, "name"), text(each, "arguments"), text(each, "type"))
        for each in untrusted.listed(given, "tool_calls")
    ]
    return Answered(
        text=untrusted.text(given, "text"),
        message=calls_form(calls),
        finish_reason=untrusted.text(given, "finish_reason"),
        refusal=untrusted.text(given, "refusal"),
        seconds=untrusted.number(given, "seconds"),
        cost=untrusted.number(given, "cost"),
        usage=untrusted.mapping(given, "usage"),
    )


def _verdict(given: Any, place: str, depth: int = 0) -> Verdict:
    given = mapping(given, f"{place}.verdicts")
    held = passed(given, "passed", f"{place}.verdicts")
    if depth > eval_parts.DEEPEST:
        raise BadValue(f"{place}.verdicts is nested too deeply")
    inner = tuple(_verdict(each, place, depth + 1) for each in untrusted.listed(given, "inner"))
    score, why = untrusted.number(given, "score"), untrusted.text(given, "why")
    return Verdict(eval_parts.assertion(given), held, score, why, inner)
