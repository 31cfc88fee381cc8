"""The prompt through prompt-toolkit's own pipe: keys in, lines out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.layout.processors import TransformationInput
from prompt_toolkit.output import DummyOutput

from terminal.editing.prompt import PaintedPrompt
from terminal.editing.visible import Visible

PATIENCE = 20.0  # seconds after which a prompt that never ends fails its test instead of hanging
ALT_ENTER, CTRL_C, CTRL_D, CTRL_J, CTRL_R, ENTER, TAB, UP = (
    "\x1b\r",
    "\x03",
    "\x04",
    "\n",
    "\x12",
    "\r",
    "\t",
    "\x1b[A",
)


def paste(text: str) -> str:
    """What a terminal sends for a bracketed paste."""
    return f"\x1b[200~{text}\x1b[201~"


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    with create_pipe_input() as pipe:
        yield pipe


@pytest.fixture
def make(keys: PipeInput) -> Callable[..., PaintedPrompt]:
    def make(**more: Any) -> PaintedPrompt:
        parts: dict[str, Any] = {
            "complete": lambda text: [],
            "highlight": lambda text: (0, ""),
            "toolbar": lambda text, width: [],
            "history": InMemoryHistory(),
            **more,
        }
        return PaintedPrompt(**parts, input=keys, output=DummyOutput())

    return make


def read(prompt: PaintedPrompt, default: str = "", shown: Callable[[], None] = lambda: None) -> str:
    """One line, within the time that is allowed."""

    def begun() -> None:
        late = TimeoutError("the prompt did not end")
        asyncio.get_running_loop().call_later(PATIENCE, lambda: prompt.app.exit(exception=late))
        shown()

    return prompt.read(default, begun)


# ---- sending, and new lines


@pytest.mark.parametrize(
    ("pressed", "line"),
    [
        ("hello" + ENTER, "hello"),
        (ENTER, ""),
        ("one" + ALT_ENTER + "two" + ENTER, "one\ntwo"),
        ("one" + CTRL_J + "two" + ENTER, "one\ntwo"),
        ("one" + CTRL_J + CTRL_J + ENTER, "one\n\n"),
        ("日本 👍" + ENTER, "日本 👍"),
        ("abc\x1b[D\x1b[D" + ENTER, "abc"),
        ("ac\x1b[Db" + ENTER, "abc"),
        ("drop me\x15keep" + ENTER, "keep"),
    ],
)
def test_enter_sends_and_alt_enter_or_ctrl_j_begin_a_new_line(
    make: Callable[..., PaintedPrompt], keys: PipeInput, pressed: str, line: str
) -> None:
    """Enter sends all that is typed, wherever the cursor stands; the other two only break the line."""
    keys.send_text(pressed)
    assert read(make()) == line


@pytest.mark.parametrize(
    ("pasted", "after", "line"),
    [
        ("one\ntwo\nthree", ENTER, "one\ntwo\nthree"),
        ("one\ntwo\n", "!" + ENTER, "one\ntwo\n!"),
        ("one\r\ntwo\r\n", "!" + ENTER, "one\ntwo\n!"),
        ("one\rtwo", ENTER, "one\ntwo"),
        ("/exit\n/clear\n", ENTER, "/exit\n/clear\n"),
        ("tab\tand \x1b[31m red", ENTER, "tab\tand \x1b[31m red"),
    ],
)
def test_a_paste_of_many_lines_is_one_message_and_never_sends_by_itself(
    make: Callable[..., PaintedPrompt], keys: PipeInput, pasted: str, after: str, line: str
) -> None:
    """A bracketed paste goes into the line as it is; only Enter sends it."""
    keys.send_text(paste(pasted) + after)
    assert read(make()) == line


def test_what_is_typed_is_mended(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """A byte that is no text becomes U+FFFD: nothing that can't be sent comes out of the prompt."""
    keys.send_bytes(b"caf\xe9 " + ENTER.encode())
    line = read(make())
    line.encode()
    assert line.startswith("caf")


def test_one_prompt_reads_many_lines(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Each line is its own: nothing of the last one is left in the next."""
    prompt = make()
    keys.send_text("one" + ENTER)
    assert read(prompt) == "one"
    keys.send_text("two" + ENTER)
    assert read(prompt) == "two"


# ---- a text to edit


def test_a_text_can_be_given_to_edit(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """A returned text stands in the line, the cursor behind it, line breaks and all."""
    keys.send_text(" more" + ENTER)
    assert read(make(), "one\ntwo") == "one\ntwo more"


def known(text: str) -> tuple[int, str]:
    """What /show and /set are coloured as."""
    return (5, "command") if text.startswith(("/show", "/set")) else (0, "unknown")


@pytest.mark.parametrize(
    ("pressed", "lines"),
    [
        ("/show" + ENTER, ["/show", "back"]),
        (paste("/show") + ENTER, ["/show", "back"]),
        (paste("/usr/bin") + ENTER, ["back/usr/bin"]),
        (" /show" + ENTER, ["back /show"]),
        ("\x1b[D/" + ENTER, ["bac/k"]),
        ("/sh" + CTRL_C + "!" + ENTER, ["back!"]),
        ("/" + CTRL_C + CTRL_C + "new" + ENTER, ["new"]),
        (CTRL_C + "/show" + ENTER, ["/show"]),
        ("/show" + CTRL_J + "x" + ENTER, ["/show\nx", "back"]),
    ],
)
def test_a_command_takes_the_place_of_a_text_that_came_back(
    make: Callable[..., PaintedPrompt], keys: PipeInput, pressed: str, lines: list[str]
) -> None:
    """It is never glued to the text, which comes back after it; a text that was touched is being edited."""
    prompt = make(highlight=known)
    keys.send_text(pressed)
    assert read(prompt, "back") == lines[0]
    for line in lines[1:]:
        keys.send_text(ENTER)
        assert read(prompt) == line


def test_a_line_that_is_sent_again_stands_alone(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """What is pressed while a line of the start is taken comes to the next prompt."""
    prompt = make()
    keys.send_text("more")
    assert prompt.read("first", sent=True) == "first"
    keys.send_text(ENTER)
    assert read(prompt) == "more"


def test_ctrl_c_that_comes_with_enter_takes_the_line_back(
    make: Callable[..., PaintedPrompt], keys: PipeInput
) -> None:
    """Enter and Ctrl-C in one read: whoever sends the line is told, once, and Ctrl-C does nothing else."""
    prompt = make()
    keys.send_text("one" + ENTER + CTRL_C)
    assert read(prompt) == "one"
    assert prompt.taken_back()
    assert not prompt.taken_back()
    keys.send_text("two" + ENTER)
    assert read(prompt) == "two"
    assert not prompt.taken_back()


def test_lines_that_arrive_together_are_one(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Several lines in one read stand there; Enter, pressed after them, sends all."""
    prompt = make()
    keys.send_text("one" + ENTER + "\ttwo" + ENTER)
    shown: list[str] = []

    def look(_: object) -> None:
        text = prompt.app.current_buffer.text
        if text and not shown:
            shown.append(text)
            keys.send_text(ENTER)

    prompt.app.after_render += look
    assert read(prompt) == "one\n\ttwo"
    assert shown == ["one\n\ttwo"]


# ---- leaving


def test_ctrl_c_clears_what_is_typed(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Ctrl-C on typed text throws it away and goes on; on several lines too."""
    keys.send_text("one" + CTRL_J + "two" + CTRL_C + "three" + ENTER)
    assert read(make()) == "three"


def test_ctrl_c_on_an_empty_line_interrupts(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """With nothing typed, Ctrl-C is for the shell, which hints at Ctrl-D."""
    keys.send_text("x" + CTRL_C + CTRL_C)
    with pytest.raises(KeyboardInterrupt):
        read(make())


def test_ctrl_d_on_an_empty_line_leaves(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Ctrl-D ends the input."""
    keys.send_text(CTRL_D)
    with pytest.raises(EOFError):
        read(make())


def test_ctrl_d_on_typed_text_does_not_leave(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Ctrl-D in the middle of a line deletes a character, as everywhere."""
    keys.send_text("abc\x1b[D" + CTRL_D + ENTER)
    assert read(make()) == "ab"


def test_the_prompt_can_be_ended_from_outside(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """A signal ends the prompt by an exception of its own; where no prompt is up, it is told so."""

    class Ended(BaseException):
        pass

    prompt = make()
    assert prompt.end(Ended()) is False
    ends: list[bool] = []
    with pytest.raises(Ended):
        read(prompt, shown=lambda: ends.append(prompt.end(Ended())))
    assert ends == [True]


def test_an_end_that_comes_just_after_enter_is_not_lost(
    make: Callable[..., PaintedPrompt], keys: PipeInput
) -> None:
    """A signal while the prompt is taken down ends it all the same, when it is gone; the next one is as ever."""

    class Ended(BaseException):
        pass

    prompt = make()

    def both() -> None:
        prompt.app.exit(result="text")
        assert prompt.end(Ended())

    with pytest.raises(Ended):
        read(prompt, shown=both)
    keys.send_text("more" + ENTER)
    assert read(prompt) == "more"


def test_shown_is_called_once_each_time(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Whoever waits for the prompt to be up is called when it is painted, once a prompt."""
    calls: list[int] = []
    prompt = make()
    for number in (1, 2):
        keys.send_text("some text" + ENTER)
        read(prompt, shown=lambda number=number: calls.append(number))
    assert calls == [1, 2]


# ---- history


def test_up_brings_earlier_lines_back(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Up is the line before, of this session too."""
    prompt = make(history=InMemoryHistory(["oldest", "older"]))
    keys.send_text("newest" + ENTER)
    read(prompt)
    keys.send_text(UP + UP + ENTER)
    assert read(prompt) == "older"


def test_ctrl_r_searches_earlier_lines(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Ctrl-R finds the newest line that holds the text; Enter takes it into the line, and sends it."""
    prompt = make(history=InMemoryHistory(["find me here", "something else"]))
    keys.send_text(CTRL_R + "find" + ENTER + ENTER)
    assert read(prompt) == "find me here"


@pytest.mark.parametrize(
    ("pressed", "line"),
    [
        (CTRL_R + "two he" + ENTER + ENTER, "here are two"),  # words, in any order
        (CTRL_R + ENTER + ENTER, "newest"),
        ("draft" + CTRL_R + "zzz" + "\x07" + ENTER, "draft"),  # Ctrl-G: as it was before
        (CTRL_R + "onex\x7f" + ENTER + ENTER, "here is one"),
        (CTRL_R + "nothing so" + ENTER + ENTER, "nothing so"),
    ],
)
@pytest.mark.parametrize("vi", [False, True])
def test_what_is_searched_can_be_taken_or_left(
    make: Callable[..., PaintedPrompt], keys: PipeInput, pressed: str, line: str, vi: bool
) -> None:
    """Enter takes the newest line that holds all the words, and sends nothing; Ctrl-G leaves all as it was."""
    prompt = make(history=InMemoryHistory(["here is one", "here are two", "newest"]), vi=lambda: vi)
    keys.send_text(pressed)
    assert read(prompt) == line


def test_the_search_shows_its_matches(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Newest first, each once, in the menu; chosen by Ctrl-R again, taken by Enter."""
    prompt = make(history=InMemoryHistory(["a cat", "a dog", "a cat", "the cow"]))
    seen: list[list[tuple[str, str, int]]] = []

    def choose(found: list[tuple[str, str, int]]) -> None:
        seen.append(found)
        keys.send_text(CTRL_R + CTRL_R + ENTER + ENTER)

    Menu(prompt, choose)
    keys.send_text(CTRL_R)
    assert read(prompt) == "a cat"
    assert [text for text, _, _ in seen[0]] == ["the cow", "a cat", "a dog"]


@pytest.mark.parametrize("vi", [False, True])
def test_signs_that_begin_searches_elsewhere_are_text(
    make: Callable[..., PaintedPrompt], keys: PipeInput, vi: bool
) -> None:
    """A message may begin with ! or ?."""
    prompt = make(vi=lambda: vi)
    keys.send_text("!? really?!" + ENTER)
    assert read(prompt) == "!? really?!"


@given(
    st.lists(st.text(st.sampled_from("ab日 \u202e\u2066\ufeff\x9b\x1b\U000e0041é"), max_size=6), max_size=4)
)
def test_what_would_steer_the_terminal_is_visible_at_the_prompt(parts: list[str]) -> None:
    """Pasted, completed or from history: it is shown as everywhere, and the cursor stands beside the
    character that it is beside in the text."""
    text = "".join(parts)
    fragments = [("", part) for part in parts]
    line = TransformationInput(None, Document(text), 0, lambda i: i, fragments, 80, 1)  # type: ignore[arg-type]
    seen = Visible().apply_transformation(line)
    shown = "".join(part for _, part, *_ in seen.fragments)
    assert not set("\u202e\u2066\ufeff\x9b\U000e0041") & set(shown)
    for place in range(len(text) + 1):
        assert seen.display_to_source(seen.source_to_display(place)) == place
    for place, character in enumerate(text):
        if character.isascii() or character in "日é":
            assert shown[seen.source_to_display(place)] == character


# ---- completion


class Menu:
    """Presses keys, and does something once the menu of completions is up."""

    def __init__(self, prompt: PaintedPrompt, then: Callable[[list[tuple[str, str, int]]], None]) -> None:
        self._prompt = prompt
        self._then = then
        self._seen = False
        prompt.app.after_render += self._look

    def _look(self, _: object) -> None:
        state = self._prompt.app.current_buffer.complete_state
        if state and state.completions and not self._seen:
            self._seen = True
            self._then([(c.text, c.display_meta_text, c.start_position) for c in state.completions])


def complete(text: str) -> list[tuple[int, str, str]]:
    """Two commands for /se, values for /set, nothing else."""
    if text == "/se":
        return [(1, "set", "Set it."), (1, "seed", "Same\nagain \x1b[31m.")]
    if text == "/set ":
        return [(5, "temperature", "0 to 2")]
    return []


def test_the_menu_shows_names_with_their_help(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Typing /se brings up the menu by itself: names, and beside each its help on one safe line."""
    prompt = make(complete=complete)
    found: list[tuple[str, str, int]] = []

    def then(items: list[tuple[str, str, int]]) -> None:
        found.extend(items)
        keys.send_text(ENTER)

    Menu(prompt, then)
    keys.send_text("/se")
    assert read(prompt) == "/se", "Enter sends what is typed, not what is offered"
    assert found == [("set", "Set it.", -2), ("seed", "Same again ␛[31m.", -2)]


def test_tab_takes_the_first_offer(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """With the menu up, Tab puts an offer in the place of what was typed of it."""
    prompt = make(complete=complete)
    Menu(prompt, lambda _: keys.send_text(TAB + ENTER))
    keys.send_text("/se")
    assert read(prompt) == "/set"


def test_escape_closes_the_menu(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Escape takes the menu away and leaves the line as it was typed; typing goes on."""
    prompt = make(complete=complete)
    Menu(prompt, lambda _: keys.send_text("\x1b" + "d" + ENTER))
    keys.send_text("/se")
    assert read(prompt) == "/sed"


def test_only_what_stands_before_the_cursor_completes(
    make: Callable[..., PaintedPrompt], keys: PipeInput
) -> None:
    """The completer sees the text up to the cursor, all lines of it."""
    asked: list[str] = []

    def asking(text: str) -> list[tuple[int, str, str]]:
        asked.append(text)
        return [(0, "x", "")] if text == "a\nb" else []

    prompt = make(complete=asking)
    Menu(prompt, lambda _: keys.send_text(ENTER))
    keys.send_text("a" + CTRL_J + "c\x1b[Db")
    assert read(prompt) == "a\nbc"
    assert "a\nb" in asked


def test_an_exception_in_the_completer_never_shows(
    make: Callable[..., PaintedPrompt], keys: PipeInput, capfd: pytest.CaptureFixture[str]
) -> None:
    """A completer that fails offers nothing; typing goes on, and nothing is written."""
    called = []

    def broken(text: str) -> list[tuple[int, str, str]]:
        called.append(text)
        if len(called) == 1:
            keys.send_text("bc" + ENTER)
        raise RuntimeError("broken on purpose")

    prompt = make(complete=broken)
    keys.send_text("a")
    assert read(prompt) == "abc"
    assert called
    assert capfd.readouterr() == ("", "")


def test_an_exception_in_the_toolbar_never_shows(
    make: Callable[..., PaintedPrompt], keys: PipeInput, capfd: pytest.CaptureFixture[str]
) -> None:
    """A toolbar that fails is empty."""

    def broken(text: str, width: int) -> list[tuple[str, str]]:
        raise RuntimeError("broken on purpose")

    keys.send_text("abc" + ENTER)
    assert read(make(toolbar=broken)) == "abc"
    assert capfd.readouterr() == ("", "")


def test_the_toolbar_is_told_what_is_typed(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """The toolbar counts the text as it stands, in the width of the window."""
    asked: list[tuple[str, int]] = []

    def toolbar(text: str, width: int) -> list[tuple[str, str]]:
        asked.append((text, width))
        if text == "abc" and len(asked) > 1:
            keys.send_text(ENTER)
        return [("", "x")]

    prompt = make(toolbar=toolbar)
    keys.send_text("abc")
    assert read(prompt) == "abc"
    assert ("abc", DummyOutput().get_size().columns) in asked


# ---- vi


def test_emacs_keys_are_the_default(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Ctrl-A goes to the beginning of the line."""
    keys.send_text("bc\x01a" + ENTER)
    assert read(make()) == "abc"


def test_vi_keys_by_a_setting(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """In vi mode Escape leaves insertion: 0 goes to the beginning, i inserts, x deletes; Enter sends."""
    keys.send_text("bcd\x1b0xia" + ENTER)
    assert read(make(vi=lambda: True)) == "acd"


def test_the_setting_holds_from_the_next_line_on(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Changing the setting in the middle of a run changes the keys of the next prompt."""
    mode = [False]
    prompt = make(vi=lambda: mode[0])
    keys.send_text("bc\x01a" + ENTER)
    assert read(prompt) == "abc"
    mode[0] = True
    keys.send_text("bcd\x1b0xia" + ENTER)
    assert read(prompt) == "acd"


# ---- questions


@pytest.mark.parametrize("hidden", [False, True])
def test_a_question_takes_one_line(make: Callable[..., PaintedPrompt], keys: PipeInput, hidden: bool) -> None:
    """An answer ends at Enter and stays out of the history."""
    history = InMemoryHistory()
    keys.send_text("sk-secret" + ENTER)
    assert make(history=history).ask("key? ", hidden) == "sk-secret"
    assert history.get_strings() == []


@pytest.mark.parametrize("pressed", [CTRL_C, CTRL_D, "typed" + CTRL_C])
def test_a_question_can_be_left(make: Callable[..., PaintedPrompt], keys: PipeInput, pressed: str) -> None:
    """Ctrl-C or Ctrl-D is no answer."""
    keys.send_text(pressed)
    assert make().ask("sure? ") is None


def test_tabs_of_a_paste_stay_tabs(make: Callable[..., PaintedPrompt], keys: PipeInput) -> None:
    """Code that is pasted keeps its tabs; none of them completes."""
    keys.send_text(paste("def f():\n\treturn 1\t\n") + ENTER)
    assert read(make(complete=lambda text: [(0, "wrong", "")])) == "def f():\n\treturn 1\t\n"


def test_a_second_tab_turns_the_page_of_a_long_menu(
    make: Callable[..., PaintedPrompt], keys: PipeInput
) -> None:
    """The first takes the first completion; a second the first of the next page, and so on, round again."""
    names = [f"name{number:02}" for number in range(20)]
    prompt = make(complete=lambda text: [(1, name, "") for name in names] if text == "/n" else [])
    Menu(prompt, lambda found: keys.send_text(TAB + TAB + TAB + ENTER))
    keys.send_text("/n")
    assert read(prompt) == "/name16"
    Menu(prompt, lambda found: keys.send_text(TAB * 4 + ENTER))
    keys.send_text("/n")
    assert read(prompt) == "/name00"
