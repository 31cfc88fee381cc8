"""The shell as a person meets it: keys, prompt, toolbar, window, history. At a scripted server; what real
answers look like is in test_answers.py."""

from __future__ import annotations

import itertools
import re
import stat
from pathlib import Path

import pytest

from tests.support.server import Api
from tests.support.terminal import Shell, begin_story

from .conftest import write_profile

CTRL_C, CTRL_D, UP, RIGHT = "\x03", "\x04", "\x1b[A", "\x1b[C"
USAGE = r"\d+ in( \(\d+ cached\))?, \d+ out · first token [\d.]+ s · \d+ tok/s · (stop|length) · cost unknown"


@pytest.fixture
def shell(scripted: Shell) -> Shell:
    """Nothing here needs a model."""
    return scripted


# ---- a message


def test_keys_pressed_while_an_answer_streams_are_for_the_prompt(shell: Shell) -> None:
    """What is typed into a streaming answer is neither shown in it nor run after it: it stands in the prompt."""
    shell.run("/set temperature=0 max_tokens=120")
    begin_story(shell)
    shell.press("/exit\r")
    shell.ready()
    assert shell.typed == "/exit"
    assert shell.window.count("/exit") == 1
    shell.press(CTRL_C)
    shell.until(lambda: not shell.typed, "Ctrl-C did not clear the line")
    assert "test-model" in shell.run("/model"), "the shell ended, or ran what was typed into the answer"


def test_a_message_that_fails_comes_back(shell: Shell) -> None:
    """A message nobody answers gets one sentence and a hint, and stands in the prompt again."""
    shell.run("/set base_url=http://127.0.0.1:1/v1")
    said = shell.run("hello there")
    assert "nothing listens at http://127.0.0.1:1/v1" in said
    shell.until(lambda: shell.typed == "hello there", "the text did not come back")
    assert "nothing was said yet" in _at_empty_prompt(shell, "/history")


def _at_empty_prompt(shell: Shell, line: str) -> str:
    shell.press(CTRL_C)
    shell.until(lambda: not shell.typed, "Ctrl-C did not clear the line")
    return shell.run(line)


# ---- the toolbar


def test_the_toolbar_counts_what_is_typed(shell: Shell) -> None:
    """The tokens of the next request grow with the message at the prompt, not with a command."""

    def count() -> int:
        return int(re.findall(r"≈([\d,]+) (?:of|tokens)", shell.toolbar)[0].replace(",", ""))

    empty = count()
    shell.press("ten words of a message that has just ten words")
    shell.until(lambda: count() >= empty + 10, "the count did not grow")
    shell.press(CTRL_C)
    shell.until(lambda: count() == empty, "the count did not shrink")
    shell.press("/set temperature")
    shell.until(lambda: shell.typed.startswith("/set temperature"), "nothing was typed")
    assert count() == empty


# ---- keys


def test_ctrl_c_clears_what_is_typed(shell: Shell) -> None:
    """Ctrl-C on typed text clears it, and nothing else happens."""
    shell.press("some words")
    shell.until(lambda: shell.typed == "some words", "nothing was typed")
    before = shell.prompt_line
    shell.press(CTRL_C)
    shell.until(lambda: not shell.typed, "the line was not cleared")
    assert shell.prompt_line == before


def test_ctrl_c_on_an_empty_line_hints_at_ctrl_d(shell: Shell) -> None:
    """Ctrl-C where there is nothing to clear says which key leaves."""
    start = shell.prompt_line
    shell.press(CTRL_C)
    shell.ready()
    assert shell.lines[start + 1] == "Ctrl-D leaves"


def test_a_paste_of_many_lines_waits_for_enter(shell: Shell) -> None:
    """Pasted lines are one message, commands in them too, which is sent by Enter alone."""
    shell.run("/set temperature=0 max_tokens=5")
    shell.paste("one\n/exit\nthree\n")
    shell.until(lambda: shell.typed.startswith("one\n/exit\nthree"), "the paste is not at the prompt")
    assert shell.toolbar, "the paste was sent"
    shell.press("\r")
    shell.ready()
    assert "user (turn 1)\none\n/exit\nthree\n" in shell.run("/history")


@pytest.mark.parametrize("key", ["\n", "\x1b\r"], ids=["Ctrl-J", "Alt-Enter"])
def test_a_message_may_have_lines(shell: Shell, key: str) -> None:
    """Ctrl-J and Alt-Enter begin a new line of the same message."""
    shell.press("one" + key + "two")
    shell.until(lambda: shell.typed == "one\ntwo", "there are no two lines")


def test_the_menu_shows_commands_with_their_help(shell: Shell) -> None:
    """Typing the beginning of a command lists those that begin so, and plain text lists nothing."""
    shell.press("/se")
    shell.until(lambda: "set  " in shell.window and "Set a parameter, or show it." in shell.window, "no menu")
    assert re.search(r"seed +Asks for", shell.window)
    shell.press(CTRL_C)
    shell.until(lambda: "Set a parameter" not in shell.window, "the menu stayed")
    shell.press("se")
    shell.until(lambda: shell.typed.startswith("se"), "nothing was typed")
    assert "Set a parameter" not in shell.window


def test_a_completion_is_taken_with_tab(shell: Shell) -> None:
    """Tab puts the only command that fits into the line."""
    shell.press("/temp")
    shell.until(lambda: "How random" in shell.window or "temperature  " in shell.window, "no menu")
    shell.press("\t")
    shell.until(lambda: shell.typed.startswith("/temperature"), "Tab took nothing")


def test_a_typo_gets_the_nearest_name_and_comes_back(shell: Shell) -> None:
    """An unknown command names the one that was meant, and stands in the prompt to be corrected; it is in
    the history, too."""
    assert "no command /temprature; did you mean /temperature?" in shell.run("/temprature 1")
    shell.until(lambda: shell.typed == "/temprature 1", "the line did not come back")
    shell.press(CTRL_C)
    shell.until(lambda: shell.typed == "", "the line was not cleared")
    shell.press(UP)
    shell.until(lambda: shell.typed == "/temprature 1", "the line is not in the history")


def test_a_bad_value_is_refused_with_the_range(shell: Shell) -> None:
    """A value out of range changes nothing and tells the rule."""
    assert "is not a number from 0 to 2" in shell.run("/temperature 9")
    assert "temperature 9" not in shell.toolbar


def test_ctrl_x_ctrl_e_edits_the_line_in_the_editor(shell: Shell) -> None:
    """The line goes to $EDITOR, and what is left there comes back to the prompt, not sent yet."""
    shell.press("a line")
    shell.until(lambda: shell.typed == "a line", "nothing was typed")
    shell.press("\x18\x05")
    shell.until(lambda: shell.typed == "a line edited", "it did not come back edited")
    shell.press(CTRL_C)
    shell.until(lambda: not shell.typed, "Ctrl-C did not clear")


def test_the_system_message_is_edited_in_the_editor(shell: Shell) -> None:
    """/system edit gives the system message to $EDITOR and sets what comes back."""
    shell.run("/system You are a poet,")
    shell.run("/system edit")
    assert "You are a poet, edited" in shell.run("/system")


# ---- from run to run


def test_history_lasts_and_ctrl_d_leaves(home: Path, api: Api) -> None:
    """A line of one run is suggested in grey in the next, by Up too; Ctrl-D ends with status 0."""
    write_profile(home, api)
    with Shell("-p", "here") as first:
        first.ready()
        first.run("/set temperature 0.123")
        first.press(CTRL_D)
        assert first.ends() == 0
    assert stat.S_IMODE((home / "history").stat().st_mode) == 0o600
    with Shell("-p", "here") as second:
        second.ready()
        second.press(UP)
        second.until(lambda: second.typed == "/set temperature 0.123", "Up brings nothing")
        second.press(CTRL_C)
        second.until(lambda: not second.typed, "Ctrl-C did not clear")
        second.press("/set temperature 0.")
        second.until(lambda: _suggested(second) == "123", "no grey suggestion")
        place = second.screen.cursor.x
        second.press(RIGHT)
        second.until(lambda: second.screen.cursor.x > place, "Right did not take the suggestion")
        assert "temperature 1.0 → 0.123" in second.run("")


def _suggested(shell: Shell) -> str:
    """What stands right of the cursor in another colour than what was typed."""
    row, place = shell.screen.buffer[shell.screen.cursor.y], shell.screen.cursor.x
    typed = row[place - 1].fg
    cells = itertools.takewhile(lambda cell: cell.fg != typed, (row[x] for x in range(place, place + 40)))
    return "".join(cell.data for cell in cells).strip()


def test_what_is_typed_before_the_prompt_is_up_is_not_lost(home: Path, api: Api) -> None:
    """Keys pressed while the shell still starts are at the prompt, or done, once it is up."""
    write_profile(home, api)
    with Shell("-p", "here") as shell:
        shell.type("/set temperature 0.125")
        shell.until(
            lambda: (
                shell.toolbar and ("temperature 0.125" in shell.typed or "temperature 0.125" in shell.toolbar)
            ),
            "what was typed is lost",
        )


# ---- the window


def test_nothing_is_drawn_beyond_the_window(home: Path) -> None:
    """Help, tables, menus, errors, usage and toolbar fit; only an answer's own lines may be long. On the
    embedded model, which has the most to show."""
    narrow, *wider = 60, 80, 140
    with Shell("--local", columns=narrow, seen=wider[-1] + 200) as shell:
        shell.ready()
        shell.loaded()
        _fits(shell.text, narrow, "the greeting")
        for columns in (narrow, *wider):
            shell.child.setwinsize(shell.screen.lines, columns)
            shell.run("/reset")
            shell.run("/clear")
            shell.run("/set temperature=0.3 seed=1 max_tokens=5 top_p=0.5 presence_penalty=1 stop=END n=2")
            lines = ["Say hello", "/usage", "/help", "/help set", "/help keys", "/help temperature", "/show"]
            lines += ["/models", "/profile", "/history", "/bias", '/bias " and" -100', "/bias"]
            for line in lines:
                _fits(shell.run(line), columns, line)
            shell.press("/set max_")
            shell.until(lambda: "max_completion_tokens  " in shell.window, "no menu")
            _fits(shell.window, columns, "the menu")
            shell.press(CTRL_C)
            shell.until(lambda: not shell.typed, "Ctrl-C did not clear")
            shell.press("word " * 40)
            shell.until(lambda: shell.typed.replace("\n", "").count("word") == 40, "not all is shown")
            _fits(shell.window, columns, "a long line typed")
            shell.press(CTRL_C)
            shell.until(lambda: not shell.typed, "Ctrl-C did not clear")
            _fits(shell.run("/set temperature " + "9" * 200), columns, "a long bad value")


def _fits(shown: str, columns: int, what: str) -> None:
    broken = [line.strip() for line in shown.split("\n") if len(line) > columns]
    wide = [line for line in broken if " " in line]  # a path of its own can't be broken
    assert not wide, f"{what} is drawn beyond {columns} columns: {wide[0]!r}"


def test_a_dumb_terminal_gets_no_escapes(home: Path, api: Api) -> None:
    """TERM=dumb: commands and messages work, and no escape sequence is written at the prompt."""
    write_profile(home, api)
    with Shell("-p", "here", env={"TERM": "dumb"}) as shell:
        shell.wait("(?m)^>")
        shell.type("/set temperature=0 max_tokens=5")
        shell.wait("max_tokens unset → 5")
        shell.type("Say hello")
        shell.wait(USAGE)
        shell.wait("(?m)^>", count=3)
        shell.press(CTRL_D)
        assert shell.ends() == 0
        cursor = b"\x1b[?12l\x1b[?25h"  # prompt-toolkit shows the cursor once, when it is made
        assert b"\x1b" not in shell.raw.replace(cursor, b"", 1)


def test_no_colour_where_none_is_wanted(home: Path, api: Api) -> None:
    """NO_COLOR leaves prompt, menu, toolbar, notices and answers without any style."""
    write_profile(home, api)
    with Shell("-p", "here", env={"NO_COLOR": "1"}) as shell:
        shell.ready()
        shell.run("/set temperature=0 max_tokens=5 top_p=0.5")
        shell.run("Say hello")
        shell.run("/show")
        shell.run("/temprature")
        shell.press(CTRL_C + "/se")
        shell.wait("Set a parameter")
        styles = set(re.findall(rb"\x1b\[[\d;]*m", shell.raw)) - {b"\x1b[0m", b"\x1b[m"}
        assert not styles, f"styles were written: {styles}"
