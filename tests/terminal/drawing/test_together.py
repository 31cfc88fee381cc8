"""Several answers side by side: what is painted while they come, and what stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import RequestFailed
from chat.base.manner import Manner
from chat.conversation.events import (
    CALL,
    REASONING,
    REFUSAL,
    Event,
    Finished,
    Interrupted,
    Notice,
    Piece,
    Waiting,
)
from chat.conversation.folding import Fold
from chat.conversation.turn import Answer, Usage
from terminal.drawing.drawn import Drawn, cut, fitted
from terminal.drawing.growing import width_of
from terminal.drawing.raw import Raw
from terminal.drawing.together import Together
from terminal.drawing.widths import meant

from ...support.screen import Clock, Window

LABELS = ["temperature=0", "temperature=1.5", "haiku", "model=b"]


class Stage:
    """A comparison in a window, fed by hand."""

    def __init__(self, columns: int = 100, lines: int = 30, labels: Any = LABELS[:2], **more: Any) -> None:
        environ = more.pop("environ", {})
        self.window = Window(columns, lines, **environ)
        self.clock = Clock()
        self.shown = Together(
            self.window, labels, Manner(plain=True), clock=self.clock, threaded=False, **more
        )
        self.folds = [Fold(self.clock) for _ in labels]

    def feed(self, cell: int, event: Event) -> Stage:
        self.clock.now += 0.1
        self.folds[cell].feed(event)
        self.shown.feed(cell, event)
        return self

    def text(self, cell: int, *texts: str) -> Stage:
        for text in texts:
            self.feed(cell, Piece(0, text))
        return self

    def done(self, cell: int, **facts: Any) -> Stage:
        from dataclasses import replace

        turn = replace(self.folds[cell].answer(), **{"usage": Usage(9, 2), "cost": 0.0, **facts})
        self.shown.done(cell, turn)
        return self

    def close(self) -> str:
        self.shown.close()
        return self.window.text

    def columns(self, count: int = 2) -> list[list[str]]:
        """The rows, each cut at the rules between columns."""
        return [
            [cell.strip() for cell in row.split("│")]
            for row in self.window.rows
            if row.count("│") == count - 1
        ]


@pytest.mark.parametrize(
    ("columns", "count", "beside"),
    [
        (60, 2, False),
        (80, 2, True),
        (100, 2, True),
        (100, 3, True),
        (100, 4, False),
        (160, 4, True),
        (20, 1, True),
    ],
)
def test_side_by_side_where_each_has_room(columns: int, count: int, beside: bool) -> None:
    """An answer wants thirty columns beside others; with less they stand one under another."""
    assert bool(width_of(columns, count)) == beside


def test_they_grow_beside_each_other_under_their_labels() -> None:
    """In 100 columns: number and label above, the text below, what has come so far at the foot."""
    stage = Stage().text(0, "left ", "side").text(1, "right")
    rows = stage.columns()
    assert rows[0] == ["[1] temperature=0", "[2] temperature=1.5"]
    assert rows[1] == ["left side", "right"]
    assert rows[-1] == ["2 chunks", "1 chunk"]


def test_they_grow_one_under_another_in_a_narrow_window() -> None:
    """In 60 columns each has a head with what has come so far, and its last lines."""
    stage = Stage(60).text(0, "upper").text(1, "lower")
    rows = stage.window.rows
    assert rows[0].startswith("[1] temperature=0 · 1 chunk")
    assert rows[1:4:2] == ["upper", "lower"]


@pytest.mark.parametrize("columns", [60, 100, 160])
def test_the_end_leaves_each_answer_once_with_its_facts(columns: int) -> None:
    """Whole texts, and under each tokens, time to the first, speed, finish reason and cost; nothing
    of what was painted is left."""
    stage = Stage(columns).text(0, "one ", "two").text(1, "three").feed(0, Finished(0, "stop"))
    text = stage.feed(1, Finished(0, "length")).done(0).done(1).close()
    for part in ("one two", "three", "[1] temperature=0", "cut off at the limit of tokens"):
        assert text.count(part) == 1, part
    assert text.count("9 in, 2 out") == 2 and "first token" in text and "$0" in text
    assert "stop" in text and "stops" not in text and "≈" not in text


def test_a_long_answer_scrolls_in_its_column_and_is_whole_at_the_end() -> None:
    """While it comes its last lines are seen, and the painting fits the window; at the end all of it
    stands there, beside the short one."""
    stage = Stage(80, 12)
    words = [f"word{number} " for number in range(200)]
    stage.text(1, "short").text(0, *words)
    assert len(stage.window.rows) <= 12
    assert "word199" in stage.window.text and "word0 " not in stage.window.text
    text = stage.done(0).done(1).close()
    assert [word for word in words if text.count(word.strip() + " ") < 1 and word != words[-1]] == []


WIDE = "字符 한글 👩‍👩‍👧 ❤️ 🇩🇪 é é abc "


@pytest.mark.parametrize("columns", [100, 160])
def test_wide_characters_keep_the_columns_in_line(columns: int) -> None:
    """Whatever stands left of it, the second column begins in the same place."""
    stage = Stage(columns).text(0, WIDE * 6).text(1, "plain " * 40).done(0).done(1)
    stage.close()
    stage.window.draw()
    screen = stage.window.screen
    at = [
        [x for x in range(columns) if screen.buffer[y][x].data == "│"]
        for y in range(screen.lines)
        if any(screen.buffer[y][x].data == "│" for x in range(columns))
    ]
    assert len(at) > 4 and len({tuple(each) for each in at}) == 1


TEXTS = st.text(st.sampled_from("ZQ \n字👩\t`|-*#"), min_size=1, max_size=25)


@given(
    st.lists(st.tuples(st.integers(0, 2), TEXTS), max_size=25),
    st.sampled_from([60, 100, 160]),
    st.integers(8, 30),
)
def test_nothing_of_the_painting_is_left(pieces: list[tuple[int, str]], columns: int, lines: int) -> None:
    """Whatever arrives in whatever window: each head stands there once, the painting fitted the window, and
    no letter is lost."""
    stage = Stage(columns, lines, labels=LABELS[:3])
    for cell, text in pieces:
        stage.text(cell, text)
        assert len(stage.window.screen.history.top) == 0
    for cell in range(3):
        stage.done(cell)
    text = stage.close()
    for number in (1, 2, 3):
        assert text.count(f"[{number}] ") == 1
    assert text.count("9 in, 2 out") == 3
    assert "stops" not in text
    assert text.count("Z") == sum(t.count("Z") for _, t in pieces)
    assert text.count("字") == sum(t.count("字") for _, t in pieces)


@given(st.text(st.sampled_from("ab字 \n\t\u0301👩❤\ufe0f\u200d"), max_size=120), st.integers(4, 40))
def test_drawn_lines_fit_their_column(text: str, width: int) -> None:
    """No line of a column is wider than it, also after the window has changed."""
    drawn = Drawn(lambda kind: Raw())
    for piece in (text[:50], text[50:]):
        drawn.feed("text", piece)
        assert all(meant(line) <= width for line in drawn.lines(width))
    assert all(meant(line) <= width + 7 for line in drawn.lines(width + 7))
    whole = drawn.lines(width, over=True)
    assert all(meant(line) <= width for line in whole)
    assert "".join("".join(whole).split()) == "".join(text.split())


@given(st.text(max_size=40), st.integers(0, 20))
def test_what_is_cut_fits(text: str, width: int) -> None:
    """A label is cut where there is no room for it, and says so."""
    short = cut(text, width)
    assert meant(short) <= max(width, 0)
    assert short == text or not short or short.endswith("…")


def test_fitted_keeps_the_colours_of_what_fits() -> None:
    """Only what is too wide is broken, and loses its colours."""
    assert fitted(["\x1b[1mshort\x1b[0m"], 10) == ["\x1b[1mshort\x1b[0m"]
    assert fitted(["\x1b[1mtoo long\x1b[0m", "\x1b[1mfits\x1b[0m"], 4) == [
        "too",
        "long",
        "\x1b[1mfits\x1b[0m",
    ]


@pytest.mark.parametrize("columns", [60, 100])
def test_hostile_text_is_shown_and_not_obeyed(columns: int) -> None:
    """Escapes in answers, labels, errors and finish reasons stay text."""
    evil = "\x1b[2J\x1b]0;x\x07\x9bx\u202e"
    stage = Stage(columns, labels=[evil, "b"]).text(0, evil, "one").feed(1, Notice(evil))
    stage.feed(0, Finished(0, evil)).done(0)
    stage.done(1, ended="failed", error=RequestFailed(evil, evil))
    text = stage.close()
    assert "␛[2J" in text and "one" in text
    written = stage.window.written
    assert "\x1b[2J" not in written and "\x07" not in written and "\x9b" not in written
    assert "\u202e" not in written


def test_markdown_is_drawn_in_its_column() -> None:
    """A table and code keep within their column; marks of Markdown are gone."""
    window = Window(100, 40)
    shown = Together(window, LABELS[:2], clock=Clock(), threaded=False)
    shown.feed(
        0, Piece(0, "**bold** words\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\n" + "x" * 80 + "\n```\n")
    )
    shown.feed(1, Piece(0, "# Head"))
    for cell in (0, 1):
        shown.done(cell, Answer(usage=Usage(1, 1)))
    shown.close()
    rows = [row for row in window.rows if row.count("│") == 1]
    assert "bold words" in window.text and "**" not in window.text
    assert {row.index("│") for row in rows} == {49}
    assert window.text.count("x") == 80


def test_what_is_not_text_is_shown_too() -> None:
    """Reasoning, a refusal and calls of tools stand in the column like text."""
    stage = Stage().feed(0, Piece(0, "think", REASONING)).text(0, "answer").feed(1, Piece(0, "no", REFUSAL))
    stage.feed(1, Piece(0, "{}", CALL, 0, "", "look"))
    text = stage.done(0).done(1).close()
    for part in ("think", "answer", "[refuses] no", "[calls look] {}"):
        assert part in text


def test_choices_of_one_column_stand_under_their_numbers() -> None:
    """A column that asked for n=2 shows both."""
    stage = Stage().feed(0, Piece(1, "second")).feed(0, Piece(0, "first")).text(1, "other")
    rows = [row[0] for row in stage.columns()]
    assert rows[1:6] == ["choice 1", "first", "", "choice 2", "second"]


def test_a_failed_column_says_why_and_the_others_stay() -> None:
    """The sentence and the way out stand in its column."""
    stage = Stage().text(0, "fine").done(0)
    stage.done(1, ended="failed", usage=None, error=RequestFailed("the key is wrong", "set it again"))
    stage.close()
    assert ["fine", ""] in stage.columns()
    right = " ".join(row[1] for row in stage.columns())
    assert "the key is wrong" in right and "set it again" in right


def test_waiting_is_said_in_its_column() -> None:
    """A rate limit is a countdown at the foot of that column, until text comes."""
    stage = Stage().feed(1, Waiting(3.0, "slow down"))
    assert "trying again in 3 s" in stage.columns()[-1][1]
    stage.text(1, "now")
    assert "trying" not in stage.window.text


def test_blind_columns_tell_nothing_but_how_they_ended() -> None:
    """No tokens, no times, no cost, no error: neither while it streams nor after it."""
    stage = Stage(labels=["A", "B"], blind=True).text(0, "one ", "two").text(1, "three")
    stage.feed(0, Finished(0, "stop"))
    assert "token" not in stage.window.text
    stage.done(0).done(1, ended="failed", error=RequestFailed("no model secret"))
    text = stage.close()
    assert stage.columns()[-1] == ["stop", "failed"]
    for part in ("token", "tok/s", "$", "secret", " in,"):
        assert part not in text


def test_a_window_that_becomes_narrower_draws_them_again() -> None:
    """From side by side to one under another, in the middle of an answer."""
    stage = Stage(100).text(0, "left " * 10).text(1, "right " * 10)
    stage.window.resize(60, 30)
    stage.text(0, "end")
    text = stage.done(0).done(1).close()
    assert text.count("[1] temperature=0") >= 1
    assert " │ " not in text.rpartition("[1]")[2]
    assert "end" in text


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colour_nothing_is_painted(environ: dict[str, str]) -> None:
    """The whole answers are written at the end, without a single escape."""
    stage = Stage(environ=environ).text(0, "one").text(1, "two")
    assert stage.window.written == ""
    text = stage.done(0).done(1).close()
    assert "\x1b" not in stage.window.written
    assert "[1] temperature=0 has ended" in text
    assert ["one", "two"] in stage.columns()


def test_nothing_came_and_nothing_is_left() -> None:
    """Ctrl-C before anything was asked leaves no empty columns."""
    assert Stage().close() == ""


# ---- keys


def pressing(stage: Stage) -> Callable[[int], None]:
    return stage.shown._pressed


def test_a_number_key_stops_that_column_once() -> None:
    """The column says that it is stopping; a second press, a column that has ended and one that is not
    there do nothing."""
    stopped: list[int] = []
    stage = Stage(stop=stopped.append).text(0, "a").text(1, "b").done(0)
    for key in (2, 2, 1, 5):
        stage.clock.now += 0.1
        pressing(stage)(key)
    assert stopped == [1]
    assert "stopping…" in stage.window.text
    stage.feed(1, Interrupted()).done(1, ended="interrupted")
    assert "what arrived is kept" in stage.close()
