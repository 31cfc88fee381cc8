"""Run other programs with the terminal theirs: the person's pager and editor, and installers."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from chat.base.redact import without_secrets

from .clean import typed
from .signals import interrupts_left
from .streams import Quiet, Terminal

#: Editors that would take +LINE for the name of a file; vi, emacs, nano and their kin know it.
_TAKE_NO_LINE = ("code", "subl", "notepad", "gedit")


class Programs:
    """Runs them. `warn` is told, with a hint, what can't be run."""

    def __init__(self, terminal: Terminal, quiet: Quiet, warn: Callable[[str, str], None]) -> None:
        self._terminal = terminal
        self._quiet = quiet
        self._warn = warn

    def page(self, text: str) -> bool:
        """Show a text in the person's pager; False where it can't be run."""
        # LESS as git has it: PAGER=less shows no styles
        environ = {"LESS": "FRX", **without_secrets(self._terminal.environ)}
        try:
            command = shlex.split(environ.get("PAGER") or "less -FRX")
            with self._quiet.loud(), interrupts_left():
                subprocess.run(command, check=False, input=text.encode(), env=environ)
        except (OSError, ValueError):
            return False
        return True

    def edit(self, text: str) -> str | None:
        """Have a text edited; None where that came to nothing."""
        descriptor, name = tempfile.mkstemp(suffix=".md", prefix="tempera-")
        path = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            if not self.open(name):
                return None
            edited = typed(path.read_text(encoding="utf-8", errors="replace"))
            return edited if edited.strip() else None  # emptied: as git has it, never mind
        finally:
            path.unlink(missing_ok=True)

    def open(self, *arguments: str) -> bool:
        """Run the person's editor on a file, which is named last; whether it ended well."""
        environ = self._terminal.environ
        command = shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "vi")
        if any(name in Path(command[0]).name for name in _TAKE_NO_LINE):
            arguments = arguments[-1:]
        try:
            with self._quiet.loud(), interrupts_left():
                done = subprocess.run([*command, *arguments], check=False, env=without_secrets(environ))
                return done.returncode == 0
        except OSError as error:
            self._warn(f"{command[0]} can't be run: {error.strerror or error}", "set EDITOR to your editor")
            return False

    def install(self, command: Sequence[str]) -> int:
        """Run an installer; give its exit status."""
        environ = without_secrets(self._terminal.environ, _for_installers)
        with self._quiet.loud():
            return subprocess.run(list(command), check=False, env=environ).returncode


def _for_installers(name: str) -> bool:
    """Tell whether a variable is meant for installers of packages: where packages come from, and by which
    way."""
    return name.upper().startswith(("PIP_", "UV_")) or name.upper().endswith("_PROXY")
