"""Interpret keys that came while no prompt was up, or that came together. Pure: keys to text.

Nothing here reads a terminal. A line that was typed blind is text, to be shown and looked at; so
are lines that arrive together, which nobody types.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

_ENTER = (Keys.ControlM, Keys.ControlJ)


def text(keys: Iterable[KeyPress]) -> str:
    """Return the text that typed keys leave, with newlines between its lines. Enter ends a line; backspace,
    Ctrl-W and Ctrl-U take back; keys that move or steer (arrows, Ctrl-D, Escape) do nothing. A tab stays if
    text follows it in a line that is no command. In a command, and at an end, it was pressed to
    complete."""
    found = ""
    for key in keys:
        name = key.key
        if name is Keys.BracketedPaste:
            found += _lines(key.data)
        elif name in _ENTER:
            found += "\n"
        elif name is Keys.ControlI:
            found += "\t"
        elif name is Keys.ControlH:  # backspace, too
            found = found[:-1]
        elif name is Keys.ControlU:
            found = found[: found.rfind("\n") + 1]
        elif name is Keys.ControlW:
            kept = found.rstrip(" \t")
            found = kept[: max(kept.rfind(mark) for mark in " \t\n") + 1]
        elif not isinstance(name, Keys):
            found += name
    return "\n".join(_untabbed(line) for line in found.strip("\n").split("\n"))


def _untabbed(line: str) -> str:
    return line.replace("\t", "") if line.startswith("/") else line.rstrip("\t")


def together(keys: Sequence[KeyPress]) -> list[KeyPress]:
    """Turn the keys of one read into a paste if nobody can have typed them: if text follows an Enter, or
    (in a line that is no command) a tab within text. Other keys stay as they are. A paste keeps its tabs
    and newlines, and none of the keys that steer. A paste of several lines has no Enter at its end: a
    person looks at it first. A single line keeps its Enter."""
    if not _pasted(keys):
        return list(keys)
    found = ""
    for key in keys:
        if key.key in _ENTER:
            found += "\n"
        elif key.key is Keys.ControlI:
            found += "\t"
        elif key.key is Keys.BracketedPaste or not isinstance(key.key, Keys):
            found += _lines(key.data)
    lines = found.removesuffix("\n")
    entered = [keys[-1]] if keys[-1].key is Keys.ControlM and "\n" not in lines else []
    return [KeyPress(Keys.BracketedPaste, lines), *entered]


def _pasted(keys: Sequence[KeyPress]) -> bool:
    command = bool(keys) and keys[0].key == "/"
    broken = tabbed = written = False
    before = None
    for key in keys:
        if key.key is Keys.ControlM:
            broken |= before is not Keys.Escape  # that is Alt-Enter
        elif key.key is Keys.ControlI:
            tabbed |= written and not command
        elif not isinstance(key.key, Keys):
            if broken or tabbed:
                return True
            written = True
        before = key.key
    return False


def entered(keys: Iterable[KeyPress]) -> bool:
    """Tell whether Enter is among the keys."""
    return any(key.key is Keys.ControlM for key in keys)


def _lines(data: str) -> str:
    return data.replace("\r\n", "\n").replace("\r", "\n")
