"""Complete the command line that starts the shell: the script for bash, zsh and fish, and its answers.

The script and the way in which it asks are argcomplete's; what there is to complete is declared where
the options are. Whoever presses Tab sees no error and waits for nobody: nothing is asked of a server,
no SDK is loaded, and nothing is written.
"""

from __future__ import annotations

import contextlib
import os
from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from chat.base import started
from chat.base.errors import BadInput, TemperaError
from chat.base.exits import Exit

from . import option_values, options

if TYPE_CHECKING:
    from chat.session.state import Session

    from ..declare import Suggest


def script(shell: str) -> str:
    """Write the script by which a shell completes the command. Raises BadInput if there is none for it."""
    name = started.command().rpartition(" ")[2]
    if name == "shell.py":  # shells complete `python` then
        raise BadInput("only an installed command can be completed", "pip install . makes one: tempera")
    from argcomplete.shell_integration import shellcode

    return shellcode([name], shell=shell)


def answer() -> Exit:
    """Answer a script, by the variables and the file that it gives, and end."""
    with contextlib.suppress(BaseException):
        import argcomplete
        from argcomplete.completers import SuppressCompleter

        words = os.environ["COMP_LINE"].split()
        second = options.second_of(words)
        parser = options.parser(completer, second)
        argcomplete.autocomplete(  # ends the program
            parser,
            always_complete_options=not second and "run" not in words,  # else only after a -
            default_completer=SuppressCompleter(),
        )
    return Exit.FAILED


def completer(suggest: Suggest) -> Callable[..., dict[str, str]]:
    """Turn suggestions for an option's values into a function as argcomplete calls it: texts with their
    notes."""

    def complete(prefix: str, parsed_args: Namespace, **_: object) -> dict[str, str]:
        with contextlib.suppress(Exception):  # a broken file is told when the shell runs
            session = _session(options.read(parsed_args))
            before = {"before": parsed_args.message} if suggest is option_values.words else {}
            found = suggest(session, prefix, **before)
            return {each.text: each.note for each in found if (each.text + each.note).isprintable()}
        return {}

    return complete


def _session(given: options.Options) -> Session:
    """Make a session with the options on the line so far, as far as they can be read."""
    from chat.base.places import places
    from chat.parameters import profiles
    from chat.session.state import Session

    where = places(os.environ)
    session = Session(where, profiles.load(started.PROFILES, where.profiles), ephemeral=True)
    with contextlib.suppress(TemperaError):
        session.load_profile(given.profile)
    with contextlib.suppress(TemperaError):
        session.use(option_values.settings(given))
    return session
