"""The files that a run of an evaluation leaves say what became of each sample, to those who read such files."""

from __future__ import annotations

import csv
import gc
import io
import json
import tracemalloc
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import jsonschema
import junitparser
import pytest
from hypothesis import given

from chat.base import files
from chat.base.errors import BadFile
from chat.evaluation import figures, figures_json, results
from chat.evaluation.results import EvalRun, Place, Sample
from chat.evaluation.suite import Answered, Case, Column, Suite
from chat.transfer import eval_csv, eval_json, eval_junit, eval_promptfoo, eval_schema
from commands.shell import options, telling

from .eval_runs import any_run, run, samples

Pieces = Callable[[EvalRun, Iterable[Sample]], Iterator[str]]
KEY = "sk-proj-0123456789abcdef"
FORMS: dict[str, Pieces] = {
    "json": lambda of, found: eval_json.pieces(of, found, {"rate": 0.5}, [KEY]),
    "junit": lambda of, found: eval_junit.pieces(of, found, [KEY]),
    "csv": lambda of, found: eval_csv.pieces(of, found, [KEY]),
    "promptfoo": lambda of, found: eval_promptfoo.pieces(of, found, [KEY]),
}
VALIDATOR = jsonschema.Draft202012Validator(eval_schema.schema())


def written(form: str, of: EvalRun | None = None, found: Iterable[Sample] | None = None) -> str:
    of = of or run()
    return "".join(FORMS[form](of, samples(of) if found is None else found))


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


# ---- JSON


def test_json_fits_its_schema() -> None:
    """--json writes what the published schema says, and no field that is not in it."""
    of = run()
    statistics = figures_json.record(figures.of(of, samples(of)))
    whole = json.loads("".join(eval_json.pieces(of, samples(of), statistics)))
    VALIDATOR.validate(whole)
    schema = eval_schema.schema()
    assert set(whole) == set(schema["properties"])
    known = set(schema["properties"]["cells"]["items"]["properties"])
    assert set().union(*whole["cells"]) == known
    assert [each["label"] for each in whole["columns"]] == [
        each["label"] for each in whole["statistics"]["columns"]
    ]


@given(any_run())
def test_json_of_any_run_fits_its_schema(drawn: tuple[EvalRun, list[Sample]]) -> None:
    """Whatever is said in a run, its JSON is JSON, and fits."""
    whole = json.loads(written("json", *drawn), parse_constant=pytest.fail)
    VALIDATOR.validate(whole)
    assert [(each["column"], each["case"], each["repeat"]) for each in whole["cells"]] == [
        (each.place.column, each.place.case, each.place.repeat) for each in drawn[1]
    ]


def test_the_schema_is_published() -> None:
    """`eval --schema` prints the form of what `eval --json` writes."""
    said = telling.told(options.parse(["eval", "--schema"]))
    assert said is not None
    assert json.loads(said) == eval_schema.schema()
    jsonschema.Draft202012Validator.check_schema(eval_schema.schema())


def test_json_says_what_became_of_each_sample() -> None:
    """A cell has its verdicts, what was called, what it took; what was not checked is null, never true."""
    whole = json.loads(written("json"))
    by_place = {(each["column"], each["case"], each["repeat"]): each for each in whole["cells"]}
    assert by_place[0, 0, 0]["passed"] is True
    mixed = by_place[0, 0, 1]
    assert mixed["passed"] is None
    assert [each["passed"] for each in mixed["verdicts"]] == [True, None, True, True]
    assert [each["type"] for each in mixed["verdicts"]] == [
        "contains",
        "llm-rubric",
        "assert-set",
        "not-regex",
    ]
    assert [each["type"] for each in mixed["verdicts"][2]["inner"]] == ["equals", "contains"]
    assert by_place[0, 1, 1]["tool_calls"] == [
        {"id": "c1", "type": "function", "name": "find", "arguments": '{"a": 1}'}
    ]
    assert by_place[0, 1, 1]["cost"] is None
    assert by_place[0, 2, 1]["error"] == {"type": "rate limit", "message": "the server was busy"}
    assert by_place[0, 2, 1]["text"] is None


def test_json_counts_what_was_not_checked() -> None:
    """By type and reason: assertions, answers that did not come, cases that expect nothing."""
    whole = json.loads(written("json"))
    found = {(each["type"], each["why"]): each["count"] for each in whole["not_checked"]}
    assert found == {
        ("llm-rubric", "no judge was asked"): 1,
        ("case", "nothing is expected of the answer"): 1,
        ("answer", "rate limit"): 1,
        ("answer", "it was sent, and whether the server answered is not known"): 1,
        ("answer", "it was not asked"): 1,
        ("answer", "it was not judged"): 1,
    }
    assert whole["counts"] == {
        "cells": 10,
        "passed": 1,
        "failed": 3,
        "not_checked": 3,
        "error": 2,
        "not_asked": 1,
    }


def test_reasons_that_are_different_each_time_are_not_all_held() -> None:
    """Ten thousand reasons are counted as a thousand, and the others."""
    of = replace(run(1), suite=Suite("s", (Column("a", ()),), tuple(Case() for _ in range(1200))))
    found = (Sample(Place(0, n), results.FAILED, error=f"no {n}") for n in range(1200))
    whole = json.loads("".join(eval_json.pieces(of, found)))
    assert len(whole["not_checked"]) == eval_json.MOST_REASONS + 1
    assert sum(each["count"] for each in whole["not_checked"]) == 1200


# ---- JUnit


def test_junit_is_read_as_ci_systems_read_it() -> None:
    """A suite for each column, a test for each sample: failures, errors and what was skipped."""
    read = junitparser.JUnitXml.fromstring(written("junit"))
    suites = list(read)
    assert [each.name for each in suites] == ["short", "chat"]
    assert [(each.tests, each.failures, each.errors, each.skipped) for each in suites] == [
        (6, 2, 1, 2),
        (6, 1, 1, 4),
    ]
    names = [test.name for test in suites[0]]
    assert names == [
        "Italy",
        "Italy #2",
        'place=Bern, list=[1, "a"], none=',
        'place=Bern, list=[1, "a"], none= #2',
        "place=Bern",
        "place=Bern #2",
    ]
    kinds = [[(type(each).__name__, each.type) for each in test.result] for test in suites[0]]
    assert kinds == [
        [],
        [("Skipped", None)],
        [("Failure", "contains")],
        [("Failure", "contains")],
        [("Skipped", None)],
        [("Error", "rate limit")],
    ]
    failure = list(suites[0])[2].result[0]
    assert failure.message == "the score is at most 0.00, less than 0.5"
    assert 'contains fell short: there is no "Rome" in it' in failure.text
    assert failure.text.endswith("The answer: Rome is old")
    assert "find" in list(suites[0])[3].result[0].text


@given(any_run())
def test_junit_of_any_run_is_xml(drawn: tuple[EvalRun, list[Sample]]) -> None:
    """Whatever is said in a run, its XML is read, its counts are those of its tests, and no two have the
    same name in a suite."""
    text = written("junit", *drawn)
    root = ET.fromstring(text.encode())
    of = drawn[0]
    assert len(root) == len(of.suite.columns)
    assert len({suite.get("name") for suite in root}) == len(root)
    for suite in root:
        tests = list(suite)
        assert len(tests) == len(of.suite.cases) * of.suite.repeat
        assert len({(test.get("classname"), test.get("name")) for test in tests}) == len(tests)
        found = Counter(each.tag for test in tests for each in test)
        assert (str(found["failure"]), str(found["error"]), str(found["skipped"])) == (
            suite.get("failures"),
            suite.get("errors"),
            suite.get("skipped"),
        )
        assert suite.get("tests") == str(len(tests))
    assert not set("\x1b\x07\u202e") & set(text)


def test_names_of_junit_stay_the_same() -> None:
    """The same tests have the same names, whatever the order in which answers came, and where one is added."""
    of = run()
    assert written("junit", of) == written("junit", of, samples(of)[::-1])
    more = replace(of.suite, cases=(*of.suite.cases, Case({"place": "Oslo"})))
    before = {each.get("name") for each in ET.fromstring(written("junit", of))[0]}
    after = {each.get("name") for each in ET.fromstring(written("junit", replace(of, suite=more)))[0]}
    assert before < after


# ---- CSV


def test_csv_has_a_row_for_each_case_as_promptfoo_has() -> None:
    """Variables first, by name, then the answers of each column side by side, then their measures."""
    head, *rows = cells(written("csv"))
    assert head[:5] == ["list", "none", "note", "place", "short"]
    assert head[5:10] == [
        "chat",
        "short: verdict",
        "short: score",
        "short: seconds",
        "short: cost in dollars",
    ]
    assert len(rows) == 6
    assert rows[0][:4] == ["", "", "'=1+1", "Rome"]
    assert rows[0][4] == "[PASS] (1.00, named: 1.00)\n\nRome is old\n\nPass Reason: all of it holds"
    assert rows[0][6:10] == ["PASS", "1.0", "0.25", "0.001"]
    assert rows[1][4].startswith(
        "[NOT CHECKED] (1.00, named: 1.00)\n\nRome is old\n\nnot checked: llm-rubric: "
    )
    assert rows[2][0] == '[1, "a"]'
    assert rows[5][4] == "[ERROR] (0.00)\n\nthe server was busy"
    assert rows[1][5] == ""


@given(any_run())
def test_no_cell_of_any_csv_is_a_formula(drawn: tuple[EvalRun, list[Sample]]) -> None:
    """All rows are of one length, and no text begins as a formula does."""
    read = cells(written("csv", *drawn))
    assert {len(row) for row in read} == {len(read[0])}
    assert not [cell for row in read for cell in row if cell[:1] in ("=", "@", "\t", "\r")]


# ---- promptfoo


def test_promptfoos_form_has_its_fields() -> None:
    """What was not checked is no success and no failure of the answer; what was not asked is not there."""
    whole = json.loads(written("promptfoo"))
    assert whole["results"]["version"] == 3
    assert whole["shareableUrl"] is None
    found = {(each["promptIdx"], each["testIdx"]): each for each in whole["results"]["results"]}
    assert len(found) == 9
    assert (found[0, 0]["success"], found[0, 0]["failureReason"], found[0, 0]["score"]) == (True, 0, 1)
    assert (found[0, 2]["success"], found[0, 2]["failureReason"]) == (False, 1)
    assert (found[0, 1]["success"], found[0, 1]["failureReason"]) == (False, 2)
    assert found[0, 1]["error"] == "not checked: llm-rubric: no judge was asked"
    assert (found[0, 5]["success"], found[0, 5]["failureReason"]) == (False, 2)
    assert found[0, 5]["gradingResult"] is None
    assert found[0, 3]["response"]["output"][0]["function"]["name"] == "find"
    assert found[0, 0]["prompt"] == {"raw": "Tell me of Rome", "label": "short"}
    components = found[0, 0]["gradingResult"]["componentResults"]
    assert [each.get("assertion", {}).get("type") for each in components] == [
        "contains",
        "llm-rubric",
        None,
        "equals",
        "contains",
        "not-regex",
    ]
    stats = whole["results"]["stats"]
    assert (stats["successes"], stats["failures"], stats["errors"]) == (1, 3, 5)
    assert stats["tokenUsage"]["total"] == 75
    assert [each["provider"] for each in whole["results"]["prompts"]] == ["openai:chat:small", "profile:mine"]


@given(any_run())
def test_promptfoos_form_of_any_run_is_json(drawn: tuple[EvalRun, list[Sample]]) -> None:
    """Its sums are those of its results, and no success is one that was not checked."""
    whole = json.loads(written("promptfoo", *drawn), parse_constant=pytest.fail)["results"]
    stats = whole["stats"]
    reasons = Counter(each["failureReason"] for each in whole["results"])
    assert (stats["successes"], stats["failures"], stats["errors"]) == (reasons[0], reasons[1], reasons[2])
    held = [each for each in drawn[1] if each.passed]
    assert sum(each["success"] for each in whole["results"]) == len(held)


# ---- all of them


@pytest.mark.parametrize("form", FORMS)
def test_keys_stand_in_no_file(form: str) -> None:
    """A key of this run is taken out wherever it stands, names of variables included."""
    of = run()
    case = Case({KEY: f"a {KEY}", "deep": [{"a": KEY}]}, description="", place=KEY)
    column = Column(
        KEY,
        ({"role": "user", "content": KEY},),
        {"headers": {"authorization": "hidden away"}, "seed": 1},
        base_url="http://me:hidden away@host/v1",
    )
    of = replace(of, name=KEY, file=KEY, suite=Suite(KEY, (column,), (case,), 1))
    answered = Answered(f"it is {KEY}", {"tool_calls": [{"function": {"name": KEY, "arguments": KEY}}]})
    each = Sample(
        Place(0, 0), results.FAILED, answered, error=f"not with {KEY}", kind=KEY, request={"a": KEY}
    )
    text = written(form, of, [each])
    assert KEY not in text
    assert "[key]" in text
    assert "hidden away" not in text


@pytest.mark.parametrize("form", FORMS)
def test_a_run_that_is_empty_or_begun_is_written(form: str) -> None:
    """No sample yet, or a suite without cases: the file is whole."""
    assert written(form, run(), [])
    assert written(form, replace(run(), suite=Suite("s", (), ())), [])


@pytest.mark.parametrize("form", FORMS)
def test_many_cells_need_no_more_room(form: str) -> None:
    """Four times the samples take hardly more memory: less than half of what each answer has."""
    of = replace(run(1), suite=Suite("s", (Column("a", ()),), tuple(Case({"n": n}) for n in range(600))))

    def peak(count: int) -> int:
        answered = Answered("word " * 400)
        made = (
            Sample(Place(0, n), results.JUDGED, replace(answered, text=f"{n} {answered.text}"))
            for n in range(count)
        )
        gc.collect()
        tracemalloc.start()
        for _ in FORMS[form](of, made):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10)
    assert peak(600) - peak(150) < 450 * 1000


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Any) -> None:
    """Where writing breaks off, what stood there before stays."""
    path = tmp_path / "out.json"
    path.write_text("before")

    def broken() -> Iterator[str]:
        yield "a"
        raise OSError("the disk is full")

    with pytest.raises(BadFile):
        files.write_pieces(path, broken())
    assert path.read_text() == "before"
    files.write_pieces(path, eval_json.pieces(run(), samples(run())))
    assert json.loads(path.read_text())
    assert [each.name for each in tmp_path.iterdir()] == ["out.json"]
