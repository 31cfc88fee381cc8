"""How a prompt reads: its text as one, its template beside what it became."""

from __future__ import annotations

from chat.base.short import cut
from chat.base.tables import Cut, TableColumn
from chat.conversation.message import message_of
from chat.prompts.loaded import LoadedPrompt
from chat.prompts.prompt import Prompt, Variable, shown

from ..screen import Screen

_SHOWN = 4000  # characters of a text beside another


def as_text(prompt: Prompt) -> str:
    """Write all of a prompt as one text, for people and for a comparison."""
    parts = [f"system: {prompt.system}"] if prompt.system else []
    parts += [f"{each['role']}: {message_of(each).content}" for each in prompt.messages]
    return "\n\n".join(parts)


def side_by_side(screen: Screen, loaded: LoadedPrompt) -> None:
    """Show a template beside the filled text, the system message and each message in a row."""
    if not loaded.prompt.template:
        return
    before = [("system", loaded.prompt.system)] if loaded.prompt.system else []
    before += [(str(each["role"]), message_of(each).content) for each in loaded.prompt.messages]
    after = [loaded.system] if loaded.prompt.system else []
    after += [message.content for message in loaded.start]
    columns = (TableColumn(""), TableColumn("template", cut=Cut.LONG), TableColumn("filled", cut=Cut.LONG))
    rows = [
        (role, cut(one, _SHOWN), cut(two, _SHOWN)) for (role, one), two in zip(before, after, strict=True)
    ]
    screen.table(columns, rows)


def wanted(variable: Variable) -> str:
    """Describe a variable that needs a value: by its example, or its type."""
    told = []
    if variable.type != "string":
        told.append(variable.type)
    if variable.example is not None:
        told.append(f"for example {cut(shown(variable.example), 40)}")
    return variable.name + (f" ({', '.join(told)})" if told else "")
