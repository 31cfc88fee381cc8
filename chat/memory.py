"""Two small YAML files the shell writes itself: what endpoints do, and the person's preferences.

Both are for people too: they can be read, edited and deleted. What can't be read is reported
and never overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import yamledit, yamlfile
from .declaration import Parameter
from .endpoint import Endpoint, display_url
from .errors import BadFile, BadValue
from .kinds import Choice
from .places import locked, reason, write_whole

PREFERENCES = (
    Parameter(
        "editing_mode",
        Choice(("emacs", "vi")),
        "The keys of the prompt, kept for every session.",
        default="emacs",
        field=False,
    ),
)


@dataclass
class File:
    """A YAML file of mappings, read once and written whole. `complaint`: why it isn't used."""

    path: Path
    complaint: BadFile | None = None
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            text = yamlfile.read_text(self.path)
            parsed = yamlfile.parse(self.path, text) if text else {}
        except BadFile as error:
            self.complaint = error
            return
        self.entries = {name: dict(e.value) for name, e in parsed.items() if isinstance(e.value, dict)}

    def put(self, name: str, values: dict[str, Any]) -> None:
        """Keep a mapping. Raises BadFile where the file can't be understood or written."""
        self.entries[name] = values
        try:
            with locked(self.path):
                text = yamlfile.read_text(self.path) or ""
                write_whole(self.path, yamledit.put(self.path, text, name, values))
        except OSError as error:
            raise BadFile(self.path, f"can't be written: {reason(error)}") from error


@dataclass
class Endpoints:
    """What was learnt of each endpoint: which model stands in for another, what it refuses."""

    file: File

    def stand_in(self, endpoint: Endpoint, model: str) -> str | None:
        """The model that was picked there in place of one the server does not have."""
        models = self._of(endpoint).get("models")
        found = models.get(model) if isinstance(models, dict) else None
        return found if isinstance(found, str) and found else None

    def remember_model(self, endpoint: Endpoint, wanted: str, picked: str) -> None:
        of = self._of(endpoint)
        models = of.get("models")
        kept = dict(models) if isinstance(models, dict) else {}
        self.file.put(_key(endpoint), {**of, "models": {**kept, wanted: picked}})

    def takes_usage(self, endpoint: Endpoint) -> bool:
        return self._of(endpoint).get("stream_options") != "refused"

    def remember_no_usage(self, endpoint: Endpoint) -> None:
        self.file.put(_key(endpoint), {**self._of(endpoint), "stream_options": "refused"})

    def _of(self, endpoint: Endpoint) -> dict[str, Any]:
        return self.file.entries.get(_key(endpoint), {})


def _key(endpoint: Endpoint) -> str:
    return display_url(endpoint.base_url)


@dataclass
class Preferences:
    """How the shell itself behaves, whatever the profile."""

    file: File

    def get(self, name: str) -> Any:
        """The kept value where it is sound, else None."""
        parameter = next(p for p in PREFERENCES if p.name == name)
        value = self.file.entries.get("preferences", {}).get(name)
        try:
            return None if value is None else parameter.kind.check(value)
        except BadValue:
            return None

    def set(self, name: str, value: Any) -> None:
        kept = dict(self.file.entries.get("preferences", {}))
        kept.pop(name, None)
        self.file.put("preferences", kept if value is None else {**kept, name: value})
