"""Read the files of an evaluation: the one that was named, and those beside it that it names.

A file may be a stranger's. It reads nothing outside of its folder, or of the repository that this is in,
nothing by URL, and no more in all than so many bytes. Programs are never run.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import field
from itertools import islice
from pathlib import Path
from typing import Any

from ..base import files, yamlfile
from ..base.dataclass import dataclass
from ..base.errors import BadFile, BadValue
from ..base.halves import cleaned
from ..evaluation.suite import NotUnderstood
from . import bounded

LARGEST = 64 * files.MB
#: YAML is read slowly: this much takes a few seconds.
LARGEST_YAML = files.MB // 2
#: Rows of a file, and cases that may come of it.
MOST_ROWS = 1_000_000
_MOST_COLUMNS = 1000
_MOST_FILES = 1000  # that a pattern may name
_MOST_LOOKED = 100_000  # entries of folders that are looked through for one
PROGRAMS = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".py", ".rb", ".go", ".sh")
_PATTERN = set("*?[")


@dataclass
class SuiteFiles:
    """The files that a file may name. `path` is that file; `notes` is what of all that is not understood."""

    path: Path
    notes: list[NotUnderstood] = field(default_factory=list)
    left: int = LARGEST
    once: set[str] = field(default_factory=set)

    def note_once(self, place: str, why: str, what: str) -> None:
        """Note what is not understood of something that many places have, at the first of them."""
        if what not in self.once:
            self.once.add(what)
            self.note(place, why)

    def note(self, place: str, why: str) -> None:
        """Note what is not understood, each once."""
        found = NotUnderstood(place, why)
        if found not in self.notes[-20:]:
            self.notes.append(found)

    def find(self, name: str, place: str) -> list[Path]:
        """Give the files that a name or a pattern stands for, in the order of names. Raises BadFile for a
        name outside, BadValue for too many."""
        name = name.removeprefix("file://")
        if "://" in name:
            raise BadFile(self.path, f"{place}: {name[:80]} is an address, and only files are read")
        try:
            if not _PATTERN & set(name) or (self.path.parent / name).exists():
                return [self._inside(self.path.parent / name, place)]
            wanted = Path(name)
            root, pattern = (Path(wanted.anchor), wanted.relative_to(wanted.anchor))
            start = root if wanted.is_absolute() else self.path.parent
            while pattern.parts and not _PATTERN & set(pattern.parts[0]):  # to look through less
                start, pattern = start / pattern.parts[0], Path(*pattern.parts[1:])
            self._inside(start, place)
            found = sorted(islice(_globbed(start, str(pattern)), _MOST_FILES + 1))
        except (OSError, ValueError, NotImplementedError) as error:
            raise BadFile(self.path, f"{place}: {name[:80]} can't name a file ({error})") from None
        if len(found) > _MOST_FILES:
            raise BadFile(self.path, f"{place}: {name} names more than {_MOST_FILES:,} files")
        return [self._inside(each, place) for each in found]

    def find_one(self, name: str, place: str) -> Path:
        """Give the first file of a name or a pattern. Raises as `find`, and BadValue where there is none."""
        for path in self.find(name, place):
            return path
        raise BadValue(f"{place}: no file fits {name[:80]}")

    def _inside(self, path: Path, place: str) -> Path:
        root, real = _root(self.path), path.resolve()
        if not real.is_relative_to(root):
            raise BadFile(self.path, f"{place}: {path} is outside of {root}", hint="files beside it are read")
        return path

    def data(self, path: Path) -> bytes:
        """Read a file. Raises BadFile, also where all files together are too large."""
        data = files.read_bytes(path, LARGEST)
        self.left -= len(data)
        if self.left < 0:
            raise BadFile(path, f"with this file, what is read is more than {files.megabytes(LARGEST)}")
        return data

    def text(self, path: Path) -> str:
        """Read a text. Raises BadFile."""
        return files.decoded(path, self.data(path))

    def value(self, path: Path) -> Any:
        """Read YAML or JSON. Raises BadFile with the line."""
        text = self.text(path)
        return yaml_value(path, text) if is_yaml(path) else json_value(path, text)

    def rows(self, path: Path) -> Iterator[tuple[int, Any]]:
        """Read lines of JSON, or rows of CSV as mappings of texts; each with its line. Raises BadFile."""
        text = self.text(path)
        ending = path.suffix.lower()
        found = table(path, text) if ending in (".csv", ".tsv") else lines(path, text)
        for number, row in enumerate(found):
            if number >= MOST_ROWS:
                raise BadFile(path, f"has more than {MOST_ROWS:,} rows")
            yield row

    def is_program(self, name: str, place: str) -> bool:
        """Tell whether a name is that of a program, and note that it is not run."""
        path = name.removeprefix("file://")
        ending = next((each for each in PROGRAMS if path.endswith(each) or f"{each}:" in path), "")
        if not ending and not name.startswith("package:"):
            return False
        what = "Python" if ending == ".py" else "JavaScript" if ending[-2:] in ("js", "ts") else "a program"
        self.note(place, f"{name[:80]}: {what} is never run")
        return True


def _root(path: Path) -> Path:
    """Give the folder outside of which nothing is read."""
    folder = path.resolve().parent
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)


def _globbed(start: Path, pattern: str) -> Iterator[Path]:
    """Give the files that fit a pattern. Raises ValueError where there is too much to look through."""
    if "**" in pattern:
        for number, _ in enumerate(start.rglob("*")):
            if number > _MOST_LOOKED:
                raise ValueError("there are too many files to look through")
    yield from (each for each in start.glob(pattern) if each.is_file())


def is_yaml(path: Path) -> bool:
    return path.suffix.lower() in (".yaml", ".yml")


def yaml_value(path: Path, text: str) -> Any:
    """Read YAML. Raises BadFile with the line."""
    check_yaml(path, text)
    return yamlfile.value(text, path)


def check_yaml(path: Path, text: str) -> None:
    """Raise BadFile for more YAML than is read in a few seconds."""
    if len(text) > LARGEST_YAML:
        problem = f"is more YAML than {files.megabytes(LARGEST_YAML)}"
        raise BadFile(path, problem, hint=f"as JSON, JSONL or CSV it may have {files.megabytes(LARGEST)}")


def json_value(path: Path, text: str, line: int | None = None) -> Any:
    """Read JSON that is of one piece. Raises BadFile with the line."""
    try:
        return cleaned(bounded.read(text, parse_constant=_refused))
    except json.JSONDecodeError as error:
        raise BadFile(path, f"is not JSON: {error.msg}", line or error.lineno) from None
    except BadValue as error:
        raise BadFile(path, error.message, line) from None


def _refused(name: str) -> Any:
    raise BadValue(f"{name} is no number of JSON")


def lines(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    """Read JSON that has a value in each line."""
    for number, line in enumerate(io.StringIO(text), 1):
        if line.strip():
            yield number, json_value(path, line, number)


def table(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Read CSV: its first row names the columns."""
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    csv.field_size_limit(LARGEST)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [each.strip() for each in next(rows, [])]
        if len(names) > _MOST_COLUMNS:
            raise BadFile(path, f"has more than {_MOST_COLUMNS:,} columns", 1)
        twice = next((each for place, each in enumerate(names) if each in names[:place] and each), None)
        if twice is not None:
            raise BadFile(path, f"two columns are named {twice}", 1)
        line = rows.line_num + 1
        for row in rows:
            if any(row):
                if len(row) > len(names):
                    raise BadFile(
                        path, f"this row has {len(row)} cells, and there are {len(names)} columns", line
                    )
                yield line, dict(zip(names, [*row, *[""] * (len(names) - len(row))], strict=True))
            line = rows.line_num + 1
    except csv.Error as error:
        raise BadFile(path, f"is not CSV: {error}", rows.line_num) from None
