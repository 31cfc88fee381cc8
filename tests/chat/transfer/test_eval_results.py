"""What a run left is read back, ours and promptfoo's; a file that is neither gets one clear sentence."""

from __future__ import annotations

import copy
import io
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadFile
from chat.base.halves import cleaned
from chat.evaluation import gathered, results
from chat.evaluation.results import EvalRun, Place, Sample
from chat.evaluation.suite import Answered
from chat.transfer import eval_json, eval_promptfoo, eval_results, eval_stream
from chat.transfer.eval_stream import JsonReader

from ...support.examples import times
from ...support.promptfoo_results import RECORDED
from .eval_runs import any_run, run, samples

PROMPTFOOS = json.loads(RECORDED.read_text(encoding="utf-8"))


def read(tmp_path: Path, text: str | bytes) -> tuple[EvalRun, tuple[Sample, ...]]:
    path = tmp_path / "results.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return eval_results.read(path)


def ours(of: EvalRun | None = None, found: list[Sample] | None = None) -> dict[str, Any]:
    of = of or run()
    whole: dict[str, Any] = json.loads("".join(eval_json.pieces(of, samples(of) if found is None else found)))
    return whole


# ---- our own

#: What is read back of the samples: all but what was sent.
KEPT = tuple(replace(each, request={}, judges=()) for each in samples(run()))


def test_our_own_json_is_read_back(tmp_path: Path) -> None:
    """The run and its samples are what was written, but for what was sent and what only running needs."""
    of = run()
    back, found = read(tmp_path, "".join(eval_json.pieces(of, samples(of))))
    assert replace(back, suite=of.suite) == of
    assert [each.label for each in back.suite.columns] == ["short", "chat"]
    assert [each.variables for each in back.suite.cases] == [each.variables for each in of.suite.cases]
    assert found == KEPT


def test_what_another_program_laid_out_anew_is_read(tmp_path: Path) -> None:
    """Members in another order, white space, and what a later version adds change nothing."""
    whole = {**ours(), "added": {"deep": [1, {"a": [2]}]}, "more": []}
    for each in whole["cells"]:
        each["added"] = {"a": 1}
    text = json.dumps(dict(sorted(whole.items())), indent=7, ensure_ascii=True)
    assert read(tmp_path, "\ufeff" + text)[1] == KEPT


@times(2)
@given(any_run())
def test_any_run_is_read_back(drawn: tuple[EvalRun, list[Sample]]) -> None:
    """Verdicts, texts and measures of any run come back, by our JSON and by promptfoo's form."""
    of, given_samples = drawn
    for pieces in (eval_json.pieces, eval_promptfoo.pieces):
        back, found = _read_text("".join(pieces(of, given_samples)))
        kept = {each.place: each for each in given_samples}
        if pieces is eval_json.pieces:
            assert {each.place: (each.state, each.passed, each.score) for each in found} == {
                place: (each.state, each.passed, each.score) for place, each in kept.items()
            }
            assert len(back.suite.cases) == len(of.suite.cases)
            assert tuple(each.label for each in back.suite.columns) == gathered.labels(of.suite)
        assert Counter(each.passed for each in found if each.judged) == Counter(
            each.passed for each in given_samples if each.judged
        )


def _read_text(text: str) -> tuple[EvalRun, tuple[Sample, ...]]:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(text.encode())
        file.flush()
        return eval_results.read(Path(file.name))


# ---- promptfoo's


def test_promptfoos_results_are_read(tmp_path: Path) -> None:
    """Tests that were repeated are put together again, lists of values are cases, columns have their names,
    verdicts their assertions."""
    of, found = eval_results.read(RECORDED)
    assert of.name == "Capitals"
    assert of.suite.repeat == 2
    assert [dict(each.variables) for each in of.suite.cases] == [
        {"place": "Rome", "note": "=1+1"},
        {"place": "Tool", "note": "n"},
        {"place": "Fail", "note": "n"},
        {"place": "Bern", "note": "a"},
        {"place": "Bern", "note": "b"},
        {"place": "Oslo", "note": "nothing is expected"},
    ]
    assert [each.label for each in of.suite.columns] == [
        "mini · Tell me of {{place}} ({{note}})",
        "mini · chat",
        "echo · Tell me of {{place}} ({{note}})",
        "echo · chat",
    ]
    assert of.suite.columns[0].parameters == {"model": "gpt-4o-mini"}
    assert of.suite.columns[1].messages[0] == {"role": "system", "content": "Be brief"}
    assert len(found) == len(PROMPTFOOS["results"]["results"]) == 48
    by_place = {each.place: each for each in found}
    first = by_place[Place(0, 0, 1)]
    assert (first.state, first.passed) == (results.JUDGED, True)
    assert first.judged is not None
    assert [each.assertion.name for each in first.judged.verdicts] == ["contains", "icontains", "assert-set"]
    assert [each.passed for each in first.judged.verdicts[2].inner] == [False, True]
    assert first.judged.metrics == {"named": (1.0,)}
    assert first.answered is not None
    assert first.answered.usage["total_tokens"] == 15
    called = by_place[Place(0, 1, 0)].answered
    assert called is not None
    assert called.message["tool_calls"][0]["function"]["name"] == "f"
    failed = by_place[Place(0, 2, 0)]
    assert (failed.state, failed.passed) == (results.FAILED, None)
    assert failed.error.startswith("API error: 400")


def test_what_promptfoo_passes_for_nothing_is_not_checked(tmp_path: Path) -> None:
    """A test without assertions is a success there, and nothing that held here."""
    _, found = eval_results.read(RECORDED)
    nothing = [each for each in found if each.place.case == 5]
    assert len(nothing) == 8
    assert {(each.passed, each.score) for each in nothing} == {(None, None)}


def test_verdicts_are_promptfoos(tmp_path: Path) -> None:
    """As many passed, fell short and failed as promptfoo counts, but for tests that expect nothing."""
    _, found = eval_results.read(RECORDED)
    stats = PROMPTFOOS["results"]["stats"]
    assert sum(each.passed is True for each in found) == stats["successes"] - 8
    assert sum(each.passed is False for each in found) == stats["failures"]
    assert sum(each.state == results.FAILED for each in found) == stats["errors"]


def test_promptfoos_form_of_ours_has_its_fields(tmp_path: Path) -> None:
    """What is written here has the fields that promptfoo writes, down to those of a result."""
    whole = json.loads("".join(eval_promptfoo.pieces(*eval_results.read(RECORDED))))
    assert set(whole) == set(PROMPTFOOS)
    assert set(whole["results"]) == set(PROMPTFOOS["results"])
    assert set(whole["results"]["stats"]) == set(PROMPTFOOS["results"]["stats"])
    assert set(whole["results"]["prompts"][0]) == set(PROMPTFOOS["results"]["prompts"][0])
    assert set(whole["results"]["prompts"][0]["metrics"]) == set(
        PROMPTFOOS["results"]["prompts"][0]["metrics"]
    )
    theirs = {(each["promptIdx"], each["testIdx"]): each for each in PROMPTFOOS["results"]["results"]}
    mine = whole["results"]["results"]
    assert len(mine) == len(theirs)
    assert set().union(*mine) == set().union(*theirs.values())
    components = [c for each in mine for c in (each["gradingResult"] or {}).get("componentResults", ())]
    assert {key for each in components for key in each} <= {
        "pass",
        "score",
        "reason",
        "assertion",
        "componentResults",
    }


def test_both_forms_of_a_run_say_the_same(tmp_path: Path) -> None:
    """What is read of our JSON is what is read of promptfoo's form: verdicts and places."""
    of = run()
    _, first = read(tmp_path, "".join(eval_json.pieces(of, samples(of))))
    _, second = read(tmp_path, "".join(eval_promptfoo.pieces(of, samples(of))))
    judged = {each.place: (each.passed, each.score) for each in first if each.state == results.JUDGED}
    assert judged.items() <= {each.place: (each.passed, each.score) for each in second}.items()


# ---- files of strangers


def changed(path: str, value: Any, whole: dict[str, Any]) -> str:
    """The file with one value put in the place of another."""
    found: Any = copy.deepcopy(whole)
    *way, last = path.split(".")
    at = found
    for step in way:
        at = at[int(step) if step.isdecimal() else step]
    at[int(last) if last.isdecimal() else last] = value
    return json.dumps(found)


OWN = ours()
WRONG = {
    "no JSON": ("no JSON", "is no file of results"),
    "nothing": ("", "is no file of results"),
    "a list": ("[1]", "is no file of results"),
    "an object": ('{"a": 1}', "is no file of results"),
    "cut off": (json.dumps(OWN)[:2000], "is not JSON"),
    "more behind it": (json.dumps(OWN) + "x", "something stands behind its end"),
    "twice": (json.dumps(OWN)[:-1] + ', "cells": []}', "has cells twice"),
    "no UTF-8": (b'{"schema": "\xff"}', "is not UTF-8 text"),
    "UTF-16": ("{}".encode("utf-16"), "is not UTF-8 text"),
    "deep": ('{"schema": ' + "[" * 100_000, "is nested too deeply"),
    "deep objects": ('{"a":' * 100_000, "is nested too deeply"),
    "many values": ('{"schema": [' + "[]," * 1_500_000, "holds too many values in one"),
    "a long number": ('{"version": ' + "9" * 5000 + "}", "a number that is too long"),
    "a newer version": (changed("version", 2, OWN), "was written by a newer Tempera"),
    "a version that is none": (changed("version", "1", OWN), "has no version that is known"),
    "cells that are none": (changed("cells", {}, OWN), "there is no list here"),
    "a cell that is none": (changed("cells.3", 7, OWN), "cells[3] is no object"),
    "a cell elsewhere": (
        changed("cells.0.case", 99, OWN),
        "has a cell where there is none: column 0, case 99",
    ),
    "a cell at minus one": (changed("cells.0.case", -1, OWN), "cells[0] does not say its column"),
    "a cell without a place": (changed("cells.0.repeat", None, OWN), "cells[0] does not say its column"),
    "a cell twice": (changed("cells.1.repeat", 0, OWN), "has a cell twice: column 0, case 0, repeat 0"),
    "passed of 1": (changed("cells.0.passed", 1, OWN), "cells[0].passed is neither true, false nor null"),
    "passed of a text": (changed("cells.0.passed", "yes", OWN), "cells[0].passed is neither"),
    "a state that is none": (changed("cells.0.state", "done", OWN), "cells[0].state is none of open, sent"),
    "a verdict of a text": (changed("cells.0.verdicts", ["x"], OWN), "cells[0].verdicts is no object"),
    "a case that is none": (changed("cases.0", [], OWN), "cases[0] is no object"),
    "promptfoo's version 2": (
        changed("results.version", 2, PROMPTFOOS),
        "promptfoo's version 2, and 3 is read",
    ),
    "a result without a place": (
        changed("results.results.0.testIdx", "a", PROMPTFOOS),
        "results[0] does not say its promptIdx and testIdx",
    ),
    "a result of no verdict": (
        changed("results.results.0.success", 1, PROMPTFOOS),
        "results[0].success is neither",
    ),
    "a prompt too many": (
        changed("results.results.0.promptIdx", 9, PROMPTFOOS),
        "leaves out numbers of prompts",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_is_wrong_gets_one_sentence(name: str, tmp_path: Path) -> None:
    """The sentence names the file, and what is wrong."""
    text, problem = WRONG[name]
    with pytest.raises(BadFile, match=re.escape(problem)) as told:
        read(tmp_path, text)
    assert "results.json" in told.value.message
    assert "\n" not in told.value.message
    assert len(told.value.message) < 400


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def paths(value: Any, at: str = "") -> list[str]:
    """Where a value may be put, a list's first two alone."""
    inner = (
        value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    )
    return [
        path
        for key, each in inner
        if "." not in str(key)
        for path in (f"{at}{key}", *paths(each, f"{at}{key}."))
    ]


@times(4)
@given(st.data())
def test_no_value_anywhere_does_harm(data: st.DataObject) -> None:
    """Any value in any place of either form is read past, or refused by BadFile; a verdict is never made of
    what is none."""
    whole = data.draw(st.sampled_from([OWN, PROMPTFOOS]))
    text = changed(data.draw(st.sampled_from(paths(whole))), data.draw(ANY), whole)
    try:
        _, found = _read_text(text)
    except BadFile:
        return
    assert all(each.passed in (True, False, None) for each in found)


# ---- JSON that is too long to be held


def streamed(text: str, piece: int) -> Any:
    """A value that is put together of its members and elements."""
    reader = JsonReader(Path("f"), io.BytesIO(text.encode()), piece)

    def built() -> Any:
        if reader.is_object():
            return {name: built() for name in reader.members()}
        return list(reader.elements()) if reader.is_list() else reader.value()

    found = built()
    reader.end()
    return found


@times(8)
@given(ANY, st.integers(1, 40), st.sampled_from([None, 1, 3]))
def test_json_is_read_in_pieces(value: Any, piece: int, indent: int | None) -> None:
    """However the pieces are cut, what is read is what json reads."""
    text = json.dumps(value, indent=indent)
    assert streamed(text, piece) == json.loads(text)


@times(8)
@given(ANY, st.integers(1, 40), st.data())
def test_broken_json_is_refused(value: Any, piece: int, data: st.DataObject) -> None:
    """What json refuses is refused, with BadFile."""
    text = json.dumps(value)
    at = data.draw(st.integers(0, len(text)))
    broken = text[:at] + data.draw(st.sampled_from(["", ",", "]", "}", '"', "x", ":"])) + text[at + 1 :]
    try:
        wanted = json.loads(broken)
    except ValueError:
        with pytest.raises(BadFile):
            streamed(broken, piece)
    else:
        assert streamed(broken, piece) == cleaned(wanted)


def test_the_line_of_what_is_broken_is_said(tmp_path: Path) -> None:
    """However long the file was before it."""
    text = json.dumps(OWN, indent=1)
    lines = text.splitlines()
    at = next(n for n, each in enumerate(lines) if n > 300 and '"state"' in each)
    lines[at] = lines[at].replace(":", ";")
    with pytest.raises(BadFile, match=f"line {at + 1}:"):
        read(tmp_path, "\n".join(lines))


def test_a_value_that_has_no_end_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text longer than any answer is refused before it is held."""
    monkeypatch.setattr(eval_stream, "MOST_VALUE", 1000)
    with pytest.raises(BadFile, match="holds a value that is too long"):
        read(tmp_path, '{"schema": "' + "a" * 2_000_000)


def test_a_file_that_has_no_end_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file larger than any run leaves is refused."""
    monkeypatch.setattr(eval_stream, "MOST_FILE", 1 << 20)
    with pytest.raises(BadFile, match="is larger than"):
        read(tmp_path, '{"a": 1' + " " * 3_000_000 + "}")


def test_halves_of_characters_stay_outside(tmp_path: Path) -> None:
    """A half that JSON spells becomes a mark that something was there."""
    text = changed("cells.0.text", "a\ud83db", OWN)
    answered = read(tmp_path, text)[1][0].answered
    assert isinstance(answered, Answered)
    assert answered.text == "a\ufffdb"
