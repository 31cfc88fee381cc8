"""The lines of former sessions: private, whole, and shared by several shells."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.editing.history import LARGEST, FileHistory, parse

from ...conftest import ROOT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "history"


def shell(path: Path) -> FileHistory:
    return FileHistory(path)


def loaded(path: Path) -> list[str]:
    """What a new shell has, oldest first."""
    return list(reversed(list(shell(path).load_history_strings())))


def test_lines_come_back_newest_first(path: Path) -> None:
    """The next session finds what was typed, the last line first."""
    first = shell(path)
    for line in ("one", "two", "three"):
        first.store_string(line)
    assert list(shell(path).load_history_strings()) == ["three", "two", "one"]


def test_what_must_not_be_written_is_recalled_in_the_session_alone(path: Path) -> None:
    """A key in a line is out of the file, and still in the line that the arrow brings back."""
    history = FileHistory(path, lambda line: line.replace("secret", "[key]"))
    history.append_string("a secret")
    assert history.get_strings()[-1] == "a secret"
    assert "secret" not in path.read_text()
    assert list(FileHistory(path).load_history_strings()) == ["a [key]"]


def test_the_file_is_the_persons_alone(path: Path) -> None:
    """Nobody else can read what was typed: file 0600, folder 0700, whatever the umask is."""
    shell(path).store_string("private")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "line",
    [
        "one\ntwo\n\nfour",
        "\n",
        "ends in a newline\n",
        "+begins with a plus\n+and again",
        "# looks like a comment",
        "  blanks  ",
        "tab\tand ünïcode 日本 👍",
        "/system x\x1b[31m",
        "carriage\rreturn \u2028 separator \x85 next",
    ],
)
def test_every_text_comes_back_whole(path: Path, line: str) -> None:
    """Line breaks, comment signs and control characters are part of the text."""
    shell(path).store_string("before")
    shell(path).store_string(line)
    shell(path).store_string("after")
    assert loaded(path) == ["before", line, "after"]


@given(st.lists(st.text(), max_size=5))
def test_any_text_comes_back(lines: list[str]) -> None:
    """Whatever was stored, in any number, is what is read."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for line in lines:
            shell(Path(folder) / "history").store_string(line)
        assert loaded(Path(folder) / "history") == lines


def test_half_a_character_costs_no_more_than_itself(path: Path) -> None:
    """A byte that is no text, as terminals hand it on, is replaced; the line is kept."""
    shell(path).store_string("caf\udce9 au lait")
    assert loaded(path) == ["caf? au lait"]


def test_broken_bytes_in_the_file_are_read_over(path: Path) -> None:
    """A damaged file gives what can be read of it."""
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe\x00garbage\n+good\n\n# x\n+caf\xe9\n+\n\nno plus\n+last")
    assert loaded(path) == ["good", "caf\ufffd\n", "last"]


def test_a_file_of_prompt_toolkit_is_read(path: Path) -> None:
    """The format is prompt-toolkit's own."""
    from prompt_toolkit.history import FileHistory as Theirs

    path.parent.mkdir()
    for line in ("one", "two\nlines"):
        Theirs(str(path)).store_string(line)
    assert loaded(path) == ["one", "two\nlines"]
    shell(path).store_string("three")
    assert list(Theirs(str(path)).load_history_strings()) == ["three", "two\nlines", "one"]


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_no_history_is_an_empty_one(path: Path, kind: str) -> None:
    """A file that is not there, or can't be one, is no error: neither to read nor to write."""
    if kind == "folder":
        path.mkdir(parents=True)
    history = shell(path)
    assert list(history.load_history_strings()) == []
    history.store_string("goes nowhere, or begins the file")
    assert loaded(path) == ([] if kind == "folder" else ["goes nowhere, or begins the file"])


def test_a_folder_that_cant_be_written_costs_the_line_alone(tmp_path: Path) -> None:
    """Where a file stands in place of the folder, nothing is stored and nothing is raised."""
    (tmp_path / "home").write_text("a file")
    shell(tmp_path / "home" / "history").store_string("lost")
    assert (tmp_path / "home").read_text() == "a file"


def test_threads_do_not_mix_their_lines(path: Path) -> None:
    """Several writers at once: every entry is whole, and each writer's are in its order."""

    def write(name: str) -> None:
        history = shell(path)
        for number in range(25):
            history.store_string(f"{name} {number}\nsecond line of {name} {number}")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = loaded(path)
    for name in "abcd":
        own = [entry for entry in entries if entry.startswith(name)]
        assert own == [f"{name} {number}\nsecond line of {name} {number}" for number in range(25)]
    assert len(entries) == 100


def test_several_shells_at_once(path: Path) -> None:
    """Two processes that append to the same file lose nothing of each other's."""
    program = (
        "import sys; from pathlib import Path;"
        "from terminal.editing.history import FileHistory; h = FileHistory(Path(sys.argv[1]));"
        "[h.store_string(f'{sys.argv[2]} {n}\\nmore') for n in range(50)]"
    )
    shells = [subprocess.Popen([sys.executable, "-c", program, str(path), name], cwd=ROOT) for name in "ab"]
    assert [each.wait() for each in shells] == [0, 0]
    entries = loaded(path)
    for name in "ab":
        assert [entry for entry in entries if entry.startswith(name)] == [
            f"{name} {n}\nmore" for n in range(50)
        ]


def test_only_the_end_of_a_huge_file_is_read(path: Path) -> None:
    """Years of typing cost no more than the newest megabyte."""
    path.parent.mkdir()
    path.write_text("".join(f"\n# x\n+{number:06} {'x' * 90}\n" for number in range(20_000)))
    entries = loaded(path)
    assert entries[-1].startswith("019999")
    assert 0 < sum(map(len, entries)) <= LARGEST


@given(st.text())
def test_parsing_any_file_gives_texts(text: str) -> None:
    """Whatever stands in the file, the entries are its lines that begin with +, in runs."""
    joined = "\n".join(parse(text))
    wanted = "\n".join(line[1:] for line in text.split("\n") if line.startswith("+"))
    assert joined == wanted
