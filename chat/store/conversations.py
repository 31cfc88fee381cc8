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
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ..base.errors import BadFile, BadValue, StoreFailed
from ..conversation.experiment import Experiment
from ..conversation.tree import Conversation
from ..conversation.turn import Request, Turn
from ..conversation.wire import Exchange
from . import exchanges, journal, prompts, queries, rows
from .attachments import Attachments
from .database import Database, damaged
from .prompts import PromptUse, PromptVersion
from .schema import TooNew
from .writing import Changes, RowWriter, everything, place, unwritten


class Store:
    """`path` None keeps conversations for this run alone. `secrets`: what must not be written.

    Reading raises StoreFailed; saving never does.
    """

    def __init__(self, path: Path | None, secrets: Callable[[], Iterable[str]] = tuple) -> None:
        self.path = path
        self._secrets = secrets
        self._database = Database(path)
        self.attachments = Attachments(path and path.parent / "attachments", secrets)
        self._complained = False
        self._waiting: dict[int, tuple[Conversation, Changes]] = {}  # what could not be stored yet

    def complaints(self) -> list[StoreFailed]:
        """Return what went wrong since the last call, each fault once."""
        told, self._database.complaints = self._database.complaints, []
        problems, self.attachments.problems = self.attachments.problems, []
        return [*told, *map(StoreFailed, problems)]

    def close(self) -> None:
        for conversation, _ in list(self._waiting.values())[:1]:  # the last chance of all
            self._write(conversation, Changes())
        self._database.close()

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
        for again in (True, False):
            try:
                with self._writing() as writer:
                    conversation.number = writer.put(conversation, changes, at or time.time())
                conversation.forget_wire(changes.turns)
                del self._waiting[id(conversation)]
                self._complained = False
                return True
            except (sqlite3.Error, OSError, TooNew, BadFile) as error:
                if again and damaged(error):
                    self._database.put_aside()
                    continue
                self._complain(self._database.failed(error))
                break
        return False

    @contextlib.contextmanager
    def _writing(self) -> Iterator[RowWriter]:
        with self._database.writing() as db:
            yield RowWriter(db, self._secrets(), self.attachments)

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
        for aside in journal.put_aside(self._journals):
            self._database.complaints.append(
                StoreFailed(
                    f"an unfinished answer that an older Tempera left was put aside as {aside}",
                    "its text stands in that file, a piece a line",
                )
            )
        for head, turn, done in journal.recover(self._journals, self.attachments):
            try:
                conversation = Conversation(head["conversation"], title=head["title"])
                with self._writing() as writer:
                    count += writer.put_recovered(conversation, head["messages"], turn)
                done()
            except (sqlite3.Error, OSError, TooNew, ValueError, LookupError, BadValue, BadFile) as error:
                if damaged(error):
                    self._database.put_aside()
        return count

    # ---- reading

    def load(self, number: int) -> Conversation:
        """Give a conversation as it was left. Raises StoreFailed."""
        with self._database.reading() as db:
            row = db.execute("SELECT * FROM conversations WHERE number = ?", (number,)).fetchone()
            if row is None:
                raise StoreFailed(f"there is no conversation {number}", "/conversations lists them")
            try:
                return rows.conversation(db, row, self.attachments)
            except (ValueError, LookupError, TypeError, zlib.error, BadValue) as error:
                raise StoreFailed(f"conversation {number} can't be read: {error}") from error

    def wire(self, turn: Turn) -> tuple[Exchange, ...]:
        """Return what went over the connection for a turn, which may be long ago. Raises StoreFailed."""
        if turn.answer.wire:
            return turn.answer.wire
        with self._database.reading() as db:
            return exchanges.get(db, turn)

    def newest(self, words: str = "", limit: int = 50) -> list[sqlite3.Row]:
        """List conversations whose title has the words, newest first: number, title, model, turns, cost
        and updated. Raises StoreFailed."""
        wanted = [f"%{queries.like(word)}%" for word in words.split()]
        where = " AND ".join(["title LIKE ? ESCAPE '\\'"] * len(wanted)) or "1"
        sql = "SELECT number, title, model, turns, cost, updated FROM conversations"
        with self._database.reading() as db:
            return db.execute(
                f"{sql} WHERE {where} ORDER BY updated DESC LIMIT ?", (*wanted, limit)
            ).fetchall()

    def search(self, words: str, limit: int = 200) -> list[sqlite3.Row]:
        """Find the messages that have the words, newest first: number, title, updated, role and excerpt,
        with MARKS about each hit. Raises StoreFailed."""
        query = queries.fts(words)
        if not query:
            return []
        with self._database.reading() as db:
            return db.execute(_SEARCH, (*MARKS, query, limit)).fetchall()

    def having(self, table: str, numbers: Sequence[int]) -> list[sqlite3.Row]:
        """Give the rows of a table that have these numbers as their id. Raises StoreFailed."""
        with self._database.reading() as db:
            marks = ", ".join("?" * len(numbers))
            return db.execute(f"SELECT * FROM {table} WHERE id IN ({marks})", numbers).fetchall()

    # ---- versions of prompts

    def keep_prompt(self, version: PromptVersion) -> None:
        """Store a version of a prompt file, unless it is the file's newest. Raises StoreFailed."""
        try:
            with self._database.writing() as db:
                prompts.put(db, version, self._secrets())
        except (sqlite3.Error, OSError, TooNew) as error:
            raise self._database.failed(error) from error

    def prompt_versions(self, path: str) -> list[PromptVersion]:
        """Give the versions of a prompt file, oldest first. Raises StoreFailed."""
        with self._database.reading() as db:
            return prompts.get(db, path)

    def prompt_uses(self) -> dict[str, PromptUse]:
        """Return the uses of each version of any prompt. Raises StoreFailed."""
        with self._database.reading() as db:
            return prompts.uses(db)

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
        try:
            with self._writing() as writer:
                writer.insert("INSERT OR REPLACE", "picks", values)
        except (sqlite3.Error, OSError, TooNew) as error:
            raise self._database.failed(error) from error

    def votes(self) -> list[tuple[str, list[str]]]:
        """Give (winner, losers) of each pick, oldest first. Raises StoreFailed."""
        with self._database.reading() as db:
            rows = db.execute("SELECT winner, losers FROM picks ORDER BY at").fetchall()
        return [(row["winner"], json.loads(row["losers"])) for row in rows]

    def delete(self, number: int) -> None:
        """Raise StoreFailed."""
        try:
            with self._database.writing() as db:
                db.execute("DELETE FROM conversations WHERE number = ?", (number,))
                db.execute("INSERT INTO words (words) VALUES ('optimize')")  # it forgets words only so
                self._sweep(db)
            self._database.forget_log()
        except (sqlite3.Error, OSError, TooNew) as error:
            raise self._database.failed(error) from error

    # ---- attachments

    def attached(self) -> list[sqlite3.Row]:
        """List the bytes that messages name, the largest first: sha256, media, name, size, and the numbers
        of the conversations that they are in. What nothing names is taken away. Raises StoreFailed."""
        with contextlib.suppress(sqlite3.Error, OSError, TooNew), self._database.writing() as db:
            self._sweep(db)
        with self._database.reading() as db:
            return db.execute(_ATTACHED).fetchall()

    def _sweep(self, db: sqlite3.Connection) -> None:
        """Take away the files that nothing names. What a database put aside names can't be told: they all
        stay as long as there is one."""
        if self.path is None or any(self.path.parent.glob(f"{self.path.stem}-damaged-*")):
            return
        named = db.execute("SELECT DISTINCT sha256 FROM attachments").fetchall()
        with contextlib.suppress(BadFile):  # another time
            self.attachments.sweep((row["sha256"] for row in named), self._journals)


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
