"""An answer painted on a terminal: sound whatever comes, with a clock where it is slow."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.markdown import Markdown as RichMarkdown
from wcwidth import wcwidth

from chat.base.manner import Manner
from chat.base.markdown import parser
from chat.conversation.events import REASONING, REFUSAL, TEXT
from terminal.clean import Cleaner, clean
from terminal.drawing.painted import Painted
from terminal.drawing.render import code_colours, text_colours
from terminal.drawing.styles import worn

from ...support.screen import Clock, Window

CORPUS = {path.stem: path.read_text() for path in sorted((Path(__file__).parent / "corpus").glob("*.md"))}
ANSWER = CORPUS["answer"]


def painted(window: Window, **options: bool) -> tuple[Painted, Clock]:
    clock = Clock()
    return Painted(window, Manner(**options), clock=clock, threaded=False), clock


def feed(window: Window, pieces: list[str], **options: bool) -> str:
    """The screen after an answer that came in these pieces, each seen."""
    page, clock = painted(window, **options)
    cleaner = Cleaner()
    for piece in pieces:
        clock.now += 1.0 if len(pieces) < 3 else 0.1
        text = cleaner.feed(piece)
        if text:
            page.text(TEXT, text)
    last = cleaner.flush()
    if last:
        page.text(TEXT, last)
    page.end()
    return window.text


def cells(window: Window) -> list[tuple[str, str, str, bool]]:
    """Every cell down to the last row that holds something, with its look."""
    count = len(window.rows)
    rows = [*window.screen.history.top, *(window.screen.buffer[y] for y in range(window.screen.lines))][
        :count
    ]
    return [
        (cell.data, cell.fg if cell.data.strip() else "", cell.bg, cell.bold and cell.data.strip() != "")
        for row in rows
        for cell in (row[x] for x in range(window.columns))
    ]


@pytest.mark.parametrize(
    ("size", "columns", "lines"),
    [(2, 24, 5), (3, 60, 12), (17, 140, 50)],
)
@pytest.mark.parametrize("name", CORPUS)
def test_the_screen_is_the_same_however_the_answer_came(
    name: str, size: int, columns: int, lines: int
) -> None:
    """In any window, and with any pieces, scrollback and screen hold the same cells in the same look."""
    at_once, in_pieces = Window(columns, lines), Window(columns, lines)
    text = CORPUS[name]
    feed(at_once, [text])
    feed(in_pieces, [text[n : n + size] for n in range(0, len(text), size)])
    assert in_pieces.rows == at_once.rows
    assert cells(in_pieces) == cells(at_once)


@pytest.mark.parametrize("name", [name for name in CORPUS if name != "wide"])  # the emulator can't
@pytest.mark.parametrize(
    ("columns", "environ"), [(24, {}), (60, {"TMUX": "x"}), (100, {})], ids=["24", "60 in tmux", "100"]
)
def test_the_screen_holds_what_rich_prints(name: str, columns: int, environ: dict[str, str]) -> None:
    """Cell by cell and with its colours, an answer that came in pieces is what rich's own console prints
    of the whole text; HTML is text, and blank lines at the end are nobody's."""
    if name == "tables" and columns == 24:
        pytest.skip("rich cuts cells there")
    text = CORPUS[name].replace("&#x202e;", "-").replace("![", "[")  # rich's lines with images are too wide
    ours, theirs = Window(columns, 30, **environ), Window(columns, 30)
    feed(ours, [text[n : n + 7] for n in range(0, len(text), 7)])
    markdown = RichMarkdown("", hyperlinks=False)
    markdown.parsed = parser().parse(text)
    markdown.code_theme = code_colours(*worn())  # type: ignore[assignment]
    Console(
        file=theirs.stdout,
        width=columns,
        force_terminal=True,
        theme=text_colours(*worn()),
        _environ={"TERM": "xterm-256color"},
    ).print(markdown, crop=False)
    assert ours.rows == theirs.rows
    assert cells(ours) == cells(theirs)


HOSTILE = st.one_of(
    st.text(max_size=30),
    st.binary(max_size=30).map(lambda data: data.decode("latin-1")),
    st.binary(max_size=30).map(lambda data: data.decode("utf-8", "surrogateescape")),
    st.sampled_from(
        [
            "\x1b]52;c;eA==\x07",
            "\x1b]0;title\x07",
            "\x1b[2J\x1b[H",
            "\x9b2J",
            "\x9d0;t\x9c",
            "\u202eabc",
            "\0",
            "\r",
            "\x08",
            "\ud800",
        ]
        + ["```\n", "| a |\n|--|\n", "- ", "\n\n", "# ", "&#x1b;", "**"]
    ),
)


@given(st.lists(HOSTILE, max_size=12), st.booleans(), st.integers(4, 12))
def test_hostile_text_never_steers_the_terminal(pieces: list[str], plain: bool, lines: int) -> None:
    """Arbitrary bytes and text in arbitrary pieces: what is written holds our own sequences and no other
    control, the emulator's title and modes stay as they were, and a line above is still there."""
    import re

    window = Window(40, lines)
    window.stdout.write("above\n")
    feed(window, pieces, plain=plain)
    ours = re.sub(r"\x1b\[[0-9;]*[mKAJG]|\x1b\[\?7[lh]|\r\x1b", "", window.written)
    assert ours == clean(ours)
    assert window.rows[0].startswith("above")  # pyte puts a combining mark there that begins a line
    assert window.screen.title == "" and not window.screen.cursor.hidden


@given(st.lists(HOSTILE, max_size=12), st.booleans(), st.integers(4, 12), st.integers(12, 60))
def test_hostile_text_looks_the_same_however_it_came(
    pieces: list[str], plain: bool, lines: int, columns: int
) -> None:
    """Cut anywhere, in the middle of an escape sequence or a CR LF, too, it leaves the screen, cell by cell, that
    it leaves when it comes at once."""
    # what takes no column the emulator draws elsewhere, or not at all; links that are defined later differ
    pieces = [
        "".join(c for c in piece if (c not in "[]" and wcwidth(clean(c)[0]) > 0) or c == "\n")
        for piece in pieces
    ]
    at_once, in_pieces = Window(columns, lines), Window(columns, lines)
    feed(at_once, ["".join(pieces)], plain=plain)
    feed(in_pieces, pieces, plain=plain)
    assert in_pieces.rows == at_once.rows
    assert cells(in_pieces) == cells(at_once)


#: A text of one block, which would be drawn whole for each piece of it.
BLOCKS = {
    "paragraph": ("", "Word **bold** `code` and more text. "),
    "table": ("| a | b |\n|---|---|\n", "| row `x` | *value* |\n"),
    "quote": ("", "> a line of the quote\n"),
    "list": ("", "- an item of **it**\n"),
    "nested list": ("- top\n", "  - an item of **it**\n"),
    "numbered list": ("", "1. an item of **it**\n"),
    "code": ("```python\n", "x = f(1)  # comment\n"),
    "comment": ("```c\n", "x /* y\n"),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_long_block_costs_its_length(name: str) -> None:
    """Eight times as long takes eight times as long, and not sixty-four times."""
    head, line = BLOCKS[name]

    def seconds(size: int) -> float:
        text = head + line * (size // len(line))
        page = Painted(Window(100, 40), clock=time.thread_time, threaded=False)  # as if nothing else ran
        begun = time.thread_time()
        for n in range(0, len(text), 4):
            page.text(TEXT, text[n : n + 4])
        page.end()
        return time.thread_time() - begun

    short = max(min(seconds(1_500) for _ in range(3)), 0.01)
    assert seconds(12_000) < 24 * short or seconds(12_000) < 24 * short


@given(st.lists(st.text(st.sampled_from("ab \n日é👩"), max_size=20), max_size=10))
def test_plain_text_is_all_there(pieces: list[str]) -> None:
    """Shown as it was written, no character is lost or doubled, whatever was painted on the way."""
    window = Window(200, 8)
    shown = feed(window, pieces, plain=True)
    assert "".join(shown.split()) == "".join("".join(pieces).split())


def test_a_tall_block_shows_its_end_while_it_is_open() -> None:
    """A quote larger than the window: its last lines, and how many stand above; at the end all, once."""
    window = Window(40, 10)
    page, clock = painted(window)
    for number in range(30):
        clock.now += 0.1
        page.text(TEXT, f"> line {number}  \n")
    assert "⋮" in window.rows[0] and "more lines above" in window.rows[0]
    assert window.rows[-1].endswith("line 29")
    page.end()
    assert [row.split()[-1] for row in window.rows if row] == [str(number) for number in range(30)]


def test_resizing_in_the_middle_keeps_all_text() -> None:
    """Whatever the width becomes, what was finished stays, and the rest is drawn for the new one."""
    window = Window(70, 12)
    page, clock = painted(window)
    for number, word in enumerate(ANSWER.split(" ")):
        clock.now += 0.1
        page.text(TEXT, word + " ")
        if number == 60:
            window.resize(40, 9)
        if number == 120:
            window.resize(100, 20)
    page.end()
    text = " ".join(window.text.split())
    for part in ("reverse a linked list", "previous = None", "Does that help?", "in place"):
        assert part in text


def test_wide_characters_keep_their_columns() -> None:
    """CJK takes two columns in a table, and what stands after it is aligned."""
    window = Window(40, 20)
    feed(window, ["| a | b |\n|---|---|\n| 日本 | x |\n| abcd | y |\n\n"])
    rows = [row for row in window.rows if row.endswith(("x", "y"))]
    # the emulator gives a wide character two cells, the second of them empty
    assert rows[0].index("x") + 2 == rows[1].index("y")


@pytest.mark.parametrize("sign", ["👩‍👩‍👧", "❤️", "🇩🇪", "👩🏽‍💻", "1️⃣", "ạ̈", "日", "กำ", "⚠️ 日", "a 👩‍👩‍👧 b"])
def test_signs_that_terminals_disagree_on_keep_their_columns(sign: str) -> None:
    """What follows an emoji with joiners, a flag or a combining mark in a table stands below the rest, even
    where the terminal, like this emulator, takes the sign for wider or narrower than it is."""
    window = Window(40, 20)
    feed(window, [f"| a | b |\n|---|---|\n| {sign} | §x |\n| abcdefghij | §y |\n\n"])
    window.draw()
    rows = [window.screen.buffer[y] for y in range(20)]
    places = [x for row in rows for x in range(40) if row[x].data == "§"]
    assert len(places) == 2 and places[0] == places[1]


# ---- sections


def test_reasoning_stands_dimmed_above() -> None:
    """It is a section of its own."""
    window = Window()
    page, clock = painted(window)
    for kind, text in ((REASONING, "Let me"), (REASONING, " see."), (TEXT, "It is *so*.")):
        clock.now += 0.1
        page.text(kind, text)
    page.end()
    assert window.rows == ["Let me see.", "", "It is so."]
    assert "\x1b[2;3mLet me" in window.written


def test_reasoning_can_be_folded() -> None:
    """Then it is counted: while it comes, and when it is over."""
    window = Window()
    page, clock = painted(window, fold=True)
    for _ in range(4):
        clock.now += 1.0
        page.text(REASONING, "hm ")
    assert window.rows[0] == "thinking for 3 s (4 chunks; /raw reasoning shows it)"
    page.text(TEXT, "Yes.")
    page.end()
    assert window.rows == ["thought for 3 s (4 chunks; /raw reasoning shows it)", "", "Yes."]


def test_a_refusal_is_not_markdown() -> None:
    """It is shown as it is, in its own colour."""
    window = Window()
    page, _ = painted(window)
    page.text(REFUSAL, "I *won't*.")
    page.end()
    assert window.rows == ["I *won't*."]
    assert "\x1b[33m" in window.written


# ---- clocks


def test_a_wait_shows_a_clock_that_goes_away() -> None:
    """After a second without a word, not before; nothing is left of it."""
    window = Window()
    page, clock = painted(window)
    page._ticker.changed()
    assert window.rows == []
    clock.now = 2.4
    page._ticker.changed()
    assert window.rows[0].endswith(" 2 s")
    page.text(TEXT, "Hi")
    clock.now += 0.1
    page.end()
    assert window.rows == ["Hi"]


def test_a_slow_answer_shows_its_speed_and_silence() -> None:
    """Tokens and tokens/s once it takes more than some seconds; how long nothing has come."""
    window = Window()
    page, clock = painted(window)
    for _ in range(50):
        clock.now += 0.1
        page.text(TEXT, "a ")
    assert window.rows[-1] == "50 chunks · 10/s"
    clock.now += 3
    page._ticker.changed()
    assert "nothing for 3 s" in window.rows[-1]
    page.end()
    assert window.rows == [("a " * 50).rstrip()[:79]] or len(window.rows) == 2
    assert "tok/s" not in window.text


def test_the_clock_goes_on_by_itself() -> None:
    """A thread paints while the shell waits for the server."""
    window = Window()
    page = Painted(window)
    try:
        until = time.monotonic() + 20
        while "1 s" not in window.text and time.monotonic() < until:
            time.sleep(0.05)
        assert "1 s" in window.text
    finally:
        page.end()
    assert window.text == ""


def test_a_fault_in_drawing_costs_the_style_not_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a parser or lexer throws, the text is shown as it was written."""
    window = Window()
    page, clock = painted(window)
    page.text(TEXT, "One.\n\n")
    clock.now += 1
    page.text(TEXT, "Two **b")

    def broken(*_: object, **__: object) -> list[str]:
        raise RecursionError

    monkeypatch.setattr("terminal.drawing.render.Renderer.lines", broken)
    clock.now += 1
    page.text(TEXT, "old**.\n\nThree.")
    page.end()
    assert window.rows == ["One.", "", "Two **bold**.", "", "Three."]


def test_of_a_table_only_the_tail_is_painted_again() -> None:
    """A row more, no wider than those above it, is all that is written."""
    window = Window(60, 20)
    page, clock = painted(window)
    page.text(TEXT, "| name | count |\n|---|---|\n| Alexandria | 1000 |\n")
    clock.now += 0.1
    page.text(TEXT, "| Babylon | 200 |\n")
    before = len(window.written)
    clock.now += 0.1
    page.text(TEXT, "| Carthage | 30 |\n")
    assert "Carthage" in window.written[before:]
    assert "Alexandria" not in window.written[before:] and "name" not in window.written[before:]
    page.end()
