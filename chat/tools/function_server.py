"""The process of a person's Python functions, run by `runner`: `describe` gives what the model is told of a
function, `call` calls one, `end` ends all.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import sys
from typing import Any

from ..base.serving import Refused, serve
from .processes import adopt, bounded, end_all

MEMORY = 4 * 1024**3  # bytes that a person's code may take

_loaded: dict[str, Any] = {}
#: `Args:` of Google's docstrings, `:param x:` of Sphinx's.
_GOOGLE = re.compile(r"^(?:Args|Arguments|Parameters):[ \t]*\n((?:(?:[ \t]+.*)?\n?)*)", re.MULTILINE)
_GOOGLE_ONE = re.compile(r"(\*{0,2}\w+)\s*(?:\([^)]*\))?:\s*(.*)")
_SPHINX = re.compile(r"^[ \t]*:param\s+(?:[^:\s]+\s+)?(\w+):[ \t]*(.*)$", re.MULTILINE)
_ENDS = re.compile(
    r"^(?:Args|Arguments|Parameters|Returns|Yields|Raises|Examples?|Notes?):|^[ \t]*:\w+", re.MULTILINE
)


def loaded(path: str) -> Any:
    """Give the module of a file. It may import what stands beside it."""
    if path not in _loaded:
        name = os.path.splitext(os.path.basename(path))[0]
        sys.path.insert(0, os.path.dirname(path))
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise Refused(f"{os.path.basename(path)} is no Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        _loaded[path] = module
    return _loaded[path]


def found(path: str, name: str) -> Any:
    """Give a function of a file."""
    module = loaded(path)
    function = getattr(module, name, None)
    if function is None:
        own = getattr(module, "__name__", "")
        names = [
            key
            for key, value in vars(module).items()
            if inspect.isfunction(value) and value.__module__ == own and not key.startswith("_")
        ]
        have = f"it has {', '.join(names[:10])}" if names else "it has none"
        raise Refused(f"{os.path.basename(path)} has no function {name}: {have}")
    if not callable(function) or inspect.isclass(function):
        raise Refused(f"{name} of {os.path.basename(path)} is no function")
    return function


def adapted(function: Any) -> Any:
    """Give what checks the arguments and calls the function."""
    from pydantic import ConfigDict, TypeAdapter

    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
            raise Refused(
                f"{function.__name__} takes {parameter} without a name: a model names its arguments"
            )
    return TypeAdapter(function, config=ConfigDict(arbitrary_types_allowed=False))


def describe(path: str, name: str) -> dict[str, Any]:
    """Give a function's description and the schema of its arguments."""
    function = found(path, name)
    try:
        schema = adapted(function).json_schema()
    except Refused:
        raise
    except Exception as error:
        first = str(error).strip().splitlines()[0]
        raise Refused(f"no schema can be made of the signature of {name}: {first}") from None
    said = inspect.getdoc(function) or ""
    end = _ENDS.search(said)
    about = _arguments(said)
    schema = _untitled(schema)
    for argument, property_ in schema.get("properties", {}).items():
        if argument in about and isinstance(property_, dict) and "description" not in property_:
            property_["description"] = about[argument]
    return {"description": said[: end.start()].strip() if end else said.strip(), "parameters": schema}


def _arguments(said: str) -> dict[str, str]:
    """Give what a docstring says of each argument."""
    about = {name: text.strip() for name, text in _SPHINX.findall(said)}
    if section := _GOOGLE.search(said):
        last = ""
        indents = [len(line) - len(line.lstrip()) for line in section[1].splitlines() if line.strip()]
        for line in section[1].splitlines():
            one = _GOOGLE_ONE.match(line.strip())
            if one and len(line) - len(line.lstrip()) == min(indents):
                last = one[1].lstrip("*")
                about[last] = one[2].strip()
            elif last and line.strip():
                about[last] += " " + line.strip()
    return about


def _untitled(schema: Any, named: bool = False) -> Any:
    """Give a schema without the titles that pydantic makes of the names. `named`: these are properties,
    and one may be called title."""
    if isinstance(schema, dict):
        return {
            key: value
            if key in ("default", "enum", "const", "examples") and not named
            else _untitled(value, key in ("properties", "$defs") and not named)
            for key, value in schema.items()
            if named or key != "title" or not isinstance(value, str)
        }
    return [_untitled(each) for each in schema] if isinstance(schema, list) else schema


def call(path: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call a function; what it gives as text: itself, or JSON."""
    from pydantic import ValidationError
    from pydantic_core import ArgsKwargs, to_json

    function = found(path, name)
    check = adapted(function)
    try:
        result = check.validate_python(ArgsKwargs((), arguments))
        if inspect.iscoroutine(result):
            import asyncio

            result = asyncio.run(result)
    except ValidationError as error:
        if not error.title.startswith("call["):
            raise
        wrong = [
            f"{'.'.join(map(str, each['loc'])) or 'arguments'}: {each['msg'].lower()}"
            for each in error.errors(include_url=False, include_input=False)[:5]
        ]
        raise Refused("; ".join(wrong)) from None
    if inspect.isgenerator(result):
        result = list(result)
    if isinstance(result, str):
        return bounded(result)
    text = to_json(
        result, fallback=str, bytes_mode="base64", inf_nan_mode="constants", serialize_unknown=True
    )
    return bounded(text.decode())


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """Do an order; whatever a person's code does, this gives a reply."""
    if order["do"] == "end":
        return {"result": None, "gone": True}
    try:
        if order["do"] == "describe":
            return {"result": describe(order["path"], order["name"])}
        return {"result": call(order["path"], order["name"], order["arguments"])}
    except (Refused, MemoryError, RecursionError):
        raise
    except BaseException as error:  # SystemExit and KeyboardInterrupt, too
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise Refused(said[:1000] + _where(error, order["path"])) from None


def _where(error: BaseException, path: str) -> str:
    """Say which line of the person's file it was."""
    line, at = 0, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename == path:
            line = at.tb_lineno
        at = at.tb_next
    return f" ({os.path.basename(path)}, line {line})" if line else ""


def main() -> None:
    adopt()
    serve(answer, memory=MEMORY, leave=end_all)
