"""Completion of the command line: what a shell is offered, and what a person never sees of it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from chat.base import started
from chat.base.errors import BadInput
from chat.endpoint.memory import PREFERENCES
from chat.parameters.table import ALL
from chat.store.runs import Runs
from commands.shell import completions
from commands.shell.option_values import pairs, settings
from commands.shell.options import parse

from ...conftest import ROOT
from ...support.terminal import PATIENCE, environment

SHIPPED = ["default", "haiku", "precise", "creative", "local", "ollama"]

ASKS = {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n", "_ARGCOMPLETE_SUPPRESS_SPACE": "1"}


def answered(line: str, *flags: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """What the program answers to a script that asks how a line goes on: on descriptor 8, a line each."""
    asks = {**ASKS, "COMP_LINE": line, "COMP_POINT": str(len(line.encode()))}
    run = f"{shlex.join([sys.executable, *flags, '-m', 'tempera'])} 8>&1 1>/dev/null"
    return subprocess.run(
        ["/bin/sh", "-c", run],
        cwd=ROOT,
        env=environment(**asks, **environ),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def offered(line: str) -> list[str]:
    """What the program answers in a process of its own."""
    done = answered(line)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split("\n") if done.stdout else []


#: Answers the lines that it reads, each in a fork of a Python that has imported what they need.
ASKED = """
import json, os, sys
import argcomplete, argcomplete.completers
import chat.parameters.profiles, chat.session.state
from commands.shell import completions

answers = []
for line in json.load(sys.stdin):
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(writing, 8)
        os.environ.update(COMP_LINE=line, COMP_POINT=str(len(line.encode())))
        os._exit(completions.answer())
    os.close(writing)
    with os.fdopen(reading) as answer:
        answers.append((answer.read(), os.waitpid(child, 0)[1]))
json.dump(answers, sys.stdout)
"""


def each_offered(*lines: str) -> list[list[str]]:
    """What the program answers to each line."""
    done = subprocess.run(
        [sys.executable, "-c", ASKED],
        cwd=ROOT,
        env=environment(**ASKS),
        input=json.dumps(lines),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.stderr == ""
    answers = json.loads(done.stdout)
    assert {status for _, status in answers} == {0}
    return [found.split("\n") if found else [] for found, _ in answers]


def test_options_are_those_of_the_help() -> None:
    """Every option that --help names is offered, and no other."""
    helped = subprocess.run(
        [sys.executable, "-m", "tempera", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    named = set(re.findall(r"(?<![\w-])--[a-z-]+", helped.stdout.partition("options:")[2]))
    assert set(offered("tempera --")) == named


def test_values_are_those_of_the_slash_commands() -> None:
    """Profiles, models and parameters, in view of what stands on the line; a line that is wrong or makes no
    sense is no error."""
    wanted = {
        "tempera -p ": SHIPPED,
        "tempera --plain -p ha": ["haiku"],
        "tempera -p ollama -m ": ["llama3.2", "gpt-5.4-mini", "SmolLM2-135M-Instruct"],
        "tempera -s temp": ["temperature="],
        "tempera -s editing": [],
        "tempera -s seed=1 -s verbosity=": [f"verbosity={each}" for each in ("low", "medium", "high")],
        "tempera --completions ": ["bash", "zsh", "fish"],
        "tempera --system @profiles.y": ["@profiles.yaml"],
        "tempera hello": [],
        "tempera ru": ["run"],
        "tempera hello ev": [],
        "tempera run profiles.y": ["profiles.yaml"],
        "tempera --plain run profiles.yaml requirements-de": ["requirements-dev.txt"],
        "tempera eval che": ["check"],
        "tempera eval go": [],
        "tempera eval READ": [],
        "tempera eval profiles.y": ["profiles.yaml"],
        "tempera eval check profiles.y": ["profiles.yaml"],
        "tempera eval list prof": [],
        "tempera batch fe": ["fetch"],
        "tempera batch read profiles.y": ["profiles.yaml"],
        "tempera eval profiles.yaml --judge ha": ["haiku"],
        "tempera eval profiles.yaml --min": ["--min-pass"],
        "tempera -s nothing_such=": [],
        "tempera --system @/no/such/folder/": [],
        "tempera -p nobody -s temperature=9 -p prec": ["precise"],
    }
    assert dict(zip(wanted, each_offered(*wanted), strict=True)) == wanted


def test_the_persons_own_profiles_are_offered(home: Path) -> None:
    """Their names and models, too; one that is broken is left out in silence, and control characters with it."""
    (home / "profiles.yaml").write_text(
        'mine:\n  model: my-model\nbroken:\n  temperature: 99\nbell:\n  model: "my-\\ebell"\n'
    )
    names, models = each_offered("tempera -p ", "tempera -m my")
    assert set(names) == {*SHIPPED, "mine", "bell"} and models == ["my-model"]


def test_runs_of_evaluations_are_offered_by_their_numbers(home: Path) -> None:
    """The newest first, with their names, whether a shell has them open or not, and no file is left by that."""
    with contextlib.closing(Runs(home / "evaluations.db")) as runs:
        facts = {"file": "", "state": "done", "at": 0.0, "updated": 0.0, "asked": 1}
        for name in ("colours", "prices"):
            runs.begin({"name": name, **facts}, {})
        assert each_offered("tempera eval show ") == [["2", "1"]]
    before = sorted(home.iterdir())
    wanted = {
        "tempera eval go-on ": ["2", "1"],
        "tempera eval diff 1 ": ["2", "1"],
        "tempera eval sh": ["show"],
        "tempera eval show 1 ": [],
        "tempera eval a.yaml --against 2": ["2"],
    }
    assert dict(zip(wanted, each_offered(*wanted), strict=True)) == wanted
    assert sorted(home.iterdir()) == before
    (home / "evaluations.db").write_bytes(b"no database")
    assert each_offered("tempera eval show ") == [[]]


@pytest.mark.parametrize(("line", "expected"), [("tempera -m ", "gpt-5.4-mini"), ("tempera eval ", "check")])
def test_nothing_is_written_and_no_sdk_is_loaded(tmp_path: Path, line: str, expected: str) -> None:
    """A Tab makes no folder and no file, and costs no import of what is slow."""
    home = tmp_path / "another"
    done = answered(line, "-X", "importtime", TEMPERA_HOME=str(home))
    assert expected in done.stdout
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "chat.session.state" in loaded
    assert not loaded & {"openai", "httpx2", "pydantic", "rich", "tiktoken", "prompt_toolkit", "genai_prices"}
    assert not home.exists()


@pytest.mark.parametrize("unset", ["COMP_LINE", "COMP_POINT"])
def test_whoever_asks_wrongly_gets_no_traceback(unset: str) -> None:
    """A variable that a script would set is missing: status 1, and not a word."""
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": "tempera -", "COMP_POINT": "9"}
    del asked[unset]
    done = subprocess.run(
        [sys.executable, "-m", "tempera"], cwd=ROOT, env=environment(**asked), capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


@pytest.mark.parametrize("parameter", ALL, ids=lambda parameter: parameter.name)
def test_every_pair_that_is_offered_is_taken(session, parameter) -> None:
    """-s takes each name=value as it is offered."""
    for each in pairs(session, f"{parameter.name}="):
        assert parameter.name in settings(parse(["-s", each.text]))


def test_preferences_are_not_offered(session) -> None:
    """-s refuses what is kept for every session, and offers another server's parameters once they are begun."""
    names = {each.text for each in pairs(session, "")}
    assert names == {f"{parameter.name}=" for parameter in ALL if not parameter.servers}
    assert "top_k=" in {each.text for each in pairs(session, "top_k")}
    assert not names & {f"{parameter.name}=" for parameter in PREFERENCES}


def test_a_clones_file_can_not_be_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shells complete `python`, not what it runs: the script is refused, with the way to one."""
    monkeypatch.setattr(started, "command", lambda: "python shell.py")
    with pytest.raises(BadInput, match="only an installed command"):
        completions.script("bash")


# ---- real shells


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH with a command `tempera` first."""
    command = tmp_path / "bin" / "tempera"
    command.parent.mkdir()
    entry = f"import sys; sys.argv[0] = 'tempera'; sys.path.insert(0, {str(ROOT)!r})"
    command.write_text(f"#!{sys.executable}\n{entry}\nfrom tempera.__main__ import main\nsys.exit(main())\n")
    command.chmod(0o755)
    return f"{command.parent}:{os.environ['PATH']}"


@pytest.mark.end_to_end
@pytest.mark.parametrize(
    ("shell", "begin"),
    [
        (["bash", "--norc", "--noprofile", "-i"], 'source <(tempera --completions bash); PS1="READY"'),
        (
            ["zsh", "-f", "-i"],
            'autoload compinit; compinit -D; eval "$(tempera --completions zsh)"; PS1=READY',
        ),
    ],
    ids=["bash", "zsh"],
)
def test_a_shell_completes_the_line(shell: list[str], begin: str, path: str) -> None:
    """Tab completes an option, a profile, and a parameter with its value, one after the other."""
    if not shutil.which(shell[0]):
        pytest.skip(f"{shell[0]} is not installed")
    env = environment(PATH=path, TERM="dumb", PS1="")
    with pexpect.spawn(shell[0], shell[1:], env=env, encoding="utf-8", timeout=PATIENCE) as child:
        child.sendline(begin + "; echo SET; unset zle_bracketed_paste")
        child.expect("SET\r\n")
        child.expect("READY")
        for typed, completed in (
            ("tempera --prof\t", "--profile "),
            ("hai\t", "haiku "),
            ("-s verb\t", "verbosity="),
            ("l\t", "low "),
            ("ev\t", "eval "),
            ("che\t", "check "),
        ):
            child.send(typed)
            child.expect_exact(completed)
        child.sendcontrol("c")


@pytest.mark.end_to_end
def test_fish_completes_the_line(path: str) -> None:
    """fish's own machinery offers names and values with their notes."""
    if not shutil.which("fish"):
        pytest.skip("fish is not installed")
    lines = ["tempera --prof", "tempera -p hai", "tempera -s verbosity=l"]
    asks = "; ".join(f"complete -C {shlex.quote(line)}" for line in lines)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"tempera --completions fish | source; {asks}"],
        env=environment(PATH=path),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    assert done.stdout.splitlines() == [
        "--profile\tthe profile to begin with",
        "haiku\tships with Tempera",
        "verbosity=low",
    ], done.stderr
