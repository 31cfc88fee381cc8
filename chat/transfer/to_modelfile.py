"""Write a conversation's settings as a Modelfile, which Ollama makes a model of. Pure.

Ollama's OpenAI endpoint takes none of the samplers beyond OpenAI's; a Modelfile holds some, with the
system message and what was said. Source: ollama/ollama, docs/modelfile.mdx and parser/parser.go, 2026-11-26.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..conversation.tree import Conversation
from ..parameters.settings import Settings
from ..parameters.table import BY_NAME
from .transcript import parts, shown

#: Our names -> Ollama's, of the parameters that it has. The first that is set of several for one name wins.
_NAMES = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "repeat_penalty": "repeat_penalty",
    "repetition_penalty": "repeat_penalty",
    "repeat_last_n": "repeat_last_n",
    "seed": "seed",
    "stop": "stop",
    "max_completion_tokens": "num_predict",
    "max_tokens": "num_predict",
}
_ROLES = ("system", "user", "assistant")
_QUOTES = '"""'


def modelfile(conversation: Conversation) -> str:
    """Write the settings of the last turn of the branch, and the branch itself. TEMPLATE is left out: the
    base model has its own. What has no counterpart is named in a comment."""
    said = parts(conversation)
    turn = next((part.turn for part in reversed(said) if part.turn), None)
    settings: Mapping[str, Any] = turn.request.settings if turn else {}
    return written(
        turn.model if turn else "",
        turn.request.carried.system if turn else "",
        settings,
        [(part.role, part.text) for part in said],
    )


def of_settings(conversation: Conversation, settings: Settings) -> str:
    """Write the settings in force now, and the branch."""
    values = {parameter.name: value for parameter, value in settings}
    said = [(part.role, part.text) for part in parts(conversation)]
    return written(str(settings.get("model") or ""), str(settings.get("system") or ""), values, said)


def written(model: str, system: str, settings: Mapping[str, Any], said: list[tuple[str, str]]) -> str:
    """Write a Modelfile of these. `said` are (role, text), oldest first."""
    lines = ["# `ollama create NAME -f FILE` makes a model of it", f"FROM {_line(model) or 'MODEL'}"]
    done: dict[str, str] = {}
    missing: list[str] = []
    for name, value in settings.items():
        parameter = BY_NAME.get(name.removeprefix("extra."))
        if name in ("model", "system") or (parameter and not parameter.field):
            missing += ["bias"] if name == "bias" else []
            continue
        theirs = _NAMES.get(parameter.name if parameter else name)
        if theirs is None or done.setdefault(theirs, name) != name:
            missing.append(name)
        elif parameter and parameter.name == "stop":
            texts = [value] if isinstance(value, str) else value
            lines += [f"PARAMETER stop {_block(str(text))}" for text in texts]
        elif _is_number(value):
            lines.append(f"PARAMETER {theirs} {value}")
        else:
            missing.append(name)
    if system:
        lines.append(f"SYSTEM {_block(system)}")
    for role, text in said:
        if role in _ROLES and text:
            lines.append(f"MESSAGE {role} {_block(text)}")
    left = sorted({role for role, text in said if role not in _ROLES or not text})
    notes = list(_notes(missing, left, model))
    return "\n".join([*lines[:1], *notes, *lines[1:]]) + "\n"


def _notes(missing: list[str], left: list[str], model: str) -> Iterator[str]:
    if not model:
        yield "# MODEL is to be the name of a model that Ollama has"
    if missing:
        yield f"# without a counterpart there, and left out: {', '.join(map(_line, missing))}"
    if left:
        yield f"# left out: messages that are none of text ({', '.join(map(_line, left))})"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _line(text: str) -> str:
    """Give a text as part of a line."""
    return " ".join(shown(text).split())


def _block(text: str) -> str:
    """Give a text between three quotation marks, which it can't hold itself: Ollama's parser knows no
    escapes, and what stood behind them would be read as instructions."""
    return _QUOTES + shown(text).replace(_QUOTES, "'''") + _QUOTES
