"""/history and /redraw: what was said."""

from __future__ import annotations

from chat.base.indent import indented
from chat.base.short import fenced
from chat.conversation import body
from chat.conversation.branch import Branch
from chat.conversation.message import Message
from chat.conversation.tree import Conversation
from chat.conversation.turn import Turn
from chat.session.state import Session

from ..answers import marks
from ..declare import Argument, command
from ..screen import Screen
from ..turns import number_of


@command(Argument("n", optional=True))
def history(session: Session, screen: Screen, last: str | None) -> None:
    """Show the conversation so far, or its last n turns, a page at a time.

    The numbers are those of the turns, which /edit, /switch, /raw and /diff take.
    """
    parts = _shown(session, None if last is None else number_of(last))
    if parts:
        screen.pages(parts)
    else:
        screen.say("nothing was said yet")


@command()
def redraw(session: Session, screen: Screen) -> None:
    """Clear the window, and draw the last turn again, as wide as the window is now.

    For when something else wrote into it, or its size has changed.
    """
    screen.redraw(_shown(session, 1))


def _shown(session: Session, turns: int | None) -> list[tuple[str, str, bool]]:
    """Return what was said in the last turns, or in all, as parts for the screen."""
    plain = bool(session.preferences.get("plain"))
    system = body.system_of(session.settings)
    parts = [("system", system)] if system else []
    parts += _parts(session.conversation)
    if turns is not None:
        asked = [place for place, (head, _) in enumerate(parts) if head.startswith("user")]
        parts = parts[asked[-turns] :] if turns <= len(asked) else parts
    return [(head, text, head.startswith("assistant") and not plain) for head, text in parts]


def _about(turn: Turn, answer: Branch) -> list[str]:
    """Return remarks on an answer: that its limit cut it off, and a person's mark and note."""
    pairs = zip(turn.answer.choices, turn.branches, strict=False)
    reasons = [choice.finish_reason for choice, node in pairs if node == answer]
    return [*(["length"] if "length" in reasons else []), *marks.about(turn)]


def _text(message: Message) -> str:
    """Give what it says; its calls, and what is JSON, in blocks of code: they are no Markdown."""
    blocks = [fenced(f"{call.name} {call.arguments}") for call in message.calls]
    parts = message.parts if message.form is not None and len(message.parts) > 1 else ()
    words = "\n".join(part.text or f"[{part.about}]" for part in parts) or message.words
    if message.role == "assistant" and words.lstrip()[:1] in ("{", "[") and (laid_out := indented(words)):
        words = fenced(laid_out, "json")
    return "\n\n".join([*filter(None, [words]), *blocks])


def _parts(conversation: Conversation) -> list[tuple[str, str]]:
    """List (who speaks, what is said), with a remark on what requests leave out, and what stands for it."""
    after = conversation.after if conversation.head.goes_through(conversation.after) else None
    parts: list[tuple[str, str]] = []
    number: int | None = None
    for node in conversation.head.backwards():
        if node.last is None:
            continue
        owner = conversation.owner(node)
        number = owner + 1 if owner is not None else number
        notes = [f"turn {number}"] if number and node.last.role == "user" else []
        notes += [node.last.mark] if node.last.mark else []
        notes += _about(conversation.turns[owner], node) if owner is not None else []
        left_out = after is not None and after.length and node.length <= after.length
        notes += ["left out of requests"] if left_out else []
        if after is not None and node == after and conversation.summary:
            parts.append(("what stands for it in requests", conversation.summary))
        parts.append((node.last.role + (f" ({', '.join(notes)})" if notes else ""), _text(node.last)))
    return parts[::-1]
