"""Make a column of the prompt and the parameters in force."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..base.errors import BadInput
from ..prompts.prompt import JINJA
from ..session.state import Session
from .suite import Case, Column, Suite

#: Columns of a table that hold the message, by the names that people give them; the first that is there.
MESSAGE = ("input", "message", "question", "prompt", "query", "text", "user", "content")
_NAME = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)


def with_columns(session: Session, suite: Suite) -> Suite:
    """Give a suite with a column for what is in force, where it has none. Raises BadInput where the cases
    have nothing to send."""
    if suite.columns:
        return suite
    label = session.prompt.title if session.prompt else session.model or "what is in force"
    messages, template = _template(session)
    if not messages or messages[-1].get("role") == "assistant":
        name = _message(suite.cases)
        if not _NAME.fullmatch(name):  # no template can name it
            suite = replace(suite, cases=tuple(_renamed(case, name) for case in suite.cases))
            name = MESSAGE[0]
        messages = [*messages, {"role": "user", "content": "{{" + name + "}}"}]
    kind = "jinja" if template == JINJA else "plain" if template else "last"
    column = Column(label, tuple(messages), template=kind)
    defaults = session.prompt.prompt.values(session.prompt.given) if session.prompt else {}
    cases = tuple(replace(case, variables={**defaults, **case.variables}) for case in suite.cases)
    return replace(suite, columns=(column,), cases=cases)


def _renamed(case: Case, name: str) -> Case:
    """Give a case whose message has the name that is looked for first, too."""
    return replace(case, variables={**case.variables, MESSAGE[0]: case.variables.get(name, "")})


def _template(session: Session) -> tuple[list[Mapping[str, Any]], str]:
    """Give the messages of the prompt in force, as far as they are a template, and its kind."""
    if session.prompt is None:
        return [], ""
    prompt = session.prompt.prompt
    if not prompt.template:
        return list(prompt.messages), ""
    system = [{"role": "system", "content": prompt.system}] if prompt.system else []
    return [*system, *prompt.messages], prompt.template


def _message(cases: Sequence[Case]) -> str:
    """Name the variable that holds the message. Raises BadInput."""
    names = list(dict.fromkeys(name for case in cases[:100] for name in case.variables))
    found = next((each for each in MESSAGE if each in names), names[0] if len(names) == 1 else "")
    if not found:
        raise BadInput(
            f"nothing says which of {', '.join(names[:8]) or 'no columns'} is the message",
            f"name one of them {MESSAGE[0]}, or load a prompt that uses them (/prompt NAME)",
        )
    return found
