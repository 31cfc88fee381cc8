"""/probe: experiments that show what this endpoint and model do with each parameter."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base.errors import BadInput
from chat.base.tables import columns
from chat.lab.probe import TRIALS
from chat.lab.probe import worst_case as worst_of
from chat.lab.probing import Probing, worst_case
from chat.parameters.declaration import Parameter
from chat.parameters.table import BY_NAME
from chat.session.state import Session
from chat.tokens.prices import money

from ..counts.budget import affordable
from ..declare import Argument, Suggestion, command, offer
from ..experiments import running
from ..screen import Screen
from ..settings.assigning import look_up
from .start import ensure_embedded


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    return offer(typed, ((name, f"{worst_of([name])[0]} requests") for name in _known(session)))


def _known(session: Session) -> list[str]:
    """List the parameters that the server in force may take: OpenAI's, and what is known to be its own."""
    kind = session.server_kind
    return [name for name in TRIALS if name not in BY_NAME or _fits(BY_NAME[name], kind)]


def _fits(parameter: Parameter, kind: str) -> bool:
    return not parameter.servers or parameter.taker(kind) is not None


@command(Argument("names", _suggest, optional=True, many=True, usage="name…"))
def probe(session: Session, screen: Screen, wanted: tuple[str, ...]) -> None:
    """Find out by experiment which parameters this endpoint and model honour.

    Without a name, OpenAI's parameters are tried, and those that this kind of server is known to have.
    A few tiny requests for each parameter: with it, without it, and with a field that no server
    knows, each several times; their number and worst-case cost are said first. What shows with the
    parameter alone, and each time, is its doing; where chance or another reason could have done it,
    the verdict is "can't tell", with that reason. What comes out is kept for endpoint and model, and
    shown by /show and /explain; /forget forgets it. The requests count in /usage and the budget, as
    turns beside the conversation, which goes on as it was.
    """
    names = [name if name in TRIALS else look_up(name).name for name in wanted] or _known(session)
    unknown = [name for name in names if name not in TRIALS]
    if unknown:
        known = ", ".join(_known(session))
        raise BadInput(f"there is no experiment for {unknown[0]}", f"there are: {known}")
    target = session.target()
    ensure_embedded(target.endpoint, screen)
    worst = worst_case(target, names)
    most = f"{worst.tokens} tokens, cost {money(worst.cost)}"
    screen.say(f"at most {worst.requests} requests to {target.model}, {most}")
    if not affordable(session, screen, worst, target.model):
        return
    if not screen.confirm("send them?"):
        raise BadInput("nothing was sent")
    trials = Probing(session, target, names, lambda name: screen.say(f"trying {name} …", dim=True))
    lines = running.Lines(screen)
    turns = running.run(session, screen, trials.requests(), lambda: lines, trials.over, at_once=1)
    if trials.stopped:
        screen.fail(trials.stopped.message, trials.stopped.hint)
    elif len(trials.verdicts) < len(names):
        screen.say(f"stopped; {len(trials.verdicts)} of {len(names)} parameters were tried")
    if trials.unkept:
        screen.warn(trials.unkept.message, trials.unkept.hint)
    screen.say(f"{len(turns)} requests were sent", dim=True)
    verdicts = [(name, found.verdict, found.evidence) for name, found in trials.verdicts.items()]
    screen.table(columns("parameter", "verdict", "evidence"), verdicts)
