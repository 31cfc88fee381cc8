"""/alias and /unalias: lines of a person's own under a name, which is a command from then on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from chat.base import escapes
from chat.base.errors import BadInput, UnknownName
from chat.base.redact import hide, redact
from chat.base.short import cut
from chat.base.tables import Cut, TableColumn
from chat.session.state import Session
from chat.transfer import script

from ..declare import Argument, Command, Play, Registry, Suggestion, command, offer
from ..screen import Screen

#: Characters that an alias may have.
_LONGEST = 10_000
_DEFINED = re.compile(r"/?(\S+?)\s*=\s*(.*)\Z", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_CALLED = re.compile(r"/([A-Za-z_][\w-]*)")
_TAKES = re.compile(r"\$(@|[1-9])")


def registry_of(session: Session) -> Registry:
    """Give all commands, the person's own among them."""
    from .. import registry

    made = registry()
    bind(made, session)
    return made


def bind(registry: Registry, session: Session) -> None:
    """Make commands of what the person has defined; what a file has that is none is left out."""
    registry.own = {name: _command(name, text) for name, text in session.preferences.aliases().items()}
    for name in [each for each in registry.own if registry.is_ours(each)]:  # by a hand in the file
        del registry.own[name]


def _command(name: str, text: str) -> Command:
    def run(session: Session, screen: Screen, typed: str | None) -> Play:
        return Play(tuple(_lines(name, text, typed or "")), f"/{name}")

    takes = Argument("arguments", optional=True, rest=True, usage="arguments…")
    return Command(name, run, (takes,), help=cut(escapes.visible(text), 60))


def _lines(name: str, text: str, typed: str | None) -> list[script.Statement]:
    """Give what an alias types, with what is typed behind it; None is nothing yet. Raises BadInput."""
    given, takes = None, _TAKES.search(text)
    if typed is not None:
        words = escapes.split(typed) if takes else ()
        given = script.Arguments(tuple(word.text for word in words), typed)
    texts = [text] if "\n" in text else script.parts(text)
    found = [each for part in texts for each in script.read(part, f"/{name}", given)]
    if typed and not takes and found:
        last = found[-1]
        found[-1] = script.Statement(f"{last.text} {typed}", last.line, last.message)
    return found


def alias_command(seen: list[Registry]) -> Command:
    """Make /alias, which needs to know the names that are taken: the list holds the registry once it is
    made."""

    @command(Argument("definition", _suggest, optional=True, rest=True, usage="name [= lines]"), name="alias")
    def alias(session: Session, screen: Screen, text: str | None) -> None:
        """List your aliases, show one, or define one: lines under a name, kept for every session.

        /alias brief = /set temperature 0; /system Be brief.    ; ends a command, never a message
        /alias hi = Say hi to $1 in $2.     /hi Bob French; $@ is all that is typed, and goes to the end
                                            where nothing says where
        /alias hi       shows it
        /unalias hi     takes it back
        Several lines, and <<END, as in a script (/help source). It can't be named as a command is.
        """
        known = session.preferences.aliases()
        if text is None:
            _list(screen, known)
            return
        defined = _DEFINED.match(text)
        if not defined:
            name = _known(text.lstrip("/").strip(), known)
            screen.show(f"/alias {name} = {known[name]}")
            return
        name, lines = defined[1].lower().replace("-", "_"), defined[2].strip()
        _check(session, seen[0], name, lines, known)
        session.preferences.set_alias(name, lines)
        bind(seen[0], session)
        screen.say(f"/{name} is {'defined anew' if name in known else 'a command now'}, in every session")

    return alias


def unalias_command(seen: list[Registry]) -> Command:
    """Make /unalias, which takes what is no command any more from those."""

    @command(Argument("name", _suggest), name="unalias")
    def unalias(session: Session, screen: Screen, name: str) -> None:
        """Take an alias back."""
        name = _known(name.lstrip("/"), session.preferences.aliases())
        session.preferences.set_alias(name, None)
        bind(seen[0], session)
        screen.say(f"/{name} is no command any more")

    return unalias


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    known = session.preferences.aliases()
    return offer(typed, ((name, cut(escapes.visible(text), 40)) for name, text in known.items()))


def _known(name: str, known: Mapping[str, str]) -> str:
    plain = name.lower().replace("-", "_")
    if plain not in known:
        raise UnknownName("alias", name, known, hint="/alias NAME = LINES defines one")
    return plain


def _list(screen: Screen, known: Mapping[str, str]) -> None:
    if known:
        rows = [(f"/{name}", " ⏎ ".join(text.split("\n"))) for name, text in known.items()]
        screen.table((TableColumn("alias"), TableColumn("types", cut=Cut.LONG)), rows)
    else:
        screen.say("there is no alias; /alias hi = Say hi to $1 defines one")


def _check(session: Session, registry: Registry, name: str, text: str, known: Mapping[str, str]) -> None:
    """Raise BadInput for what can't be an alias."""
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name} can't name an alias: letters, digits and _ only")
    if registry.is_ours(name):
        raise BadInput(f"/{name} is a command, and no alias stands before it", "another name will do")
    if not text:
        raise BadInput(f"/alias {name} = misses what it is to type", f"/unalias {name} takes one back")
    if len(text) > _LONGEST:
        raise BadInput(f"an alias has at most {_LONGEST:,} characters", "/source does the lines of a file")
    if redact(hide(text, session.secrets())) != text:
        raise BadInput("a key is not kept in an alias", "it comes from the environment")
    if not _lines(name, text, None):
        raise BadInput(f"/{name} would type nothing")
    circle = _circle(name, {**known, name: text})
    if circle:
        way = " → ".join(f"/{each}" for each in circle)
        raise BadInput(f"/{name} would never end: {way}", "it is not defined")


def _circle(name: str, known: Mapping[str, str]) -> list[str]:
    """Give the way from an alias back to itself; nothing where there is none."""
    ways = [[name]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for called in _calls(way[-1], known[way[-1]]):
            if called == name:
                return [*way, name]
            if called in known and called not in seen:
                seen.add(called)
                ways.append([*way, called])
    return []


def _calls(name: str, text: str) -> Iterator[str]:
    """Give the names of the commands that an alias types."""
    try:
        lines = _lines(name, text, None)
    except BadInput:  # by a hand in the file: it types nothing
        return
    for each in lines:
        if not each.message and (found := _CALLED.match(each.text)):
            yield found[1].lower().replace("-", "_")
