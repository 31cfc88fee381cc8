"""/help, /keys and /exit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chat.base.errors import BadInput, UnknownName
from chat.base.tables import columns
from chat.parameters.table import ALL, NAMES
from chat.session.state import Session

from ..declare import Argument, Command, Group, Quit, Registry, Suggestion, command, offer
from ..screen import Screen
from ..settings.assigning import describe, look_up

_SHOWN = 6  # aliases, where there is little room
_TOPICS = (
    ("parameters", "all of them"),
    ("preferences", "of this shell"),
    ("aliases", "yours"),
    ("all", "every command"),
)


def help_command(registry: list[Registry]) -> Command:
    """Make /help, which needs to see all commands, itself too: the list holds the registry once it is
    made."""

    def suggest(session: Session, typed: str) -> Iterator[Suggestion]:
        topics = [(group.name, group.about) for group in registry[0].groups]
        topics += [(item.name, item.help) for item in registry[0]]
        topics += [(name, "parameter") for name in NAMES if not registry[0].has(name)]
        return offer(typed, [*topics, *_TOPICS])

    @command(Argument("topic", suggest, optional=True), name="help", aliases=("?",))
    def show_help(session: Session, screen: Screen, topic: str | None) -> None:
        """Show the commands in short, or a group of them, or one, a parameter, the keys, or all.

        /help settings      the commands of a group
        /help sweep         one command; /help temperature a parameter
        /help parameters    all parameters, each of which is a command, too
        /help keys          what the keys do
        /help all           every command
        """
        groups = {group.name: group for group in registry[0].groups}
        if topic is None:
            _overview(screen, registry[0])
        elif topic in groups:
            _group(screen, groups[topic])
        elif topic == "keys":
            screen.keys()
        elif topic == "parameters":
            screen.table(columns("parameter", ""), [(each.name, each.summary) for each in ALL])
        elif topic == "preferences":
            _preferences(screen, registry[0])
        elif topic == "aliases":
            _aliases(screen, registry[0])
        elif topic == "all":
            for group in registry[0].groups:
                _group(screen, group)
            _preferences(screen, registry[0])
            if registry[0].own:
                _aliases(screen, registry[0])
        else:
            _topic(session, screen, registry[0], topic.lstrip("/"))

    return show_help


def _overview(screen: Screen, registry: Registry) -> None:
    """Show the groups on one screen of 80 by 24, each with its most used commands."""
    rows = []
    for group in registry.groups:
        rest = len(group.commands) - len(group.foremost)
        more = f" and {rest} more" if rest else ""
        rows.append((group.name, " ".join(f"/{each}" for each in group.foremost) + more))
    rows.append(("parameters", f"/temperature /top_p /max_tokens /seed and {len(ALL) - 4} more"))
    rows.append(("preferences", " ".join(f"/{each.name}" for each in _kept(registry))))
    if registry.own:
        shown = list(registry.own)[:_SHOWN]
        more = f" and {len(registry.own) - _SHOWN} more" if len(registry.own) > _SHOWN else ""
        rows.append(("aliases", " ".join(f"/{each}" for each in shown) + more))
    screen.table(columns("group", "commands"), rows)
    screen.say("/help GROUP lists one, /help COMMAND tells how it is used, /help all lists everything.")
    screen.say(
        "/set NAME VALUE sets a parameter, and so does /NAME VALUE. What has no slash is a message;"
        " //NAME sends what would be a command. /help keys: the keys.",
        dim=True,
    )


def _aliases(screen: Screen, registry: Registry) -> None:
    if registry.own:
        screen.table(columns("aliases", "yours, kept for every session"), _rows(registry.own.values()))
    else:
        screen.say("there is no alias; /alias hi = Say hi to $1 defines one")


def _kept(registry: Registry) -> list[Command]:
    """Give the commands that belong to no group: those of preferences."""
    grouped = {item.name for group in registry.groups for item in group.commands}
    return [item for item in registry if item.listed and item.name not in grouped]


def _preferences(screen: Screen, registry: Registry) -> None:
    screen.table(columns("preferences", "of this shell, kept for every session"), _rows(_kept(registry)))


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


@command()
def keys(session: Session, screen: Screen) -> None:
    """Show what the keys do, with emacs keys and with vi keys (/editing_mode)."""
    screen.keys()


@command(aliases=("quit", "q", "bye"), name="exit")
def exit_(session: Session, screen: Screen) -> Quit:
    """Leave."""
    return Quit()
