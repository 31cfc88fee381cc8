"""Read what is typed for the format of an answer, as the API's `response_format`: a word, a schema from a
file, or a type of a Python file."""

from __future__ import annotations

import re
from typing import Any

from ..base.errors import BadInput
from ..base.places import named
from ..parameters.structured import read_json
from . import models, strict

TEXT: dict[str, Any] = {"type": "text"}
JSON: dict[str, Any] = {"type": "json_object"}
#: By what is typed for each.
WORDS = {"text": TEXT, "json": JSON, "json_object": JSON}
#: Endings of files that hold a schema.
ENDINGS = (".json", ".yaml", ".yml")


def read(text: str) -> dict[str, Any]:
    """Read a word, or what `from_file` takes. Raises TemperaError."""
    if text in WORDS:
        return WORDS[text]
    if not meant(text) and not text.endswith(".py") and not named(text).exists():
        raise BadInput(f"{text} is not a form: text, json, a file with a JSON Schema, or models.py:Invoice")
    return from_file(text)


def from_file(text: str) -> dict[str, Any]:
    """Read FILE, a JSON Schema with the API's wrapping or without, or FILE.py:NAME. Raises TemperaError."""
    text = text.strip().removeprefix("@")
    kind = models.parted(text)
    if kind:
        file, name = kind
        made = wrapped(models.schema(file, name), name.rpartition(".")[2])
        made["json_schema"]["strict"] = True  # as the SDK's parse() sends it, whatever is in it
        return made
    if text.endswith(".py"):
        known = [each for each, _ in models.types(named(text))]
        raise BadInput(f"which type of {text}?", f"{text}:{known[0] if known else 'Invoice'}, say")
    path = named(text)
    return wrapped(read_json(path), path.stem)


def meant(text: str) -> bool:
    """Tell whether this can only be a file with a schema, or a type of one."""
    return text.endswith(ENDINGS) or models.parted(text) is not None


def wrapped(schema: Any, name: str) -> dict[str, Any]:
    """Give a schema as `response_format` wants it. What is wrapped already stays as it is; what is not is
    strict where it keeps the rules of strict mode. Raises BadInput."""
    if not isinstance(schema, dict):
        raise BadInput("a JSON Schema is an object")
    if schema.get("type") in ("json_schema", "json_object", "text"):
        return schema
    if isinstance(schema.get("json_schema"), dict) and len(schema) == 1:
        return {"type": "json_schema", "json_schema": schema["json_schema"]}
    if "schema" in schema and "name" in schema:
        return {"type": "json_schema", "json_schema": schema}
    if "response_format" in schema and isinstance(schema["response_format"], dict):
        return wrapped(schema["response_format"], name)
    short = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64] or "answer"
    sound = {} if strict.breaches(schema) else {"strict": True}
    return {"type": "json_schema", "json_schema": {"name": short, "schema": schema, **sound}}


def mended(form: dict[str, Any]) -> dict[str, Any]:
    """Give the same format with its schema as strict mode takes it, and strict where it now does. Raises
    BadInput."""
    inner = form["json_schema"]
    schema = strict.mended(inner["schema"])
    sound = {} if strict.breaches(schema) else {"strict": True}
    return {**form, "json_schema": {**inner, "schema": schema, **sound}}
