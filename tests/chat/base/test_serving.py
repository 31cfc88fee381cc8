"""The loop of the engine's own children: every order has one answer, and the child ends with its input."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.base.child import Child, launch
from chat.evaluation.assertions import python

PROGRAM = Path(python.__file__).with_name("python_server.py")


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    made = Child.serving(PROGRAM, folder=tmp_path)
    yield made
    made.end()


def done(child: Child, source: str) -> dict[str, Any]:
    return child.ask({"source": source, "call": "main", "arguments": []}, 20)


def test_what_is_printed_and_read_is_not_in_the_way(child: Child) -> None:
    """Output goes aside, and there is nothing to read: the next order stays where it is."""
    source = "import sys\ndef main():\n    print('{}')\n    return sys.stdin.read()"
    assert done(child, source) == done(child, source) == {"result": ""}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('a\\nb')", "ValueError: a b"),
        ("raise SystemExit", "SystemExit"),
        ("raise MemoryError", "it takes too much memory"),
        ("return main()", "it is nested too deeply, or leads back to itself"),
        ("return float('nan')", "ValueError: Out of range float values are not JSON compliant"),
    ],
)
def test_whatever_fails_is_an_answer(child: Child, body: str, said: str) -> None:
    """It is said in a sentence, and the next order is done by the same process."""
    assert str(done(child, f"def main():\n    {body}")["failed"]).startswith(said)
    before = child.pid
    assert done(child, "def main():\n    return 1") == {"result": 1}
    assert child.pid == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_who_forks_answers_once(child: Child) -> None:
    """A child of what runs that comes back to the loop ends there."""
    source = "import os\ndef main():\n    os.fork()\n    return 1"
    assert [done(child, source), done(child, "def main():\n    return 2")] == [{"result": 1}, {"result": 2}]


def test_a_persons_code_does_not_meet_the_engine(child: Child, tmp_path: Path) -> None:
    """Its own `chat` is found, not ours, and of ours no more is loaded than the program and its loop."""
    source = (
        "def main():\n    import sys\n    return [sorted(n for n in sys.modules if 'tempera' in n), sys.path]"
    )
    names, path = done(child, source)["result"]
    assert [name.rpartition(".")[2] for name in names if "server" in name or "serving" in name] == [
        "serving",
        "python_server",
    ]
    assert len(names) == 6  # and the packages that they lie in
    assert not [
        each for each in path if Path(each, "base", "errors.py").exists() or Path(each, "errors.py").exists()
    ]
    (tmp_path / "chat.py").write_text("mine = 1")
    assert done(
        child,
        f"import sys; sys.path.append({str(tmp_path)!r})\nimport chat\ndef main():\n    return chat.mine",
    ) == {"result": 1}


def test_it_ends_with_its_input() -> None:
    """When the shell is gone, what runs is not waited for."""
    alone = PROGRAM.parents[2] / "base" / "alone.py"
    process = launch(alone, (str(PROGRAM),))
    assert process.stdin and process.stdout and process.stderr
    with process.stdin as orders, process.stdout as answers, process.stderr as errors:
        source = "import sys, time\\ndef main():\\n    print('begun', file=sys.stderr, flush=True)\\n    time.sleep(600)"
        orders.write(f'{{"source": "{source}", "call": "main", "arguments": []}}\n'.encode())
        assert select.select([errors], [], [], 30)[0] and errors.read(5) == b"begun"
        orders.close()
        assert process.wait(30) == 0 and answers.read() == b""
