"""A prompt of a file, sent from a script: filled, refused, piped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.server import Api

from .test_one_shot import at, inside, refused

TRIP = """\
template: true
variables:
  city: {example: Rome}
  notes: {required: false}
parameters: {temperature: 0.2}
system: You plan trips.
messages:
- {role: user, content: 'One sight in {{city}}. {{notes}}'}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the shell runs in, with prompts of its own."""
    work = tmp_path / "work"
    (work / "prompts").mkdir(parents=True)
    (work / "prompts" / "trip.prompt.yaml").write_text(TRIP, encoding="utf-8")
    (work / "prompts" / "terse.prompt.yaml").write_text("system: Be terse.\n", encoding="utf-8")
    (work / "notes.txt").write_text("I like {{city}}.\n", encoding="utf-8")
    monkeypatch.chdir(work)
    return work


def test_a_prompt_is_filled_and_sent(folder: Path, tmp_path: Path) -> None:
    """Values come from the command line and from files, what the line sets wins, and nothing is told but the
    answer on standard output."""
    with Api() as api:
        done = inside(
            *at(api),
            *("--prompt", "trip", "--var", "city=Rom", "--var", "notes=@notes.txt"),
            *("-s", "temperature=1"),
            TEMPERA_HOME=str(tmp_path / "home"),
        )
        (sent,) = api.asked
    assert done.returncode == 0 and done.stdout.strip()
    assert sent["messages"] == [
        {"role": "system", "content": "You plan trips."},
        {"role": "user", "content": "One sight in Rom. I like {{city}}."},
    ]
    assert sent["temperature"] == 1.0
    assert "prompt trip" not in done.stderr


def test_a_message_and_a_pipe_go_on_from_it(folder: Path, tmp_path: Path) -> None:
    """A prompt without a message of its own takes that of the line and of the pipe."""
    with Api() as api:
        done = inside(
            *at(api), "--prompt", "terse", "Look:", piped="a diff\n", TEMPERA_HOME=str(tmp_path / "home")
        )
        (sent,) = api.asked
    assert done.returncode == 0
    assert sent["messages"][0] == {"role": "system", "content": "Be terse."}
    assert sent["messages"][1]["content"].startswith("Look:") and "a diff" in sent["messages"][1]["content"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--prompt", "trip"), "city (for example Rome) has no value"),
        (("--prompt", "trip", "--var", "city=x", "--var", "town=y"), "no variable town"),
        (("--prompt", "trip", "--var", "city"), "not name=value"),
        (("--prompt", "trip", "--var", "city=@gone.txt"), "no such file"),
        (("--prompt", "terse"), "needs a message"),
        (("--prompt", "terse", "--var", "a=b", "hi"), "no variable a"),
        (("--prompt", "nope", "hi"), "no prompt nope"),
        (("--var", "a=b", "hi"), "--prompt"),
    ],
)
def test_what_can_not_be_sent_is_refused(
    folder: Path, tmp_path: Path, given: tuple[str, ...], said: str
) -> None:
    """A script gets status 2 and a sentence, and nothing is sent."""
    with Api() as api:
        done = inside(*at(api), *given, TEMPERA_HOME=str(tmp_path / "home"))
        assert said in refused(done, 2)
        assert not api.asked
