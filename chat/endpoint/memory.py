"""Keep two small YAML files that the shell writes itself: what endpoints do, and the person's preferences.

Both are for people too: they can be read, edited and deleted. What can't be read is reported
and never overwritten.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from ..base import yamledit, yamlfile
from ..base.dataclass import dataclass
from ..base.errors import BadFile, BadValue, ParameterRefused
from ..base.files import locked, write_whole
from ..conversation.turn import COMPLETE, Turn
from ..parameters.declaration import Parameter
from ..parameters.kinds import Flag, Number, OneOf
from ..parameters.server_kinds import SERVERS
from ..parameters.table import BY_NAME
from .address import Endpoint, display_url

PREFERENCES = (
    Parameter(
        "editing_mode",
        OneOf(("emacs", "vi")),
        "The keys of the prompt, kept for every session.",
        default="emacs",
        field=False,
    ),
    Parameter(
        "accessible",
        Flag(),
        "Whether lines follow one another, in words and without painting, for a screen reader.",
        default="false",
        field=False,
    ),
    Parameter(
        "plain",
        Flag(),
        "Whether answers are shown as they were written, not as Markdown.",
        default="false",
        field=False,
    ),
    Parameter(
        "reasoning",
        OneOf(("show", "fold")),
        "Whether reasoning that a server sends is shown, or only counted.",
        default="show",
        field=False,
    ),
    Parameter(
        "tool_rounds",
        Number(1, 1000, whole=True),
        "How many rounds of tool calls are answered before the shell stops and asks.",
        default="10",
        field=False,
    ),
    Parameter(
        "tool_seconds",
        Number(0.1, 86400),
        "How many seconds a call of a tool may take.",
        default="60",
        field=False,
    ),
    Parameter(
        "theme",
        OneOf(
            (
                *("auto", "light", "dark", "mono", "terminal", "dracula", "nord"),
                *("gruvbox-dark", "gruvbox-light", "solarized-dark", "solarized-light"),
            )
        ),
        "The colours. auto asks the terminal for its background; terminal takes its own sixteen; a known name"
        " is for that background.",
        default="auto",
        field=False,
    ),
    Parameter(
        "notify",
        OneOf(("off", "bell", "osc9", "osc99", "osc777")),
        "How the end of what took over ten seconds is told: the bell, or a notification of the terminal's.",
        default="off",
        field=False,
    ),
)


@dataclass
class File:
    """A YAML file of mappings, read once and written whole. `complaint` says why it isn't used. With `keep`
    False it is never written: what is put holds for this run."""

    path: Path
    keep: bool = True
    complaint: BadFile | None = None
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._read()

    def _read(self) -> None:
        """Read the file. If it can't be read, keep what was known."""
        try:
            parsed = yamlfile.parse(self.path, yamlfile.read_text(self.path))
        except BadFile as error:
            self.complaint = error
            return
        self.complaint = None
        self.entries = {name: dict(e.value) for name, e in parsed.items() if isinstance(e.value, dict)}

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Read anew, change and `put`, with no other shell in between. Raises BadFile."""
        if not self.keep:
            yield
            return
        with locked(self.path):
            self._read()
            yield

    def put(self, name: str, values: dict[str, Any]) -> None:
        """Keep a mapping, inside `changing`. Known from now on even where it can't be written:
        BadFile then."""
        self.entries[name] = values
        if not self.keep:
            return
        text = yamlfile.read_text(self.path)
        write_whole(self.path, yamledit.put(self.path, text, name, values))


REJECTED, HONOURED, IGNORED = "rejected", "honoured", "ignored"
UNCLEAR = "can't tell"


@dataclass(frozen=True)
class ProbeVerdict:
    """What became of a parameter: one of the words above, how it was seen, and on which day."""

    verdict: str
    evidence: str = ""
    on: str = field(default_factory=lambda: datetime.date.today().isoformat())

    def __str__(self) -> str:
        return f"{self.verdict}: {self.evidence}" if self.evidence else self.verdict


@dataclass
class Endpoints:
    """What was learnt of each endpoint: which model stands in for another, what it refuses."""

    file: File

    def stand_in(self, endpoint: Endpoint, model: str) -> str | None:
        """Give the model that was picked there in place of one the server does not have."""
        found = _mapping(self._of(endpoint), "models").get(model)
        return found if isinstance(found, str) and found else None

    def remember_model(self, endpoint: Endpoint, wanted: str, picked: str) -> None:
        """Raise BadFile where the file can't be written; so do all that follow."""
        with self.file.changing():
            of = self._of(endpoint)
            self.file.put(_key(endpoint), {**of, "models": {**_mapping(of, "models"), wanted: picked}})

    def takes_usage(self, endpoint: Endpoint) -> bool:
        return self._of(endpoint).get("stream_options") != "refused"

    def remember_no_usage(self, endpoint: Endpoint) -> None:
        with self.file.changing():
            self.file.put(_key(endpoint), {**self._of(endpoint), "stream_options": "refused"})

    # ---- what kind of server it is

    def kind(self, endpoint: Endpoint) -> str:
        """Give the kind that the server there said it was when it last said so; "" where it never did."""
        found = self._of(endpoint).get("server")
        return found if isinstance(found, str) and found in SERVERS else ""

    def remember_kind(self, endpoint: Endpoint, kind: str) -> None:
        """Raise BadFile where the file can't be written."""
        with self.file.changing():
            self.file.put(_key(endpoint), {**self._of(endpoint), "server": kind})

    # ---- what became of parameters

    def verdict(self, endpoint: Endpoint, model: str, name: str) -> ProbeVerdict | None:
        """Return what this endpoint and model are known to do with a parameter."""
        return self.verdicts(endpoint, model).get(name)

    def verdicts(self, endpoint: Endpoint, model: str) -> dict[str, ProbeVerdict]:
        """Return all verdicts that are known, by parameter."""
        kept = _mapping(self._parameters(endpoint), model)
        entries = {name: _mapping(kept, name) for name in kept}
        return {
            name: ProbeVerdict(*(str(entry.get(part, "")) for part in ("verdict", "evidence", "on")))
            for name, entry in entries.items()
            if entry.get("verdict")
        }

    def remember_verdict(self, endpoint: Endpoint, model: str, name: str, verdict: ProbeVerdict) -> None:
        with self.file.changing():
            self._put_verdicts(endpoint, model, {**self.verdicts(endpoint, model), name: verdict})

    def learn_refusal(self, endpoint: Endpoint, model: str, error: ParameterRefused) -> None:
        """Remember a refusal for which there is another way."""
        if error.param == "stream_options":
            self.remember_no_usage(endpoint)
        elif "between" not in error.message:  # a limit of `n` is no refusal of it
            self.remember_verdict(endpoint, model, "n", ProbeVerdict(REJECTED, error.message))

    def learn(self, endpoint: Endpoint, model: str, turn: Turn) -> None:
        """Remember what a turn shows: a parameter that was refused, is no longer refused, or was ignored."""
        if isinstance(turn.answer.error, ParameterRefused) and turn.answer.error.param in BY_NAME:
            self.remember_verdict(
                endpoint, model, turn.answer.error.param, ProbeVerdict(REJECTED, turn.answer.error.message)
            )
        elif turn.answer.ended == COMPLETE:
            known = self.verdicts(endpoint, model)
            refused = [name for name, each in known.items() if each.verdict == REJECTED]
            self.forget_verdicts(endpoint, model, [name for name in refused if name in turn.request.body])
            if turn.request.body.get("n", 1) > 1 and len(turn.answer.choices) == 1:
                seen = f"{turn.request.body['n']} choices were asked for, 1 came"
                self.remember_verdict(endpoint, model, "n", ProbeVerdict(IGNORED, seen))

    def forget_verdicts(self, endpoint: Endpoint, model: str, names: Iterable[str]) -> list[str]:
        """Forget these; which of them were known."""
        wanted = set(names) & set(self.verdicts(endpoint, model))
        if not wanted:
            return []
        with self.file.changing():
            known = self.verdicts(endpoint, model)
            self._put_verdicts(endpoint, model, {k: v for k, v in known.items() if k not in wanted})
        return [name for name in known if name in wanted]

    def _put_verdicts(self, endpoint: Endpoint, model: str, verdicts: dict[str, ProbeVerdict]) -> None:
        entries = {name: dataclasses.asdict(verdict) for name, verdict in verdicts.items()}
        parameters = {**self._parameters(endpoint), model: entries}
        if not entries:
            del parameters[model]
        of = {**self._of(endpoint), "parameters": parameters}
        if not parameters:
            del of["parameters"]
        self.file.put(_key(endpoint), of)

    def _parameters(self, endpoint: Endpoint) -> dict[str, Any]:
        return _mapping(self._of(endpoint), "parameters")

    def _of(self, endpoint: Endpoint) -> dict[str, Any]:
        return self.file.entries.get(_key(endpoint), {})


def _mapping(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the mapping that the file has there. Anything else counts as empty, since people may edit the
    file. It is read before the prompt shows, so nothing heavier checks it."""
    found = values.get(name)
    return found if isinstance(found, dict) else {}


def _key(endpoint: Endpoint) -> str:
    return display_url(endpoint.base_url)


@dataclass
class Preferences:
    """How the shell itself behaves, whatever the profile."""

    file: File
    this_run: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """Return the value for this run, or the kept one if it is sound, else None."""
        if name in self.this_run:
            return self.this_run[name]
        parameter = next(p for p in PREFERENCES if p.name == name)
        value = self.file.entries.get("preferences", {}).get(name)
        try:
            return None if value is None else parameter.kind.check(value)
        except BadValue:
            return None

    def aliases(self) -> dict[str, str]:
        """Give the lines that are kept under a name, in the order of the names."""
        kept = self.file.entries.get("aliases", {})
        return {name: kept[name] for name in sorted(kept, key=str) if isinstance(kept[name], str)}

    def set_alias(self, name: str, text: str | None) -> None:
        """Keep lines under a name, or forget them (None). Raises BadFile where the file can't be written."""
        with self.file.changing():
            kept = dict(self.file.entries.get("aliases", {}))
            kept.pop(name, None)
            self.file.put("aliases", kept if text is None else {**kept, name: text})

    def noted(self, name: str) -> dict[str, Any]:
        """Return what the shell itself has noted under a name, beside what the person prefers."""
        return _mapping(self.file.entries, name)

    def note(self, name: str, **facts: Any) -> None:
        """Note facts under a name of the shell's own. Raises BadFile where the file can't be written."""
        with self.file.changing():
            self.file.put(name, facts)

    def set(self, name: str, value: Any) -> None:
        """Keep a value, or forget it (None). Raises BadFile where the file can't be written."""
        self.this_run.pop(name, None)
        with self.file.changing():
            kept = dict(self.file.entries.get("preferences", {}))
            kept.pop(name, None)
            self.file.put("preferences", kept if value is None else {**kept, name: value})
