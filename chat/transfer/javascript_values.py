"""Evaluate literals in expressions of JavaScript and TypeScript, without running any.

Names that stand for literals, objects, lists, joined texts, templates, arithmetic on numbers and a few
methods have a value; anything else is an `Unknown`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..base.errors import BadValue
from ..base.halves import cleaned, whole
from ..conversation.body import Body
from .opened import Joined, Unknown, Work, joined, unknown

if TYPE_CHECKING:
    from tree_sitter import Node

_DEEPEST = 200
_LONGEST = 1024 * 1024  # characters of a text that is put together
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_CODE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
UNDEFINED = Unknown("undefined")
#: Types around a value, which say nothing of it.
_WRAPPED = (
    "as_expression",
    "satisfies_expression",
    "non_null_expression",
    "parenthesized_expression",
    "await_expression",
)


class JavaScriptValues:
    """Knows what the names of a program stand for so far, and what its expressions make of them."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._names: dict[str, Any] = {}
        self._work = Work()

    def value(self, node: Node, depth: int = 0) -> Any:
        """Return the value of an expression made of literals, or Unknown for the parts that are not."""
        if depth > _DEEPEST:
            return self._unknown(node)
        made = self._value(node, depth)
        self._work.on(*(() if node.type == "identifier" else (made,)))
        return made

    def _value(self, node: Node, depth: int) -> Any:
        kind = node.type
        if kind in _WRAPPED:
            return (
                self.value(node.named_children[0], depth + 1) if node.named_children else self._unknown(node)
            )
        if kind == "object":
            return self._object(node, depth)
        if kind == "array":
            return self._array(node, depth)
        if kind == "string":
            return whole("".join(self._string(each) for each in node.children[1:-1]))
        if kind == "template_string":
            return self._template(node, depth)
        if kind == "number":
            return _number(self._text(node))
        if kind in ("true", "false"):
            return kind == "true"
        if kind == "null":
            return None
        if kind == "undefined":
            return UNDEFINED
        if kind == "identifier":
            return self._names.get(self._text(node), self._unknown(node))
        if kind == "unary_expression":
            inner = self.value(node.named_children[-1], depth + 1)
            sign = self._text(node)[:1]
            if sign in "+-" and isinstance(inner, int | float):
                return -inner if sign == "-" else inner
            return (not inner) if sign == "!" and isinstance(inner, bool | int) else self._unknown(node)
        if kind == "binary_expression":
            return self._binary(node, depth)
        if kind == "member_expression":
            held = self.value(node.named_children[0], depth + 1)
            key = self._text(node.child_by_field_name("property"))
            return held[key] if isinstance(held, dict) and key in held else self._unknown(node)
        if kind == "call_expression":
            return self._made(node, depth)
        return self._unknown(node)

    def _object(self, node: Node, depth: int) -> Any:
        found: Body = {}
        for each in children(node):
            if each.type == "pair":
                key, inner = each.child_by_field_name("key"), each.child_by_field_name("value")
                if key is not None and inner is not None:
                    found[self._key(key, depth)] = self.value(inner, depth + 1)
            elif each.type == "shorthand_property_identifier":
                found[self._text(each)] = self._names.get(self._text(each), self._unknown(each))
            elif each.type == "spread_element":
                inner_value = self.value(each.named_children[0], depth + 1)
                if isinstance(inner_value, dict):
                    found.update(inner_value)
                else:
                    found[self._text(each)] = self._unknown(each)
        return found

    def _key(self, node: Node, depth: int) -> str:
        if node.type == "computed_property_name":
            node = node.named_children[0]
        if node.type in ("string", "number", "template_string"):
            return str(self.value(node, depth + 1))
        return self._text(node)

    def _array(self, node: Node, depth: int) -> Any:
        found: list[Any] = []
        for each in children(node):
            if each.type == "spread_element":
                inner = self.value(each.named_children[0], depth + 1)
                found += inner if isinstance(inner, list) else [self._unknown(each)]
            else:
                found.append(self.value(each, depth + 1))
            if len(found) > _LONGEST:
                raise BadValue("it has too many values")
        return found

    def _string(self, node: Node) -> str:
        text = self._text(node)
        if node.type != "escape_sequence":
            return text
        if match := _CODE.fullmatch(text):
            return chr(min(int(next(filter(None, match.groups())), 16), 0x10FFFF))
        return _ESCAPES.get(text[1:], text[1:])

    def _template(self, node: Node, depth: int) -> Any:
        parts: list[Any] = []
        for each in node.children[1:-1]:
            if each.type == "template_substitution":
                inner = self.value(each.named_children[0], depth + 1)
                parts.append(
                    inner if isinstance(inner, str | Joined | Unknown) else _shown(inner, each, self)
                )
            else:
                parts.append(self._string(each))
        self._work.on(*parts)
        return cleaned(joined(*parts))

    def _binary(self, node: Node, depth: int) -> Any:
        children = node.named_children
        left, right = self.value(children[0], depth + 1), self.value(children[-1], depth + 1)
        sign = self._text(node.child_by_field_name("operator"))
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if numbers and sign in ("+", "-", "*") and max(abs(left), abs(right)) < 2**53:
            return {"+": left + right, "-": left - right, "*": left * right}[sign]
        if numbers and sign == "/" and right:
            return left / right if left % right else int(left // right)
        texts = str | Joined | Unknown
        if sign == "+" and isinstance(left, texts) and isinstance(right, texts):
            both = isinstance(left, Unknown) and isinstance(right, Unknown)
            self._work.on(left, right)
            made = self._unknown(node) if both else joined(left, right)
            if not isinstance(made, str) or len(made) <= _LONGEST:
                return made
        if sign == "??" and left not in (None, UNDEFINED) and not isinstance(left, Unknown):
            return left
        return self._unknown(node)

    def _made(self, node: Node, depth: int) -> Any:
        """Evaluate JSON.stringify(…), […].join(…) and text.trim()."""
        function = node.child_by_field_name("function")
        name = self._end(function)
        inner = self._arguments(node, depth + 1)
        if name == "JSON.stringify" and len(inner) >= 1:
            self._work.on(*unknown(inner[0]))  # a BadValue where it is huge
            try:
                return json.dumps(
                    defined(inner[0]) if isinstance(inner[0], dict) else inner[0], ensure_ascii=False
                )
            except TypeError:  # something in it is not known: what it holds is better than its text
                return inner[0]
        if function is not None and function.type == "member_expression":
            held = self.value(function.named_children[0], depth + 1)
            method = self._text(function.child_by_field_name("property"))
            if method == "join" and isinstance(held, list) and (not inner or isinstance(inner[0], str)):
                glue = inner[0] if inner else ","
                texts = all(isinstance(each, str | Joined | Unknown) for each in held)
                self._work.on(*held, glue * len(held))
                return (
                    joined(*[part for each in held for part in (glue, each)][1:])
                    if texts
                    else self._unknown(node)
                )
            if method == "trim" and isinstance(held, str):
                return held.strip()
            if (
                method == "concat"
                and isinstance(held, list)
                and all(isinstance(each, list) for each in inner)
            ):
                return [each for part in (held, *inner) for each in part][:_LONGEST]
        return self._unknown(node)

    def _arguments(self, node: Node, depth: int = 0) -> list[Any]:
        arguments = node.child_by_field_name("arguments")
        return [self.value(each, depth) for each in children(arguments)] if arguments is not None else []

    def _unknown(self, node: Node) -> Unknown:
        return Unknown(" ".join(self._text(node, 60).split()) or "value")

    def _end(self, node: Node | None) -> str:
        """Return the last part of a call's name, without blanks: of a chain of calls, that of the last."""
        if node is None:
            return ""
        start = max(node.start_byte, node.end_byte - 200)
        return "".join(self._data[start : node.end_byte].decode("utf-8", "ignore").split())

    def _text(self, node: Node | None, most: int = 0) -> str:
        if node is None:
            return ""
        end = min(node.end_byte, node.start_byte + most) if most else node.end_byte
        return self._data[node.start_byte : end].decode("utf-8", "ignore")


def _shown(inner: Any, node: Node, reader: JavaScriptValues) -> Any:
    if isinstance(inner, bool) or inner is None:
        return {True: "true", False: "false", None: "null"}[inner]
    return str(inner) if isinstance(inner, int | float) else reader._unknown(node.named_children[0])


def _number(text: str) -> Any:
    text = text.replace("_", "").removesuffix("n").lower()
    try:
        return int(text, 0) if not re.search(r"[.e]", text) or text.startswith("0x") else float(text)
    except ValueError:
        return Unknown(text)


def defined(body: Body) -> Body:
    """Leave out fields that are undefined, as JSON.stringify does."""
    return {name: value for name, value in body.items() if value is not UNDEFINED}


def children(node: Node) -> Iterator[Node]:
    return (each for each in node.named_children if each.type != "comment")
