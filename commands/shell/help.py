"""/help and /exit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chat.base.errors import BadInput, UnknownName
from chat.base.tables import columns
from chat.parameters.table import NAMES
from chat.session.state import Session

from ..declare import Argument, Command, Group, Quit, Registry, Suggestion, command, offer
from ..screen import Screen
from ..settings.parameters import describe, look_up


def help_command(registry: list[Registry]) -> Command:
    """/help needs to see all commands, itself too: the list holds the registry once it is made."""

    def suggest(session: Session, typed: str) -> Iterator[Suggestion]:
        topics = [(group.name, group.about) for group in registry[0].groups]
        topics += [(item.name, item.help) for item in registry[0]]
        topics += [(name, "parameter") for name in NAMES if not registry[0].knows(name)]
        return offer(typed, [*topics, ("keys", "what the keys do")])

    @command(Argument("topic", suggest, optional=True), name="help", aliases=("?",))
    def show_help(session: Session, screen: Screen, topic: str | None) -> None:
        """Show the commands, or a group of them, or one, or a parameter, or the keys."""
        groups = {group.name: group for group in registry[0].groups}
        if topic is None:
            _overview(screen, registry[0])
        elif topic in groups:
            _group(screen, groups[topic])
        elif topic == "keys":
            screen.keys()
        else:
            _topic(session, screen, registry[0], topic.lstrip("/"))

    return show_help


def _overview(screen: Screen, registry: Registry) -> None:
    for group in registry.groups:
        _group(screen, group)
    grouped = {item.name for group in registry.groups for item in group.commands}
    others = [item for item in registry if item.listed and item.name not in grouped]
    screen.table(columns("preferences", "of this shell, kept for every session"), _rows(others))
    names = ", ".join(NAMES)
    screen.say(f"Each parameter is a command too: {names}.", dim=True)
    screen.say(
        "/help NAME tells more of one, or shows a group; /help keys the keys; //text sends a leading slash.",
        dim=True,
    )


def _group(screen: Screen, group: Group) -> None:
    screen.table(columns(group.name, group.about), _rows(group.commands))


def _rows(commands: Iterable[Command]) -> list[tuple[str, str]]:
    return [(each.usage, each.help) for each in commands]


def _topic(session: Session, screen: Screen, registry: Registry, topic: str) -> None:
    try:
        found = registry.find(topic)
    except UnknownName as unknown:
        try:
            describe(session, screen, look_up(topic))
        except BadInput:
            raise unknown from None
        return
    if not found.listed:
        describe(session, screen, look_up(found.name))
        return
    screen.say(f"{found.usage}\n{found.help}")
    if found.details:
        screen.say(found.details, dim=True)
    if found.aliases:
        screen.say("also " + ", ".join("/" + alias for alias in found.aliases), dim=True)


@command(aliases=("quit", "q"), name="exit")
def exit_(session: Session, screen: Screen) -> Quit:
    """Leave."""
    return Quit()
