"""The dials of /dials: which there are, how far they turn, and what they come to together. Pure.

A dial is a parameter with the values that the arrow keys go through. What is set is a mapping from the
names of parameters to values; a name that is not there is not sent.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Mapping
from typing import Any

from ..base.dataclass import dataclass
from ..conversation import in_effect
from ..endpoint.memory import ProbeVerdict
from ..parameters.declaration import Parameter
from ..parameters.kinds import Number, OneOf
from ..parameters.server_kinds import title
from ..parameters.settings import Settings, told
from ..parameters.table import BY_NAME, EXTRA
from .sampling import Sampler
from .trial import LIMITS


def _steps(low: float, high: float, step: float) -> tuple[float, ...]:
    return tuple(round(low + number * step, 6) for number in range(round((high - low) / step) + 1))


_SHARE = (*_steps(0.05, 0.95, 0.05), 0.97, 0.99, 1.0)
_PENALTY = _steps(-2, 2, 0.1)
_REPEAT = (0.8, 0.9, *_steps(1, 1.3, 0.05), 1.4, 1.5, 1.8, 2.0)
_LIMIT = tuple(2.0**power for power in range(13))
#: Where the arrow keys stop, for each parameter that has a dial, in the order in which they stand.
STOPS: Mapping[str, tuple[float, ...]] = {
    "temperature": _steps(0, 2, 0.1),
    "top_k": (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 500, 0),
    "typical_p": _SHARE,
    "top_p": _SHARE,
    "min_p": (0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1),
    "repeat_penalty": _REPEAT,
    "repetition_penalty": _REPEAT,
    "presence_penalty": _PENALTY,
    "frequency_penalty": _PENALTY,
    "seed": (),
    "max_tokens": _LIMIT,
    "max_completion_tokens": _LIMIT,
}
#: Lists that have a dial where they are set.
LISTS = ("reasoning_effort", "verbosity")
#: What changes the odds in ways that are not worked out here, by chance or by what was said before: at
#: work where it is above 0.
_NOT_DRAWN = ("mirostat", "dynatemp_range", "xtc_probability", "dry_multiplier", "top_n_sigma", "top_a")
#: What an answer must follow, by the parameters of other servers.
_FORMS = ("grammar", "json_schema", "structured_outputs")
#: What leaves the probabilities alone, by the name of a field of Sampler.
_NEUTRAL = Sampler()
_FIELDS = {"repetition_penalty": "repeat_penalty"}


@dataclass(frozen=True)
class Dial:
    """One parameter that can be turned. `default` is what holds where it is not sent, None where that is
    not known; `default_of` says whose word that is. `verdict` is what the endpoint is known to do with it."""

    parameter: Parameter
    stops: tuple[Any, ...] = ()
    default: Any = None
    default_of: str = ""
    verdict: ProbeVerdict | None = None
    known: str = ""  # how it is known that the server takes it, where no experiment showed it

    @property
    def name(self) -> str:
        """Give the name that settings have for it."""
        return self.parameter.name

    @property
    def is_list(self) -> bool:
        return isinstance(self.parameter.kind, OneOf)

    def rank(self, value: Any) -> float:
        """Give a number by which values stand in order from left to right: 0 candidates are all of them."""
        if self.is_list:
            return float(self.stops.index(value)) if value in self.stops else -1.0
        return math.inf if self.name == "top_k" and value <= 0 else float(value)

    def share(self, value: Any) -> float:
        """Tell where on the slider a value stands, 0 to 1, by the stops on either side of it."""
        ranks = [self.rank(stop) for stop in self.stops]
        rank = self.rank(value)
        at = bisect.bisect_left(ranks, rank)
        if at < len(ranks) and ranks[at] != rank and at and not math.isinf(ranks[at]):
            part = at - 1 + (rank - ranks[at - 1]) / (ranks[at] - ranks[at - 1])
        else:
            part = min(at, len(ranks) - 1)
        return part / max(1, len(ranks) - 1)

    def turned(self, value: Any, steps: int) -> Any:
        """Give the value so many stops further right, or left; where there are no stops, next to it."""
        if not self.stops:
            return self.parameter.kind.check((value or 0) + steps)
        ranks = [self.rank(stop) for stop in self.stops]
        if value is None:
            at = 0 if steps > 0 else len(ranks) - 1
        elif steps > 0:
            at = bisect.bisect_right(ranks, self.rank(value)) + steps - 1
        else:
            at = bisect.bisect_left(ranks, self.rank(value)) + steps
        return self._checked(self.stops[max(0, min(len(ranks) - 1, at))])

    def at(self, share: float) -> Any:
        """Give the stop that is nearest to a place on the slider, 0 to 1."""
        return self._checked(self.stops[round(max(0.0, min(1.0, share)) * (len(self.stops) - 1))])

    def _checked(self, stop: Any) -> Any:
        return self.parameter.kind.check(stop)

    def show(self, value: Any) -> str:
        """Give a value in few columns."""
        if value is None:
            return "–"
        if self.name == "top_k" and value <= 0:
            return "all"
        return f"{value:g}" if isinstance(value, float) else self.parameter.show(value)


def dials(
    settings: Settings,
    kind: str,
    openai: bool,
    defaults: Mapping[str, Any] | None,
    verdicts: Mapping[str, ProbeVerdict],
) -> tuple[Dial, ...]:
    """List the dials for what is set, and for what this kind of server takes. `defaults` are llama.cpp's own
    word."""
    found = []
    limit = "max_completion_tokens" if openai else "max_tokens"
    for name, stops in STOPS.items():
        parameter = BY_NAME[name]
        another = bool(parameter.servers) and parameter.taker(kind) is None
        another = another or (name in LIMITS and name != limit)
        if not another or settings.get(name) is not None:
            found.append(_dial(parameter, kind, stops, defaults, verdicts))
    for name in LISTS:
        parameter = BY_NAME[name]
        if isinstance(parameter.kind, OneOf) and settings.get(name) is not None:
            found.append(_dial(parameter, kind, parameter.kind.words, defaults, verdicts))
    return tuple(found)


def _dial(
    parameter: Parameter,
    kind: str,
    stops: tuple[Any, ...],
    defaults: Mapping[str, Any] | None,
    verdicts: Mapping[str, ProbeVerdict],
) -> Dial:
    name, taker = parameter.name, parameter.taker(kind)
    own = in_effect.in_effect(name, defaults)
    default, whose = None, ""
    known = isinstance(own, int | float) and name != "seed"
    written = taker.default if taker else "" if defaults is not None else parameter.default
    if known and (own >= 0 or bool(stops and stops[0] < 0)):
        default, whose = float(f"{own:.6g}"), "server's default"
    elif own is None and written:
        default, whose = parameter.kind.read(written), f"{title(kind) if taker else 'API'}'s default"
    if default is not None and isinstance(parameter.kind, Number) and parameter.kind.whole:
        default = int(default)
    takes = "the server lists it" if own is not None else f"{title(kind)} takes it" if taker else ""
    return Dial(parameter, stops, default, whose, verdicts.get(name), takes)


def set_by(dials: Iterable[Dial], settings: Settings) -> dict[str, Any]:
    """Give what is set of these."""
    found = ((dial, settings.get(dial.name)) for dial in dials)
    return {dial.name: value for dial, value in found if value is not None and _sound(dial, value)}


def _sound(dial: Dial, value: Any) -> bool:
    """Tell whether a value is one that the dial can show: requests from elsewhere may hold any."""
    if dial.is_list:
        return value in dial.stops
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def in_force(dial: Dial, values: Mapping[str, Any]) -> Any:
    """Give the value that holds: what is set, else the default, None where that is not known."""
    return values.get(dial.name, dial.default)


def sampler(dials: Iterable[Dial], values: Mapping[str, Any], bias: Mapping[int, float]) -> Sampler:
    """Give the sampler that these values come to."""
    fields: dict[str, Any] = {}
    for dial in dials:
        name, value = _FIELDS.get(dial.name, dial.name), in_force(dial, values)
        if value is not None and hasattr(_NEUTRAL, name):
            fields[name] = value
    return Sampler(**fields, bias=bias)


def _form(settings: Settings) -> str:
    """Name what says which form an answer must have, and so which tokens can come: a grammar, a schema."""
    for parameter, value in settings:
        if parameter.name in _FORMS or parameter.name.startswith(f"{EXTRA}guided_"):
            return parameter.name
        kind = value.get("type") if parameter.name == "response_format" and isinstance(value, Mapping) else ""
        if kind in ("json_object", "json_schema"):
            return f"response_format {kind if kind == 'json_object' else told(parameter, value)}"
    return ""


def not_drawn(settings: Settings, defaults: Mapping[str, Any] | None) -> list[str]:
    """Name what is at work and is not worked out here: what the answer's form forbids, and samplers, with
    their values."""
    form = _form(settings)
    found = [f"{form}, which forbids some of these tokens"] if form else []
    for name in _NOT_DRAWN:
        here = settings.get(name), in_effect.in_effect(name, defaults)
        value = next((each for each in here if each is not None), 0)
        if isinstance(value, int | float) and value > 0:
            found.append(f"{name} {value:g}")
    return found


def kept(settings: Settings, before: Mapping[str, Any], after: Mapping[str, Any]) -> Settings:
    """Give the settings with what was turned."""
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            settings = settings.unset(name)
        elif before.get(name) != after[name]:
            settings = settings.set(name, after[name])
    return settings
