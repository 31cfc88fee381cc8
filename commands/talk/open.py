"""/open: read a request from a file or a paste, whatever it was written in, and put it in force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from chat.base import files as read_files
from chat.base.errors import BadInput, TemperaError
from chat.base.places import named
from chat.base.short import several, shorten
from chat.conversation import edits
from chat.conversation.message import message_of
from chat.endpoint.address import check_url, display_url, same_place
from chat.session import opening, prompted
from chat.session.state import Session
from chat.transfer import formats, open_curl, open_json, open_request
from chat.transfer.opened import Opened, settled

from ..declare import Argument, Suggestion, command
from ..screen import Screen
from ..settings.system import files

_NOTES = 8
#: Files that are offered; any other can be opened, too.
_ENDINGS = (".json", ".jsonl", ".jsonc", ".har", ".py", ".ipynb", ".js", ".mjs", ".ts", ".sh", ".txt")


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    for path, note in files(typed):
        with suppress(TemperaError):
            if path.endswith("/") or _looks_like_one(named(path)):
                yield Suggestion(path, note)


def _looks_like_one(path: Path) -> bool:
    """Tell whether a file may hold a request, by its beginning."""
    beginning = read_files.beginning(path, 4096)
    return path.suffix in _ENDINGS and any(
        word in beginning for word in (b"messages", b"input", b"entries", b"curl")
    )


@command(Argument("file", _suggest, optional=True, rest=True, usage="file [--line N] | a request"))
def open_(session: Session, screen: Screen, text: str | None) -> None:
    """Open a request, whatever it was written in: its messages and parameters are in force then.

    /open request.json     a body of Chat Completions or Responses, a stored completion, also with comments
    /open batch.jsonl --line 3   a line of a Batch file; without a number you pick one
    /open call.py          the call in a program, Python or JavaScript; it is read, never run
    /open page.har         a request that a browser recorded; also spans of a trace, llm logs --json
    /open curl …           the request itself, typed or pasted behind it: any of these will do
    /open                  an editor to paste into
    What is no literal there becomes a variable {{name}}. Keys and cookies are left out, and the address
    is offered, not taken. /retry sends the request as it stands; a message goes on from it.
    """
    if text and _is_request(text):
        take(session, screen, text, "a paste")
        return
    name, line = _parted(text or "")
    if not name:
        written = screen.edit("")
        if written is None or not written.strip():
            screen.say("nothing was opened; /open FILE opens a file", dim=True)
            return
        take(session, screen, written, "a paste", line)
    elif name == "-":
        raise BadInput("the prompt reads no other input", "/open opens an editor to paste into")
    else:
        path = named(formats.unquoted(name.removeprefix("@")))
        take(session, screen, read_files.read_text(path, open_request.LARGEST), path.name, line, path.parent)


def _is_request(text: str) -> bool:
    """Tell whether a request itself was typed or pasted, and not the name of a file."""
    begins = text.lstrip()[:1] in ("{", "[") or "\n" in text.strip() or open_curl.is_command(text)
    return begins and not _is_file(text)


def remembered(line: str) -> str:
    """Return the part of a typed line that a history may keep: nothing of a request, which may hold keys
    and cookies."""
    name, _, text = line.partition(" ")
    return name if name == "/open" and _is_request(text) else line


def _is_file(text: str) -> bool:
    try:
        return len(text) < 4096 and named(formats.unquoted(text)).is_file()
    except (TemperaError, OSError, ValueError):
        return False


def _parted(text: str) -> tuple[str, int | None]:
    """Give (the file, the number of a line in it)."""
    name, mark, number = text.rpartition("--line")
    if not mark:
        return text.strip(), None
    number = number.strip().removeprefix("=").strip()
    if not number.isdecimal() or not int(number[:9]) > 0:
        raise BadInput(f"--line takes the number of a line, not {number or 'nothing'}")
    return name.strip(), int(number[:9])


def take(
    session: Session,
    screen: Screen,
    text: str,
    name: str,
    line: int | None = None,
    folder: Path | None = None,
) -> None:
    """Open the request in a text and put it in force. Raises TemperaError if there is none."""
    opened = _completed(screen, _picked(screen, open_request.read(text, line)), folder)
    notes = [*opened.notes, *opening.take(session, opened.body, name)]
    count = len(opened.body["messages"])
    fields = len(opened.body) - 1
    then = "; /retry sends it, /request shows it" if screen.interactive else ""
    screen.say(
        f"{opened.form}{f' ({opened.label})' if opened.label else ''}: {several(count, 'message')} and"
        f" {several(fields, 'field')}{then}"
    )
    if "stream" not in opened.body and screen.interactive:
        notes.append("it does not ask for a stream: the answer comes whole; /stream on streams it")
    notes += edits.clashes(list(session.branch))
    for note in notes[:_NOTES]:
        screen.say(f"  {note}", dim=True)
    if len(notes) > _NOTES:
        screen.say(f"  and {len(notes) - _NOTES} more of the kind", dim=True)
    if opened.secrets:
        screen.warn(f"a secret was there and is left out: {', '.join(opened.secrets)}")
    if opened.variables:
        names = ", ".join("{{" + each + "}}" for each in opened.variables)
        try:
            prompted.declare(session, list(opened.variables))
            screen.say(f"variables: {names}; /var {opened.variables[0]}=… gives one a value", dim=True)
        except BadInput as error:
            screen.warn(f"{names} stays as it is: {error.message}")
    _offer_address(session, screen, opened.url)


def _picked(screen: Screen, found: Sequence[Opened]) -> Opened:
    """Ask which of several requests is meant."""
    if len(found) == 1:
        return found[0]
    if not screen.interactive:
        first, last = found[0].label, found[-1].label
        many = f"more than {open_request.MOST}" if len(found) > open_request.MOST else len(found)
        known = f" ({first} to {last})" if first.startswith("line ") else ""
        raise BadInput(f"{many} requests are there{known}: say which", "--line N takes one")
    shown = [f"{each.form} {each.label}: {_first(each)}" for each in found[: open_request.MOST]]
    if len(found) > open_request.MOST:
        screen.say(f"these are the first {open_request.MOST}; --line N takes any", dim=True)
    index = screen.choose("which request?", shown)
    if index is None:
        raise BadInput("nothing was opened")
    return found[index]


def _first(opened: Opened) -> str:
    messages = opened.body.get("messages") or [{"role": ""}]
    return shorten(message_of(messages[-1]).content, 50)


def _completed(screen: Screen, opened: Opened, folder: Path | None) -> Opened:
    """Read the body from the file that a command names, where the person lets that be read."""
    if not opened.file:
        return opened
    path = (folder or Path()) / opened.file
    if folder is None or path.resolve().parent != folder.resolve():
        raise TemperaError(f"its body is in {opened.file}, which is not beside it", f"/open {opened.file}")
    if not screen.confirm(f"its body is in {path}: read that?"):
        how = f"/open {opened.file}" if screen.interactive else f"--open {path}"
        raise BadInput(f"its body is in {opened.file}, which is not read unasked", f"{how} opens that alone")
    text = read_files.read_text(path, open_request.LARGEST)
    (body,) = open_request.read(text)
    return settled(replace(opened, body=open_json.body(body.body, opened.form).body, file=""))


def _offer_address(session: Session, screen: Screen, url: str) -> None:
    """Offer the address that the request was for. Nothing is sent there unless the person says so."""
    if not url or same_place(url, session.endpoint.base_url):
        return
    try:
        address = check_url(url)
    except TemperaError:
        return
    if screen.interactive and screen.confirm(
        f"it was sent to {display_url(address)}: send there from now on?"
    ):
        session.settings = session.settings.set("base_url", address)
    else:
        screen.say(
            f"it goes to {display_url(session.endpoint.base_url)}, not {display_url(address)}", dim=True
        )
