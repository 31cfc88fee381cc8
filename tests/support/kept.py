"""A home with something in every file that the shell keeps, and a start of the shell in it."""

from __future__ import annotations

import contextlib
import io
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from chat.base.places import places
from chat.conversation.experiment import Cell, Experiment
from chat.conversation.message import message_of
from chat.conversation.tree import Conversation
from chat.conversation.turn import Turn
from chat.conversation.wire import Exchange
from chat.store.conversations import Store
from chat.store.prompts import PromptVersion
from commands import dispatch, message
from commands.declare import Send
from commands.shell import options
from shell import Program
from terminal.signals import Signals
from terminal.streams import Quiet, Terminal

from .turns import Answering, a_turn, kill, made, say

#: What is kept outside of the database, and damaged as bytes.
FILES = ("preferences.yaml", "endpoints.yaml", "history", "prompts/greet.prompt.yaml", "unfinished/1.answer")
TABLES = ("conversations", "messages", "turns", "choices", "experiments", "exchanges", "prompts", "picks")


def fill(home: Path, url: str) -> None:
    """Three conversations, the first with a branch, an experiment and what went over the connection; a prompt
    and its versions; an unfinished answer of a shell that was killed; all that is learnt and set."""
    (home / "prompts").mkdir(parents=True)
    store = Store(home / "conversations.db")
    for number in range(1, 4):
        conversation = Conversation()
        for part in ("one", "two"):
            turn = say(conversation, f"{part} of {number}", f"answer {part} of {number}", "another")
            assert store.add_turn(conversation, _recorded(conversation, turn))
        if number == 1:
            _try(store, conversation)
    for at in (1.0, 2.0):
        path = str(home / "prompts" / "greet.prompt.yaml")
        store.keep_prompt(PromptVersion(path, f"version {at}", at, "", {"messages": []}))
    store.vote(1, "one", ["other"])
    _leave(store)
    store.close()
    address = f"{url}/v1:\n  models:\n    m: test-model\n  parameters:\n    test-model:\n      seed: {{verdict: ignored}}\n"
    (home / "endpoints.yaml").write_text(address)
    (home / "preferences.yaml").write_text("preferences:\n  plain: true\n")
    (home / "history").write_text("\n# 2026-01-01 00:00:00\n+typed once\n")
    (home / "prompts" / "greet.prompt.yaml").write_text(
        "messages:\n  - role: user\n    content: Hello {{name}}\n"
    )


def _recorded(conversation: Conversation, turn: Turn) -> Turn:
    exchange = Exchange(url="http://x/v1", body=b"{}", at=1.0, status=200)
    exchange.came(b"data: {}\n\n", 0.5)
    kept = turn.with_answer(wire=(exchange,))
    conversation.turns[-1] = kept
    return kept


def _try(store: Store, conversation: Conversation) -> None:
    conversation.fork("main")
    store.move_head(conversation)
    experiment = Experiment("sweep", conversation.head, (Cell("a", {"temperature": 0}, ""),), "about", "", {})
    conversation.experiments[experiment.id] = experiment
    store.put_experiment(conversation, experiment)
    asked = conversation.head.append(message_of({"role": "user", "content": "three of 1", "name": "me"}))
    turn = made(asked, "answer three of 1", experiment=experiment.id, template={"version": "version 1.0"})
    store.add_turn(conversation, conversation.add(turn))


def _leave(store: Store) -> None:
    conversation = Conversation()
    turn = a_turn(
        asked=conversation.head.add("user", "unfinished"), model="m", body={"model": "m", "stream": True}
    )
    journal = store.journal(conversation, replace(turn.request, id=1))
    assert journal is not None
    Answering(journal).says("came so far")
    kill(journal)


class Started:
    """The shell as it stands after a start; what it says is in `said`."""

    def __init__(self, home: Path, *given: str) -> None:
        self._out = io.StringIO()
        environ = {"TEMPERA_HOME": str(home)}
        terminal = Terminal(io.StringIO(), self._out, self._out, environ)
        self.run = Program(options.parse(given), places(environ), terminal, Quiet(terminal.stdin), Signals())
        self.run.load_all()
        self.run.begin()

    @property
    def said(self) -> str:
        return self._out.getvalue()

    def type(self, line: str) -> str:
        """Do a line as the prompt does, but that nothing is caught: what is said of it."""
        before = len(self.said)
        action = dispatch.run(line, self.run.registry, self.run.session, self.run.screen)
        if isinstance(action, Send):
            message.exchange(self.run.session, self.run.screen, action)
        return self.said[before:]


@contextlib.contextmanager
def started(home: Path, *given: str) -> Iterator[Started]:
    shell = Started(home, *given)
    try:
        yield shell
    finally:
        shell.run.close()


def columns(home: Path) -> list[tuple[str, str]]:
    """Give (table, column) of all that the database keeps."""
    with contextlib.closing(sqlite3.connect(home / "conversations.db")) as db:
        return [(table, row[1]) for table in TABLES for row in db.execute(f"PRAGMA table_info({table})")]
