"""Aliases are commands of the person's own: defined, listed, completed, and refused where they would mislead."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.base.places import places
from chat.endpoint.memory import File, Preferences
from chat.session.state import Session
from commands import dispatch, line, registry
from commands.declare import Action, Play
from commands.shell import alias

from ...support.recorder import RecordingScreen

Type = Callable[[str], Action | None]


def lines(action: Action | None) -> list[str]:
    """What an alias types."""
    assert isinstance(action, Play)
    return [each.text for each in action.lines]


@pytest.mark.parametrize(
    ("text", "typed_behind", "done"),
    [
        ("Say hi to $1 and $2: $@", 'Bob "red wine"', ['Say hi to Bob and red wine: Bob "red wine"']),
        ("/set temperature 0; Say $1; twice", "x", ["/set temperature 0", "Say x; twice"]),
        ("/set temperature", "0.5", ["/set temperature 0.5"]),
        ("/show", "", ["/show"]),
        ("Explain:", "it's $5 \\d", ["Explain: it's $5 \\d"]),
        ("/set seed 1\n<<END\n/about $1\nEND", "Rome", ["/set seed 1", "/about Rome"]),
        ("costs $$5", "", ["costs $5"]),
        ("$1", "/exit", ["/exit"]),
    ],
)
def test_it_types_its_lines(typed: Type, text: str, typed_behind: str, done: list[str]) -> None:
    """$1 and $@ are what is typed behind the name; without them that goes to the end."""
    typed(f"/alias mine = {text}")
    assert lines(typed(f"/mine {typed_behind}".strip())) == done


def test_what_is_given_makes_no_command(typed: Type) -> None:
    """An argument is text, whatever it begins with."""
    typed("/alias say = $1")
    action = typed("/say /exit")
    assert isinstance(action, Play) and action.lines[0].message


def test_it_is_listed_shown_completed_and_taken_back(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """/alias lists, /alias NAME shows, /help has it, Tab completes it, /unalias ends it."""
    known = registry()

    def do(text: str) -> None:
        dispatch.run(text, known, session, screen)

    do("/alias Say-Hi = Say hi")
    do("/alias")
    do("/alias say-hi")
    do("/help")
    do("/help say_hi")
    assert screen.tables[0][1] == [("/say_hi", "Say hi")]
    assert screen.raw == ["/alias say_hi = Say hi"]
    assert screen.tables[1][1][-1] == ("aliases", "/say_hi")
    assert any("/say_hi [arguments…]" in each for each in screen.said)
    assert [each.text for _, each in line.complete("/say", known, session)] == ["say_hi"]
    assert line.highlight("/say_hi x", known) == (7, "command")
    do("/unalias say_hi")
    assert "say_hi" not in [each.text for _, each in line.complete("/say", known, session)]
    do("/alias say_hi")
    assert "no alias say_hi" in screen.failed[-1]


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("set = hi", "/set is a command"),
        ("temp = hi", "/temp is a command"),
        ("plain = hi", "/plain is a command"),
        ("a.b = hi", "can't name an alias"),
        ("x =", "misses what it is to type"),
        ("x = # hi", "would type nothing"),
        ("x = <<END", "<<END is not closed"),
        ("x = /x", "/x would never end: /x → /x"),
        ("b = Say; hi /a", ""),
        ("c = /set seed 1; /A now", ""),
        ("a = /show; /c", "/a would never end: /a → /c → /a"),
        ("key = my sk-abcdefghijklmnopqrstuvwxyz0123456789", "is a command"),
        ("mine = my sk-abcdefghijklmnopqrstuvwxyz0123456789", "a key is not kept"),
        ("long = " + "x" * 10_001, "at most 10,000 characters"),
    ],
)
def test_what_is_refused(typed: Type, screen: RecordingScreen, definition: str, said: str) -> None:
    """No alias stands before a command, types nothing, leads back to itself, or holds a key."""
    typed("/alias c = /set seed 1; /a now")
    typed(f"/alias {definition}")
    assert said in (screen.failed or [""])[-1] and bool(screen.failed) == bool(said)


def test_a_beginning_means_what_it_meant(typed: Type, screen: RecordingScreen) -> None:
    """An alias changes nothing of what the beginning of a command's name stands for."""
    typed("/alias usage_of = hi")
    typed("/usag")
    assert not screen.failed


def test_they_are_kept(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """Another session has them; what a hand wrote into the file over a command is left out."""
    typed("/alias two = /set seed 1\n\nSay hi")
    path = session.places.preferences
    path.write_text(path.read_text().rstrip("\n") + "\n  show: hi\n  n: 5\n")
    session.preferences = Preferences(File(places(session.environ).preferences))
    known = registry()
    alias.bind(known, session)
    assert lines(dispatch.run("/two", known, session, screen)) == ["/set seed 1", "Say hi"]
    assert list(known.own) == ["two"]
