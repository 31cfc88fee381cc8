"""Scripts of the shell's are read as lines that would be typed: comments, heredocs, arguments, and the parts of -c."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.base.errors import BadInput
from chat.transfer.script import Arguments, Statement, parts, read

from ...support.examples import times


def typed(text: str, *words: str) -> list[str]:
    return [each.text for each in read(text, "F", Arguments.of(words))]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("/set temperature 0\nSay hi\n", ["/set temperature 0", "Say hi"]),
        ("#!/usr/bin/env -S tempera run\n  # why\n\n  /show  \r\n", ["/show"]),
        ("/system <<END\nOne.\n\n# two\nEND\nhi", ["/system One.\n\n# two", "hi"]),
        ("<<X\n/not a command\nX", ["/not a command"]),
        ("a << b", ["a << b"]),
        ("x<<END", ["x<<END"]),
        ("Sum up $1 and $2: $@, $$1, $HOME, $0", ["Sum up a and b c: a b c, $1, $HOME, $0"]),
        ("<<'END'\n$1 $$\nEND", ["$1 $$"]),
        ("/alias hi = Say hi to $1", ["/alias hi = Say hi to $1"]),
        ("", []),
    ],
)
def test_what_is_typed(text: str, lines: list[str]) -> None:
    """Each line is what would be typed; comments and empty lines are nothing, <<WORD stands for lines."""
    assert typed(text, "a", "b c") == lines


def test_each_knows_its_line() -> None:
    """A statement has the number of the line it begins in."""
    assert [each.line for each in read("# a\nb\n<<E\nc\nE\nd", "F")] == [2, 3, 6]


@pytest.mark.parametrize("text", ["$1", "$@", "$1 now", "<<E\n$1\nE"])
def test_an_argument_never_makes_a_command(text: str) -> None:
    """What an argument brings is sent, be it `/delete` or `exit`."""
    assert read(text, "F", Arguments.of(["/delete 1"]))[0].message
    assert not read("/title $1", "F", Arguments.of(["/delete 1"]))[0].message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n<<END\nb\n END", r"F:2: <<END is not closed"),
        ("a\nIt costs $5", r"F:2: there is no \$5: one was given"),
        ("a\0b", r"F is no text"),
    ],
)
def test_what_can_not_be_read_is_named(text: str, said: str) -> None:
    """The file and the line are in the sentence, and nothing is done then."""
    with pytest.raises(BadInput, match=said):
        typed(text, "x")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/set temperature 0; Say hi", ["/set temperature 0", "Say hi"]),
        ("/set temperature 0; Say hi; and bye", ["/set temperature 0", "Say hi; and bye"]),
        ("What does a; b do?", ["What does a; b do?"]),
        ("Say hi; /usage", ["Say hi; /usage"]),
        ('/set stop "a; b"; /show', ['/set stop "a; b"', "/show"]),
        ("/set stop 'a; b'; /show", ["/set stop 'a; b'", "/show"]),
        ('/set {"stop": ["; "]}; x', ['/set {"stop": ["; "]}', "x"]),
        ("/system Don't stop; hi", ["/system Don't stop", "hi"]),
        ("/system Smile :(; hi", ["/system Smile :(", "hi"]),
        ("/system Be brief\\; be kind; hi", ["/system Be brief; be kind", "hi"]),
        ("/tokens a;b;; hi", ["/tokens a;b;", "hi"]),
        ("/show;", ["/show"]),
        ("/show; /alias b = /set seed 1; hi", ["/show", "/alias b = /set seed 1; hi"]),
        ("  ", []),
    ],
)
def test_a_semicolon_ends_a_command_and_never_a_message(text: str, found: list[str]) -> None:
    """It parts outside quotes and brackets, before a blank; a message takes the rest as it stands."""
    assert parts(text) == found


@times(1)
@given(st.text(max_size=40).filter(lambda text: not text.strip().startswith("/")))
def test_a_message_is_never_parted(text: str) -> None:
    """Whatever a message holds, it is one part."""
    assert parts(text) == ([text.strip()] if text.strip() else [])


@times(1)
@given(st.lists(st.text("a ;'\"\\[{:", max_size=8), max_size=3))
@example(["; ", "'"])
def test_json_is_never_parted(texts: list[str]) -> None:
    """A command with JSON stays whole, whatever its texts hold."""
    line = f"/set {json.dumps({'stop': texts})}"
    assert parts(f"{line}; /show") == [line.replace("\\;", ";"), "/show"]


@times(1)
@given(st.text(max_size=60))
def test_reading_is_total(text: str) -> None:
    """Any text is statements or one clear refusal."""
    said = ""
    try:
        found = read(text, "F", Arguments())
    except BadInput as error:
        found, said = [], error.message
    assert said.startswith("F") if said else all(isinstance(each, Statement) for each in found)
