"""/plot: what it draws, by default and by name, and what it says where there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chat.conversation.experiment import COMPARE, SWEEP, Cell, Experiment
from chat.lab import grid as grids
from chat.lab.chart import Chart, Heatmap, Scatter
from chat.session.state import Session
from commands import line, registry

from ...support.recorder import RecordingScreen
from ...support.turns import made

Run = Callable[[str], None]


def ask(session: Session, kind: str, cells: tuple[Cell, ...], blind: bool = False) -> None:
    """An experiment of this conversation, whose answers are two by two the same."""
    asked = session.conversation.head.add("user", "Why?")
    experiment = Experiment(kind, asked, cells, "", blind=blind)
    session.conversation.experiments[experiment.id] = experiment
    for cell in range(len(cells)):
        turn = made(asked, f"answer {cell // 2}", experiment=experiment.id, cell=cell, duration=cell + 1.0)
        session.conversation.add(turn, move=False)


def test_the_newest_is_drawn(session: Session, screen: RecordingScreen, run: Run) -> None:
    """Of a sweep over two parameters the heatmaps that vary; of a comparison after it its columns."""
    ask(session, SWEEP, tuple(grids.read("temperature 0,1 top_p=0.5,1").cells()))
    run("/plot")
    assert all(isinstance(each, Heatmap) and each.varies for each in screen.plotted[-1])
    ask(session, COMPARE, (Cell("a"), Cell("b")))
    run("/plot")
    assert all(isinstance(each, Chart) for each in screen.plotted[-1])
    run("/plot sweep scatter")
    assert [type(each) for each in screen.plotted[-1]] == [Scatter]


def test_it_is_written_as_svg(
    session: Session,
    screen: RecordingScreen,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Into the file that is named, over another one only after asking."""
    ask(session, SWEEP, tuple(grids.read("temperature 0,1").cells()))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a plot.svg"
    run(f'/plot seconds --svg "{path}"')
    assert path.read_text().startswith("<svg xmlns=")
    assert not screen.plotted
    path.write_text("mine")
    run("/plot --svg")
    assert (tmp_path / "sweep.svg").exists()
    run(f"/plot --svg {path}")
    assert path.read_text() == "mine" and "write over it?" in screen.questions[-1]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/plot", "nothing of usage to plot yet"),
        ("/plot sweep", "nothing of sweep to plot yet (/sweep"),
        ("/plot compare tokens", "nothing of compare to plot yet (/compare"),
    ],
)
def test_where_there_is_nothing_it_says_what_makes_something(
    screen: RecordingScreen, run: Run, typed: str, said: str
) -> None:
    """Each with the command that makes it."""
    run(typed)
    assert said in screen.failed[-1]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/plot tokns", "did you mean tokens?"),
        ("/plot logprob", "nothing is known of logprob in this sweep"),
        ("/plot tokens cost", "does not know what to do with cost"),
    ],
)
def test_a_slip_is_told(session: Session, screen: RecordingScreen, run: Run, typed: str, said: str) -> None:
    """A measure that is none, or that nothing is known of, and what is there instead."""
    ask(session, SWEEP, tuple(grids.read("temperature 0,1").cells()))
    run(typed)
    assert said in screen.failed[-1], screen.failed


def test_a_blind_comparison_stays_blind(session: Session, screen: RecordingScreen, run: Run) -> None:
    """Nothing that could betray which is which is drawn before a pick."""
    ask(session, COMPARE, (Cell("a"), Cell("b")), blind=True)
    run("/plot")
    assert "nothing" in screen.failed[-1] and not screen.plotted


def test_what_is_offered_is_drawn(session: Session, screen: RecordingScreen, run: Run) -> None:
    """Every suggestion but a file's name, put into the line and run, draws something."""
    ask(session, SWEEP, tuple(grids.read("temperature 0,1 top_p=0.5,1").cells()))
    known = registry()
    tried = 0
    for prefix in ("/plot ", "/plot sweep ", "/plot usage ", "/plot se"):
        for at, each in line.complete(prefix, known, session):
            if each.text != "--svg":
                run(prefix[:at] + each.text)
                tried += 1
    assert tried > 15
    assert len(screen.plotted) == tried and not screen.failed
