"""Versions of a prompt: listed with what they cost, compared, taken back."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from chat.base.dataclass import dataclass
from chat.base.errors import BadInput, TemperaError, UnknownName
from chat.base.short import cut
from chat.base.tables import Cut, TableColumn
from chat.lab import diff as diffs
from chat.parameters.settings import Change
from chat.parameters.table import ALL, named
from chat.prompts import commits, files
from chat.prompts.prompt import Prompt, mapping, read, shown, version
from chat.session import prompted
from chat.session.state import Session
from chat.store.prompts import PromptUse

from ..declare import Suggestion
from ..screen import Screen
from .showing import as_text

_COMMITS = 30  # whose content is looked at
_SHORT = 8  # characters of a version that are shown


@dataclass(frozen=True)
class LogEntry:
    """A line of the log: a version that was kept, or a commit of git."""

    name: str
    at: float
    note: str
    prompt: Prompt | None
    version: str


def entries(session: Session, path: Path) -> list[LogEntry]:
    """Give the versions of a file, oldest first, those of commits among them. Raises StoreFailed."""
    found = []
    for each in session.store.prompt_versions(str(path)):
        made = None
        with suppress(TemperaError):
            made = read(each.content)
        found.append(LogEntry(each.version[:_SHORT], each.at, each.note, made, each.version))
    for place, commit in enumerate(commits.of(path)):
        made = None
        if place < _COMMITS and (text := commits.text_at(path, commit.id)) is not None:
            with suppress(TemperaError):
                made = files.loads(path, text).prompt
        note = f"commit: {commit.subject}"
        found.append(LogEntry(commit.id, commit.at, note, made, version(made) if made else ""))
    return sorted(found, key=lambda each: each.at)


def suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    """Suggest versions of the prompt in force, the newest first."""
    assert session.prompt is not None and session.prompt.path is not None
    for each in reversed(entries(session, session.prompt.path)):
        if each.name.startswith(typed):
            yield Suggestion(each.name, cut(f"{_when(each.at)} {each.note}".strip(), 50))


def log(session: Session, screen: Screen, path: Path) -> None:
    """List the versions of a prompt, newest first, with the turns, cost and marks of each."""
    found, uses = entries(session, path), session.store.prompt_uses()
    if not found:
        raise BadInput(f"{path} has no versions yet", "/prompt NAME and /prompt save NAME make them")
    now = session.prompt.version if session.prompt and session.prompt.path == path else ""
    rows = []
    told: set[str] = set()
    for each in reversed(found):
        use = uses.get(each.version, PromptUse()) if each.version not in told else PromptUse()
        told.add(each.version)
        marks = " ".join(f"{count} {what}" for count, what in ((use.good, "good"), (use.bad, "bad")) if count)
        cost = (
            ""
            if not use.turns
            else "unknown"
            if use.cost is None
            else f"${use.cost:.4f}"
            if use.cost
            else "$0"
        )
        star = "*" if now and each.version == now else ""
        rows.append((star + each.name, _when(each.at), each.note, use.turns or "", cost, marks))
    right = [TableColumn(name, right=True) for name in ("turns", "cost")]
    note = TableColumn("note", cut=Cut.LONG)
    screen.table((TableColumn("version"), TableColumn("when"), note, *right, TableColumn("rated")), rows)


def _when(at: float) -> str:
    with suppress(ValueError, OverflowError, OSError):
        return datetime.datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")
    return ""


def find(session: Session, path: Path, name: str) -> Prompt:
    """Return the prompt as it was in the version or commit that begins with this. `now` is the prompt in
    force. Raises TemperaError."""
    if name == "now":
        return prompted.present(session)
    found = {each.version: each for each in entries(session, path) if _begins(each, name)}
    if not found:
        known = [each.name for each in entries(session, path)]
        raise UnknownName("version", name, known)
    if len(found) > 1:
        raise BadInput(f"{name} could be {', '.join(each.name for each in found.values())}")
    (one,) = found.values()
    if one.prompt is None:
        raise BadInput(f"{name} held no prompt that can be read")
    return one.prompt


def _begins(each: LogEntry, name: str) -> bool:
    return len(name) > 1 and (each.version.startswith(name) or (each.name.startswith(name)))


def diff(session: Session, screen: Screen, path: Path, names: list[str]) -> None:
    """Show how two versions differ: keys and parameters, then the words."""
    if len(names) > 2:
        raise BadInput("/prompt diff takes two versions at most")
    if not names:
        kept = list(dict.fromkeys(each.version for each in reversed(entries(session, path)) if each.prompt))
        now = version(prompted.present(session))
        others = [each for each in kept if each != now]
        if not others:
            raise BadInput("there is no other version yet", "/prompt save keeps one")
        names = [others[0], "now"]
    one = find(session, path, names[0])
    other = find(session, path, names[1] if len(names) > 1 else "now")
    said = False
    for change in _parameters(one, other):
        screen.say(str(change))
        said = True
    before, after = mapping(one), mapping(other)
    for key in ("description", "profile", "template"):
        if before.get(key) != after.get(key):
            screen.say(f"{key} {_said(before.get(key))} → {_said(after.get(key))}")
            said = True
    old, new = before.get("variables", {}), after.get("variables", {})
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            screen.say(f"variable {name} {_said(old.get(name))} → {_said(new.get(name))}")
            said = True
    texts = as_text(one), as_text(other)
    if texts[0] != texts[1]:
        screen.changes(diffs.words(*texts))
    elif not said:
        screen.say("the two are the same")


def _said(value: Any) -> str:
    return "—" if value is None else cut(shown(value), 60)


def _parameters(one: Prompt, other: Prompt) -> list[Change]:
    names = [each.name for each in ALL] + sorted({*one.parameters, *other.parameters} - {p.name for p in ALL})
    changes = (Change(named(name), one.parameters.get(name), other.parameters.get(name)) for name in names)
    return [each for each in changes if each.before != each.after]


def back(session: Session, screen: Screen, path: Path, name: str) -> None:
    """Write an earlier version again. The present text is kept as a version, too. Raises TemperaError."""
    made = find(session, path, name)
    if not path.name.endswith(files.ENDING):
        raise BadInput(f"{path.name} is in another's form", "/prompt save NAME makes a file of ours")
    with suppress(TemperaError):
        prompted.keep_version(session, path, files.load(path).prompt)
    files.save(path, made)
    prompted.keep_version(session, path, made, f"back to {name}")
    screen.say(f"{path.name} is as it was in {name}")
