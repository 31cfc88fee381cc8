"""Programs in processes of their own: asked line by line, held to limits, replaced when they die."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.base.child import ENDED, LARGE, LATE, Child, NoAnswer

from ...support.killed import kill

PROGRAM = """
import json, os, subprocess, sys, time
out = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
print("it begins", flush=True)
for line in sys.stdin:
    order = json.loads(line)
    if "die" in order:
        sys.exit("these were its words")
    if "start" in order:
        order["pid"] = subprocess.Popen(["sleep", "600"]).pid
    time.sleep(order.get("wait", 0))
    reply = {"given": order, "environ": dict(os.environ), "folder": os.getcwd(), "much": "x" * order.get("much", 0)}
    print(order.get("raw") or json.dumps(reply), file=out, flush=True)
"""


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    made = Child(program, most=10_000)
    yield made
    made.end()


def test_orders_are_answered_by_one_process(child: Child) -> None:
    """One order after another has its own answer, from one process, whatever the text in it."""
    for text in ("a", "\n", "é\ud800", "x" * 3000):
        assert child.ask({"text": text})["given"] == {"text": text}
        assert child.pid
    first = child.pid
    child.ask({})
    assert child.pid == first


def test_a_child_that_died_is_replaced(child: Child) -> None:
    """Whoever kills it costs the next order a start, and nothing else."""
    child.ask({})
    first = child.pid
    kill(child)
    assert child.ask({"again": 1})["given"] == {"again": 1}
    assert child.pid not in (0, first)


def test_it_has_no_secret_and_the_folder_that_is_given(
    child: Child, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The shell's keys are not in its environment; the rest is, and it runs where it should."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-secret")
    monkeypatch.setenv("HARMLESS", "yes")
    child.folder = tmp_path
    answer = child.ask({})
    assert "OPENAI_API_KEY" not in answer["environ"]
    assert answer["environ"]["HARMLESS"] == "yes"
    assert Path(answer["folder"]).samefile(tmp_path)


@pytest.mark.parametrize(
    ("order", "why"),
    [({"wait": 60}, LATE), ({"much": 20_000}, LARGE), ({"much": 9_999}, LARGE), ({"die": 1}, ENDED)],
)
def test_an_order_without_an_answer_ends_it(child: Child, order: dict[str, int], why: str) -> None:
    """Too late, too large or dead: the reason is told, with its last words, and the next order is answered."""
    child.ask({})
    with pytest.raises(NoAnswer) as failed:
        child.ask(order, 1.0 if why == LATE else None)
    assert failed.value.why == why
    assert failed.value.words.startswith("it begins")
    assert ("these were its words" in failed.value.words) == (why == ENDED)
    assert child.pid == 0
    assert child.ask({"n": 1})["given"] == {"n": 1}


def test_an_order_larger_than_a_pipe_does_not_block(child: Child, tmp_path: Path) -> None:
    """A program that reads nothing costs the time allowed, however much was to be sent."""
    (tmp_path / "program.py").write_text("import time; time.sleep(600)")
    with pytest.raises(NoAnswer) as failed:
        child.ask({"text": "x" * 1_000_000}, 0.5)
    assert failed.value.why == LATE


@pytest.mark.parametrize("raw", ["no JSON", "[1]"])
def test_an_answer_that_is_no_object_is_refused(child: Child, raw: str) -> None:
    """What is not a JSON object is a ValueError, and the next order has a process without that behind it."""
    with pytest.raises(ValueError, match=r"."):
        child.ask({"raw": raw})
    assert child.pid == 0


def test_ctrl_c_ends_it(child: Child) -> None:
    """An interrupted order leaves no process, whose answer would be taken for the next one's."""
    child.ask({})
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        child.ask({"wait": 60})
    assert child.pid == 0
    assert child.ask({"n": 2})["given"] == {"n": 2}


def test_another_thread_can_end_it(child: Child) -> None:
    """`end` stops an order that is under way, and what the program has started ends with it."""
    started = child.ask({"start": 1})["given"]["pid"]
    threading.Timer(0.2, child.end).start()
    with pytest.raises(NoAnswer) as failed:
        child.ask({"wait": 60})
    assert failed.value.why == ENDED
    _until_gone(started)


def test_a_child_that_nobody_holds_ends(child: Child, tmp_path: Path) -> None:
    """Its input closes when nothing can ask it any more."""
    own = Child(tmp_path / "program.py")
    own.ask({})
    pid = own.pid
    del own
    _until_gone(pid)


def _until_gone(pid: int) -> None:
    until = time.monotonic() + 20
    while Path(f"/proc/{pid}/stat").exists() and ") Z " not in Path(f"/proc/{pid}/stat").read_text():
        assert time.monotonic() < until, "it still runs"
        time.sleep(0.01)
