"""Write a request as a command or a program that runs as it stands: curl, Python, Node. Pure.

The key is never in it: it is read from the environment when the program runs. Text of any kind
stands in it as data, whatever it holds. The embedded model's address and key live and die with
the shell, so such a program asks the same model where `embedded_server` serves it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any
from urllib.parse import urlencode

from ..base.dataclass import dataclass
from ..base.errors import BadInput
from ..conversation.wire import HIDDEN
from ..parameters.table import BY_NAME

#: Where `embedded_server`, run by hand, listens, and the variable that says otherwise.
SERVED_AT = "http://127.0.0.1:8080/v1"
SERVED_BY = "TEMPERA_BASE_URL"

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WIDTH = 96
#: The whole numbers that JavaScript knows apart.
_SAFE = 2**53


@dataclass(frozen=True)
class Call:
    """A request: `body` as its bytes go out, the headers that are no secret, and the variable of
    the environment that has the key ("" where none is sent). `from_environment`: headers whose
    values are in variables; the SDKs know these by themselves. `served`: the command that serves
    the model where it is embedded. `added`: fields that the shell adds, with what the person set
    there (None for nothing)."""

    base_url: str
    body: bytes = field(repr=False)
    key_env: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    from_environment: tuple[tuple[str, str], ...] = ()
    served: str = ""
    added: Mapping[str, Any] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name in (self.key_env, *(variable for _, variable in self.from_environment)):
            if name and not _VARIABLE.fullmatch(name):
                raise BadInput(f"{name} is not a variable that a program can read")
        if HIDDEN in f"{self.base_url}{self.query}":
            raise BadInput("the address holds a secret, and a program would, too")

    @property
    def values(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def asked(self) -> dict[str, Any]:
        """Return the body as the person asked for it, without the fields that the shell adds."""
        given = {name: self.added.get(name, value) for name, value in self.values.items()}
        return {name: value for name, value in given.items() if name not in self.added or value is not None}


@dataclass(frozen=True)
class Language:
    """A form that a request is written in. `ending` is that of its files. `write` raises BadInput if it
    can't hold the request. `runs`: the program asks a server."""

    name: str
    ending: str
    about: str
    write: Callable[[Call], str]
    runs: bool = True


def language(name: str) -> Language | None:
    return next((each for each in LANGUAGES if each.name == name.lower()), None)


def curl(call: Call) -> str:
    """Write a command for sh. The body goes in by a here-document without expansion. curl takes its last
    line break off again, so that it arrives byte for byte."""
    address = f'"${{{SERVED_BY}:-{SERVED_AT}}}/chat/completions"' if call.served else ""
    query = f"?{urlencode(call.query)}" if call.query else ""
    url = address or shlex.quote(call.base_url + "/chat/completions" + query)
    options = "-sS" + ("N" if call.values.get("stream") else "") + ("g" if re.search(r"[][{}]", url) else "")
    lines = [f"curl {options} {url}", "-H 'Content-Type: application/json'"]
    if call.key_env:
        lines.append(f'-H "Authorization: Bearer ${{{call.key_env}:?holds no key}}"')
    lines += [f'-H "{name}: ${variable}"' for name, variable in call.from_environment]
    for name, value in call.headers:
        lines.append("-H " + shlex.quote(f"{name}: {value}" if value else f"{name};"))
    command = " \\\n  ".join([*lines, "-d @- <<'JSON'"])
    return f"{_about(call, '#', '')}{command}\n{call.body.decode()}\nJSON\n"


def python(call: Call) -> str:
    """Write a program on the official SDK. Fields that the SDK has no name for go by extra_body."""
    body = call.values
    known = {name: value for name, value in body.items() if name == "messages" or _is_field(name)}
    extra = {name: value for name, value in body.items() if name not in known}
    given = [f"    {name}={_literal(value, 1, _PYTHON)},\n" for name, value in known.items()]
    if extra:
        given.append(f"    extra_body={_literal(extra, 1, _PYTHON)},\n")
    key = f'os.environ["{call.key_env}"]' if call.key_env else '"none"'
    where = f'os.environ.get("{SERVED_BY}", "{SERVED_AT}")' if call.served else repr(call.base_url)
    headers = f", default_headers={_literal(dict(call.headers), 0, _PYTHON)}" if call.headers else ""
    if call.query:
        headers += f", default_query={_literal(dict(call.query), 0, _PYTHON)}"
    imports = "import os\n\n" if call.key_env or call.served else ""
    return (
        f"{_about(call, '#', 'pip install openai')}{imports}from openai import OpenAI\n\n"
        f"client = OpenAI(base_url={where}, api_key={key}{headers})\n"
        f"answer = client.chat.completions.create(\n{''.join(given)})\n{_PYTHON_SHOWS[_shows(body)]}"
    )


def node(call: Call) -> str:
    """Write a module on the official package, which sends unknown fields as they are."""
    body = _literal(call.values, 0, _NODE)
    key = f"process.env.{call.key_env}" if call.key_env else '"none"'
    where = f'process.env.{SERVED_BY} ?? "{SERVED_AT}"' if call.served else _script_text(call.base_url)
    headers = f", defaultHeaders: {_literal(dict(call.headers), 0, _NODE)}" if call.headers else ""
    if call.query:
        headers += f", defaultQuery: {_literal(dict(call.query), 0, _NODE)}"
    return (
        f"{_about(call, '//', 'npm install openai')}"
        'import OpenAI from "openai";\n\n'
        f"const client = new OpenAI({{ baseURL: {where}, apiKey: {key}{headers} }});\n"
        f"const answer = await client.chat.completions.create({body});\n{_NODE_SHOWS[_shows(call.values)]}"
    )


def body(call: Call) -> str:
    """Give the body alone, as JSON that people read."""
    return json.dumps(call.asked, ensure_ascii=False, indent=2) + "\n"


def batch(call: Call) -> str:
    """Give a line of a Batch file."""
    line = {"custom_id": "request-1", "method": "POST", "url": "/v1/chat/completions", "body": call.asked}
    return json.dumps(line, ensure_ascii=False) + "\n"


LANGUAGES = (
    Language("body", "json", "a request's body as JSON", body, runs=False),
    Language("batch", "jsonl", "a request as a line of a Batch file", batch, runs=False),
    Language("curl", "sh", "a request as a command for sh", curl),
    Language("python", "py", "a request as a program on the openai package", python),
    Language("node", "mjs", "a request as a program on the openai package of npm", node),
)


def _about(call: Call, mark: str, needs: str) -> str:
    """Say what whoever runs it has to know."""
    lines = ["A request, as Tempera sends it."]
    if needs:
        lines.append(f"It needs the official package: {needs}")
    if call.key_env:
        lines.append(f"The key is read from {call.key_env}.")
    if call.served:
        lines += [
            "The embedded model answers inside the shell alone. To serve it to this:",
            f"  {' '.join(call.served.split())}",
            f"Any other server of the model will do, too, if {SERVED_BY} has its address.",
        ]
    return "".join(f"{mark} {line}\n" for line in lines) + "\n"


def _is_field(name: str) -> bool:
    return name in BY_NAME and BY_NAME[name].field and not BY_NAME[name].servers


# ---- how the answer is shown


def _shows(body: dict[str, Any]) -> str:
    """Tell which way: streamed or whole; text, the texts of several choices, or calls and all."""
    how = "stream" if body.get("stream") else "whole"
    if body.get("tools") or body.get("functions") or body.get("audio"):
        return f"{how} all"
    choices = body.get("n")  # anything at all in a body that was imported
    return f"{how} many" if isinstance(choices, int | float) and choices > 1 else how


_PYTHON_SHOWS = {
    "stream": """for chunk in answer:
    for choice in chunk.choices:
        print(choice.delta.content or "", end="", flush=True)
print()
""",
    "stream many": """texts = {}
for chunk in answer:
    for choice in chunk.choices:
        texts[choice.index] = texts.get(choice.index, "") + (choice.delta.content or "")
for index, text in sorted(texts.items()):
    print(f"[{index + 1}]\\n{text}")
""",
    "stream all": """for chunk in answer:
    print(chunk.model_dump_json(exclude_none=True), flush=True)
""",
    "whole": "print(answer.choices[0].message.content)\n",
    "whole many": """for choice in answer.choices:
    print(f"[{choice.index + 1}]\\n{choice.message.content}")
""",
    "whole all": "print(answer.model_dump_json(indent=2, exclude_none=True))\n",
}
_NODE_SHOWS = {
    "stream": """for await (const chunk of answer) {
  for (const choice of chunk.choices) {
    process.stdout.write(choice.delta?.content ?? "");
  }
}
process.stdout.write("\\n");
""",
    "stream many": """const texts = [];
for await (const chunk of answer) {
  for (const choice of chunk.choices) {
    texts[choice.index] = (texts[choice.index] ?? "") + (choice.delta?.content ?? "");
  }
}
texts.forEach((text, index) => console.log(`[${index + 1}]\\n${text}`));
""",
    "stream all": """for await (const chunk of answer) {
  console.log(JSON.stringify(chunk));
}
""",
    "whole": "console.log(answer.choices[0].message.content);\n",
    "whole many": """for (const choice of answer.choices) {
  console.log(`[${choice.index + 1}]\\n${choice.message.content}`);
}
""",
    "whole all": "console.log(JSON.stringify(answer, null, 2));\n",
}


# ---- values


@dataclass(frozen=True)
class _Style:
    """How a language writes values; `step` indents."""

    text: Callable[[str], str]
    key: Callable[[str], str]
    number: Callable[[int], str]
    words: tuple[str, str, str]
    step: str


def _literal(value: Any, depth: int, style: _Style) -> str:
    """Give a value of JSON, on one line where it fits."""
    if value is None or isinstance(value, bool):
        return style.words[0 if value is None else 1 if value else 2]
    if isinstance(value, str):
        return style.text(value)
    if isinstance(value, int):
        return style.number(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        inner = [f"{style.key(name)}: {_literal(each, depth + 1, style)}" for name, each in value.items()]
        start, end = "{}"
    else:
        inner = [_literal(each, depth + 1, style) for each in value]
        start, end = "[]"
    line = start + ", ".join(inner) + end
    if len(line) <= _WIDTH - depth * len(style.step) and "\n" not in line:
        return line
    pad = style.step * (depth + 1)
    return start + "\n" + "".join(f"{pad}{each},\n" for each in inner) + style.step * depth + end


def _script_text(text: str) -> str:
    """Write a string of JavaScript, with invisible characters escaped."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in quoted)


def _script_key(name: str) -> str:
    """Write a key of JavaScript. A plain "__proto__" would set the object's prototype."""
    return f"[{_script_text(name)}]" if name == "__proto__" else _script_text(name)


def _script_number(number: int) -> str:
    if abs(number) >= _SAFE:
        raise BadInput(
            f"{number} is more than JavaScript can count", "/export curl and /export python send it as it is"
        )
    return str(number)


_PYTHON = _Style(repr, repr, str, ("None", "True", "False"), "    ")
_NODE = _Style(_script_text, _script_key, _script_number, ("null", "true", "false"), "  ")
