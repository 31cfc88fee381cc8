"""Write the rows of one transaction from what conversations hold, without the keys of this run.

What is to be written is said by `Changes`, and nothing else is: several shells may be in one
conversation, and what they changed of it stays.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict

from ..base.dataclass import dataclass
from ..base.facts import mapped
from ..base.redact import hide
from ..conversation.branch import Branch
from ..conversation.experiment import experiment_record
from ..conversation.tree import Conversation
from ..conversation.turn import Turn
from . import exchanges, rows
from .attachments import Attachments, Named
from .records import Record, message_record, turn_record


@dataclass(frozen=True)
class Changes:
    """What is to be written of a conversation: `turns` and `experiments` by their ids, `facts` by their
    columns, and the ends of `names`."""

    turns: frozenset[int] = frozenset()
    experiments: frozenset[int] = frozenset()
    facts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __or__(self, other: Changes) -> Changes:
        return Changes(
            self.turns | other.turns,
            self.experiments | other.experiments,
            self.facts | other.facts,
            self.names | other.names,
        )


def everything(conversation: Conversation) -> Changes:
    return Changes(
        frozenset(turn.id for turn in conversation.turns),
        frozenset(conversation.experiments),
        frozenset(rows.FACTS),
        frozenset(conversation.names),
    )


def place(conversation: Conversation) -> Changes:
    """Tell where it goes on; the name of that branch ends there."""
    names = frozenset({conversation.on} - {""})
    return Changes(facts=frozenset({"head", "branch"}), names=names)


def unwritten(conversation: Conversation, end: Branch, turns: Collection[int]) -> list[Branch]:
    """Give the messages up to here, oldest first, from the last one on that a turn other than these
    `turns` answered: up to that they are stored."""
    nodes = []
    for node in end.backwards():
        owner = conversation.owner(node)
        if owner is not None and conversation.turns[owner].id not in turns:
            break
        nodes.append(node)
    return nodes[::-1]


class RowWriter:
    """Writes within a transaction. Raises sqlite3.Error."""

    def __init__(self, db: sqlite3.Connection, secrets: Iterable[str], attachments: Attachments) -> None:
        self._db = db
        self._secrets = tuple(secrets)
        self._attachments = attachments

    # ---- what a shell has done

    def put(self, conversation: Conversation, changes: Changes, at: float) -> int:
        """Write the changes, as of a time. Write all of a conversation that is not there, since another
        shell may have deleted it. Return the number that people type."""
        if self._begin(conversation):
            changes = everything(conversation)
        turns = [turn for turn in conversation.turns if turn.id in changes.turns]
        experiments = [conversation.experiments[number] for number in sorted(changes.experiments)]
        ends = [end for turn in turns for end in (turn.request.asked, *turn.branches)]
        ends += [experiment.asked for experiment in experiments]
        ends += [conversation.names[name] for name in sorted(changes.names)]
        if "head" in changes.facts:
            ends.append(conversation.head)
        known = {0}
        for end in ends:
            for node in unwritten(conversation, end, changes.turns):
                if node.id not in known:
                    self._put_message(conversation.id, message_record(node))
                    known.add(node.id)
        for turn in turns:
            self._put_turn(conversation.id, turn)
            exchanges.put(self._db, turn, self._clean, self._secrets)
        for experiment in experiments:
            record = json.dumps(experiment_record(experiment), ensure_ascii=False)
            values = {"id": experiment.id, "conversation": conversation.id, "record": record}
            self.insert("INSERT OR REPLACE", "experiments", values)
        return self._put_facts(conversation, changes, at)

    def _begin(self, conversation: Conversation) -> bool:
        """Insert the conversation if it is not there yet, and return whether it was not. An ignored insert
        would use up a number, too."""
        if self._db.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation.id,)).fetchone():
            return False
        new = {"id": conversation.id, "updated": 0.0, "title": conversation.title}
        self.insert("INSERT", "conversations", new)
        return True

    def _put_message(self, conversation: int, record: Record) -> None:
        named: tuple[Named, ...] = ()
        if record.get("form") is not None:
            form, named = self._attachments.taken_out(record["form"])
            record = {**record, "form": form}
        self.insert("INSERT OR IGNORE", "messages", {**record, "conversation": conversation})
        self._name(record["id"], named)

    def _name(self, message: int, named: Iterable[Named]) -> None:
        for each in named:
            self.insert("INSERT OR IGNORE", "attachments", {**asdict(each), "message": message})

    def _put_turn(self, conversation: int, turn: Turn) -> None:
        record = turn_record(turn)
        choices = record.pop("choices")
        self._db.execute("DELETE FROM choices WHERE turn = ?", (record["id"],))
        # a turn that is stored already is changed: replacing it would take what hangs on it along
        changed = ", ".join(f"{name} = excluded.{name}" for name in record if name != "id")
        again = f"ON CONFLICT (id) DO UPDATE SET {changed}"
        self.insert("INSERT", "turns", {**record, "conversation": conversation}, again)
        plain = {node.id for node in turn.branches if node.last and node.last.form is None}
        for choice in choices:
            # the message has the text, or else the refusal: alike, they could not be told apart
            in_message = choice["answer"] in plain and choice["text"] != choice["refusal"]
            said = {**choice, "text": None} if in_message else choice
            if choice["beside"] and choice["answer"]:
                said["beside"], named = self._attachments.taken_out(choice["beside"])
                self._name(choice["answer"], named)
            tokens = "".join(self._clean(token) for token, *_ in choice["logprobs"])
            if tokens != self._clean(tokens):  # a key in pieces
                said["logprobs"] = []
            self.insert("INSERT OR REPLACE", "choices", {**said, "turn": record["id"]})

    def _put_facts(self, conversation: Conversation, changes: Changes, at: float) -> int:
        select = "SELECT number, names, title FROM conversations WHERE id = ?"
        row = self._db.execute(select, (conversation.id,)).fetchone()
        facts = rows.facts(conversation)
        values = {name: facts[name] for name in changes.facts}
        if not row["title"]:
            values["title"] = facts["title"]  # its first words name it
        if changes.names:
            ends = {name: conversation.names[name].id for name in changes.names}
            values["names"] = json.dumps({**mapped(rows.lenient(row), "names"), **ends})
        if values:
            columns = ", ".join(f"{name} = :{name}" for name in values)
            cleaned = {name: rows.column(name, value, self._clean) for name, value in values.items()}
            cleaned["id"] = conversation.id
            self._db.execute(f"UPDATE conversations SET {columns} WHERE id = :id", cleaned)
        self._count(conversation, at, conversation.model)
        return int(row["number"])

    def _count(self, conversation: Conversation, at: float, model: str) -> None:
        self._db.execute(_COUNTED, {"id": conversation.id, "updated": at, "model": model})

    def insert(self, how: str, table: str, record: Record, again: str = "") -> None:
        names = ", ".join(f'"{name}"' for name in record)
        marks = ", ".join("?" * len(record))
        values = [rows.column(name, value, self._clean) for name, value in record.items()]
        self._db.execute(f"{how} INTO {table} ({names}) VALUES ({marks}) {again}", values)

    def _clean(self, text: str) -> str:
        """Give the text without a key of this run."""
        return hide(text, self._secrets)

    # ---- what a killed shell left

    def put_recovered(self, conversation: Conversation, messages: Sequence[Record], turn: Turn) -> bool:
        """Write a turn of a conversation of which no more is known, and the messages that it asked. Return
        whether it was new: a shell may have been killed after it stored the turn."""
        if self._db.execute("SELECT 1 FROM turns WHERE id = ?", (turn.id,)).fetchone():
            return False
        turn = conversation.add(turn)
        self._begin(conversation)
        for record in (*messages, *map(message_record, turn.branches)):
            if not self._has(record["before"]):
                record = {**record, "before": 0}
            self._put_message(conversation.id, record)
        self._put_turn(conversation.id, turn)
        self._count(conversation, turn.request.at + turn.answer.duration, turn.model)
        if turn.branches and not turn.request.experiment:
            self._move(conversation, begins=messages[0]["before"] if messages else 0)
        return True

    def _has(self, message: int) -> bool:
        found = self._db.execute("SELECT 1 FROM messages WHERE id = ?", (message,)).fetchone()
        return message == 0 or found is not None

    def _move(self, conversation: Conversation, begins: int) -> None:
        """Move the head of the conversation. A named branch moves along, if the question began at its end."""
        select = "SELECT head, names, branch FROM conversations WHERE id = ?"
        row = self._db.execute(select, (conversation.id,)).fetchone()
        branch = row["branch"] if row["head"] == begins else ""
        names = {**mapped(rows.lenient(row), "names"), **({branch: conversation.head.id} if branch else {})}
        self._db.execute(
            "UPDATE conversations SET head = ?, names = ?, branch = ? WHERE id = ?",
            (conversation.head.id, json.dumps(names), branch, conversation.id),
        )


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
