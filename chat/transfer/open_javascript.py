"""Requests in JavaScript and TypeScript: the call of an SDK, or of fetch, with what it says in literals.

The text is parsed by tree-sitter and never run. It also reads JSON with comments and trailing commas,
and objects as JavaScript has them: unquoted keys, single quotes, templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..base.errors import BadValue
from . import bounded, open_responses
from .javascript_values import JavaScriptValues, defined
from .opened import Opened, Unknown, base_of, in_order, unknown

if TYPE_CHECKING:
    from tree_sitter import Node

LARGEST = 128 * 1024  # bytes of a program
_CHAT = (
    "chat.completions.create",
    "chat.completions.parse",
    "chat.completions.stream",
    "chat.completions.runTools",
    "chat.complete",
    "chat.stream",
    ".chat",
)
#: Calls of packages that write fields as maxTokens, and send max_tokens.
_CAMEL = ("chat.complete", "chat.stream")
_CAPITAL = re.compile(r"(?<=[a-z0-9])[A-Z]")
_CLIENTS = {
    "Groq": "https://api.groq.com/openai/v1",
    "Together": "https://api.together.xyz/v1",
    "Mistral": "https://api.mistral.ai/v1",
    "Cerebras": "https://api.cerebras.ai/v1",
}
_RESPONSES = ("responses.create", "responses.parse", "responses.stream")


def requests(text: str) -> Iterator[Opened]:
    """Find the requests in a program. Raises BadValue if there is none."""
    root = _parsed(text)
    found = list(_JavaScriptReader(text.encode()).read(root))
    if not found:
        raise BadValue("no call of chat.completions.create was found in this text")
    yield from found


def value(text: str) -> Any:
    """Read an object or a list as JavaScript, or JSON with comments, has it. Raises BadValue."""
    data = f"({text}\n)"
    root = _parsed(data)
    expression = next((each for each in root.named_children if each.type == "expression_statement"), None)
    if (
        root.has_error
        or expression is None
        or len([n for n in root.named_children if n.type != "comment"]) != 1
    ):
        raise BadValue("this is no JSON, not even with comments and trailing commas")
    read = _JavaScriptReader(data.encode()).value(expression.named_children[0])
    if not isinstance(read, dict | list) or next(unknown(read), None) is not None:
        raise BadValue("this is no JSON, not even with comments and trailing commas")
    return read


def _parsed(text: str) -> Node:
    import tree_sitter_typescript  # late: nobody else needs it
    from tree_sitter import Language, Parser

    data = text.encode()
    if len(data) > LARGEST:
        raise BadValue(f"a program of more than {LARGEST // 1024:,} kB is not read for requests")
    return Parser(Language(tree_sitter_typescript.language_tsx())).parse(data).root_node


class _JavaScriptReader(JavaScriptValues):
    """Walks a program in its order."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._url = ""
        self._secrets: tuple[str, ...] = ()

    def read(self, root: Node) -> Iterator[Opened]:
        for node in in_order(root, lambda node: node.named_children):
            self._work.on()
            if node.type == "variable_declarator":
                self._assigned(node.child_by_field_name("name"), node.child_by_field_name("value"))
            elif node.type == "assignment_expression":
                self._assigned(node.child_by_field_name("left"), node.child_by_field_name("right"))
            elif node.type == "call_expression":
                if found := self._call(node):
                    yield found
                self._pushed(node)
            elif node.type == "new_expression":
                self._client(node)

    def _assigned(self, target: Node | None, given: Node | None) -> None:
        if target is not None and given is not None and target.type == "identifier":
            value, name = self.value(given), self._text(target)
            self._names[name] = Unknown(name) if isinstance(value, Unknown) else value

    def _pushed(self, node: Node) -> None:
        """Follow messages.push(…)."""
        name, _, method = self._end(node.child_by_field_name("function")).rpartition(".")
        held = self._names.get(name)
        if method == "push" and isinstance(held, list):
            held += [each for each in self._arguments(node) if each is not held]

    def _client(self, node: Node) -> None:
        given = self._arguments(node)
        options = given[0] if given and isinstance(given[0], dict) else {}
        address = options.get("baseURL") or options.get("serverURL") or options.get("host")
        name = self._end(node.child_by_field_name("constructor"))
        if isinstance(address, str) or name in _CLIENTS:
            self._url = base_of(address)[0] if isinstance(address, str) else _CLIENTS[name]
        self._secrets += ("apiKey",) if isinstance(options.get("apiKey"), str) else ()

    # ---- calls

    def _call(self, node: Node) -> Opened | None:
        name = self._end(node.child_by_field_name("function"))
        line = f"line {node.start_point[0] + 1}"
        if name.endswith((*_CHAT, *_RESPONSES)):
            given = self._arguments(node)
            if not given or not isinstance(given[0], dict) or not {"messages", "input"} & set(given[0]):
                return None
            body = defined(given[0])
            if name.endswith(_CAMEL):
                body = {_CAPITAL.sub(lambda m: "_" + m[0].lower(), key): each for key, each in body.items()}
            if name.endswith(_RESPONSES):
                made = open_responses.opened(body)
                return replace(
                    made, form="a call of responses.create in JavaScript", label=line, url=self._url
                )
            secrets = (*self._secrets, *(("headers",) if "headers" in str(given[1:2]) else ()))
            return Opened(body, "a call in JavaScript", line, self._url, secrets=secrets)
        if name.endswith(("fetch", "axios", "axios.post", ".post")):
            return self._posted(self._arguments(node), line)
        return None

    def _posted(self, given: list[Any], line: str) -> Opened | None:
        """Read fetch(URL, {body: JSON.stringify({…})}), and axios.post(URL, {…})."""
        url = next((base_of(each)[0] for each in given if isinstance(each, str) and "://" in each), "")
        for options in (each for each in given if isinstance(each, dict)):
            body = options.get("body", options.get("data", options))
            if isinstance(body, str):
                try:
                    body = bounded.read(body)
                except ValueError:
                    continue
            if isinstance(body, dict) and {"messages", "input"} & set(body):
                body = defined(body)
                secrets = (
                    ("headers",)
                    if any(isinstance(each, dict) and "headers" in each for each in given)
                    else ()
                )
                made = open_responses.opened(body) if "messages" not in body else Opened(body, "")
                return replace(made, form="a POST in JavaScript", label=line, url=url, secrets=secrets)
        return None
