"""/export tempera: what is in force as a script of the shell's own."""

from __future__ import annotations

from chat.base.errors import TemperaError
from chat.prompts import files
from chat.prompts.prompt import version
from chat.session.state import Session
from chat.transfer import to_script
from chat.transfer.formats import file_name, unquoted

from ..screen import Screen
from .saving import save


def text_of(session: Session) -> str:
    """Give the script of what is in force."""
    loaded = session.prompt
    as_file = loaded is not None and loaded.start == session.branch and _is_kept(session)
    return to_script.write(
        to_script.Snapshot(
            session.settings,
            session.branch,
            session.carried(session.branch),
            loaded if as_file else None,
            session.secrets(),
        )
    )


def _is_kept(session: Session) -> bool:
    """Tell whether the file of the prompt in force says what is in force."""
    loaded = session.prompt
    if loaded is None or loaded.path is None:
        return False
    try:
        return version(files.load(loaded.path).prompt) == loaded.version
    except TemperaError:
        return False


def export_script(session: Session, screen: Screen, rest: str) -> None:
    """Write the script into a file, or on the screen where its name is "-". Raises TemperaError."""
    text, name = text_of(session), unquoted(rest)
    if name == "-" or (not name and not screen.interactive):
        screen.show(text.removesuffix("\n"))
        return
    path = save(screen, name, file_name(session.conversation, to_script.ENDING), text)
    if path:
        screen.say(f"what is in force is in {path}: /source or `run` puts it in force again")
