"""Check that an answer is XML or HTML, or that some is in it.

XML is read as leniently as promptfoo's reader does: several roots, text beside them and tags that are never
closed are let pass; what has to be whole is each tag, comment and CDATA section.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import patterns, values
from .declaration import Found, Held, NotChecked, Type, found, lacking

_OPENING, _CLOSING = re.compile("<[^>]+>"), re.compile("</[^>]+>")
_DEEP = 100  # tags within tags, as fast-xml-parser bounds them
_LARGEST = 10 * 1024 * 1024
#: What tells HTML in a text, and how much: promptfoo wants two points.
_SIGNS = (
    (r"&(?:[a-zA-Z]+|#[0-9]+|#x[0-9a-fA-F]+);", "", 1),
    (r"<!DOCTYPE\s+html", "i", 2),
    (r"<!--[^-]*(?:-[^-]+)*-->", "", 1),
    (r"\s[a-zA-Z-]+=\s*[\"'][^\"']*[\"']", "", 1),
    (
        r"<(html|head|body|div|span|p|a|img|h[1-6]|ul|ol|li|table|tr|td|th|form|input|button|script|style"
        r"|link|meta|br|hr)\b",
        "i",
        2,
    ),
)
_EMPTY = r"<[a-zA-Z][a-zA-Z0-9-]*(?:\s[^>]*)?\/>"
_OPENS, _CLOSES = r"<[a-zA-Z][a-zA-Z0-9-]*(?:\s[^>]*)?>", r"<\/[a-zA-Z][a-zA-Z0-9-]*\s*>"
#: The elements of HTML, without those that are no longer.
_ELEMENTS = frozenset(
    "html head title base link meta style body article section nav aside h1 h2 h3 h4 h5 h6 header footer"
    " address p hr pre blockquote ol ul li dl dt dd figure figcaption main div a em strong small s cite q dfn"
    " abbr ruby rt rp data time code var samp kbd sub sup i b u mark bdi bdo span br wbr img iframe embed"
    " object param picture source video audio track map area svg math script noscript canvas ins del table"
    " caption colgroup col tbody thead tfoot tr td th form label input button select datalist optgroup option"
    " textarea output progress meter fieldset legend details summary dialog menu slot template".split()
)


class _Broken(ValueError):
    """It can't be read as XML: a sentence on why."""


Node = dict[str, Any]


def xml(text: str) -> Node:
    """Read XML into names and what they hold: text, names again, or a list where one name stands more than
    once. Attributes are named `@_name`. Raises ValueError."""
    root: Node = {}
    stack = [root]
    at, doctype = 0, False
    while (start := text.find("<", at)) >= 0:
        _hold(stack[-1], text[at:start])
        if text.startswith("</", start):
            at = _end(text, ">", start, "a closing tag")
            if len(stack) > 1:
                stack.pop()
        elif text.startswith("<!--", start):
            at = _end(text, "-->", start + 4, "a comment")
        elif text.startswith("<![", start):
            at = _end(text, "]]>", start, "a CDATA section")
            _hold(stack[-1], text[start + 9 : at - 3])
        elif text.startswith("<!D", start):
            if doctype:
                raise _Broken("it has two document types")
            doctype, at = True, _doctype(text, start)
        else:
            inside, at = _tag(text, start)
            name, _, rest = inside.replace("\t", " ").replace("\n", " ").partition(" ")
            closed = inside.endswith("/") or name.startswith("?")
            node: Node = {f"@_{each}": "" for each in re.findall(r"([^\s=/?]+)\s*(?:=|\s|$)", _bare(rest))}
            _add(stack[-1], name.removesuffix("/"), node)
            if not closed:
                if len(stack) > _DEEP + 1:
                    raise _Broken("it is nested too deeply")
                stack.append(node)
    return root


def _bare(attributes: str) -> str:
    """Take the values out of attributes, so that the names are left."""
    return re.sub(r"\"[^\"]*\"|'[^']*'", " ", attributes)


def _end(text: str, closing: str, start: int, what: str) -> int:
    found_at = text.find(closing, start)
    if found_at < 0:
        raise _Broken(f"{what} is not closed")
    return found_at + len(closing)


def _tag(text: str, start: int) -> tuple[str, int]:
    """Give what is in a tag and the place behind it; quotes may hold its end."""
    closing = "?>" if text.startswith("<?", start) else ">"
    at = start + 1
    while found_at := _NEXT.search(text, at):
        char = found_at[0]
        at = found_at.end()
        if char in "\"'":
            at = text.find(char, at) + 1
            if not at:
                break
        elif closing == ">" or text[found_at.start() - 1] == "?":
            return text[start + 1 : found_at.start()], at
    raise _Broken("a tag is not closed")


_NEXT = re.compile("[\"'>]")


def _doctype(text: str, start: int) -> int:
    end = _end(text, ">", start, "the document type")
    inner = text.find("[", start, end)
    return end if inner < 0 else _end(text, ">", _end(text, "]", inner, "the document type"), "it")


def _hold(node: Node, text: str) -> None:
    if text := text.strip():
        node["#text"] = node.get("#text", "") + text


def _add(node: Node, name: str, child: Node) -> None:
    there = node.get(name)
    if there is None:
        node[name] = child
    elif isinstance(there, list):
        there.append(child)
    else:
        node[name] = [there, child]


def _holds(node: Any, path: str) -> bool:
    for name in path.split("."):
        if not isinstance(node, dict) or name not in node:
            return False
        node = node[name]
    return True


def _required(held: Held) -> list[str]:
    value = held.value
    if isinstance(value, Mapping) and value:
        value = value.get("requiredElements")
        if not isinstance(value, list):
            raise NotChecked("its value has to be names of elements, or `requiredElements`")
    if isinstance(value, str):
        return [values.trimmed(each) for each in value.split(",")]
    return [values.said(each) for each in value] if isinstance(value, list) else []


def _xml_fault(text: str, required: list[str]) -> str:
    if not text.startswith("<"):
        return "it does not begin with a tag"
    try:
        root = xml(text)
    except _Broken as error:
        return f"it is no XML: {error}"
    missing = [path for path in required if not _holds(root, path)]
    return f"it has no {', '.join(missing)}" if missing else ""


def _is_xml(held: Held) -> Found:
    wrong = _xml_fault(held.text, _required(held))
    return found(not wrong, wrong)


def _contains_xml(held: Held) -> Found:
    required, piece = _required(held), _some_xml(held.text)
    wrong = _xml_fault(piece, required) if piece else "no XML is in it"
    return found(not wrong, wrong)


def _some_xml(text: str) -> str:
    """Give what promptfoo takes for XML in a text: from the word that the first tag stands in to the end of
    the last closing tag. Nothing where there is none."""
    text = text[: text.rfind(">") + 1]
    opening = _OPENING.search(text)
    last = text.rfind("</")
    while last >= 0 and not (closing := _CLOSING.match(text, last)):
        last = text.rfind("</", 0, last)
    if opening is None or last < opening.end() or not closing:
        return ""
    start = opening.start()
    while start and values.trimmed(text[start - 1]) != "":
        start -= 1
    return text[start : closing.end()]


def _contains_html(held: Held) -> Found:
    if len(held.text) > _LARGEST:
        raise NotChecked("the answer has more than 10 MB")
    tags = held.text[: held.text.rfind(">") + 1]  # beyond it no tag ends, and looking for one takes long
    points = sum(patterns.searched(sign, tags) for sign in (_OPENS, _CLOSES))
    points += patterns.searched(_EMPTY, held.text[: held.text.rfind("/>") + 2])
    for sign, flags, worth in _SIGNS:
        if points < 2 and patterns.searched(sign, held.text, flags):
            points += worth
    return found(points >= 2, "no HTML is in it")


def _is_html(held: Held) -> Found:
    text = values.trimmed(held.text)
    if not text:
        return found(False, "the answer is empty")
    if len(text) > _LARGEST:
        raise NotChecked("the answer has more than 10 MB")
    if text.lower().startswith("<?xml"):
        return found(False, "it is XML")
    try:
        from selectolax.lexbor import LexborHTMLParser
    except ImportError:
        raise lacking("selectolax") from None
    folded, tree = text.lower(), LexborHTMLParser(text)
    body = tree.body
    if body is not None and "<body" not in folded:
        for node in body.iter(include_text=True):
            if node.tag == "-text" and node.text(deep=False).strip():
                return found(False, "text stands outside of any tag")
    for node in tree.css("*"):
        tag = node.tag or ""
        if tag in ("html", "head", "body") and f"<{tag}" not in folded:
            continue
        if tag in _ELEMENTS or "-" in tag:
            return found(True)
    return found(False, "it has no element of HTML")


_REQUIRED = "nothing, or the elements that have to be there: `note.to`, a list, or with commas between"

TYPES = (
    Type("is-xml", _REQUIRED, _is_xml),
    Type("contains-xml", _REQUIRED, _contains_xml),
    Type("is-html", "nothing", _is_html, needs=("selectolax",)),
    Type("contains-html", "nothing", _contains_html),
)
