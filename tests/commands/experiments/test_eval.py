"""/eval check says what a file would ask and check, and sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from commands.shell import options

from ...conftest import ROOT
from ...support.recorder import RecordingScreen

CONFIG = """\
description: Rivers
prompts: ['Tell me of {{river}}', 'In short: {{river}} {{tone}}']
providers: [openai:chat:gpt-5-mini]
tests:
  - vars: {river: [Danube, Aare]}
    assert: [{type: icontains, value: europe}, {type: javascript, value: 'true'}]
evaluateOptions: {repeat: 2}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_a_file_is_told_beforehand(here: Path, run: Callable[[str], None], screen: RecordingScreen) -> None:
    """Columns, cases and answers are counted; what is checked, what is not, and why, stand in tables."""
    (here / "c.yaml").write_text(CONFIG, encoding="utf-8")
    run("/eval check c.yaml")
    assert screen.said == ["Rivers: 2 columns × 2 cases × 2 = 8 answers"]
    columns, kinds, notes = (rows for _, rows in screen.tables)
    assert [row[1] for row in columns] == ["gpt-5-mini", "gpt-5-mini"]
    assert [tuple(row) for row in kinds] == [("icontains", "2", ""), ("javascript", "", "2")]
    assert notes[0][0] == "tests[0].assert[1]"
    assert screen.warned == ["{{tone}}: no case has a value"]


def test_a_table_asks_what_is_in_force(
    here: Path, run: Callable[[str], None], screen: RecordingScreen
) -> None:
    """Rows alone have no column of their own."""
    (here / "rows.csv").write_text("q,expected\n1,2\n3,4\n", encoding="utf-8")
    run("/eval check rows.csv")
    assert screen.said == ["rows: what is in force × 2 cases = 2 answers"]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("/eval check none.yaml", "no such file"),
        ("/eval check bad.yaml", "bad.yaml, line 2"),
        ("/eval run bad.yaml", "there is no file run, and /eval has no such word"),
        ("/eval check a b c", "it takes a file"),
    ],
)
def test_what_can_not_be_read_is_one_line(
    here: Path, run: Callable[[str], None], screen: RecordingScreen, line: str, word: str
) -> None:
    """A bad file is told with its name and line; nothing else is shown."""
    (here / "bad.yaml").write_text("prompts: [a\n", encoding="utf-8")
    run(line)
    (told,) = screen.failed
    assert word in told
    assert not screen.tables


def test_files_that_may_hold_one_are_named(
    here: Path, run: Callable[[str], None], screen: RecordingScreen
) -> None:
    """Without a file, those here are offered."""
    run("/eval")
    (here / "c.yaml").write_text(CONFIG, encoding="utf-8")
    (here / "c.py").write_text("", encoding="utf-8")
    run("/eval check")
    rest = "/eval new writes an example, /eval list shows the runs, /help eval tells the rest"
    assert screen.said == [
        *("no file here can hold an evaluation", rest, "/eval check FILE takes one of: c.yaml")
    ]


def test_the_action_of_the_docs_is_one_that_runs() -> None:
    """Its options are known, and what it keeps are the files that it writes."""
    page = (ROOT / "docs/evaluation.md").read_text(encoding="utf-8")
    action = yaml.safe_load(page.partition("## In CI")[2].partition("```yaml\n")[2].partition("```")[0])
    steps = {step["name"]: step for step in action["jobs"]["evaluate"]["steps"] if "name" in step}
    (line,) = steps["evaluate"]["run"].strip().splitlines()
    command, _, output = line.partition(" > ")
    given = options.parse(command.split()[1:])
    assert given.eval is not None
    assert (given.eval.words, given.eval.min_pass) == (["eval.yaml"], 0.3)
    kept = steps["keep the report"]["with"]["path"].split()
    assert kept == [given.eval.junit, given.eval.html, output]
