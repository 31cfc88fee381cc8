"""Profiles: named layers of settings in YAML. Files in, layers and complaints out.

Two files are read: the one that ships and the person's own, whose profiles win. A profile that
is broken is left out with a complaint; the sound ones load. Saving changes the lines of one
profile and leaves every other byte of the file as it was.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..base import yamledit, yamlfile
from ..base.errors import BadFile, BadInput, BadValue, UnknownName
from ..base.files import locked, write_whole
from .settings import COMMAND_LINE, PROFILE, Layer, Settings
from .table import ALL, BY_NAME, EXTRA, extra, named

NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_KEYS = ("extends", "extra", *BY_NAME)


@dataclass(frozen=True)
class Profile:
    """One profile as a file has it: its own values, not those of what it extends."""

    name: str
    values: Mapping[str, Any]
    extends: str | None = None
    path: Path = Path()
    line: int = 0


@dataclass(frozen=True)
class Profiles:
    """All profiles that are sound, by name, and what is wrong with the rest."""

    by_name: Mapping[str, Profile] = field(default_factory=dict)
    shipped: Path = Path("profiles.yaml")
    own: Path = Path("own/profiles.yaml")
    complaints: tuple[BadFile, ...] = ()

    @property
    def names(self) -> list[str]:
        return list(self.by_name)

    def find(self, name: str) -> Profile:
        """The profile of that name, or of that unique beginning."""
        if name in self.by_name:
            return self.by_name[name]
        begun = [known for known in self.by_name if name and known.startswith(name)]
        if len(begun) == 1:
            return self.by_name[begun[0]]
        if begun:
            raise BadInput(f"{name} could be {', '.join(begun)}")
        raise UnknownName("profile", name, self.by_name)

    def chain(self, name: str) -> tuple[Layer, ...]:
        """The profile's layers, what it extends first."""
        layers: list[Layer] = []
        profile: Profile | None = self.find(name)
        while profile is not None:
            layers.insert(0, Layer(PROFILE, f"profile {profile.name}", profile.values))
            profile = self.by_name[profile.extends] if profile.extends else None
        return tuple(layers)

    def is_own(self, name: str) -> bool:
        return name in self.by_name and self.by_name[name].path == self.own


def load(shipped: Path, own: Path) -> Profiles:
    """Both files' profiles; the person's own win over shipped ones of the same name."""
    found: dict[str, Profile] = {}
    complaints: list[BadFile] = []
    for path in (shipped, own):
        profiles, problems = _read(path)
        # A profile of one's own that extends its own name builds on the shipped one below it.
        for name, profile in profiles.items():
            if profile.extends == name and name in found and found[name].path != path:
                below = found[name]
                merged = {**below.values, **profile.values}
                profile = Profile(name, MappingProxyType(merged), below.extends, path, profile.line)
            found[name] = profile
        complaints += problems
    complaints += _unresolved(found)
    return Profiles(MappingProxyType(found), shipped, own, tuple(complaints))


def _read(path: Path) -> tuple[dict[str, Profile], list[BadFile]]:
    try:
        entries = yamlfile.parse(path, yamlfile.read_text(path))
    except BadFile as error:
        return {}, [error]
    profiles: dict[str, Profile] = {}
    complaints: list[BadFile] = []
    for name, entry in entries.items():
        try:
            profiles[name] = _profile(path, name, entry)
        except BadFile as error:
            complaints.append(error)
    return profiles, complaints


def _profile(path: Path, name: str, entry: yamlfile.Entry) -> Profile:
    if not re.fullmatch(NAME, name):
        raise BadFile(path, f"{name!r} can't name a profile: letters, digits, _ . and - only", entry.line)
    if not isinstance(entry.value, Mapping | None):
        raise BadFile(path, f"{name}: is not a mapping of settings", entry.line)
    values: dict[str, Any] = {}
    extends = None
    for key, value in (entry.value or {}).items():
        line = entry.lines.get(str(key), entry.line)
        try:
            if key == "extends":
                extends = _extends(value)
            elif key == "extra":
                values.update(_extras(value))
            elif key not in BY_NAME:
                raise UnknownName("setting", str(key), _KEYS)
            else:
                values[key] = BY_NAME[key].kind.check(value)
        except BadInput as error:
            where = f"{name}: " if isinstance(error, UnknownName) else f"{name}: {key}: "
            raise BadFile(path, where + error.message, line) from None
    return Profile(name, MappingProxyType(values), extends, path, entry.line)


def values_of(given: Mapping[Any, Any]) -> dict[str, Any]:
    """Read settings that a file of another kind holds, by a profile's keys. Raises BadInput that names
    the key at fault."""
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key == "extra":
            values.update(_extras(value))
            continue
        if key not in BY_NAME:
            raise UnknownName("setting", str(key), _KEYS[1:])
        try:
            values[str(key)] = BY_NAME[str(key)].kind.check(value)
        except BadInput as error:
            raise BadValue(f"{key}: {error.message}", error.hint) from None
    return values


def written(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give settings as a file holds them: what `values_of` reads back."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name.startswith(EXTRA):
            found.setdefault("extra", {})[name.removeprefix(EXTRA)] = value
        else:
            found[name] = _yaml_value(value)
    return found


def _extras(value: object) -> dict[str, Any]:
    """Fields that the SDK does not know, under the names that settings have for them."""
    if not isinstance(value, Mapping):
        raise BadValue("is not a mapping of fields")
    fields = {name: extra(str(name)) for name in value}
    return {field.name: field.kind.check(value[name]) for name, field in fields.items()}


def _extends(value: object) -> str:
    if not isinstance(value, str):
        raise BadValue("extends names one profile")
    return value


def _unresolved(found: dict[str, Profile]) -> list[BadFile]:
    """Leave out, with a complaint each, profiles whose chain is broken or goes in a circle."""
    complaints: list[BadFile] = []
    for name, profile in list(found.items()):
        chain = [name]
        above: Profile | None = profile
        while above and above.extends and above.extends not in chain:
            chain.append(above.extends)
            above = found.get(above.extends)
        if above is None:
            problem = f"{name}: extends {chain[-1]}, which is not a profile that loads"
        elif above.extends:
            problem = f"{name}: extends goes in a circle: {' → '.join([*chain, above.extends])}"
        else:
            continue
        complaints.append(BadFile(profile.path, problem, profile.line))
    broken = {complaint.problem.partition(":")[0] for complaint in complaints}
    for name in broken:
        del found[name]
    return complaints


# ---- saving


def save(profiles: Profiles, name: str, settings: Settings) -> None:
    """Write what is in force as profile `name` into the person's own file. Raises BadFile.

    Where the profile of that name extends another, it goes on extending it, and holds only what
    differs. Comments and other profiles stay byte for byte; a file that can't be understood is
    not touched.
    """
    if not re.fullmatch(NAME, name):
        raise BadInput(f"{name} can't name a profile: letters, digits, _ . and - only")
    own = profiles.by_name.get(name)
    extends = own.extends if own and own.path == profiles.own else None
    below = Settings().with_profile("", profiles.chain(extends)) if extends else Settings()
    own_values: dict[str, Any] = {}
    for parameter in (*ALL, *settings.extras(), *below.extras()):
        value = settings.get(parameter.name)
        if value is not None and value != below.get(parameter.name):
            own_values[parameter.name] = value
        elif value is None and below.get(parameter.name) is not None:
            raise BadInput(
                f"{name} extends {extends}, which sets {parameter.name}: a profile can't take that back",
                "save under another name",
            )
    values = {**({"extends": extends} if extends else {}), **written(own_values)}
    prepare(profiles)
    _edit(profiles.own, lambda text: yamledit.put(profiles.own, text, name, values))


def prepare(profiles: Profiles) -> None:
    """See to it that the person's own file is there, and that editors can check it. Raises BadFile."""
    schema = profiles.own.with_name("profiles.schema.json")
    text = json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
    if yamlfile.read_text(schema) != text:
        write_whole(schema, text)
    if not profiles.own.exists():
        write_whole(profiles.own, f"# yaml-language-server: $schema={schema.name}\n")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of profiles.yaml, made from the table: editors complete and check by it."""
    extends = {"type": "string", "description": "Another profile to build on."}
    profile = {
        "type": ["object", "null"],
        "properties": {"extends": extends, **schema_of_values()},
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tempera's profiles",
        "type": "object",
        "propertyNames": {"pattern": f"^{NAME}$"},
        "additionalProperties": profile,
    }


def schema_of_values() -> dict[str, Any]:
    """Give what a JSON Schema says of each setting, by its name."""
    properties: dict[str, Any] = {
        "extra": {"type": "object", "description": "Fields of the request that are not OpenAI's."},
    }
    for parameter in ALL:
        described = f"{parameter.summary} It takes {parameter.kind.describe()}."
        properties[parameter.name] = {"description": described, **parameter.kind.schema()}
        if parameter.default and parameter.field:
            properties[parameter.name]["description"] += f" The API's default is {parameter.default}."
        if parameter.replaced_by:
            properties[parameter.name]["deprecated"] = True
    return properties


def delete(profiles: Profiles, name: str) -> None:
    """Take a profile out of the person's own file. Raises BadFile, BadInput."""
    if not profiles.is_own(name):
        raise BadInput(
            f"{name} ships with Tempera and can't be deleted; one of your own by that name would win over it"
        )
    heirs = [other.name for other in profiles.by_name.values() if other.extends == name != other.name]
    if heirs:
        raise BadInput(f"{', '.join(heirs)} extends {name}; change that first")
    _edit(profiles.own, lambda text: yamledit.drop(profiles.own, text, name))


def restored(
    profiles: Profiles, now: Settings, profile: str, values: Mapping[str, Any], exactly: bool = False
) -> Settings:
    """Settings as they were in force once: that profile, if it is still there, and what differed
    from it set here. The command line still decides what it names, but where they are wanted
    `exactly`. What is no longer sound is left out."""
    settings = now.reset()
    with contextlib.suppress(BadInput):
        found = profiles.find(profile)
        settings = now.with_profile(found.name, profiles.chain(found.name))
    wanted: dict[str, Any] = {}
    for name, value in values.items():
        with contextlib.suppress(BadInput):
            wanted[name] = named(name).kind.check(value)
    fixed = {} if exactly else settings.layer(COMMAND_LINE)
    for name in {*wanted, *(parameter.name for parameter, _ in settings)} - set(fixed):
        if settings.get(name) != wanted.get(name):
            settings = settings.set(name, wanted[name]) if name in wanted else settings.unset(name)
    return settings


def _yaml_value(value: Any) -> Any:
    """A setting's value as YAML has it: pairs as a mapping, one text alone, several as a list."""
    if not isinstance(value, tuple):
        return value
    if value and isinstance(value[0], tuple):
        return dict(value)
    return value[0] if len(value) == 1 else list(value)


def _edit(path: Path, change: Callable[[str], str]) -> None:
    """Read, change and write the file with no other shell in between."""
    with locked(path):
        write_whole(path, change(yamlfile.read_text(path)))
