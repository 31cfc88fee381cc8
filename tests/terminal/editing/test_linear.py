"""The prompt for screen readers: lines by Python's own input, nothing lost and nothing sent unseen."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from prompt_toolkit.history import InMemoryHistory

from terminal.editing import linear
from terminal.editing.linear import LinearPrompt
from terminal.streams import Quiet


@pytest.fixture(autouse=True)
def no_readline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readline is one for the whole process: these tests leave it alone."""
    monkeypatch.setattr(linear, "_readline", lambda: None)


def prompt(lines: Iterator[str], history: InMemoryHistory | None = None) -> LinearPrompt:
    """One that gets these lines, whatever it asks."""
    return LinearPrompt(
        Quiet(io.StringIO()),
        complete=lambda text: [],
        history=history or InMemoryHistory(),
        line=lambda question: next(lines),
    )


def together(made: LinearPrompt, monkeypatch: pytest.MonkeyPatch, more: int) -> None:
    """Let so many lines come at once with the first: each is asked for twice."""
    left = [True] * (2 * more)
    monkeypatch.setattr(made, "_more", lambda: bool(left) and left.pop())


def test_a_line_is_read_and_remembered() -> None:
    """Blank ones are not."""
    history = InMemoryHistory()
    made = prompt(iter(["hello", " "]), history)
    assert made.read() == "hello"
    assert made.read() == " "
    assert history.get_strings() == ["hello"]


@pytest.mark.parametrize(("answer", "text"), [("y", "one\ntwo"), ("n", ""), ("", "")])
def test_lines_that_come_together_are_sent_only_if_said_so(
    monkeypatch: pytest.MonkeyPatch, answer: str, text: str
) -> None:
    """They are one text, as pasted ones are."""
    made = prompt(iter(["one", "two", answer]))
    together(made, monkeypatch, 1)
    assert made.read() == text


def test_what_failed_is_said_where_it_cannot_stand_in_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Without readline nothing can be put there; it is not lost without a word."""
    assert prompt(iter(["other"])).read("my \x1b[31mtext") == "other"
    assert capsys.readouterr().out == "not sent: my ␛[31mtext\n"


@pytest.mark.parametrize("error", [EOFError, KeyboardInterrupt])
def test_a_question_can_be_left(error: type[BaseException], capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C and Ctrl-D are no answer, and what comes next begins on a line of its own."""

    def left(question: str) -> str:
        raise error

    made = prompt(iter([]))
    made._line = left
    assert made.ask("really? ") is None
    assert capsys.readouterr().out == "\n"


def test_what_is_loaded_is_there_before_a_line_is_read() -> None:
    """Nothing is read meanwhile; what fails is raised."""
    loaded: list[int] = []
    made = prompt(iter([]))
    assert made.read_while(lambda: loaded.append(1)) == ("", False)
    assert loaded == [1]
    fail: Callable[[], None] = lambda: 1 / 0  # type: ignore[assignment, return-value] # noqa: E731
    with pytest.raises(ZeroDivisionError):
        made.read_while(fail)
