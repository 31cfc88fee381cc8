"""What a prompt is: a system message, messages in the API's own form, parameters, and variables.

A prompt is plain data: `mapping` gives what a file holds, `read` makes a prompt of that, and the two are
each other's inverse. Only a prompt that says `template` has variables; any other text is sent as it stands.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadInput, BadValue, UnknownName
from ..parameters import keeping, profile_entries
from ..parameters.messages import check
from ..parameters.table import exactly

NAME = profile_entries.NAME
#: How a variable may be named: the plain template's reader takes no other.
VARIABLE = r"[A-Za-z_][A-Za-z0-9_-]{0,63}"
PLAIN, JINJA = "plain", "jinja"
KEYS = ("description", "profile", "template", "variables", "parameters", "system", "messages")
#: Parameters that no prompt sets: a file of somebody's must not say where requests go, or with which key.
REFUSED = ("system", "messages", "base_url", "api_key_env", "headers")

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}
TYPES = tuple(_TYPES)
_SPEC = ("type", "description", "default", "example", "required")
_MOST = 1000  # variables


@dataclass(frozen=True)
class Variable:
    """A variable. `default` and `example` are None where there is none; `required` ones without a value
    are asked for, others are empty."""

    name: str
    type: str = "string"
    description: str = ""
    default: Any = field(default=None, hash=False)
    example: Any = field(default=None, hash=False)
    required: bool = True

    def read(self, text: str) -> Any:
        """Read a value as it was typed. Raises BadValue."""
        if self.type == "string":
            return text
        try:
            value = json.loads(text.strip())
        except (ValueError, RecursionError):
            raise BadValue(f"{self.name} is {_article(self.type)}, not {text.strip()[:40]}") from None
        return self.check(value)

    def check(self, value: Any) -> Any:
        """Give a value that a file holds, where it is of the variable's type. Raises BadValue."""
        right = isinstance(value, _TYPES[self.type])
        if isinstance(value, bool) and self.type != "boolean":
            right = False
        if isinstance(value, float) and not math.isfinite(value):
            right = False
        if not right:
            raise BadValue(f"{self.name} is {_article(self.type)}, not {shown(value)[:40]}")
        return value

    def given(self, values: Mapping[str, Any]) -> Any:
        """Give its value among these, or its default; None where it is missing."""
        if self.name in values:
            return values[self.name]
        if self.default is None and not self.required:
            return ""
        return self.default


@dataclass(frozen=True)
class Prompt:
    """A prompt. `template` is "" for none, PLAIN or JINJA; `parameters` are settings by name."""

    system: str = ""
    messages: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    variables: tuple[Variable, ...] = ()
    template: str = ""
    profile: str = ""
    description: str = ""

    def variable(self, name: str) -> Variable:
        """Find a variable. Raises UnknownName."""
        for each in self.variables:
            if each.name == name:
                return each
        raise UnknownName("variable", name, [each.name for each in self.variables])

    def missing(self, values: Mapping[str, Any]) -> list[Variable]:
        """Give the variables that have no value among these, and no default."""
        return [each for each in self.variables if each.given(values) is None]

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Give the value of each variable that has one."""
        pairs = ((each.name, each.given(given)) for each in self.variables)
        return {name: value for name, value in pairs if value is not None}

    def with_variables(self, names: list[str]) -> Prompt:
        """Add variables of text of these names, where they are not declared."""
        known = {each.name for each in self.variables}
        new = [Variable(name) for name in dict.fromkeys(names) if name not in known]
        return replace(self, variables=(*self.variables, *new)) if new else self


def shown(value: Any) -> str:
    """Write a value as it is inserted: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def version(prompt: Prompt) -> str:
    """Name a prompt by its content: 12 hexadecimal digits of a hash."""
    text = json.dumps(mapping(prompt), ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def mapping(prompt: Prompt) -> dict[str, Any]:
    """Convert a prompt to what a file holds. Parts that are not set are left out."""
    found: dict[str, Any] = {}
    if prompt.description:
        found["description"] = prompt.description
    if prompt.profile:
        found["profile"] = prompt.profile
    if prompt.template:
        found["template"] = True if prompt.template == PLAIN else prompt.template
    if prompt.variables:
        found["variables"] = {each.name: _spec(each) for each in prompt.variables}
    if prompt.parameters:
        found["parameters"] = keeping.written(prompt.parameters)
    if prompt.system:
        found["system"] = prompt.system
    if prompt.messages:
        found["messages"] = [dict(each) for each in prompt.messages]
    return found


def _spec(variable: Variable) -> dict[str, Any]:
    plain = Variable(variable.name)
    return {
        name: getattr(variable, name) for name in _SPEC if getattr(variable, name) != getattr(plain, name)
    }


def read(given: Any) -> Prompt:
    """Make a prompt of what a file holds. Raises BadInput, which begins with the key at fault."""
    if not isinstance(given, Mapping):
        raise BadValue("holds no mapping of keys like system and messages")
    for key in given:
        if key not in KEYS:
            raise BadValue(f"{key}: {UnknownName('key', str(key), KEYS).message}")
    template = _template(given.get("template", False))
    variables = _variables(given.get("variables"))
    if variables and not template:
        raise BadValue("variables: they are filled only in a template", "add template: true")
    return Prompt(
        system=_text(given, "system"),
        messages=_messages(given.get("messages")),
        parameters=_parameters(given.get("parameters")),
        variables=variables,
        template=template,
        profile=_text(given, "profile"),
        description=_text(given, "description"),
    )


def _template(value: Any) -> str:
    known = {True: PLAIN, False: "", "jinja": JINJA, None: ""}
    if not isinstance(value, bool | str | None) or value not in known:
        raise BadValue(f"template: is true, false or jinja, not {value}")
    return known[value]


def _text(given: Mapping[str, Any], key: str) -> str:
    value = given.get(key)
    if value is not None and not isinstance(value, str):
        raise BadValue(f"{key}: is no text", "quotes make it one")
    return value or ""


def _parameters(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise BadValue("parameters: is no mapping of names to values")
    for key in given:
        found = exactly(str(key))
        name = found.name if found else str(key)
        if name in REFUSED:
            beside = name in ("system", "messages")
            way = f"{name}: stands beside parameters" if beside else "a profile may name it"
            raise BadValue(f"parameters: {name} is not taken from a prompt", way)
    try:
        return profile_entries.values_of(given)
    except BadInput as error:
        raise BadValue(f"parameters: {error.message}", error.hint) from None


def _messages(given: Any) -> tuple[Mapping[str, Any], ...]:
    if given is None:
        return ()
    try:
        return tuple(check(given))
    except BadValue as error:
        raise BadValue(f"messages: {error.message}") from None


def _variables(given: Any) -> tuple[Variable, ...]:
    if given is None:
        return ()
    if isinstance(given, list):
        given = dict.fromkeys(given) if all(isinstance(each, str) for each in given) else 0
    if not isinstance(given, Mapping) or len(given) > _MOST:
        raise BadValue("variables: is no mapping of names to what is known of them")
    return tuple(_variable(str(name), spec) for name, spec in given.items())


def _variable(name: str, spec: Any) -> Variable:
    if not re.fullmatch(VARIABLE, name):
        raise BadValue(f"variables: {name} can't name one: letters, digits and _, a letter first")
    if not isinstance(spec, Mapping | None):
        raise BadValue(f"variables: {name}: is no mapping of {', '.join(_SPEC)}")
    spec = spec or {}
    for key in spec:
        if key not in _SPEC:
            raise BadValue(f"variables: {name}: there is no {key}, only {', '.join(_SPEC)}")
    kind, required = spec.get("type", "string"), spec.get("required", True)
    if not isinstance(kind, str) or kind not in TYPES:
        raise BadValue(f"variables: {name}: type is one of {', '.join(TYPES)}, not {kind}")
    if not isinstance(required, bool):
        raise BadValue(f"variables: {name}: required is true or false")
    found = Variable(name, kind, _text(spec, "description"), required=required)
    for key in ("default", "example"):
        if spec.get(key) is not None:
            try:
                value = found.check(spec[key])
            except BadValue as error:
                raise BadValue(f"variables: {key} of {error.message}", _QUOTED) from None
            found = replace(found, **{key: value})
    return found


_QUOTED = "quotes make a number a text"


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aio" else f"a {kind}"
