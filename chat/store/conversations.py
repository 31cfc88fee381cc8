"""Where conversations are kept: one SQLite database for all shells.

A turn is stored whole or not at all. Whatever the disk does, the chat goes on: what could not be
stored stays in memory, is tried again after the next turn, and `complaints` says so once. A
database that is damaged is put aside under a new name, never deleted.
"""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from ..base.errors import BadValue, StoreFailed
from ..base.redact import hide
from ..conversation.branch import Branch
from ..conversation.experiment import experiment_record
from ..conversation.tree import Conversation
from ..conversation.turn import Request, Turn
from ..conversation.wire import Exchange
from . import exchanges, journal, queries, rows
from .database import Database, damaged
from .records import Record, message_record, turn_record
from .schema import TooNew


class Store:
    """`path` None keeps conversations for this run alone. `secrets`: what must not be written.

    Reading raises StoreFailed; saving never does.
    """

    def __init__(self, path: Path | None, secrets: Callable[[], Iterable[str]] = tuple) -> None:
        self.path = path
        self._secrets = secrets
        self._database = Database(path)
        self._complained = False
        self._waiting: dict[int, Conversation] = {}  # what could not be stored yet

    def complaints(self) -> list[StoreFailed]:
        """What went wrong since this was last asked, each thing once."""
        told, self._database.complaints = self._database.complaints, []
        return told

    def close(self) -> None:
        for conversation in list(self._waiting.values())[:1]:  # the last chance of all
            self.save(conversation)
        self._database.close()

    # ---- saving

    def save(self, conversation: Conversation, at: float | None = None) -> bool:
        """Store what is new of a conversation, now or `at` a time; whether it is stored now. Others
        that could not be stored before are then stored along."""
        if not self._save(conversation, at):
            self._waiting[conversation.id] = conversation
            return False
        self._waiting.pop(conversation.id, None)
        for other in list(self._waiting.values()):
            if self._save(other, None):
                del self._waiting[other.id]
        return True

    def _save(self, conversation: Conversation, at: float | None) -> bool:
        for again in (True, False):
            try:
                facts = self._facts(conversation)
                with self._database.writing() as db:
                    conversation.number = self._put(db, conversation, facts, at or time.time())
                conversation.saved(facts)
                self._complained = False
                return True
            except (sqlite3.Error, OSError, TooNew) as error:
                if again and damaged(error):
                    conversation.stored = 0
                    self._database.put_aside()
                    continue
                self._complain(self._database.failed(error))
                break
        return False

    def _complain(self, error: StoreFailed) -> None:
        if not self._complained:
            hint = error.hint or "the conversation goes on in memory; storing is tried again after each turn"
            self._database.complaints.append(StoreFailed(f"this can't be stored: {error.message}", hint))
        self._complained = True

    def _put(self, db: sqlite3.Connection, conversation: Conversation, facts: Record, at: float) -> int:
        if self._begin(db, conversation):
            conversation.stored, conversation.kept = 0, {}  # another shell may have deleted it since
        known = {0}
        new = conversation.turns[conversation.stored :]
        ends = [end for turn in new for end in (turn.request.asked, *turn.branches)]
        for end in (*ends, conversation.head):
            self._put_messages(db, conversation, end, known)
        for turn in new:
            self._put_turn(db, conversation.id, turn_record(turn))
            exchanges.put(db, turn, self._clean, self._secrets())
        for experiment in conversation.experiments.values():
            self._put_messages(db, conversation, experiment.asked, known)
            record = json.dumps(experiment_record(experiment), ensure_ascii=False)
            values = {"id": experiment.id, "conversation": conversation.id, "record": record}
            self._insert(db, "INSERT OR REPLACE", "experiments", values)
        return self._put_facts(db, conversation, facts, at)

    def _begin(self, db: sqlite3.Connection, conversation: Conversation) -> bool:
        """Whether the conversation was not there yet. An insert that is ignored takes a number, too."""
        if db.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation.id,)).fetchone():
            return False
        new = {"id": conversation.id, "updated": 0.0, "title": conversation.title}
        self._insert(db, "INSERT", "conversations", new)
        return True

    def _put_messages(
        self, db: sqlite3.Connection, conversation: Conversation, end: Branch, known: set[int]
    ) -> None:
        nodes = []
        for node in end.backwards():
            owner = conversation.owner(node)
            if node.id in known or (owner is not None and owner < conversation.stored):
                break
            nodes.append(node)
        for node in reversed(nodes):
            self._put_message(db, conversation.id, message_record(node))
            known.add(node.id)

    def _put_message(self, db: sqlite3.Connection, conversation: int, record: Record) -> None:
        self._insert(db, "INSERT OR IGNORE", "messages", {**record, "conversation": conversation})

    def _put_turn(self, db: sqlite3.Connection, conversation: int, record: Record) -> None:
        choices = record.pop("choices")
        db.execute("DELETE FROM choices WHERE turn = ?", (record["id"],))
        # a turn that is stored already is changed: replacing it would take what hangs on it along
        changed = ", ".join(f"{name} = excluded.{name}" for name in record if name != "id")
        again = f"ON CONFLICT (id) DO UPDATE SET {changed}"
        self._insert(db, "INSERT", "turns", {**record, "conversation": conversation}, again)
        for choice in choices:
            # the message has the text, or else the refusal: alike, they could not be told apart
            in_message = choice["answer"] and choice["text"] != choice["refusal"]
            said = {**choice, "text": None} if in_message else choice
            tokens = "".join(self._clean(token) for token, *_ in choice["logprobs"])
            if tokens != self._clean(tokens):  # a key in pieces
                said["logprobs"] = []
            self._insert(db, "INSERT OR REPLACE", "choices", {**said, "turn": record["id"]})

    def _facts(self, conversation: Conversation) -> Record:
        """What is stored of a conversation beside its messages and turns, by column."""
        return {
            "title": self._clean(conversation.title),
            "head": conversation.head.id,
            "names": {name: branch.id for name, branch in conversation.names.items()},
            "branch": conversation.on,
            "after": conversation.after.id,
            "summary": self._clean(conversation.summary),
            "budget_cost": conversation.budget_cost,
            "budget_tokens": conversation.budget_tokens,
        }

    def _put_facts(self, db: sqlite3.Connection, conversation: Conversation, facts: Record, at: float) -> int:
        """What was changed here since it was stored or loaded; the rest is as the other shells that
        are in this conversation have it. The number that people type is returned."""
        kept = conversation.kept
        changed = {name: value for name, value in facts.items() if name not in kept or kept[name] != value}
        select = "SELECT number, names FROM conversations WHERE id = ?"
        row = db.execute(select, (conversation.id,)).fetchone()
        if "names" in changed:
            before = kept.get("names", {})
            moved = {name: end for name, end in facts["names"].items() if before.get(name) != end}
            changed["names"] = json.dumps({**json.loads(row["names"]), **moved})
        if changed:
            columns = ", ".join(f"{name} = :{name}" for name in changed)
            db.execute(
                f"UPDATE conversations SET {columns} WHERE id = :id", {**changed, "id": conversation.id}
            )
        db.execute(_COUNTED, {"id": conversation.id, "updated": at, "model": conversation.model})
        return int(row["number"])

    def _insert(self, db: sqlite3.Connection, how: str, table: str, record: Record, again: str = "") -> None:
        names = ", ".join(f'"{name}"' for name in record)
        marks = ", ".join("?" * len(record))
        values = [rows.column(name, value, self._clean) for name, value in record.items()]
        db.execute(f"{how} INTO {table} ({names}) VALUES ({marks}) {again}", values)

    def _clean(self, text: str) -> str:
        """The text without a key of this run; no half characters either, which SQLite can't hold."""
        return _without(tuple(self._secrets()), text)

    # ---- a turn that is going on

    def journal(self, conversation: Conversation, request: Request) -> journal.Journal | None:
        """What a turn is written to while it goes on; None where nothing is to be kept."""
        if self.path is None:
            return None
        clean = partial(_without, tuple(self._secrets()))  # asked for once: it is fed each chunk
        return journal.Journal(self._journals, conversation, request, clean)

    @property
    def _journals(self) -> Path:
        assert self.path is not None
        return self.path.parent / "unfinished"

    def recover(self) -> int:
        """Store what shells that were killed left; how many turns that was."""
        count = 0
        if self.path is None or not self._journals.is_dir():
            return 0
        for head, turn, done in journal.recover(self._journals):
            try:
                with self._database.writing() as db:
                    count += self._put_recovered(db, head, turn)
                done()
            except (sqlite3.Error, OSError, TooNew, ValueError, LookupError, BadValue) as error:
                if damaged(error):
                    self._database.put_aside()
        return count

    def _put_recovered(self, db: sqlite3.Connection, head: Record, turn: Turn) -> bool:
        """Whether it was not in the store yet: a shell may be killed after storing it."""
        if db.execute("SELECT 1 FROM turns WHERE id = ?", (turn.id,)).fetchone():
            return False
        conversation = Conversation(head["conversation"], title=head["title"])
        conversation.add(turn)
        self._begin(db, conversation)
        turn = conversation.turns[0]
        for record in (*head["messages"], *map(message_record, turn.branches)):
            if not _has(db, record["before"]):
                record = {**record, "before": 0}
            self._put_message(db, conversation.id, record)
        self._put_turn(db, conversation.id, turn_record(turn))
        db.execute(
            _COUNTED,
            {"id": conversation.id, "updated": turn.request.at + turn.answer.duration, "model": turn.model},
        )
        if turn.branches and not turn.request.experiment:
            self._move(db, conversation, begins=head["messages"][0]["before"] if head["messages"] else 0)
        return True

    def _move(self, db: sqlite3.Connection, conversation: Conversation, begins: int) -> None:
        """Go on from its head; a named branch goes along, if what was asked began at its end."""
        select = "SELECT head, names, branch FROM conversations WHERE id = ?"
        row = db.execute(select, (conversation.id,)).fetchone()
        branch = row["branch"] if row["head"] == begins else ""
        names = {**json.loads(row["names"]), **({branch: conversation.head.id} if branch else {})}
        db.execute(
            "UPDATE conversations SET head = ?, names = ?, branch = ? WHERE id = ?",
            (conversation.head.id, json.dumps(names), branch, conversation.id),
        )

    # ---- reading

    def load(self, number: int) -> Conversation:
        """A conversation as it was left. Raises StoreFailed."""
        with self._database.reading() as db:
            row = db.execute("SELECT * FROM conversations WHERE number = ?", (number,)).fetchone()
            if row is None:
                raise StoreFailed(f"there is no conversation {number}", "/conversations lists them")
            try:
                return rows.conversation(db, row)
            except (ValueError, LookupError, TypeError, zlib.error, BadValue) as error:
                raise StoreFailed(f"conversation {number} can't be read: {error}") from error

    def wire(self, turn: Turn) -> tuple[Exchange, ...]:
        """What went over the connection for a turn, which may be long ago. Raises StoreFailed."""
        if turn.answer.wire:
            return turn.answer.wire
        with self._database.reading() as db:
            return exchanges.get(db, turn)

    def newest(self, words: str = "", limit: int = 50) -> list[sqlite3.Row]:
        """number, title, model, turns, cost and updated, newest first, of those whose title has
        the words. Raises StoreFailed."""
        wanted = [f"%{queries.like(word)}%" for word in words.split()]
        where = " AND ".join(["title LIKE ? ESCAPE '\\'"] * len(wanted)) or "1"
        sql = "SELECT number, title, model, turns, cost, updated FROM conversations"
        with self._database.reading() as db:
            return db.execute(
                f"{sql} WHERE {where} ORDER BY updated DESC LIMIT ?", (*wanted, limit)
            ).fetchall()

    def search(self, words: str, limit: int = 200) -> list[sqlite3.Row]:
        """number, title, updated, role and excerpt, with MARKS about each hit, of the messages
        that have the words, newest first. Raises StoreFailed."""
        query = queries.fts(words)
        if not query:
            return []
        with self._database.reading() as db:
            return db.execute(_SEARCH, (*MARKS, query, limit)).fetchall()

    def having(self, table: str, numbers: Sequence[int]) -> list[sqlite3.Row]:
        """The rows of a table that have these numbers as their id. Raises StoreFailed."""
        with self._database.reading() as db:
            marks = ", ".join("?" * len(numbers))
            return db.execute(f"SELECT * FROM {table} WHERE id IN ({marks})", numbers).fetchall()

    # ---- the arena

    def vote(self, experiment: int, winner: str, losers: Sequence[str]) -> None:
        """Which answer of a blind comparison was picked; the last word on it counts. Raises
        StoreFailed."""
        values = {
            "at": time.time(),
            "experiment": experiment,
            "winner": winner,
            "losers": json.dumps(list(losers), ensure_ascii=False),
        }
        try:
            with self._database.writing() as db:
                self._insert(db, "INSERT OR REPLACE", "picks", values)
        except (sqlite3.Error, OSError, TooNew) as error:
            raise self._database.failed(error) from error

    def votes(self) -> list[tuple[str, list[str]]]:
        """(winner, losers) of each pick, oldest first. Raises StoreFailed."""
        with self._database.reading() as db:
            rows = db.execute("SELECT winner, losers FROM picks ORDER BY at").fetchall()
        return [(row["winner"], json.loads(row["losers"])) for row in rows]

    def delete(self, number: int) -> None:
        """Raises StoreFailed."""
        try:
            with self._database.writing() as db:
                db.execute("DELETE FROM conversations WHERE number = ?", (number,))
                db.execute("INSERT INTO words (words) VALUES ('optimize')")  # it forgets words only so
            self._database.forget_log()
        except (sqlite3.Error, OSError, TooNew) as error:
            raise self._database.failed(error) from error


#: About a hit in an excerpt: characters that no message has once it is shown.
MARKS = ("\x02", "\x03")

_COUNTED = """
    UPDATE conversations SET updated = :updated, model = :model,
        turns = (SELECT count(*) FROM turns WHERE conversation = :id),
        cost = (
            SELECT CASE WHEN count(prompt_tokens) > count(CASE WHEN prompt_tokens IS NOT NULL THEN cost END)
                OR EXISTS (
                    SELECT 1 FROM turns WHERE conversation = :id AND cost IS NULL AND prompt_tokens IS NULL
                        AND (completion_tokens IS NOT NULL OR estimated)
                )
                OR count(prompt_tokens) = 0 AND EXISTS (
                    SELECT 1 FROM turns AS t JOIN choices ON turn = t.id WHERE t.conversation = :id
                )
                THEN NULL ELSE total(cost) END
            FROM turns WHERE conversation = :id
        )
    WHERE id = :id
"""
_SEARCH = """
    SELECT c.number, c.title, c.updated, m.role, m.id,
        snippet(words, 0, ?, ?, '…', 16) AS excerpt
    FROM words JOIN messages AS m ON m.id = words.rowid JOIN conversations AS c ON c.id = m.conversation
    WHERE words MATCH ? ORDER BY words.rowid DESC LIMIT ?
"""


def _without(secrets: Sequence[str], text: str) -> str:
    text = hide(text, secrets)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _has(db: sqlite3.Connection, message: int) -> bool:
    found = db.execute("SELECT 1 FROM messages WHERE id = ?", (message,)).fetchone()
    return message == 0 or found is not None
