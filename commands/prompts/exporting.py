"""/export prompt: what is in force as a prompt file, ours or GitHub Models'."""

from __future__ import annotations

from chat.base.errors import BadInput
from chat.prompts import files, github
from chat.session import prompted
from chat.session.state import Session
from chat.transfer.formats import unquoted

from ..screen import Screen
from ..talk.saving import save


def export_prompt(session: Session, screen: Screen, rest: str) -> None:
    """Write the prompt in force to a file, or on the screen where its name is "-". Raises BadInput."""
    words = rest.split()
    for_github = "--github" in words
    target = unquoted(rest.replace("--github", "", 1).strip() if for_github else rest)
    made = prompted.present(session)
    if not made.system and not made.messages:
        raise BadInput("there is nothing to export: no system message, and no messages")
    name = session.prompt.name if session.prompt and session.prompt.name else "prompt"
    if for_github:
        text, ending = github.write(name, made), ".prompt.yml"
        if not made.template and github.has_variables(made):
            screen.warn("{{…}} in the text is no variable here, and is one at GitHub Models")
    else:
        text, ending = files.dumped(made), files.ENDING
    if target == "-" or (not target and not screen.interactive):
        screen.show(text.removesuffix("\n"))
        return
    path = save(screen, target, name + ending, text)
    if path:
        screen.say(f"the prompt is in {path}")
