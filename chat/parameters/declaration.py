"""Declare a parameter: one declaration, read by everything that deals with it."""

from __future__ import annotations

import json

from ..base.dataclass import dataclass
from .kinds import Kind


@dataclass(frozen=True)
class Taker:
    """What one server makes of a parameter: `server` is a name of `server_kinds`, `default` what it takes
    where none is sent ("" is not known), `note` what is its own."""

    server: str
    default: str = ""
    note: str = ""


@dataclass(frozen=True)
class Parameter:
    """One setting: `field` says whether it is a field of the request's body.

    `default` is what the API does when it is not sent, as it would be typed; "" is unknown or
    differs by model. `clashes` are parameters that the API advises not to set together with
    this one, `clash` says why, `needs` is one without which it does nothing or is refused.
    `replaced_by` marks a deprecated field. `notes` are facts worth knowing, for /explain. `servers`
    are those that take a parameter that is not OpenAI's, `same_as` what others of them call it.
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
    servers: tuple[Taker, ...] = ()
    same_as: tuple[str, ...] = ()
    clash: str = "the API advises altering one of them"

    def taker(self, server: str) -> Taker | None:
        """Give what this server makes of it; None where it is not known to take it."""
        return next((each for each in self.servers if each.server == server), None)

    def show(self, value: object) -> str:
        """Write a value as a person would type it. Values that are not sound, from an opened request, are
        written as JSON."""
        try:
            return self.kind.write(value)
        except (TypeError, ValueError, AttributeError, LookupError):
            return json.dumps(value, ensure_ascii=False)
