"""Requests in Python: the call of an SDK, or of requests and httpx, with what it says in literals.

The text is parsed by `ast` and never run. Names that are assigned literals in it are resolved, and
so are joined strings, f-strings, arithmetic on numbers, dict(…) and a few methods of strings.
"""

from __future__ import annotations

import ast
import json
import operator
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ..base.errors import BadValue
from ..conversation.body import Body
from . import open_responses
from .opened import Joined, Opened, Unknown, base_of, joined

LARGEST = 256 * 1024  # characters of a program
_LONGEST = 1024 * 1024  # characters of a text that is put together
_BIGGEST = 2**63
_WIDE = re.compile(r"%[^a-zA-Z%]*(\d{4}|\*)")  # a format that makes a long text of a short one

#: Ends of the names of what asks Chat Completions; what asks Responses.
_CHAT = (
    "chat.completions.create",
    "chat.completions.parse",
    "chat.completions.stream",
    "with_raw_response.create",
    "with_streaming_response.create",
    "ChatCompletion.create",
    "ChatCompletion.acreate",
    "litellm.completion",
    "litellm.acompletion",
)
_RESPONSES = ("responses.create", "responses.parse", "responses.stream")
#: Arguments of the SDK that are no part of the body.
_NOT_SENT = (
    "extra_headers",
    "extra_query",
    "timeout",
    "api_key",
    "base_url",
    "api_base",
    "organization",
    "headers",
)
_OMITTED = ("NOT_GIVEN", "omit", "openai.NOT_GIVEN", "openai.omit", "Omit", "NotGiven")

_NUMERIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


class NotPython(BadValue):
    """The text is no Python."""


def requests(text: str) -> Iterator[Opened]:
    """Find the requests in a program. Raises NotPython, or BadValue where no call is found."""
    tree = _parsed(text)
    try:
        found = list(_Reader(textwrap.dedent(text)).read(tree))
    except RecursionError:
        raise BadValue("this Python is nested too deeply to be read") from None
    if not found:
        raise BadValue("no call of chat.completions.create was found in this Python")
    yield from found


def _parsed(text: str) -> ast.Module:
    if len(text) > LARGEST:
        raise BadValue(f"a program of more than {LARGEST // 1024:,} kB is not read for requests")
    if sys.version_info < (3, 11):  # there a deep expression kills the interpreter: not this one, then
        check = [sys.executable, "-I", "-c", "import ast, sys; ast.parse(sys.stdin.buffer.read())"]
        if subprocess.run(check, input=text.encode("utf-8", "replace"), capture_output=True).returncode < 0:
            raise BadValue("this Python is nested too deeply to be read")
    try:
        return ast.parse(textwrap.dedent(text))
    except SyntaxError as error:
        raise NotPython(f"this is no Python: {error.msg}, line {error.lineno}") from None
    except (ValueError, RecursionError, MemoryError):
        raise BadValue("this Python is nested too deeply to be read") from None


class _Reader:
    """Walks a program in its order; knows what the names in it stand for so far."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._names: dict[str, Any] = {}
        self._url = ""

    def read(self, tree: ast.Module) -> Iterator[Opened]:
        for node in _in_order(tree):
            if isinstance(node, ast.Call):
                found = self._call(node)
                if found:
                    yield found
                self._changed(node)
            elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                self._assigned(node)

    # ---- statements

    def _assigned(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        if node.value is None:
            return
        value = self._value(node.value)
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name):
                if isinstance(node, ast.AugAssign):
                    before = self._names.get(target.id, Unknown(target.id))
                    value = _combined(node.op, before, value, Unknown(target.id))
                self._names[target.id] = Unknown(target.id) if isinstance(value, Unknown) else value
            elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                key, held = self._value(target.slice), self._names.get(target.value.id)
                if isinstance(held, dict) and isinstance(key, str):
                    self._names[target.value.id] = {**held, key: value}

    def _changed(self, node: ast.Call) -> None:
        """Follow messages.append(…) and its kin."""
        if (
            not isinstance(node.func, ast.Attribute)
            or not isinstance(node.func.value, ast.Name)
            or not node.args
        ):
            return
        held, given = self._names.get(node.func.value.id), self._value(node.args[0])
        if node.func.attr == "append" and isinstance(held, list) and held is not given:
            held.append(given)
        elif node.func.attr == "extend" and isinstance(held, list) and isinstance(given, list):
            held += _bounded(given)
        elif node.func.attr == "update" and isinstance(held, dict) and isinstance(given, dict):
            held.update(given)

    # ---- calls

    def _call(self, node: ast.Call) -> Opened | None:
        name = _dotted(node.func)
        given = self._keywords(node)
        if name.split(".")[-1] in ("OpenAI", "AsyncOpenAI", "AzureOpenAI", "AsyncAzureOpenAI"):
            address = given.get("base_url")
            self._url = base_of(address)[0] if isinstance(address, str) else ""
            return None
        if (name.endswith(_CHAT) or name in ("completion", "acompletion")) and (
            "messages" in given or "model" in given
        ):
            return self._opened(given, "a call in Python", node)
        if name.endswith(_RESPONSES):
            body, _ = _body(given)
            return replace(
                open_responses.opened(body), form="a call of responses.create in Python", url=self._url
            )
        return self._posted(name, node, given)

    def _opened(self, given: Body, form: str, node: ast.Call) -> Opened:
        body, notes = _body(given)
        address = given.get("base_url") or given.get("api_base")
        url = base_of(address)[0] if isinstance(address, str) else self._url
        secrets = tuple(name for name in ("api_key",) if name in given)
        headers = given.get("extra_headers")
        secrets += ("extra_headers",) if headers else ()
        return Opened(body, form, f"line {node.lineno}", url, tuple(notes), secrets)

    def _posted(self, name: str, node: ast.Call, given: Body) -> Opened | None:
        """Read requests.post(URL, json={…}) and the same with httpx."""
        if name.split(".")[-1] not in ("post", "request"):
            return None
        body = given.get("json", given.get("data", given.get("content")))
        if isinstance(body, str):
            try:
                body = json.loads(body)
            except (ValueError, RecursionError):
                return None
        if not isinstance(body, dict) or not {"messages", "input"} & set(body):
            return None
        texts = [
            value for value in (*map(self._value, node.args), given.get("url")) if isinstance(value, str)
        ]
        url = next((base_of(each)[0] for each in texts if "://" in each), "")
        secrets = ("headers",) if "headers" in given or "cookies" in given else ()
        made = open_responses.opened(body) if "messages" not in body else Opened(body, "")
        return replace(made, form="a POST in Python", label=f"line {node.lineno}", url=url, secrets=secrets)

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
        line = self._lines[node.lineno - 1].encode()
        end = node.end_col_offset if node.end_lineno == node.lineno else None
        return " ".join(line[node.col_offset : end][:60].decode("utf-8", "ignore").split()) or "value"

    def _unknown(self, node: ast.expr) -> Unknown:
        return Unknown(self._source(node))

    # ---- values

    def _value(self, node: ast.expr) -> Any:
        """Give what an expression says in literals; Unknown for what it does not."""
        try:
            return self._literal(node)
        except (ArithmeticError, ValueError, TypeError, LookupError):
            return self._unknown(node)

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
            return joined(*(self._formatted(each) for each in node.values))
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.BinOp):
            return _combined(node.op, self._value(node.left), self._value(node.right), self._unknown(node))
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
                if not isinstance(inner, list):
                    return self._unknown(node)
                found += inner
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
        """Give what dict(…) and the few methods of strings make, that say what they make."""
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
        whole = _dotted(node.func)
        if whole in ("textwrap.dedent", "dedent") and len(arguments) == 1 and isinstance(arguments[0], str):
            return textwrap.dedent(arguments[0])
        if whole == "json.dumps" and len(arguments) == 1 and not node.keywords:
            return json.dumps(arguments[0])  # a TypeError where something in it is not known
        if isinstance(node.func, ast.Attribute):
            return self._method(node, self._value(node.func.value), node.func.attr, arguments)
        return self._unknown(node)

    def _method(self, node: ast.Call, held: Any, name: str, arguments: list[Any]) -> Any:
        if isinstance(held, str):
            if name in ("strip", "lstrip", "rstrip", "lower", "upper") and all(
                isinstance(a, str) for a in arguments
            ):
                text: str = getattr(held, name)(*arguments)
                return text
            if name == "join" and len(arguments) == 1 and isinstance(arguments[0], list):
                parts = [part for each in arguments[0] for part in (held, each)][1:]
                return _bounded(joined(*parts))
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
        return _bounded(joined(*parts))


def _body(given: Body) -> tuple[Body, list[str]]:
    """(the body of a call, notes on what is no part of it)."""
    body, notes = {}, []
    for name, value in given.items():
        if name == "extra_body" or (isinstance(value, Unknown) and value.source in _OMITTED):
            continue
        if name.startswith("**"):
            notes.append(f"{name} is no literal: what it holds is not known")
        elif name in _NOT_SENT:
            notes += (
                []
                if name in ("api_key", "base_url", "api_base", "extra_headers")
                else [f"{name} is no part of a body: left out"]
            )
        else:
            body[name] = list(value) if isinstance(value, list) else value
    extra = given.get("extra_body")
    if isinstance(extra, dict):
        body.update(extra)
    elif extra is not None:
        notes.append("extra_body is no literal: left out")
    return body, notes


def _combined(op: ast.operator, left: Any, right: Any, unknown: Unknown) -> Any:
    """Add up numbers, texts and lists; what can't be, or would be huge, is not known."""
    if isinstance(left, int | float) and isinstance(right, int | float) and type(op) in _NUMERIC:
        if isinstance(op, ast.Pow) and (abs(left) > _BIGGEST or abs(right) > 64):
            return unknown
        result = _NUMERIC[type(op)](left, right)
        return result if isinstance(result, int | float) and abs(result) <= _BIGGEST else unknown
    texts = str | Joined | Unknown
    if isinstance(op, ast.Add) and isinstance(left, texts) and isinstance(right, texts):
        known = isinstance(left, str | Joined) or isinstance(right, str | Joined)
        return _bounded(joined(left, right)) if known else unknown
    if isinstance(op, ast.BitOr) and isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    if isinstance(op, ast.Add) and isinstance(left, list) and isinstance(right, list):
        return _bounded([*left, *right])
    if isinstance(op, ast.Mult) and isinstance(left, str | list) and isinstance(right, int):
        return left * right if right >= 0 and len(left) * right <= _LONGEST else unknown
    if isinstance(op, ast.Mod) and isinstance(left, str) and isinstance(right, str | int | float | list):
        if _WIDE.search(left):
            return unknown
        return _bounded(left % (tuple(right) if isinstance(right, list) else right))
    return unknown


def _as_text(value: Any, unknown: Unknown, plain: bool) -> Any:
    """Give a value as it stands in a formatted text; what has a format of its own is not known."""
    if isinstance(value, Unknown):
        return value
    return str(value) if plain and isinstance(value, str | int | float) else unknown


def _bounded(value: Any) -> Any:
    if isinstance(value, str | list) and len(value) > _LONGEST:
        raise ValueError("too long")
    return value


def _dotted(node: ast.expr) -> str:
    """Give the last names of what is called: client.chat.completions.create."""
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < 4:
        names.append(node.attr)
        node = node.value
    return ".".join([*([node.id] if isinstance(node, ast.Name) else []), *reversed(names)])


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree in the order of the text, what is inside an expression before the expression."""
    stack: list[tuple[ast.AST, bool]] = [(node, False)]
    while stack:
        each, done = stack.pop()
        if done:
            yield each
            continue
        stack.append((each, True))
        stack += [(child, False) for child in reversed(list(ast.iter_child_nodes(each)))]
