"""A prompt that is in force, with the values given so far. Immutable: a new value makes a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadInput
from ..conversation.branch import Branch
from ..conversation.message import message_of
from .prompt import Prompt, Variable, version
from .template import filled


@dataclass(frozen=True)
class LoadedPrompt:
    """`name` is "" and `path` None where it was never saved. `system` is filled, `start` the branch of
    the filled messages."""

    prompt: Prompt
    name: str = ""
    path: Path | None = None
    given: Mapping[str, Any] = field(default_factory=dict, hash=False)
    system: str = ""
    start: Branch = field(default_factory=Branch)

    def filled(self, given: Mapping[str, Any]) -> LoadedPrompt:
        """Fill it with these values instead. Raises BadInput for a jinja template that fails."""
        system, messages = filled(self.prompt, given)
        start = Branch()
        for message in messages:
            start = start.append(message_of(message))
        return replace(self, given=dict(given), system=system, start=start)

    def with_prompt(self, prompt: Prompt) -> LoadedPrompt:
        """Take another text with the values that it has a variable for. Raises BadInput."""
        names = {each.name for each in prompt.variables}
        kept = {name: value for name, value in self.given.items() if name in names}
        return replace(self, prompt=prompt).filled(kept)

    @property
    def missing(self) -> list[Variable]:
        """List the variables that have no value yet."""
        return self.prompt.missing(self.given)

    @property
    def version(self) -> str:
        """Return the version of its text, saved or not."""
        return version(self.prompt)

    @property
    def title(self) -> str:
        return self.name or "(not saved)"

    def made(self, system: str, asked: Branch) -> bool:
        """Tell whether a request with this system message and branch is made of it."""
        if self.prompt.messages and asked.goes_through(self.start) and self.start.length:
            return True
        return bool(self.prompt.system) and system == self.system

    def record(self) -> dict[str, Any]:
        """Return the record of it that a turn keeps."""
        values = self.prompt.values(self.given)
        path = str(self.path) if self.path else ""
        return {"name": self.name, "path": path, "version": self.version, "values": values}

    def check(self) -> None:
        """Raise BadInput where a variable has no value."""
        if self.missing:
            names = ", ".join(each.name for each in self.missing)
            have = "have" if len(self.missing) > 1 else "has"
            raise BadInput(f"{names} {have} no value", f"/var {self.missing[0].name}=…")
