"""Servers that can't see or hear: told before a message is sent to one, or when it refuses."""

from __future__ import annotations

import re
from collections.abc import Collection

from chat.base.errors import ParameterRefused, RequestFailed, TemperaError
from chat.conversation.branch import Branch
from chat.endpoint import embedded_tools
from chat.endpoint.memory import IGNORED, REJECTED
from chat.endpoint.target import Target
from chat.media.medium import AUDIO, FILE, IMAGE
from chat.session import attached
from chat.session.attached import Attached
from chat.session.state import Session

from .screen import Screen

#: What /probe calls whether pictures are looked at.
IMAGES = "images"
#: What a server answers where it can't read a part of a message; and one that fails over it names it.
_REFUSALS = (400, 413, 415, 422)
_NAMED = re.compile(r"image|audio|vision|multimodal|content|file", re.IGNORECASE)
_TOO_LARGE = re.compile(
    r"(image|picture|dimension|pixel|resolution).*(large|big|exceed|maximum|at most|limit)", re.I | re.S
)
#: A side that a refusal names: 8000 pixels, 2048px, 1568 x 1568.
_PIXELS = re.compile(r"(\d{3,5})(?= ?(?:px|pixels?|[x×] ?\d))", re.I)
_WORDS = {IMAGE: "pictures", AUDIO: "sound", FILE: "files"}


def seen(session: Session, screen: Screen, target: Target, asked: Branch) -> bool:
    """Tell whether a message is worth sending, for all that the server has said of itself; why not is said.
    Where /probe has found out that pictures are ignored, that is said, and they are sent."""
    kinds = attached.kinds_in(asked)
    if not kinds:
        return True
    if lacking := _lacking(target, kinds):
        screen.fail(_refused(target, lacking), _way(session, lacking[0]))
        return False
    known = session.endpoints.verdict(target.endpoint, target.model, IMAGES)
    warning = (IMAGES, target.endpoint.base_url, target.model)
    if IMAGE in kinds and known and known.verdict in (IGNORED, REJECTED) and warning not in session.warned:
        session.warned.add(warning)
        screen.warn(f"{target.model} does not look at pictures, as /probe found: {known.verdict}")
    return True


def tools_told(session: Session, screen: Screen, target: Target) -> None:
    """Say once what becomes of tools at a server that does not give them to its model, and at the embedded
    model, which was not trained for them."""
    if not target.settings.get("tools") or target.settings.get("tool_choice") == "none":
        return
    if target.server.lacks_sense("tools"):
        said, hint = f"{target.model}'s template has no place for tools: they are ignored", ""
    elif not target.server.calls_begun:
        return
    elif (name := embedded_tools.required(target.settings.get("tool_choice"))) is None:
        said = f"{target.model} was not trained for tools: it sees them, and hardly ever calls one by itself"
        hint = "/set tool_choice required makes it call; which tool, and with what, stays a guess"
    else:
        others = f", and of the tools {name} alone is sent" if name else ""
        said = (
            f"the answer is begun as a call and ended after it, for {target.model} makes none itself{others}"
        )
        hint = "the form of the call is sure, the choice is a guess; /request and /wire show what is sent"
    if ("tools", target.endpoint.base_url, said) not in session.warned:
        session.warned.add(("tools", target.endpoint.base_url, said))
        screen.warn(said, hint)


def smaller(session: Session, screen: Screen, error: RequestFailed) -> bool:
    """Offer to make the pictures that wait smaller, where a server says that they are too large; whether that
    is done."""
    from .talk import attach  # late: this is rare

    longest = max((max(e.medium.width, e.medium.height) for e in _pictures(session) if e.medium), default=0)
    too_large = error.status == 413 or (error.status in _REFUSALS and _TOO_LARGE.search(error.message))
    if not screen.interactive or longest < 2 or not too_large:
        return False
    named = [int(number) for number in _PIXELS.findall(error.message.replace(",", ""))]
    most = max((number for number in named if number < longest), default=longest // 2)
    if not screen.confirm(f"scale the pictures to {most:,} pixels, and send again?"):
        return False
    try:
        attach.scaled(session, screen, most, {*range(len(session.waiting.files))})
    except TemperaError as problem:
        screen.warn(problem.message, problem.hint)
        return False
    return True


def _pictures(session: Session) -> list[Attached]:
    return [each for each in session.waiting.files if each.kind == IMAGE and each.medium]


def told(session: Session, kinds: Collection[str]) -> str:
    """Say what of these the server in force does not take, where that can be known without waiting."""
    try:
        target = session.target()
    except TemperaError:
        return ""
    if not (target.endpoint.is_loopback or target.endpoint.is_embedded) or not target.server.begun:
        return ""
    lacking = _lacking(target, kinds)
    return _refused(target, lacking) if lacking else ""


def _lacking(target: Target, kinds: Collection[str]) -> list[str]:
    return [kind for kind in (IMAGE, AUDIO) if kind in kinds and target.server.lacks_sense(kind)]


def _refused(target: Target, lacking: list[str]) -> str:
    words = " and ".join(_WORDS[kind] for kind in lacking)
    return f"{target.model} takes no {words}: its server says so, and would refuse the message"


def way_out(session: Session, asked: Branch, error: RequestFailed) -> str:
    """Say what can be done where a server may have refused a message for what is not text in it."""
    kinds = attached.kinds_in(asked)
    other = isinstance(error, ParameterRefused) and error.param and "messages" not in error.param
    refused = error.status in _REFUSALS or (error.status and _NAMED.search(error.message))
    if not kinds or other or not refused:
        return ""
    return f"if it takes no {_WORDS[kinds[0]]}: {_way(session, kinds[0])}"


def _way(session: Session, kind: str) -> str:
    """Give what leaves them out, where that can be done, and who takes them."""
    others = f"/model or /profile goes to one that takes {_WORDS[kind]}"
    if session.waiting:
        return f"/attach off sends the text alone; {others}"
    return f"{others}; /undo goes back before the message that has them"
