"""Keep the settings as they were before each change, so that a person can go back and forth. Pure."""

from __future__ import annotations

from dataclasses import field

from ..base.dataclass import dataclass
from ..parameters.settings import Settings
from ..prompts.loaded import LoadedPrompt

#: States that are kept; the oldest go first.
MOST = 200


@dataclass(frozen=True)
class Setting:
    """What was set at one time, and the prompt that part of it came from."""

    settings: Settings
    prompt: LoadedPrompt | None = None


@dataclass
class SettingsHistory:
    """The states that settings went through, oldest first, and which of them is in force."""

    states: list[Setting] = field(default_factory=list)
    place: int = 0

    def note(self, before: Setting, after: Setting) -> None:
        """Take note of one change; what had been taken back is forgotten. No change, or one that came by
        `back` and `forward`, is none to note."""
        known = self.states[self.place].settings if self.states else None
        if before.settings == after.settings or known == after.settings:
            return
        del self.states[self.place + 1 :]
        if known != before.settings:
            self.states.append(before)
        self.states.append(after)
        del self.states[:-MOST]
        self.place = len(self.states) - 1

    def back(self) -> Setting | None:
        """Give the state before the one in force, which is in force now; None where there is none."""
        return self._go(-1)

    def forward(self) -> Setting | None:
        """Give the state after the one in force, which is in force now; None where there is none."""
        return self._go(1)

    def _go(self, step: int) -> Setting | None:
        if not 0 <= self.place + step < len(self.states):
            return None
        self.place += step
        return self.states[self.place]

    @property
    def behind(self) -> int:
        """Count the changes that can be taken back."""
        return self.place

    @property
    def ahead(self) -> int:
        """Count those that were taken back."""
        return max(0, len(self.states) - 1 - self.place)
