"""The database of conversations: its tables, and how older ones become today's.

`PRAGMA user_version` is the number of steps that were taken. A step that has been released is
never changed: a new one is added.

    conversations   one a row; `number` is what people type, `head` the message it goes on from
    messages        a tree by `before`; 0 is no message
    turns           one a request: as it was sent, what was in force, what it took, how it ended
    choices         the answers of a turn; `answer` is the message that one became, and has its text
    words           the messages' text, to be searched
    experiments     what one message was asked with; the turns name theirs, and their cell in it
    exchanges       what went over the connection for a turn (`exchanges` says how it is packed)
    prompts         versions of prompt files; `template` of a turn names the one it was made of
    attachments     which message names which bytes (`attachments`: the module keeps them in files)
    picks           which answer of a blind comparison was picked: the arena's tally
"""

from __future__ import annotations

import contextlib
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
    """
    CREATE TABLE experiments (
        id INTEGER PRIMARY KEY,
        conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        record TEXT NOT NULL
    );
    CREATE INDEX experiments_conversation ON experiments (conversation);
    CREATE TABLE exchanges (
        id INTEGER PRIMARY KEY,
        turn INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        head TEXT NOT NULL,
        body BLOB,
        data BLOB NOT NULL,
        pieces BLOB NOT NULL
    );
    CREATE INDEX exchanges_turn ON exchanges (turn);
    CREATE TABLE picks (
        id INTEGER PRIMARY KEY,
        at REAL NOT NULL,
        experiment INTEGER NOT NULL UNIQUE,
        winner TEXT NOT NULL,
        losers TEXT NOT NULL
    );
    ALTER TABLE turns ADD COLUMN experiment INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE turns ADD COLUMN cell INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE turns ADD COLUMN rating INTEGER;
    ALTER TABLE turns ADD COLUMN note TEXT NOT NULL DEFAULT '';
    ALTER TABLE conversations ADD COLUMN budget_cost REAL;
    ALTER TABLE conversations ADD COLUMN budget_tokens INTEGER;
    """,
    "ALTER TABLE messages ADD COLUMN form TEXT;",
    """
    CREATE TABLE prompts (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL,
        version TEXT NOT NULL,
        at REAL NOT NULL,
        note TEXT NOT NULL,
        content TEXT NOT NULL
    );
    CREATE INDEX prompts_path ON prompts (path);
    ALTER TABLE turns ADD COLUMN template TEXT;
    CREATE INDEX turns_template ON turns (template) WHERE template IS NOT NULL;
    """,
    """
    ALTER TABLE choices ADD COLUMN beside TEXT;
    CREATE TABLE attachments (
        sha256 TEXT NOT NULL,
        message INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
        media TEXT NOT NULL,
        name TEXT NOT NULL,
        size INTEGER NOT NULL,
        PRIMARY KEY (sha256, message)
    ) WITHOUT ROWID;
    CREATE INDEX attachments_message ON attachments (message);
    """,
    """
    ALTER TABLE turns ADD COLUMN prompt_audio INTEGER;
    ALTER TABLE turns ADD COLUMN prompt_image INTEGER;
    ALTER TABLE turns ADD COLUMN completion_audio INTEGER;
    """,
)


class TooNew(Exception):
    """A newer Tempera wrote this database."""


def migrate(db: sqlite3.Connection, steps: tuple[str, ...] = STEPS) -> None:
    """Take all missing steps or none. Raises TooNew, sqlite3.Error."""
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
        with contextlib.suppress(sqlite3.Error):  # SQLite may have done so itself: the cause is what is told
            db.execute("ROLLBACK")
        raise


def as_text(data: bytes) -> str:
    """Give a text of the database, whatever it holds: else a byte that is none would cost the whole list."""
    return data.decode("utf-8", "replace")


def lacking(db: sqlite3.Connection, steps: tuple[str, ...] = STEPS) -> bool:
    """Tell whether a table or a column is missing that there has to be. Raises sqlite3.Error."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as whole:
        migrate(whole, steps)
        return not _columns(whole) <= _columns(db)


def _columns(db: sqlite3.Connection) -> set[tuple[str, str]]:
    named = (
        "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'"
    )
    return {tuple(row) for row in db.execute(named)}


def _version(db: sqlite3.Connection) -> int:
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    return found


def _statements(script: str) -> list[str]:
    """Give a script's statements: `executescript` would end the transaction."""
    found, held = [], ""
    for line in script.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            found.append(held)
            held = ""
    return found
