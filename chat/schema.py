"""The database of conversations: its tables, and how older ones become today's.

`PRAGMA user_version` is the number of steps that were taken. A step that has been released is
never changed: a new one is added.

    conversations   one a row; `number` is what people type, `head` the message it goes on from
    messages        a tree by `before`; 0 is no message
    turns           one a request: as it was sent, what was in force, what it took, how it ended
    choices         the answers of a turn; `answer` is the message that one became, and has its text
    words           the messages' text, to be searched
"""

from __future__ import annotations

import sqlite3

STEPS = (
    """
    CREATE TABLE conversations (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id INTEGER NOT NULL UNIQUE,
        title TEXT NOT NULL DEFAULT '',
        updated REAL NOT NULL,
        model TEXT NOT NULL DEFAULT '',
        turns INTEGER NOT NULL DEFAULT 0,
        cost REAL,
        head INTEGER NOT NULL DEFAULT 0,
        names TEXT NOT NULL DEFAULT '{}',
        branch TEXT NOT NULL DEFAULT '',
        after INTEGER NOT NULL DEFAULT 0,
        summary TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX conversations_updated ON conversations (updated);
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY,
        conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        before INTEGER NOT NULL,
        role TEXT NOT NULL,
        content TEXT NOT NULL,
        mark TEXT NOT NULL
    );
    CREATE INDEX messages_conversation ON messages (conversation);
    CREATE TABLE turns (
        id INTEGER PRIMARY KEY,
        conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        asked INTEGER NOT NULL,
        system TEXT NOT NULL,
        after INTEGER NOT NULL,
        summary TEXT NOT NULL,
        prefill TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        profile TEXT NOT NULL,
        settings TEXT NOT NULL,
        body TEXT NOT NULL,
        model TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        service_tier TEXT NOT NULL,
        ended TEXT NOT NULL,
        error TEXT NOT NULL,
        prompt_tokens INTEGER,
        completion_tokens INTEGER,
        cached_tokens INTEGER,
        reasoning_tokens INTEGER,
        estimated INTEGER NOT NULL,
        estimate INTEGER,
        cost REAL,
        first_token REAL,
        duration REAL NOT NULL,
        arrivals BLOB NOT NULL,
        picked INTEGER NOT NULL,
        effective TEXT
    );
    CREATE INDEX turns_conversation ON turns (conversation, cost, prompt_tokens);
    CREATE TABLE choices (
        turn INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
        "index" INTEGER NOT NULL,
        answer INTEGER NOT NULL,
        text TEXT,
        reasoning TEXT NOT NULL,
        refusal TEXT NOT NULL,
        tool_calls TEXT NOT NULL,
        finish_reason TEXT NOT NULL,
        logprobs BLOB NOT NULL,
        PRIMARY KEY (turn, "index")
    ) WITHOUT ROWID;
    """,
    """
    CREATE VIRTUAL TABLE words USING fts5 (
        content, content = 'messages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
    );
    INSERT INTO words (words) VALUES ('rebuild');
    CREATE TRIGGER messages_said AFTER INSERT ON messages BEGIN
        INSERT INTO words (rowid, content) VALUES (new.id, new.content);
    END;
    CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN
        INSERT INTO words (words, rowid, content) VALUES ('delete', old.id, old.content);
    END;
    """,
)


class TooNew(Exception):
    """A newer Tempera wrote this database."""


def migrate(db: sqlite3.Connection, steps: tuple[str, ...] = STEPS) -> None:
    """Take the steps that are missing, all or none of them. Raises TooNew, sqlite3.Error."""
    if _version(db) == len(steps):
        return
    db.execute("BEGIN EXCLUSIVE")  # another shell may be at it
    try:
        done = _version(db)
        if done > len(steps):
            raise TooNew
        for step in steps[done:]:
            for statement in _statements(step):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(steps)}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _version(db: sqlite3.Connection) -> int:
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    return found


def _statements(script: str) -> list[str]:
    """A script's statements: `executescript` would end the transaction."""
    found, held = [], ""
    for line in script.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            found.append(held)
            held = ""
    return found
