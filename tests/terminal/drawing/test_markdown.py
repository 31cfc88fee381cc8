"""Markdown while it is written: what is finished stays, and is what rich draws from the whole text."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.markdown import Markdown as RichMarkdown

from chat.base.markdown import parser, plain_links
from terminal.drawing.grid import numbers
from terminal.drawing.markdown import LARGEST, Markdown
from terminal.drawing.raw import Undrawn
from terminal.drawing.render import Renderer
from terminal.drawing.widths import STYLES

from ...support.constructs import document
from ...support.examples import times

CORPUS = {path.stem: path.read_text() for path in sorted((Path(__file__).parent / "corpus").glob("*.md"))}
RENDERER = Renderer()
TALL = 10_000  # a window in which every block fits


def whole(text: str, width: int = 60) -> list[str]:
    """The text drawn at once."""
    return RENDERER.lines(parser().parse(text), width, after=False)


def streamed(text: str, cuts: list[int], width: int = 60, room: int = TALL) -> list[str]:
    """The finished lines of the text, fed in pieces and looked at after each."""
    markdown = Markdown(RENDERER)
    finished: list[str] = []
    for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        markdown.feed(text[begin:end])
        finished += markdown.lines(width, room)[0]
    return finished + markdown.close(width)


# ---- against rich


@pytest.mark.parametrize("name", CORPUS)
@pytest.mark.parametrize("width", [24, 60, 100])
def test_drawn_as_rich_draws_it(name: str, width: int) -> None:
    """The reference of these tests is rich's own Markdown, printed by rich's own console, but for HTML,
    images, addresses and cells that it would cut."""
    if name == "tables" and width < 60:
        pytest.skip("rich cuts cells there")
    markdown = RichMarkdown("", hyperlinks=False)
    text = CORPUS[name].replace("&#x202e;", "‹U+202E›")  # what entities hide is made visible here
    markdown.parsed = [
        each.copy(children=[*plain_links(each.children or [])]) for each in parser().parse(text)
    ]
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(markdown, crop=False)
    drawn = RENDERER.lines(parser().parse(CORPUS[name]), width, after=False)
    ours = [STYLES.sub("", line) for line in drawn]
    theirs = [line.rstrip() for line in out.getvalue().removesuffix("\n").split("\n")]
    assert [line.rstrip() for line in ours] == theirs


@pytest.mark.parametrize("name", CORPUS)
def test_rich_parses_it_so(name: str) -> None:
    """The parser is rich's, but for HTML: without any in the text, the tokens are the same."""
    text = CORPUS[name].replace("<b>", "").replace("</b>", "")
    ours, theirs = parser().parse(text), RichMarkdown(text).parsed
    assert [token.as_dict() for token in ours] == [token.as_dict() for token in theirs]


# ---- what answers hold beside it


def drawn(text: str, width: int = 60) -> list[str]:
    """The lines as they are read, without blank ones."""
    return [line for line in map(plain, whole(text, width)) if line]


CELLS = "| name | address |\n|---|---|\n| Alexandria | https://example.com/a/very/long/path?of=it |\n"


@pytest.mark.parametrize("width", [12, 20, 30, 80])
def test_cells_are_never_cut(width: int) -> None:
    """Whatever the width, each sign of a table is on the screen, and no line is wider than it."""
    lines = whole(CELLS, width)
    text = "".join("".join(map(plain, lines)).split())
    assert "…" not in text
    for word in ("Alexandria", "https://example.com/a/very/long/path?of=it"):
        letters = iter(text)
        assert all(letter in letters for letter in word)
    assert all(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) <= width for line in lines)


def test_a_table_of_many_columns_is_lists() -> None:
    """Where its columns have no room, each row is a list of what stands in them."""
    row = "|".join
    text = f"|{row(f'h{n}' for n in range(9))}|\n|{row(['-'] * 9)}|\n|{row(f'v{n}' for n in range(9))}|\n"
    assert drawn(text, 40) == [f"h{n}: v{n}" for n in range(9)]
    assert drawn(text, 80)[0].split() == [f"h{n}" for n in range(9)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Look: ![a cat](https://x.y/c.png) here.", "Look: [image: a cat] (https://x.y/c.png) here."),
        ("![](c.png)", "[image] (c.png)"),
        ("[![a](b.png)](https://x.y)", "[image: a] (b.png) (https://x.y)"),
        ("Go to <https://x.y/z>.", "Go to https://x.y/z."),
        ("[https://x.y](https://x.y) and [x](https://x.y)", "https://x.y and x (https://x.y)"),
        ("Mail <me@x.y>!", "Mail me@x.y!"),
        (r"So \(a_1 * b_1\) and $a_b * c_d$ are.", r"So \(a_1 * b_1\) and $a_b * c_d$ are."),
        (r"\[ \{x\} \\ y \]", r"\[ \{x\} \\ y \]"),
        (r"$$ \sum_{i=1}^n x_i^* $$", r"$$ \sum_{i=1}^n x_i^* $$"),
        ("It costs $5 and *not* $6.", "It costs $5 and not $6."),
        (r"An escaped \* and \( stay Markdown.", "An escaped * and ( stay Markdown."),
        ("`$x_1$` is code", "$x_1$ is code"),
    ],
)
def test_what_a_line_holds(text: str, shown: str) -> None:
    """Images keep their place and address, addresses stand there once, formulas are as they were written."""
    assert drawn(text) == [shown]


@pytest.mark.parametrize(
    "text",
    [
        "$$\na = b\n- c\n= d\n$$",
        "\\[\n\\begin{aligned}\nx &= 1 \\\\\n# y\n\\end{aligned}\n\\]",
        "\\begin{align*}\n1. x_1 * y_1\n> z\n\\end{align*}",
    ],
)
def test_a_formula_of_several_lines_stays(text: str) -> None:
    """Whatever its lines look like: no list, heading or quote, also where it is read by the letter."""
    assert drawn(text) == text.split("\n")
    assert streamed(text + "\n\nNext.\n", list(range(1, len(text)))) == whole(text + "\n\nNext.\n")


@pytest.mark.parametrize(
    ("text", "bold"),
    [
        ("これは**「重要」**です", "「重要」"),
        ("**重要。**次の文", "重要。"),
        ("这是**“重点”**内容", "“重点”"),
        ("이것은 **'강조'**입니다", "'강조'"),
        ("**API (v2)**を使う", "API (v2)"),
        ("a **b** c", "b"),
    ],
)
def test_bold_holds_beside_characters_without_blanks(text: str, bold: str) -> None:
    """Punctuation at the edge of what is bold does not undo it."""
    children = parser().parse(text)[1].children or []
    assert [token.type for token in children].count("strong_open") == 1
    at = [token.type for token in children].index("strong_open")
    assert children[at + 1].content == bold


def test_a_cell_has_several_lines() -> None:
    """<br> breaks a line in a cell, and is text elsewhere."""
    lines = drawn("| a |\n|---|\n| one<br>two<br/>three |\n")
    assert lines[-3:] == ["one", "two", "three"]
    assert drawn("one<br>two") == ["one<br>two"]


# ---- footnotes, definitions, tasks, columns of numbers


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("A note[^1].\n\n[^1]: word\n", ["A note[^1].", "[^1]: word"]),
        ("[^a]: *one*\n[^b]: two\nand on\n", ["[^a]: one", "[^b]: two and on"]),
        ("A note[^1].\n[^1]: at once\n", ["A note[^1].", "[^1]: at once"]),
        (
            "[^x]: https://x.y\n\n[a]: https://a.b\n\nSee [a].\n",
            ["[^x]: https://x.y", "See a (https://a.b)."],
        ),
        ("Term\n: One.\n: Two.\n", ["Term", ": One.", ": Two."]),
        ("No term\n:smile: here\n", ["No term :smile: here"]),
        ("- [ ] open\n- [x] done\n", ["• [ ] open", "• [x] done"]),
    ],
)
def test_lines_that_are_their_own(text: str, lines: list[str]) -> None:
    """Footnotes, definitions and tasks stay as they were written, a line each; targets of links are none."""
    assert [line.strip() for line in drawn(text)] == lines
    assert streamed(text, list(range(1, len(text)))) == whole(text)


def test_a_term_is_bold() -> None:
    """What is defined stands out."""
    assert any("\x1b[1mTerm\x1b[0m" in line for line in whole("Term\n: One.\n"))
    assert not any("\x1b[1m" in line for line in whole("Two lines\nof text\n: One.\n"))


NUMBERS = "| city | people | share | asked | said |\n|---|---|---|:--|---|\n| Rome | 2,873,000 | 4.9% | 1 | 1 |\n| Oslo | 709,037 | – | 22 | one |\n"


def test_numbers_stand_right() -> None:
    """A column of numbers stands right, unless the table says left, or a cell holds a word."""
    assert drawn(NUMBERS)[-2:] == [
        "Rome  2,873,000   4.9%  1      1",
        "Oslo    709,037      –  22     one",
    ]


@pytest.mark.parametrize(
    ("cells", "are"),
    [
        (["1", "-2.5", "+3", "≈4", "1,000", "$5", "12%", "3 ms", "1 000"], True),
        (["1", "", "-", "n/a"], True),
        (["", "-"], False),
        (["1", "one"], False),
        (["1.2.3"], True),
        (["0..2"], True),
        (["2nd"], False),
        (["10-12"], False),
    ],
)
def test_what_is_a_number(cells: list[str], are: bool) -> None:
    """Signs, currencies, shares and units belong to a number; empty cells say nothing."""
    assert numbers(cells) is are


def test_a_wide_table_is_records_where_words_would_break() -> None:
    """At 60 columns each row is a record with its heads; where there is room it is a table again."""
    text = "| parameter | lowers | together with |\n|---|---|---|\n| presence_penalty | repetition_of_words | frequency_penalty |\n"
    assert drawn(text, 40) == [
        "parameter: presence_penalty",
        "lowers: repetition_of_words",
        "together with: frequency_penalty",
    ]
    assert drawn(text, 80)[0].split() == ["parameter", "lowers", "together", "with"]


@pytest.mark.parametrize("width", [24, 60, 100])
def test_every_construct_streams_as_it_is_drawn_whole(width: int) -> None:
    """An answer of all constructs, read in pieces, is what it is read at once."""
    text = document(2500)
    assert streamed(text, list(range(7, len(text), 41)), width, room=12) == whole(text, width)


# ---- cut anywhere


@given(st.sampled_from(list(CORPUS)), st.floats(0, 1))
@times(2)
def test_equal_when_cut_in_two_anywhere(name: str, share: float) -> None:
    """Whatever is shown when the text is there by half, the finished lines are those of the whole text."""
    text = CORPUS[name]
    cut = int(share * len(text))
    assert streamed(text, [cut]) == whole(text), f"cut at {cut}: {text[max(0, cut - 20) : cut]!r}"


@pytest.mark.parametrize("name", CORPUS)
@pytest.mark.parametrize(("room", "step"), [(3, 1), (TALL, 3)])
def test_equal_character_by_character(name: str, room: int, step: int) -> None:
    """Also where it is looked at after each character, in a window that most blocks don't fit."""
    text = CORPUS[name]
    assert streamed(text, list(range(1, len(text), step)), room=room) == whole(text)


@given(st.data())
def test_equal_in_pieces(data: st.DataObject) -> None:
    """Random pieces, widths and windows; blocks of the corpus in any order."""
    blocks = data.draw(
        st.lists(st.sampled_from([b for text in CORPUS.values() for b in text.split("\n\n")]), max_size=8)
    )
    text = "\n\n".join(blocks)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    width = data.draw(st.integers(12, 120))
    room = data.draw(st.integers(3, 40))
    if "][" in text or "[foo]" in text:  # a name that is used before it is defined: see below
        text = text.replace("[", "(").replace("]", ")")
    assert streamed(text, cuts, width, room) == whole(text, width)


def test_a_tall_list_behind_which_another_block_begins() -> None:
    """The items of a list are handed over in part, also while the next block stands in an open line."""
    text = "- one\n  - two\n- a word that is long enough to be three lines tall\n\n```python\nx = 1"
    for cut in range(len(text)):
        assert streamed(text, [cut], 12, 3) == whole(text, 12), text[:cut]


MARKS = st.text(st.sampled_from("ab *_`#->+=|~[]()!<&;:\\\n\t 1.2日é$"), max_size=80)


@given(MARKS, st.lists(st.integers(0, 80), max_size=6), st.integers(12, 40), st.integers(3, 20))
@times(3)
def test_equal_for_any_marks(text: str, cuts: list[int], width: int, room: int) -> None:
    """Text that is all marks, most of it no sound Markdown."""
    text = text.replace("[", "(")  # no definitions of links
    cuts = sorted(min(cut, len(text)) for cut in cuts)
    assert streamed(text, cuts, width, room) == whole(text, width)


def test_a_link_defined_further_down_stays_as_written() -> None:
    """What is finished is not drawn again: a definition counts from where it stands."""
    text = "A [name] here.\n\nAnd.\n\n[name]: http://x\n\nA [name] there.\n"
    lines = streamed(text, [text.index("[name]:")])
    assert lines[0] == "A [name] here."
    assert lines[-1] == whole(text)[-1]
    assert "http://x" in lines[-1]


# ---- while it grows


def shown(text: str, room: int = TALL) -> tuple[list[str], list[str]]:
    markdown = Markdown(RENDERER)
    markdown.feed(text)
    finished, open_lines = markdown.lines(40, room)
    return [plain(line) for line in finished], [plain(line) for line in open_lines]


def plain(line: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", line).strip()


@pytest.mark.parametrize(
    ("text", "finished", "open_lines"),
    [
        ("Hi", [], ["Hi"]),
        ("Hi **the", [], ["Hi **the"]),
        ("Hi **the**", [], ["Hi the"]),
        ("One.\n\nTwo", [], ["One.", "", "Two"]),
        ("One.\n\nTwo\n", ["One."], ["", "Two"]),
        ("- a\n- b", [], ["", "• a", "• b"]),
        ("Text\n-", [], ["Text"]),
        ("Text\n=", [], ["Text"]),
        ("```py\nx = 1\ny", [], ["", "x = 1", "y", ""]),
        ("```py\nx = 1\n``", [], ["", "x = 1", ""]),
        ("| a |\n|---|\n| 1 |", [], ["", "", "a", "─", "1", ""]),
    ],
)
def test_the_open_block_is_shown_as_it_is_by_now(
    text: str, finished: list[str], open_lines: list[str]
) -> None:
    """A block is finished when the next one has begun with a whole line; until then it is open."""
    assert shown(text) == (finished, open_lines)


def test_a_tall_block_of_code_hands_over_its_lines() -> None:
    """What no longer fits the window is finished line by line, as long as it can't change any more."""
    code = "```py\n" + "".join(f"x{number} = {number}\n" for number in range(30))
    finished, open_lines = shown(code, room=10)
    assert finished[:3] == ["", "x0 = 0", "x1 = 1"]
    assert len(finished) >= 20
    assert len(open_lines) <= 10


def test_what_a_comment_may_still_colour_is_not_handed_over() -> None:
    """All that stands below an open comment could become part of it."""
    code = "```js\nvar a;\nvar b; /* begun\n" + "".join(f"var x{number};\n" for number in range(30))
    finished, _ = shown(code, room=10)
    assert finished == ["", "var a;"]


def test_a_tall_list_hands_over_its_items() -> None:
    """Of bullets all but the last item are finished; the numbers of a short list may yet grow wider."""
    assert shown("".join(f"- {n}\n" for n in range(30)), room=10)[0][1:] == [f"• {n}" for n in range(29)]
    assert shown("".join(f"{n}. x\n\n   y\n" for n in range(1, 7)), room=10)[0] == []


@pytest.mark.parametrize("entity", ["&#x202e;", "&#27;", "&#x9b;", "&#7;", "\\&#x2066;", "`&#x202e;`"])
def test_entities_bring_no_controls(entity: str) -> None:
    """What Markdown decodes is made visible like what was written."""
    lines = "".join(whole(f"a {entity} [x]({entity}) ![{entity}](y)"))
    assert not set("\u202e\x1b\x9b\x07\u2066") & set(lines.replace("\x1b[", ""))


def test_what_is_too_large_is_given_back() -> None:
    """Beyond a size nothing is parsed: the text comes back, what was drawn before it is kept."""
    markdown = Markdown(RENDERER)
    markdown.feed("Para.\n\n```\n")
    assert markdown.lines(60, 20)[0] == ["Para."]
    markdown.feed("x\n" * LARGEST)
    with pytest.raises(Undrawn) as undrawn:
        markdown.lines(60, 20)
    assert undrawn.value.finished == []
    assert undrawn.value.rest.startswith("```\nx\nx\n")
