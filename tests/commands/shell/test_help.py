"""/help: the commands, one of them, a parameter, the keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.parameters.table import NAMES
from chat.session.state import Session
from commands import dispatch, registry
from commands.declare import Action
from terminal.screen import TerminalScreen

from ...support.recorder import RecordingScreen
from ...support.screen import Window

Type = Callable[[str], Action | None]
KNOWN = registry()


@pytest.mark.parametrize("text", ["/help", "/?", "/hel"])
def test_help_names_each_group_with_what_is_used_most(
    typed: Type, screen: RecordingScreen, text: str
) -> None:
    """The overview has a row for each group, with commands that are there, and how many more there are."""
    typed(text)
    ((head, rows),) = screen.tables
    assert head == ("group", "commands")
    assert [row[0] for row in rows] == [*(group.name for group in KNOWN.groups), "parameters", "preferences"]
    for group, row in zip(KNOWN.groups, rows, strict=False):
        commands = [each.name for each in group.commands]
        named, _, rest = row[1].partition(" and ")
        assert {each.removeprefix("/") for each in named.split()} <= set(commands)
        assert len(named.split()) + int(rest.partition(" ")[0] or 0) == len(commands)
    assert any("/help GROUP" in said for said in screen.said)


def test_help_fits_a_screen(typed: Type, session: Session) -> None:
    """/help leaves room for the prompt and its toolbar on 24 rows of 80 columns."""
    window = Window(80, 24)
    dispatch.run("/help", KNOWN, session, TerminalScreen(window))
    assert len(window.rows) <= 20
    assert all(f"/{name}" in window.text for group in KNOWN.groups for name in group.foremost)


def test_help_of_all(typed: Type, screen: RecordingScreen) -> None:
    """/help all has a row for each command, with its usage and help; /help parameters one for each of those."""
    typed("/help all")
    rows = [row for _, table in screen.tables for row in table]
    assert rows == [(each.usage, each.help) for each in KNOWN if each.listed]
    assert ("/set [name [value]]", "Set a parameter, or show it.") in rows
    screen.tables.clear()
    typed("/help parameters")
    assert [row[0] for row in screen.tables[0][1]] == list(NAMES)


def test_help_of_a_group(typed: Type, screen: RecordingScreen) -> None:
    """/help GROUP shows its commands alone; no command has the name of a group."""
    for group in KNOWN.groups:
        screen.tables.clear()
        typed(f"/help {group.name}")
        assert screen.tables == [
            ((group.name, group.about), [(each.usage, each.help) for each in group.commands])
        ]
    taken = {name for each in KNOWN for name in (each.name, *each.aliases)}
    assert not taken & {group.name for group in KNOWN.groups}


def test_help_of_each_command(typed: Type, screen: RecordingScreen) -> None:
    """/help NAME tells usage, help, details and aliases."""
    for command in (each for each in KNOWN if each.listed and each.name != "keys"):  # those are shown
        screen.said.clear()
        typed(f"/help {command.name}")
        assert screen.said[0] == f"{command.usage}\n{command.help}"
        assert not command.details or command.details in screen.said
        also = "also " + ", ".join(f"/{each}" for each in command.aliases)
        assert not command.aliases or screen.said[-1] == also
        assert not screen.failed


@pytest.mark.parametrize("text", ["/help temperature", "/help temp", "/help /temperature", "/help TEMP"])
def test_help_of_a_parameter(typed: Type, screen: RecordingScreen, text: str) -> None:
    """A parameter, by name, alias or with its slash, is described with its range."""
    typed(text)
    assert screen.said[0] == "temperature not set"
    assert "a number from 0 to 2" in screen.said[1]


def test_help_of_a_setting_that_is_not_sent(typed: Type, screen: RecordingScreen) -> None:
    """What is no field of the request has its help too."""
    typed("/help api_key_env")
    assert "the name of an environment variable, not a key" in screen.said[1]


def test_help_of_the_keys(typed: Type, screen: RecordingScreen) -> None:
    """/help keys shows what the keys do."""
    typed("/help keys")
    assert screen.said == ["keys"]


def test_help_of_nothing_known(typed: Type, screen: RecordingScreen) -> None:
    """A topic that is none is answered by the nearest, and an ambiguous one by what it could be."""
    typed("/help temprature")
    typed("/help xyzzy")
    typed("/help s")
    assert screen.failed[0] == "no command /temprature; did you mean /temperature?"
    assert screen.failed[1] == "no command /xyzzy"
    assert screen.failed[2].startswith("/s could be /set, /show")
