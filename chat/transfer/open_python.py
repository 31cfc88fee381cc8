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
from . import bounded, open_responses
from .opened import Joined, Opened, Unknown, Work, base_of, joined, safe_header, unknown

LARGEST = 128 * 1024  # characters of a program
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
    "chat.complete",
    "chat.complete_async",
    "chat.stream",
    "chat_completion",
    ".chat",
)
#: Where the clients of the packages that follow the SDK's form send to by themselves.
_CLIENTS = {
    "OpenAI": "",
    "AzureOpenAI": "",
    "Groq": "https://api.groq.com/openai/v1",
    "Together": "https://api.together.xyz/v1",
    "Mistral": "https://api.mistral.ai/v1",
    "Cerebras": "https://api.cerebras.ai/v1",
    "InferenceClient": "",
    "Client": "",
}
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
        self._lines = [line.encode() for line in text.split("\n")]
        self._names: dict[str, Any] = {}
        self._url = ""
        self._azure = ("", "")
        self._secrets: tuple[str, ...] = ()
        self._work = Work()

    def read(self, tree: ast.Module) -> Iterator[Opened]:
        for node in _in_order(tree):
            self._work.on()
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
                    value = self._combined(node.op, before, value, Unknown(target.id))
                self._names[target.id] = Unknown(target.id) if isinstance(value, Unknown) else value
            elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                key, held = self._value(target.slice), self._names.get(target.value.id)
                if isinstance(held, dict) and isinstance(key, str):
                    self._work.on(held)
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
            self._work.on(given)
            held += given
        elif node.func.attr == "update" and isinstance(held, dict) and isinstance(given, dict):
            self._work.on(given)
            held.update(given)

    # ---- calls

    def _call(self, node: ast.Call) -> Opened | None:
        name = _dotted(node.func)
        given = self._keywords(node)
        client = name.split(".")[-1].removeprefix("Async")
        if client in _CLIENTS and "messages" not in given:
            self._client(given, _CLIENTS[client])
            return None
        if (name.endswith(_CHAT) or name in ("completion", "acompletion", "chat")) and (
            "messages" in given or "model" in given
        ):
            listed = next((each for each in map(self._value, node.args) if isinstance(each, list)), None)
            given = given if listed is None else {"messages": listed, **given}
            return self._opened(given, "a call in Python", node)
        if name.endswith(_RESPONSES):
            body, _ = _body(given)
            return replace(
                open_responses.opened(body),
                form="a call of responses.create in Python",
                label=f"line {node.lineno}",
                url=self._address(given),
                secrets=self._secrets,
            )
        return self._posted(name, node, given)

    def _client(self, given: Body, url: str) -> None:
        """Take where a client sends to, and note that a key was given to it."""
        address = given.get("base_url", given.get("server_url"))
        self._url = base_of(address)[0] if isinstance(address, str) else url
        azure, version = given.get("azure_endpoint"), given.get("api_version")
        self._azure = (azure if isinstance(azure, str) else "", version if isinstance(version, str) else "")
        keys = ("api_key", "azure_ad_token", "token")
        self._secrets = tuple(each for each in keys if isinstance(given.get(each), str))
        self._secrets += tuple(each for each in ("default_headers", "headers") if _secret_in(given.get(each)))

    def _address(self, given: Body) -> str:
        """Say where a call is sent to, as far as that is known; Azure has the model in the address."""
        address = given.get("base_url") or given.get("api_base")
        if isinstance(address, str):
            return base_of(address)[0]
        (azure, version), model = self._azure, given.get("model")
        if not azure or not isinstance(model, str):
            return self._url
        return base_of(f"{azure.rstrip('/')}/openai/deployments/{model}?api-version={version}")[0]

    def _opened(self, given: Body, form: str, node: ast.Call) -> Opened:
        body, notes = _body(given)
        secrets = (*self._secrets, *(("api_key",) if "api_key" in given else ()))
        secrets += ("extra_headers",) if given.get("extra_headers") else ()
        return Opened(body, form, f"line {node.lineno}", self._address(given), tuple(notes), secrets)

    def _posted(self, name: str, node: ast.Call, given: Body) -> Opened | None:
        """Read requests.post(URL, json={…}) and the same with httpx."""
        if name.split(".")[-1] not in ("post", "request"):
            return None
        body = given.get("json", given.get("data", given.get("content")))
        if isinstance(body, str):
            try:
                body = bounded.read(body)
            except ValueError:
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

    # ---- values

    def _value(self, node: ast.expr) -> Any:
        """Give what an expression says in literals; Unknown for what it does not."""
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


def _secret_in(headers: Any) -> bool:
    return isinstance(headers, dict) and not all(safe_header(str(name)) for name in headers)


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
    """Give a value as it stands in a formatted text; what has a format of its own is not known."""
    if isinstance(value, Unknown):
        return value
    return str(value) if plain and isinstance(value, str | int | float) else unknown


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
