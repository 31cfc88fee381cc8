"""The forms of a word that a model may say, and which of them to bias."""

from __future__ import annotations

import contextlib

from chat.base import escapes
from chat.base.errors import BadInput, TemperaError
from chat.base.tables import TableColumn, columns
from chat.session.state import Session
from chat.tokens.bias import Tokens

from ..screen import Screen


def tokens_of(session: Session, word: str) -> Tokens:
    return session.words.tokens(word, session.model, session.endpoint.base_url, session.server.client())


def pieces_of(tokens: Tokens) -> str:
    return " ".join(escapes.quote(piece) for piece in tokens.pieces) or escapes.quote(tokens.text)


def forms(word: str) -> list[str]:
    """Give the forms of a word that a model may say: as it is and with a capital, after a space and at
    the beginning of a line."""
    cases = dict.fromkeys((word, word[:1].upper() + word[1:]))
    return [space + case for case in cases for space in ("", " ")]


def pick_forms(session: Session, screen: Screen, word: str, weight: int) -> list[Tokens]:
    """Show the forms of a word with their tokens; those that the person picks. Raises BadInput."""
    found = [tokens_of(session, form) for form in forms(word)]
    rows = []
    for number, each in enumerate(found, 1):
        ids = " ".join(map(str, each.ids))
        rows.append((number, escapes.quote(each.text), pieces_of(each), ids, _shared(session, each)))
    screen.table((TableColumn("#", right=True), *columns("form", "tokens", "ids", "shared with")), rows)
    single = [each for each in found if len(each.ids) < 2]
    default = f"Enter for {'those of one token' if single else 'none'}"
    answer = screen.ask(f"bias which by {weight}? (numbers, all; {default})")
    if answer is None:
        raise BadInput(f"{word} got no bias")
    picked = _picked(answer, found, single)
    if not picked:
        raise BadInput(f"{word} got no bias", f'/bias " {word}" {weight} biases exactly that text')
    return picked


def _picked(answer: str, found: list[Tokens], single: list[Tokens]) -> list[Tokens]:
    if not answer.strip():
        return single
    if answer.strip().lower() in ("all", "a"):
        return found
    numbers = answer.replace(",", " ").split()
    wrong = [each for each in numbers if not each.isdecimal() or not 1 <= int(each) <= len(found)]
    if wrong:
        raise BadInput(f"{wrong[0]} is not a number from 1 to {len(found)}")
    return [found[int(each) - 1] for each in numbers]


#: Common words in which a piece may stand too: a bias on it would change them.
_COMMON = (
    "the of and to in is you that it he was for on are as with his they at be this have from or one "
    "had by word but not what all were we when your can said there use an each which she do how their "
    "if will up other about out many then them these so some her would make like him into time has "
    "look two more write go see number no way could people my than first water been call who oil its "
    "now find long down day did get come made may part possible important impression imperfect import "
    "improve improbable unable disable table capable "
).split()


def _shared(session: Session, tokens: Tokens) -> str:
    """Tell which common words hold a piece of a form of several tokens."""
    if len(tokens.ids) < 2:
        return ""
    pieces = set(tokens.ids)
    shared = []
    for common in _COMMON:
        for text in (common, " " + common):
            with contextlib.suppress(TemperaError):
                if common not in tokens.text.lower() and pieces & set(_quick(session, text)):
                    shared.append(text.strip())
    return ", ".join(list(dict.fromkeys(shared))[:4]) or "no common word"


def _quick(session: Session, text: str) -> tuple[int, ...]:
    """Give the ids of a common word, where they cost no question to a server far away."""
    if not session.tokenizers.exact(session.model) and not session.endpoint.is_loopback:
        return ()
    return tokens_of(session, text).ids
