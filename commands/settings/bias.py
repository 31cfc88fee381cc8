"""/bias: weights by word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chat.base import escapes
from chat.base.errors import BadInput, NoTokenizer, TemperaError
from chat.base.tables import TableColumn, TableRow, columns
from chat.parameters import jsontext
from chat.parameters.table import BY_NAME
from chat.parameters.weights import Bias, Weights, weighed
from chat.session.state import Session
from chat.tokens.bias import Tokens

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from .assigning import check_ids
from .bias_forms import pick_forms, pieces_of, tokens_of

_WEIGHT = Bias.weight
_WORDS = Bias()


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    current: Weights = session.settings.get("bias") or ()
    action, space, rest = typed.partition(" ")
    if space and action == "remove":
        start = len(typed) - len(rest)
        quoted = (escapes.quote(word) for word, _ in current)
        yield from (Suggestion(each, "", start) for each in quoted if each.startswith(rest))
    elif not space:
        actions = [("remove", "one word"), ("clear", "all")] if current else []
        yield from offer(
            typed, [*actions, *((escapes.quote(word), f"now {weight}") for word, weight in current)]
        )
    else:
        words = escapes.split(typed)
        if len(words) == 1 and typed.endswith(" "):
            yield from (Suggestion(each, "", len(typed)) for each in _WEIGHT.suggest())


@command(Argument("word", _suggest, optional=True, rest=True, usage="word weight|remove word|clear"))
def bias(session: Session, screen: Screen, text: str | None) -> None:
    """Make words likelier or rarer, from -100 (never) to 100 (always).

    /bias impossible -100   offers the forms of the word that matter
    /bias " and" -100       exactly this text: the space belongs to it, most tokens begin with one
    /bias #1734 5           a token by its id
    /bias "and": +100, "or": 5      several; {"1734": -100} is by id, as the API has it
    /bias remove " and"
    /bias clear
    /bias                   lists them, with the model's token ids
    """
    if text is None:
        _list(session, screen)
        return
    words = escapes.split(text)
    first = words[0]
    if len(words) == 1 and first.text == "clear":
        for name in ("bias", "logit_bias"):
            if session.settings.get(name) is not None:
                session.settings = session.settings.unset(name)
    elif first.text == "remove" and len(words) > 1 and not _is_weight(session, words[-1].text):
        for word in words[1:]:
            _remove(session, word)
    else:
        _put_all(session, screen, text)


def _put_all(session: Session, screen: Screen, text: str) -> None:
    """Set what is typed: words and weights, or an object as the API has it, in which names are ids."""
    if jsontext.begins(text):
        for key, weight in _WORDS.read(text):
            (_put_id if key.isdecimal() else _put)(session, screen, key, weight)
        return
    found = weighed(text)
    if len(found) == 2 and not any(each.weight for each in found):
        _WEIGHT.read(found[1].word)  # which says what a weight is
    if not all(each.weight for each in found):
        raise BadInput("/bias takes a word and a weight", 'for example /bias " and" -100; quotes keep spaces')
    for each in found:
        weight = int(_WEIGHT.read(each.weight))
        if not each.word:
            raise BadInput("an empty text has no tokens")
        if not each.quoted and re.fullmatch("#[0-9]+", each.word):
            _put_id(session, screen, each.word[1:], weight)
        elif len(found) > 1 or each.quoted or not each.word.isalpha() or not screen.interactive:
            _put(session, screen, each.word, weight)
        else:
            picked = pick_forms(session, screen, each.word, weight)
            _keep(session, "bias", {**_words(session), **{form.text: weight for form in picked}})


def _words(session: Session) -> dict[str, int]:
    return dict(session.settings.get("bias") or ())


def _ids(session: Session) -> dict[str, int]:
    return dict(session.settings.get("logit_bias") or ())


def _is_id(word: escapes.Word) -> bool:
    return not word.quoted and re.fullmatch("#[0-9]+", word.text) is not None


def _is_weight(session: Session, text: str) -> bool:
    """Tell whether a word is a weight: `/bias remove -5` biases the word "remove", unless "-5" is a word
    that is biased."""
    return text.lstrip("-+").isdigit() and text not in _words(session)


def _keep(session: Session, name: str, pairs: dict[str, int]) -> None:
    settings = session.settings
    kind = BY_NAME[name].kind
    session.settings = settings.set(name, kind.check(pairs)) if pairs else settings.unset(name)


def _remove(session: Session, word: escapes.Word) -> None:
    name, key = ("logit_bias", word.text[1:]) if _is_id(word) else ("bias", word.text)
    pairs = _ids(session) if name == "logit_bias" else _words(session)
    if key not in pairs:
        raise BadInput(f"{escapes.quote(word.text)} has no bias")
    del pairs[key]
    _keep(session, name, pairs)


def _put_id(session: Session, screen: Screen, number: str, weight: int) -> None:
    """Bias a token by its id, which must be one of the model's if its vocabulary is known."""
    check_ids(session, [number])
    if session.tokenizers.exact(session.model):
        try:
            piece = session.tokenizers.pieces(session.model, [int(number)])[0]
        except KeyError:  # a number that the encoding leaves out
            raise BadInput(f"{session.model} has no token #{number}") from None
        screen.say(f"#{number} is {escapes.quote(piece)}", dim=True)
    _keep(session, "logit_bias", {**_ids(session), str(int(number)): weight})


def _put(session: Session, screen: Screen, word: str, weight: int) -> None:
    """Bias exactly this text."""
    tokens = tokens_of(session, word)
    if tokens.ids:
        screen.say(_told(tokens), dim=True)
    if len(tokens.ids) > 1:
        screen.warn(
            f"{escapes.quote(word)} is {len(tokens.ids)} tokens to {session.model}: "
            f"each of them would get {weight}, wherever else it occurs too"
        )
        if not screen.confirm("bias all of them?"):
            count = len(tokens.ids)
            raise BadInput(f"{escapes.quote(word)} got no bias: it is {count} tokens", _other(word))
    _keep(session, "bias", {**_words(session), word: weight})


def _other(word: str) -> str:
    return "" if word.startswith(" ") else f'with a space in front it may be one token: /bias " {word}" …'


def _told(tokens: Tokens) -> str:
    return f"{pieces_of(tokens)} → {' '.join(map(str, tokens.ids))} ({tokens.source})"


def _list(session: Session, screen: Screen) -> None:
    words, ids = _words(session), _ids(session)
    if not words and not ids:
        screen.say('no word has a bias; /bias " and" -100 bans one')
        return
    rows: list[TableRow] = []
    for word, weight in words.items():
        try:
            tokens = tokens_of(session, word)
            pieces, numbers = pieces_of(tokens), " ".join(map(str, tokens.ids)) or "sent as a word"
        except NoTokenizer:
            pieces, numbers = "", "not known"
        except TemperaError as error:
            pieces, numbers = "", error.message
        rows.append((escapes.quote(word), pieces, numbers, weight))
    rows += [("", "", f"#{number}", weight) for number, weight in ids.items()]
    heads = (*columns("word", "tokens", "ids"), TableColumn("weight", right=True))
    screen.table(heads, rows, f"for {session.model}")
