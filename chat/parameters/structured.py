"""Kinds whose values have a structure: JSON objects and lists, and lists of a few words.

A structure is typed as YAML or JSON (JSON is YAML), or as @file. Its outer shape is checked
here, cheaply; whether it is what the API takes, `shapes` tells against the SDK's own types.
A structure is never changed once it is made.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from ..base import files, yamlfile
from ..base.dataclass import dataclass
from ..base.errors import BadFile, BadValue
from ..base.places import named
from ..base.redact import SECRET_NAME, redact
from . import jsontext
from .kinds import shown

_SHAPES = {"object": dict, "list": list}


@dataclass(frozen=True)
class Json:
    """A JSON `object` or `list`; `words` may stand in its place (`tool_choice: auto`)."""

    shape: str = "object"
    words: tuple[str, ...] = ()
    example: str = ""

    def read(self, text: str) -> Any:
        text = text.strip()
        if text in self.words:
            return text
        if text.startswith("@"):
            return self.check(read_json(text[1:].strip()))
        return self.check(jsontext.parsed(text))

    def check(self, value: object) -> Any:
        if isinstance(value, str) and value in self.words:
            return value
        if not isinstance(value, _SHAPES[self.shape]):
            raise BadValue(f"{shown(_brief(value))} is not {self.describe()}{self._way(value)}")
        check_json(value)
        return value

    def _way(self, value: object) -> str:
        """Say what to write for a value that came as text, or alone in place of a list."""
        if isinstance(value, dict) and value and self.shape == "list":
            return ": write it as the one element of a list"
        if isinstance(value, str) and value.strip().lower() in self.words:
            return f": write {value.strip().lower()}"
        if isinstance(value, str) and value.strip()[:1] in ("{", "["):
            return ": remove the quotes"
        return ""

    def write(self, value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def describe(self) -> str:
        what = "a JSON object" if self.shape == "object" else "a JSON list"
        words = f"{', '.join(self.words)}, or " if self.words else ""
        return f"{words}{what}, or @file"

    def suggest(self) -> tuple[str, ...]:
        return (*self.words, *([self.example] if self.example else []))

    def schema(self) -> dict[str, Any]:
        structure = {"type": "object" if self.shape == "object" else "array"}
        return {"anyOf": [{"enum": list(self.words)}, structure]} if self.words else structure


@dataclass(frozen=True)
class Pairs:
    """Up to `most` texts by name, as `metadata` has them; both have their longest."""

    most: int
    longest_name: int
    longest_text: int

    def read(self, text: str) -> dict[str, str]:
        return self.check(jsontext.parsed(text))

    def check(self, value: object) -> dict[str, str]:
        if not isinstance(value, dict):
            raise BadValue(f"{shown(_brief(value))} is not {self.describe()}")
        if len(value) > self.most:
            raise BadValue(f"{len(value)} pairs are too many: at most {self.most}")
        for name, text in value.items():
            if not isinstance(name, str) or not 0 < len(name) <= self.longest_name:
                raise BadValue(f"{shown(name)} is not a name of 1 to {self.longest_name} characters")
            if not isinstance(text, str):
                raise BadValue(f"{name}: {shown(_brief(text))} is not text: put it in quotes")
            if len(text) > self.longest_text:
                raise BadValue(f"{name}: {shown(text)} is not text of at most {self.longest_text} characters")
        return value

    def write(self, value: dict[str, str]) -> str:
        return json.dumps(value, ensure_ascii=False)

    def describe(self) -> str:
        return f"up to {self.most} texts by name, as {{name: text}}"

    def suggest(self) -> tuple[str, ...]:
        return ()

    def schema(self) -> dict[str, Any]:
        text = {"type": "string", "maxLength": self.longest_text}
        names = {"minLength": 1, "maxLength": self.longest_name}
        rule = {"type": "object", "maxProperties": self.most}
        return {**rule, "propertyNames": names, "additionalProperties": text}


@dataclass(frozen=True)
class SomeOf:
    """One or more of a few words, as `modalities` has them."""

    words: tuple[str, ...]

    def read(self, text: str) -> tuple[str, ...]:
        if jsontext.begins(text.strip()):
            return self.check(jsontext.strict(text.strip()))
        return self.check(text.replace(",", " ").lower().split())

    def check(self, value: object) -> tuple[str, ...]:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not items or any(item not in self.words for item in items):
            raise BadValue(f"{shown(value)} is not {self.describe()}")
        return tuple(dict.fromkeys(items))

    def write(self, value: tuple[str, ...]) -> str:
        return " ".join(value)

    def describe(self) -> str:
        return f"one or more of {', '.join(self.words)}"

    def suggest(self) -> tuple[str, ...]:
        return (*self.words, " ".join(self.words))

    def schema(self) -> dict[str, Any]:
        one = {"enum": list(self.words)}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


@dataclass(frozen=True)
class Anything:
    """Any JSON value but null; text that is neither a number, a flag nor a structure is text. What
    begins like a structure is one, or refused."""

    def read(self, text: str) -> Any:
        if jsontext.begins(text.strip()):
            return self.check(jsontext.parsed(text))
        try:
            return self.check(yamlfile.value(text))
        except BadFile as error:
            if error.problem == yamlfile.HALF:
                return jsontext.parsed(text)  # which says what is wrong
            return self.check(text)

    def check(self, value: object) -> Any:
        if value is None:
            raise BadValue(f"nothing is not {self.describe()}")
        check_json(value)
        return value

    def write(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    def describe(self) -> str:
        return "any JSON value"

    def suggest(self) -> tuple[str, ...]:
        return ()

    def schema(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True)
class Headers:
    """HTTP headers by name, none of which may be, or hold, a secret."""

    def read(self, text: str) -> dict[str, str]:
        return self.check(jsontext.parsed(text))

    def check(self, value: object) -> dict[str, str]:
        if not isinstance(value, dict) or not value:
            raise BadValue(f"{shown(_brief(value))} is not {self.describe()}")
        for name, text in value.items():
            if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
                raise BadValue(f"{shown(name)} is not a header's name")
            if not isinstance(text, str) or not re.fullmatch(r"[ -~]*", text):
                raise BadValue(f"{name}: a header's text is printable ASCII; put it in quotes")
            if SECRET_NAME.search(name) or redact(text) != text:
                raise BadValue(
                    f"{name}: a secret is not kept in a profile; api_key_env names the key's variable"
                )
        return value

    def write(self, value: dict[str, str]) -> str:
        return json.dumps(value)

    def describe(self) -> str:
        return "headers by name, as {X-Name: text}, none of them a secret"

    def suggest(self) -> tuple[str, ...]:
        return ()

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"type": "string"}}


def read_json(name: str | Path) -> Any:
    """Read a JSON or YAML file. Raises BadValue with file and line."""
    try:
        path = named(str(name))
        return yamlfile.value(files.read_text(path, yamlfile.LARGEST), path)
    except BadFile as error:
        raise BadValue(error.message) from None


def _brief(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)


def check_json(value: object, where: str = "") -> None:
    """Refuse what YAML can hold and JSON can't: keys that are not text, and NaN."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise BadValue(f"{where or 'a key'}: {shown(key)} is not text; put it in quotes")
            check_json(inner, f"{where}.{key}".removeprefix("."))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            check_json(inner, f"{where}[{position}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise BadValue(f"{where}: {value} is not a number JSON can hold".removeprefix(": "))
