"""Databases of earlier versions become today's, all at once or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.store import schema
from chat.store.conversations import Store
from chat.store.schema import STEPS, TooNew, migrate

LOGPROBS = [["No", -0.5, [["No", -0.5], ["Yes", -1.25]]]]


def connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    return db


def put(db: sqlite3.Connection, table: str, **record: Any) -> None:
    names = ", ".join(f'"{name}"' for name in record)
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(record))})", [*record.values()])


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A database as the first version left it: two conversations, one of them with two branches."""
    path = tmp_path / "conversations.db"
    db = connect(path)
    migrate(db, STEPS[:1])
    put(
        db,
        "conversations",
        id=1,
        title="Why is the sky blue?",
        updated=50.0,
        model="gpt-4o",
        turns=2,
        cost=0.5,
        head=12,
        names='{"short": 11}',
        branch="",
    )
    put(db, "conversations", id=2, title="Zürich", updated=60.0, turns=1, head=22)
    for number, conversation, before, role, content, mark in (
        (10, 1, 0, "user", "Why is the sky blue?", ""),
        (11, 1, 10, "assistant", "Rayleigh scattering.", ""),
        (12, 1, 10, "assistant", "No: it is", "interrupted"),
        (20, 2, 0, "user", "Grüezi, Zürich", ""),
        (22, 2, 20, "assistant", "Uf Widerluege", ""),
    ):
        put(
            db,
            "messages",
            id=number,
            conversation=conversation,
            before=before,
            role=role,
            content=content,
            mark=mark,
        )
    turn: dict[str, Any] = {
        "system": "",
        "after": 0,
        "summary": "",
        "prefill": "",
        "endpoint": "https://api.openai.com/v1",
        "profile": "default",
        "settings": '{"temperature": 0.2, "stop": ["\\n"], "bias": {" sky": -5}}',
        "body": '{"model": "gpt-4o", "temperature": 0.2, "stream": true}',
        "model": "gpt-4o",
        "fingerprint": "fp_1",
        "service_tier": "default",
        "error": "",
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "estimated": 0,
        "estimate": 8,
        "cost": 0.25,
        "first_token": 0.5,
        "duration": 1.5,
        "arrivals": zlib.compress(b"[0.5, 1.0]"),
        "picked": 0,
    }
    put(db, "turns", **turn, id=100, conversation=1, at=40.0, asked=10, ended="complete")
    put(db, "turns", **turn, id=101, conversation=1, at=45.0, asked=10, ended="interrupted")
    put(db, "turns", **turn, id=200, conversation=2, at=55.0, asked=20, ended="complete")
    choice: dict[str, Any] = {"reasoning": "", "refusal": "", "tool_calls": "[]", "finish_reason": "stop"}
    put(db, "choices", **choice, turn=100, index=0, answer=11, text=None, logprobs=b"")
    packed = zlib.compress(json.dumps(LOGPROBS).encode())
    put(db, "choices", **choice, turn=101, index=0, answer=12, text=None, logprobs=packed)
    put(db, "choices", **choice, turn=200, index=0, answer=22, text=None, logprobs=b"")
    db.close()
    return path


#: Of the steps that databases have taken, in their order.
TAKEN = (
    "ce5ffc308eea663a493b06d3839f87de6cb9c86a55bb5f42c0d5a42480cd8e93",
    "4b27df58bcc3bae5634167d1a26209c68c7f9e5dfa6e30ef58b2080dc6dedf17",
    "4805fdaab1706d05536d75bc3276bc65f5f2e680c7526ea543d8feb358586aa9",
    "64ff7b2eea78fd7cddb5030d01629eafc3738dea9e532e658428831379d40e85",
    "0a5879e1b280f4cbde85e64b3330cdbdc4fc7e235cd0d224d74aca947143e8a6",
    "209d12293cc287e1c6e3af62f1b0b3e07d42e968a981de1e8d80b1bc2787049a",
    "cdcd7b970a347e02be07cd1cc9278a3b7c2775552877dd91aa1863a13e1740c5",
)


def test_no_step_is_changed_afterwards() -> None:
    """The first schema and each later step are those that were taken: what changes is a new step."""
    found = [hashlib.sha256(step.encode()).hexdigest() for step in STEPS]
    assert found[: len(TAKEN)] == list(TAKEN), "put it into a new step at the end of STEPS"
    assert len(found) == len(TAKEN), f"add the new step's hash to TAKEN: {found[-1]}"


def version(path: Path) -> int:
    db = connect(path)
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    db.close()
    return found


def dump(path: Path) -> list[str]:
    db = connect(path)
    lines = list(db.iterdump())
    db.close()
    return lines


def test_the_first_schema_becomes_todays(first: Path) -> None:
    """Every turn, branch, probability and time of the first version's database is there after it."""
    store = Store(first)
    assert [(row["number"], row["title"]) for row in store.newest()] == [
        (2, "Zürich"),
        (1, "Why is the sky blue?"),
    ]
    there = store.load(1)
    assert [turn.id for turn in there.turns] == [100, 101]
    assert [turn.choice.text for turn in there.turns] == ["Rayleigh scattering.", "No: it is"]
    assert there.head.last is not None and there.head.last.mark == "interrupted"
    assert there.path(there.names["short"]) == [0]
    turn = there.turns[1]
    assert turn.request.settings == {"temperature": 0.2, "stop": ["\n"], "bias": {" sky": -5}}
    assert turn.request.whole["messages"] == [{"role": "user", "content": "Why is the sky blue?"}]
    assert list(turn.answer.arrivals) == [0.5, 1.0]
    assert turn.answer.usage is not None and (turn.answer.usage.prompt, turn.answer.usage.completion) == (
        9,
        4,
    )
    assert turn.choice.logprobs[0].top == (("No", -0.5), ("Yes", -1.25))
    assert there.cost == 0.5
    store.close()
    assert version(first) == len(STEPS)


@pytest.mark.parametrize("words", ["rayleigh", "sky blue", "zurich", "Grüezi"])
def test_what_the_first_version_kept_is_found(first: Path, words: str) -> None:
    """The search that came later finds what was said before it, whatever the accents."""
    store = Store(first)
    assert store.search(words), words
    assert not store.search("nothing of the kind")
    store.close()


def test_what_was_kept_then_can_be_gone_on_with_and_deleted(first: Path) -> None:
    """A conversation of the first version takes new turns, is searched with them, and goes whole."""
    from ...support.turns import say

    store = Store(first)
    there = store.load(1)
    say(there, "and at dusk?", "Crimson.")
    assert store.add(there)
    assert [turn.choice.text for turn in store.load(1).turns][-1] == "Crimson."
    assert store.search("crimson")
    store.delete(1)
    assert not store.search("rayleigh") and not store.search("crimson")
    assert store.search("zurich")
    store.close()


@pytest.mark.parametrize("steps", range(len(STEPS) + 1))
def test_each_version_becomes_what_a_new_database_is(tmp_path: Path, steps: int) -> None:
    """From whatever version one comes, the tables are those of a database made today."""
    new, old = tmp_path / "new.db", tmp_path / "old.db"
    db = connect(new)
    migrate(db)
    db.close()
    db = connect(old)
    migrate(db, STEPS[:steps])
    migrate(db)
    migrate(db)  # once more changes nothing
    tables = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
    found = db.execute(tables).fetchall()
    db.close()
    db = connect(new)
    assert found == db.execute(tables).fetchall()
    db.close()


@pytest.mark.parametrize("broken", range(len(STEPS), len(STEPS) + 3))
def test_all_or_nothing(first: Path, broken: int) -> None:
    """Where a step fails, none was taken: the database is as it was, and the next try succeeds."""
    before = dump(first)
    steps = [*STEPS, "CREATE TABLE one (x);\n", "CREATE TABLE two (x);\n", "CREATE TABLE three (x);\n"]
    steps[broken] = "CREATE TABLE four (x);\nINSERT INTO there_is_no_such_table VALUES (1);\n"
    db = connect(first)
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, tuple(steps[: broken + 1]))
    assert not db.in_transaction
    db.close()
    assert version(first) == 1
    assert dump(first) == before
    db = connect(first)
    migrate(db)
    db.close()
    assert version(first) == len(STEPS)


def test_a_shell_killed_at_any_statement_leaves_the_database_as_it_was(first: Path, tmp_path: Path) -> None:
    """Whatever statement of the steps was the last, the next shell finds all that was there, and goes on."""
    killed: list[Path] = []
    db = connect(first)
    db.execute("PRAGMA journal_mode = WAL")

    def look(statement: str) -> None:
        folder = tmp_path / f"killed-{len(killed)}"
        folder.mkdir()
        for part in first.parent.glob(f"{first.name}*"):
            shutil.copy(part, folder / part.name)
        killed.append(folder / first.name)

    db.set_trace_callback(look)
    migrate(db)
    db.set_trace_callback(None)
    whole = dump(first)
    db.close()
    assert len(killed) > len(STEPS)
    for path in killed:
        db = connect(path)
        migrate(db)
        db.close()
        assert dump(path) == whole


def test_a_newer_database_is_left_alone(first: Path) -> None:
    """What a newer Tempera wrote is read as far as it is known here, not written, not put aside, and that is
    said."""
    from chat.base.errors import StoreFailed
    from chat.conversation.tree import Conversation

    from ...support.turns import say

    db = connect(first)
    migrate(db, (*STEPS, "CREATE TABLE of_the_future (x);\n"))
    with pytest.raises(TooNew):
        migrate(db)
    assert not db.in_transaction
    db.close()
    before = dump(first)
    store = Store(first)
    conversation = Conversation()
    say(conversation, "hello", "hi")
    assert not store.add(conversation)
    assert not store.add(conversation)
    (complaint,) = store.complaints()
    assert "was written by a newer Tempera" in complaint.message
    assert complaint.hint == "it is left as it is: what is said now is not stored"
    with pytest.raises(StoreFailed, match="newer Tempera"):
        store.delete(1)
    assert [row["title"] for row in store.newest()] == ["Zürich", "Why is the sky blue?"]
    assert [turn.choice.text for turn in store.load(1).turns] == ["Rayleigh scattering.", "No: it is"]
    assert len(store.search("sky")) == 1
    store.close()
    assert dump(first) == before
    assert [path.name for path in first.parent.glob("*damaged*")] == []


def test_shells_that_migrate_at_once_take_each_step_once(first: Path) -> None:
    """Several shells that meet an old database wait for one another, and all of them can read it."""
    at_once = threading.Barrier(6)
    found: list[Any] = []

    def go() -> None:
        store = Store(first)
        at_once.wait()
        try:
            found.append(len(store.load(1).turns))
        except Exception as error:
            found.append(error)
        store.close()

    run(go, 6)
    assert found == [2] * 6
    assert version(first) == len(STEPS)


def run(go: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=go) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_statements_are_cut_where_they_end() -> None:
    """A step is cut into its statements, triggers with their inner semicolons in one piece."""
    for step in STEPS:
        statements = schema._statements(step)
        assert "".join(statements).split() == step.split()
        assert all(statement.rstrip().endswith(";") for statement in statements)
