r"""Read a sweep as it is typed, and make the grid that it means. Pure.

    temperature 0..1.5/0.25 seed=1,2,3 x3

One or two parameters, each a name and its values (`name values` or `name=values`); a value, a
list of them, or a range `a..b/step`, whose end is included where the steps meet it. Whole numbers
need no step. Texts stand in quotes where they hold blanks or commas; `unset` is a value, too: not
sent. `x3` or `times=3` asks each combination three times. The law: `read(str(grid)) == grid`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext
from itertools import product
from typing import Any

from ..base import escapes
from ..base.dataclass import dataclass
from ..base.errors import BadInput, BadValue
from ..base.short import cut
from ..conversation.experiment import Cell
from ..parameters.declaration import Parameter
from ..parameters.jsontext import NULL
from ..parameters.kinds import Flag, Number, OneOf, Text, Texts, shown
from ..parameters.structured import Anything
from ..parameters.table import EXTRA, find
from ..store.records import plain

#: Requests of a sweep, parameters of a grid, and the most digits of a range's number.
MOST, AXES, _DIGITS = 500, 2, 25
#: Requests of a sweep that goes by a batch: each answer is a turn of the conversation, which is read whole.
MOST_BY_BATCH = 5_000
UNSET = "unset"
_LABEL = 40  # characters of a value in the name of a cell

_QUOTED = r""""(?:\\.|[^"\\])*"|'[^']*'"""
_NAME = r"[A-Za-z_][\w.-]*"
_ITEM = rf"(?:{_NAME}=)?(?:{_QUOTED})|[^\s,]+"
_WORD = re.compile(rf"(?:{_ITEM})(?:\s*,\s*(?:{_QUOTED}|[^\s,]+))*,?|,", re.DOTALL)
_PAIR = re.compile(rf"({_NAME})=(.*)", re.DOTALL)
_VALUE = re.compile(rf"(?:{_QUOTED}|[^\s,\"'][^\s,]*|[^\s,]+)", re.DOTALL)
_TIMES = re.compile(r"(?:[x×](\d+)|times=(.*))", re.IGNORECASE | re.DOTALL)
_NUMBER = rf"-?(?:\d{{1,{_DIGITS}}}(?:\.\d{{1,{_DIGITS}}})?|\.\d{{1,{_DIGITS}}})"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})(?:/({_NUMBER}))?")

_NUMERIC = re.compile(rf"{_NUMBER}(?:\.\.\S*)?")
#: What somebody types who has ranges from elsewhere: 0-1/0.5, 0:1:0.5
_RANGE_ELSEWHERE = re.compile(r"-?[\d.]+[-:/]-?[\d.]+(?:[:/][\d.]+)?")

#: What a text of another file is read by: a path -> its text.
Reader = Callable[[str], str]


@dataclass(frozen=True)
class Axis:
    """A parameter with its values, as settings have them; None is not sent. `written`: the values
    as they were typed."""

    name: str
    values: tuple[Any, ...]
    written: str


@dataclass(frozen=True)
class Grid:
    """Every combination of the axes' values, `times` each."""

    axes: tuple[Axis, ...]
    times: int = 1

    def __len__(self) -> int:
        count = self.times
        for axis in self.axes:
            count *= len(axis.values)
        return count

    def __str__(self) -> str:
        first, *others = self.axes
        words = [f"{first.name} {first.written}", *(f"{axis.name}={axis.written}" for axis in others)]
        return " ".join([*words, *([f"x{self.times}"] if self.times > 1 else [])])

    def cells(self) -> list[Cell]:
        """Return the cells, the first parameter slowest, repetitions next to each other."""
        return [
            _cell([(axis.name, value) for axis, value in zip(self.axes, values, strict=True)], time, self)
            for values in product(*(axis.values for axis in self.axes))
            for time in range(1, self.times + 1)
        ]


def _cell(values: list[tuple[str, Any]], time: int, grid: Grid) -> Cell:
    label = " ".join(f"{name}={show(name, value)}" for name, value in values)
    label += f" #{time}" if grid.times > 1 else ""
    return Cell(label, {name: plain(value) for name, value in values})


def show(name: str, value: Any, longest: int = _LABEL) -> str:
    """Give a value as a person would type it, on one line; None is `unset`."""
    text = UNSET if value is None else find(name).show(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        text = str(int(value))
    return cut(" ".join(text.split()), longest)


# ---- reading


@dataclass(frozen=True)
class SweepWord:
    """A word of a sweep: a list of values is one, blanks about its commas or not."""

    text: str
    start: int
    end: int


def parts(text: str) -> Iterator[SweepWord]:
    """Give the words, taken apart where blanks stand outside of quotes and lists."""
    for found in _WORD.finditer(text):
        yield SweepWord(found[0], found.start(), found.end())


def split(text: str) -> tuple[str, str | None]:
    """Give (the sweep, the message after `--`); None is no message."""
    for part in parts(text):
        if part.text == "--":
            return text[: part.start].rstrip(), text[part.end :].strip()
    return text.strip(), None


def read(text: str, file: Reader | None = None, most: int = MOST) -> Grid:
    """Read a grid as it is typed, without its message. `file` reads a system message's @file; `most` bounds
    the requests. Every value is checked. Raises BadInput."""
    axes: list[Axis] = []
    times = 1
    words = [part.text for part in parts(text)]
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if found := _TIMES.fullmatch(word):
            times = _times(found[1] or found[2])
            continue
        if pair := _PAIR.fullmatch(word):
            name, values = pair[1], pair[2]
        else:
            at += words[at : at + 1] == ["="]
            name, values = word, "".join(words[at : at + 1])
            at += 1
        if "," in name:
            raise BadInput(f"{shown(name)}: a comma stands between two values, after a parameter's name")
        if axes and _NUMERIC.fullmatch(name):
            listed = f"{axes[-1].name} {axes[-1].written},{name}"
            raise BadInput(f"{name} is no parameter", f"commas stand between values: {listed}")
        parameter = _swept(name)
        if not values:
            raise BadInput(f"{parameter.name} misses its values", f"as in: {example(parameter)}")
        axes.append(_axis(parameter, values, file, most))
    return _checked(axes, times, most)


def _checked(axes: list[Axis], times: int, most: int) -> Grid:
    if not axes:
        raise BadInput("a sweep wants a parameter and its values", "/sweep temperature 0..1.5/0.25")
    if len(axes) > AXES:
        raise BadInput(f"a sweep varies one or two parameters; {axes[AXES].name} is the third")
    if len({axis.name for axis in axes}) < len(axes):
        raise BadInput(f"{axes[0].name} is there twice", f"{axes[0].name} takes a list: 1,2,3")
    grid = Grid(tuple(axes), times)
    if len(grid) > most:
        more = f"--batch takes up to {MOST_BY_BATCH:,}, and " if most < MOST_BY_BATCH else ""
        raise BadInput(
            f"that makes {len(grid):,} requests; a sweep has at most {most:,}",
            f"{more}/eval FILE --vary asks any number of them, over any number of messages",
        )
    return grid


def _times(text: str) -> int:
    if not text.isdecimal() or len(text) > 6 or int(text) == 0:
        raise BadInput(f"{shown(text)} is not how often to ask: x3 asks each three times")
    return int(text)


def sweepable(parameter: Parameter) -> bool:
    """Tell whether its values are single ones that a request carries."""
    scalar = isinstance(parameter.kind, Number | OneOf | Flag | Text | Texts | Anything)
    scalar = scalar and not (parameter.servers and isinstance(parameter.kind, Text))  # whole files, mostly
    return scalar and (parameter.field or parameter.name == "system")


def _swept(name: str) -> Parameter:
    parameter = find(name)
    if not sweepable(parameter):
        why = "is no part of a request" if not parameter.field else "has no single values"
        raise BadInput(f"{parameter.name} {why}: it can't be swept")
    return parameter


def example(parameter: Parameter) -> str:
    """Tell how a sweep of a parameter may look."""
    return f"{parameter.name} {next(iter(suggested(parameter)), 'one,two')}"


def suggested(parameter: Parameter) -> list[str]:
    """Suggest values worth sweeping, as they would be typed: ranges first."""
    kind = parameter.kind
    found = [text for text in kind.suggest() if "," not in text] if not isinstance(kind, Texts) else []
    many = [",".join(found)] if len(found) > 1 else []
    if isinstance(kind, Number) and not kind.whole and kind.low is not None and kind.high is not None:
        step = Decimal(str(kind.high - kind.low)) / 4
        return [f"{kind.low:g}..{kind.high:g}/{plainly(step)}", *many]
    if isinstance(kind, Number):
        few = [text for text in found if Decimal(text) <= 1000]
        return [",".join(few)] if len(few) > 1 else ["1,2,3"]
    if parameter.name.startswith(EXTRA):
        return ["0,0.05,0.1", "10..50/10"]
    if parameter.name == "system":
        return [f'{UNSET},"Answer in one sentence."']
    return many or found


# ---- values


def _axis(parameter: Parameter, written: str, file: Reader | None, most: int) -> Axis:
    values: list[Any] = []
    at = 0
    for found in _VALUE.finditer(written):
        between = written[at : found.start()].strip()
        if between != ("," if values else ""):
            raise BadInput(f"{parameter.name}: there is a comma with no value beside it")
        at = found.end()
        values += _values(parameter, found[0], file, most)
        if len(values) > most:
            raise BadInput(
                f"{parameter.name} has more than {most:,} values; a sweep has at most {most:,} requests"
            )
    if written[at:].strip() or not values:
        raise BadInput(f"{parameter.name}: there is a comma with no value beside it")
    seen: set[tuple[type, Any]] = set()
    for value in values:
        if (type(value), value) in seen:
            twice = show(parameter.name, value)
            raise BadInput(f"{parameter.name} has {twice} twice", "x2 asks each combination twice")
        seen.add((type(value), value))
    return Axis(parameter.name, tuple(values), re.sub(r"\s*\n\s*", " ", written))


def _values(parameter: Parameter, raw: str, file: Reader | None, most: int) -> list[Any]:
    """Give the values of one item of a list. Raises BadValue."""
    try:
        if raw in (UNSET, NULL):
            return [None]
        if isinstance(parameter.kind, Number | Anything):
            spread = _range(raw, isinstance(parameter.kind, Number) and parameter.kind.whole, most)
            if spread is not None:
                return [parameter.kind.read(text) for text in spread]
        if file and parameter.name == "system" and raw.startswith("@"):
            return [parameter.kind.check(file(raw[1:]))]
        return [_value(parameter, raw)]
    except BadValue as error:
        raise BadValue(f"{parameter.name}: {error.message}", error.hint) from None


def _value(parameter: Parameter, raw: str) -> Any:
    kind = parameter.kind
    if raw[:1] not in ("'", '"'):
        value = _read(parameter, raw)
    else:
        (word, *more) = escapes.split(raw)
        if more:
            raise BadValue(f"{shown(raw)} is more than one text; a comma stands between two")
        value = kind.check(word.text) if isinstance(kind, Text | Texts | Anything) else kind.read(word.text)
    if isinstance(value, dict | list):
        raise BadValue(f"{shown(raw)} is no single value")
    return value


def _read(parameter: Parameter, raw: str) -> Any:
    """Raise BadValue, which says how a range is written where one seems to be meant."""
    try:
        return parameter.kind.read(raw)
    except BadValue as error:
        if isinstance(parameter.kind, Number) and _RANGE_ELSEWHERE.fullmatch(raw):
            way = "1..5, or 10..50/10" if parameter.kind.whole else "0..1/0.25"
            raise BadValue(error.message, f"a range is written {way}") from None
        raise


def _range(raw: str, whole: bool, most: int) -> list[str] | None:
    """Return the numbers of `a..b/step` as they would be typed, or None if it is no range."""
    if not re.match(r"-?\.?\d[\d.]*\.\.", raw):
        return None
    found = _RANGE.fullmatch(raw)
    if not found:
        raise BadValue(f"{shown(raw)} is not a range: write it as 0..1.5/0.25")
    if found[3] is None and not whole:
        raise BadValue(f"{shown(raw)} has no step: write it as {raw}/0.25")
    with localcontext() as context:
        context.prec = 4 * _DIGITS
        first, last, step = (Decimal(text) for text in (found[1], found[2], found[3] or "1"))
        if step <= 0:
            raise BadValue(f"the step of {shown(raw)} is not above 0")
        count = int(abs(last - first) // step) + 1
        if count > most:
            raise BadValue(f"{shown(raw)} has {count:,} values; a sweep has at most {most:,} requests")
        step = step if last >= first else -step
        return [plainly(first + place * step) for place in range(count)]


def plainly(number: Decimal) -> str:
    """Give a number without exponent, and without zeros at its end."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
