"""Translate Handlebars and Mustache, as far as a plain name or jinja can say the same: names, #if, #unless,
#each."""

from __future__ import annotations

import re

from ..base.errors import BadValue
from .prompt import VARIABLE

_TAG = re.compile(r"\{\{\{?([^{}]*)\}\}\}?")
_PATH = VARIABLE + r"(?:\." + VARIABLE + r")*"


def translated(text: str) -> tuple[str, bool]:
    """Translate a template to (ours, whether that is jinja). Raises BadValue if it can't be translated."""
    tags = [found[1].strip() for found in _TAG.finditer(text)]
    plain = all(re.fullmatch(VARIABLE, tag) or tag.startswith(("media ", "!")) for tag in tags)
    if plain:
        return _TAG.sub(lambda found: _plain(found[0], found[1].strip()), text), False
    if re.search(r"\{%|(?<!\{)\{#", text):
        raise BadValue("its text has {% or {#, which jinja would take for its own")
    open_: list[str] = []
    made = _TAG.sub(lambda found: _jinja(found[0], found[1].strip(), open_), text)
    if open_:
        raise BadValue(f"{{{{#{open_[-1]}}}}} has no end")
    return made, True


def _plain(tag: str, inner: str) -> str:
    return "" if inner.startswith("!") else tag if inner.startswith("media ") else "{{" + inner + "}}"


def _jinja(tag: str, inner: str, open_: list[str]) -> str:
    """Translate one tag; `open_` are the blocks that it stands in."""
    if inner.startswith("media "):
        return tag
    if inner.startswith("!"):
        return ""
    if begun := re.fullmatch(r"#(if|unless|each)\s+(" + _PATH + ")", inner):
        open_.append(begun[1])
        condition = {"if": "if ", "unless": "if not ", "each": "for this in "}[begun[1]]
        return "{% " + condition + begun[2] + " %}"
    if inner == "else" and open_ and open_[-1] != "each":
        return "{% else %}"
    if inner.startswith("/") and open_ and inner[1:].strip() == open_[-1]:
        return "{% endfor %}" if open_.pop() == "each" else "{% endif %}"
    if inner in ("@index", "@first", "@last") and "each" in open_:
        return "{{ loop." + {"@index": "index0", "@first": "first", "@last": "last"}[inner] + " }}"
    if re.fullmatch(_PATH, inner):
        return "{{ " + inner + " }}"
    raise BadValue(f"{tag[:60]} has no counterpart here", "only names, #if, #unless and #each are read")
