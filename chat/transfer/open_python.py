"""Requests in Python: the call of an SDK, or of requests and httpx, with what it says in literals.

The text is parsed by `ast` and never run. Names that are assigned literals in it are resolved;
`python_values` says what expressions stand for.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..base.errors import BadValue
from ..conversation.body import Body
from . import bounded, open_responses
from .opened import Opened, Unknown, base_of, in_order, safe_header
from .python_values import PythonValues, dotted

LARGEST = 128 * 1024  # characters of a program

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


class NotPython(BadValue):
    """The text is no Python."""


def requests(text: str) -> Iterator[Opened]:
    """Find the requests in a program. Raises NotPython, or BadValue where no call is found."""
    tree = _parsed(text)
    try:
        found = list(_PythonReader(textwrap.dedent(text)).read(tree))
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


class _PythonReader(PythonValues):
    """Walks a program in its order; knows what the names in it stand for so far."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._url = ""
        self._azure = ("", "")
        self._secrets: tuple[str, ...] = ()

    def read(self, tree: ast.AST) -> Iterator[Opened]:
        for node in in_order(tree, ast.iter_child_nodes):
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
        name = dotted(node.func)
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
        """Return where a call is sent, as far as that is known. Azure has the model in the address."""
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


def _body(given: Body) -> tuple[Body, list[str]]:
    """Return (the body of a call, notes on arguments that are no part of it)."""
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
