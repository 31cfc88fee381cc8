"""Tell what OpenAI's strict mode refuses of a JSON Schema, with the place and the mend. Pure.

The rules are those of the published guide to structured outputs and of refusals that people have shown
(second-hand, 2026-11: not asked of the API itself). Other servers take more, and some less; so a breach
is a warning, and what is sent is what was set.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadInput
from .pointers import pointer

#: Of one schema, all in all.
PROPERTIES, LEVELS, ENUM, CHARACTERS = 5000, 10, 1000, 120_000
#: From so many words of one enum on, their characters are counted too.
_LONG_ENUM, _ENUM_CHARACTERS = 250, 15_000
#: Nesting that is looked at; a schema that goes deeper is not taken at all.
DEEPEST = 300

#: Keywords that strict mode does not take, and what to write in their place.
_REFUSED = {
    "allOf": "write its parts as one object",
    "oneOf": "anyOf is taken",
    "not": "say it in the description",
    "if": "anyOf is taken",
    "then": "anyOf is taken",
    "else": "anyOf is taken",
    "dependentRequired": "anyOf is taken",
    "dependentSchemas": "anyOf is taken",
    "patternProperties": "a list of objects with a name and a value is taken",
    "propertyNames": "a list of objects with a name and a value is taken",
    "minProperties": "say it in the description",
    "maxProperties": "say it in the description",
    "unevaluatedProperties": "additionalProperties false is enough",
    "unevaluatedItems": "leave it out",
    "prefixItems": "an object with a property for each place is taken",
    "contains": "say it in the description",
    "uniqueItems": "say it in the description",
    "default": "say it in the description",
}
_MANY = ("anyOf", "allOf", "oneOf", "prefixItems")
_NAMED = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
_ONE = ("items", "not", "if", "then", "else", "contains", "propertyNames", "additionalProperties")
#: One of these says what a place holds.
_SAYS = ("type", "anyOf", "oneOf", "allOf", "$ref", "enum", "const")


@dataclass(frozen=True)
class Breach:
    """A rule that a schema does not keep: the JSON Pointer of the place, what is wrong, what mends it."""

    place: str
    problem: str
    mend: str = ""

    def __str__(self) -> str:
        mend = f" ({self.mend})" if self.mend else ""
        return f"{self.place or 'the schema'}: {self.problem}{mend}"


@dataclass(frozen=True)
class _Subschema:
    schema: dict[str, Any]
    path: tuple[object, ...]
    levels: int  # objects and lists that it stands in


def _nodes(schema: dict[str, Any]) -> Iterator[_Subschema]:
    """Give each schema within a schema, in the order that it is written in. Raises BadInput where it is
    nested too deeply."""
    left = [_Subschema(schema, (), 0)]
    while left:
        node = left.pop()
        if len(node.path) > DEEPEST:
            raise BadInput(f"the schema is nested more than {DEEPEST} deep")
        yield node
        found: list[_Subschema] = []
        for key, value in node.schema.items():
            inner = node.levels + (key in ("properties", "items", "prefixItems"))
            pairs: list[tuple[tuple[object, ...], Any]] = []
            if key in _NAMED and isinstance(value, dict):
                inner = 0 if key in ("$defs", "definitions") else inner
                pairs = [((key, name), each) for name, each in value.items()]
            elif key in _MANY and isinstance(value, list):
                pairs = [((key, place), each) for place, each in enumerate(value)]
            elif key in _ONE:
                pairs = [((key,), value)]
            found += [
                _Subschema(each, (*node.path, *at), inner) for at, each in pairs if isinstance(each, dict)
            ]
        left += reversed(found)


def _is_object(schema: dict[str, Any]) -> bool:
    """Tell whether this describes an object."""
    kind = schema.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind) or "properties" in schema


def breaches(schema: dict[str, Any]) -> list[Breach]:
    """Give what strict mode would refuse. Raises BadInput for a schema that is nested too deeply."""
    found: list[Breach] = []
    if "anyOf" in schema:
        found.append(Breach("", "the outermost has to be an object, not anyOf", "put it into a property"))
    elif not _is_object(schema) and "$ref" not in schema:
        found.append(Breach("", "the outermost has to be an object", "put it into a property of one"))
    properties = words = characters = 0
    for node in _nodes(schema):
        found += _of_one(node)
        named = node.schema.get("properties")
        if isinstance(named, dict):
            properties += len(named)
            characters += sum(map(len, named))
        for group in ("$defs", "definitions"):
            if isinstance(node.schema.get(group), dict):
                characters += sum(map(len, node.schema[group]))
        enum = node.schema.get("enum")
        if isinstance(enum, list):
            words += len(enum)
            characters += sum(len(each) for each in enum if isinstance(each, str))
    limits = (
        (properties, PROPERTIES, "properties"),
        (words, ENUM, "words of enums"),
        (characters, CHARACTERS, "characters of names and words"),
    )
    found += [
        Breach("", f"it has {count:,} {what}, and {most:,} are taken")
        for count, most, what in limits
        if count > most
    ]
    return found


def _of_one(node: _Subschema) -> Iterator[Breach]:
    """Give what is wrong at one place."""
    schema, place = node.schema, pointer(node.path)
    if node.levels == LEVELS + 1 and _is_object(schema):
        yield Breach(place, f"it stands more than {LEVELS} levels deep")
    if _is_object(schema):
        yield from _of_object(schema, place)
    for key in schema:
        if key in _REFUSED:
            yield Breach(f"{place}/{key}", f"{key} is not taken", _REFUSED[key])
    ref = schema.get("$ref")
    if isinstance(ref, str) and ref != "#" and not ref.startswith("#/"):
        yield Breach(f"{place}/$ref", "only places in the schema itself are taken", "begin it with #/$defs/")
    if ref is not None and len(schema) > 1 and not {"$defs", "definitions"} & schema.keys():
        yield Breach(place, "beside $ref nothing else may stand", "anyOf with the $ref alone in it")
    kinds = schema.get("type")
    listed = kinds == "array" or (isinstance(kinds, list) and "array" in kinds)
    if listed and "prefixItems" not in schema and not isinstance(schema.get("items"), dict):
        yield Breach(place, "what the list holds is missing", "add items")
    if node.path and node.path[-1] != "not" and not any(key in schema for key in (*_SAYS, "properties")):
        yield Breach(place, "its type is missing", "add type")
    enum = schema.get("enum")
    if isinstance(enum, list) and len(enum) > _LONG_ENUM:
        size = sum(len(each) for each in enum if isinstance(each, str))
        if size > _ENUM_CHARACTERS:
            yield Breach(f"{place}/enum", f"{size:,} characters are more than {_ENUM_CHARACTERS:,}")


def _of_object(schema: dict[str, Any], place: str) -> Iterator[Breach]:
    more = schema.get("additionalProperties")
    if isinstance(more, dict) and more:
        way = "a list of objects with a name and a value is taken"
        yield Breach(f"{place}/additionalProperties", "names that are not fixed are not taken", way)
    elif more is not False:
        yield Breach(place, "additionalProperties has to be false", "add it")
    named = schema.get("properties")
    required = schema.get("required")
    listed = required if isinstance(required, list) else []
    missing = [name for name in (named if isinstance(named, dict) else {}) if name not in listed]
    if missing:
        shown = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
        yield Breach(
            f"{place}/required", f"it lacks {shown}", "list it; where it may be missing, let it be null"
        )


def mended(schema: dict[str, Any]) -> dict[str, Any]:
    """Give the schema as strict mode takes it, as far as that needs no decision of the person's: objects
    closed, all of their properties required, those that were not null instead. Raises BadInput."""
    for _ in _nodes(schema):  # so that it is known not to be too deep
        pass
    made = _mended(schema)
    assert isinstance(made, dict)
    return made


def _mended(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _NAMED and isinstance(value, dict):
            made[key] = {name: _mended(each) for name, each in value.items()}
        elif key in _MANY and isinstance(value, list):
            made["anyOf" if key == "oneOf" and "anyOf" not in schema else key] = [
                _mended(each) for each in value
            ]
        elif key in _ONE:
            made[key] = _mended(value)
        elif key not in ("default", "unevaluatedProperties"):
            made[key] = value
    if _is_object(made):
        more = made.get("additionalProperties")
        if not isinstance(more, dict) or not more:
            made["additionalProperties"] = False
        named = made.get("properties")
        if isinstance(named, dict):
            listed = made.get("required")
            needed = listed if isinstance(listed, list) else []
            made["properties"] = {n: each if n in needed else _nullable(each) for n, each in named.items()}
            made["required"] = list(named)
    if "$ref" in made and len(made) > 1 and not {"$defs", "definitions"} & made.keys():
        made = {"anyOf": [{"$ref": made.pop("$ref")}], **made} if "anyOf" not in made else made
    return made


def _nullable(schema: Any) -> Any:
    """Let a value be null as well."""
    if not isinstance(schema, dict):
        return schema
    kind, enum = schema.get("type"), schema.get("enum")
    if "anyOf" in schema:
        parts = schema["anyOf"] if isinstance(schema["anyOf"], list) else []
        null = any(isinstance(part, dict) and part.get("type") == "null" for part in parts)
        return schema if null else {**schema, "anyOf": [*parts, {"type": "null"}]}
    if "$ref" in schema or "const" in schema or kind is None:
        if kind is None and enum is not None:
            return schema if None in enum else {**schema, "enum": [*enum, None]}
        return {"anyOf": [schema, {"type": "null"}]} if schema else schema
    kinds = [kind] if isinstance(kind, str) else list(kind)
    made = {**schema, "type": kinds if "null" in kinds else [*kinds, "null"]}
    if made["type"] == ["null"]:
        made["type"] = "null"
    if isinstance(enum, list) and None not in enum:
        made["enum"] = [*enum, None]
    return made
