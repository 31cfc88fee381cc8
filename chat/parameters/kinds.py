"""Kinds of values: what may be typed, what YAML may hold, and how it is shown.

Each kind has the same six verbs, and one law: `read(write(v)) == v` for every `v` that
`check` lets through.

    read(text)    what a person typed -> a value; BadValue with the rule
    check(value)  what YAML or the command line holds -> a value; BadValue with the rule
    write(value)  a value -> what a person would type
    describe()    the rule in words: "a number from 0 to 2"
    suggest()     values worth offering, as typed text
    schema()      the rule as JSON Schema

Values are immutable (numbers, strings, booleans, tuples), so settings may share them.
"""

from __future__ import annotations

import math
import re
from contextlib import suppress
from typing import Any, Protocol

from ..base import escapes
from ..base.dataclass import dataclass
from ..base.errors import BadValue
from ..base.redact import looks_random, redact
from ..base.short import cut
from . import jsontext


class Kind(Protocol):
    """The verbs that the table of parameters needs of a kind."""

    def read(self, text: str) -> Any: ...
    def check(self, value: object) -> Any: ...
    def write(self, value: Any) -> str: ...
    def describe(self) -> str: ...
    def suggest(self) -> tuple[str, ...]: ...
    def schema(self) -> dict[str, Any]: ...


def shown(value: object) -> str:
    """Give a refused value as an error shows it: visible, without a key, and not longer than a line."""
    plain = str(value).lower() if isinstance(value, bool) else str(value)
    text = redact(escapes.visible(plain)) if plain else '""'
    return cut(text, 60)


#: What makes a number of JSON's a float, be it whole: 1e3, 2.0.
_EXPONENT = re.compile(r"[.eE]")


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`, both included; None is no bound on that side."""

    low: float | None = None
    high: float | None = None
    whole: bool = False
    stops: tuple[float, ...] = ()

    def read(self, text: str) -> float | int:
        try:
            return self.check(int(text) if self.whole and not _EXPONENT.search(text) else float(text))
        except ValueError:  # also int("9" * 5000), over Python's limit of digits
            raise BadValue(f"{shown(text)} is not {self.describe()}") from None

    def check(self, value: object) -> float | int:
        if isinstance(value, str):
            raise BadValue(f"{shown(value)} is not {self.describe()}{self._way(value)}")
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if good and isinstance(value, float):
            good = math.isfinite(value) and (not self.whole or value.is_integer())
        if not good or not self._inside(value):  # type: ignore[arg-type]
            raise BadValue(f"{shown(value)} is not {self.describe()}")
        return int(value) if self.whole else float(value)  # type: ignore[call-overload,arg-type]

    def _way(self, text: str) -> str:
        """Say what to write for a number that came as text. Return "" if it means no number within the
        rule."""
        number = _number(text)
        try:
            self.check(number)
        except BadValue:
            return ""
        if _PLAIN_NUMBER.fullmatch(text):
            return f": remove the quotes, write {text}"
        return f": write {number}"

    def _inside(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def write(self, value: float | int) -> str:
        return str(value)

    def describe(self) -> str:
        noun = "a whole number" if self.whole else "a number"
        if self.low is not None and self.high is not None:
            return f"{noun} from {_short(self.low)} to {_short(self.high)}"
        return noun if self.low is None else f"{noun} of at least {_short(self.low)}"

    def suggest(self) -> tuple[str, ...]:
        return tuple(self.write(self.check(stop)) for stop in self.stops)

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "integer" if self.whole else "number"}
        if self.low is not None:
            schema["minimum"] = self.low
        if self.high is not None:
            schema["maximum"] = self.high
        return schema


def _number(text: str) -> float | int | None:
    """Read a number as programs and people write it: 1_000, +5, 0x10, 50 % are not YAML's or JSON's."""
    plain = text.strip().replace("_", "").replace(" ", "")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    try:
        if re.fullmatch(r"[+-]?0[xX][0-9a-fA-F]{1,16}", plain):
            return int(plain, 16)
        number = float(plain.replace(",", "."))
        return int(number) if number.is_integer() and abs(number) < 2**63 else number
    except (ValueError, OverflowError):
        return None


#: How YAML and JSON write a number: text that looks so stood in quotes.
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")


def _short(number: float) -> str:
    return f"{number:g}" if abs(number) < 1e6 else str(int(number))


@dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, text: str) -> str:
        return self.check(text.strip().lower())

    def check(self, value: object) -> str:
        if value not in self.words:
            meant = str(value).strip().lower()
            way = f": write {meant}" if isinstance(value, str) and meant in self.words else ""
            raise BadValue(f"{shown(value)} is not {self.describe()}{way}")
        return str(value)

    def write(self, value: str) -> str:
        return value

    def describe(self) -> str:
        return f"one of {', '.join(self.words)}"

    def suggest(self) -> tuple[str, ...]:
        return self.words

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}


_FLAGS = {"true": True, "on": True, "yes": True, "1": True}
_FLAGS |= {"false": False, "off": False, "no": False, "0": False}


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    def read(self, text: str) -> bool:
        try:
            return _FLAGS[text.strip().lower()]
        except KeyError:
            raise BadValue(f"{shown(text)} is not {self.describe()}") from None

    def check(self, value: object) -> bool:
        if not isinstance(value, bool):
            text = str(value).strip().lower()
            way = f": write {self.write(_FLAGS[text])}" if text in _FLAGS else ""
            if isinstance(value, str) and value.lower() in ("true", "false"):
                way = f": remove the quotes, write {text}"
            raise BadValue(f"{shown(value)} is not {self.describe()}{way}")
        return value

    def write(self, value: bool) -> str:
        return "true" if value else "false"

    def describe(self) -> str:
        return "true or false"

    def suggest(self) -> tuple[str, ...]:
        return ("true", "false")

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Text:
    """Text, all of which matches `pattern`, if there is one; `rule` says so in words. `hidden`: text that
    does not match may be a secret, and is not shown."""

    pattern: str = ""
    rule: str = "text"
    empty: bool = False
    hidden: bool = False

    def read(self, text: str) -> str:
        text = text.strip()
        with suppress(BadValue):  # of an open quote: it belongs to the text
            text = escapes.meant(text)
        return self.check(text)

    def check(self, value: object) -> str:
        if not isinstance(value, str):
            raise BadValue(f"{shown(value)} is not text; put it in quotes")
        if self.hidden and (redact(value) != value or looks_random(value)):
            raise BadValue(f"what stands there looks like a key, and is not {self.describe()}")
        if not value and not self.empty:
            raise BadValue(f"an empty text is not {self.describe()}")
        if self.pattern and not re.fullmatch(self.pattern, value):
            what = "what stands there" if self.hidden else shown(value)
            raise BadValue(f"{what} is not {self.describe()}")
        return value

    def write(self, value: str) -> str:
        plain = value.isprintable() and value == value.strip() and value[:1] not in ('"', "'")
        return value if plain and value else escapes.quote(value)

    def describe(self) -> str:
        return self.rule

    def suggest(self) -> tuple[str, ...]:
        return ()

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string"}
        if not self.empty:
            schema["minLength"] = 1
        if self.pattern:
            schema["pattern"] = f"^(?:{self.pattern})$"
        return schema


def _list(text: str) -> Any:
    """Read a JSON list as it is typed. Raises BadValue, which says how to type a text that only looks like
    a list."""
    try:
        return jsontext.strict(text.strip())
    except BadValue as error:
        if text.strip()[1:2] in ('"', "]"):
            raise
        quoted = f"as text it stands in quotes: {escapes.quote(cut(text.strip(), 40))}"
        raise BadValue(error.message, f"{error.hint}; {quoted}" if error.hint else quoted) from None


@dataclass(frozen=True)
class Texts:
    """One to `most` texts; a single one may stand alone in YAML."""

    most: int

    def read(self, text: str) -> tuple[str, ...]:
        if jsontext.begins(text.strip()):
            return self.check(_list(text))
        return self.check([word.text for word in escapes.split(text)])

    def check(self, value: object) -> tuple[str, ...]:
        items = [value] if isinstance(value, str | int | float) else value
        if not isinstance(items, list | tuple):
            raise BadValue(f"{shown(value)} is not {self.describe()}")
        for item in items:
            if not isinstance(item, str):
                raise BadValue(f"{shown(item)} is not text: put it in quotes")
        if not items:
            raise BadValue(f"nothing is not {self.describe()}: null, or no line at all, is not set")
        if not all(items):
            raise BadValue('"" stops nothing; give at least one character')
        distinct = tuple(dict.fromkeys(items))
        if len(distinct) > self.most:
            raise BadValue(f"{len(distinct)} texts are not {self.describe()}")
        return distinct

    def write(self, value: tuple[str, ...]) -> str:
        return " ".join(escapes.quote(item) for item in value)

    def describe(self) -> str:
        return f"1 to {self.most} texts"

    def suggest(self) -> tuple[str, ...]:
        return (r'"\n"', r'"\n\n"')

    def schema(self) -> dict[str, Any]:
        one = {"type": "string", "minLength": 1}
        many = {"type": "array", "items": one, "minItems": 1, "maxItems": self.most}
        return {"anyOf": [one, many]}
