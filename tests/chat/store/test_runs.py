"""Runs of evaluations in their database: what is kept, by whom, and what of it is damaged."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.base.errors import BadInput, StoreFailed
from chat.evaluation.keeping import Keeping
from chat.evaluation.results import (
    ANSWERED,
    FAILED,
    FINISHED,
    KILLED,
    RUNNING,
    SENT,
    STOPPED,
    EvalRun,
    Place,
    Sample,
)
from chat.evaluation.suite import Answered, Case, Column, Suite
from chat.store.runs import STEPS, Runs

ROOT = Path(__file__).resolve().parents[3]
SUITE = Suite("s", (Column("a", ()), Column("b", ())), (Case({"q": "Oslo"}), Case({"q": "Rome"})), 2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "evaluations.db"


@pytest.fixture
def runs(path: Path) -> Iterator[Runs]:
    runs = Runs(path)
    yield runs
    runs.close()


def sent(place: Place, **more: object) -> Sample:
    return Sample(place, SENT, request={"model": "m", "messages": []}, at=1.0, tries=1, **more)  # type: ignore[arg-type]


def begun(runs: Runs, answers: int = 1) -> tuple[Keeping, EvalRun]:
    """A run with so many answers, and one that was sent."""
    kept = Keeping(runs)
    run = kept.begin(SUITE, "s", "s.yaml", "default")
    places = [Place(0, 0, 0), Place(0, 0, 1), Place(1, 0, 0), Place(1, 0, 1)]
    digests = [b"digest", b"digest", b"other", b"other"]
    kept.put(run, [sent(place) for place in places[: answers + 1]], digests[: answers + 1])
    for place in places[:answers]:
        kept.put(run, [Sample(place, ANSWERED, Answered(f"x {place}"), tries=1, model="m")])
    return kept, run


def test_a_run_is_read_with_all_it_was_begun_with(runs: Runs, path: Path) -> None:
    """By another shell, too; only the person may read the file."""
    _, run = begun(runs)
    other = Runs(path)
    found = Keeping(other).get(run.number)
    assert (found.suite, found.name, found.file, found.profile) == (SUITE, "s", "s.yaml", "default")
    assert found.asked == 8 and found.state == RUNNING
    other.close()
    assert path.stat().st_mode & 0o077 == 0


def test_there_is_no_such_run(runs: Runs) -> None:
    """Said with its number."""
    with pytest.raises(BadInput, match="there is no run 7"):
        Keeping(runs).get(7)


def test_a_run_is_had_by_one(runs: Runs, path: Path) -> None:
    """Another shell sees that it is under way, and can't take it; when it is let go, it can."""
    kept, run = begun(runs)
    other = Runs(path)
    theirs = Keeping(other)
    assert other.is_taken(run.number) and runs.is_taken(run.number)
    with pytest.raises(BadInput, match="under way in another shell"):
        theirs.take(run)
    kept.state(run, STOPPED, 1.0)
    theirs.take(run)
    assert runs.is_taken(run.number) and theirs.get(run.number).state == STOPPED
    other.close()
    assert not runs.is_taken(run.number)
    assert not list(path.parent.glob(".run-*.lock")), "locks are taken away"


def test_what_a_killed_process_ran_is_killed(path: Path) -> None:
    """Its lock is gone with it; what it had kept is there, and what it had sent is known."""
    script = f"""
import sys, os
from pathlib import Path
from tests.chat.store.test_runs import begun
from chat.store.runs import STEPS, Runs
begun(Runs(Path({str(path)!r})), 2)
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT)
    runs = Runs(path)
    kept = Keeping(runs)
    (listed,) = kept.newest()
    assert listed.state == KILLED
    assert [each.state for each in kept.samples(kept.get(1))] == [ANSWERED, ANSWERED, SENT]
    kept.take(kept.get(1))
    runs.close()


def test_what_is_not_named_stays(runs: Runs) -> None:
    """A verdict takes no answer away; a new attempt does."""
    kept, run = begun(runs)
    place = Place(0, 0, 0)
    kept.put(run, [sent(place)], [b"digest"])
    assert kept.sample(run, place).answered is None
    kept.put(run, [Sample(place, FAILED, error="no", kind="refused")])
    found = kept.sample(run, place)
    assert (found.error, found.kind, found.request) == ("no", "refused", {"model": "m", "messages": []})


def test_the_list_counts(runs: Runs) -> None:
    """What is answered, has passed and has failed, and what it cost, where that is known."""
    kept, run = begun(runs)
    kept.put(run, [Sample(Place(1, 1, 1), FAILED, error="no")])
    kept.state(run, FINISHED, 2.5)
    (listed,) = kept.newest()
    assert (listed.asked, listed.failed, listed.state) == (8, 1, FINISHED)
    assert kept.get(run.number).seconds == 2.5


def test_answers_of_earlier_runs_are_found_by_what_was_asked(runs: Runs) -> None:
    """The newest first, none twice, and none of a later run."""
    kept, first = begun(runs, 2)
    again = kept.begin(SUITE, "s")
    found = [kept.answered(again, b"digest", Place(0, 0))]
    taken = Sample(Place(0, 0), ANSWERED, Answered("x"), tries=0)
    kept.put(again, [taken], [b"digest"])
    found += [kept.answered(again, b"digest", Place(0, 0, 1))]
    texts = [each[0].text for each in found if each]
    assert len(set(texts)) == 2 and found[0] and found[0][1] == "m"
    kept.put(again, [Sample(Place(0, 0, 1), ANSWERED, Answered("x"), tries=0)], [b"digest"])
    assert kept.answered(again, b"digest", Place(1, 0)) is None
    assert kept.answered(first, b"digest", Place(0, 0)) is None
    assert kept.answered(again, b"unknown", Place(0, 0)) is None


def test_a_search_looks_into_variables_and_answers(runs: Runs) -> None:
    """In any case of letters; it gives cases."""
    kept, run = begun(runs)
    assert kept.search(run, "ROME") == [1]
    assert kept.search(run, "column=0") == [0]
    assert kept.search(run, "zebra") == []


def test_what_is_deleted_is_gone_from_the_file(runs: Runs, path: Path) -> None:
    """Its answers, too; the other runs stay."""
    kept, run = begun(runs)
    place = Place(0, 1)
    kept.put(run, [sent(place), Sample(place, ANSWERED, Answered("a word like xylophone"))])
    _, other = begun(runs)
    kept.delete(run.number)
    runs.close()
    data = b"".join(each.read_bytes() for each in path.parent.iterdir() if each.is_file())
    assert b"xylophone" not in data
    assert [each.number for each in Keeping(Runs(path)).newest()] == [other.number]


def test_a_run_that_is_kept_for_now_leaves_no_file(tmp_path: Path) -> None:
    """Nothing is written of an ephemeral session."""
    runs = Runs(None)
    kept, run = begun(runs)
    assert kept.get(run.number).suite == SUITE and len(list(kept.samples(run))) == 2
    runs.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE runs SET suite = x'00ff'",
        "UPDATE runs SET suite = '[1'",
        "UPDATE runs SET suite = '[]'",
        "UPDATE runs SET suite = '{}'",
        """UPDATE runs SET suite = '{"name": 1, "columns": [1], "cases": [2]}'""",
        """UPDATE runs SET suite = '{"name": "s", "columns": [], "cases": [], "repeat": "x"}'""",
        "UPDATE runs SET at = 'x'",
        "UPDATE runs SET about = 'x'",
        "UPDATE bodies SET answer = x'78'",
        "UPDATE bodies SET answer = '7'",
        "UPDATE bodies SET request = '{'",
        "UPDATE bodies SET verdict = '{}'",
        "UPDATE samples SET state = 'nonsense'",
        "UPDATE samples SET passed = 'x', score = 'y'",
        "UPDATE samples SET id = id + 4000000000",
        "DELETE FROM bodies",
        "UPDATE runs SET asked = 10000000",
    ],
)
def test_what_is_damaged_is_one_sentence_or_left_out(runs: Runs, path: Path, damage: str) -> None:
    """Whatever stands in a row, reading it says that it is damaged, or gives what can be read."""
    _, run = begun(runs, 2)
    runs.close()
    with sqlite3.connect(path) as db:
        db.execute(damage)
    db.close()
    kept = Keeping(Runs(path))
    for read in (
        lambda: kept.newest(),
        lambda: list(kept.samples(kept.get(run.number))),
        lambda: kept.states(kept.get(run.number)),
        lambda: list(kept.samples(kept.get(run.number), bodies=False)),
        lambda: kept.search(kept.get(run.number), "x"),
    ):
        with contextlib.suppress(StoreFailed):  # and nothing else
            read()
    kept.close()


@pytest.mark.parametrize("at", [0, 100, 4096, 8192])
def test_a_damaged_file_is_put_aside(path: Path, at: int) -> None:
    """Its bytes are kept under another name, one sentence says so, and runs can be kept again."""
    runs = Runs(path)
    begun(runs, 2)
    runs.close()
    data = bytearray(path.read_bytes())
    data[at : at + 600] = b"\xa5" * 600
    path.write_bytes(data)
    kept = Keeping(Runs(path))
    with contextlib.suppress(StoreFailed, BadInput):
        kept.newest()
        list(kept.samples(kept.get(1)))
    run = kept.begin(SUITE, "again")
    kept.put(run, [sent(Place(0, 0))], [b"digest"])
    assert kept.sample(run, Place(0, 0)).state == SENT
    told = [each.message for each in kept.runs.complaints()]
    aside = list(path.parent.glob("*damaged*.db"))
    assert len(told) == len(aside) <= 1 and all("was put aside as" in each for each in told)
    assert all(each.read_bytes() == bytes(data) for each in aside)
    kept.close()


def test_a_database_of_before_there_were_batches_is_taken_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in it stays, and batches can be kept beside it."""
    with monkeypatch.context() as before:
        before.setattr("chat.store.runs.STEPS", STEPS[:1])
        before.setattr("chat.store.runs.Batches", lambda *_: None)
        old = Runs(path)
        run = old.begin({"name": "s", "file": "", "state": STOPPED, "at": 1, "updated": 1, "asked": 4}, {})
        old.put(run, [(0, {"state": SENT}, {"request": {"model": "m"}})])
        old.close()
    new = Runs(path)
    assert [(each["state"], each["batch"]) for each in new.samples(run)] == [(SENT, None)]
    number = new.batches.add(run=run, part=1, key="k", state="writing")
    assert [row["number"] for row in new.batches.rows(run)] == [number]
    new.close()


def test_what_is_over_changes_no_more(runs: Runs) -> None:
    """A look that comes late tells nothing new of a batch that was fetched."""
    number = runs.batches.add(run=1, part=1, key="k", state="in_progress")
    runs.batches.change(number, state="completed")
    assert runs.batches.end(number, 0, 2**33, "failed") == 0
    runs.batches.change(number, state="in_progress")
    (row,) = runs.batches.rows()
    assert (row["state"], row["over"]) == ("completed", 1)
