"""/profile: load, save, compare and delete named settings."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base import escapes
from chat.base.errors import BadInput, UnknownName
from chat.base.short import cut
from chat.base.tables import columns
from chat.parameters import keeping
from chat.parameters.settings import UNSET, Change, Settings, differences
from chat.parameters.table import named
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen

_ACTIONS = (
    ("list", "all of them"),
    ("load", "take its settings"),
    ("save", "keep what is set now"),
    ("diff", "how two differ"),
    ("edit", "your file, in your editor"),
    ("delete", "one of your own"),
)


def names(session: Session, typed: str) -> Iterator[Suggestion]:
    """Suggest profiles' names, and whose they are."""
    own = session.profiles.is_own
    return offer(
        typed, ((name, "yours" if own(name) else "ships with Tempera") for name in session.profiles.names)
    )


#: How many names each action takes at most.
_TAKES = {"list": 0, "load": 1, "save": 1, "diff": 2, "edit": 1, "delete": 1}


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    words = typed.split(" ")
    action, last = words[0], words[-1]
    if len(words) == 1:
        yield from (each for each in offer(typed, _ACTIONS) if each.text.startswith(typed))
        yield from names(session, typed)
    elif 2 <= len(words) <= 1 + _TAKES.get(action, 0) and all(words[:-1]):
        mine = session.profiles.is_own
        start = len(typed) - len(last)
        for each in names(session, last):
            if action not in ("delete", "edit") or mine(each.text):
                yield Suggestion(each.text, each.note, start)


@command(
    Argument("action", _suggest, optional=True, rest=True, usage="list|load|save|diff|edit|delete name…"),
)
def profile(session: Session, screen: Screen, text: str | None) -> None:
    """Load, save, compare, edit or delete a profile.

    /profile                 lists them
    /profile haiku           loads one (as /profile load haiku)
    /profile save NAME       keeps what is set now
    /profile diff [A [B]]    what is set now against A, or A against B
    /profile edit [NAME]     opens your file at the profile, and checks it when you are done
    /profile delete NAME     one of your own
    """
    words = [word.text for word in escapes.split(text or "")]
    action, names = (words[0] if words else None), tuple(words[1:])
    if action in (None, "list") and not names:
        _list(session, screen)
    elif action == "load":
        _load(session, screen, _one(names, "load", _there_are(session)))
    elif action == "save":
        _save(session, screen, _one(names or (session.settings.profile,), "save"))
    elif action == "diff":
        _diff(session, screen, names)
    elif action == "edit":
        _edit(session, screen, _one(names or (session.settings.profile,), "edit"))
    elif action == "delete":
        _delete(session, screen, _one(names, "delete"))
    elif action is not None and not names:
        _load(session, screen, action)
    else:
        raise BadInput(f"/profile does not know {action}", "it knows list, load, save, diff, edit and delete")


def _one(names: tuple[str, ...], action: str, hint: str = "") -> str:
    if len(names) != 1:
        raise BadInput(f"/profile {action} takes one name", hint)
    return names[0]


def _list(session: Session, screen: Screen) -> None:
    rows = []
    for profile in session.profiles.by_name.values():
        mark = "*" if profile.name == session.settings.profile else ""
        sets = ", ".join(
            f"{key} {'not set' if value is UNSET else cut(named(key).show(value), 24)}"
            for key, value in profile.values.items()
        )
        extends = f"extends {profile.extends}" if profile.extends else ""
        source = "yours" if session.profiles.is_own(profile.name) else "shipped"
        rows.append((mark + profile.name, source, "; ".join(filter(None, (extends, sets)))))
    for name, error in session.profiles.broken.items():
        mark = "*" if name == session.settings.profile else ""
        source = "yours" if session.profiles.is_own(name) else "shipped"
        rows.append((mark + name, source, f"can't be used: {error.problem}"))
    screen.table(columns("profile", "from", "sets"), rows)
    for complaint in session.profiles.complaints:
        screen.warn(complaint.message, complaint.hint)
    screen.say(f"yours are in {session.profiles.own}", dim=True)


def _there_are(session: Session) -> str:
    return f"there are {', '.join(session.profiles.names)}"


def _load(session: Session, screen: Screen, name: str) -> None:
    lost = session.settings.changed and not session.settings.broken
    try:
        session.load_profile(name)
    except UnknownName as error:
        raise BadInput(error.message, _there_are(session)) from None
    screen.say(f"profile {session.settings.profile}" + (" (what was set here is gone)" if lost else ""))


def _save(session: Session, screen: Screen, name: str) -> None:
    if session.settings.broken:
        raise session.settings.broken
    if name in session.profiles.broken:
        screen.warn(session.profiles.broken[name].message)
        if not screen.confirm(f"write over your profile {name}, which can't be read?"):
            raise BadInput(f"{name} is as it was", "save under another name")
    elif session.profiles.is_own(name):
        changes = differences(_alone(session, name), session.settings)
        if not changes:
            screen.say(f"{name} holds all that already")
            return
        _show_diff(screen, f"{name} as saved", "set now", changes)
        if not screen.confirm(f"write over your profile {name}?"):
            raise BadInput(f"{name} is as it was", "save under another name")
    keeping.save(session.profiles, name, session.settings)
    session.reload_profiles()
    session.load_profile(name)
    screen.say(f"saved as {name} in {session.profiles.own}")


def _edit(session: Session, screen: Screen, name: str) -> None:
    """Open the person's own file in an editor, at the profile if it is there. Check it afterwards."""
    path = session.profiles.own
    keeping.prepare(session.profiles)
    found = session.profiles.broken.get(name) or session.profiles.by_name.get(name)
    line = found.line or 1 if found and found.path == path else 1
    if not screen.edit_file(str(path), line):
        raise BadInput(f"{path} could not be edited")
    session.reload_profiles()
    if session.settings.broken and session.settings.profile in session.profiles.by_name:
        _load(session, screen, session.settings.profile)  # what was asked for can be had now
    own = [complaint for complaint in session.profiles.complaints if complaint.path == path]
    for complaint in own:
        screen.warn(complaint.message, complaint.hint)
    if not own:
        screen.say(f"{path} is sound; /profile load NAME takes what is new")


def _delete(session: Session, screen: Screen, name: str) -> None:
    if name not in session.profiles.by_name and name not in session.profiles.broken:
        session.profiles.find(name)  # says which is meant; a delete takes no abbreviations
        raise BadInput(f"/profile delete takes the whole name, not {name}")
    if session.profiles.is_own(name) and not screen.confirm(f"delete your profile {name}?"):
        raise BadInput(f"{name} is as it was")
    keeping.delete(session.profiles, name)
    session.reload_profiles()
    screen.say(f"{name} is deleted; what is set stays")


def _diff(session: Session, screen: Screen, names: tuple[str, ...]) -> None:
    if len(names) > 2:
        raise BadInput("/profile diff takes two names at most")
    if len(names) == 2:
        one, other = (session.profiles.find(name).name for name in names)
        _show_diff(screen, one, other, differences(_alone(session, one), _alone(session, other)))
        return
    name = session.profiles.find(names[0] if names else session.settings.profile).name
    _show_diff(screen, name, "set now", differences(_alone(session, name), session.settings))


def _alone(session: Session, name: str) -> Settings:
    return Settings().with_profile(name, session.profiles.chain(name))


def _show_diff(screen: Screen, left: str, right: str, changes: list[Change]) -> None:
    if not changes:
        screen.say(f"{left} and {right} are the same")
        return

    def cell(change: Change, value: object) -> str:
        return "—" if value is None else cut(change.parameter.show(value), 48)

    rows = [(each.parameter.name, cell(each, each.before), cell(each, each.after)) for each in changes]
    screen.table(columns("setting", left, right), rows)
