"""Make a case of a turn: what was asked becomes its variables, what came back what is expected. Pure.

What stands in a file of cases is read with templates in it, and an answer is none.
"""

from __future__ import annotations

import re
from typing import Any

from ..base.errors import BadInput
from ..conversation.turn import Turn
from ..prompts.loaded import LoadedPrompt
from .assertions.declaration import NOTHING
from .deciding import decide
from .inforce import MESSAGE
from .judging import Judged
from .suite import Answered, Assertion, Case

_MARKS = re.compile(r"\{\{|\{%|\{#")
_SAY = "say what is expected: /case add -- contains: Paris"
_END = re.compile(r"\{%-?\s*endraw")


def variables(turn: Turn, prompt: LoadedPrompt | None) -> dict[str, Any]:
    """Give the values that the prompt was filled with, and the message that was typed, as `input`. Raises
    BadInput for what no case can hold."""
    found = dict(turn.request.template.get("values") or {})
    asked = turn.request.asked
    if not _is_whole(turn, prompt):
        if asked.last is None or asked.last.role != "user":
            raise BadInput("the turn answers no message of the user, and a case is one")
        if asked.last.form is not None and not isinstance(asked.last.form.get("content"), str):
            raise BadInput("the message has more than a text, and a case holds texts")
        if MESSAGE[0] in found:
            raise BadInput(f"the prompt has a variable {MESSAGE[0]}, which is what a case calls the message")
        found[MESSAGE[0]] = asked.last.content
    for name, value in found.items():
        if isinstance(value, str) and value.startswith("file://"):
            raise BadInput(f"{name} begins with file://, and an evaluation would read that file")
    return found


def _is_whole(turn: Turn, prompt: LoadedPrompt | None) -> bool:
    """Tell whether all that was asked came of the prompt in force."""
    if prompt is None or turn.request.template.get("version") != prompt.version:
        return False
    return bool(prompt.prompt.messages) and turn.request.asked.length == prompt.start.length


def earlier(turn: Turn, prompt: LoadedPrompt | None) -> int:
    """Count the messages before the last one that a case leaves out."""
    if _is_whole(turn, prompt):
        return 0
    made = prompt.start.length if prompt and prompt.made("", turn.request.asked) else 0
    return max(0, turn.request.asked.length - made - 1)


def expected(turn: Turn) -> Assertion:
    """Expect the answer as it stands; of one that is rated bad, that it is another. Raises BadInput."""
    text = turn.choice.text
    if not text.strip():
        raise BadInput("the answer is empty", _SAY)
    if text.startswith(("file://", "package:")):
        raise BadInput("the answer begins with the name of a file, which an evaluation would read", _SAY)
    return Assertion("equals", as_text(text), negated=(turn.marks.rating or 0) < 0)


def as_text(text: str) -> str:
    """Write a text so that it is taken for no template, and means itself."""
    if not _MARKS.search(text):
        return text
    if _END.search(text):
        raise BadInput("the answer ends raw text itself", _SAY)
    return "{% raw %}" + text + "{% endraw %}"


def passes(turn: Turn, held: Assertion) -> bool | None:
    """Tell whether the answer of the turn is as expected; None where a model would have to say, or it can't
    be checked."""
    values = turn.request.template.get("values") or {}
    deciding = decide(Case(values, (held,)), Answered(turn.choice.text), NOTHING)
    try:
        next(deciding)
    except StopIteration as over:
        judged: Judged = over.value
        return judged.passed
    deciding.close()
    return None
