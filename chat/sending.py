"""From a message to a turn: a request is prepared, its events are pumped, the turn is taken in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from . import prefills, usage
from .attempts import attempts
from .branch import Branch
from .client import Client
from .endpoint import Endpoint, display_url
from .errors import BadFile, ParameterRefused, RequestFailed
from .events import Event
from .interrupts import allowed
from .journal import Journal
from .memory import IGNORED, REJECTED
from .parallel import Stop
from .request import Body
from .session import Session
from .target import Target
from .turn import FAILED, Consumer, Turn, estimated, pump


@dataclass(frozen=True)
class Prepared:
    """A request that can be sent, whatever is set by then. `begun` is what is known of its turn
    before, `body` what goes out (another try may leave something out, unless it is to go `as_is`), `split`
    whether its choices have to be asked for one by one."""

    begun: Turn
    body: Body
    target: Target
    client: Client
    split: bool = False
    as_is: bool = False

    @property
    def endpoint(self) -> Endpoint:
        return self.target.endpoint


def prepare(
    session: Session, target: Target, asked: Branch, prefill: str = "", experiment: int = 0, cell: int = 0
) -> Prepared:
    """Make the request for this branch. It may ask the server, or wait for a model to load. Raises
    TemperaError."""
    endpoint, settings = target.endpoint, target.settings
    carried = session.carried(asked, prefill, settings)
    with allowed(session.interrupts):
        body = session.body(target, asked, carried)
        client = target.client()
    begun = Turn(
        body=_without_messages(body),
        asked=asked,
        carried=carried,
        profile=settings.profile,
        settings={parameter.name: value for parameter, value in settings},
        endpoint=display_url(endpoint.base_url),
        model=target.model,
        experiment=experiment,
        cell=cell,
    )
    known = session.endpoints.verdict(endpoint, target.model, "n")
    split = body.get("n", 1) > 1 and known is not None and known.verdict in (REJECTED, IGNORED)
    return Prepared(begun, body, target, client, split)


def events(session: Session, prepared: Prepared, stop: Stop | None = None) -> Iterator[Event]:
    """The events of the answer; in any thread."""

    def refused(error: ParameterRefused) -> None:
        with contextlib.suppress(BadFile):  # a file that can't be written costs a retry
            session.endpoints.learn_refusal(prepared.endpoint, prepared.begun.model, error)

    body, prefill = prepared.body, prepared.begun.carried.prefill
    found = attempts(prepared.client, body, refused, split=prepared.split, stop=stop, as_is=prepared.as_is)
    return prefills.without(found, prefill) if prefill and not body["stream"] else found


def journal(session: Session, prepared: Prepared) -> Journal | None:
    """What the turn is written to while it goes on, to be closed by `take`."""
    return session.store.journal(session.conversation, prepared.begun)


def take(
    session: Session, prepared: Prepared, came: Turn, writing: Journal | None = None, move: bool = True
) -> Turn:
    """What came, with all that is known of it, in the conversation and the store. `move`: the
    conversation goes on with it."""
    begun = prepared.begun
    turn = _accounted(session, prepared, came)
    with contextlib.suppress(BadFile):  # a file that can't be written costs the knowledge
        session.endpoints.learn(prepared.endpoint, begun.model, turn)
    facts = {name: getattr(begun, name) for name in _ASKED}
    turn = session.take(replace(turn, body=_without_messages(turn.body), **facts), move)
    if writing:
        writing.close(keep=session.conversation.stored < len(session.turns))
    return turn


def send(session: Session, prepared: Prepared, *consumers: Consumer, move: bool = True) -> Turn:
    """Send a request and record the turn; the conversation goes on with it if `move`."""
    writing = journal(session, prepared)
    everyone = (writing, *consumers) if writing else consumers
    came = pump(prepared.body, events(session, prepared), *everyone, interrupts=session.interrupts)
    return take(session, prepared, came, writing, move)


def _accounted(session: Session, prepared: Prepared, turn: Turn) -> Turn:
    """The turn with what is known of its tokens and their price."""
    endpoint, begun = prepared.endpoint, prepared.begun
    if turn.error and prepared.target.server.ended:
        gone = RequestFailed("the embedded model's process has ended", "send again to start it anew")
        turn = replace(turn, error=gone)
    prompt = estimate(session, begun)  # now, when nobody waits for the first token
    completion = _completion(session, replace(turn, model=begun.model))
    llamacpp = prepared.target.server.tells_settings
    return usage.accounted(turn, prompt, completion, endpoint, begun.model, llamacpp)


def estimate(session: Session, turn: Turn) -> int | None:
    """Prompt tokens of a turn's request as they are counted here; None where they can't be."""
    with contextlib.suppress(Exception):
        return session.tokenizers.count_request(turn.model, turn.asked, turn.carried)
    return None


def count_killed(session: Session) -> None:
    """Tokens of the turns that a shell was killed in are not known: count them now, as estimates.
    A price is known where they went to the endpoint in force."""
    conversation = session.conversation
    for place, turn in enumerate(conversation.turns):
        if turn.ended != FAILED or not turn.answered or turn.usage:
            continue
        prompt = estimate(session, turn)
        if prompt is None:
            continue  # no tokeniser yet: another time
        here, completion = session.endpoint, _completion(session, turn)
        if turn.endpoint == display_url(here.base_url):
            turn = usage.accounted(turn, prompt, completion, here, turn.model, llamacpp=False)
        else:
            turn = estimated(turn, prompt, completion)
        conversation.count(place, turn)
        session.kept()


def _completion(session: Session, turn: Turn) -> int:
    return sum(_count(session, turn.model, c.text + c.reasoning) for c in turn.choices)


def _count(session: Session, model: str, text: str) -> int:
    with contextlib.suppress(Exception):
        return session.tokenizers.count(model, text)
    return 0


#: What a turn knows before it is sent.
_ASKED = ("id", "at", "asked", "carried", "profile", "settings", "endpoint", "experiment", "cell")


def _without_messages(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "messages"}
