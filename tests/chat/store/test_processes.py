"""Several shells at once, each a process of its own, in one database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from chat.store.conversations import Store

TURNS = 12

#: One shell: a conversation of its own and one that all share, a turn in each in turn, with
#: everything that a shell does about it.
SHELL = """
import sys
from pathlib import Path
from chat.conversation.tree import Conversation
from chat.store.conversations import Store
from tests.support.turns import Answering, say

path, number, turns = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = Store(path)
print("ready", flush=True)
sys.stdin.readline()
own = Conversation(title=f"of {number}")
for turn in range(turns):
    shared = store.load(1)
    for conversation in (own, shared):
        said = say(conversation, f"{number} asks {turn}", f"{turn} for {number}")
        journal = store.journal(conversation, said.request)
        Answering(journal).says("x")
        assert store.add_turn(conversation, said), store.complaints()
        journal.close()
    assert store.search(f'"{turn} for {number}"')
    assert store.newest()
    assert store.recover() == 0, "the turns of living shells are theirs"
assert store.complaints() == []
store.close()
"""


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    """Every turn of every process is there, in its own conversation and in the shared one; nobody
    was told that the database is locked."""
    count = 4
    path = tmp_path / "conversations.db"
    store = Store(path)
    from chat.conversation.tree import Conversation

    from ...support.turns import say

    shared = Conversation(title="shared")
    say(shared, "begun", "so")
    store.add(shared)
    processes = start(path, count)
    store.close()
    finish(processes)
    numbers = {row["title"]: (row["number"], row["turns"]) for row in store.newest()}
    assert numbers == {
        "shared": (1, 1 + count * TURNS),
        **{f"of {shell}": (numbers[f"of {shell}"][0], TURNS) for shell in range(count)},
    }
    together = store.load(1)
    assert {turn.choice.text for turn in together.turns} == {
        "so",
        *(f"{turn} for {shell}" for shell in range(count) for turn in range(TURNS)),
    }
    for shell in range(count):
        own = store.load(numbers[f"of {shell}"][0])
        assert [turn.choice.text for turn in own.turns] == [f"{turn} for {shell}" for turn in range(TURNS)]
    with store._database.reading() as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    store.close()


def test_processes_that_begin_at_once_make_one_database(tmp_path: Path) -> None:
    """Shells that meet no database at all, at the same moment, make one, and none of them fails."""
    code = """
import sys
from pathlib import Path
from chat.conversation.tree import Conversation
from chat.store.conversations import Store
from tests.support.turns import say
store, conversation = Store(Path(sys.argv[1])), Conversation()
say(conversation, "hello", "hi")
print("ready", flush=True)
sys.stdin.readline()
assert store.add(conversation), store.complaints()
assert store.complaints() == []
"""
    count = 5
    path = tmp_path / "folder" / "conversations.db"
    finish(start(path, count, code))
    store = Store(path)
    assert len(store.newest()) == count
    store.close()
    assert not list(path.parent.glob("*damaged*"))


def start(path: Path, count: int, code: str = SHELL) -> list[subprocess.Popen[str]]:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path), str(number), str(TURNS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return processes


def finish(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
