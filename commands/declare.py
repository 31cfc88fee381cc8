"""How a command is declared, once, for running, completing, highlighting, help and the README.

    @command(Argument("name", suggest=profile_names, optional=True), aliases=("p",))
    def profile(session, screen, name=None):
        '''Load a profile.'''

The function's name is the command's, its docstring's first line is its help, the rest what
`/help profile` adds. It takes the session, the screen and its arguments, returns None or an
action, and raises TemperaError where it can't do what was asked.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from chat.base.dataclass import dataclass
from chat.base.errors import BadInput, UnknownName
from chat.base.near import nearest, spans
from chat.conversation.branch import Branch
from chat.parameters.settings import Settings
from chat.session.state import Session
from chat.transfer.script import Statement


@dataclass(frozen=True)
class Suggestion:
    """A completion: `text` replaces what is typed of the argument from `start` on.

    `start` counts characters of the argument's own text; `note` is shown beside it.
    """

    text: str
    note: str = ""
    start: int = 0


Suggest: TypeAlias = "Callable[[Session, str], Iterable[Suggestion]]"


@dataclass(frozen=True)
class Argument:
    """One argument. `rest`: all that remains of the line, as typed; `many`: every further word.

    `suggest(session, typed)` gets what is typed of it so far. `usage` is how help writes it.
    """

    name: str
    suggest: Suggest | None = None
    optional: bool = False
    rest: bool = False
    many: bool = False
    usage: str = ""

    def __str__(self) -> str:
        shown = self.usage or self.name + ("…" if self.rest or self.many else "")
        return f"[{shown}]" if self.optional else shown


@dataclass(frozen=True)
class Send:
    """Send this text as a message; or answer `asked`, a message that is there already, again.

    `settings` hold for this one request. `prefill` is the beginning of the answer.
    """

    text: str = ""
    asked: Branch | None = None
    settings: Settings | None = None
    prefill: str = ""


@dataclass(frozen=True)
class Edit:
    """Put this text into the prompt."""

    text: str


@dataclass(frozen=True)
class Quit:
    """Leave the shell."""


@dataclass(frozen=True)
class Play:
    """Do these lines, one after another, as if they were typed. `name` is whose they are, `path` the file
    they are from, where it is one."""

    lines: tuple[Statement, ...]
    name: str
    path: Path | None = None


Action: TypeAlias = Send | Edit | Quit | Play


@dataclass(frozen=True)
class Command:
    """A declared command."""

    name: str
    run: Callable[..., Action | None]
    arguments: tuple[Argument, ...] = ()
    aliases: tuple[str, ...] = ()
    help: str = ""
    details: str = ""
    listed: bool = True
    takes: Callable[[str], bool] | None = None  # whether it could take what is typed, where that is known
    servers: tuple[str, ...] = ()  # the kinds of servers that a parameter belongs to, if not OpenAI's

    @property
    def usage(self) -> str:
        return " ".join(["/" + self.name, *map(str, self.arguments)])


@dataclass(frozen=True)
class Group:
    """Commands that /help shows together, under a name that it takes. `often`: the names of those that are
    used most, for where there is little room; all of them unless given."""

    name: str
    about: str
    commands: tuple[Command, ...]
    often: tuple[str, ...] = ()

    @property
    def foremost(self) -> tuple[str, ...]:
        return self.often or tuple(each.name for each in self.commands)


def command(
    *arguments: Argument, name: str = "", aliases: Sequence[str] = ()
) -> Callable[[Callable[..., Action | None]], Command]:
    """Make a command of the function below."""

    def declare(function: Callable[..., Action | None]) -> Command:
        first, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\n")
        return Command(
            name or function.__name__.rstrip("_"),
            function,
            tuple(arguments),
            tuple(aliases),
            first,
            rest.strip(),
        )

    return declare


class Registry:
    """All commands, those of the groups and `more`: found by name, alias, or unique beginning; and the
    person's `own`, found by their whole names alone, so that none changes what a beginning means."""

    def __init__(self, groups: Sequence[Group], more: Iterable[Command] = ()) -> None:
        self.groups = tuple(groups)
        self._commands: dict[str, Command] = {}
        self._aliases: dict[str, Command] = {}
        self.own: dict[str, Command] = {}
        for item in (*(each for group in groups for each in group.commands), *more):
            for known in (item.name, *item.aliases):
                if known in self._commands or known in self._aliases:
                    raise ValueError(f"two commands answer to /{known}")
            self._commands[item.name] = item
            self._aliases.update(dict.fromkeys(item.aliases, item))

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def has(self, name: str) -> bool:
        """Tell whether this is a whole name or alias."""
        return self.is_ours(name) or _plainly(name) in self.own

    def is_ours(self, name: str) -> bool:
        """Tell whether it is that of a command which is no person's own."""
        wanted = _plainly(name)
        return wanted in self._commands or wanted in self._aliases

    def find(self, name: str, fits: Callable[[Command], bool] = lambda command: True) -> Command:
        """Find the command that is meant. Raises BadInput if it could be several, UnknownName if it is
        none. That names the nearest one, of those for which `fits` is true."""
        wanted = _plainly(name)
        exact = self._commands.get(wanted) or self._aliases.get(wanted) or self.own.get(wanted)
        if exact:
            return exact
        begun = [item for item in self if wanted and item.name.startswith(wanted)]
        begun = [item for item in begun if not item.servers] or begun
        if len(begun) == 1:
            return begun[0]
        if begun:
            raise BadInput(f"/{name} could be {', '.join('/' + item.name for item in begun)}")
        known = {**self._commands, **self._aliases, **self.own}
        fitting = [each for each in known if nearest(name, [each]) and fits(known[each])]
        raise UnknownName("command", name, fitting, prefix="/")

    def has_near(self, name: str) -> bool:
        """Tell whether a name or alias is near this in letters."""
        return nearest(name, [*self._commands, *self._aliases, *self.own]) is not None


def _plainly(name: str) -> str:
    return name.lower().replace("-", "_")


def offer(typed: str, options: Iterable[tuple[str, Any]]) -> Iterator[Suggestion]:
    """List the options that go on from what is typed: those that begin with it first, then those that hold
    it. If there is none, those that have its letters in their order, the nearest first."""
    lower = typed.lower()
    pairs = [(str(text), str(note)) for text, note in options]
    begin = [pair for pair in pairs if pair[0].lower().startswith(lower)]
    inside = [pair for pair in pairs if lower and lower in pair[0].lower() and pair not in begin]
    for text, note in begin + inside or _spread(lower, pairs):
        yield Suggestion(text, note)


def _spread(typed: str, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """List the options over which the letters typed are spread: at least two of them, else all would be."""
    if len(typed) < 2:
        return []
    found = [(spans(typed, text.lower()), place, (text, note)) for place, (text, note) in enumerate(pairs)]
    return [pair for span, _, pair in sorted((s, p, pair) for s, p, pair in found if s is not None)]
