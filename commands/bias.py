"""/bias: weights by word."""

from __future__ import annotations

from collections.abc import Iterator

from chat import escapes
from chat.bias import Tokens
from chat.errors import BadInput, NoTokenizer, TemperaError
from chat.kinds import Bias, Weights
from chat.parameters import BY_NAME
from chat.session import Session

from .declare import Argument, Suggestion, command, offer
from .screen import Screen

_KIND = BY_NAME["bias"].kind
_WEIGHT = Bias.weight


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

    /bias " and" -100   the space belongs to the word: most tokens begin with one
    /bias remove " and"
    /bias clear
    /bias               lists them, with the model's token ids
    """
    current: Weights = session.settings.get("bias") or ()
    if text is None:
        _list(session, screen, current)
        return
    words = [word.text for word in escapes.split(text)]
    if words == ["clear"]:
        session.settings = session.settings.unset("bias")
    elif words[0] == "remove" and len(words) > 1 and not _is_weight(words[-1], current):
        _remove(session, current, words[1:])
    elif len(words) == 2:
        _add(session, screen, current, words[0], words[1])
    else:
        raise BadInput("/bias takes a word and a weight", 'for example /bias " and" -100; quotes keep spaces')


def _is_weight(text: str, current: Weights) -> bool:
    """`/bias remove -5` biases the word "remove", unless "-5" is a word that is biased."""
    return text.lstrip("-+").isdigit() and text not in dict(current)


def _remove(session: Session, current: Weights, words: list[str]) -> None:
    for word in words:
        if word not in dict(current):
            raise BadInput(f"{escapes.quote(word)} has no bias")
    kept = tuple(pair for pair in current if pair[0] not in words)
    session.settings = session.settings.set("bias", kept) if kept else session.settings.unset("bias")


def _add(session: Session, screen: Screen, current: Weights, word: str, weight_text: str) -> None:
    weight = _WEIGHT.read(weight_text)
    if not word:
        raise BadInput("an empty text has no tokens")
    tokens = _tokens(session, word)
    if tokens.ids:
        screen.say(_told(tokens), dim=True)
    if len(tokens.ids) > 1:
        screen.warn(
            f"{escapes.quote(word)} is {len(tokens.ids)} tokens to {session.model}: "
            f"each of them would get {weight}, wherever else it occurs too"
        )
        if not screen.confirm("bias all of them?"):
            raise BadInput(
                f"{escapes.quote(word)} got no bias: it is {len(tokens.ids)} tokens, not one", _other(word)
            )
    session.settings = session.settings.set("bias", _KIND.check({**dict(current), word: weight}))


def _other(word: str) -> str:
    return f'with a space in front it may be one token: /bias " {word}" …' if not word.startswith(" ") else ""


def _tokens(session: Session, word: str) -> Tokens:
    return session.words.tokens(word, session.model, session.endpoint.base_url, session.client())


def _told(tokens: Tokens) -> str:
    pieces = [escapes.quote(piece) for piece in tokens.pieces] or [escapes.quote(tokens.text)]
    ids = " ".join(map(str, tokens.ids))
    return f"{' '.join(pieces)} → {ids} ({tokens.source})"


def _list(session: Session, screen: Screen, current: Weights) -> None:
    if not current:
        screen.say('no word has a bias; /bias " and" -100 bans one')
        return
    rows = []
    for word, weight in current:
        try:
            ids = " ".join(map(str, _tokens(session, word).ids)) or "sent as a word"
        except NoTokenizer:
            ids = "not known"
        except TemperaError as error:
            ids = error.message
        rows.append((escapes.quote(word), ids, str(weight)))
    screen.table(("word", "token ids", ">weight"), rows, f"for {session.model}")
