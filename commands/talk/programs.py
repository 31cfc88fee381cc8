"""/export curl, python and node: a request as something that runs as it stands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from chat.session.state import Session
from chat.transfer import program_call
from chat.transfer.formats import unquoted
from chat.transfer.programs import Language

from ..bytes.recorded import is_where, recorded, suggest_recorded
from ..bytes.request import next_request
from ..declare import Suggestion, offer
from ..screen import Screen
from ..settings.system import files
from .saving import save

_RUNS = {"curl": "sh", "python": "python", "node": "node"}


def suggest_program(session: Session, typed: str, at: int) -> Iterator[Suggestion]:
    """Suggest what may follow the language, which begins at `at`: a turn or the next request, and a file."""
    first, space, rest = typed.partition(" ")
    named = space and (first == "next" or is_where(first))
    if not space:
        turns = list(suggest_recorded(session, typed))
        following = offer(typed, [("next", "the request that the next message would send")])
        yield from (Suggestion(each.text, each.note, at) for each in (*following, *turns))
    if typed:
        start = at + len(first) + 1 if named else at
        yield from (Suggestion(path, note, start) for path, note in files(rest if named else typed))


def export_program(session: Session, screen: Screen, language: Language, rest: str) -> None:
    """Show or write the request of the newest turn, of a named turn, or the next one. Raises TemperaError."""
    first, _, file = rest.partition(" ")
    which = first if first == "next" or is_where(first) else ""
    name = unquoted((file if which else rest).strip())
    if which == "next":
        call = program_call.of_prepared(next_request(session, screen), session.secrets())
        stem = "request"
    else:
        found = recorded(session, which)
        place, exchange = found.one()
        call = program_call.of_exchange(found.turn, exchange, session.secrets())
        stem = f"turn-{found.name(place)}"
    text = language.write(call)
    if name in ("", "-"):
        screen.show(text.removesuffix("\n"))
        if not all(each.isprintable() or each in "\n\t" for each in text):
            screen.warn(
                "it holds characters that a terminal must not get", f"/export {language.name} {which} FILE"
            )
        return
    path = save(screen, name, f"{stem}.{language.ending}", text)
    if path:
        if not language.runs:
            screen.say(f"the request is in {path}")
            return
        key = f", with the key in {call.key_env}" if call.key_env else ""
        screen.say(f"in {path}: {_RUNS[language.name]} {shlex.quote(str(path))} runs it{key}")
        if call.served:
            screen.say(
                f"the embedded model answers in the shell alone; to the program: {call.served}", dim=True
            )
