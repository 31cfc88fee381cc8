"""jinja2's process, run by `jinja`. It has no secrets, opens no file once it is loaded, and may take little
memory and time: the sandbox alone stops neither nested loops nor huge texts.
"""

from __future__ import annotations

import json
from typing import Any

from ..base.serving import Refused, serve

MEMORY = 256 * 1024 * 1024  # bytes beyond what is there once it is loaded
SECONDS = 1  # of computing, an order
OUTPUT = 1_000_000  # characters, of all texts of an order


def made() -> Any:
    """Make the sandbox: no loader, no random text, and an error for every missing value."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True
    )
    environment.globals.pop("lipsum", None)
    return environment


def nunjucks() -> Any:
    """Make a sandbox that fills as Nunjucks does: what is missing is empty, a list is its values with
    commas, and `dump` writes JSON. A mapping is JSON, too, where Nunjucks writes [object Object] of it."""
    from jinja2 import ChainableUndefined

    def shown(value: Any) -> Any:
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
            return ",".join(str(shown(each)) for each in value)
        return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | list | dict) else value

    def dump(value: Any, indent: int | None = None) -> str:
        missing = isinstance(value, ChainableUndefined)
        return "" if missing else json.dumps(value, ensure_ascii=False, indent=indent)

    environment = made()
    environment.undefined = ChainableUndefined
    environment.finalize = shown
    environment.filters["dump"] = dump
    return environment


def answer(environment: Any, order: dict[str, Any]) -> list[str]:
    """Do an order: render `texts` with `values`, or name the variables of the texts."""
    from jinja2 import meta

    if order["do"] == "names":
        found: dict[str, None] = {}
        for text in order["texts"]:
            found.update(dict.fromkeys(sorted(meta.find_undeclared_variables(environment.parse(text)))))
        return [name for name in found if name not in environment.globals]
    size, done = 0, []
    for text in order["texts"]:
        pieces = []
        for piece in environment.from_string(text).generate(order["values"]):
            size += len(piece)
            if size > OUTPUT:
                raise Refused(f"it makes more than {OUTPUT:,} characters")
            pieces.append(piece)
        done.append("".join(pieces))
    return done


def main() -> None:
    environment, lenient = made(), nunjucks()
    answer(environment, {"do": "render", "texts": ["{{ a }}"], "values": {"a": "loaded"}})

    def do(order: dict[str, Any]) -> dict[str, Any]:
        of_nunjucks = order["do"] == "nunjucks" or order.get("nunjucks")
        return {"result": answer(lenient if of_nunjucks else environment, order)}

    serve(
        do,
        said=lambda error: f"{error}"[:300] or type(error).__name__,
        memory=MEMORY,
        seconds=SECONDS,
        sealed=True,
    )
