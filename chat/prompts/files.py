"""Prompt files: found by name, read whoever wrote them, written whole.

Two folders are looked at: `prompts/` in the project, found upwards from where the shell runs to the root of
its repository, and `prompts/` beside the person's profiles. The project's win.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..base import yamledit, yamlfile
from ..base.dataclass import dataclass
from ..base.errors import BadFile, BadInput, UnknownName
from ..base.files import check, locked, read_text, write_whole
from ..parameters.keeping import schema_of_values
from ..parameters.messages import Messages
from ..parameters.table import exactly
from . import foreign, github, template
from .prompt import KEYS, NAME, REFUSED, TYPES, VARIABLE, Prompt, mapping, read

ENDING = ".prompt.yaml"
#: The endings of files that hold a prompt, longest first; ours wins where one name has several.
ENDINGS = (ENDING, ".prompt.yml", ".prompty", ".prompt")
FOLDER = "prompts"
SCHEMA = "prompt.schema.json"
_LARGEST = yamlfile.LARGEST
_DEEP = 60  # folders that are looked through upwards


@dataclass(frozen=True)
class PromptFile:
    """A prompt of a file. `notes` say what of another's form was not taken."""

    name: str
    path: Path
    prompt: Prompt
    notes: tuple[str, ...] = ()


def folders(own: Path, here: Path | None = None) -> list[Path]:
    """Give the folders that prompts are looked for in: the project's, where it has one, then the
    person's `own`. Outside of a repository only the folder where the shell runs is the project."""
    here = Path.cwd() if here is None else here
    above = (here, *here.parents)[:_DEEP]
    root = next((place for place, folder in enumerate(above) if (folder / ".git").exists()), 0)
    wanted = (folder / FOLDER for folder in above[: root + 1])
    project = next((folder for folder in wanted if folder.is_dir() and folder != own), None)
    return [own] if project is None else [project, own]


def paths(own: Path, here: Path | None = None) -> dict[str, Path]:
    """Give the file of each prompt, by name, in the order of names."""
    found: dict[str, Path] = {}
    for folder in folders(own, here):
        in_folder: dict[str, Path] = {}
        for path in _files(folder):
            ending = next((each for each in ENDINGS if path.name.endswith(each)), "")
            name = path.name.removesuffix(ending)
            if ending and re.fullmatch(NAME, name):
                before = in_folder.get(name)
                if before is None or _rank(path) < _rank(before):
                    in_folder[name] = path
        for name, path in in_folder.items():
            found.setdefault(name, path)
    return dict(sorted(found.items()))


def _rank(path: Path) -> int:
    return next(place for place, each in enumerate(ENDINGS) if path.name.endswith(each))


def _files(folder: Path) -> Iterator[Path]:
    try:
        yield from folder.iterdir()
    except OSError:
        return


def locate(name: str, own: Path, here: Path | None = None) -> Path:
    """Give the file of a prompt: by its name, a unique beginning of it, or its path. Raises UnknownName."""
    known = paths(own, here)
    if name in known:
        return known[name]
    if "/" in name or name.endswith(ENDINGS):
        return Path(name).expanduser()
    begun = [each for each in known if name and each.startswith(name)]
    if len(begun) == 1:
        return known[begun[0]]
    if begun:
        raise BadInput(f"{name} could be {', '.join(begun)}")
    raise UnknownName("prompt", name, known)


def name_of(path: Path) -> str:
    """Return the name of the prompt in this file."""
    ending = next((each for each in ENDINGS if path.name.endswith(each)), path.suffix)
    return path.name.removesuffix(ending)


def load(path: Path) -> PromptFile:
    """Read a prompt file, ours or another's. Raises BadFile with the line, if that is known."""
    return loads(path, read_text(path, _LARGEST))


def loads(path: Path, text: str) -> PromptFile:
    """Read the text of a prompt file. Raises BadFile."""
    lines: dict[str, int] = {}
    notes: tuple[str, ...] = ()
    try:
        if path.name.endswith((".prompty", ".prompt")):
            prompt, notes = foreign.with_front_matter(path, text)
        else:
            entries = yamlfile.parse(path, text)
            lines = {key: entry.line for key, entry in entries.items()}
            given = {key: entry.value for key, entry in entries.items()}
            if github.recognises(given, path.name):
                prompt, notes = github.read(given)
            else:
                prompt = read(given)
        if not prompt.system and not prompt.messages:
            raise BadInput("holds neither a system message nor messages")
        prompt = template.declared(prompt)
    except BadFile:
        raise
    except BadInput as error:
        key = error.message.partition(":")[0]
        raise BadFile(path, error.message, lines.get(key), error.hint) from None
    return PromptFile(name_of(path), path, prompt, notes)


def dumped(prompt: Prompt) -> str:
    """Write a prompt as its file holds it."""
    return f"# yaml-language-server: $schema={SCHEMA}\n{yamlfile.dump(mapping(prompt))}"


def save(path: Path, prompt: Prompt) -> None:
    """Write a prompt's file, and next to it the schema that editors check it by. Raises BadFile."""
    check(path)
    schema = path.with_name(SCHEMA)
    with locked(path):
        before = yamlfile.read_text(path)
        try:
            text = yamledit.put_all(path, before, mapping(prompt)) if before.strip() else dumped(prompt)
        except BadFile:  # what was there is no prompt, or is written in a way that can't be changed
            text = dumped(prompt)
        if mapping(loads(path, text).prompt) != mapping(template.declared(prompt)):
            raise BadFile(path, "can't hold this prompt so that it reads back the same")
        written = json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
        if yamlfile.read_text(schema) != written:
            write_whole(schema, written)
        write_whole(path, text)


def named_path(name: str, folder: Path) -> Path:
    """Return the path for a prompt of that name. Raises BadInput if it is no name."""
    if not re.fullmatch(NAME, name):
        raise BadInput(f"{name} can't name a prompt: letters, digits, _ . and - only")
    return folder / (name + ENDING)


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of a prompt file: editors complete and check by it."""
    text = {"type": "string"}
    parameters = {
        name: each
        for name, each in schema_of_values().items()
        if getattr(exactly(name), "name", name) not in REFUSED
    }
    variable = {
        "type": ["object", "null"],
        "properties": {
            "type": {"enum": list(TYPES), "default": "string"},
            "description": text,
            "default": {"description": "Its value, where none is given."},
            "example": {"description": "Shown where it is asked for."},
            "required": {"type": "boolean", "default": True},
        },
        "additionalProperties": False,
    }
    properties: Mapping[str, Any] = {
        "description": text,
        "profile": {**text, "description": "The profile that it is used with."},
        "template": {"enum": [True, False, "jinja"], "description": "Whether {{name}} is a variable."},
        "variables": {
            "type": ["object", "null"],
            "propertyNames": {"pattern": f"^{VARIABLE}$"},
            "additionalProperties": variable,
        },
        "parameters": {
            "type": ["object", "null"],
            "properties": parameters,
            "additionalProperties": False,
        },
        "system": text,
        "messages": Messages().schema(),
    }
    assert set(properties) == set(KEYS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A prompt of Tempera's",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
