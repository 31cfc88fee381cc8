"""Read prompts in other people's forms with front matter: Prompty and Dotprompt.

What has no counterpart here is named in notes, and not kept. Nothing in a file is run. GitHub Models'
form is read and written by `github`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..base import yamlfile
from ..base.errors import BadFile, BadInput, BadValue
from ..parameters import profile_entries
from ..parameters.table import BY_NAME
from .handlebars import translated
from .prompt import REFUSED, TYPES, VARIABLE, Prompt, read

#: Others' names of parameters, beside those that differ in their writing alone.
_NAMES = {
    "max_output_tokens": "max_tokens",
    "stop_sequences": "stop",
    "maxtokens": "max_tokens",
}
_TYPES = {"text": "string", "any": "string", "list": "array", "float": "number", "int": "integer"}
_ROLES = {"model": "assistant"}

Read = tuple[Prompt, tuple[str, ...]]


def with_front_matter(path: Path, text: str) -> Read:
    """Read Prompty, or Dotprompt by the file's name. Raises BadFile, BadInput."""
    head, body = _parted(path, text)
    return dotprompt(head, body) if path.name.endswith(".prompt") else prompty(head, body, path)


def _parted(path: Path, text: str) -> tuple[dict[str, Any], str]:
    found = re.match(r"---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", text, re.DOTALL | re.MULTILINE)
    if found is None:
        if text.startswith("---"):
            raise BadFile(path, "its front matter does not end: --- is missing")
        return {}, text
    entries = yamlfile.parse(path, "\n" + found[1])  # so that lines count from the file's first
    return {key: entry.value for key, entry in entries.items()}, text[found.end() :]


def prompty(head: Mapping[str, Any], body: str, path: Path) -> Read:
    """Read a Prompty file: jinja where it has more than names, roles on lines of their own."""
    notes: list[str] = []
    parameters: dict[str, Any] = {}
    model = head.get("model")
    if isinstance(model, str):
        parameters["model"] = model
    elif isinstance(model, Mapping):
        configuration = model.get("configuration")
        where = configuration if isinstance(configuration, Mapping) else {}
        named = model.get("id") or where.get("azure_deployment") or where.get("name") or where.get("model")
        if named and "${" not in str(named):
            parameters["model"] = str(named)
        left = [key for key in ("configuration", "connection") if model.get(key)]
        notes += [f"model.{key} says where to send it, which a profile says here: left out" for key in left]
        options = model.get("parameters") or model.get("options")
        parameters.update(parameters_of(options, notes))
    template = head.get("template")
    engine = str(
        template.get("format") or template.get("type") if isinstance(template, Mapping) else template
    )
    if template and engine not in ("jinja2", "jinja"):
        if engine != "mustache":
            raise BadValue(f"template: {engine} is not read, only jinja2 and mustache")
        body, jinja = translated(body)
    else:
        jinja = bool(re.search(r"\{%|\{#|\{\{(?![ \t]*" + VARIABLE + r"[ \t]*\}\})", body))
    inputs = head.get("inputs") or head.get("inputSchema")
    if isinstance(inputs, Mapping) and isinstance(inputs.get("properties"), Mapping | list):
        inputs = inputs["properties"]
    if isinstance(inputs, list):
        inputs = {each["name"]: each for each in inputs if isinstance(each, Mapping) and "name" in each}
    sample = head.get("sample")
    variables = _inputs(inputs, sample if isinstance(sample, Mapping) else {})
    known = ("name", "description", "model", "template", "inputs", "inputSchema", "sample")
    for key in head:
        if key not in (*known, "authors", "tags", "version", "$schema"):
            notes.append(f"{key} has no counterpart: left out")
    system, messages = _by_roles(body)
    made = made_of(
        {
            "description": head.get("description") or head.get("name") or "",
            "system": system,
            "messages": messages,
            "template": "jinja" if jinja else True,
            "variables": variables,
        },
        parameters,
    )
    return made, tuple(notes)


_ROLE_LINE = re.compile(
    r"^[ \t]*#?[ \t]*(system|developer|user|assistant|tool)[ \t]*:[ \t]*\r?$", re.MULTILINE
)


def _by_roles(body: str) -> tuple[str, list[dict[str, Any]]]:
    """Give (the system message, the messages) of a text with lines that name a role."""
    pieces = _ROLE_LINE.split(body)
    found = [("system", pieces[0])] if pieces[0].strip() else []
    found += zip(pieces[1::2], pieces[2::2], strict=True)
    return _split([(role, text.strip("\r\n")) for role, text in found])


def _split(found: list[tuple[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    system = found.pop(0)[1] if found and found[0][0] == "system" and isinstance(found[0][1], str) else ""
    return system, [{"role": role, "content": content} for role, content in found]


def dotprompt(head: Mapping[str, Any], body: str) -> Read:
    """Read a Dotprompt file: Handlebars as far as it has a counterpart. Raises BadValue for the rest."""
    notes: list[str] = []
    parameters = parameters_of(head.get("config"), notes)
    if isinstance(head.get("model"), str):
        parameters = {"model": head["model"], **parameters}
    output = head.get("output")
    if isinstance(output, Mapping) and output.get("format") == "json":
        parameters["response_format"] = {"type": "json_object"}
        if output.get("schema"):
            notes.append("output.schema is left out: JSON is asked for, of any shape")
    given = head.get("input")
    given = given if isinstance(given, Mapping) else {}
    schema, default = given.get("schema"), given.get("default")
    if isinstance(schema, Mapping) and isinstance(schema.get("properties"), Mapping):
        schema = schema["properties"]
    variables = _picoschema(schema if isinstance(schema, Mapping) else {})
    for name, value in (default if isinstance(default, Mapping) else {}).items():
        variables.setdefault(str(name), {})["default"] = value
    for key in head:
        if key not in ("model", "config", "input", "output", "name", "description", "variant"):
            notes.append(f"{key} has no counterpart: left out")
    roles: list[tuple[str, str]] = []
    pieces = re.split(r"\{\{[ \t]*role[ \t]+[\"'](\w+)[\"'][ \t]*\}\}", body)
    if pieces[0].strip():
        roles.append(("user", pieces[0]))
    roles += zip(pieces[1::2], pieces[2::2], strict=True)
    if re.search(r"\{\{[ \t]*history[ \t]*\}\}", body):
        notes.append("{{history}} is left out: what is said here comes after the prompt's messages")
    texts, jinja = [], False
    for role, text in roles:
        text, more = translated(re.sub(r"\{\{[ \t]*history[ \t]*\}\}", "", text).strip())
        jinja = jinja or more
        texts.append((_ROLES.get(role, role), text))
    found = [(role, _with_media(text)) for role, text in texts]
    system, messages = _split(found)
    made = made_of(
        {
            "description": head.get("description") or "",
            "system": system,
            "messages": messages,
            "template": "jinja" if jinja else True,
            "variables": _checked_specs(variables),
        },
        parameters,
    )
    return made, tuple(notes)


def _with_media(text: str) -> Any:
    """Give a text, or its parts where it names images."""
    pieces = re.split(r"\{\{[ \t]*media[ \t]+url[ \t]*=[ \t]*([^\s}]+)[^}]*\}\}", text)
    if len(pieces) == 1:
        return text
    parts: list[dict[str, Any]] = []
    for place, piece in enumerate(pieces):
        if place % 2:
            url = piece.strip("\"'") if piece[0] in "\"'" else "{{" + piece + "}}"
            parts.append({"type": "image_url", "image_url": {"url": url}})
        elif piece.strip():
            parts.append({"type": "text", "text": piece.strip()})
    return parts


def _picoschema(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Read the variables of Picoschema: `name: type, description`, `name?: …`, `name(array): …`."""
    found: dict[str, dict[str, Any]] = {}
    for key, value in schema.items():
        match = re.fullmatch(r"(" + VARIABLE + r")(\?)?(?:\((\w+)(?:,\s*(.*))?\))?(\?)?", str(key))
        if match is None:
            raise BadValue(f"input.schema: {key} can't name a variable")
        said = value if isinstance(value, str) else ""
        kind, _, about = said.partition(",")
        if isinstance(value, Mapping) and match[3] is None:
            kind, about = str(value.get("type") or "object"), str(value.get("description") or "")
        spec: dict[str, Any] = {"type": _type(match[3] or kind.strip())}
        if about.strip() or match[4]:
            spec["description"] = about.strip() or match[4]
        if match[2] or match[5]:
            spec["required"] = False
        found[match[1]] = spec
    return found


def _inputs(inputs: Any, sample: Mapping[str, Any]) -> dict[str, Any]:
    """Read the variables of Prompty. A bare value is a sample of the variable."""
    found: dict[str, dict[str, Any]] = {}
    for name, value in (inputs if isinstance(inputs, Mapping) else {}).items():
        spec: dict[str, Any] = {}
        if isinstance(value, Mapping):
            spec["type"] = _type(str(value.get("type") or value.get("kind") or "string"))
            example = value.get("sample", value.get("example"))
            for key, each in (("default", value.get("default")), ("example", example)):
                if each is not None:
                    spec[key] = each
            if isinstance(value.get("description"), str):
                spec["description"] = value["description"]
            if value.get("required") is False or value.get("is_required") is False:
                spec["required"] = False
        elif isinstance(value, str) and _type(value) != "string":
            spec["type"] = _type(value)
        elif value is not None:
            spec["example"] = value
        found[str(name)] = spec
    for name, value in sample.items():
        found.setdefault(str(name), {}).setdefault("example", value)
    return _checked_specs(found)


def _checked_specs(found: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Make variables, each with the type of its values if nothing else named one."""
    for spec in found.values():
        value = spec.get("default", spec.get("example"))
        if spec.get("type", "string") == "string" and value is not None and not isinstance(value, str):
            kinds: tuple[tuple[type, str], ...] = (
                (bool, "boolean"),
                (int, "integer"),
                (float, "number"),
                (list, "array"),
                (dict, "object"),
            )
            spec["type"] = next((name for kind, name in kinds if isinstance(value, kind)), "string")
        if spec.get("type") == "string":
            del spec["type"]
    return dict(found)


def _type(name: str) -> str:
    known = _TYPES.get(name, name)
    return known if known in TYPES else "string"


def parameters_of(given: Any, notes: list[str]) -> dict[str, Any]:
    """Convert parameters from another form's names. Note those without a counterpart or a sound value."""
    found: dict[str, Any] = {}
    for key, value in (given if isinstance(given, Mapping) else {}).items():
        snake = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", str(key)).lower()
        name = _NAMES.get(snake, snake)
        if name == "response_format" and isinstance(value, str):
            value = {"type": value}
        known = name in BY_NAME and BY_NAME[name].field and name not in REFUSED
        if not known and not name.startswith("extra."):
            notes.append(f"{key} has no counterpart: left out")
            continue
        asked = {"extra": {name.removeprefix("extra."): value}} if not known else {name: value}
        try:
            found.update(profile_entries.values_of(asked))
        except BadInput as error:
            notes.append(f"{error.message}: left out")
    return found


def made_of(form: Mapping[str, Any], parameters: Mapping[str, Any]) -> Prompt:
    kept = {key: value for key, value in form.items() if value or key == "messages"}
    return replace(read({**kept, "template": form["template"]}), parameters=dict(parameters))
