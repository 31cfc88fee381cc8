"""Keep conversations in one SQLite database for all shells.

A turn is stored whole or not at all. Whatever the disk does, the chat goes on: what could not be
stored stays in memory, is tried again after the next turn, and `complaints` says so once. A
database that is damaged is put aside under a new name, never deleted.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ..base.errors import BadFile, StoreFailed
from ..base.facts import SPOILT, items, text
from ..conversation.experiment import Experiment
from ..conversation.tree import Conversation
from ..conversation.turn import Request, Turn
from ..conversation.wire import Exchange
from . import aside, exchanges, journal, prompts, queries, rows
from .attachments import Attachments
from .database import Database
from .journal import Left
from .prompts import PromptUse, PromptVersion
from .records import Record
from .runs import Runs
from .schema import TooNew
from .writing import Changes, RowWriter, everything, place, unwritten

T = TypeVar("T")

_FAILURES = (sqlite3.Error, OSError, TooNew)


class Store:
    """`path` None keeps conversations for this run alone. `secrets`: what must not be written.

    Reading raises StoreFailed; saving never does.
    """

    def __init__(self, path: Path | None, secrets: Callable[[], Iterable[str]] = tuple) -> None:
        self.path = path
        self._secrets = secrets
        self._database = Database(path)
        self.attachments = Attachments(path and path.parent / "attachments", secrets)
        self.runs = Runs(path and path.with_name("evaluations.db"), secrets)
        self._complained = False
        self._waiting: dict[int, tuple[Conversation, Changes]] = {}  # what could not be stored yet

    def complaints(self) -> list[StoreFailed]:
        """Return what went wrong since the last call, each fault once."""
        told, self._database.complaints = self._database.complaints, []
        problems, self.attachments.problems = self.attachments.problems, []
        return [*told, *self.runs.complaints(), *map(StoreFailed, problems)]

    def close(self) -> None:
        for conversation, _ in list(self._waiting.values())[:1]:  # the last chance of all
            self._write(conversation, Changes())
        self._database.close()
        self.runs.close()

    # ---- writing: each says whether it is stored now

    def add(self, conversation: Conversation, at: float | None = None) -> bool:
        """Store all of a conversation, as of now or of a time."""
        return self._write(conversation, everything(conversation), at)

    def add_turn(
        self, conversation: Conversation, *turns: Turn, move: bool = True, at: float | None = None
    ) -> bool:
        """Store turns that were added, and that the conversation goes on with them, if it did `move`;
        as of now or of a time."""
        moved = place(conversation) if move and any(turn.branches for turn in turns) else Changes()
        return self._write(conversation, Changes(turns=frozenset(turn.id for turn in turns)) | moved, at)

    def update_turn(self, conversation: Conversation, turn: Turn) -> bool:
        """Store what is now known of a turn: its marks, or what it took."""
        return self._change(conversation, Changes(turns=frozenset({turn.id})))

    def pick(self, conversation: Conversation, turn: Turn) -> bool:
        """Store that the conversation goes on with another choice of a turn."""
        return self._change(conversation, Changes(turns=frozenset({turn.id})) | place(conversation))

    def put_experiment(self, conversation: Conversation, experiment: Experiment) -> bool:
        """Store an experiment when it begins, or when more is known of it."""
        changes = Changes(experiments=frozenset({experiment.id}))
        return self._write(conversation, changes)

    def move_head(self, conversation: Conversation) -> bool:
        """Store where the conversation goes on, and the name of that branch."""
        return self._change(conversation, place(conversation))

    def move_by_hand(self, conversation: Conversation) -> bool:
        """Store where the conversation goes on, and all names: messages were changed by hand. One that was
        never stored is, so that they are kept before anything is sent."""
        if not conversation.number:
            return self.add(conversation)
        changes = place(conversation) | Changes(names=frozenset(conversation.names))
        return self._write(conversation, changes)

    def rename(self, conversation: Conversation) -> bool:
        return self._change(conversation, Changes(facts=frozenset({"title"})))

    def leave_out(self, conversation: Conversation) -> bool:
        """Store what requests leave out of the beginning, and the summary that stands for it."""
        return self._change(conversation, Changes(facts=frozenset({"after", "summary"})))

    def limit(self, conversation: Conversation) -> bool:
        """Store the conversation's budget."""
        return self._change(conversation, Changes(facts=frozenset({"budget_cost", "budget_tokens"})))

    def holds(self, conversation: Conversation) -> bool:
        """Tell whether all of the conversation is stored, with nothing waiting for the disk."""
        return id(conversation) not in self._waiting

    def unstored(self, number: int) -> Conversation | None:
        """Give the conversation of that number that waits for the disk, None for none."""
        waiting = (conversation for conversation, _ in self._waiting.values())
        return next((each for each in waiting if each.number == number), None)

    def _change(self, conversation: Conversation, changes: Changes) -> bool:
        """Store these changes. A conversation that was never stored is stored once it has a turn."""
        return not conversation.number or self._write(conversation, changes)

    def _write(self, conversation: Conversation, changes: Changes, at: float | None = None) -> bool:
        """Store the changes, with those that could not be stored before; then others' that could not."""
        _, before = self._waiting.get(id(conversation), (conversation, Changes()))
        self._waiting[id(conversation)] = conversation, before | changes
        if not self._flush(conversation, at):
            return False
        for other, _ in list(self._waiting.values()):
            self._flush(other)
        return True

    def _flush(self, conversation: Conversation, at: float | None = None) -> bool:
        _, changes = self._waiting[id(conversation)]
        try:
            conversation.number = self._write_by(
                lambda writer: writer.put(conversation, changes, at or time.time())
            )
        except (*_FAILURES, *SPOILT, BadFile) as error:  # whatever a server sent, the chat goes on
            self._complain(self._database.failed(error))
            return False
        conversation.forget_wire(changes.turns)
        del self._waiting[id(conversation)]
        self._complained = False
        return True

    def _write_by(self, do: Callable[[RowWriter], T]) -> T:
        return self._database.write(lambda db: do(self._writer(db)))

    def _writer(self, db: sqlite3.Connection) -> RowWriter:
        return RowWriter(db, self._secrets(), self.attachments)

    def _complain(self, error: StoreFailed) -> None:
        if not self._complained:
            hint = error.hint or "the conversation goes on in memory; storing is tried again after each turn"
            self._database.complaints.append(StoreFailed(f"this can't be stored: {error.message}", hint))
        self._complained = True

    # ---- a turn that is going on

    def journal(self, conversation: Conversation, request: Request) -> journal.Journal | None:
        """Open the journal for a turn, or return None if nothing is to be kept."""
        if self.path is None:
            return None
        lacks = everything(conversation) if not conversation.number else Changes()
        _, waiting = self._waiting.get(id(conversation), (conversation, lacks))
        asked = unwritten(conversation, request.asked, waiting.turns)
        return journal.begun(self._journals, conversation, request, asked, self._secrets(), self.attachments)

    @property
    def _journals(self) -> Path:
        assert self.path is not None
        return self.path.parent / "unfinished"

    def recover(self) -> int:
        """Store what killed shells left. Return how many turns that was."""
        count = 0
        if self.path is None or not self._journals.is_dir():
            return 0
        for path in journal.put_aside(self._journals):
            self._tell_aside("an unfinished answer that an older Tempera left", path)
        for found in journal.left(self._journals, self.attachments):
            try:
                count += self._take_up(found)
            except (sqlite3.OperationalError, OSError, TooNew) as error:  # for another time
                self._complain(self._database.failed(error))
            except (*SPOILT, BadFile, sqlite3.Error):
                with contextlib.suppress(OSError):
                    what = "an unfinished answer of a shell that was killed can't be read; it"
                    self._tell_aside(what, found.aside())
        return count

    def _take_up(self, found: Left) -> bool:
        head, turn = found.read()
        conversation = Conversation(head["conversation"], title=head["title"])
        new = self._write_by(lambda writer: writer.put_recovered(conversation, head["messages"], turn))
        found.done()
        return new

    def _tell_aside(self, what: str, path: Path) -> None:
        told = StoreFailed(f"{what} was put aside as {path}", "what came of its text stands in that file")
        self._database.complaints.append(told)

    # ---- reading

    def load(self, number: int) -> Conversation:
        """Give a conversation as it was left; what of it can't be read is left out, and put aside under a
        name that is told. Raises StoreFailed."""
        try:
            loaded = self._database.read(lambda db: rows.conversation(db, number, self.attachments))
        except SPOILT as error:  # nothing that is known of
            raise StoreFailed(f"conversation {number} can't be read: {error}") from error
        if loaded is None:
            raise StoreFailed(f"there is no conversation {number}", "/conversations lists them")
        if loaded.wrong:
            self._database.complaints.append(aside.rows(self.path, number, loaded))
        if loaded.astray:
            self._adopt(number)
        return loaded.conversation

    def _adopt(self, number: int) -> None:
        from .salvage import adopt  # late: little is damaged

        with contextlib.suppress(*_FAILURES):
            if self._database.write(adopt):
                sentence = f"conversation {number} has lost its turns: what was said in it is another one now"
                self._database.complaints.append(StoreFailed(sentence, "/conversations lists it"))

    def wire(self, turn: Turn) -> tuple[Exchange, ...]:
        """Return what went over the connection for a turn, which may be long ago. Raises StoreFailed."""
        if turn.answer.wire:
            return turn.answer.wire
        return self._database.read(lambda db: exchanges.get(db, turn))

    def newest(self, words: str = "", limit: int = 50) -> list[Record]:
        """List conversations whose title has the words, newest first: number, title, model, turns, cost
        and updated. Raises StoreFailed."""
        wanted = [f"%{queries.like(word)}%" for word in words.split()]
        where = " AND ".join(["title LIKE ? ESCAPE '\\'"] * len(wanted)) or "1"
        sql = "SELECT number, title, model, turns, cost, updated FROM conversations"
        return self._listed(f"{sql} WHERE {where} ORDER BY updated DESC LIMIT ?", (*wanted, limit))

    def search(self, words: str, limit: int = 200) -> list[Record]:
        """Find the messages that have the words, newest first: number, title, updated, role and excerpt,
        with MARKS about each hit. Raises StoreFailed."""
        query = queries.fts(words)
        if not query:
            return []
        return self._listed(_SEARCH, (*MARKS, query, limit))

    def _listed(self, sql: str, values: Sequence[Any]) -> list[Record]:
        return [
            rows.listed(row) for row in self._database.read(lambda db: db.execute(sql, values).fetchall())
        ]

    def having(self, table: str, numbers: Sequence[int]) -> list[sqlite3.Row]:
        """Give the rows of a table that have these numbers as their id. Raises StoreFailed."""
        sql = f"SELECT * FROM {table} WHERE id IN ({', '.join('?' * len(numbers))})"
        return self._database.read(lambda db: db.execute(sql, numbers).fetchall())

    # ---- versions of prompts

    def keep_prompt(self, version: PromptVersion) -> None:
        """Store a version of a prompt file, unless it is the file's newest. Raises StoreFailed."""
        self._do(lambda db: prompts.put(db, version, self._secrets()))

    def prompt_versions(self, path: str) -> list[PromptVersion]:
        """Give the versions of a prompt file, oldest first. Raises StoreFailed."""
        return self._database.read(lambda db: prompts.get(db, path))

    def prompt_uses(self) -> dict[str, PromptUse]:
        """Give what was asked with each version of any prompt. Raises StoreFailed."""
        return self._database.read(prompts.uses)

    # ---- the arena

    def vote(self, experiment: int, winner: str, losers: Sequence[str]) -> None:
        """Store which answer of a blind comparison was picked. The last vote on it counts. Raises
        StoreFailed."""
        values = {
            "at": time.time(),
            "experiment": experiment,
            "winner": winner,
            "losers": json.dumps(list(losers), ensure_ascii=False),
        }
        self._do(
            lambda db: RowWriter(db, self._secrets(), self.attachments).insert(
                "INSERT OR REPLACE", "picks", values
            )
        )

    def votes(self) -> list[tuple[str, list[str]]]:
        """Give (winner, losers) of each pick, oldest first. Raises StoreFailed."""
        sql = "SELECT winner, losers FROM picks ORDER BY at"
        found = self._database.read(lambda db: db.execute(sql).fetchall())
        picks = [rows.lenient(row, "losers") for row in found]
        votes = [(text(pick, "winner"), list(filter(_is_text, items(pick, "losers")))) for pick in picks]
        return [vote for vote, pick in zip(votes, picks, strict=True) if not pick.wrong]

    def delete(self, number: int) -> None:
        """Raise StoreFailed."""

        def do(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM conversations WHERE number = ?", (number,))
            db.execute("INSERT INTO words (words) VALUES ('optimize')")  # it forgets words only so

        self._do(do)
        with contextlib.suppress(StoreFailed):  # once it is gone for good: a shell may be killed between
            self._do(self._sweep)
        self._database.forget_log()

    def _do(self, do: Callable[[sqlite3.Connection], None]) -> None:
        """Write. Raises StoreFailed."""
        try:
            self._database.write(do)
        except _FAILURES as error:
            raise self._database.failed(error) from error

    # ---- attachments

    def attached(self) -> list[Record]:
        """List the bytes that messages name, the largest first: sha256, media, name, size, and the numbers
        of the conversations that they are in. What nothing names is taken away. Raises StoreFailed."""
        with contextlib.suppress(StoreFailed):
            self._do(self._sweep)
        return self._listed(_ATTACHED, ())

    def _sweep(self, db: sqlite3.Connection) -> None:
        """Take away the files that nothing names. What a database put aside names can't be told: they all
        stay as long as there is one."""
        if self.path is None or any(self.path.parent.glob(f"{self.path.stem}-damaged-*")):
            return
        named = db.execute("SELECT DISTINCT sha256 FROM attachments").fetchall()
        with contextlib.suppress(BadFile):  # another time
            self.attachments.sweep((row["sha256"] for row in named), self._journals)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


#: About a hit in an excerpt: characters that no message has once it is shown.
MARKS = ("\x02", "\x03")

_SEARCH = """
    SELECT c.number, c.title, c.updated, m.role, m.id,
        snippet(words, 0, ?, ?, '…', 16) AS excerpt
    FROM words JOIN messages AS m ON m.id = words.rowid JOIN conversations AS c ON c.id = m.conversation
    WHERE words MATCH ? ORDER BY words.rowid DESC LIMIT ?
"""

_ATTACHED = """
    SELECT a.sha256, max(a.media) AS media, max(a.name) AS name, max(a.size) AS size,
        group_concat(DISTINCT c.number) AS numbers
    FROM attachments AS a
        JOIN messages AS m ON m.id = a.message JOIN conversations AS c ON c.id = m.conversation
    GROUP BY a.sha256 ORDER BY max(a.size) DESC, a.sha256
"""
