"""The lesson about evaluations: what is said of figures comes from them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from chat.evaluation import figures, figures_json
from chat.lab import lesson_evaluate as lesson
from chat.lab import lessons
from chat.lab.lesson import Bench
from chat.transfer import evals

from ..evaluation.runs import places, run, sample


def test_its_files_are_evaluations(tmp_path: Path) -> None:
    """Two columns each, over the same cases, and every answer is checked."""
    for name, text in lesson.FILES.items():
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        suite = evals.read(path)
        assert (len(suite.columns), len(suite.cases)) == (2, lesson.CASES)
        assert not suite.not_understood
        assert all(each.assertions[0].name == "icontains" for each in suite.cases)


def bench(a: Sequence[int], b: Sequence[int]) -> Bench:
    """What a lesson knows after a run in which these passed, case by case."""
    of = run("AB", len(a))
    samples = [sample(place, bool((a, b)[place.column][place.case])) for place in places(of)]
    return Bench(figures=[figures_json.record(figures.of(of, samples))])


def test_few_cases_prove_nothing() -> None:
    """It is said what p would be at the least."""
    found = lesson.judged(lesson.few)(bench([1, 1, 1, 1], [1, 1, 0, 0]))
    assert found.shown
    assert found.text == (
        "A passes 100% (51 to 100) and B passes 50% (15 to 85); 2 of 4 cases differ, p = 0.5. If all 4 had, and"
        " the same way, p would be 0.125: what a coin does as often is no proof"
    )


@pytest.mark.parametrize(
    ("a", "b", "shown", "said"),
    [
        (
            "11111111111000",
            "11110000000000",
            True,
            "the intervals overlap, and side by side they settle nothing",
        ),
        ("11111111111000", "11110000000000", True, "of the 7 that differ 7 turn the same way: p = 0.016"),
        ("11111111111111", "00000000000000", False, "the intervals do not overlap"),
        ("11111111111000", "00000001111111", False, "which chance does, too"),
    ],
)
def test_pairing_sees_what_intervals_do_not(a: str, b: str, shown: bool, said: str) -> None:
    """The effect is there where intervals overlap and the cases tell all the same; else that is said."""
    found = lesson.judged(lesson.paired)(bench([int(each) for each in a], [int(each) for each in b]))
    assert found.shown is shown
    assert said in found.text


def test_no_difference_seen_is_not_none() -> None:
    """It is said what so many cases could have shown, and how many a smaller difference takes."""
    found = lesson.judged(lesson.alike)(bench([1] * 11 + [0] * 3, [1] * 10 + [0] * 4))
    assert found.shown
    assert "14 cases show a difference of 47 points in four runs of five" in found.text
    assert "takes about 224 cases" in found.text


@pytest.mark.parametrize("made", [Bench(), bench([], [])])
def test_without_a_run_nothing_is_said(made: Bench) -> None:
    """Whoever answers no sends nothing."""
    for judge in (lesson.few, lesson.paired, lesson.alike):
        found = lesson.judged(judge)(made)
        assert (found.shown, found.text) == (False, "no run was made, so nothing can be said")


def test_the_lines_name_the_file_whatever_its_folder_is() -> None:
    """A blank in it takes quotes; settings are made once."""
    lines = lesson.run("a.yaml", "--limit 4")
    assert lines(Bench(folder="/x y")) == (
        "/set temperature=0 max_tokens=20",
        '/eval "/x y/a.yaml" --limit 4',
    )
    assert lines(Bench("max_completion_tokens", steps=[[]], folder="/x")) == ("/eval /x/a.yaml --limit 4",)
    assert lessons.find("eval") is lessons.find("evaluate")
