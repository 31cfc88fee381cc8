"""Keep what is set as a profile: change the lines of one, and leave every other byte of the person's
file as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..base import yamledit, yamlfile
from ..base.errors import BadInput, BadValue
from ..base.files import locked, write_whole
from .profile_entries import EXTRAS, NAME
from .profiles import Profiles
from .settings import UNSET, Settings
from .table import ALL, EXTRA, named


def save(profiles: Profiles, name: str, settings: Settings) -> None:
    """Write what is in force as profile `name` into the person's own file. Raises BadFile. If the profile
    of that name extends another, it goes on extending it, and holds only what differs. Comments and other
    profiles stay byte for byte. A file that can't be understood is not touched."""
    if not re.fullmatch(NAME, name):
        raise BadInput(f"{name} can't name a profile: letters, digits, _ . and - only")
    own = profiles.by_name.get(name)
    extends = own.extends if own and own.path == profiles.own else None
    below = Settings().with_profile("", profiles.chain(extends)) if extends else Settings()
    kept: dict[str, Any] = {}
    for parameter in (*ALL, *settings.extras(), *below.extras()):
        value = settings.get(parameter.name)
        if value is not None and value != below.get(parameter.name):
            kept[parameter.name] = value
        elif value is None and below.get(parameter.name) is not None:
            kept[parameter.name] = UNSET
    values = {**({"extends": extends} if extends else {}), **written(kept)}
    prepare(profiles)
    _edit(profiles.own, lambda text: yamledit.put(profiles.own, text, name, values))


def written(values: Mapping[str, Any]) -> dict[str, Any]:
    """Convert settings to what a file holds, which `values_of` reads back. YAML's null is "not set". Raises
    BadInput for a value that a file can't hold: a request that was opened may have any."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        plain = None if value is UNSET else _yaml_value(value)
        try:
            if plain is not None:
                named(name).kind.check(plain)
        except BadValue as error:
            raise BadInput(f"{name}: {error.message}, and can't be saved", f"/unset {name}") from None
        if name.startswith(EXTRA):
            found.setdefault(EXTRAS[0], {})[name.removeprefix(EXTRA)] = plain
        else:
            found[name] = plain
    return found


def prepare(profiles: Profiles) -> None:
    """See to it that the person's own file is there, and that editors can check it. Raises BadFile."""
    schema = profiles.own.with_name("profiles.schema.json")
    text = json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
    if yamlfile.read_text(schema) != text:
        write_whole(schema, text)
    if not profiles.own.exists():
        write_whole(profiles.own, f"# yaml-language-server: $schema={schema.name}\n")


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of profiles.yaml, made from the table: editors complete and check by it."""
    extends = {"type": ["string", "null"], "description": "Another profile to build on."}
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
    """Return the JSON Schema of each setting, by its name and its aliases."""
    properties: dict[str, Any] = {}
    for name in EXTRAS:
        described = "Fields of the request that are not OpenAI's."
        properties[name] = {"type": ["object", "null"], "description": described}
    for parameter in ALL:
        described = f"{parameter.summary} It takes {parameter.kind.describe()}."
        rule = {"anyOf": [parameter.kind.schema(), {"type": "null"}]}
        properties[parameter.name] = {"description": described, **rule}
        if parameter.default and parameter.field:
            properties[parameter.name]["description"] += f" The API's default is {parameter.default}."
        if parameter.replaced_by:
            properties[parameter.name]["deprecated"] = True
        for alias in parameter.aliases:
            properties[alias] = properties[parameter.name]
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


def _yaml_value(value: Any) -> Any:
    """Give a setting's value as YAML has it: pairs as a mapping, one text alone, several as a list."""
    if not isinstance(value, tuple):
        return value
    if not value or isinstance(value[0], tuple):  # the only empty ones are weights
        return dict(value)
    return value[0] if len(value) == 1 else list(value)


def _edit(path: Path, change: Callable[[str], str]) -> None:
    """Read, change and write the file with no other shell in between."""
    with locked(path):
        write_whole(path, change(yamlfile.read_text(path)))
