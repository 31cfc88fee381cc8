"""An answer that begins before Markdown can be drawn is text until then, and Markdown from then on."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.drawing import early
from terminal.drawing.early import Early
from terminal.drawing.markdown import Markdown
from terminal.drawing.render import Renderer

WIDTH, ROOM = 40, 10


def markdown() -> Markdown:
    return Markdown(Renderer(False))


@pytest.fixture(autouse=True)
def loading(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Hold the loading back, until the event is set."""
    event, begun = threading.Event(), threading.Lock()
    begun.acquire()
    monkeypatch.setattr(early, "_loaded", event)
    monkeypatch.setattr(early, "_begun", begun)
    return event


def test_it_is_shown_as_it_was_written_until_all_is_loaded(loading: threading.Event) -> None:
    """The first words are there at once, and become Markdown in their place."""
    body = Early(markdown)
    body.feed("some **bold")
    assert body.lines(WIDTH, ROOM) == ([], ["some **bold"])
    body.feed("** words")
    loading.set()
    _, shown = body.lines(WIDTH, ROOM)
    assert "**" not in "".join(shown)
    assert "bold" in "".join(shown)


def test_a_long_text_shows_its_end(loading: threading.Event) -> None:
    """No more is shown than fits the window."""
    body = Early(markdown)
    body.feed("\n".join(map(str, range(100))))
    assert body.lines(WIDTH, ROOM) == ([], [str(number) for number in range(90, 100)])


def test_what_ends_before_all_is_loaded_is_drawn_all_the_same(loading: threading.Event) -> None:
    """A short answer stays as Markdown, however early it ends."""
    body = Early(markdown)
    body.feed("# A title")
    assert "#" not in "".join(body.close(WIDTH))


@given(
    st.lists(st.sampled_from(["a **b", "** c\n", "\n\n", "- item\n", "```\ncode\n", "```\n", "| a | b |\n"])),
    st.data(),
)
def test_what_stays_is_the_same_whenever_it_was_loaded(pieces: list[str], data: st.DataObject) -> None:
    """What stays on the screen does not tell when loading ended."""
    early._loaded.clear()
    when = data.draw(st.integers(0, len(pieces)))
    ours, alone = Early(markdown), markdown()
    kept: tuple[list[str], list[str]] = ([], [])
    for number, piece in enumerate(pieces):
        if number == when:
            early._loaded.set()
        for body, lines in zip((ours, alone), kept, strict=True):
            body.feed(piece)
            lines += body.lines(WIDTH, ROOM)[0]
    for body, lines in zip((ours, alone), kept, strict=True):
        lines += body.close(WIDTH)
    assert kept[0] == kept[1]
