"""Take a message to its turn: prepare a request, pump its events, take the turn in."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import replace

from ..base.dataclass import dataclass
from ..base.errors import BadFile, BadInput, ParameterRefused, RequestFailed
from ..base.interrupts import allowed
from ..conversation.body import Body, Carried, build, order, prompt_fields
from ..conversation.branch import Branch
from ..conversation.events import Event
from ..conversation.folding import Consumer, pump
from ..conversation.parallel import Stop
from ..conversation.turn import COMPLETE, FAILED, Answer, Choice, Request, Turn, estimated
from ..endpoint import prefills
from ..endpoint.address import Endpoint, display_url
from ..endpoint.attempts import attempts
from ..endpoint.client import Client
from ..endpoint.memory import IGNORED, REJECTED
from ..endpoint.servers import Server
from ..endpoint.target import Target
from ..parameters import references, shapes
from ..parameters.structured import Json
from ..store.journal import Journal
from ..tokens import prices
from . import prompted
from .size import RequestPrompt, Size
from .state import Session


@dataclass(frozen=True)
class Prepared:
    """A request that can be sent, whatever is set by then. `body` is the whole of it as it goes out (a
    further try may leave something out, unless it goes `as_is`). `split` says whether its choices have to
    be asked for one by one. `longest` is how many seconds a rate limit is waited for."""

    request: Request
    body: Body
    target: Target
    client: Client
    split: bool = False
    as_is: bool = False
    longest: float = math.inf

    @property
    def endpoint(self) -> Endpoint:
        return self.target.endpoint


def prepare(
    session: Session, target: Target, asked: Branch, prefill: str = "", experiment: int = 0, cell: int = 0
) -> Prepared:
    """Make the request for this branch. May ask the server, or wait for a model to load. Raises
    TemperaError."""
    endpoint, settings = target.endpoint, target.settings
    carried = session.carried(asked, prefill, settings)
    made_of = session.prompt if session.prompt and session.prompt.made(carried.system, asked) else None
    if made_of:
        made_of.check()
    with allowed(session.interrupts):
        body = _body(session, target, asked, carried)
        client = target.client()
    request = Request(
        body=_without_messages(body),
        asked=asked,
        carried=carried,
        profile=settings.profile,
        settings={parameter.name: value for parameter, value in settings},
        endpoint=display_url(endpoint.base_url),
        template=made_of.record() if made_of else {},
        experiment=experiment,
        cell=cell,
        order=order(settings),
    )
    known = session.endpoints.verdict(endpoint, target.model, "n")
    split = body.get("n", 1) > 1 and known is not None and known.verdict in (REJECTED, IGNORED)
    return Prepared(request, body, target, client, split)


def _body(session: Session, target: Target, asked: Branch, carried: Carried) -> Body:
    """Make the body. It may ask the server how it cuts words. Raises TemperaError."""
    for parameter, value in target.settings:
        if naming := references.within(parameter.name, value):
            raise BadInput(f"what {references.said(naming[0])} has is not known yet", "/tools asks")
        if isinstance(parameter.kind, Json):
            shapes.check(parameter.name, value)
    bias = target.settings.get("bias")
    ids: dict[str, int] = {}
    if bias:
        ids = session.words.resolve(bias, target.model, target.endpoint.base_url, target.client())
    usage, verbose = session.endpoints.takes_usage(target.endpoint), target.server.tells_settings
    body = build(asked, target.settings, ids, carried=carried, usage=usage, verbose=verbose)
    if carried.prefill and "vllm" in target.server.owners:
        body.update(prefills.VLLM)
    return target.server.as_taken(body)


def events(session: Session, prepared: Prepared, stop: Stop | None = None) -> Iterator[Event]:
    """Give the events of the answer; in any thread."""

    def refused(error: ParameterRefused) -> None:
        with contextlib.suppress(BadFile):  # a file that can't be written costs a retry
            session.endpoints.learn_refusal(prepared.endpoint, prepared.request.model, error)

    body, prefill = prepared.body, prepared.request.carried.prefill
    found = attempts(
        prepared.client,
        body,
        refused,
        split=prepared.split,
        stop=stop,
        as_is=prepared.as_is,
        longest=prepared.longest,
    )
    return prefills.without(found, prefill) if prefill and not body.get("stream") else found


def journal(session: Session, prepared: Prepared) -> Journal | None:
    """Open the journal that the turn is written to while it goes on. `take` closes it."""
    return session.store.journal(session.conversation, prepared.request)


def take(
    session: Session, prepared: Prepared, came: Answer, writing: Journal | None = None, move: bool = True
) -> Turn:
    """Take a turn, with all that is known of it, into the conversation and the store. `move`: the
    conversation goes on with it."""
    request = prepared.request.without(came.dropped)
    turn = Turn(request, _accounted(session, prepared, request, came))
    with contextlib.suppress(BadFile):  # a file that can't be written costs the knowledge
        session.endpoints.learn(prepared.endpoint, request.model, turn)
        session.learn_kind(prepared.target, came.fingerprint)
    if request.template:
        prompted.keep_sent(session)
    turn = session.take(turn, move)
    if writing:
        writing.close(keep=not session.store.holds(session.conversation))
    return turn


def send(session: Session, prepared: Prepared, *consumers: Consumer, move: bool = True) -> Turn:
    """Send a request and record the turn; the conversation goes on with it if `move`."""
    writing = journal(session, prepared)
    everyone = [each for each in (writing, *consumers, session.hears) if each]
    came = pump(events(session, prepared), *everyone, interrupts=session.interrupts)
    return take(session, prepared, came, writing, move)


def _accounted(session: Session, prepared: Prepared, request: Request, answer: Answer) -> Answer:
    """Add what is known of the tokens and their price to the answer."""
    server = prepared.target.server
    if answer.error and server.ended:
        gone = RequestFailed("the embedded model's process has ended", "send again to start it anew")
        answer = replace(answer, error=gone)
    # a server that answered counts quickly, and one that did not must not hold up the prompt; one far
    # away is not asked for what it has reported
    near = server.endpoint.is_loopback or answer.usage is None
    ask = near and server.begun and (answer.ended == COMPLETE or server.endpoint.is_embedded)
    wanted = session.estimates or answer.usage is None
    # now, when nobody waits for the first token
    size = estimate(session, request, server, ask) if wanted else None
    prompt = None if size is None else size.tokens
    completion = 0
    if answer.usage is None or len(answer.choices) > 1:
        completion = _completion(session, request.model, answer, server if ask else None)
    return prices.accounted(answer, request, prompt, completion, server.endpoint, server.tells_settings)


def estimate(session: Session, request: Request, server: Server, ask: bool = True) -> Size | None:
    """Estimate the prompt tokens of a request before it is sent. Return None if they can't be counted.
    `ask`: the server may be asked."""
    prompt = RequestPrompt(
        server, request.model, request.asked, request.carried, prompt_fields(dict(request.body))
    )
    with contextlib.suppress(Exception):
        return session.sizes.find(prompt, ask)
    return None


def count_killed(session: Session) -> None:
    """Count the tokens of turns that ended because their shell was killed, as estimates. The price is known
    only for those that went to the endpoint in force."""
    conversation = session.conversation
    for place, turn in enumerate(conversation.turns):
        request, answer = turn.request, turn.answer
        if answer.ended != FAILED or not answer.answered or answer.usage:
            continue
        size = estimate(session, request, session.server, ask=False)
        if size is None:
            continue  # no tokeniser yet: another time
        prompt = size.tokens
        here, completion = session.endpoint, _completion(session, turn.model, answer)
        if request.endpoint == display_url(here.base_url):
            answer = prices.accounted(answer, request, prompt, completion, here, llamacpp=False)
        else:
            answer = estimated(answer, prompt, completion)
        conversation.count(place, replace(turn, answer=answer))
        session.store.update_turn(conversation, conversation.turns[place])


def _completion(session: Session, model: str, answer: Answer, server: Server | None = None) -> int:
    """Count the answer's tokens, in case the server reports none: by its own tokeniser, or by ours."""
    return sum(_count(session, model, _written(choice), server) for choice in answer.choices)


def _written(choice: Choice) -> str:
    """Give all that the model wrote for a choice."""
    calls = "".join(name + arguments for name, arguments in choice.tool_calls)
    return choice.text + choice.reasoning + choice.refusal + calls


def _count(session: Session, model: str, text: str, server: Server | None) -> int:
    with contextlib.suppress(Exception):
        if server is not None:
            return session.sizes.text(server, model, text).tokens
        return session.tokenizers.count(model, text)
    return 0


def _without_messages(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "messages"}
