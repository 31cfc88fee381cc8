"""The question to the terminal: asked once, when the prompt is up, and its reply is left to nobody else."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from prompt_toolkit.application import Application
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from terminal.drawing import styles
from terminal.drawing.themes import DARK, LIGHT, MONO
from terminal.dressing import Dressing

from ..support.screen import Window

WHITE = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"


@pytest.fixture(autouse=True)
def theme_as_before() -> Iterator[None]:
    """What a test wears, the next one does not."""
    before = styles.worn()
    yield
    styles.wear(*before)


@pytest.fixture
def prompt() -> Iterator[Application[str]]:
    """A prompt that reads from a pipe."""
    with create_pipe_input() as keys:
        yield Application(input=keys, output=DummyOutput())


def rendered(prompt: Application[str]) -> None:
    prompt.after_render.fire()


def test_the_terminal_is_asked_once(prompt: Application[str]) -> None:
    """Nothing is asked before the prompt shows, and nothing when it shows again."""
    window = Window()
    Dressing(window, prompt)
    assert window.written == ""
    rendered(prompt)
    rendered(prompt)
    assert window.written.count("\x1b]11;?") == 1


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"NO_COLOR": "1"}, {"TERM": "linux"}])
def test_who_would_not_answer_is_not_asked(prompt: Application[str], environ: dict[str, str]) -> None:
    """Where nothing is painted, or nobody answers, nothing is written."""
    window = Window(**environ)
    Dressing(window, prompt)
    rendered(prompt)
    assert window.written == ""


def test_a_reply_dresses_the_prompt(prompt: Application[str]) -> None:
    """What the terminal tells changes the colours at once, unless a theme is preferred."""
    window = Window()
    Dressing(window, prompt)
    rendered(prompt)
    prompt.input.send_text(f"a{WHITE}b")  # type: ignore[attr-defined]
    assert [key.data for key in prompt.input.read_keys()] == ["a", "b"]
    assert styles.worn()[0] is LIGHT and prompt.style is not None
    window.preferred = {"theme": "mono"}.get
    window.replies.told()
    assert styles.worn()[0] is MONO


def test_a_reply_that_comes_at_the_end_is_taken(prompt: Application[str]) -> None:
    """A shell that ends at once leaves no reply for the program that reads the terminal next."""
    window = Window()
    dressing = Dressing(window, prompt)
    rendered(prompt)
    prompt.input.send_text("\x1b]11;rgb:0000/0000/0000\x07")  # type: ignore[attr-defined]
    dressing.leave()
    assert styles.worn()[0] is DARK
    os.set_blocking(prompt.input.fileno(), False)
    with pytest.raises(BlockingIOError):
        os.read(prompt.input.fileno(), 1)


def test_what_was_answered_is_waited_for_no_more(prompt: Application[str]) -> None:
    """Keys for the next program stay where they are."""
    window = Window()
    dressing = Dressing(window, prompt)
    rendered(prompt)
    window.replies.typed(WHITE)
    prompt.input.send_text("ls")  # type: ignore[attr-defined]
    dressing.leave()
    assert os.read(prompt.input.fileno(), 2) == b"ls"
