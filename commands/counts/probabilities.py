"""/logprobs and /whatif: how sure the model was, and what other sampling would have done."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base import escapes
from chat.base.errors import BadInput, TemperaError
from chat.base.redact import hide
from chat.base.short import shorten
from chat.base.tables import TableColumn, TableRow
from chat.conversation.events import TokenLogprob
from chat.lab import probabilities
from chat.parameters.table import BY_NAME, exactly
from chat.session.state import Session
from chat.store import archive
from chat.transfer import formats

from ..declare import Argument, Send, Suggestion, command, offer
from ..screen import Screen
from ..settings.assigning import assign, assignments
from ..settings.system import files
from ..talk.saving import save

_HTML = "--html"
_SHOWN = 8  # places of the least certain tokens
_BESIDE = 4  # alternatives beside each
_TOKEN = TableColumn("token", right=True)


def _last(session: Session) -> tuple[TokenLogprob, ...]:
    turn = session.conversation.last_answer()
    return turn.choice.logprobs if turn else ()


def _suggest_logprobs(session: Session, typed: str) -> Iterator[Suggestion]:
    first, space, rest = typed.partition(" ")
    if space and first == _HTML:
        return (Suggestion(path, note, len(first) + 1) for path, note in files(rest))
    flags = [("true", "ask for them from now on"), ("false", "no longer")]
    flags += [(_HTML, "as a page to point at: then its name")] if _last(session) else []
    return (each for each in offer(typed, flags) if each.text.startswith(typed))


@command(Argument("number", _suggest_logprobs, optional=True, rest=True, usage="n|true|false|--html file"))
def logprobs(session: Session, screen: Screen, number: str | None) -> Send | None:
    """Show how likely each token of the last answer was; true or false sets the parameter.

    The answer, shaded by probability; perplexity and mean entropy; the alternatives of the least
    certain tokens. /logprobs 17 shows the alternatives of token 17, /logprobs true asks for log
    probabilities from now on. /logprobs --html odds.html writes a page: what stood beside a token
    shows where the pointer is, or the keyboard.
    """
    if number is not None and number.split()[0] == _HTML:
        return _page(session, screen, number.removeprefix(_HTML).strip())
    if number is not None and not number.isdecimal():
        assign(session, screen, BY_NAME["logprobs"], number)
        return None
    tokens = _last(session)
    if not tokens:
        return _ask_again(session, screen)
    if number is not None:
        _one(screen, tokens, number)
        return None
    screen.pieces([(token.token, str(probabilities.shade(token))) for token in tokens])
    bits = sum(map(probabilities.entropy, tokens)) / len(tokens)
    listed = any(token.top for token in tokens)
    entropy = f" · mean entropy {bits:.2f} bits" if listed else " · no alternatives: /set top_logprobs 5"
    screen.say(f"{len(tokens)} tokens · perplexity {probabilities.perplexity(tokens):.2f}{entropy}")
    if listed:
        places = sorted(probabilities.least_certain(tokens, _SHOWN))
        sure = TableColumn("p", right=True, number="{:.0%}".format)
        columns = (_TOKEN, TableColumn("taken"), sure, TableColumn("instead"))
        screen.table(columns, [_row(tokens, place) for place in places])
    return None


def _page(session: Session, screen: Screen, name: str) -> Send | None:
    """Write the tokens of the last answer as a page."""
    from chat.transfer import tokens_html

    if not _last(session):
        return _ask_again(session, screen)
    secrets = session.secrets()
    turn = archive.without(session.conversation, secrets).last_answer()
    tokens = turn.choice.logprobs if turn else ()
    if hide("".join(token.token for token in tokens), secrets) != "".join(token.token for token in tokens):
        raise TemperaError("a key of this run stands in that answer", "nothing was written")
    asked = turn.request.asked.last if turn else None
    title = shorten(asked.content if asked else "", 80) or "An answer"
    written = tokens_html.page(tokens, title, turn.model if turn else "")
    path = save(screen, formats.unquoted(name), formats.file_name(session.conversation, "html"), written)
    if path:
        screen.say(f"the tokens are in {path}")
    return None


def _row(tokens: tuple[TokenLogprob, ...], place: int) -> TableRow:
    taken = tokens[place]
    others = [pair for pair in probabilities.alternatives(taken) if pair[0] != taken.token][:_BESIDE]
    beside = "  ".join(f"{escapes.quote(token)} {share:.0%}" for token, share in others)
    sure = dict(probabilities.alternatives(taken))[taken.token]
    return place + 1, escapes.quote(taken.token), sure, beside


def _one(screen: Screen, tokens: tuple[TokenLogprob, ...], number: str) -> None:
    if not number.isdecimal() or len(number) > 9 or not 1 <= int(number) <= len(tokens):
        raise BadInput(f"{number} is not a token from 1 to {len(tokens)}")
    place = tokens[int(number) - 1]
    rows = [
        ("*" if token == place.token else "", escapes.quote(token), share)
        for token, share in probabilities.alternatives(place)
    ]
    screen.table(
        (TableColumn(""), TableColumn("token"), TableColumn("p", right=True, number="{:.2%}".format)), rows
    )
    screen.say(f"these hold {probabilities.covered(place):.1%} of the probability", dim=True)


def _ask_again(session: Session, screen: Screen) -> Send | None:
    screen.say(
        "the last answer came without log probabilities: /set logprobs=true top_logprobs=5 asks for them"
    )
    if session.branch.length < 2 or not screen.confirm("set them, and ask the last message again?"):
        return None
    for name, value in (("logprobs", True), ("top_logprobs", 5)):
        session.settings = session.settings.set(name, value)
    return Send(asked=session.conversation.last_asked())


def _suggest_whatif(session: Session, typed: str) -> Iterator[Suggestion]:
    name, space, rest = typed.partition(" ")
    if not space:
        yield from offer(typed, [("temperature", ""), ("top_p", "")])
        return
    parameter = exactly(name)
    if parameter and parameter.name in ("temperature", "top_p"):
        for each in parameter.kind.suggest():
            if each.startswith(rest):
                yield Suggestion(each, "", len(name) + 1)


def _moved(odds: probabilities.Odds) -> str:
    return f"{escapes.quote(odds.token)} {odds.before:.0%} → {odds.after:.0%}"


@command(Argument("change", _suggest_whatif, rest=True, usage="temperature|top_p value"))
def whatif(session: Session, screen: Screen, text: str) -> None:
    """Show how the odds of the last answer's least certain tokens would have been.

    /whatif temperature 0.2: computed from the alternatives that came back; nothing is sent.
    """
    (parameter, value), *more = assignments(text)
    name = parameter.name
    if name not in ("temperature", "top_p") or more:
        raise BadInput("what if temperature or top_p were another? no other parameter can be computed")
    if not value:
        raise BadInput(f"what if {name} were what?", f"as in: /whatif {name} 0.2")
    number = float(parameter.kind.read(value))
    tokens = _last(session)
    if not any(token.top for token in tokens):
        raise BadInput("the last answer came without alternatives", "/set logprobs=true top_logprobs=20")
    reweigh = probabilities.at_temperature if name == "temperature" else probabilities.at_top_p
    rows = []
    places = sorted(probabilities.least_certain(tokens, _SHOWN))
    for place in places:
        odds = reweigh(tokens[place], number)[: _BESIDE + 1]
        moved = "  ".join(map(_moved, odds))
        rows.append((place + 1, escapes.quote(tokens[place].token), moved))
    screen.table((_TOKEN, TableColumn("taken"), TableColumn(f"at {name} {number:g}")), rows)
    held = min(probabilities.covered(tokens[place]) for place in places)
    count = max(len(token.top) for token in tokens)
    screen.say(
        f"Servers list at most the 20 likeliest tokens, and here {count}, which hold at least {held:.0%} of"
        " the probability at these places; the rest is left out, so the figures are a little too high, more"
        " so at high temperatures. After the first token that differs, the answer would have gone another"
        " way.",
        dim=True,
    )
