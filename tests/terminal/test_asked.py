"""What the terminal replies is taken out of what is typed, wherever it is cut, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.asked import Replies, question

from ..support.examples import times

WHITE = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
BLACK = "\x1b]11;rgb:00/00/00\x07"
KNOWN = "\x1b[?2026;2$y"


@pytest.mark.parametrize(
    ("reply", "background", "together"),
    [
        (WHITE, (255, 255, 255), None),
        (BLACK, (0, 0, 0), None),
        ("\x1b]11;rgba:8080/0000/ffff/ffff\x1b\\", (128, 0, 255), None),
        ("\x1b]11;rgb:f/0/8\x07", (255, 0, 136), None),
        ("\x1b]11;#123456\x07", None, None),
        ("\x1b]11;?\x1b\\", None, None),
        (KNOWN, None, True),
        ("\x1b[?2026;1$y", None, True),
        ("\x1b[?2026;0$y", None, False),
        ("\x1b[?2026;4$y", None, False),
        (WHITE + KNOWN, (255, 255, 255), True),
        (KNOWN + BLACK, (0, 0, 0), True),
    ],
)
def test_what_replies_tell(
    reply: str, background: tuple[int, int, int] | None, together: bool | None
) -> None:
    """Whatever its form, a reply is read, nothing of it is typed, and whoever waits is told."""
    told = []
    replies = Replies(lambda: told.append(1))
    assert replies.typed(reply) == ""
    assert (replies.background, replies.together) == (background, together)
    assert told


KEYS = st.lists(
    st.sampled_from(
        ["a", "ü", "\r", "\x1b[A", "\x1b[200~pasted\x1b[201~", "\x1b]", "\x1b", "\x1bb", "7", "\x03", "?"]
    )
).map("".join)


@times(2)
@given(before=KEYS, after=KEYS, cut=st.integers(2, len(WHITE)))
def test_what_is_typed_stays(before: str, after: str, cut: int) -> None:
    """Keys before and after a reply come through whole and in order, also where it comes in two parts."""
    replies = Replies()
    got = [replies.typed(each) for each in (before, WHITE[:cut], WHITE[cut:], after)]
    whole = "".join(got)
    if cut > 2:
        assert whole == before + after
        assert replies.background == (255, 255, 255)
    else:  # an Escape and what is behind it may be a key
        assert whole.startswith(before) and whole.endswith(after)


@times(2)
@given(KEYS)
def test_keys_without_replies_are_not_held_back(keys: str) -> None:
    """Escape, Alt-] and arrows are there at once."""
    assert Replies().typed(keys) == keys


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        ({"TERM": "xterm-256color"}, "\x1b]11;?\x1b\\\x1b[?2026$p"),
        ({"TERM": "screen-256color", "TMUX": "x"}, "\x1b]11;?\x1b\\\x1b[?2026$p"),
        ({"TERM": "screen-256color", "STY": "x"}, ""),
        ({"TERM": "screen"}, ""),
        ({"TERM": "dumb"}, ""),
        ({"TERM": "linux"}, ""),
        ({}, ""),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, "\x1b]11;?\x1b\\"),
    ],
)
def test_who_is_asked(environ: dict[str, str], asked: str) -> None:
    """Terminals that don't answer, or would show the question, are not asked it."""
    assert question(environ) == asked


def test_only_a_terminal_is_listened_to() -> None:
    """What prompt-toolkit reads from a pipe is left as it is; a terminal's reader gives keys alone."""

    class Reader:
        def read(self, count: int = 1024) -> str:
            return f"a{WHITE}b"

    class Input:
        stdin_reader = Reader()

    replies = Replies()
    replies.listen(object())
    replies.listen(Input)
    assert Input.stdin_reader.read() == "ab" and Input.stdin_reader.read(10) == "ab"
    assert replies.background == (255, 255, 255)
