"""How often commands, parameters and values were typed: what completion offers first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from chat.parameters.table import BY_NAME

from .declare import Suggestion

#: Words of a line that are counted, and characters of one that may be a text.
_DEEP, _LONGEST = 3, 200

Offered = tuple[int, Suggestion]


def keys(command: str, rest: str) -> Iterator[str]:
    """Give what is counted of a line: the command, and it with each further word. What /set sets counts as
    if it had been typed by the parameter's own command."""
    yield command
    if len(rest) > _LONGEST:
        return
    words = rest.replace("=", " ").split()
    if command != "set":
        yield from (" ".join([command, *words[:depth]]) for depth in range(1, min(len(words), _DEEP) + 1))
        return
    several = "=" in rest.partition(" ")[0]
    pairs = [word.split("=", 1) for word in rest.split()] if several else [words[:2]]
    for pair in pairs:
        yield from pair[:1]
        if len(pair) > 1:
            yield " ".join(pair)


def first(offered: Iterable[Offered], text: str, command: str, used: Mapping[str, int]) -> list[Offered]:
    """Give what is offered for the end of a line with what was used most before the rest, as far as it goes
    on from what is typed. Numbers of turns and the like keep their order: they mean something else by now."""
    offered = list(offered)
    numbers = command != "set" and command not in BY_NAME

    def place(each: Offered) -> tuple[bool, int]:
        start, suggestion = each
        said = suggestion.text.rstrip("= ")
        if not suggestion.text.startswith(text[start:]) or (numbers and said.isdecimal()):
            return True, 0
        before = text[:start].replace("=", " ").split()[1:]
        if command == "set":
            value = text[:start].endswith("=") or len(before) == 1
            return False, -used.get(f"{before[-1]} {said}" if value and before else said, 0)
        return False, -used.get(" ".join([command, *before, said]), 0)

    return sorted(offered, key=place)
