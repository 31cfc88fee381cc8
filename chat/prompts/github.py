"""Read and write prompts as GitHub Models has them.

What has no counterpart here is named in notes, and not kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..base import yamlfile
from ..base.errors import BadInput, BadValue
from ..parameters import keeping
from ..parameters.settings import UNSET
from .foreign import Read, made_of, parameters_of
from .prompt import JINJA, Prompt, shown
from .template import declared, names_in, texts_of

#: Keys that only a GitHub Models file has at its top, and those that only ours has.
_GITHUB = ("model", "modelParameters", "testData", "evaluators", "responseFormat", "jsonSchema", "name")
_OURS = ("system", "parameters", "variables", "template", "profile")


def recognises(given: Mapping[str, Any], name: str) -> bool:
    """Tell whether a YAML file holds a prompt as GitHub Models has them."""
    if any(key in given for key in _OURS):
        return False
    return any(key in given for key in _GITHUB) or name.endswith(".yml")


def read(given: Mapping[str, Any]) -> Read:
    """Read a prompt of GitHub Models. Raises BadValue."""
    notes: list[str] = []
    parameters = parameters_of(given.get("modelParameters"), notes)
    if given.get("model"):
        parameters = {"model": str(given["model"]), **parameters}
    form = given.get("responseFormat")
    if form == "json_schema" and given.get("jsonSchema"):
        schema = given["jsonSchema"]
        try:
            schema = json.loads(schema) if isinstance(schema, str) else schema
        except (ValueError, RecursionError):
            raise BadValue("jsonSchema: is no JSON") from None
        if isinstance(schema, Mapping) and "schema" in schema:
            parameters["response_format"] = {"type": "json_schema", "json_schema": dict(schema)}
        else:
            parameters["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": schema},
            }
    elif form == "json_object":
        parameters["response_format"] = {"type": "json_object"}
    known = ("description", "messages", "modelParameters", "model", "responseFormat", "jsonSchema", "name")
    for key in given:
        if key not in (*known, "testData"):
            notes.append(f"{key} has no counterpart: left out")
    data = given.get("testData")
    example = data[0] if isinstance(data, list) and data and isinstance(data[0], Mapping) else {}
    messages = given.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadValue("messages: is no list of messages")
    made = made_of(
        {
            "description": given.get("description") or given.get("name") or "",
            "messages": messages,
            "template": True,
        },
        parameters,
    )
    made = declared(made)
    variables = tuple(
        replace(each, example=shown(example[each.name])) if example.get(each.name) is not None else each
        for each in made.variables
    )
    return replace(made, variables=variables), tuple(notes)


def write(name: str, prompt: Prompt) -> str:
    """Write a prompt as GitHub Models has them. Raises BadInput for anything that form can't hold."""
    if prompt.template == JINJA:
        raise BadInput("a jinja template has no form at GitHub Models", "template: true has")
    parameters = {name: value for name, value in prompt.parameters.items() if value is not UNSET}
    model, form = parameters.pop("model", None), parameters.pop("response_format", None)
    messages = [{"role": "system", "content": prompt.system}] if prompt.system else []
    for number, each in enumerate(prompt.messages, 1):
        if set(each) != {"role", "content"} or not isinstance(each["content"], str):
            raise BadInput(f"message {number} has parts or calls, which GitHub Models' form has not")
        if each["role"] not in ("system", "user", "assistant"):
            raise BadInput(f"message {number}: GitHub Models knows no role {each['role']}")
        messages.append(dict(each))
    made: dict[str, Any] = {"name": name}
    if prompt.description:
        made["description"] = prompt.description
    if model:
        made["model"] = model
    if parameters:
        written = keeping.written(parameters)
        made["modelParameters"] = {_camel(key): value for key, value in written.items()}
    if isinstance(form, Mapping) and form.get("type") == "json_schema":
        made["responseFormat"] = "json_schema"
        made["jsonSchema"] = json.dumps(form.get("json_schema"), ensure_ascii=False, indent=2)
    elif isinstance(form, Mapping) and form.get("type"):
        made["responseFormat"] = form["type"]
    examples = {
        each.name: shown(value)
        for each in prompt.variables
        if (value := each.example if each.example is not None else each.default) is not None
    }
    if examples:
        made["testData"] = [examples]
    made["messages"] = messages
    return yamlfile.dump(made)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def has_variables(prompt: Prompt) -> bool:
    """Tell whether GitHub Models would find a variable in a text."""
    return any(map(names_in, texts_of(prompt)))
