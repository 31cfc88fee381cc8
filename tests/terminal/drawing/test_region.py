"""The end of the screen, painted over: what stands there, and where the cursor is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.drawing.region import Region, Ticker

from ...support.screen import Clock, Window

LINES = st.lists(st.sampled_from(["", "a", "bb", "a b", "ab", "x" * 20, "y" * 12]), max_size=6)


@st.composite
def paintings(draw: st.DrawFn) -> list[tuple[list[str], list[str]]]:
    """(finished, live) a painting; some of what was live becomes finished, or only grows."""
    steps: list[tuple[list[str], list[str]]] = []
    live: list[str] = []
    for _ in range(draw(st.integers(1, 8))):
        finished = live[: draw(st.integers(0, len(live)))] if draw(st.booleans()) else draw(LINES)
        grows = draw(st.booleans()) and live and not finished
        live = [*live[:-1], (live[-1] + "q")[:20]] if grows else draw(LINES)
        steps.append((finished, live))
    return steps


@given(paintings(), st.integers(7, 12))
def test_the_screen_holds_what_is_finished_and_what_is_live(
    steps: list[tuple[list[str], list[str]]], lines: int
) -> None:
    """After each painting: every finished line once, in order, then the live ones; nothing else."""
    window = Window(20, lines)
    region = Region(window)
    done: list[str] = []
    for finished, live in steps:
        region.paint(finished, live)
        done += finished
        expected = [*done, *(live or [""])]
        row = len(expected) - 1
        while expected and not expected[-1]:
            expected.pop()
        assert window.rows == expected
        assert len(window.screen.history.top) + window.screen.cursor.y == row


def test_what_has_not_changed_is_not_written() -> None:
    """The same picture again writes nothing at all."""
    window = Window()
    region = Region(window)
    region.paint(["done"], ["one", "two"])
    before = len(window.written)
    region.paint((), ["one", "two"])
    assert len(window.written) == before


@pytest.mark.parametrize("known", [None, False, True])
def test_a_picture_is_shown_at_once_where_the_terminal_can(known: bool | None) -> None:
    """Each painting is one update of mode 2026, if the terminal has said that it knows it; else none is."""
    window = Window()
    window.replies.together = known
    region = Region(window)
    region.paint(["done"], ["one"])
    region.paint((), ["two"])
    assert window.written.count("\x1b[?2026h") == window.written.count("\x1b[?2026l") == (2 if known else 0)
    assert window.written.startswith("\x1b[?2026h") is bool(known)


def test_a_line_that_grows_is_not_written_again() -> None:
    """What stands there stays there: only what is new is written, so nothing flickers."""
    window = Window()
    region = Region(window)
    region.paint((), ["one", "two"])
    before = len(window.written)
    region.paint((), ["one", "two three"])
    new = window.written[before:]
    assert "two" not in new and "three" in new
    assert "\x1b[K" not in new and "\r" not in new


@pytest.mark.parametrize(
    ("before", "after"),
    [("👩", "\u200d👧"), ("👩\u200d", "👧"), ("👍", "🏽"), ("🇩", "🇪"), ("e", "\u0301"), ("❤", "\ufe0f")],
)
def test_a_sign_that_comes_in_pieces_is_written_whole(before: str, after: str) -> None:
    """A terminal does not join to the sign before it what comes after a sequence of its own."""
    window = Window()
    region = Region(window)
    region.paint((), ["a " + before])
    region.paint((), ["a " + before + after])
    assert "a " + before + after in window.written


def test_nothing_new_writes_nothing() -> None:
    """A painting that changes nothing costs the terminal nothing."""
    window = Window()
    region = Region(window)
    region.paint((), ["one", "two"])
    before = window.written
    region.paint((), ["one", "two"])
    assert window.written == before


@pytest.mark.parametrize("wide", ["👨" * 12, "日" * 15])
def test_a_line_wider_than_thought_takes_one_row_while_it_lives(wide: str) -> None:
    """Painting stays sound, and the whole line is there when it is finished."""
    window = Window(20, 10)
    region = Region(window)
    region.paint((), ["above", wide, "below"])
    region.paint((), ["above", wide, "below!"])
    assert window.rows[0] == "above"
    assert window.rows[2] == "below!"
    region.paint(["above", wide], ["below!"])
    assert "".join(window.rows).count(wide[0]) >= wide.count(wide[0])
    assert window.rows[-1] == "below!"


def test_a_finished_line_wider_than_the_window_is_not_mixed_with_what_stood_below() -> None:
    """The terminal breaks it, and nothing of the rows that it then takes shines through."""
    window = Window(20, 10)
    region = Region(window)
    region.paint((), ["above", "x" * 26, "a line below", "another"])
    region.paint(["above", "x" * 26, "a line below"], ["another"])
    assert window.rows == ["above", "x" * 20, "x" * 6, "a line below", "another"]


def test_a_window_that_becomes_narrower_loses_no_finished_line() -> None:
    """Lines that are finished are never erased, whatever the terminal does with long ones."""
    window = Window(40, 12)
    region = Region(window)
    region.paint(["done 1", "done 2"], ["x" * 35, "y"])
    window.resize(20, 12)
    region.paint(["done 3"], ["z"])
    assert window.rows[:2] == ["done 1", "done 2"]
    assert window.rows[-2:] == ["done 3", "z"]


def test_a_terminal_that_breaks_lines_anew_is_counted_with() -> None:
    """In tmux a line of 35 columns takes two rows of 20: both are painted over."""
    window = Window(40, 12, TMUX="x")
    region = Region(window)
    region.paint(["done"], ["x" * 35, "y"])
    window.resize(20, 12)
    before = len(window.written)
    region.paint((), ["z"])
    assert window.written[before:].count("\x1b[A") == 2


def test_a_window_that_becomes_lower_shows_all_that_is_live() -> None:
    """Also the rows that did not change, and that it has pushed out of reach."""
    window = Window(20, 10)
    region = Region(window)
    region.paint((), ["head", *(f"row {n}" for n in range(7)), "foot"])
    window.resize(20, 5)
    region.paint((), ["head", "row 5", "row 6", "foot"])
    region.paint((), ["head", "row 6", "row 7", "foot"])
    assert window.rows[-4:] == ["head", "row 6", "row 7", "foot"]


def test_a_background_is_not_made_of_blanks_where_lines_are_broken_anew() -> None:
    """They would be broken into lines of their own, and there would be as many rows to paint over."""
    grey = "\x1b[48;2;39;40;34m"
    code = f"{grey} \x1b[0m\x1b[1mcode\x1b[0m{grey}{' ' * 34}\x1b[0m{grey} \x1b[0m"
    plain, window = Window(40, 12), Window(40, 12, TMUX="x")
    for each in (plain, window):
        region = Region(each)
        region.paint([code], [code, "y"])
        each.draw()
    assert "  " in plain.written and "  " not in window.written
    assert all(window.screen.buffer[y][x] == plain.screen.buffer[y][x] for y in range(3) for x in range(40))
    assert window.screen.buffer[0][39].bg == "272822" and window.rows == plain.rows
    window.resize(20, 12)
    before = len(window.written)
    region.paint((), ["z"])
    assert window.written[before:].count("\x1b[A") == 1


def test_after_a_stop_nothing_above_is_touched() -> None:
    """What others wrote while the shell was stopped stays; the live lines are painted anew below."""
    window = Window()
    region = Region(window)
    region.paint(["done"], ["live"])
    window.stdout.write("\nfg\n")
    window.resumed += 1
    region.paint((), ["live again"])
    assert window.rows == ["done", "live", "fg", "live again"]


def test_a_terminal_that_is_gone_is_no_error() -> None:
    """After SIGHUP writing fails; the answer is still to be recorded."""
    window = Window()
    window.stdout.close()
    region = Region(window)
    gone = open("/dev/full", "w")  # noqa: SIM115
    region._stream = gone
    region.paint(["x"], ["y"])
    region.paint(["z"], [])
    with pytest.raises(OSError, match="No space"):  # Python 3.13 complains of one that is not closed
        gone.close()


# ---- how often


def test_a_piece_that_comes_late_is_painted_at_once() -> None:
    """The first is, and each that comes when the last painting is long ago."""
    painted: list[float] = []
    clock = Clock()
    ticker = Ticker(lambda: painted.append(clock.now), clock)
    for now in (0.0, 0.01, 0.02, 0.05, 0.2):
        clock.now = now
        ticker.changed()
    assert painted == [0.0, 0.05, 0.2]


def test_a_costly_painting_is_done_less_often() -> None:
    """Painting takes a fifth of the time at most."""
    clock = Clock()
    spent = 0.0

    def paint() -> None:
        nonlocal spent
        clock.now += 0.5
        spent += 0.5

    ticker = Ticker(paint, clock)
    while clock.now < 100:
        clock.now += 0.01
        ticker.changed()
    assert spent <= 0.21 * clock.now
