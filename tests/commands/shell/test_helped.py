"""--help: what a newcomer reads first, in a window of 80 columns."""

from __future__ import annotations

import pytest

from commands.experiments import batch_words, eval
from commands.shell import options


@pytest.fixture(params=["", "eval", "batch"])
def said(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What --help, eval --help and batch --help say there."""
    monkeypatch.setenv("COLUMNS", "80")
    return options.parser(second=request.param).format_help()


def test_no_line_is_wider_than_the_window(said: str) -> None:
    """Lines that are laid out by hand fit as well as those that are not."""
    assert [line for line in said.splitlines() if len(line) > 80] == []


def test_the_forms_stand_first(said: str) -> None:
    """Each is a line of its own, without the options that it takes."""
    usage = said.partition("\n\n")[0].splitlines()
    assert all("[options]" in line for line in usage)


@pytest.mark.parametrize(("second", "actions"), [("eval", eval.ACTIONS), ("batch", batch_words.ACTIONS)])
def test_every_action_is_explained(second: str, actions: tuple[tuple[str, str], ...]) -> None:
    """Those that the slash command has, as they are written on a command line."""
    said = options.parser(second=second).format_help().replace("[list]", "list")
    assert [name for name, _ in actions if f"  {second} {name.replace(' ', '-')} " not in said] == []


@pytest.mark.parametrize("line", ["0", "x", "-1"])
def test_a_line_that_is_no_number_is_refused_in_words(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No name of a function of ours is shown."""
    with pytest.raises(SystemExit):
        options.parse(["--open", "a.json", f"--line={line}"])
    assert f"{line} is no number of a line: 1 or more" in capsys.readouterr().err
