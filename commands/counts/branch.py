"""/branch: another token at a place of the answer, and the model goes on from there."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base import escapes
from chat.base.errors import BadInput, TemperaError
from chat.base.tables import TableColumn
from chat.conversation.events import TokenLogprob
from chat.conversation.turn import Turn
from chat.lab import probabilities
from chat.lab.token_places import is_part, position
from chat.session.state import Session

from ..declare import Argument, Send, Suggestion, command
from ..screen import Screen

_BEFORE = 60  # characters of the answer shown before the place


def _suggest_place(session: Session, typed: str) -> Iterator[Suggestion]:
    turn = session.conversation.last_answer()
    tokens = turn.choice.logprobs if turn else ()
    if typed:
        places = [at for at in range(len(tokens)) if str(at + 1).startswith(typed)]
    else:
        places = sorted(probabilities.least_certain(tokens, 8))
    for at in places:
        yield Suggestion(str(at + 1), escapes.quote(tokens[at].token))


def _suggest_token(session: Session, typed: str) -> Iterator[Suggestion]:
    """Give all alternatives there: the place is typed before, and not told; so those of every place that
    they could be of."""
    number, space, rest = typed.partition(" ")
    turn = session.conversation.last_answer()
    tokens = turn.choice.logprobs if turn else ()
    if not space:
        yield from _suggest_place(session, typed)
        return
    if number.isdecimal() and len(number) < 9 and 1 <= int(number) <= len(tokens):
        for token, share in _others(tokens[int(number) - 1]):
            quoted = _quoted(token)
            if quoted.startswith(rest.lstrip()):
                yield Suggestion(quoted, f"{share:.1%}", len(typed) - len(rest.lstrip()))


@command(Argument("place", _suggest_token, rest=True, usage="place [text]"))
def branch(session: Session, screen: Screen, text: str) -> Send | None:
    r"""Take another token at a place of the last answer, and let the model go on from there.

    /branch 17 " However"   this in the place of token 17, as /logprobs counts them
    /branch 17              its alternatives, to choose from
    What was said stays, as a sibling. It needs a server that goes on from the
    beginning of an answer: the embedded model, llama.cpp, vLLM.
    """
    number, _, rest = text.partition(" ")
    turn = session.conversation.last_answer()
    if turn is None:
        raise TemperaError("there is no answer yet")
    lacking = session.server.lacks_prefill()
    if lacking:
        raise TemperaError(
            f"{lacking}: no answer can go on from another token there",
            "/bias makes a token likelier or rarer, wherever it may stand",
        )
    tokens = turn.choice.logprobs
    if not tokens:
        raise TemperaError(
            "the last answer came without log probabilities, so its tokens are not known",
            "/set logprobs=true top_logprobs=5, then /retry",
        )
    if not number.isdecimal() or len(number) > 8 or not 1 <= int(number) <= len(tokens):
        raise BadInput(f"{number} is not a token from 1 to {len(tokens)}", "/logprobs shows which is which")
    before = _before(turn, int(number))
    chosen = escapes.meant(rest.strip()) if rest.strip() else _chosen(screen, before, tokens[int(number) - 1])
    if chosen is None:
        return None
    if not chosen:
        raise BadInput("an empty text is no token", f"/branch {number} shows the others")
    return Send(asked=turn.request.asked, prefill=turn.request.carried.prefill + before + chosen)


def _before(turn: Turn, number: int) -> str:
    """Give the answer's text before a token. Raises TemperaError where it can't be cut there."""
    found = position([token.token for token in turn.choice.logprobs], turn.choice.text, number)
    if found.within:
        first, last = found.within
        raise TemperaError(
            f"token {number} begins inside a character, which tokens {first} to {last} make up together",
            f"/branch {first} puts something else in the place of the whole",
        )
    if found.before is None:
        raise TemperaError(
            f"where token {number} stands in the answer can't be told: its tokens do not add up"
        )
    return found.before


def _quoted(token: str) -> str:
    """Quote it in any case: a blank is a part of a token."""
    quoted = escapes.quote(token)
    return quoted if quoted.startswith('"') else f'"{quoted}"'


def _others(place: TokenLogprob) -> list[tuple[str, float]]:
    """List the alternatives that a text can hold. The tokens with which a server ends an answer have no
    text."""
    return [
        (token, share) for token, share in probabilities.alternatives(place) if token and not is_part(token)
    ]


def _chosen(screen: Screen, before: str, place: TokenLogprob) -> str | None:
    others = [pair for pair in _others(place) if pair[0] != place.token]
    every = [pair for pair in probabilities.alternatives(place) if pair[0] != place.token]
    screen.say(f"…{before[-_BEFORE:]}" if len(before) > _BEFORE else before, dim=True)
    screen.say(
        f"taken: {escapes.quote(place.token)} {dict(probabilities.alternatives(place))[place.token]:.1%}"
    )
    if len(others) < len(every):
        screen.say("alternatives that are a part of a character, or the end, can't be sent as text", dim=True)
    if not others:
        raise TemperaError(
            "no alternatives came with it", '/set top_logprobs=5; /branch 17 " text" takes any'
        )
    options = [f"{escapes.quote(token)} {share:.1%}" for token, share in others]
    if not screen.interactive:
        columns = (TableColumn("alternative"), TableColumn("p", right=True, number="{:.1%}".format))
        screen.table(columns, [(escapes.quote(token), share) for token, share in others])
        return None
    picked = screen.choose("which instead?", options)
    return None if picked is None else others[picked][0]
