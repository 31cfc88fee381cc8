"""Declare the formats that a conversation is exported in. Pure: text comes out.

A format that is added here is completed, explained and written by /export without more.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..base.dataclass import dataclass
from ..base.errors import BadInput, UnknownName
from ..conversation.tree import Conversation
from ..parameters.settings import Settings
from ..store import archive
from . import to_html, to_markdown, to_modelfile, to_rows
from .programs import LANGUAGES

_LONGEST = 60  # bytes of a file's name


@dataclass(frozen=True)
class Format:
    """`ending` is that of its files, if it is not the name. `fits` says whether a conversation has what the
    format writes. `now` writes what is set now in place of what was set then; it needs no turn."""

    name: str
    about: str
    write: Callable[[Conversation], str]
    ending: str = ""
    aliases: tuple[str, ...] = ()
    fits: Callable[[Conversation], bool] = lambda conversation: True
    now: Callable[[Conversation, Settings], str] | None = None

    @property
    def suffix(self) -> str:
        return self.ending or self.name


FORMATS = (
    Format("md", "Markdown, for people: this branch", to_markdown.markdown, aliases=("markdown",)),
    Format("json", "all of it, for /import", archive.write),
    Format("jsonl", "OpenAI's fine-tuning: this branch", to_markdown.jsonl),
    Format("html", "one page for a browser: this branch", to_html.page, aliases=("htm",)),
    Format(
        "modelfile",
        "what Ollama makes a model of: parameters, system message, this branch",
        to_modelfile.modelfile,
        now=to_modelfile.of_settings,
    ),
    Format("csv", "the last sweep: a row an answer", to_rows.rows, fits=to_rows.has_sweep),
)
_BY_NAME = {name: each for each in FORMATS for name in (each.name, each.suffix, *each.aliases)}


def understood(text: str) -> tuple[Format, str]:
    """Read what is typed after /export as (format, file). The file is "" for none, "-" for the screen. The
    ending of its name says the format, unless that is given. Raises BadInput."""
    first, _, rest = text.partition(" ")
    if first.lower() in _BY_NAME:
        return _BY_NAME[first.lower()], unquoted(rest.strip())
    text = unquoted(text)
    if text == "-" or text.endswith("/"):
        return FORMATS[0], text
    name, _, ending = text.rpartition(".")
    if name and ending.lower() in _BY_NAME:
        return _BY_NAME[ending.lower()], text
    names = [*(each.name for each in (*FORMATS, *LANGUAGES)), "tempera", "prompt"]
    if any(character in text for character in " ./\\"):
        error = BadInput(f"{text}: in which format?", f"/export {names[0]} {text}")
    else:
        error = UnknownName("format", text, names)
        error.hint = f"there are {', '.join(names)}"
    raise error


def unquoted(text: str) -> str:
    """Take the quotes off a file's name."""
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text


def file_name(conversation: Conversation, ending: str) -> str:
    """Make a file name of the title's letters and digits. Nothing in it means anything to a shell or a file
    system."""
    name = "-".join(re.findall(r"[^\W_]+", conversation.title))
    if len(name.encode()) > _LONGEST:
        cut = name.encode()[:_LONGEST].decode(errors="ignore")
        name = cut.rpartition("-")[0] or cut
    return f"{name or f'conversation-{conversation.number or 1}'}.{ending}"
