"""kill -9 at any instant: what was asked is counted, and what was on the screen is kept."""

from __future__ import annotations

import random
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.conversation.turn import COMPLETE, FAILED
from tests.support.server import Request, Server, chunk, chunked, models, sse
from tests.support.stored import stored
from tests.support.terminal import Shell

KILLS = 4
SEED = 20261125
WORDS = 40  # of an answer that a shell is killed in
PAUSE = 0.012  # seconds between two of them


def answer(request: Request, pause: float = PAUSE) -> Any:
    """Numbered words that name the message that they answer: "7.0 7.1 7.2 …", one a chunk."""
    if request.path.endswith("/models"):
        return models("test-model")
    number = request.body["messages"][-1]["content"].rpartition(" ")[2]
    slow = "slowly" in request.body["messages"][-1]["content"]
    pieces = [
        sse(chunk({"content": f"{number}.{word} "}), done=False) for word in range(WORDS if slow else 3)
    ]
    return chunked(*pieces, sse(chunk({}, finish="stop")), pause=pause if slow else 0)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        server._next = answer  # type: ignore[method-assign, assignment]
        yield server


def words(text: str, number: int) -> list[int]:
    """The words of the answer to that message that stand in the text, in their order."""
    return [int(word) for word in re.findall(rf"(?<![\d.]){number}\.(\d+)(?= |$)", text, re.MULTILINE)]


def kill(shell: Shell) -> str:
    """End it as nothing can be answered; all that it had painted by then."""
    shell.signal(signal.SIGKILL)
    shell.ends()
    return shell.text


def test_killed_at_random_instants_the_shell_loses_at_most_the_chunk_in_flight(
    home: Path, server: Server
) -> None:
    """Shells are killed while they start, recover, send, stream and store. The next one goes on; no
    turn is lost or there twice, every word that was on the screen is in the store, and the
    database is sound."""
    chance = random.Random(SEED)
    sent: dict[int, str] = {}  # what was on the screen of each message's answer when all was over
    whole: set[int] = set()
    begun: Callable[[], Shell] = lambda: Shell(  # noqa: E731
        "--base-url", server.url, "-m", "test-model", *(("--resume",) if whole else ()), lines=60
    )
    number = 0
    for _ in range(KILLS):
        with begun() as shell:
            if chance.random() < 0.25:  # while it starts, or takes up what the one before left
                time.sleep(chance.uniform(0, 0.5))  # a moment of its start, drawn by lot: nothing to wait for
                kill(shell)
                continue
            shell.ready()
            if chance.random() < 0.5:
                number += 1
                whole.add(number)
                sent[number] = shell.run(f"say {number}")
            number += 1
            shell.type(f"slowly {number}")
            if chance.random() < 0.2:
                wait = chance.uniform(0, 0.1)  # before the answer has begun, or as it begins
            else:
                shell.until(lambda number=number: words(shell.text, number), "no answer began")  # type: ignore[misc]
                wait = chance.uniform(0, (WORDS + 5) * PAUSE)  # … until it has been stored
            shell.look_on(wait)
            sent[number] = kill(shell)
    with begun() as shell:
        shell.ready()
        shell.run(f"say {number + 1}")
        whole.add(number + 1)
        sent[number + 1] = shell.text
        shell.press("\x04")
        assert shell.ends() == 0

    kept = stored(home)
    asked = [turn.request.asked.last.content for turn in kept if turn.request.asked.last]
    assert len(asked) == len(set(asked)) == len(kept), "a turn is there twice"
    texts = {int(text.rpartition(" ")[2]): turn for text, turn in zip(asked, kept, strict=True)}
    assert whole <= set(texts) <= set(sent)
    for each, screen in sent.items():
        seen = words(screen, each)
        if each not in texts:
            assert not seen, f"the answer to {each} was on the screen, and is not in the store"
            continue
        turn = texts[each]
        found = words(turn.choice.text, each)
        assert found == list(range(len(found))), "words are missing in the middle"
        assert found[: len(seen)] == seen, f"of the answer to {each} more was on the screen"
        if each in whole:
            assert (turn.answer.ended, len(found)) == (COMPLETE, 3)
        elif turn.answer.ended == FAILED:
            assert turn.answer.error is not None and turn.answer.error.message == "the shell was killed"
    killed = [turn for each, turn in texts.items() if each not in whole]
    assert len([turn for turn in killed if turn.choice.text]) >= KILLS // 3, "the kills missed the answers"


def test_the_next_shell_tells_and_goes_on(home: Path, server: Server) -> None:
    """What a killed shell had shown is told of once, and can be gone on with, in its tree."""
    with Shell("--base-url", server.url, "-m", "test-model") as shell:
        shell.ready()
        shell.run("say 1")
        shell.type("slowly 2")
        shell.until(lambda: words(shell.text, 2)[-1:] >= [5], "no answer came")
        seen = words(kill(shell), 2)
    with Shell("--base-url", server.url, "-m", "test-model", "--resume") as shell:
        shell.ready()
        assert "an answer of a shell that was killed: kept as far as it came" in shell.text
        assert "conversation 1: say 1 · 2 turns" in shell.text
        said = shell.run("/history")
        assert words(said, 2)[: len(seen)] == seen
        assert "cut off" in said
        shell.run("say 3")
    with Shell("--base-url", server.url, "-m", "test-model", "--resume") as shell:
        shell.ready()
        assert "killed" not in shell.text
        assert "3 turns" in shell.text
