"""What a sweep has shown: rows, statistics, charts; and the same as CSV and in a page."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadInput
from chat.conversation.events import TokenLogprob
from chat.conversation.experiment import SWEEP, Experiment, gathered, ranges
from chat.conversation.tree import Conversation
from chat.conversation.turn import FAILED, Choice, Usage
from chat.lab import grid as grids
from chat.lab.chart import Chart
from chat.lab.results import charts, repeats, results
from chat.statistics.agreement import Spread
from chat.statistics.likeness import WORDS
from chat.store import archive
from chat.transfer import svg, to_html, to_rows

from ...support.turns import a_turn, made, texts


def swept(grid: str, *answers: str | None, **facts: Any) -> tuple[Experiment, Conversation]:
    """A sweep whose cells have these answers; None is a cell that failed."""
    conversation = Conversation()
    asked = conversation.head.add("user", "Why?")
    experiment = Experiment(SWEEP, asked, tuple(grids.read(grid).cells()), grid)
    conversation.experiments[experiment.id] = experiment
    for cell, answer in enumerate(answers):
        if answer is None:
            turn = a_turn(asked=asked, ended=FAILED, experiment=experiment.id, cell=cell)
        else:
            turn = made(asked, answer, experiment=experiment.id, cell=cell, **facts)
        conversation.add(turn, move=False)
    return experiment, conversation


def test_a_row_a_combination() -> None:
    """Repeats of one combination are one row: how many answers, how many of them differ, what they cost."""
    experiment, conversation = swept("temperature 0,1 x3", "a b", "a b", "a b", "a b", "c d", "a d")
    first, second = results(experiment, conversation.turns).rows
    assert (first.values, first.cells, first.places) == (("0",), (0, 1, 2), (0, 1, 2))
    assert (first.asked, first.distinct, first.similarity, first.cost) == (3, 1, 1.0, 0.75)
    assert (second.values, second.asked, second.distinct) == (("1",), 3, 3)
    assert second.similarity == pytest.approx((1 + 0 + 0.5) / 3)
    assert first.spread == Spread(1.0, 1.0)
    assert second.spread == Spread(pytest.approx(1 / 3), pytest.approx((0 + 0.5 + 0.5) / 3))
    assert (second.tokens, second.text, second.missing) == (2, "a b", 0)


def test_what_is_missing_is_counted() -> None:
    """A cell that failed or was not asked is no answer, and nothing is made up for it."""
    experiment, conversation = swept("temperature 0,1,2 x2", "a", None, "b", "b")
    found = results(experiment, conversation.turns)
    assert [row.missing for row in found.rows] == [1, 0, 2]
    assert found.missing == 3
    nothing = found.rows[2]
    assert (nothing.asked, nothing.tokens, nothing.similarity, nothing.cost) == (0, None, None, None)


def test_log_probabilities_and_cuts() -> None:
    """The mean log probability is that of the answers' tokens, where they came; what hit the limit is counted."""
    experiment, conversation = swept("temperature 0")
    tokens = (TokenLogprob("a", -1.0), TokenLogprob("b", -3.0))
    choices = (Choice(0, "ab", logprobs=tokens, finish_reason="length"),)
    turn = a_turn(
        asked=experiment.asked, choices=choices, experiment=experiment.id, cost=None, usage=Usage(1, 2)
    )
    conversation.add(turn, move=False)
    (row,) = results(experiment, conversation.turns).rows
    assert (row.logprob, row.cut_off, row.cost) == (-2.0, 1, None)


def test_each_of_several_choices_is_an_answer() -> None:
    """With n above 1 a cell has several answers, and its tokens are shared among them."""
    experiment, conversation = swept("temperature 0")
    conversation.add(
        made(experiment.asked, "a", "b", experiment=experiment.id, usage=Usage(1, 10)), move=False
    )
    (row,) = results(experiment, conversation.turns).rows
    assert (row.asked, row.distinct, row.tokens) == (2, 2, 5)


def test_texts_that_begin_alike_are_told_apart() -> None:
    """Two long system messages are two rows with two names."""
    same = "You are a very helpful assistant that"
    experiment, conversation = swept(f'system "{same} a","{same} b"', "x", "y")
    names = [row.values[0] for row in results(experiment, conversation.turns).rows]
    assert len(set(names)) == 2
    assert names[1].endswith("(2)")


def test_similarity_is_bounded() -> None:
    """Long answers are compared by their beginnings, in reasonable time."""
    long = " ".join(f"w{place}" for place in range(WORDS))
    experiment, conversation = swept("temperature 0,1", long + " x" * 50_000, long + " y" * 50_000)
    assert [row.similarity for row in results(experiment, conversation.turns).rows] == [1.0, 1.0]


@given(st.lists(st.none() | texts, min_size=8, max_size=8))
def test_statistics_stay_within_their_bounds(answers: list[str | None]) -> None:
    """Whatever was answered: shares lie between 0 and 1, and no more answers differ than there are."""
    experiment, conversation = swept("temperature 0,1 seed=1,2 x2", *answers)
    found = results(experiment, conversation.turns)
    assert sum(row.missing for row in found.rows) == answers.count(None)
    for row in found.rows:
        assert 0 <= row.distinct <= row.asked
        assert row.similarity is None or 0.0 <= row.similarity <= 1.0
    for chart in charts(found):
        low, high = chart.bounds
        assert all(low <= value <= high for value in chart.values())


def test_charts_of_one_and_of_two_parameters() -> None:
    """The first parameter lies across; each value of the second is a series."""
    experiment, conversation = swept("temperature 0,1 seed=1,2", "a b", "a c", "d e", "a b")
    (chart,) = charts(results(experiment, conversation.turns))
    assert (chart.across, chart.labels) == ("temperature", ("0", "1"))
    assert chart.series == (("seed=1", (1.0, 0.0)), ("seed=2", (0.5, 1.0)))


def test_what_does_not_vary_is_not_drawn() -> None:
    """A chart of nothing but the same value says nothing."""
    experiment, conversation = swept("temperature 0,1", "a", "a")
    assert charts(results(experiment, conversation.turns)) == []


@pytest.mark.parametrize(
    ("values", "bounds"),
    [((0.2, 0.9), (0, 1)), ((3.0, 61.0), (0, 80)), ((-0.1, -0.93), (-1, 0)), ((0.0, 0.0), (0, 1))],
)
def test_the_axis_holds_all(values: tuple[float, ...], bounds: tuple[float, float]) -> None:
    """0 is on it, 1 where the values are shares, and a round number beyond the largest."""
    assert Chart("m", "p", ("a", "b"), (("", values),)).bounds == pytest.approx(bounds)


def test_ranges() -> None:
    """Numbers that follow each other are written as one range."""
    assert ranges([]) == ""
    assert ranges([0, 1, 2, 6, 8, 9]) == "1–3, 7, 9–10"


def test_only_what_is_long_is_gathered() -> None:
    """A sweep of a few answers is shown turn by turn; a longer one may be one line."""
    _, short = swept("seed 1..3", "a", "b", "c")
    experiment, long = swept("seed 1..5", "a", "b", "c", "d", "e")
    assert not gathered(short.experiments, short.turns)
    assert gathered(long.experiments, long.turns) == {experiment.id: [0, 1, 2, 3, 4]}


# ---- CSV


def rows_of(conversation: Conversation) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_rows.rows(conversation), newline="")))


def test_a_row_an_answer() -> None:
    """Cell, each parameter, which repeat, the turn, the answer and what it took; cells without an answer too."""
    experiment, conversation = swept("temperature 0,1 x2", "a", "b\n", None)
    assert repeats(experiment) == [1, 2, 1, 2]
    first, second, third, fourth = rows_of(conversation)
    assert (first["cell"], first["temperature"], first["repeat"], first["turn"]) == ("1", "0", "1", "1")
    assert (first["answer"], first["prompt_tokens"], first["completion_tokens"]) == ("a", "3", "2")
    assert (first["finish_reason"], first["cost_usd"], first["ended"]) == ("stop", "0.25", "complete")
    assert (second["answer"], second["repeat"]) == ("b\n", "2")
    assert (third["ended"], third["temperature"], third["answer"]) == ("failed", "1", "")
    assert (fourth["ended"], fourth["turn"]) == ("not asked", "")


def test_a_row_tells_whether_its_answer_fits() -> None:
    """Where a form was asked for: yes, or no and why not."""
    schema = {"type": "object", "required": ["a"]}
    body = {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": schema}}}
    experiment, conversation = swept("temperature 0,1 x2")
    for cell, text in enumerate(('{"a": 1}', "{}", "Well.")):
        turn = made(experiment.asked, text, experiment=experiment.id, cell=cell, body=body)
        conversation.add(turn, move=False)
    found = [(row["fits"], row["fault"]) for row in rows_of(conversation)]
    missing = "does not fit: the whole: 'a' is a required property"
    assert found == [("yes", ""), ("no", missing), ("no", "no JSON"), ("", "")]


@pytest.mark.parametrize("text", ["=1+1", "+1+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\t=1", "\r=1"])
def test_no_answer_is_a_formula(text: str) -> None:
    """What a spreadsheet would run is a text there; a list's dash stays as it is."""
    _, conversation = swept("temperature 0,1", text, "- an item")
    first, second = rows_of(conversation)
    assert first["answer"] == f"'{text}"
    assert second["answer"] == "- an item"


@given(st.lists(texts, min_size=2, max_size=2))
def test_every_text_comes_back(answers: list[str]) -> None:
    """Commas, quotes and lines are the text's, not the table's."""
    _, conversation = swept("temperature 0,1", *answers)
    for row, answer in zip(rows_of(conversation), answers, strict=True):
        found = row["answer"] if row["answer"] == answer.replace("\0", "␀") else row["answer"][1:]
        assert found == answer.replace("\0", "␀")


def test_there_has_to_be_a_sweep() -> None:
    """Without one there are no rows, and the sentence says how to make one."""
    with pytest.raises(BadInput, match="there is no sweep"):
        to_rows.rows(Conversation())


# ---- the page


def test_a_page_has_table_and_chart() -> None:
    """Each experiment is a section of the page: its rows, and its chart as a picture in it, with no script."""
    _, conversation = swept("temperature 0,1 seed=1,2", "a b", "a c", "d e", "a b")
    page = to_html.page(conversation)
    assert "<h2>sweep temperature 0,1 seed=1,2</h2>" in page
    (picture,) = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    drawing = ElementTree.fromstring(picture)
    assert len(drawing.findall("polyline")) == 2
    said = [text.text for text in drawing.findall("text")]
    assert {"similarity to the first answer", "temperature", "seed=1", "seed=2", "0", "1"} <= set(said)
    assert "<script" not in page
    assert "http://" not in picture and "https://" not in picture


def test_what_was_said_stays_text_in_the_page() -> None:
    """HTML in a value, a name or an answer is shown, not obeyed, in table and picture."""
    evil = "<script>alert(1)</script>"
    _, conversation = swept(f'system "{evil}",b', f"{evil} x", f"{evil} y")
    page = to_html.page(conversation)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    for picture in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(picture)


def test_columns_of_one_series_are_as_high_as_their_values() -> None:
    """A column twice as high stands for a value twice as large."""
    picture = ElementTree.fromstring(svg.svg(Chart("m", "p", ("a", "b", "c"), (("", (0.5, 1.0, None)),))))
    heights = [float(each.get("height", "0")) for each in picture.findall("rect")]
    assert heights[1] == pytest.approx(2 * heights[0])
    assert len(heights) == 2


def test_no_key_leaves_as_csv() -> None:
    """A key of this run is in no row, whoever said it."""
    _, conversation = swept("temperature 0,1", "it is secret-123456", "b")
    written = to_rows.rows(archive.without(conversation, ["secret-123456"]))
    assert "123456" not in written
    assert "[key]" in written
