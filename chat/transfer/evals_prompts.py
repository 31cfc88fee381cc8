"""Read the prompts of promptfoo's files: texts, chats as JSON or YAML, and files of either."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..base import yamlfile
from ..base.dataclass import dataclass
from ..base.errors import BadFile, BadValue
from ..base.halves import read_json
from ..base.short import shorten
from .evals_assertions import text as text_of
from .evals_files import PROGRAMS, SuiteFiles, json_value, lines, table

_ENDINGS = (".txt", ".md", ".j2", ".json", ".jsonl", ".csv", ".yaml", ".yml")
_ELSEWHERE = ("portkey://", "langfuse://", "helicone://", "http://", "https://")
_MOST = 10_000
_BREAK = re.compile(r"^[ \t]*---[ \t]*\r?$", re.MULTILINE)
_KEYS = ("raw", "label", "id", "display", "config", "function", "prefix", "suffix")


@dataclass(frozen=True)
class PromptText:
    """A prompt: its messages, by which rules they are filled, and what its own `config` sets."""

    label: str
    messages: tuple[Mapping[str, Any], ...]
    template: str = "jinja"
    config: Mapping[str, Any] | None = None


def read(given: Any, beside: SuiteFiles) -> list[PromptText]:
    """Read all prompts. Raises BadInput, BadFile."""
    if isinstance(given, str):
        given = [given]
    if isinstance(given, Mapping):  # an old form: file to label
        given = [{"raw": name, "label": label} for name, label in given.items()]
    if not isinstance(given, list):
        raise BadValue("prompts: is no list of prompts")
    found: list[PromptText] = []
    for number, each in enumerate(given):
        found += _one(each, f"prompts[{number}]", beside)
        if len(found) > _MOST:
            raise BadValue(f"prompts: there are more than {_MOST:,}")
    return found


def _one(given: Any, place: str, beside: SuiteFiles) -> list[PromptText]:
    if isinstance(given, str):
        given = {"raw": given}
    if not isinstance(given, Mapping):
        raise BadValue(f"{place}: is no text and no mapping")
    for key in given:
        if key not in _KEYS:
            beside.note(f"{place}.{key}", f"a prompt has no {key}: left out")
    raw, label = given.get("raw", given.get("id")), text_of(given.get("label"), f"{place}.label")
    config = given.get("config") if isinstance(given.get("config"), Mapping) else None
    if isinstance(raw, list):
        return [PromptText(label or shorten(str(raw)), _messages(raw, place), config=config)]
    raw = text_of(raw, place)
    if not raw:
        raise BadValue(f"{place}: is empty")
    if raw.startswith(_ELSEWHERE):
        beside.note(place, f"{shorten(raw)} names a prompt kept elsewhere, which is not fetched: left out")
        return []
    paths = _paths(raw, place, beside)
    if paths is None:
        return [_of_text(raw, label or shorten(raw), config)]
    found: list[PromptText] = []
    for path in paths:
        if beside.is_program(path.name, place):
            continue
        texts = list(_of_file(path, beside))
        for number, (own, text) in enumerate(texts, 1):
            name = own or label or path.name
            several = f"{name} {number}" if len(texts) > 1 and not own else name
            found.append(_of_text(text, several, config))
    return found


def _paths(raw: str, place: str, beside: SuiteFiles) -> list[Path] | None:
    """Give the files that a text names, or None where it is a prompt itself."""
    if beside_named := raw.startswith("file://"):
        if beside.is_program(raw, place):
            return []
    elif "\n" in raw or len(raw) > 500:
        return None
    ends = raw.lower().endswith((*_ENDINGS, *PROGRAMS)) and not re.search(r"\{\{|[?!]", raw)
    if not beside_named and not ends and not ("*" in raw and "/" in raw):
        return None
    if not beside_named and ends and " " in raw and not (beside.path.parent / raw).exists():
        return None  # a sentence that ends with the name of a file
    if ends and beside.is_program(raw, place):
        return []
    found = beside.find(raw, place)
    folders = [path for path in found if path.is_dir()]
    found = [path for path in found if path not in folders]
    for folder in folders:
        found += beside.find(f"{folder.resolve()}/*", place)
    if found or not beside_named:
        return found or None
    raise BadValue(f"{place}: no file fits {raw[:80]}")


def _of_file(path: Path, beside: SuiteFiles) -> Iterator[tuple[str, str]]:
    """Give the prompts of a file, each with a label where the file has one."""
    text, ending = beside.text(path), path.suffix.lower()
    if ending == ".csv":
        for _, row in table(path, text):
            if row.get("prompt"):
                yield row.get("label", ""), row["prompt"]
    elif ending == ".jsonl":
        for _, value in lines(path, text):
            yield "", _json(with_files(value, path.name, beside))
    elif ending == ".json":
        try:
            value = json_value(path, text)
        except BadFile:
            if "{{" not in text and "{%" not in text:
                raise
            yield "", text  # a template that makes JSON
            return
        yield "", _json(with_files(value, path.name, beside))
    elif ending in (".yaml", ".yml"):
        try:
            value = yamlfile.value(text, path)
        except BadFile:
            if "{{" not in text and "{%" not in text:
                raise
            yield "", text  # a template that makes YAML
            return
        yield "", _json(with_files(value, path.name, beside)) if isinstance(value, list) else text
    elif ending in (".md", ".j2"):
        yield "", text
    else:
        yield from (("", piece.strip()) for piece in _BREAK.split(text) if piece.strip())


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _of_text(text: str, label: str, config: Mapping[str, Any] | None) -> PromptText:
    """Make messages of a text: those that it writes as JSON or YAML, or one of the user."""
    begins = text.lstrip()
    if begins.startswith("[") or begins.startswith("- role:"):
        found: Any = None
        try:
            found = read_json(text) if begins[0] == "[" else yamlfile.value(text)
        except (ValueError, RecursionError, BadFile):
            if "{{" in text or "{%" in text:
                return PromptText(label, ({"role": "user", "content": text},), "chat", config)
        if _is_chat(found):
            return PromptText(label, tuple(found), config=config)
    return PromptText(label, ({"role": "user", "content": text},), config=config)


def _is_chat(found: Any) -> bool:
    return (
        isinstance(found, list)
        and bool(found)
        and all(isinstance(each, Mapping) and isinstance(each.get("role"), str) for each in found)
    )


def _messages(found: Sequence[Any], place: str) -> tuple[Mapping[str, Any], ...]:
    if not _is_chat(found):
        raise BadValue(f"{place}: a chat is a list of messages, each with a role and content")
    return tuple(found)


def with_files(value: Any, place: str, beside: SuiteFiles, depth: int = 0) -> Any:
    """Put the content of each `file://…` in its place, at any depth. Programs stay as they are, and are
    noted."""
    if depth > 50:
        raise BadValue(f"{place}: it is nested too deeply")
    if isinstance(value, Mapping):
        return {key: with_files(each, f"{place}.{key}", beside, depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [with_files(each, f"{place}[{n}]", beside, depth + 1) for n, each in enumerate(value)]
    if not isinstance(value, str) or not value.startswith("file://") or beside.is_program(value, place):
        return value
    paths = beside.find(value, place)
    if not paths:
        raise BadValue(f"{place}: no file fits {value[:80]}")
    found = [content(path, beside) for path in paths]
    return found[0] if len(found) == 1 else found


def content(path: Path, beside: SuiteFiles) -> Any:
    """Give what a file holds: the value of JSON and YAML, the rows of CSV, else its text."""
    ending = path.suffix.lower()
    if ending in (".json", ".yaml", ".yml"):
        return beside.value(path)
    if ending == ".csv":
        rows = [row for _, row in table(path, beside.text(path))]
        return [next(iter(row.values())) for row in rows] if rows and len(rows[0]) == 1 else rows
    return beside.text(path)
