"""Hold settings in layers, and know where each value comes from. Immutable.

The lowest layers are the profile's chain (`extends` first), then a prompt's, then what is
remembered for the endpoint, then the command line, then what was set here. A value is what the highest layer
says; UNSET in a layer hides what lies below, so that the field is not sent at all.
`0`, `""` and `false` are values like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import Any, Final

from ..base.dataclass import dataclass
from ..base.errors import BadProfile
from ..base.short import cut
from . import references
from .declaration import Parameter
from .table import ALL, EXTRA, named, own_name


class _Unset:
    """The one value that means: not sent, whatever the layers below say."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = _Unset()

_LONGEST = 120  # characters of the names of tools

PROFILE, PROMPT, REMEMBERED = "profile", "prompt", "remembered"
COMMAND_LINE, HERE = "command line", "here"


@dataclass(frozen=True)
class Layer:
    """Values from one place. `kind` is one of the five above, `name` what a person reads."""

    kind: str
    name: str
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Give a parameter of another server its own name, where it was kept as a field nobody declared."""
        if any(name.startswith(EXTRA) for name in self.values):
            named_ = {own_name(name): value for name, value in self.values.items()}
            object.__setattr__(self, "values", MappingProxyType(named_))


@dataclass(frozen=True)
class Change:
    """One difference between two settings; None stands for not set."""

    parameter: Parameter
    before: Any
    after: Any

    def __str__(self) -> str:
        unset = self.parameter.default or "unset"
        before, after = (unset if v is None else told(self.parameter, v) for v in (self.before, self.after))
        if before == after and None not in (self.before, self.after):  # schemas of one name
            after = f"another {after}"
        elif before == after:  # the API's default, sent or not
            before, after = ("unset", after) if self.before is None else (before, "unset")
        note = " (not sent)" if self.after is None and self.parameter.field else ""
        return f"{self.parameter.name} {before} → {after}{note}"


def told(parameter: Parameter, value: Any) -> str:
    """Write a value as it is told: a format with a schema by the schema's name, tools by theirs or by where
    they come from, any other whole."""
    if parameter.name == "tools" and isinstance(value, list) and value:
        return cut(", ".join(map(references.named, value)), _LONGEST)
    given = (
        value.get("json_schema") if parameter.name == "response_format" and isinstance(value, dict) else None
    )
    if not isinstance(given, dict):
        return parameter.show(value)
    return f"json_schema {given.get('name', '')}{', strict' if given.get('strict') is True else ''}"


@dataclass(frozen=True)
class Settings:
    """The layers, lowest first; the last is always what was set here."""

    profile: str = "none"
    layers: tuple[Layer, ...] = (Layer(HERE, "set here"),)
    broken: BadProfile | None = None  # why nothing can be sent with them

    def get(self, name: str) -> Any:
        """Give the value in force, or None where nothing sets it."""
        layer = self.origin(name)
        return None if layer is None else _or_none(layer.values[own_name(name)])

    def origin(self, name: str) -> Layer | None:
        """Give the layer that decides: the highest that names it."""
        name = own_name(name)
        return next((layer for layer in reversed(self.layers) if name in layer.values), None)

    def __iter__(self) -> Iterator[tuple[Parameter, Any]]:
        """Iterate over the names that are set, in the order of the table, extras last."""
        for parameter in (*ALL, *self.extras()):
            value = self.get(parameter.name)
            if value is not None:
                yield parameter, value

    def extras(self) -> list[Parameter]:
        """List the fields that are named in some layer but not in the table."""
        names = {name for layer in self.layers for name in layer.values if name.startswith(EXTRA)}
        return [named(name) for name in sorted(names)]

    def set(self, name: str, value: Any) -> Settings:
        return self._here({**self.layers[-1].values, own_name(name): value})

    def unset(self, name: str) -> Settings:
        """Return settings in which a parameter is no longer sent, even where the profile sets it."""
        name = own_name(name)
        values = {key: value for key, value in self.layers[-1].values.items() if key != name}
        below = replace(self, layers=self.layers[:-1])
        if below.get(name) is not None:
            values[name] = UNSET
        return self._here(values)

    def reset(self) -> Settings:
        """Go back to what the profile and the command line say."""
        return self._here({})

    def _here(self, values: Mapping[str, Any]) -> Settings:
        return replace(
            self, layers=(*self.layers[:-1], replace(self.layers[-1], values=MappingProxyType(values)))
        )

    def layer(self, kind: str) -> Mapping[str, Any]:
        """Give the values of all layers of that kind, merged."""
        merged: dict[str, Any] = {}
        for layer in self.layers:
            if layer.kind == kind:
                merged.update(layer.values)
        return merged

    def with_layer(self, kind: str, name: str, values: Mapping[str, Any]) -> Settings:
        """Replace the layer of a prompt, of what is remembered, or of the command line."""
        kept = [layer for layer in self.layers if layer.kind != kind]
        if values:
            order = (PROFILE, PROMPT, REMEMBERED, COMMAND_LINE, HERE)
            at = next(i for i, layer in enumerate(kept) if order.index(layer.kind) > order.index(kind))
            kept.insert(at, Layer(kind, name, MappingProxyType(dict(values))))
        return replace(self, layers=tuple(kept))

    def with_profile(self, name: str, chain: tuple[Layer, ...]) -> Settings:
        """Return settings with another profile below the same command line. What was set here is gone."""
        kept = tuple(layer for layer in self.layers if layer.kind == COMMAND_LINE)
        return Settings(name, (*chain, *kept, Layer(HERE, "set here")))

    def without_profile(self, error: BadProfile) -> Settings:
        """Return what is left of the settings after a broken profile was asked for. Nothing is sent with
        them, whatever is set, until another profile is chosen."""
        return replace(self, profile=error.name, broken=error)

    @property
    def opened(self) -> Mapping[str, Any] | None:
        """Return what an opened request set, in its order; None where none was opened."""
        return next((layer.values for layer in self.layers[:-1] if layer.kind == HERE), None)

    @property
    def as_opened(self) -> bool:
        """Tell whether nothing is added to an opened request. That is so until a person sets `stream`."""
        return self.opened is not None and _or_none(self.layers[-1].values.get("stream")) is None

    def with_opened(self, name: str, values: Mapping[str, Any]) -> Settings:
        """Replace what was set here by the values of a request. `name` says where they come from."""
        below = tuple(layer for layer in self.layers if layer.kind != HERE)
        opened = Layer(HERE, name, MappingProxyType(dict(values)))
        return replace(self, layers=(*below, opened, Layer(HERE, "set here")))

    def without_here(self, names: Collection[str]) -> Settings:
        """Take back these values if they were set here, or by an opened request."""

        def less(layer: Layer) -> Layer:
            kept = {name: value for name, value in layer.values.items() if name not in names}
            return replace(layer, values=MappingProxyType(kept)) if layer.kind == HERE else layer

        return replace(self, layers=tuple(map(less, self.layers)))

    def without_opened(self) -> Settings:
        """Take back what an opened request set."""
        kept = (layer for layer in self.layers[:-1] if layer.kind != HERE)
        return replace(self, layers=(*kept, self.layers[-1]))

    def of_profile(self) -> Settings:
        """Return what the profile alone says."""
        kept = (layer for layer in self.layers if layer.kind == PROFILE)
        return replace(self, layers=(*kept, Layer(HERE, "set here")))

    def as_changes(self) -> list[Change]:
        """List all that is set, as if it had just been set."""
        return [Change(parameter, None, value) for parameter, value in self]

    @property
    def changed(self) -> bool:
        """Tell whether what was set here differs from the layers below."""
        below = replace(self, layers=self.layers[:-1])
        return any(self.get(name) != below.get(name) for name in self.layers[-1].values)


def _or_none(value: Any) -> Any:
    return None if value is UNSET else value


def differences(before: Settings, after: Settings) -> list[Change]:
    """List what changed, in the order of the table."""
    if before is after:
        return []
    extras = {parameter.name: parameter for parameter in (*before.extras(), *after.extras())}
    pairs = ((each, before.get(each.name), after.get(each.name)) for each in (*ALL, *extras.values()))
    return [Change(each, old, new) for each, old, new in pairs if old != new]
