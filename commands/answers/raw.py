"""/raw and /copy: what an answer holds, as it was written."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base.errors import BadInput, TemperaError
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..turns import answered, number_of, suggest_answered


def _suggest_raw(session: Session, typed: str) -> Iterator[Suggestion]:
    last = session.conversation.last_answer()
    if last and last.choice.reasoning:
        yield from offer(typed, [("reasoning", "what the model thought before it answered")])
    yield from suggest_answered(session, typed)


def _suggest_copy(session: Session, typed: str) -> Iterator[Suggestion]:
    first, space, rest = typed.partition(" ")
    last = session.conversation.last_answer()
    blocks = code_blocks(last.said) if last else []
    if space and first == "code":
        for number, (language, code) in enumerate(blocks, 1):
            if str(number).startswith(rest):
                note = f"{language} {code.strip().splitlines()[0][:50]}" if code.strip() else language
                yield Suggestion(str(number), note.strip(), len(typed) - len(rest))
        return
    if blocks:
        yield from offer(typed, [("code", "the last block of code, or the one of this number")])
    yield from suggest_answered(session, typed)


@command(Argument("n", _suggest_raw, optional=True, usage="n|reasoning"))
def raw(session: Session, screen: Screen, what: str | None) -> None:
    """Show an answer as it was written, without Markdown's dress.

    /raw 2           the answer of turn 2, as /usage counts them
    /raw reasoning   what the model thought before its last answer, where the server sent it
    """
    if what and "reasoning".startswith(what.lower()):
        reasoning = answered(session).choice.reasoning
        if not reasoning:
            raise TemperaError("no reasoning came with the last answer")
        screen.show(reasoning)
    else:
        screen.show(answered(session, what).said)


@command(Argument("n", _suggest_copy, optional=True, rest=True, usage="n|code [k]"))
def copy(session: Session, screen: Screen, what: str | None) -> None:
    """Put an answer, or a block of its code, on the clipboard.

    /copy 2        the answer of turn 2, as /usage counts them
    /copy code     the last block of code in the last answer; /copy code 1 the first
    Over SSH, or where the system has no tool for it, the terminal is asked to do it (OSC 52).
    """
    words = (what or "").split()
    if words and words[0] == "code":
        blocks = code_blocks(answered(session).said)
        if not blocks:
            raise TemperaError("the last answer has no block of code")
        number = number_of(words[1]) if len(words) > 1 else len(blocks)
        if not 1 <= number <= len(blocks):
            raise BadInput(f"the last answer has blocks of code 1 to {len(blocks)}")
        text = blocks[number - 1][1]
        named = f"block of code {number} of {len(blocks)}"
    else:
        text, named = answered(session, what).said, "the answer"
    way = screen.copy(text)
    screen.say(f"copied {named}: {len(text):,} characters{way}", dim=True)


def code_blocks(text: str) -> list[tuple[str, str]]:
    """Give (language, code) of each fenced or indented block, those in lists and quotes too."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").parse(text)
    return [
        (token.info.partition(" ")[0], token.content)
        for token in tokens
        if token.type in ("fence", "code_block")
    ]
