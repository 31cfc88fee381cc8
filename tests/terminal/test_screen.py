"""What the screen makes of text that is no answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat.base.errors import TemperaError
from chat.base.tables import TableColumn
from chat.evaluation.browsing import Retry, RunResults
from chat.evaluation.results import Place
from chat.evaluation.states import shape
from terminal.screen import TerminalScreen

from ..support.evaluations import looked_at, run, suite
from ..support.screen import Window


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_a_drawing_keeps_its_lines(columns: int) -> None:
    """A line of a drawing that is too wide is cut, not broken, also one of wide characters."""
    window = Window(columns)
    TerminalScreen(window).show("├─  1  " + "asked " * 20 + "\n└─● 2  " + "問い" * 50, drawing=True)
    first, second = window.rows[:2]
    assert first.startswith("├─  1  asked") and first.endswith("…")
    assert second.startswith("└─● 2  問い") and second.rstrip().endswith("…")
    assert not any(window.rows[2:])


WIDE = [
    TableColumn(name, right=name != "model") for name in ("model", "prompt tokens", "completion", "seconds")
]


@pytest.mark.parametrize("columns", [40, 80])
def test_a_table_breaks_no_number(columns: int) -> None:
    """Where its columns don't fit, each row is a record with the heads; empty cells are left out."""
    window = Window(columns)
    rows = [("gpt-4o-mini-2026", "1,204,113", "20,113", "12.4"), ("other", "3", "", (("4.0", True),))]
    TerminalScreen(window).table(WIDE, rows, "usage")
    assert window.rows[0] == "usage"
    for cell in ("gpt-4o-mini-2026", "1,204,113", "20,113", "12.4", "4.0"):
        assert any(cell in row for row in window.rows)
    assert ("prompt tokens  1,204,113" in window.rows) is (columns == 40)
    assert window.text.count("completion") == 1


def test_a_window_is_drawn_anew() -> None:
    """What stood in it is gone, the answer is drawn as wide as it is now, and no pager comes up."""
    window = Window(40, 10, PAGER="/nowhere/pager")
    screen = TerminalScreen(window, read_line=lambda question, hidden: None)
    screen.say("left over")
    screen.redraw([("assistant", "**bold** " * 4, True)])
    assert window.rows == ["assistant", "bold bold bold bold"]
    piped = Window(40, 10, NO_COLOR="1")
    TerminalScreen(piped).redraw([("assistant", "text", True)])
    assert "\x1b" not in piped.written


def paged(pager: str, **environ: str) -> str:
    """What comes on the screen of a text that is longer than the window, besides what the pager shows."""
    window = Window(40, 10, PAGER=pager, PATH="/usr/bin:/bin", **environ)
    TerminalScreen(window, read_line=lambda question, hidden: None).pages([("head", "line\n" * 30, False)])
    return window.text


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="the pagers are shell scripts")
def test_ctrl_c_is_left_to_the_pager(tmp_path: Path) -> None:
    """It does not end the pager, nor pour out what stands in it."""
    script = tmp_path / "pager"
    script.write_text(f"trap '' INT; kill -INT $PPID; sleep 0.4; cat > {tmp_path}/read\n")
    assert paged(f"/bin/sh {script}") == ""
    assert (tmp_path / "read").read_text().count("line") == 30


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="the pagers are shell scripts")
@pytest.mark.parametrize(("environ", "seen"), [({}, "FRX"), ({"LESS": "R"}, "R")])
def test_a_pager_of_ones_own_is_told_of_styles(tmp_path: Path, environ: dict[str, str], seen: str) -> None:
    """PAGER=less would show the styles as text; who has set LESS has it so."""
    script = tmp_path / "pager"
    script.write_text(f'printf "%s" "$LESS" > {tmp_path}/less; cat > /dev/null\n')
    paged(f"/bin/sh {script}", **environ)
    assert (tmp_path / "less").read_text() == seen


@pytest.mark.parametrize("pager", ["/nowhere/pager", 'less "'])
def test_without_a_pager_the_text_is_shown(pager: str) -> None:
    """One that is not there, or not well written, costs the paging alone."""
    assert paged(pager).count("line") == 30


def test_a_long_head_is_broken_between_words() -> None:
    """What stands below it is shown as it is, but a head is a sentence."""
    window = Window(30)
    screen = TerminalScreen(window, read_line=lambda question, hidden: None)
    screen.pages([("twenty chunks, the first after two seconds", "x" * 40, False)], as_is=True)
    assert window.rows == ["twenty chunks, the first", "after two seconds", "x" * 30, "x" * 10]


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="the editor is a shell script")
@pytest.mark.parametrize(
    ("writes", "edited"), [("printf new", "new"), ("printf ''", None), ("printf '  \\n'", None)]
)
def test_an_emptied_file_is_no_edit(tmp_path: Path, writes: str, edited: str | None) -> None:
    """What is saved empty, or blank, cancels as an editor that failed does."""
    script = tmp_path / "editor"
    script.write_text(f'{writes} > "$1"\n')
    window = Window(EDITOR=f"/bin/sh {script}", PATH="/usr/bin:/bin")
    screen = TerminalScreen(window, read_line=lambda question, hidden: None)
    assert screen.edit("old") == edited


SECRETS = {"HF_TOKEN": "hf_abcdefghij0123456789", "MYCRED": "sk-abcdefghij", "DB_PASSWORD": "hunter2hunter2"}


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="the programs are shell scripts")
@pytest.mark.parametrize("what", ["pager", "editor", "installer"])
def test_programs_inherit_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Neither what is in the shell's own environment, nor what it was given; an installer has its own."""
    script, seen = tmp_path / "program", tmp_path / "seen"
    script.write_text(f"env > {seen}\n")
    own = {"PIP_INDEX_URL": "https://me:hunter22@pypi.example/simple"}
    given = {**SECRETS, **own, "PATH": "/usr/bin:/bin", "KEPT": "yes"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    command = f"/bin/sh {script}"
    window = Window(40, 10, PAGER=command, EDITOR=command, **given)
    screen = TerminalScreen(window, read_line=lambda question, hidden: None)
    if what == "pager":
        screen.pages([("head", "line\n" * 30, False)])
    elif what == "editor":
        screen.edit("text")
    else:
        screen.run(["/bin/sh", str(script)])
    text = seen.read_text()
    assert "KEPT=yes" in text
    assert not any(value in text for value in SECRETS.values())
    assert ("PIP_INDEX_URL" in text) == (what == "installer")


def test_a_run_is_browsed_where_the_whole_window_can_be_had() -> None:
    """The browser is given the results; without one, and for screen readers, an error says what else there is."""
    results = looked_at()
    screen = TerminalScreen(Window(80))
    with pytest.raises(TemperaError, match="no full screen"):
        screen.browse(results)
    given: list[object] = []

    def browser(given_: RunResults, blocks: bool) -> Retry:
        given.append((given_, blocks))
        return Retry(Place(1, 2))

    screen.asks(lambda question, hidden: None, browser=browser)
    assert screen.browse(results) == Retry(Place(1, 2)) and given == [(results, True)]
    accessible = TerminalScreen(Window(80, ACCESSIBLE="1"))
    accessible.asks(lambda question, hidden: None, browser=browser)
    with pytest.raises(TemperaError, match="no full screen"):
        accessible.browse(results)


def test_a_run_that_goes_on_has_its_display() -> None:
    """It is painted below what was said, and taken away when the run is over."""
    window = Window(80)
    screen = TerminalScreen(window)
    screen.say("240 answers")
    shown = screen.evaluation()
    shown.begin(run(), bytearray(shape(suite()).samples))
    assert window.rows[0] == "240 answers" and "0 of 120" in window.text
    shown.close()
    assert window.rows == ["240 answers"]
