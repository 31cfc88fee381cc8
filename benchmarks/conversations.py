"""Measures the commands that look into the store, and the start of the shell, with a hundred
thousand turns beside none, and prints the table.

    python benchmarks/conversations.py [--turns 100000] [--rounds 5] [--starts 3] [--write]

The turns are put straight into the tables, in a folder of their own that is deleted afterwards.
Commands run as the shell runs them (parsed, carried out, drawn), on a screen that writes to
nowhere; figures are medians of rounds in one process, after one round that fills the caches, as
the second command of a session finds them. The start is that of `run.py`. `--write` puts the
table into README.md.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import sqlite3
import statistics
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from run import KEY, SHELL, Bench, Program, ms  # noqa: E402

from chat.base.places import places  # noqa: E402
from chat.parameters import profiles  # noqa: E402
from chat.session.state import Session  # noqa: E402
from chat.store import schema  # noqa: E402
from chat.store.conversations import Store  # noqa: E402
from commands import dispatch, registry  # noqa: E402
from terminal.screen import TerminalScreen  # noqa: E402
from terminal.streams import Terminal  # noqa: E402

BOUND = 100  # ms
_TURNS = 20  # of most conversations
_LONG = 500  # of the longest one
_WORDS = 20_000  # how many different ones there are
_ANSWER = 60  # words


class Words:
    """Text as people write it: few words are common and many are rare."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        syllables = [a + b for a in "bdfgklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
        known = {"the": None}
        while len(known) < _WORDS:
            known["".join(self._random.choices(syllables, k=self._random.randint(1, 4)))] = None
        self._known = list(known)
        self._weights = list(_summed(1 / (rank + 2) for rank in range(_WORDS)))

    def some(self, count: int) -> str:
        return " ".join(self._random.choices(self._known, cum_weights=self._weights, k=count))

    @property
    def common(self) -> str:
        return self._known[0]

    @property
    def rare(self) -> str:
        return self._known[-1]


def _summed(numbers: Iterator[float]) -> Iterator[float]:
    total = 0.0
    for number in numbers:
        yield (total := total + number)


# ---- a database with so many turns


def fill(path: Path, turns: int) -> int:
    """Fill the store with conversations of twenty turns, and with one of five hundred turns, the oldest.
    Return the number of that one."""
    words = Words(1)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = OFF")
    schema.migrate(db)
    db.execute("BEGIN")
    made, number, now = 0, 0, time.time() - turns
    while made < turns:
        number += 1
        count = min(_LONG if number == 1 else _TURNS, turns - made)
        _conversation(db, words, number, count, now + made)
        made += count
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return 1


def _conversation(db: sqlite3.Connection, words: Words, number: int, count: int, at: float) -> None:
    base, before = number << 40, 0
    title = words.some(8)
    row = {"id": base, "number": number, "title": title, "updated": at + count, "model": "gpt-4o"}
    _insert(db, "conversations", {**row, "turns": count, "cost": 0.01 * count})
    for turn in range(count):
        asked, answer, mark = base + 3 * turn + 1, base + 3 * turn + 2, base + 3 * turn + 3
        message = {"conversation": base, "mark": ""}
        said = title if not turn else words.some(12)
        _insert(db, "messages", {**message, "id": asked, "before": before, "role": "user", "content": said})
        text = words.some(_ANSWER)
        _insert(
            db,
            "messages",
            {**message, "id": answer, "before": asked, "role": "assistant", "content": text},
        )
        _insert(db, "turns", {**_TURN, "id": mark, "conversation": base, "asked": asked, "at": at + turn})
        _insert(db, "choices", {**_CHOICE, "turn": mark, "answer": answer})
        before = answer
    db.execute("UPDATE conversations SET head = ? WHERE id = ?", (before, base))


_TURN = {
    **dict.fromkeys(("system", "summary", "prefill", "error", "fingerprint"), ""),
    "after": 0,
    "endpoint": "https://api.openai.com/v1",
    "profile": "default",
    "settings": json.dumps({"model": "gpt-4o", "temperature": 0.7}),
    "body": json.dumps({"model": "gpt-4o", "temperature": 0.7, "stream": True}),
    "model": "gpt-4o-2024-08-06",
    "service_tier": "default",
    "ended": "complete",
    "prompt_tokens": 500,
    "completion_tokens": 80,
    "estimated": 0,
    "estimate": 498,
    "cost": 0.01,
    "first_token": 0.4,
    "duration": 2.0,
    "arrivals": zlib.compress(json.dumps([round(0.4 + n / 50, 6) for n in range(80)]).encode()),
    "picked": 0,
}
_CHOICE = {
    **dict.fromkeys(("reasoning", "refusal"), ""),
    "index": 0,
    "text": None,
    "tool_calls": "[]",
    "finish_reason": "stop",
    "logprobs": b"",
}


def _insert(db: sqlite3.Connection, table: str, record: dict[str, object]) -> None:
    names = ", ".join(f'"{name}"' for name in record)
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(record))})", [*record.values()])


# ---- what is measured


class Tty(io.StringIO):
    """A terminal that nobody looks at."""

    def isatty(self) -> bool:
        return True


class Home:
    """A folder as TEMPERA_HOME, and a session in it."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.where = places({"TEMPERA_HOME": folder})
        environ = {"TEMPERA_HOME": folder, "OPENAI_API_KEY": "benchmark"}
        self.session = Session(
            self.where, profiles.load(HERE.parent / "profiles.yaml", self.where.profiles), environ=environ
        )
        self.session.store = Store(self.where.conversations)
        self.session.load_profile("default")
        self._commands = registry()

    def took(self, line: str, rounds: int) -> float:
        """Measure how many seconds a command takes, drawing included."""
        times = []
        for _ in range(rounds + 1):
            self.session.begin()
            terminal = Terminal(Tty(), Tty(), Tty(), {"TERM": "xterm-256color"})
            screen = TerminalScreen(terminal)
            start = time.perf_counter()
            dispatch.run(line, self._commands, self.session, screen)
            times.append(time.perf_counter() - start)
        return statistics.median(times[1:])

    def saving(self, rounds: int) -> float:
        """Measure how many seconds it takes to store a turn of the conversation in force."""
        from chat.conversation.turn import Answer, Choice, Request, Turn, Usage

        times = []
        for number in range(rounds + 1):
            conversation = self.session.conversation
            asked = conversation.head.add("user", f"question {number} " * 5)
            choices = (Choice(0, "answer " * 60, finish_reason="stop"),)
            turn = conversation.add(Turn(Request(asked=asked), Answer(choices, Usage(1, 1))))
            start = time.perf_counter()
            assert self.session.store.add_turn(conversation, turn)
            times.append(time.perf_counter() - start)
        return statistics.median(times[1:])


def startup(bench: Bench, *options: str) -> float:
    """Measure the time from exec to the echo of the first key."""
    program = Program([*SHELL, "-m", "chunks-20", *options], bench.environ)
    try:
        program.until(KEY)
        program.send("x")
        return program.until(b"x") - program.started
    finally:
        program.end()


def measure(full: Home, empty: Home, long: int, rounds: int) -> list[tuple[str, str, str, str]]:
    """Return the rows of the table: what was measured, with no turns, with all of them, and the bound."""
    words = Words(1)
    newest = full.session.store.newest(limit=1)[0]["number"]
    commands = [
        ("/conversations", "/conversations"),
        ("/conversations WORDS, of no title", "/conversations zzz yyy"),
        ("/search, a rare word", f"/search {words.rare}"),
        ("/search, the commonest word", f'/search "{words.common}"'),
        ("/search, the commonest beginning", f"/search {words.common[0]}"),
        ("/search, ten common words", f"/search {' '.join(words._known[:10])}"),
        ("/search, a phrase of common words", f'/search "{" ".join(words._known[:2])}"'),
        ("/search, words that nobody said", "/search zzz yyy"),
        (f"/resume, of {_TURNS} turns", f"/resume {newest}"),
        (f"/resume, of {_LONG} turns", f"/resume {long}"),
        ("/resume WORDS", f"/resume {words.rare}"),
    ]
    rows = []
    for name, line in commands:
        times = [home.took(line, rounds) for home in (empty, full)]
        rows.append((name, *map(ms, times), f"{BOUND} ms"))
    times = [home.saving(rounds) for home in (empty, full)]
    rows.append(("a turn stored", *map(ms, times), ""))
    start = time.perf_counter()
    full.session.store.delete(newest)
    rows.append(("a conversation deleted", "", ms(time.perf_counter() - start), ""))
    return rows


def starts(full: Home, empty: Home, count: int) -> tuple[str, str, str, str]:
    """Return the row for the start of the shell, measured in alternation."""
    benches = [Bench("http://127.0.0.1:9", home.folder) for home in (empty, full)]
    times: list[list[float]] = [[], []]
    for bench in benches:
        startup(bench)
    for _ in range(count):
        for took, bench in zip(times, benches, strict=True):
            took.append(startup(bench))
    return ("exec to the first key's echo", *(ms(statistics.median(took)) for took in times), "the same")


def table(rows: list[tuple[str, ...]], turns: int) -> str:
    head = [("measured", "no turn", f"{turns:,} turns", "at most"), ("---", "---:", "---:", "---:")]
    return "\n".join("| " + " | ".join(row) + " |" for row in [*head, *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=100_000, help="turns in the database")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--starts", type=int, default=3, help="starts of the shell, a round")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as nothing:
        full, empty = Home(folder), Home(nothing)
        long = fill(full.where.conversations, given.turns)
        rows: list[tuple[str, ...]] = [*measure(full, empty, long, given.rounds)]
        for home in (full, empty):
            home.session.close()
        rows.append(starts(full, empty, given.starts * given.rounds))
        size = full.where.conversations.stat().st_size / 1e6
    result = table(rows, given.turns)
    print(f"{result}\n\nthe database has {size:.0f} MB")
    if given.write:
        write("conversations", result)


def write(mark: str, result: str) -> None:
    """Put a table between its marks in the page."""
    page = HERE / "README.md"
    marks = rf"(<!-- {mark} -->\n).*?(<!-- end -->)"
    page.write_text(re.sub(marks, lambda m: f"{m[1]}{result}\n{m[2]}", page.read_text(), count=1, flags=re.S))


if __name__ == "__main__":
    main()
