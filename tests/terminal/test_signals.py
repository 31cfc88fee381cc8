"""Signals: Ctrl-C and the system's wish to end land where they can't tear anything."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.base.interrupts import allowed, waited
from terminal.signals import Ended, Signals
from terminal.streams import Quiet, Terminal


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def signals(terminal: Terminal) -> Iterator[Signals]:
    handling = Signals()
    with Quiet(terminal.stdin) as quiet, handling.handled(terminal, quiet):
        yield handling


def send(number: int) -> None:
    os.kill(os.getpid(), number)
    for _ in range(100):  # the handler runs between two of these
        pass


def test_ctrl_c_waits_for_a_time_when_it_may_land(signals: Signals) -> None:
    """Held back, it changes nothing until the turn waits for something again."""
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), signals.held():
        send(signal.SIGINT)
        done.append("what must not be torn")
        with allowed(signals):
            done.append("never")
    assert done == ["what must not be torn"]


def test_ctrl_c_lands_at_once_where_it_may(signals: Signals) -> None:
    with pytest.raises(KeyboardInterrupt), signals.held(), allowed(signals):
        send(signal.SIGINT)
        pytest.fail("it did not land")


def test_a_second_ctrl_c_tears_nothing(signals: Signals) -> None:
    """What follows the first one, the recording of what arrived, is not interrupted."""
    with signals.held():
        with pytest.raises(KeyboardInterrupt), allowed(signals):
            send(signal.SIGINT)
        send(signal.SIGINT)
        send(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        send(signal.SIGINT)  # afterwards it lands again


def test_what_was_held_back_at_the_end_is_forgotten(signals: Signals) -> None:
    """A Ctrl-C meant for a turn that was over anyway does not hit what comes next."""
    with signals.held():
        send(signal.SIGINT)
    with signals.held(), allowed(signals):
        pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_wish_to_end_stops_the_answer_and_ends_after_it(signals: Signals, number: int) -> None:
    """As Ctrl-C does it; once what arrived is recorded, the program ends with 128 and the number."""
    recorded = False
    with pytest.raises(Ended) as ended, signals.held():
        with pytest.raises(KeyboardInterrupt), allowed(signals):
            send(number)
        recorded = True
    assert recorded and ended.value.status == 128 + number


def test_the_wish_to_end_goes_to_a_prompt_that_is_up(signals: Signals) -> None:
    told: list[Ended] = []
    signals.at_prompt = lambda ended: not told.append(ended)
    send(signal.SIGTERM)
    assert [ended.status for ended in told] == [143]


def test_only_waiting_for_an_item_is_interrupted(signals: Signals) -> None:
    """What is done with an item is done; the next one is not waited for."""
    seen: list[int] = []
    with pytest.raises(KeyboardInterrupt), signals.held():
        for item in waited(iter(range(5)), signals):
            if item == 2:
                send(signal.SIGINT)
            seen.append(item)
    assert seen == [0, 1, 2]


def test_going_on_after_a_stop_is_noticed(signals: Signals, terminal: Terminal) -> None:
    """Whoever stopped it, and only then: what was painted is painted anew, below what came between."""
    assert terminal.resumed == 0
    send(signal.SIGCONT)
    assert terminal.resumed == 1


def test_where_it_is_not_heard_ctrl_c_means_nothing(signals: Signals) -> None:
    """While a prompt is built or taken down, and it is not remembered either."""
    with signals.heard(False):
        send(signal.SIGINT)
        with signals.heard(True):
            with pytest.raises(KeyboardInterrupt):
                send(signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                send(signal.SIGINT)
        send(signal.SIGINT)
    with signals.held(), allowed(signals):
        pass


def test_an_import_is_not_torn(signals: Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's import locks do not survive what is raised in an import: Ctrl-C lands after it."""
    (tmp_path / "slow_to_load.py").write_text(
        "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(0.05)\nwhole = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        import slow_to_load  # type: ignore[import-not-found]

        time.sleep(5)
    assert sys.modules.pop("slow_to_load").whole
    del slow_to_load
