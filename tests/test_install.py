"""Wheel, sdist and installation: one package, nothing beside it, and a command that works anywhere.

Nothing is downloaded: the environments that are made here find the dependencies in the running one.
That the metadata asks for them is a test of its own.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import tempera

from .conftest import ROOT
from .support.terminal import PATIENCE, environment

ROOMS = ("chat", "commands", "terminal")
#: Bytes: the code alone has some 1,220 thousand, weights of a model or data would have far more.
LARGEST = 1_500_000
SHORT = ("-s", "temperature=0", "-s", "max_tokens=8")


def build(source: Path, out: Path, kind: str) -> Path:
    """Build a wheel or an sdist of what is in a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, sdist: Path) -> Path:
    """The wheel, built from nothing but the sdist."""
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    (source,) = unpacked.iterdir()
    return build(source, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def install(folder: Path, *what: str) -> Path:
    """Make a fresh environment with this in it, and give its folder of programs."""
    venv.create(folder, with_pip=False)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    there = subprocess.run(
        [scripts / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    (Path(there.stdout.strip()) / "running.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(scripts / "python"), "install", "-q"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    done = subprocess.run([*pip, *offline, *what], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return scripts


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """The programs of an environment that the wheel is installed in."""
    return install(tmp_path_factory.mktemp("installed") / "env", str(wheel))


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder to start the program in, with modules of the names of ours that tell when they are run."""
    folder = tmp_path / "hostile"
    for name in (*ROOMS, "tests"):
        (folder / name).mkdir(parents=True)
    for path in ("chat.py", "shell.py", "version.py", "commands/__init__.py", "terminal/__init__.py"):
        (folder / path).write_text("open('caught', 'a').write(__name__)\nraise SystemExit('caught')\n")
    return folder


def run(command: Path, *args: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run an installed program in a folder, and see to it that nothing of that folder was run."""
    done = subprocess.run(
        [command, *args],
        cwd=folder,
        env=environment(**environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE * 2,
        check=False,
    )
    assert not (folder / "caught").exists(), (folder / "caught").read_text()
    assert "caught" not in done.stdout + done.stderr
    return done


# ---- what is built


def test_the_wheel_is_one_package(wheel: Path) -> None:
    """Only `tempera` goes into an environment, with every module of the rooms, and nothing of the build."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"tempera", f"tempera_shell-{tempera.__version__}.dist-info"}
    modules = [path.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    beside = ["shell.py", "profiles.yaml", "requirements-local.txt", "requirements-tools.txt", "LICENSE"]
    lacking = {f"tempera/{path.as_posix()}" for path in [*modules, *map(Path, beside)]} - names
    assert not lacking, "BESIDE in tempera/hatch_build.py names what goes into the wheel"
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name or name.endswith("hatch_build.py")]
    assert wheel.stat().st_size < LARGEST


def test_the_metadata_asks_for_what_requirements_say(metadata: Message) -> None:
    """What `pip install tempera-shell` brings is what `pip install -r requirements.txt` brings; the extra
    `local` has llama.cpp's server, and not the weights, whose own dependencies would be compiled."""
    asked = {Requirement(text) for text in metadata.get_all("Requires-Dist") or ()}
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    listed = {Requirement(text) for line in lines if (text := line.partition("#")[0].strip())}
    assert {each for each in asked if each.marker is None} == listed
    extras = {each.name: each for each in asked if each.marker is not None}
    assert {name: str(each.marker) for name, each in extras.items()} == {
        "xllamacpp": 'extra == "local"',
        "pillow": 'extra == "images"',
        "mcp": 'extra == "tools"',
        "rapidfuzz": 'extra == "eval"',
        "selectolax": 'extra == "eval"',
        "snowballstemmer": 'extra == "eval"',
        "sqlglot": 'extra == "eval"',
    }
    assert all(str(each.specifier) for each in extras.values()), "the ranges of the requirements files"


def test_the_metadata_tells_name_version_and_licence(metadata: Message) -> None:
    """The version is that of tempera/__init__.py, the licence that of LICENSE, the long text the README."""
    assert metadata["Name"] == "tempera-shell"
    assert metadata["Version"] == tempera.__version__
    assert (metadata["License-Expression"], metadata["License-File"]) == ("MIT", "LICENSE")
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    assert metadata["Requires-Python"] == ">=3.10"
    assert str(metadata.get_payload()).startswith("# Tempera")


def test_the_sdist_is_the_repository(sdist: Path) -> None:
    """What is kept in git is in the sdist: tests, documents and all."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, encoding="utf-8")
    if listed.returncode:
        pytest.skip("not in a clone")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    kept = {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}
    assert not kept - names, "only-include in pyproject.toml names what goes into the sdist"


# ---- what is installed


@pytest.mark.end_to_end
def test_an_installed_command_answers_anywhere(scripts: Path, hostile: Path) -> None:
    """`tempera --local` answers in a folder of hostile modules, with PYTHONPATH=., and so do its children."""
    done = run(scripts / "tempera", "--local", "Say hi", *SHORT, folder=hostile, PYTHONPATH=".")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert " in, " in done.stderr


@pytest.mark.end_to_end
@pytest.mark.parametrize("start", [["tempera"], ["python", "-m", "tempera"]], ids=" ".join)
@pytest.mark.parametrize("environ", [{}, {"PYTHONPATH": "."}], ids=["", "PYTHONPATH=."])
def test_help_and_version_name_the_command(
    scripts: Path, hostile: Path, start: list[str], environ: dict[str, str]
) -> None:
    """Both are told as the program was started, whatever lies in the working directory."""
    command, *args = start
    helped = run(scripts / command, *args, "--help", folder=hostile, **environ)
    assert helped.stdout.startswith(f"usage: {' '.join(start)} [options]\n"), helped.stderr
    told = run(scripts / command, *args, "--version", folder=hostile, **environ)
    assert re.fullmatch(
        rf"tempera {re.escape(tempera.__version__)} \(Python 3\S+, openai \d\S+\)\n", told.stdout
    )


@pytest.mark.end_to_end
def test_what_an_exported_program_says_serves_the_model(scripts: Path, hostile: Path) -> None:
    """The command that it names starts the server, in whatever folder it is typed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    said = (
        "import sys, tempera.__main__ as entry; sys.path.insert(0, entry.rooms());"
        "from chat.base import started; from chat.endpoint import embedded; print(started.program(embedded.SERVER, 'serve'))"
    )
    command = run(scripts / "python", "-I", "-c", said, folder=hostile).stdout
    served = subprocess.Popen(
        shlex.split(command),
        cwd=hostile,
        env=environment(PORT=port, PYTHONPATH="."),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with served:
        assert served.stdout
        line = served.stdout.readline().decode()
        served.kill()
    assert f"served at http://127.0.0.1:{port}/v1" in line, command
    assert not (hostile / "caught").exists()


@pytest.mark.end_to_end
def test_an_editable_installation_runs_the_clone(tmp_path: Path, hostile: Path) -> None:
    """It copies nothing: the rooms that are run are those that are edited."""
    scripts = install(tmp_path / "env", "-e", str(ROOT))
    assert not list((tmp_path / "env").rglob("shell.py"))
    found = "import tempera.__main__ as entry; print(entry.rooms())"
    assert Path(run(scripts / "python", "-c", found, folder=hostile).stdout.strip()) == ROOT
    told = run(scripts / "tempera", folder=hostile, PYTHONPATH=".")
    assert 'tempera "question"' in told.stderr, told.stderr
