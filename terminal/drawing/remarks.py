"""Word what is said of an answer beside its text: how a piece is introduced, how it ended, what it took.

Pure: facts of an answer become lines. Every display shows these, so that each is worded once.
"""

from __future__ import annotations

from collections.abc import Collection

from chat.conversation.events import CALL, REFUSAL, Piece, Waiting
from chat.conversation.turn import COMPLETE, FAILED, INTERRUPTED, Answer
from chat.endpoint.failures import duration
from chat.tokens.prices import in_and_out, money

from ..clean import one_line
from .styles import DIM, ERROR, WARNING

Remark = tuple[str, str]  # (sentence, style)
_EMPTY: Remark = ("the answer is empty", WARNING)
_FILTER = "content_filter"


def spelt(piece: Piece, begun: Collection[tuple[int, str]]) -> str:
    """Return the text of a piece as it is shown, with an introduction if it begins a refusal or a tool
    call. `begun` holds (index, kind) of what was shown of this answer before."""
    if piece.kind == REFUSAL:
        return ("" if (piece.index, REFUSAL) in begun else "[refuses] ") + piece.text
    if piece.kind == CALL and piece.name:
        gap = "\n" if (piece.index, CALL) in begun else ""
        return f"{gap}[calls {one_line(piece.name)}] {piece.text}"
    return piece.text


def chunks(count: int) -> str:
    """Give how many pieces came, in the API's word. They are no tokens: a server may put several into
    a chunk, or one into two."""
    return f"{count:,} chunk{'' if count == 1 else 's'}"


def waiting(event: Waiting) -> str:
    """Give the line of a countdown; "" when it is over. A narrow window cuts off its end."""
    left = f"trying again in {duration(event.seconds)}, Ctrl-C stops: {one_line(event.why)}"
    return left if event.seconds else ""


def reasons(answer: Answer) -> str:
    """Give the finish reasons of all choices, each once, or how the answer ended."""
    told = dict.fromkeys(one_line(each.finish_reason) for each in answer.choices if each.finish_reason)
    return "/".join(told) or answer.ended


def summary(answer: Answer) -> str:
    """Sum up an answer: tokens in and out, time to the first, speed, finish reason, cost."""
    used = answer.usage
    mark = "≈" if used and used.estimated else ""
    parts: list[str] = []
    if used:
        parts.append(in_and_out(used))
    if answer.first_token is not None:
        parts.append(f"first token {answer.first_token:.2f} s")
    if answer.speed:
        parts.append(f"{mark}{answer.speed:.0f} tok/s")
    parts.append(reasons(answer))
    if used:
        parts.append(
            "cost unknown" if answer.cost is None else (mark if answer.cost else "") + money(answer.cost)
        )
    return " · ".join(parts)


def remarks(answer: Answer, failure: bool = False) -> list[Remark]:
    """Say how an answer ended if it did not end well. A `failure` is said only if nobody else says it."""
    told: list[Remark] = []
    if answer.ended == FAILED and answer.error and failure:
        told.append((one_line(answer.error.message), ERROR))
        told += [(one_line(answer.error.hint), DIM)] if answer.error.hint else []
    elif answer.ended == INTERRUPTED:
        told.append(("interrupted" + ("; what arrived is kept" if answer.answered else ""), WARNING))
    elif answer.ended == COMPLETE and not any(each.said for each in answer.choices):
        told.append(_empty(answer))
    if answer.usage:
        told.append((summary(answer), DIM))
    if any(choice.finish_reason == "length" for choice in answer.choices):
        told.append(("cut off at the limit of tokens (finish reason length)", WARNING))
    if any(choice.finish_reason == _FILTER and choice.said for choice in answer.choices):
        told.append((f"cut off by the server's content filter (finish reason {_FILTER})", WARNING))
    return told


def _empty(answer: Answer) -> Remark:
    """Say that nothing came, and why where the server says so."""
    told = {one_line(each.finish_reason) for each in answer.choices} - {"", "stop"}
    if _FILTER in told:
        return (
            f"the answer is empty: the server's content filter kept it back (finish reason {_FILTER})",
            WARNING,
        )
    return (f"the answer is empty (finish reason {', '.join(sorted(told))})", WARNING) if told else _EMPTY


def outcome(answer: Answer) -> list[Remark]:
    """Say how an answer ended, without a hint at who gave it."""
    told = [(reasons(answer) if answer.ended == COMPLETE else answer.ended, DIM)]
    return told + [_EMPTY for each in remarks(answer) if each[0].startswith(_EMPTY[0])]
