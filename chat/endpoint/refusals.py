"""Find which parameter a refusal is about, in whatever notation the server names it. Pure.

Servers write `seed`, `body.seed`, `body -> seed`, `Unknown name "seed"`, `$.seed`, `generationConfig.topK`,
or a plain sentence. Of what was sent, the field that is named is found; nothing else is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..conversation.body import Body
from ..conversation.complaint import Complaint
from ..parameters.table import PARAMETERS

#: By the role that the first message has.
_SYSTEM_HINTS = {
    "user": "/set instruction_role joined puts it at the beginning of the first message of the user",
    "system": "/set instruction_role user sends it as the first message of the user",
}

#: llama.cpp's forms of an answer, which it names in a sentence: "failed to parse grammar".
_FORMS = ("grammar", "json_schema")
#: Fields that no refusal of a parameter is about.
_NEVER = ("messages", "model")
_UNSURE = (*_NEVER, "user", "tools")  # that are words of other sentences, too
_QUOTED = re.compile(r"""["'`‘’“”«»]([^"'`‘’“”«»\s]{1,80})["'`‘’“”«»]""")
_PATH = re.compile(r"[\w$]+(?:(?:\.|/|\[['\"]?|\s*(?:->|→|>)\s*)\w+['\"]?\]?)+|/\w+")
_NAMED = re.compile(
    r"(?:parameters?|arguments?|fields?|propert(?:y|ies)|options?|keys?|names?|inputs?|keyword)"
    r"(?:\s+(?:is|are|was|not|permitted|allowed|supported|supplied|given|provided|received|found))*[\s:(]+(\w+(?:\s*,\s*\w+)*)",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"([\w-]+)[)\]]?\s*(?::|=|\b(?:is|are|was|must|should|may|can(?:not|'t)?|does|has|isn't|not|exceeds?|values?"
    r"|parameters?|arguments?|fields?)\b)",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:unknown|unsupported|unrecogni[sz]ed|unexpected|invalid|illegal|(?:not|n't)\s+(?:support\w*|accept\w*"
    r"|allow\w*|permit\w*|implement\w*)|incompatible|remove|omit|without|disable)[\s:]+((?:[\w-]+\s*){1,4})",
    re.IGNORECASE,
)
_STREAM = re.compile(r"\bstream(?:s|ing|ed)?\b", re.IGNORECASE)
_NOT = r"(?:not|n't|un|in|no|only|cannot|never|disallow\w*|without|reject\w*|refus\w*)"
_REFUSES = re.compile(
    rf"\b{_NOT}\b|\b(?:un|in)(?:support|available|valid|able)|must be verified", re.IGNORECASE
)
_SYSTEM = re.compile(
    r"\b(?:system|developer)\b[\s'\"`]*(?:role|message|prompt|instruction)?|messages?\[\d+\]\.role",
    re.IGNORECASE,
)


def parameter(said: Complaint, body: Body) -> str | None:
    """Return the field of the body that a refusal names, or the parameter's name if its field was not sent,
    or None if it names none."""
    sent = {_plain(name): name for name in body if name not in _NEVER}
    for place in said.fields:
        if found := _one(_parts(place), sent):
            return found
    for names in (_noted(said.text), _spoken(said.text)):
        if found := _one(names, sent):
            return found
    if "stream" in sent and body["stream"] is not False and _refuses_stream(said.text):
        return "stream"
    words = said.text.lower().replace("_", " ")
    for form in _FORMS:
        if form in sent.values() and form.replace("_", " ") in words:
            return form
    known = {_plain(each.name): each.name for each in PARAMETERS} | {"streamoptions": "stream_options"}
    quoted = (word for word in re.findall(r"'(\w+)'|(?<!\w)([a-z]+(?:_[a-z]+)+)", said.text))
    named = [*(part for place in said.fields for part in _parts(place)), *("".join(each) for each in quoted)]
    return next(
        (known[_plain(each)] for each in named if _plain(each) in known and each not in _UNSURE), None
    )


def of_the_system_role(said: Complaint, body: Body) -> bool:
    """Tell whether the system message, or its role, is what was refused."""
    roles = [each.get("role") for each in body.get("messages") or () if isinstance(each, dict)][:2]
    if roles == ["user", "user"]:  # the system message may stand before another of the user's
        return "alternat" in said.text.lower()
    return roles[:1] in (["system"], ["developer"]) and bool(
        _SYSTEM.search(said.text) and _REFUSES.search(said.text)
    )


def system_hint(body: Body) -> str:
    """Give the way out where the role of the system message is refused."""
    return _SYSTEM_HINTS["user" if body["messages"][0].get("role") == "user" else "system"]


def wants_reasoning(text: str) -> bool:
    """Tell whether a server misses the reasoning of earlier answers."""
    named = re.search(r"reasoning(?:_content|_details)?|thinking", text)
    return bool(named and re.search(r"miss|must be|require|expected|passed back", text, re.IGNORECASE))


def hint(name: str) -> str:
    """Give the way out of the refusal of a parameter."""
    return "/set stream false and send again" if name == "stream" else f"/unset {name} and send again"


def _refuses_stream(text: str) -> bool:
    return bool(_STREAM.search(text) and _REFUSES.search(text))


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _one(names: Iterable[str], known: dict[str, str]) -> str | None:
    return next((known[_plain(name)] for name in names if _plain(name) in known), None)


def _parts(place: str) -> list[str]:
    """Give the names of a path, the first that may be a field first."""
    return re.findall(r"[\w-]+", place)


def _noted(text: str) -> Iterator[str]:
    """Give the names that stand in a notation: in quotation marks, in a path, or with an underscore."""
    for quoted in _QUOTED.findall(text):
        yield from _parts(quoted)
    for path in _PATH.findall(text):
        yield from _parts(path)
    yield from (word for word in re.findall(r"\w+", text) if "_" in word.strip("_"))
    for names in _NAMED.findall(text):
        yield from _parts(names)


def _spoken(text: str) -> Iterator[str]:
    """Give the words of a plain sentence that stand where a parameter's name would."""
    yield from _BEFORE.findall(text)
    for words in _AFTER.findall(text):
        yield from _parts(words)
