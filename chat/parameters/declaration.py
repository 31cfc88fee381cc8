"""Declare a parameter: one declaration, read by everything that deals with it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .kinds import Kind


@dataclass(frozen=True)
class Parameter:
    """One setting: `field` says whether it is a field of the request's body.

    `default` is what the API does when it is not sent, as it would be typed; "" is unknown or
    differs by model. `clashes` are parameters that the API advises not to set together with
    this one, `needs` one without which it does nothing or is refused. `replaced_by` marks a
    deprecated field. `notes` are facts worth knowing, for /explain.
    """

    name: str
    kind: Kind
    summary: str
    default: str = ""
    aliases: tuple[str, ...] = ()
    clashes: tuple[str, ...] = ()
    needs: str = ""
    replaced_by: str = ""
    notes: tuple[str, ...] = ()
    field: bool = True

    def show(self, value: object) -> str:
        """Write a value as a person would type it. Values that are not sound, from an opened request, are
        written as JSON."""
        try:
            return self.kind.write(value)
        except (TypeError, ValueError, AttributeError, LookupError):
            return json.dumps(value, ensure_ascii=False)
