"""The page of an evaluation: what stands in it, and that nothing that anybody said becomes a part of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.evaluation import figures
from chat.evaluation.judging import Judged, combined
from chat.evaluation.results import JUDGED, EvalRun, Place, Sample
from chat.evaluation.suite import Answered, Assertion, Case, Column, NotUnderstood, Suite, Verdict
from chat.lab import diff
from chat.transfer import eval_html, eval_html_data
from chat.transfer.eval_clean import cleaning
from chat.transfer.transcript import shown

from ...support import evaluated
from .test_page import digest, policy

CLEAN = cleaning(())
_TEXT = st.text(max_size=30)


class Reader(HTMLParser):
    """The tags and attributes of a page, and what stands in its elements that have an id."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.given: list[str] = []
        self.texts: dict[str, str] = {}
        self._in = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.given += [name for name, _ in attrs]
        self._in = dict(attrs).get("id") or tag

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        self.texts[self._in] = self.texts.get(self._in, "") + data

    def lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in self.texts.get(name, "").split("\n") if line]


def page(run: EvalRun, samples: list[Sample] | None = None) -> str:
    found = list(evaluated.samples(run)) if samples is None else samples
    return "".join(eval_html.pieces(run, iter(found), figures.of(run, found)))


def test_the_page_has_one_script_and_its_policy_names_it() -> None:
    """What the policy lets run is what the page has: by its digest, and nothing is fetched."""
    found = page(evaluated.a_run())
    (script,) = re.findall(r"<script>(.*?)</script>", found, re.DOTALL)
    assert f"script-src '{digest(script)}'" in policy(found)
    reader = Reader(found)
    assert not [name for name in reader.given if name.startswith("on") or name in ("src", "href", "style")]
    assert not {"link", "img", "iframe", "object", "a"} & set(reader.tags)
    assert "innerHTML" not in script and "<!--" not in script


def test_its_head_says_what_the_run_shows() -> None:
    """Verdicts, rates with intervals, judges, what was not checked, what could have been seen: in words."""
    found = page(evaluated.a_run(2, 60))
    assert "<h1" in found and "60 cases in 2 columns: 120 answers." in found
    assert "run 7 · trains.yaml · profile default" in found
    for words in ("not checked, and not counted as passed", "judge llm-rubric", "not measured", "could have"):
        assert words in found
    assert "tests[3].assert[1]: javascript is never run" in found
    assert found.count("<svg ") == 4 and "<noscript>" in found


def test_cells_are_lines_of_their_own() -> None:
    """A case is a line, a sample one of facts and one of its request; what both share stands once."""
    run = evaluated.a_run(2, 6)
    samples = list(evaluated.samples(run))
    reader = Reader(page(run, samples))
    cases, lines = reader.lines("cases"), reader.lines("samples")
    assert [dict(each["variables"]) for each in cases] == [dict(each.variables) for each in run.suite.cases]
    assert len(lines) == 2 * len(samples)
    for sample, facts, request in zip(samples, lines[::2], lines[1::2], strict=True):
        assert (facts["column"], facts["case"]) == (sample.place.column, sample.place.case)
        assert facts.get("answer") == (sample.answered.text if sample.answered else None)
        assert facts.get("passed") == sample.passed
        assert (json.loads(request[0]) if request[0] else {}) == sample.request
        assert all(
            ("type" not in each and "why" in each) or each["passed"] for each in facts.get("checks", ())
        )
    assert json.loads(reader.texts["about"])["columns"][1] == {
        "label": "prompt with an example",
        "letter": "B",
    }


def test_a_request_keeps_its_numbers() -> None:
    """It is a text of the page, so that no number of it goes through JavaScript's."""
    request = {"seed": 2**63 - 1, "top_p": 0.1, "logit_bias": {"9": -100}, "text": "<b>\u202e\ud800"}
    written = eval_html_data.request(request)
    assert json.loads(written) == request
    assert "9223372036854775807" in written and "<b>" in written
    assert "\u202e" not in written and "\ud800" not in written
    assert eval_html_data.request({}) == "" == eval_html_data.request({"a": {(1, 2): "no JSON"}})


def test_a_filled_assertion_is_told_apart_from_that_of_the_file() -> None:
    """What it was held against stands with the verdict where a template was filled."""
    case = Case({"town": "Paris"}, (Assertion("equals", "{{town}}"), Assertion("is-json")))
    filled = Verdict(Assertion("equals", "Paris"), False, 0.0, "it is London")
    judged = combined(case, (filled, Verdict(case.assertions[1], None, None, "too deep")))
    facts = eval_html_data.of_sample(Sample(Place(0, 0), JUDGED, Answered("London"), judged), case, CLEAN)
    assert facts["checks"] == [
        {"type": "equals", "value": "Paris", "passed": False, "score": 0.0, "why": "it is London"},
        {"why": "too deep"},
    ]
    assert facts["expected"] == "Paris" and eval_html_data.of_case(case, CLEAN)["expected"] == "{{town}}"


def test_what_is_no_number_is_left_out() -> None:
    """A page has no NaN: JavaScript would not read it, and nobody knows what it means."""
    answered = Answered("x", seconds=float("nan"), cost=float("inf"))
    judged = Judged(True, float("nan"), "", (Verdict(Assertion("cost", threshold=float("inf")), True, 1.0),))
    facts = eval_html_data.of_sample(Sample(Place(0, 0), JUDGED, answered, judged), Case(), CLEAN)
    assert facts.keys() == {"column", "case", "state", "answer", "passed", "checks"}
    assert "threshold" not in facts["checks"][0]


def said_everywhere(text: str, secrets: Sequence[str] = ()) -> Reader:
    """The page of a cell that has the text wherever one may stand."""
    assertion = Assertion("equals", text, metric=text, config={text: text})
    case = Case({text: text}, (assertion,), text, group=text, place=text)
    answered = Answered(text, finish_reason=text, refusal=text)
    judged = combined(case, (Verdict(assertion, False, 0.0, text),))
    notes = (NotUnderstood(text, text),)
    suite = Suite(text, (Column(text, ()),), (case,), not_understood=notes)
    sample = Sample(Place(0, 0), JUDGED, answered, judged, text, text, {text: text}, text)
    asked = {"type": text, "model": text, "messages": [{"role": "user", "content": text}], "answer": text}
    sample = replace(sample, judges=(asked,))
    run = EvalRun(1, text, suite, text, profile=text)
    pieces = eval_html.pieces(run, [sample], figures.of(run, [sample]), secrets)
    return Reader("".join(pieces))


@pytest.mark.parametrize("hostile", evaluated.HOSTILE)
def test_hostile_text_stays_text(hostile: str) -> None:
    """Wherever it stands, it makes no tag and no attribute, and what would steer is to be seen."""
    found, plain = said_everywhere(hostile), said_everywhere("plain")
    assert (found.tags, found.given) == (plain.tags, plain.given)
    (case,), (facts, _) = found.lines("cases"), found.lines("samples")
    assert facts["answer"] == facts["refusal"] == facts["checks"][0]["why"] == shown(hostile)
    assert case["about"] == shown(hostile) == found.texts["h1"]


@given(_TEXT, _TEXT, st.dictionaries(_TEXT, _TEXT | st.integers() | st.floats() | st.none(), max_size=3))
def test_every_text_comes_back(answer: str, why: str, variables: dict[str, Any]) -> None:
    """A line of the page reads as what it was written of, whatever is in it, and is whole UTF-8."""
    case = Case(variables, (Assertion("equals", answer),))
    judged = combined(case, (Verdict(case.assertions[0], True, 1.0, why),))
    judges = ({"type": why, "messages": [{"content": why}], "answer": answer, "model": None, "cost": 0.1},)
    sample = Sample(Place(0, 0), JUDGED, Answered(answer), judged, request={"said": answer}, judges=judges)
    facts, about = eval_html_data.of_sample(sample, case, CLEAN), eval_html_data.of_case(case, CLEAN)
    for value in (facts, about, eval_html_data.beside(sample, CLEAN)):
        written = eval_html_data.line(value)
        assert not re.search("[<>&\n\u2028\u2029\ud800-\udfff]", written)
        written.encode()
        assert json.loads(written) == json.loads(json.dumps(value))
    assert facts.get("answer", "") == shown(answer)
    assert json.loads(json.loads(eval_html_data.line(eval_html_data.request(sample.request)))) == {
        "said": answer
    }


@pytest.mark.parametrize("about", ["before {} after", "{}", "{}" + " and more" * 9, "much more " * 9 + "{}"])
def test_no_secret_is_in_the_page(about: str) -> None:
    """A key in a name, a variable, an answer or a request is taken out, whatever its characters, and so is what
    a name that was cut has left of it."""
    key = 'k&<ey>-"01234567890123456789'
    found = said_everywhere(about.format(key), [key])
    for text in found.texts.values():
        assert "01234567" not in text and "ey>-" not in text
    assert len(found.lines("samples")) == 2


def test_samples_are_written_as_they_come() -> None:
    """None is kept: each is in the page before the next is asked for, and one without a place is left out."""
    run = evaluated.a_run(2, 30)
    samples = list(evaluated.samples(run))
    given = 0

    def come() -> Iterator[Sample]:
        nonlocal given
        for each in (*reversed(samples), Sample(Place(9, 0)), Sample(Place(0, 99)), Sample(Place(-1, 0))):
            given += 1
            yield each

    written = 0
    for piece in eval_html.pieces(run, come(), figures.of(run, samples)):
        if piece.startswith('{"column"'):
            written += 1
            assert given == written
    assert written == len(samples) and given == written + 3


def test_a_run_of_nothing_has_a_page() -> None:
    """No column, no case, no answer: the page says so, and has no plots."""
    empty = EvalRun(0, "", Suite("", (), ()))
    found = page(empty, [])
    assert "An evaluation" in found and "<svg" not in found and "under way" in found


@pytest.mark.parametrize(
    ("place", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_have_letters(place: int, name: str) -> None:
    """They are named as those of a spreadsheet."""
    assert eval_html.letter(place) == name


PAIRS = [
    ("", ""),
    ("same words", "same words"),
    ("", "all new"),
    ("all gone", ""),
    ("Pick up tickets by 8 pm on Friday", "Collect tickets by 9 pm on Friday, please"),
    ("a b c d e f", "a x c y e z"),
    ("one two three four", "four three two one"),
    ("naïve façade — 東京 🚲", "naive façade: 東京 🚲🚲"),
    ("line one\n\n  line two", "line one\nline two\tand"),
]


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
def test_the_pages_word_diff_is_a_diff() -> None:
    """What is left without the new is the one text, without what is gone the other; and as a terminal shows
    it, so does the page."""
    code = Path(eval_html.__file__).with_name("eval_html_diff.js").read_text(encoding="utf-8")
    code += f";console.log(JSON.stringify({json.dumps(PAIRS)}.map(([a, b]) => wordDiff(a, b))))"
    done = subprocess.run(["node", "-e", code], capture_output=True, check=True, timeout=60, encoding="utf-8")
    for (before, after), pieces in zip(PAIRS, json.loads(done.stdout), strict=True):
        assert "".join(text for text, kind in pieces if kind != 2) == before
        assert "".join(text for text, kind in pieces if kind != 1) == after
        assert ({kind for _, kind in pieces} <= {0}) == (before == after)
        if before.startswith("Pick up"):
            kinds = (diff.SAME, diff.GONE, diff.NEW)
            assert [(text, kinds[kind]) for text, kind in pieces] == diff.words(before, after)
