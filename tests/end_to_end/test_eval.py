"""`shell.py eval FILE`: what a script gets of it, and what is left when it is stopped, killed, or has no room."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from chat.store.runs import Runs
from tests.support.asked import Asked, config, last, ok, rows
from tests.support.program import inside
from tests.support.server import error, whole
from tests.support.terminal import SHELL, environment

Done = subprocess.CompletedProcess[str]


@pytest.fixture
def server() -> Iterator[Asked]:
    with Asked() as running:
        yield running


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def given(home: Path, server: Asked) -> dict[str, str]:
    return {"TEMPERA_HOME": str(home), "OPENAI_API_KEY": "sk-of-a-test-1", "OPENAI_BASE_URL": server.url}


@pytest.fixture
def evals(home: Path, server: Asked, work: Path) -> Callable[..., Done]:
    """Run `shell.py eval …` in this process."""

    def run(*args: str, **environ: str) -> Done:
        done = inside("eval", "-m", "test-model", *args, **{**given(home, server), **environ})
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
def begun(home: Path, server: Asked, work: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Begin `shell.py eval …` in a process of its own."""
    made: list[subprocess.Popen[str]] = []

    def begin(*args: str, **more: Any) -> subprocess.Popen[str]:
        made.append(
            subprocess.Popen(
                [sys.executable, str(SHELL), "eval", "-m", "test-model", *args],
                env=environment(**given(home, server)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                **more,
            )
        )
        return made[-1]

    yield begin
    for each in made:
        each.kill()
        each.communicate()


def until(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)


def stored(home: Path, run: int = 1) -> list[dict[str, Any]]:
    """The samples of a run, as the store has them."""
    found = list((home / "data").rglob("*.db")) or list(home.rglob("*.db"))
    runs = Runs(next(path for path in found if "eval" in path.name or "run" in path.name))
    try:
        return list(runs.samples(run))
    finally:
        runs.close()


# ---- how it ends


def test_all_passed_is_0(evals: Callable[..., Done], work: Path) -> None:
    """Enough has passed: the figures stand on standard output."""
    rows(work / "r.csv")
    done = evals("r.csv")
    assert done.returncode == 0 and "100%" in done.stdout


@pytest.mark.parametrize(
    ("least", "status"), [((), 100), (("--min-pass", "60%"), 0), (("--min-pass", "0.7"), 100)]
)
def test_what_fell_short_is_100(
    evals: Callable[..., Done], server: Asked, work: Path, least: tuple[str, ...], status: int
) -> None:
    """A third of the answers is wrong; --min-pass says whether that will do."""
    server.by = lambda body, _: ok(body) if last(body)[-1] not in "05" else error("400 Bad Request", "no")
    rows(work / "r.csv", 6)
    assert evals("r.csv", *least).returncode == status


@pytest.mark.parametrize(("type_", "status"), [("javascript", 100), ("", 0)])
def test_what_could_not_be_checked_has_not_held(
    evals: Callable[..., Done], work: Path, type_: str, status: int
) -> None:
    """Where nothing of what is expected was checked it is 100; where nothing is expected, asking is all."""
    asserts = [{"type": type_, "value": "true"}] if type_ else []
    config(work / "c.json", asserts=asserts)
    assert evals("c.json").returncode == status


@pytest.mark.parametrize(
    "args",
    [
        ("none.yaml",),
        (),
        ("r.csv", "--repeat", "0"),
        ("r.csv", "--rate", "fast"),
        ("r.csv", "--min-pass", "2"),
        ("r.csv", "--nonsense"),
        ("show", "7"),
        ("go-on",),
        ("go-on", "7"),
        ("bad.yaml",),
        ("strange.json",),
    ],
)
def test_wrong_use_is_2_and_sends_nothing(
    evals: Callable[..., Done], server: Asked, work: Path, args: tuple[str, ...]
) -> None:
    """What can't be begun is one sentence on standard error."""
    rows(work / "r.csv")
    (work / "bad.yaml").write_text("prompts: [a\n", encoding="utf-8")
    provider = {"id": "openai:chat:m", "config": {"apiBaseUrl": "https://strange.example/v1"}}
    config(work / "strange.json", providers=[provider])
    try:
        done = evals(*args)
        status, out = done.returncode, done.stdout
    except SystemExit as ended:  # argparse
        status, out = ended.code, ""
    assert (status, out, server.cells) == (2, "", 0)


def test_what_was_not_all_asked_is_1(evals: Callable[..., Done], server: Asked, work: Path) -> None:
    """The key is refused: it stops after a few, and says so."""
    server.by = lambda body, _: error("401 Unauthorized", "no such key")
    rows(work / "r.csv", 50)
    done = evals("r.csv")
    assert done.returncode == 1 and "asked no further" in done.stderr
    assert server.cells < 20


# ---- what it leaves


def test_json_is_one_object_in_the_published_form(evals: Callable[..., Done], work: Path) -> None:
    """Nothing else stands on standard output; `eval --schema` publishes the form."""
    config(work / "c.json")
    done = evals("c.json", "--json")
    made = json.loads(done.stdout)
    jsonschema.validate(made, json.loads(evals("--schema").stdout))
    assert made["counts"]["passed"] == 6 and len(made["cells"]) == 6


def test_each_file_is_written_whole(evals: Callable[..., Done], work: Path) -> None:
    """JUnit, CSV, promptfoo's results and a report, of one run."""
    config(work / "c.json")
    done = evals("c.json", *(f"--{a}={b}" for a, b in FILES.items()))
    assert done.returncode == 0, done.stderr
    assert len(ElementTree.parse(work / "j.xml").getroot().findall(".//testcase")) == 6
    with (work / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 1 + 3
    assert json.loads((work / "p.json").read_text(encoding="utf-8"))
    assert (work / "h.html").read_text(encoding="utf-8").endswith("</html>\n")
    assert {(work / name).stat().st_mode & 0o077 for name in FILES.values()} == {0}


FILES = {"junit": "j.xml", "csv": "t.csv", "promptfoo": "p.json", "html": "h.html"}


def test_runs_are_held_against_each_other(evals: Callable[..., Done], server: Asked, work: Path) -> None:
    """--against takes a run or a file of one; worse beyond chance is 100."""
    rows(work / "r.csv", 30)
    (work / "old.json").write_text(evals("r.csv", "--json").stdout, encoding="utf-8")
    assert evals("r.csv", "--against", "1").returncode == 0
    server.by = lambda body, _: whole("no") if last(body) < "case 2" else ok(body)
    done = evals("r.csv", "--against", "old.json", "--min-pass", "0")
    assert done.returncode == 100, "12 of 30 turned, which is beyond chance"
    server.by = lambda body, _: whole("no") if last(body) == "case 2" else ok(body)
    assert evals("r.csv", "--against", "1", "--min-pass", "0").returncode == 0, "one may be chance"


def test_a_reader_that_goes_away_ends_it_quietly(begun: Callable[..., Any], work: Path) -> None:
    """A broken pipe is no error of the program's."""
    config(work / "c.json", cases=40)
    process = begun("c.json", "--json")
    process.stdout.close()
    assert process.wait(60) == 141 or process.returncode > 0
    assert "Traceback" not in process.stderr.read()


# ---- what may go wrong


def test_no_file_has_a_key(evals: Callable[..., Done], home: Path, work: Path) -> None:
    """Neither the endpoint's nor another of the environment, wherever a case repeats it."""
    mine = "sk-proj-0123456789abcdefghijklmnop"
    tests = [{"vars": {"q": f"tell {mine}"}}, {"vars": {"q": "of sk-of-a-test-1"}}]
    config(work / "c.json", tests=tests)
    done = evals("c.json", "--json", *(f"--{a}={b}" for a, b in FILES.items()), MYCRED=mine)
    written = [path for folder in (home, work) for path in folder.rglob("*") if path.is_file()]
    found = [path for path in written if path.name != "c.json" and mine.encode() in path.read_bytes()]
    assert found == [] and mine not in done.stdout + done.stderr
    assert not [path for path in written if path.name != "c.json" and b"sk-of-a-test-1" in path.read_bytes()]


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("--csv", "/proc/none/t.csv"), "/proc/none/t.csv: there is no such folder"),
        (("--html", "."), "is a folder"),
        (("--junit", "locked/j.xml"), "j.xml: its folder can't be written to"),
        (("--against", "7"), "there is no run 7"),
        (("--against", "none.json"), "none.json: there is no such file"),
    ],
)
def test_what_can_not_be_left_is_told_before_anything_is_sent(
    evals: Callable[..., Done],
    work: Path,
    server: Asked,
    monkeypatch: pytest.MonkeyPatch,
    args: tuple[str, ...],
    why: str,
) -> None:
    """One sentence, and nothing was paid for."""
    rows(work / "r.csv", 2)
    (work / "locked").mkdir()
    known = os.access  # tests may be root's, who may write anywhere
    monkeypatch.setattr(os, "access", lambda path, how: Path(path).name != "locked" and known(path, how))
    done = evals("r.csv", *args)
    assert done.returncode == 2 and why in done.stderr
    assert server.cells == 0


def test_no_room_left_stops_it(begun: Callable[..., Any], home: Path, work: Path, server: Asked) -> None:
    """What was shown is kept; the rest is asked when there is room again, and nothing twice."""
    import resource

    rows(work / "r.csv", 300, text="case {} " + "x" * 1500)

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    process = begun("r.csv", preexec_fn=limit)
    _, said = process.communicate(timeout=100)
    assert process.returncode == 1, said
    assert "Traceback" not in said
    assert said.count("could not be kept") == 1, said
    kept = sum(each["state"] == "judged" for each in stored(home))
    assert 0 < kept < 300
    asked = server.cells
    process = begun("go-on")
    _, said = process.communicate(timeout=100)
    assert process.returncode == 0, said
    assert sum(each["state"] == "judged" for each in stored(home)) == 300
    assert server.cells - asked <= 300 - kept


# ---- stopped


def held_by(gate: threading.Event, server: Asked, free: int) -> Callable[[Any, int], bytes]:
    """Answers, of which all after the first few are held back until the gate opens."""

    def by(body: Any, before: int) -> bytes:
        if server.cells > free:
            gate.wait(60)
        return ok(body)

    return by


def test_ctrl_c_lets_what_is_under_way_end(
    begun: Callable[..., Any], home: Path, work: Path, server: Asked
) -> None:
    """Once: nothing new is asked, nothing is lost, and it says how it goes on. 130."""
    gate = threading.Event()
    server.by = held_by(gate, server, 40)
    rows(work / "r.csv", 120)
    process = begun("r.csv")
    until(lambda: server.cells > 40)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)  # until it has heard of it: what is let through before is no fault
    gate.set()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in said
    states = [each["state"] for each in stored(home)]
    assert set(states) == {"judged"} and len(states) == server.cells
    process = begun("go-on")
    _, said = process.communicate(timeout=100)
    assert process.returncode == 0 and set(server.counts.values()) == {1} and server.cells == 120


@pytest.mark.parametrize("how", [signal.SIGTERM, "twice", signal.SIGHUP])
def test_ended_at_once_it_says_what_was_lost(
    begun: Callable[..., Any], home: Path, work: Path, server: Asked, how: Any
) -> None:
    """What was under way is asked again, and told; nothing else is."""

    def by(body: Any, before: int) -> bytes:
        time.sleep(0.03 if server.cells < 30 else 2)
        return ok(body)

    server.by = by
    rows(work / "r.csv", 100)
    process = begun("r.csv")
    until(lambda: server.cells > 35)
    if how == "twice":
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
    else:
        process.send_signal(how)
    _, said = process.communicate(timeout=60)
    assert process.returncode == {"twice": 130, signal.SIGTERM: 143, signal.SIGHUP: 129}[how], said
    assert "Traceback" not in said
    lost = sum(each["state"] == "sent" for each in stored(home))
    assert lost
    server.by = None
    process = begun("go-on")
    _, said = process.communicate(timeout=100)
    assert process.returncode == 0
    assert f"{lost} requests were under way" in said
    assert server.cells == 100 + lost


# ---- others beside it


def test_two_at_once_in_one_store(begun: Callable[..., Any], home: Path, work: Path, server: Asked) -> None:
    """Each has a run of its own, whole; neither waits for the other, or takes what is its."""
    rows(work / "a.csv", 80, text="first {}")
    rows(work / "b.csv", 80, text="second {}")
    one, other = begun("a.csv"), begun("b.csv")
    said = [process.communicate(timeout=100)[1] for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0), said
    assert set(server.counts.values()) == {1} and server.cells == 160
    for run in (1, 2):
        assert [each["state"] for each in stored(home, run)] == ["judged"] * 80
        asked = {each["request"]["messages"][0]["content"].split()[0] for each in stored(home, run)}
        assert len(asked) == 1


def test_a_run_is_gone_on_with_by_one(begun: Callable[..., Any], work: Path, server: Asked) -> None:
    """While it is under way no other goes on with it."""
    server.by = held_by(threading.Event(), server, 10)
    rows(work / "r.csv", 40)
    begun("r.csv")
    until(lambda: server.cells > 10)
    for args, why in ((("go-on",), "no run is left unfinished"), (("go-on", "1"), "under way in another")):
        process = begun(*args)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 2 and why in said


def test_an_ephemeral_run_leaves_nothing(evals: Callable[..., Done], home: Path, work: Path) -> None:
    """It is run and told; no file holds a word of it."""
    rows(work / "r.csv", 3, text="xylophone {}")
    done = evals("r.csv", "--ephemeral", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["counts"]["passed"] == 3
    written = [path for path in home.rglob("*") if path.is_file() and b"xylophone" in path.read_bytes()]
    assert written == []
    assert (
        evals("list").stderr.count("no evaluation was run yet") + evals("list").stdout.count("no eval") >= 1
    )
