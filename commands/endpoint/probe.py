"""/probe: experiments that show what this endpoint and model do with each parameter."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base.errors import BadInput
from chat.base.tables import columns
from chat.conversation.turn import Usage
from chat.endpoint.memory import Verdict
from chat.lab import probe as experiments
from chat.session.state import Session
from chat.tokens import prices

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..settings.parameters import look_up


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    return offer(
        typed, ((name, f"{each.requests} requests") for name, each in experiments.EXPERIMENTS.items())
    )


@command(Argument("names", _suggest, optional=True, many=True, usage="name…"))
def probe(session: Session, screen: Screen, wanted: tuple[str, ...]) -> None:
    """Find out by experiment which parameters this endpoint and model honour.

    A few tiny requests for each parameter; their number and worst-case cost are said first. What
    comes out is kept for endpoint and model, and shown by /show; /forget forgets it.
    """
    names = [look_up(name).name for name in wanted] or list(experiments.EXPERIMENTS)
    unknown = [name for name in names if name not in experiments.EXPERIMENTS]
    if unknown:
        raise BadInput(
            f"there is no experiment for {unknown[0]}", f"there are: {', '.join(experiments.EXPERIMENTS)}"
        )
    requests, prompt, completion = experiments.worst_case(names)
    cost = prices.money(prices.cost(Usage(prompt, completion), session.model, session.endpoint))
    screen.say(f"at most {requests} requests to {session.model}, {prompt + completion} tokens, cost {cost}")
    if not screen.confirm("send them?"):
        raise BadInput("nothing was sent")
    results = _run(session, screen, names)
    rows = [(name, found.verdict, found.evidence) for name, found in results.items()]
    screen.table(columns("parameter", "verdict", "evidence"), rows)


def _run(session: Session, screen: Screen, names: list[str]) -> dict[str, Verdict]:
    """The verdicts, each kept as it comes; Ctrl-C leaves the rest untried."""
    endpoint, model = session.endpoint, session.model
    client = session.server.client()

    def ids(text: str) -> list[str]:
        tokens = session.words.tokens(text, model, endpoint.base_url, client)
        return [str(token) for token in tokens.ids] or [text]

    limit = "max_completion_tokens" if endpoint.is_openai else "max_tokens"
    lab = experiments.Lab(client, model, limit, ids)
    results: dict[str, Verdict] = {}
    try:
        for name in names:
            screen.say(f"trying {name} …", dim=True)
            results[name] = experiments.run(name, lab)
            session.endpoints.remember_verdict(endpoint, model, name, results[name])
    except KeyboardInterrupt:
        screen.say(f"stopped; {len(results)} of {len(names)} parameters were tried")
    except experiments.Stopped as stopped:
        screen.fail(stopped.error.message, stopped.error.hint)
    screen.say(f"{lab.sent} requests were sent", dim=True)
    return results
