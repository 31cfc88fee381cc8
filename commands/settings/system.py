"""/system and /stop: the text around the conversation."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base import escapes
from chat.base.errors import BadInput, BadValue
from chat.base.files import MB, read_text
from chat.base.places import named
from chat.parameters.jsontext import NULL
from chat.parameters.table import BY_NAME
from chat.session.prompted import set_system
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..prompts.showing import side_by_side
from ..screen import Screen
from .assigning import assign_all, own

_LARGEST = MB  # bytes of a file that becomes a system message
_STOP = BY_NAME["stop"]


def read_file(name: str) -> str:
    """Give the text of a file that a person named. Raises BadFile."""
    return read_text(named(name), _LARGEST).rstrip("\n")


def files(typed: str) -> Iterator[tuple[str, str]]:
    """List (path, note) of the files that go on from what is typed."""
    folder, slash, begin = typed.rpartition("/")
    base = named(folder + slash or ".")
    for entry in sorted(base.iterdir())[:200]:
        shown = escapes.visible(entry.name)
        if entry.name.startswith(begin) and shown == entry.name and not entry.name.startswith("."):
            yield folder + slash + entry.name + ("/" if entry.is_dir() else ""), ""


def _suggest_system(session: Session, typed: str) -> Iterator[Suggestion]:
    if typed.startswith("@"):
        yield from (Suggestion("@" + path, note) for path, note in files(typed[1:]))
    else:
        actions = (("edit", "in your editor"), ("clear", "send none"), ("@", "from a file"))
        yield from (s for s in offer(typed, actions) if s.text.startswith(typed))


@command(Argument("text", _suggest_system, optional=True, rest=True, usage="text|@file|edit|clear"))
def system(session: Session, screen: Screen, text: str | None) -> None:
    """Show or set the system message.

    /system You are terse.   sets it
    /system @persona.txt     reads it from a file
    /system edit             opens your editor
    /system clear            sends none
    Where a prompt with variables is in force, it is the template that is shown, beside what it became,
    and set: {{name}} in it is a variable.
    """
    current = session.settings.get("system")
    template = session.prompt if session.prompt and session.prompt.prompt.template else None
    if text is None:
        if template and template.prompt.system and current == template.system:
            side_by_side(screen, template)
        else:
            screen.say(current or "no system message is set")
    elif text in ("clear", NULL):
        if set_system(session, ""):
            return
        session.settings = session.settings.unset("system")
        if current is None:
            screen.say("no system message was set")
    elif text == "edit":
        edited = screen.edit((template.prompt.system if template else current) or "")
        if edited is None:
            screen.say("the system message is as it was")
        else:
            _set_system(session, edited.rstrip("\n"))
    elif text.startswith("@"):
        _set_system(session, read_file(text[1:].strip()))
    else:
        _set_system(session, text)


def _set_system(session: Session, text: str) -> None:
    value = BY_NAME["system"].kind.check(text)
    if set_system(session, value):
        return
    session.settings = session.settings.set("system", value) if value else session.settings.unset("system")


def _suggest_stop(session: Session, typed: str) -> Iterator[Suggestion]:
    action, space, rest = typed.partition(" ")
    if not space:
        yield from offer(typed, (("add", "one more"), ("remove", "one"), ("clear", "all")))
    elif action == "remove":
        current = session.settings.get("stop") or ()
        start = len(typed) - len(rest)
        yield from (
            Suggestion(escapes.quote(each), "", start)
            for each in current
            if escapes.quote(each).startswith(rest)
        )
    elif action == "add" and len(session.settings.get("stop") or ()) < 4:
        start = len(typed) - len(rest)
        yield from (Suggestion(each, "", start) for each in _STOP.kind.suggest() if each.startswith(rest))


@command(Argument("action", _suggest_stop, optional=True, rest=True, usage="add|remove|clear text…"))
def stop(session: Session, screen: Screen, text: str | None) -> None:
    r"""Show or set the texts at which an answer ends.

    /stop END "two words" "\n"   sets them
    /stop add "\n\n"             one more (the API takes four)
    /stop remove END
    /stop clear
    """
    current: tuple[str, ...] = session.settings.get("stop") or ()
    if text is None:
        screen.say(f"stop {_STOP.show(current)}" if current else "no stop text is set")
        return
    action, _, rest = text.partition(" ")
    given: tuple[str, ...] = _STOP.kind.read(rest) if action in ("add", "remove") and rest.strip() else ()
    if action == "clear" and not rest:
        session.settings = session.settings.unset("stop")
    elif action == "add":
        _needs(given, "add")
        kept = tuple(dict.fromkeys((*current, *given)))
        if len(kept) > 4:
            raise BadValue(
                f"the API takes at most 4 stop texts, and these would be {len(kept)}: {_STOP.show(kept)}"
            )
        session.settings = session.settings.set("stop", _STOP.kind.check(kept))
    elif action == "remove":
        _needs(given, "remove")
        unknown = [each for each in given if each not in current]
        if unknown:
            raise BadInput(
                f"{escapes.quote(unknown[0])} is not a stop text",
                f"there are: {_STOP.show(current)}" if current else "",
            )
        kept = tuple(each for each in current if each not in given)
        session.settings = session.settings.set("stop", kept) if kept else session.settings.unset("stop")
    else:
        pairs = own(_STOP, text)
        if len(pairs) > 1 or pairs[0][1] == NULL:
            assign_all(session, screen, pairs)
        else:
            session.settings = session.settings.set("stop", _STOP.kind.read(pairs[0][1]))


def _needs(given: tuple[str, ...], action: str) -> None:
    if not given:
        raise BadInput(f"/stop {action} misses a text", r'for example /stop add "\n\n"')
