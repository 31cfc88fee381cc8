"""/export and /import: conversations as files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from chat.base.errors import BadFile, TemperaError
from chat.base.places import named
from chat.base.redact import hide
from chat.session.state import Session
from chat.store import archive
from chat.transfer import formats, imports, programs, to_script
from chat.transfer.adoption import Adopted, adopt
from chat.transfer.formats import FORMATS
from chat.transfer.programs import LANGUAGES

from ..declare import Argument, Suggestion, command, offer
from ..prompts.exporting import export_prompt
from ..screen import Screen
from ..settings.system import files
from .as_script import export_script
from .conversations import AGE, ID, MODEL, TITLE, TURNS, tell
from .programs import export_program, suggest_program
from .saving import save

_NAMES = "|".join(("tempera", "prompt", *(each.name for each in (*FORMATS, *LANGUAGES))))
_LISTED = 20
_WARNED = 5
_ALL = 1_000_000
_TOLD = 500  # conversations, a few seconds


def _suggest_export(session: Session, typed: str) -> Iterator[Suggestion]:
    first, space, rest = typed.partition(" ")
    names, endings = {each.name for each in FORMATS}, {each.suffix for each in FORMATS}
    if not space:
        known = [(f.name, f.about) for f in FORMATS if f.fits(session.conversation)]
        known += [(each.name, each.about) for each in LANGUAGES]
        known.append(("tempera", "what is in force, as a script for /source and run"))
        known.append(("prompt", "what is in force, as a prompt file; --github in GitHub Models' form"))
        yield from (s for s in offer(typed, known) if s.text.startswith(typed))
        for path, note in files(typed) if typed else ():
            if path.endswith("/") or path.rpartition(".")[2] in endings:
                yield Suggestion(path, note)
    elif first in ("tempera", "prompt"):
        yield from (Suggestion(path, note, len(typed) - len(rest)) for path, note in files(rest))
    elif programs.language(first):
        yield from suggest_program(session, rest, len(first) + 1)
    elif first in names:
        yield from (Suggestion(path, note, len(typed) - len(rest)) for path, note in files(rest))


@command(Argument("format", _suggest_export, optional=True, rest=True, usage=f"{_NAMES} [n] [file]"))
def export(session: Session, screen: Screen, text: str | None) -> None:
    """Write the conversation to a file, or a request as a program: for people, machines, a browser.

    /export                 Markdown, in a file named after the title, in this folder
    /export html            one page that needs nothing beside it; json is all of it, for /import
    /export jsonl tune.jsonl    into a file of that name; a folder will do, too
    /export md -            on the screen
    /export curl            the newest turn's request as a command for sh; also python
                            and node, which use the official packages
    /export tempera         what is set and said, as a script: /source or `run` puts it in force again
    /export modelfile       what is set, and this branch, as Ollama makes a model of it
    /export prompt          the prompt in force as a file of prompts; --github in GitHub Models' form
    /export python 3 ask.py     the request of turn 3; "next" is what would go out next
    Keys of this run are left out, whatever the format; programs read theirs from the
    environment.
    """
    first, _, rest = (text or "").partition(" ")
    if first == "prompt":
        export_prompt(session, screen, rest.strip())
        return
    if first == "tempera" or (text or "").endswith(f".{to_script.ENDING}"):
        export_script(session, screen, rest.strip() if first == "tempera" else text or "")
        return
    made = programs.language(first)
    if made:
        export_program(session, screen, made, rest.strip())
        return
    form, name = formats.understood(text) if text else (FORMATS[0], "")
    conversation = session.conversation
    if not conversation.turns and not conversation.head.length and form.now is None:
        raise TemperaError("nothing was said yet")
    told = archive.without(conversation, session.secrets())
    written = hide(form.now(told, session.settings), session.secrets()) if form.now else form.write(told)
    if not written:
        raise TemperaError("there is no answer on this branch yet")
    if name == "-" or (not name and not screen.interactive):
        screen.show(written.removesuffix("\n"))
        return
    path = save(screen, name, formats.file_name(conversation, form.suffix), written)
    if path:
        what = {"csv": "sweep", "modelfile": "Modelfile"}.get(form.name, "conversation")
        screen.say(f"the {what} is in {path}")


def _suggest_import(session: Session, typed: str) -> Iterator[Suggestion]:
    for path, note in files(typed):
        with suppress(BadFile):
            if path.endswith("/") or imports.importable(named(path)):
                yield Suggestion(path, note)


@command(Argument("file", _suggest_import, rest=True, usage="file"), name="import")
def import_(session: Session, screen: Screen, name: str) -> None:
    """Take conversations in: what /export json wrote, ChatGPT's export, the logs of llm.

    ChatGPT's is conversations.json, or the archive it came in; llm's is the file that
    `llm logs path` names. What is kept already is not taken in twice, and what was said in it
    since is added. Where requests go is never taken from a file.
    """
    path = named(formats.unquoted(name.removeprefix("@").strip()))
    done: list[Adopted] = []
    skipped: list[imports.Skipped] = []
    noted: list[imports.Noted] = []
    for found in imports.conversations(path):
        if isinstance(found, imports.Skipped):
            skipped.append(found)
        elif isinstance(found, imports.Noted):
            noted.append(found)
        else:
            done.append(adopt(session.store, found))
            if len(done) % _TOLD == 0:
                screen.say(f"{len(done):,} conversations so far; Ctrl-C stops, what is in stays in", dim=True)
    for each in skipped[:_WARNED]:
        screen.warn(f"{each.title or 'a conversation'} is left out: {each.why}")
    if len(skipped) > _WARNED:
        screen.warn(f"{len(skipped) - _WARNED} more are left out")
    for note in noted[:_WARNED]:
        screen.warn(f"{note.title or 'the file'}: {note.what}")
    if len(noted) > _WARNED:
        screen.warn(f"{len(noted) - _WARNED} more could not be read as they stand")
    if not done:
        raise BadFile(path, "holds no conversation")
    screen.say(_told(done))
    if len(done) == 1:
        session.resume(session.store.load(done[0].number), settings=False)
        tell(session, screen)
    else:
        _list(screen, session, done)


def _told(done: list[Adopted]) -> str:
    """Tell how many came, and how many had come before."""
    new = sum(not each.known for each in done)
    grown = sum(each.known and each.new > 0 for each in done)
    kept = len(done) - new - grown
    if len(done) == 1:
        one = done[0]
        turns = "one turn of it is" if one.new == 1 else f"{one.new} turns of it are"
        if not one.known:
            return "the conversation is imported"
        return f"it is kept already; {turns} new" if one.new else "it is kept already"
    parts = [
        ("one conversation is" if new == 1 else f"{new:,} conversations are") + " imported"
        if new
        else "nothing is new",
        f"{grown:,} gained turns" if grown else "",
        f"{kept:,} kept already" if kept else "",
    ]
    return ", ".join(part for part in parts if part)


def _list(screen: Screen, session: Session, done: list[Adopted]) -> None:
    """List the new ones, newest first, as /conversations does."""
    numbers = {each.number for each in done if each.new}
    rows = [row for row in session.store.newest(limit=_ALL) if row["number"] in numbers]
    if rows:
        names = ("number", "title", "model", "turns", "updated")
        shown = [[row[name] for name in names] for row in rows[:_LISTED]]
        screen.table((ID, TITLE, MODEL, TURNS, AGE), shown)
        screen.say("/resume ID goes on with one; /conversations lists them all", dim=True)
