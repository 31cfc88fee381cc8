"""/prompt: prompts in files, loaded, saved, and their versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from chat.base import escapes
from chat.base.errors import BadFile, BadInput, StoreFailed, TemperaError
from chat.base.short import several, shorten
from chat.base.tables import Cut, TableColumn, columns
from chat.prompts import files, template
from chat.prompts.loaded import LoadedPrompt
from chat.prompts.prompt import PLAIN, Prompt
from chat.session import prompted
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from . import versions
from .showing import wanted

_ACTIONS = (
    ("list", "all of them"),
    ("load", "put one in force"),
    ("save", "keep what is in force"),
    ("edit", "its file, in your editor"),
    ("log", "its versions, with turns and cost"),
    ("diff", "how two versions differ"),
    ("back", "an earlier version again"),
    ("close", "no prompt is in force"),
)
_NAMED = ("load", "save", "edit", "log")


def folder(session: Session) -> Path:
    """Tell where the person's own prompts are."""
    return session.places.config / files.FOLDER


def names(session: Session, typed: str) -> Iterator[Suggestion]:
    """Suggest the names of prompts, with what each says of itself."""
    found = []
    for name, path in files.paths(folder(session)).items():
        with suppress(OSError):
            facts = path.stat()
            found.append((name, _about(path, facts.st_mtime_ns, facts.st_size)))
    return offer(typed, found)


@lru_cache(maxsize=500)
def _about(path: Path, changed: int, size: int) -> str:
    """Return a file's own description of its prompt. The file is read again when it has changed."""
    try:
        return shorten(files.load(path).prompt.description, 50)
    except TemperaError:
        return "can't be read"


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    action, space, rest = typed.partition(" ")
    if not space:
        for each in offer(typed, _ACTIONS):
            if each.text.startswith(typed) and _possible(session, each.text):
                yield each
        yield from names(session, typed)
        return
    start = len(typed) - len(rest)
    if action in _NAMED and " " not in rest:
        yield from (Suggestion(each.text, each.note, start) for each in names(session, rest))
        if action == "save":
            title = re.findall(r"[a-z0-9]+", session.conversation.title.lower())[:3]
            new = "-".join(title)[:40] or "prompt"
            if new.startswith(rest) and new not in files.paths(folder(session)):
                yield Suggestion(new, "a new one", start)
    elif action in ("diff", "back") and session.prompt and session.prompt.path:
        last = rest.rpartition(" ")[2]
        for each in versions.suggest(session, last):
            yield Suggestion(each.text, each.note, len(typed) - len(last))


@command(
    Argument("action", _suggest, optional=True, rest=True, usage="name|save|edit|log|diff|back|close name…"),
)
def prompt(session: Session, screen: Screen, text: str | None) -> None:
    """Load a prompt from a file, save what is in force as one, and go through its versions.

    /prompt                   lists them: those of the project (./prompts), then yours
    /prompt trip              loads one; /var gives its variables values, what is missing is asked for
    /prompt save trip [note]  the system message, the messages and the parameters that were changed
    /prompt edit trip         its file in your editor; it is loaded when you are done
    /prompt log [trip]        its versions, commits too, with the turns and cost of each
    /prompt diff [A [B]]      words and parameters that differ; without names the last two
    /prompt back A            that version's text again, as a new version
    /prompt close             none is in force; what was said stays
    Prompty, Dotprompt and GitHub Models' files in these folders are read, too.
    """
    words = (text or "").split(None, 2)
    action, rest = (words[0] if words else "list"), words[1:]
    if action == "list" and not rest:
        _list(session, screen)
    elif action == "save":
        save(session, screen, rest[0] if rest else "", rest[1] if len(rest) > 1 else "")
    elif action == "load":
        load(session, screen, escapes.meant(_one(" ".join(rest), "load")))
    elif action == "edit":
        _edit(session, screen, " ".join(rest))
    elif action == "log":
        versions.log(session, screen, _path(session, " ".join(rest)))
    elif action == "diff":
        versions.diff(session, screen, _path(session, ""), " ".join(rest).split())
    elif action == "back":
        versions.back(session, screen, _path(session, ""), _one(" ".join(rest), "back"))
        assert session.prompt is not None and session.prompt.path is not None
        given = session.prompt.given
        _take(session, screen, session.prompt.path)
        _again(session, given)
    elif action == "close" and not rest:
        if session.prompt is None:
            raise BadInput("no prompt is in force")
        screen.say(f"prompt {session.prompt.title} is no longer in force")
        prompted.close(session)
    else:
        load(session, screen, escapes.meant(text or ""))


def _possible(session: Session, action: str) -> bool:
    """Tell whether an action can be done, or begun, as things are."""
    if action in ("diff", "back", "close"):
        in_file = session.prompt is not None and session.prompt.path is not None
        return in_file or (action == "close" and session.prompt is not None)
    return action in ("list", "save") or bool(files.paths(folder(session)))


def _one(name: str, action: str) -> str:
    if not name:
        raise BadInput(f"/prompt {action} takes a name")
    return name


def _list(session: Session, screen: Screen) -> None:
    found = files.paths(folder(session))
    rows = []
    for name, path in found.items():
        mark = "*" if session.prompt and session.prompt.path == path else ""
        try:
            made = files.load(path).prompt
        except TemperaError as error:
            screen.warn(error.message, error.hint)
            continue
        wanted_ = ", ".join(each.name for each in made.variables)
        rows.append((mark + name, made.description or shorten(made.system, 40), wanted_, str(path)))
    long = [TableColumn(name, cut=Cut.LONG) for name in ("variables", "file")]
    if rows:
        screen.table((*columns("prompt"), TableColumn("description", cut=Cut.LONG), *long), rows)
    else:
        screen.say("there is no prompt yet; /prompt save NAME makes one of what is in force")
    screen.say(f"yours are in {folder(session)}; a project's in its folder {files.FOLDER}", dim=True)


def load(session: Session, screen: Screen, name: str, tell: bool = True) -> None:
    """Load the prompt of that name, or of that file, and `tell` about it. Raises TemperaError."""
    _take(session, screen, files.locate(name, folder(session)), tell)


def _take(session: Session, screen: Screen, path: Path, tell: bool = True) -> None:
    found = files.load(path)
    path = path.resolve()
    prompted.take(session, LoadedPrompt(found.prompt, found.name, path))
    for note in found.notes:
        screen.say(note, dim=True)
    try:
        prompted.keep_version(session, path, found.prompt)
    except StoreFailed as error:
        screen.warn(error.message, error.hint)
    if not tell:
        return
    made = found.prompt
    facts = [each for each in (made.system and "a system message", _messages(made)) if each]
    screen.say(
        f"prompt {found.name}: {' and '.join(facts)}" + (f" · {made.description}" if made.description else "")
    )
    if made.variables:
        screen.say(
            f"variables: {', '.join(map(wanted, made.variables))}; /var NAME=… gives one a value", dim=True
        )
    if screen.interactive and made.messages and made.messages[-1]["role"] == "user":
        screen.say("/retry sends it as it stands; a message goes on from it", dim=True)


def _messages(made: Prompt) -> str:
    return several(len(made.messages), "message") if made.messages else ""


def _path(session: Session, name: str) -> Path:
    """Give the file of the prompt of that name, or of the one in force."""
    if name:
        return files.locate(name, folder(session)).resolve()
    if session.prompt is None or session.prompt.path is None:
        raise BadInput("no prompt of a file is in force", "/prompt NAME loads one")
    return session.prompt.path


def _again(session: Session, given: object) -> None:
    """Give again the earlier values, as far as there are variables for them."""
    if isinstance(given, dict) and session.prompt:
        known = {each.name for each in session.prompt.prompt.variables}
        prompted.fill(session, {name: value for name, value in given.items() if name in known})


def save(session: Session, screen: Screen, name: str, note: str) -> None:
    """Write what is in force as a prompt, and keep it as a version. Raises TemperaError."""
    loaded = session.prompt
    name = name or (loaded.name if loaded else "")
    if not name:
        raise BadInput("/prompt save takes a name")
    path = _where(session, name)
    made = prompted.present(session)
    if not made.system and not made.messages:
        raise BadInput("there is nothing to save: no system message, and no messages")
    made = _with_variables(screen, made)
    mine = loaded is not None and loaded.path == path.resolve()
    if path.exists():
        try:
            before = files.load(path).prompt
        except BadFile as error:
            screen.warn(error.message, error.hint)
            before = None
        if not mine and not screen.confirm(f"{path} is another prompt; write over it?"):
            raise BadInput(f"{path} is as it was", "save under another name")
        if before is not None:
            if before == made and mine:
                screen.say(f"{name} holds all that already")
                return
            prompted.keep_version(session, path.resolve(), before)
    files.save(path, made)
    given = dict(loaded.given) if loaded else {}
    prompted.keep_version(session, path.resolve(), made, note)
    begun = session.conversation
    went_on = loaded is not None or not made.messages
    if went_on:
        values = {key: each for key, each in given.items() if key in {v.name for v in made.variables}}
        start = replace(LoadedPrompt(made, name, path.resolve()), given=values).filled(values)
        if loaded is not None and made.messages:
            start = replace(start, start=loaded.start)
        prompted.put_in_place(session, start)
    else:
        prompted.take(session, LoadedPrompt(made, name, path.resolve(), given))
        if begun.turns:
            screen.say("what was said stays in the conversation before; /conversations lists it", dim=True)
    screen.say(f"saved as {name} in {path}")


def _with_variables(screen: Screen, made: Prompt) -> Prompt:
    """Ask whether the names in a text are meant as variables, where nothing says so."""
    if made.template:
        return template.declared(made)
    plain = template.declared(replace(made, template=PLAIN))
    if not plain.variables:
        return made
    shown = ", ".join("{{" + each.name + "}}" for each in plain.variables)
    if screen.confirm(f"{shown} in the text: {'a variable' if len(plain.variables) == 1 else 'variables'}?"):
        return plain
    screen.say(f"{shown} stays as text; template: true in the file would make it a variable", dim=True)
    return made


def _where(session: Session, name: str) -> Path:
    """Return where to write a prompt of that name: over itself, else into the project's folder, else into
    yours."""
    known = files.paths(folder(session)).get(name)
    if known is not None and known.name.endswith(files.ENDING) and _is_ours(known):
        return known
    return files.named_path(name, files.folders(folder(session))[0])


def _is_ours(path: Path) -> bool:
    return path.name.endswith(files.ENDING)


def _edit(session: Session, screen: Screen, name: str) -> None:
    """Open the file in the person's editor. Afterwards load it, with the earlier values."""
    path = _path(session, name)
    given = dict(session.prompt.given) if session.prompt and session.prompt.path == path else {}
    if not screen.edit_file(str(path), 1):
        raise BadInput(f"{path} could not be edited")
    _take(session, screen, path)
    _again(session, given)
