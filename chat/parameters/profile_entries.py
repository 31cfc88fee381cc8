"""Read the profiles of one YAML file: the sound ones, and what is wrong with each of the others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..base import files, yamlfile
from ..base.dataclass import dataclass
from ..base.errors import BadFile, BadInput, BadValue
from .kinds import shown
from .settings import UNSET
from .table import BY_NAME, exactly, extra, unknown

NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
#: Where fields go that are not OpenAI's. The second is the SDK's own word for it.
EXTRAS = ("extra", "extra_body")
KEYS = ("extends", *EXTRAS, *BY_NAME)

#: What people bring from elsewhere, and what it is called here.
_ELSEWHERE = {
    "api_key": "a key is not kept in a profile: api_key_env names the variable that holds it",
    "key": "a key is not kept in a profile: api_key_env names the variable that holds it",
    "extra_headers": "write headers",
    "default_headers": "write headers",
    "extra_query": "write it at the end of base_url: …/v1?name=value",
    "api_base": "write base_url",
    "url": "write base_url",
    "endpoint": "write base_url",
    "system_prompt": "write system",
    "instructions": "write system",
    "prompt": "write system",
}
_LARGEST = 4 * files.MB  # of a broken file that is still looked through for names


@dataclass(frozen=True)
class Profile:
    """One profile as a file has it: its own values, not those of what it extends. UNSET is `null`:
    not set, whatever that sets."""

    name: str
    values: Mapping[str, Any]
    extends: str | None = None
    path: Path = Path()
    line: int = 0


@dataclass(frozen=True)
class FileProfiles:
    """What a file holds: sound profiles, and broken ones with what is wrong. `complaints` are the
    same faults, each once."""

    profiles: dict[str, Profile] = field(default_factory=dict)
    broken: dict[str, BadFile] = field(default_factory=dict)
    complaints: tuple[BadFile, ...] = ()
    unread: BadFile | None = None  # why nobody can say what profiles the file holds


def read(path: Path) -> FileProfiles:
    """Read a file of profiles. One that can't be understood as a whole breaks every profile that it
    may hold."""
    try:
        entries = yamlfile.parse(path, yamlfile.read_text(path) or "")
    except BadFile as error:
        names = _names_in(path)
        return FileProfiles({}, dict.fromkeys(names or (), error), (error,), error if names is None else None)
    profiles: dict[str, Profile] = {}
    broken: dict[str, BadFile] = {}
    for name, entry in entries.items():
        try:
            profiles[name] = _profile(path, name, entry)
        except BadFile as error:
            broken[name] = error
    return FileProfiles(profiles, broken, tuple(broken.values()))


def _names_in(path: Path) -> list[str] | None:
    """List every name that a broken file may have a profile of: each key at the beginning of a line, or
    with nothing or a mapping behind it. Return None if nobody can tell."""
    try:
        files.check(path)
    except (BadFile, OSError):
        return []  # a folder, say, holds none
    try:
        data = files.read_bytes(path, _LARGEST)
    except BadFile:
        return None
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = data.decode("utf-16" if utf16 else "utf-8-sig", "replace")
    names = re.findall(rf"^[\"']?({NAME})[\"']?[ \t]*:(?:\s|$)", text, re.MULTILINE)
    within = re.findall(
        rf"(?<![\w.-])({NAME})[\"']?[ \t]{{0,9}}:[ \t]{{0,99}}(?=[{{#\r\n]|$)", text, re.MULTILINE
    )
    return [*names, *(name for name in within if name not in KEYS)]


def _profile(path: Path, name: str, entry: yamlfile.Entry) -> Profile:
    """Make a profile of an entry. Raises BadFile with the line of the fault."""
    if not re.fullmatch(NAME, name):
        raise BadFile(path, f"{name!r} can't name a profile: letters, digits, _ . and - only", entry.line)
    if not isinstance(entry.value, Mapping | None):
        blank = isinstance(entry.value, str) and re.match(r"[A-Za-z_]+:\S", entry.value)
        way = "; a blank is missing after a colon" if blank else ""
        raise BadFile(path, f"{name}: is not a mapping of settings{way}", entry.line)
    values: dict[str, Any] = {}
    extends = None
    for key, value in (entry.value or {}).items():
        try:
            if key == "extends":
                extends = _extends(value)
                continue
            for field_name, checked in _settings(str(key), value):
                if field_name in values:
                    raise BadInput(f"{field_name} stands here twice")
                values[field_name] = checked
        except BadInput as error:
            raise BadFile(path, f"{name}: {_with(error)}", entry.lines.get(str(key), entry.line)) from None
    return Profile(name, MappingProxyType(values), extends, path, entry.line)


def _with(error: BadInput) -> str:
    return f"{error.message}; {error.hint}" if error.hint else error.message


def _settings(key: str, value: object) -> list[tuple[str, Any]]:
    """Check what a key sets, and return it under the settings' own names. Raises BadInput."""
    if key in EXTRAS:
        return _extras(key, value)
    parameter = exactly(key)
    if parameter is None:
        if key.lower() in _ELSEWHERE:
            raise BadInput(f"no setting {key}: {_ELSEWHERE[key.lower()]}")
        raise unknown("setting", key, KEYS, f"under extra, as `extra: {{{shown(key)}: …}}`")
    if value is None:
        return [(parameter.name, UNSET)]
    try:
        return [(parameter.name, parameter.kind.check(value))]
    except BadValue as error:
        raise BadValue(f"{key}: {error.message}", error.hint) from None


def _extras(key: str, value: object) -> list[tuple[str, Any]]:
    """Read fields that the SDK does not know. Raises BadInput."""
    if value is None:
        return []
    if not isinstance(value, Mapping):
        raise BadValue(f"{key}: is not a mapping of fields")
    found = []
    for name, each in value.items():
        if str(name) in BY_NAME and not BY_NAME[str(name)].servers:
            raise BadInput(f"{key}: {name} is no extra: write it beside {key}, not under it")
        parameter = extra(str(name))
        try:
            found.append((parameter.name, UNSET if each is None else parameter.kind.check(each)))
        except BadValue as error:
            raise BadValue(f"{key}: {name}: {error.message}", error.hint) from None
    return found


def values_of(given: Mapping[Any, Any]) -> dict[str, Any]:
    """Read settings that a file of another kind holds, by a profile's keys. Raises BadInput that names
    the key at fault."""
    values: dict[str, Any] = {}
    for key, value in given.items():
        for name, checked in _settings(str(key), value):
            if name in values:
                raise BadInput(f"{name} stands here twice")
            values[name] = checked
    return values


def _extends(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise BadValue("extends: names one profile")
    return value
