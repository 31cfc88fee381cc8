"""/improve: a better version of the prompt in force, asked of a model, and taken only when told to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from chat.base.errors import BadInput, TemperaError
from chat.base.short import cut
from chat.conversation.branch import Branch
from chat.conversation.turn import COMPLETE
from chat.lab import diff as diffs
from chat.prompts import template
from chat.prompts.loaded import LoadedPrompt
from chat.prompts.prompt import Prompt
from chat.session import prompted
from chat.session.state import Session

from ..asking import ask
from ..declare import Argument, Suggestion, command
from ..screen import Screen
from ..settings.assigning import look_up
from ..settings.parameters import values
from .showing import as_text

_ANSWERS = 5  # of the last ones, that are sent along
_LONGEST = 2000  # characters of each
#: What of a request stays as it is set: who answers, and how it is paid for.
_KEPT = ("model", "stream", "stream_options", "reasoning_effort", "service_tier", "store", "metadata")
_INSTRUCTIONS = """\
You improve prompts for language models. You are given a prompt, answers that it brought, and what a person \
thinks of them. Write a better version of the prompt. Keep what it asks for, and its language. {variables}\
Answer with the new text alone, without a remark before or after it.{parts}"""
_PARTS = """ Begin each part with the line that it has in what you are given, such as \
=== part 1: system ===, and keep all parts in their order."""
_MARK = re.compile(r"^[ \t]*=== part (\d+):[^\n]*===[ \t]*\r?\n?", re.MULTILINE)


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    if typed.startswith("--with "):
        for each in values(session, look_up("model"), typed[len("--with ") :]):
            yield Suggestion(each.text, each.note, len("--with ") + each.start)
    elif "--with".startswith(typed):
        yield Suggestion("--with ", "another model")


@command(Argument("what", _suggest, optional=True, rest=True, usage="[--with MODEL] what is wrong"))
def improve(session: Session, screen: Screen, text: str | None) -> None:
    """Ask for a better version of the prompt in force, given the last answers and their marks.

    /improve                          of the system message, or of all texts of the prompt
    /improve it is too long           with what is wrong
    /improve --with gpt-5.4 …         asked of another model
    The change is shown word by word, and is taken only if you say so. /wire shows what was sent.
    """
    model, complaint = _parted(text or "")
    made = prompted.present(session)
    if session.prompt is None and made.system:
        made = replace(made, messages=())  # what was only said is no prompt
    texts = _texts(made)
    if not texts:
        raise BadInput("there is no prompt to improve: no system message, and no messages of a prompt")
    settings = session.settings
    for parameter, _ in session.settings:
        if (parameter.field and parameter.name not in _KEPT) or parameter.name == "messages":
            settings = settings.unset(parameter.name)
    if settings.get("bias") is not None:
        settings = settings.unset("bias")
    if model:
        settings = settings.set("model", look_up("model").kind.read(model))
    names = list(dict.fromkeys(name for each in texts for name in _names(made, each)))
    kept = ", ".join("{{" + name + "}}" for name in names)
    told = f"It has variables, {kept}: keep each of them, written so. " if names else ""
    parts = _PARTS if len(texts) > 1 else ""
    settings = settings.set("system", _INSTRUCTIONS.format(variables=told, parts=parts))
    asked = Branch().add("user", _question(session, made, texts, complaint))
    turn = ask(session, screen, session.target(settings), asked, move=False)
    if turn is None:
        return
    if turn.answer.error:
        raise TemperaError(turn.answer.error.message, turn.answer.error.hint)
    if turn.answer.ended != COMPLETE:
        raise TemperaError("the answer is not whole: the prompt is as it was")
    if turn.choice.finish_reason == "length":
        raise TemperaError("the answer was cut off: the prompt is as it was")
    new = _with_texts(made, _read(turn.choice.text, len(texts)))
    _offer(session, screen, made, new)


def _parted(text: str) -> tuple[str, str]:
    """Split into (the model, what is wrong)."""
    if not text.startswith("--with"):
        return "", text.strip()
    words = text.removeprefix("--with").removeprefix("=").strip().split(None, 1)
    if not words:
        raise BadInput("--with takes the name of a model")
    return words[0], words[1] if len(words) > 1 else ""


def _texts(made: Prompt) -> list[str]:
    """Return the texts to improve: the system message, and each message that is one text."""
    found = [made.system] if made.system else []
    return found + [each["content"] for each in made.messages if isinstance(each.get("content"), str)]


def _names(made: Prompt, text: str) -> list[str]:
    return template.names_in(text) if made.template else []


def _question(session: Session, made: Prompt, texts: list[str], complaint: str) -> str:
    if len(texts) == 1:
        parts = [f"The prompt:\n\n{texts[0]}"]
    else:
        roles = ["system"] if made.system else []
        roles += [str(each["role"]) for each in made.messages if isinstance(each.get("content"), str)]
        marked = (
            f"=== part {n}: {role} ===\n{each}"
            for n, (role, each) in enumerate(zip(roles, texts, strict=True), 1)
        )
        parts = ["The prompt:\n\n" + "\n".join(marked)]
    for place in session.conversation.path()[-_ANSWERS:]:
        turn = session.turns[place]
        marks = [{1: "good", -1: "bad"}.get(turn.marks.rating or 0, ""), turn.marks.note]
        said = "; ".join(filter(None, marks))
        question = turn.request.asked.last.content if turn.request.asked.last else ""
        parts.append(
            f"Asked: {cut(question, _LONGEST)}\nAnswered: {cut(turn.said, _LONGEST)}"
            + (f"\nThe person marked this answer: {said}" if said else "")
        )
    if complaint:
        parts.append(f"What is wrong: {complaint}")
    return "\n\n".join(parts)


def _read(answer: str, count: int) -> list[str]:
    """Give the new texts in an answer. Raises TemperaError where they are not there."""
    text = answer.strip()
    if fenced := re.fullmatch(r"```\w*\n(.*)\n```", text, re.DOTALL):
        text = fenced[1].strip()
    if count == 1:
        found = [_MARK.sub("", text, count=1).strip()]
    else:
        pieces = _MARK.split(text)
        numbers = [int(each[:6]) for each in pieces[1::2]]
        found = [each.strip() for each in pieces[2::2]] if numbers == list(range(1, count + 1)) else []
    if not found or not all(found):
        raise TemperaError("the answer holds no new version of each part: the prompt is as it was")
    return found


def _with_texts(made: Prompt, texts: list[str]) -> Prompt:
    left = list(texts)
    system = left.pop(0) if made.system else ""
    messages: list[Mapping[str, Any]] = []
    for each in made.messages:
        messages.append({**each, "content": left.pop(0)} if isinstance(each.get("content"), str) else each)
    return replace(made, system=system, messages=tuple(messages))


def _offer(session: Session, screen: Screen, before: Prompt, after: Prompt) -> None:
    """Show the changes, and take them if the person says so."""
    if as_text(before) == as_text(after):
        screen.say("the answer is the prompt as it is")
        return
    screen.changes(diffs.words(as_text(before), as_text(after)))
    if before.template:
        old, new = ({n for t in _texts(each) for n in template.names_in(t)} for each in (before, after))
        for lost in sorted(old - new):
            screen.warn("{{" + lost + "}} is no longer in it")
        for added in sorted(new - old):
            screen.warn("{{" + added + "}} is new in it, and would be a variable")
    if not screen.confirm("take it?"):
        screen.say("the prompt is as it was")
        return
    if session.prompt is None and not after.messages:
        session.settings = session.settings.set("system", after.system)
    else:
        loaded = session.prompt or LoadedPrompt(after)
        settings = session.settings.without_here({"system"})
        session.settings = settings
        if prompted.replace_prompt(session, loaded.with_prompt(template.declared(after))):
            screen.say("the conversation begins anew with it; /branches has what was said", dim=True)
    screen.say("taken; /prompt save keeps it", dim=True)
