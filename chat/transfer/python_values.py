"""Evaluate literals in expressions of Python, without running any.

Names that stand for literals, joined strings, f-strings, arithmetic on numbers, dict(…) and a few methods of
strings have a value; anything else is an `Unknown`.
"""

from __future__ import annotations

import ast
import json
import operator
import re
import textwrap
from collections.abc import Callable
from typing import Any

from ..conversation.body import Body
from .opened import Joined, Unknown, Work, joined, unknown

_LONGEST = 1024 * 1024  # characters of a text that is put together
_BIGGEST = 2**63
_WIDE = re.compile(r"%[^a-zA-Z%]*(\d{4}|\*)")  # a format that makes a long text of a short one

_NUMERIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


class PythonValues:
    """Knows what the names of a program stand for so far, and what its expressions make of them."""

    def __init__(self, text: str) -> None:
        self._lines = [line.encode() for line in text.split("\n")]
        self._names: dict[str, Any] = {}
        self._work = Work()

    def _keywords(self, node: ast.Call) -> Body:
        found: Body = {}
        for keyword in node.keywords:
            value = self._value(keyword.value)
            if keyword.arg is not None:
                found[keyword.arg] = value
            elif isinstance(value, dict):
                found.update(value)
            else:
                found[f"**{self._source(keyword.value)}"] = value
        return found

    def _source(self, node: ast.expr) -> str:
        """Give the beginning of an expression as it is written."""
        line = self._lines[node.lineno - 1]
        end = node.end_col_offset if node.end_lineno == node.lineno else None
        return (
            " ".join(
                line[node.col_offset : min(end or len(line), node.col_offset + 60)]
                .decode("utf-8", "ignore")
                .split()
            )
            or "value"
        )

    def _unknown(self, node: ast.expr) -> Unknown:
        return Unknown(self._source(node))

    def _value(self, node: ast.expr) -> Any:
        """Return the value of an expression made of literals, or Unknown for the parts that are not."""
        try:
            made = self._literal(node)
        except (ArithmeticError, ValueError, TypeError, LookupError):
            return self._unknown(node)
        self._work.on(*(() if isinstance(node, ast.Name | ast.Constant) else (made,)))
        return made

    def _combined(self, op: ast.operator, left: Any, right: Any, unknown: Unknown) -> Any:
        self._work.on(left, right)
        try:
            return _combined(op, left, right, unknown)
        except (ArithmeticError, ValueError, TypeError, LookupError):
            return unknown

    def _joined(self, parts: list[Any]) -> Any:
        self._work.on(*parts)
        return joined(*parts)

    def _literal(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool | None):
            return node.value
        if isinstance(node, ast.Name):
            return self._names.get(node.id, Unknown(node.id))
        if isinstance(node, ast.Dict):
            return self._dict(node)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return self._list(node.elts)
        if isinstance(node, ast.JoinedStr):
            return self._joined([self._formatted(each) for each in node.values])
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.BinOp):
            return self._combined(
                node.op, self._value(node.left), self._value(node.right), self._unknown(node)
            )
        if isinstance(node, ast.Subscript):
            held, key = self._value(node.value), self._value(node.slice)
            if isinstance(held, dict) and isinstance(key, str):
                return held[key]
            return held[key] if isinstance(held, list) and isinstance(key, int) else self._unknown(node)
        if isinstance(node, ast.Await):
            return self._value(node.value)
        if isinstance(node, ast.Call):
            return self._made(node)
        return self._unknown(node)

    def _dict(self, node: ast.Dict) -> Any:
        found: Body = {}
        for key, value in zip(node.keys, node.values, strict=True):
            inner = self._value(value)
            if key is None:
                if not isinstance(inner, dict):
                    return self._unknown(node)
                found.update(inner)
            else:
                name = self._value(key)
                found[name if isinstance(name, str) else str(name)] = inner
        return found

    def _list(self, nodes: list[ast.expr]) -> Any:
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                inner = self._value(node.value)
                found += inner if isinstance(inner, list) else [self._unknown(node)]
            else:
                found.append(self._value(node))
        return found

    def _formatted(self, node: ast.expr) -> Any:
        if not isinstance(node, ast.FormattedValue):
            return self._value(node)
        value = self._value(node.value)
        plain = node.format_spec is None and node.conversion == -1
        return (
            value
            if isinstance(value, Joined) and plain
            else _as_text(value, self._unknown(node.value), plain)
        )

    def _unary(self, node: ast.UnaryOp) -> Any:
        value = self._value(node.operand)
        if isinstance(node.op, ast.USub | ast.UAdd) and isinstance(value, int | float):
            return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node.op, ast.Not) and not isinstance(value, Unknown | Joined):
            return not value
        return self._unknown(node)

    def _made(self, node: ast.Call) -> Any:
        """Evaluate dict(…), and the few methods of strings whose result is certain."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        arguments = [self._value(each) for each in node.args]
        if name == "dict" and len(arguments) <= 1 and all(isinstance(each, dict) for each in arguments):
            return {**(arguments[0] if arguments else {}), **self._keywords(node)}
        if name in ("list", "tuple") and len(arguments) == 1 and isinstance(arguments[0], list):
            return list(arguments[0])
        if (
            name in ("str", "int", "float")
            and len(arguments) == 1
            and isinstance(arguments[0], int | float | str)
        ):
            return {"str": str, "int": int, "float": float}[name](arguments[0])
        whole = dotted(node.func)
        if whole in ("textwrap.dedent", "dedent") and len(arguments) == 1 and isinstance(arguments[0], str):
            return textwrap.dedent(arguments[0])
        if whole == "json.dumps" and len(arguments) == 1 and not node.keywords:
            self._work.on(*unknown(arguments[0]))  # a BadValue where it is huge
            return json.dumps(arguments[0])  # a TypeError where something in it is not known
        if isinstance(node.func, ast.Attribute):
            return self._method(node, self._value(node.func.value), node.func.attr, arguments)
        return self._unknown(node)

    def _method(self, node: ast.Call, held: Any, name: str, arguments: list[Any]) -> Any:
        if isinstance(held, str):
            self._work.on(held, *arguments)
            if name in ("strip", "lstrip", "rstrip", "lower", "upper") and all(
                isinstance(a, str) for a in arguments
            ):
                text: str = getattr(held, name)(*arguments)
                return text
            if name == "join" and len(arguments) == 1 and isinstance(arguments[0], list):
                self._work.on(*arguments[0], held * min(len(arguments[0]), _LONGEST // (len(held) or 1) + 1))
                parts = [part for each in arguments[0] for part in (held, each)][1:]
                return self._joined(parts)
            if name == "format":
                return self._format(held, arguments, self._keywords(node))
        if isinstance(held, dict) and name in ("copy",):
            return dict(held)
        if isinstance(held, list) and name in ("copy",):
            return list(held)
        return self._unknown(node)

    def _format(self, text: str, arguments: list[Any], named: Body) -> Any:
        import string

        parts: list[Any] = []
        count = 0
        for before, key, spec, conversion in string.Formatter().parse(text):
            parts.append(before)
            if key is None:
                continue
            place = int(key) if key.isdecimal() else count if key == "" else None
            count += key == ""
            value = named.get(key, Unknown(key)) if place is None else arguments[place]
            parts.append(_as_text(value, Unknown(key or f"value{place}"), not spec and not conversion))
        return self._joined(parts)


def _combined(op: ast.operator, left: Any, right: Any, unknown: Unknown) -> Any:
    """Add up numbers, texts and lists. The result is unknown if it can't be made, or would be huge."""
    if isinstance(left, int | float) and isinstance(right, int | float) and type(op) in _NUMERIC:
        if isinstance(op, ast.Pow) and (abs(left) > _BIGGEST or abs(right) > 64):
            return unknown
        result = _NUMERIC[type(op)](left, right)
        return result if isinstance(result, int | float) and abs(result) <= _BIGGEST else unknown
    texts = str | Joined | Unknown
    if isinstance(op, ast.Add) and isinstance(left, texts) and isinstance(right, texts):
        known = isinstance(left, str | Joined) or isinstance(right, str | Joined)
        return joined(left, right) if known else unknown
    if isinstance(op, ast.BitOr) and isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    if isinstance(op, ast.Add) and isinstance(left, list) and isinstance(right, list):
        return [*left, *right]
    if isinstance(op, ast.Mult) and isinstance(left, str | list) and isinstance(right, int):
        return left * right if right >= 0 and len(left) * right <= _LONGEST else unknown
    if isinstance(op, ast.Mod) and isinstance(left, str) and isinstance(right, str | int | float | list):
        given = right if isinstance(right, list) else [right]
        plain = all(isinstance(each, str | int | float) for each in given)
        if _WIDE.search(left) or not plain or sum(len(str(each)) for each in given) > _LONGEST:
            return unknown
        return left % tuple(given)
    return unknown


def _as_text(value: Any, unknown: Unknown, plain: bool) -> Any:
    """Write a value as it stands in a formatted text. A value with a format of its own is unknown."""
    if isinstance(value, Unknown):
        return value
    return str(value) if plain and isinstance(value, str | int | float) else unknown


def dotted(node: ast.expr) -> str:
    """Return the dotted name of a call: client.chat.completions.create."""
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < 4:
        names.append(node.attr)
        node = node.value
    return ".".join([*([node.id] if isinstance(node, ast.Name) else []), *reversed(names)])
