"""Read what takes a piece out of an answer before it is judged: JMESPath or a jinja template, no program.

promptfoo's files have JavaScript there. What of it is a path alone, or one of a few calls that say the same
in jinja, is read as that.
"""

from __future__ import annotations

import re

JMESPATH, JINJA = "jmespath", "jinja"
_OUTPUT = re.compile(r"(?:JSON\.parse\(\s*output\s*\)|output)(?![\w$])")
_CALLS = {"trim": "trim", "toUpperCase": "upper", "toLowerCase": "lower"}
_CALL = re.compile(r"output\.(" + "|".join(_CALLS) + r")\(\)")
#: Names that JavaScript has and JMESPath would read as a field.
_SCRIPT = re.compile(r"\.length\b|\bcontext\b|\bvars\b|=>|\breturn\b|;|\?\.|^file://")
_MOST = 10_000  # characters


def normal(text: str) -> str:
    """Give a transform as it is kept: "" for one that changes nothing. What can't be read stays as it is."""
    text = text.strip()
    if text == "output":
        return ""
    if call := _CALL.fullmatch(text):
        return "{{ output | " + _CALLS[call[1]] + " }}"
    if (found := _OUTPUT.match(text)) and not _SCRIPT.search(text):
        path = text[found.end() :].removeprefix(".")
        return path if _is_path(path) else text
    return text


def kind(text: str) -> str:
    """Tell what a transform is: JMESPATH, which is held against the answer's JSON, JINJA, whose `output` is
    the answer's text, or "" for what nothing here can read."""
    if "{{" in text or "{%" in text:
        return JINJA
    return JMESPATH if _is_path(text) else ""


def _is_path(text: str) -> bool:
    if not text or len(text) > _MOST or _SCRIPT.search(text) or _OUTPUT.match(text):
        return False
    import jmespath
    from jmespath import functions

    try:
        jmespath.compile(text)
    except (jmespath.exceptions.JMESPathError, RecursionError, ValueError):
        return False
    known = functions.Functions.FUNCTION_TABLE
    return all(name in known for name in re.findall(r"([A-Za-z_]\w*)\(", text))
