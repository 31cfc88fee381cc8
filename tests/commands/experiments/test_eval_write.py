"""/eval write: a file in another form, nothing written over unasked, and what that can't say in a table."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.session.state import Session
from chat.transfer import evals
from commands import dispatch, line, registry
from commands.shell import option_values, options

from ...support.recorder import RecordingScreen
from .test_eval import CONFIG
from .test_eval import here as here


@pytest.fixture
def write(here: Path, session: Session) -> Callable[..., RecordingScreen]:
    """Type a line in a folder that has an evaluation, and answer what is asked."""
    (here / "c.yaml").write_text(CONFIG, encoding="utf-8")

    def typed(text: str, *answers: bool) -> RecordingScreen:
        screen = RecordingScreen(answers=list(answers))
        dispatch.run(text, registry(), session, screen)
        return screen

    return typed


Write = Callable[..., RecordingScreen]


def test_an_evaluation_is_written_in_the_form_of_the_ending(here: Path, write: Write) -> None:
    """It is there for its owner alone, and says what the first file says."""
    screen = write("/eval write c.yaml 'of mine.json'")
    out = here / "of mine.json"
    assert screen.said == [f"promptfoo's configuration, 2 columns × 2 cases, is in {out}"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert evals.read(out).cases == evals.read(here / "c.yaml").cases
    assert (screen.failed, screen.questions) == ([], [])
    assert screen.warned == ["one place can't be written as it was:"]
    ((heads, rows),) = screen.tables
    assert (heads, [row[0] for row in rows]) == (("place", "why"), ["tests[0].assert[1]"])


def test_an_eval_of_openais_has_its_rows_beside_it(here: Path, write: Write) -> None:
    """The runs name the file of the rows, and every place that is not said is counted."""
    screen = write("/eval write c.yaml out.json --as openai")
    made = json.loads((here / "out.json").read_text(encoding="utf-8"))
    rows = (here / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(each) for each in rows] == [{"item": {"river": each}} for each in ("Danube", "Aare")]
    assert [run["data_source"]["source"]["id"] for run in made["runs"]] == ["out.jsonl"] * 2
    assert screen.said[1].startswith("its runs name out.jsonl")
    ((_, notes),) = screen.tables
    assert screen.warned == [f"{len(notes)} places can't be written as they were:"]
    assert {"repeat", "tests[0].assert[1]"} < {row[0] for row in notes}


def test_only_the_cases_that_are_wanted_are_written(here: Path, write: Write) -> None:
    """A filter and a limit choose them, as they do for a run."""
    write("/eval write c.yaml one.csv --filter aare")
    table = "river,__expected1,__expected2\nAare,icontains: europe,javascript: true\n"
    assert (here / "one.csv").read_text(encoding="utf-8") == table


def test_nothing_is_written_over_unasked(here: Path, write: Write) -> None:
    """Whoever says no keeps what was there; both files of an eval are named in one question."""
    for name in ("out.json", "out.jsonl"):
        (here / name).write_text("mine", encoding="utf-8")
    screen = write("/eval write c.yaml out.json --as openai", False)
    assert screen.questions == ["out.jsonl and out.json are there already; write over them?"]
    assert screen.said == ["nothing was written"]
    assert {(here / name).read_text(encoding="utf-8") for name in ("out.json", "out.jsonl")} == {"mine"}
    write("/eval write c.yaml out.json --as openai", True)
    assert "mine" not in (here / "out.json").read_text(encoding="utf-8")


def test_no_key_of_this_run_is_written(
    here: Path, write: Write, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a case holds one, something else stands there, which is said."""
    key = "sk-a-key-of-this-run-1234567890"
    monkeypatch.setattr(session, "typed_key", key)
    (here / "rows.csv").write_text(f'q,expected\n"my ""{key}""",no\n', encoding="utf-8")
    for form, out in (("promptfoo", "a.yaml"), ("promptfoo", "a.csv"), ("openai", "b.jsonl")):
        screen = write(f"/eval write rows.csv {out} --as {form}")
        assert key not in (here / out).read_text(encoding="utf-8")
        assert (out, "a key of this run stood in it: [key] stands there") in screen.tables[0][1]


WRONG = {
    "c.yaml": "it takes a file, and the one to write",
    "a b c d": "it takes a file, and the one to write",
    "none.yaml out.yaml": "none.yaml: there is no such file",
    "c.yaml out.txt": "out.txt has an ending that says no form: this writes .yaml",
    "c.yaml out.csv --as openai": "this writes .json, .jsonl (--as promptfoo has it)",
    "c.yaml out.json --as opnai": "--as: opnai is no form that is written; did you mean openai?",
    "c.yaml none/out.json": "its folder is not there",
    "c.yaml ./c.yaml": "is what is read, and is not written over",
    "c.yaml out.yaml --vary seed": "--vary does not go with write",
    "c.yaml out.jsonl --as samples": "there are no samples in it",
    "rows.jsonl rows.json --as openai": "rows.jsonl: is what is read, and is not written over",
}


@pytest.mark.parametrize("words", WRONG)
def test_what_is_wrong_is_one_sentence_and_writes_nothing(here: Path, write: Write, words: str) -> None:
    """A word too many, a typing error, a file that is not there: one line, and no file."""
    (here / "rows.jsonl").write_text('{"item": {"q": 1}}\n', encoding="utf-8")
    before = {path: path.read_bytes() for path in here.iterdir()}
    screen = write(f"/eval write {words}")
    (told,) = screen.failed
    assert WRONG[words] in told
    assert {path: path.read_bytes() for path in here.iterdir()} == before


def test_the_form_belongs_to_write(write: Write) -> None:
    """A run has no use for it, and says so before it sends anything."""
    (told,) = write("/eval c.yaml --as openai").failed
    assert told == "--as is for write (/eval write FILE OUT)"


def test_completion_knows_it(here: Path, write: Write, session: Session) -> None:
    """The action, files in both places, and the forms; the command line of the system, too."""
    write("/eval write c.yaml out.csv")

    def offered(text: str) -> list[str]:
        return [each.text for _, each in line.complete(text, registry(), session)]

    assert "write" in offered("/eval wr")
    assert offered("/eval write c") == ["c.yaml"]
    assert offered("/eval write c.yaml ou") == ["out.csv"]
    assert offered("/eval write c.yaml out.json --as o") == ["openai"]
    words = [each.text for each in option_values.words(session, "o", ["eval", "write", "c.yaml"])]
    assert words == ["out.csv"]
    given = options.parse(["eval", "write", "c.yaml", "out.json", "--as", "openai"])
    assert given.eval is not None
    assert (given.eval.words, given.eval.form) == (["write", "c.yaml", "out.json"], "openai")
