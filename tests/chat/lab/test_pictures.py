"""What is drawn of sweeps, comparisons and turns, and how it is written as SVG."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from chat.conversation.experiment import COMPARE, SWEEP, Cell, Experiment
from chat.conversation.tree import Conversation
from chat.conversation.turn import FAILED
from chat.lab import grid as grids
from chat.lab import pictures
from chat.lab.chart import Chart, Heatmap, Scatter
from chat.statistics import intervals
from chat.transfer import svg

from ...support.turns import made


def asked(kind: str, cells: tuple[Cell, ...], *answers: str) -> tuple[Experiment, Conversation]:
    """An experiment whose cells got these answers, each a second slower than the one before."""
    conversation = Conversation()
    message = conversation.head.add("user", "Why?")
    experiment = Experiment(kind, message, cells, "")
    for cell, answer in enumerate(answers):
        turn = made(message, answer, experiment=experiment.id, cell=cell, duration=float(cell + 1))
        conversation.add(turn, move=False)
    return experiment, conversation


def swept(grid: str, *answers: str) -> tuple[Experiment, Conversation]:
    return asked(SWEEP, tuple(grids.read(grid).cells()), *answers)


def test_one_parameter_makes_columns_with_intervals() -> None:
    """Agreement is the share of the most frequent answer, with Wilson's interval."""
    experiment, conversation = swept("temperature 0,1 x3", "a", "a", "a", "a", "b", "a")
    found = pictures.of_sweep(experiment, conversation.turns)
    agreement = found["agreement"]
    assert isinstance(agreement, Chart)
    assert agreement.labels == ("0", "1")
    assert agreement.series == (("", (1.0, pytest.approx(2 / 3))),)
    wilson = intervals.rate([True, False, True])
    assert wilson and agreement.ends[1] == (wilson.low, wilson.high)
    seconds = found["seconds"]
    assert isinstance(seconds, Chart)
    assert seconds.series[0][1] == (2.0, 5.0)
    assert seconds.ends[0] and seconds.ends[0][0] < 2.0 < seconds.ends[0][1]


def test_two_parameters_make_heatmaps() -> None:
    """The first goes across, the second down; what has one answer alone has no share."""
    experiment, conversation = swept("temperature 0,1 top_p=0.1,0.5,1", *"aaabbb")
    found = pictures.of_sweep(experiment, conversation.turns)
    assert "agreement" not in found
    seconds = found["seconds"]
    assert isinstance(seconds, Heatmap)
    assert (seconds.labels, seconds.names) == (("0", "1"), ("0.1", "0.5", "1"))
    assert seconds.values == ((1.0, 4.0), (2.0, 5.0), (3.0, 6.0))
    assert isinstance(found["cost"], Heatmap) and not found["cost"].varies


def test_a_comparison_has_a_column_for_what_was_asked_with() -> None:
    """And a point an answer, of its tokens and seconds."""
    experiment, conversation = asked(COMPARE, (Cell("hot"), Cell("cold")), "a", "b")
    found = pictures.of_comparison(experiment, conversation.turns)
    tokens = found["tokens"]
    assert isinstance(tokens, Chart) and tokens.labels == ("hot", "cold") and not tokens.ends
    points = found["scatter"]
    assert isinstance(points, Scatter) and points.points == ((2, 1.0, "turn 1"), (2, 2.0, "turn 2"))


def test_turns_that_failed_are_in_no_picture() -> None:
    """Usage has the numbers of the turns that were answered."""
    conversation = Conversation()
    for answer, ended in (("a", None), ("", FAILED), ("b", None)):
        facts = {"ended": ended} if ended else {}
        conversation.add(made(conversation.head.add("user", "?"), answer, duration=1.0, **facts))
    tokens = pictures.of_usage(conversation.turns)["tokens"]
    assert isinstance(tokens, Chart) and tokens.labels == ("1", "3")
    assert pictures.of_usage([]) == {}


def test_svg_is_one_sound_file_in_which_strangers_texts_are_text() -> None:
    """All kinds of pictures in one; each mark has a title, each cell its figure, each series its form."""
    label = "<script>&\x1b"
    drawn = [
        Chart(label, label, (label,), (("", (1.0,)),), ((0.5, 1.5),)),
        Chart("m", "p", ("0", "1"), tuple((f"s{each}", (1.0, None)) for each in range(9))),
        Heatmap(label, "p", (label,), "q", (label, "b"), ((0.25,), (None,))),
        Scatter(label, "x", "y", ((1.0, 2.0, label),)),
    ]
    page = svg.page_of(drawn)
    assert "<script" not in page and "\x1b" not in page and "var(" not in page
    root = ElementTree.fromstring(page)
    name = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{name}g")) == 4
    assert [each.text for each in root.iter(f"{name}text") if each.text in ("0.25", "?")] == ["0.25", "?"]
    assert len({each.get("stroke-dasharray") for each in root.iter(f"{name}polyline")}) == 7
    heights = [float(each.get("transform", "").split()[1].strip(")")) for each in root.findall(f"{name}g")]
    assert heights == sorted(set(heights)), "none lies over another"


@pytest.mark.parametrize(("share", "colour"), [(-1, "#440154"), (0.5, "#21918c"), (2, "#fde725")])
def test_viridis_begins_dark_and_ends_light(share: float, colour: str) -> None:
    """Its ends hold what is beyond them."""
    assert svg.viridis(share) == colour


def test_named_points_differ_in_form_and_are_told_below() -> None:
    """A few points, each one of a kind, have a form each, a line of the legend, and the interval that is known."""
    points = ((1.0, 0.5, "A cheap <one>"), (2.0, 0.75, "B dear"))
    plane = Scatter("passed by cost", "dollars", "passed", points, named=True, ends=((0.4, 0.6), None))
    drawn = svg.svg(plane)
    assert drawn.count("<circle") == 2 and drawn.count("<polygon") == 2  # on the plane, and in the legend
    assert ">A cheap &lt;one&gt;</text>" in drawn and ">B dear</text>" in drawn
    assert drawn.count('class="whisker"') == 3 and "interval at 95%: 0.4 to 0.6" in drawn
    assert plane.axes()[1] == (0.0, 1.0)
    plain = svg.svg(Scatter("passed by cost", "dollars", "passed", points))
    assert "</text>" in plain and "B dear</text>" not in plain and "whisker" not in plain
