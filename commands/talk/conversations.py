"""The conversations that are kept: listed, resumed, searched, named, deleted."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator, Sequence

from chat.base.errors import BadInput, TemperaError
from chat.base.short import several, shorten
from chat.base.tables import Cut, TableColumn, Value
from chat.session import prompted
from chat.session.state import Session
from chat.store.conversations import MARKS
from chat.tokens.prices import COST, priced

from ..declare import Argument, Suggestion, command
from ..screen import Screen

_LISTED = 50
_FOUND = 20
_HITS = 200
_OFFERED = 12  # to choose from, or by completion


def age(then: float) -> str:
    """Tell how long ago that was, in the unit that says most."""
    seconds = max(0.0, time.time() - then)
    for unit, size in (("min", 60), ("h", 3600), ("d", 86400)):
        if seconds < {"min": 3600, "h": 86400, "d": 30 * 86400}[unit]:
            return f"{int(seconds // size)} {unit}" if seconds >= 60 else "now"
    return datetime.date.fromtimestamp(then).isoformat()


ID = TableColumn("id", right=True)
TITLE = TableColumn("title", cut=Cut.LONG)
MODEL = TableColumn("model", cut=Cut.LONG)
TURNS = TableColumn("turns", right=True)
AGE = TableColumn("age", right=True, number=age)


@command(Argument("words", optional=True, rest=True), aliases=("sessions",))
def conversations(session: Session, screen: Screen, words: str | None) -> None:
    """List the conversations that are kept, newest first, or those with these words in the title."""
    found = session.store.newest(words or "", _LISTED + 1)
    if not found:
        screen.say(f"no conversation has {words} in its title" if words else "no conversation is kept yet")
        return
    here = session.conversation.number
    marked = TableColumn("id", right=True, number=lambda number: f"{'●' if number == here else ''}{number}")
    rows = [
        (
            row["number"],
            row["title"] or "(no message yet)",  # a probe alone
            row["model"],
            row["turns"],
            priced(row["cost"]),
            row["updated"],
        )
        for row in found[:_LISTED]
    ]
    screen.table((marked, TITLE, MODEL, TURNS, COST, AGE), rows)
    if len(found) > _LISTED:
        screen.say("there are more: /conversations WORDS, /search WORDS", dim=True)


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    for row in session.store.newest("" if typed.isdecimal() else typed, _OFFERED):
        if not typed.isdecimal() or str(row["number"]).startswith(typed):
            yield Suggestion(str(row["number"]), f"{row['title']} · {age(row['updated'])}")


@command(Argument("which", _suggest, optional=True, rest=True, usage="id|words"))
def resume(session: Session, screen: Screen, which: str | None) -> None:
    """Go on with a conversation, with what was set then.

    /resume         choose one of the newest
    /resume 12      by the number that /conversations and /search show
    /resume peru    by words of its title or its text
    """
    by_number = which is not None and which.isdecimal() and len(which) < 18
    number = int(which or 0) if by_number else _chosen(session, screen, which)
    if number is None:
        return
    told = session.resume(session.store.load(number))
    taken_up = prompted.take_up(session)
    tell(session, screen)
    if taken_up and session.prompt:
        screen.say(f"prompt {session.prompt.title} is in force, with the values of then; /vars", dim=True)
    for sentence in told:
        screen.warn(sentence)


def tell(session: Session, screen: Screen) -> None:
    """Tell which conversation this is, and how it ended."""
    conversation = session.conversation
    count = several(len(conversation.turns), "turn")
    screen.say(f"conversation {conversation.number}: {conversation.title} · {count}")
    for node in list(conversation.head.backwards())[1::-1]:
        if node.last:
            screen.say(
                f"{'> ' if node.last.role == 'user' else ''}{shorten(node.last.content, 300)}", dim=True
            )


def _chosen(session: Session, screen: Screen, words: str | None) -> int | None:
    """Return the number of the conversation that is meant. Ask, if it could be several."""
    found: dict[int, str] = {}
    for row in session.store.newest(words or "", _OFFERED):
        found[row["number"]] = f"{row['title']} · {age(row['updated'])}"
    if words:
        for row in session.store.search(words):
            found.setdefault(row["number"], f"{row['title']} · {age(row['updated'])}")
    found.pop(session.conversation.number, None)
    if not found:
        raise TemperaError(f"no conversation has {words}" if words else "no other conversation is kept")
    numbers = list(found)[:_OFFERED]
    if len(numbers) == 1 and words:
        return numbers[0]
    if not screen.interactive:
        raise BadInput(f"{words or 'which'}: it could be {', '.join(map(str, numbers))}")
    picked = screen.choose("resume which?", [found[number] for number in numbers])
    return None if picked is None else int(numbers[picked])


@command(Argument("words", rest=True))
def search(session: Session, screen: Screen, words: str) -> None:
    """Search everything that was said, in all conversations.

    All words must be there, in any order; the last may go on: /search sort list finds lists.
    /search "sort a list"     the words as they stand
    """
    rows: dict[int, list[Value]] = {}
    more: dict[int, int] = {}
    hits = session.store.search(words, _HITS + 1)
    for hit in hits[:_HITS]:
        number = hit["number"]
        if number in rows:
            more[number] = more.get(number, 0) + 1
        elif len(rows) < _FOUND:
            rows[number] = [number, hit["title"], marked(hit["excerpt"]), hit["updated"]]
    cut = len(hits) > _HITS or any(hit["number"] not in rows for hit in hits)
    if not rows:
        screen.say(f"nothing was said of {words}")
        return
    for number, count in more.items():
        rows[number][1] = f"{rows[number][1]} (+{count})"
    screen.table((ID, TITLE, TableColumn("found", cut=Cut.LONG), AGE), list(rows.values()))
    older = "; there are older ones: more words find fewer" if cut else ""
    screen.say(f"/resume ID goes on with one{older}", dim=True)


def marked(excerpt: str) -> Sequence[tuple[str, bool]]:
    """Give an excerpt in pieces: (text, whether it is a hit)."""
    pieces = []
    for place, part in enumerate(excerpt.split(MARKS[0])):
        hit, _, rest = part.partition(MARKS[1]) if place else ("", "", part)
        pieces += [(hit, True), (rest, False)]
    return [(" ".join(text.split("\n")), hit) for text, hit in pieces if text]


@command(Argument("text", optional=True, rest=True))
def title(session: Session, screen: Screen, text: str | None) -> None:
    """Show or set the conversation's title; it is its first words, unless it is set."""
    conversation = session.conversation
    if text:
        conversation.title = shorten(text, 200)
        session.store.rename(session.conversation)
    screen.say(f"title: {conversation.title}" if conversation.title else "there is no title yet")


@command(Argument("id", _suggest, optional=True))
def delete(session: Session, screen: Screen, which: str | None) -> None:
    """Delete a conversation, this one or the one of that number, after asking.

    What is deleted is gone from the database's file, too.
    """
    if which and (not which.isdecimal() or len(which) > 18):
        raise BadInput(f"{which} is not a conversation's number", "/conversations lists them")
    number = int(which) if which else session.conversation.number
    if not number:
        raise TemperaError("this conversation is not stored", "/clear begins a new one")
    there = session.store.load(number)
    runs = session.store.runs
    asked = [run["number"] for run in runs.parts(conversation=number)]
    if any(map(runs.batches.are_open, asked)):
        raise BadInput(
            f"conversation {number} waits for a batch",
            "/batch fetch takes what has come; /batch cancel ends it",
        )
    count = several(len(there.turns), "turn")
    if not screen.confirm(f"delete conversation {number}, {there.title}, {count}, for good?"):
        screen.say("nothing was deleted")
        return
    session.store.delete(number)
    for run in asked:  # what its batches had asked
        runs.delete(run)
    if number == session.conversation.number:
        session.begin()
    screen.say(f"conversation {number} is deleted")


@command(aliases=("new",))
def clear(session: Session, screen: Screen) -> None:
    """Begin a new conversation; what is set stays, and the former one is kept."""
    session.begin()
    screen.say("a new conversation")
