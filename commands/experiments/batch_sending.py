"""Send an evaluation by batches, or write them to files: what is said and asked before, and how to come
back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chat.base.dataclass import dataclass
from chat.base.errors import BadInput, TemperaError
from chat.base.places import named
from chat.base.short import several, shorten
from chat.batch import engines, providers
from chat.batch.lines import HOW
from chat.batch.providers import Provider
from chat.batch.remote import Life, folder
from chat.batch.state import HERE, WRITING, Batch
from chat.batch.writing import Bundle, Make, Way, Writing, groups
from chat.conversation.turn import Usage
from chat.endpoint.address import Endpoint
from chat.evaluation import asking
from chat.evaluation.jury import judged
from chat.evaluation.results import FINISHED, STOPPED, WAITING, EvalRun, Place
from chat.evaluation.suite import Suite
from chat.session.sending import Prepared
from chat.session.state import Session
from chat.tokens import prices

from ..screen import Screen
from . import batching, eval_choosing, evaluating
from .evaluating import keeping

if TYPE_CHECKING:
    from .eval_words import Words


NO_STREAM = f"a batch does not stream: {' and '.join(HOW)} are left out"


@dataclass(frozen=True)
class Out:
    """Where requests go: to a provider, or into a file or a folder that a person carries."""

    provider: Provider | None = None
    path: Path | None = None
    engine: str = ""


def do(session: Session, screen: Screen, words: Words, names: Sequence[str], goes_on: bool) -> int | None:
    """Send a file's cases, or what a run lacks, by batches. Give the run, None where nothing was sent. Raises
    TemperaError."""
    from . import eval_runs

    if goes_on:
        number = eval_runs.number(names[0]) if names else _unfinished(session)
        go_on(session, screen, words, keeping(session).get(number), Out())
        return number
    run = begin(session, screen, words, eval_choosing.suite_of(session, words, names), names[0], Out())
    return run.number if run else None


def _unfinished(session: Session) -> int:
    for each in keeping(session).newest():
        if each.state != FINISHED:
            return each.number
    raise BadInput("no run is left unfinished", "/eval list shows all runs")


def begin(
    session: Session, screen: Screen, words: Words, suite: Suite, file: str, out: Out
) -> EvalRun | None:
    """Begin a run whose requests go out in batches; None where the person does not agree."""
    _refuse(session, words, suite, out)
    if out.path is None:  # a file needs no key, and is sent nowhere
        evaluating.ready(session, screen, suite, words)
    found, make = _planned(session, screen, suite, out)
    if not evaluating.agreed(session, screen, suite, words, asks=out.path is None):
        screen.say("nothing was sent")
        return None
    run = keeping(session).begin(suite, suite.name or file, file, session.settings.profile)
    _out(session, screen, words, run, found, make, out)
    return run


def go_on(session: Session, screen: Screen, words: Words, run: EvalRun, out: Out) -> None:
    """Send what a run lacks by batches, and what of them was begun before."""
    _refuse(session, words, run.suite, out)
    keeping(session).take(run)
    try:
        if out.path is None:
            evaluating.ready(session, screen, run.suite, words)
        found, make = _planned(session, screen, run.suite, out)
    except BaseException:
        keeping(session).runs.let_go(run.number)
        raise
    _out(session, screen, words, run, found, make, out)


def _refuse(session: Session, words: Words, suite: Suite, out: Out) -> None:
    """Raise BadInput for what goes with asking directly alone, and where an address takes no batch."""
    if words.max_cost is not None:
        raise BadInput("a batch can't be stopped at a cost", "without --batch, --max-cost stops a run")
    if words.reuse:
        raise BadInput("--reuse takes answers while a run is asked directly", "leave out one of the two")
    for column in suite.columns if out.path is None else ():
        refuse_endpoint(session.target(asking.settings_of(session, column)).endpoint)


def refuse_endpoint(endpoint: Endpoint, write: str = "/batch write FILE OUT.jsonl") -> None:
    """Raise BadInput where an address takes no batch; `write` is what makes a file, "" for nothing."""
    if endpoint.is_embedded:
        hint = f"{write} writes them for another engine" if write else "without --batch it is asked directly"
        raise BadInput("the embedded model has no batches", hint)
    takes = providers.at(endpoint.base_url)
    if not takes.api:
        hint = f"{write} --provider {takes.name}" if write else "without --batch it is asked directly"
        raise BadInput(f"{takes.title}: {takes.differs}", hint)


def tell_price(screen: Screen, endpoint: Endpoint, model: str) -> None:
    """Say what is known of the price, where the price data don't have it."""
    takes = providers.at(endpoint.base_url)
    if endpoint.is_loopback or not providers.listed(endpoint.base_url):
        return
    if prices.cost(Usage(1000, 1000), model, endpoint, batch=True) is None:
        share = f"{takes.price:.0%} of the usual price"
        screen.say(
            f"{takes.title}'s list says {share} for a batch; the price data have none for {model}", dim=True
        )


def _planned(session: Session, screen: Screen, suite: Suite, out: Out) -> tuple[list[Bundle], Make]:
    """Make how each column is asked, and name what a batch can't carry; nothing was sent by then."""
    folder(session)
    askings = [asking.asking(session, asking.settings_of(session, column)) for column in suite.columns]
    if out.path is None:
        for each in askings:
            tell_price(screen, each.target.endpoint, str(each.body.get("model")))
    if any(each.body.get("stream") for each in askings):
        screen.warn(NO_STREAM)
    costs = evaluating.estimate(session, suite, batch=out.path is None).most
    ways = {
        column: Way(each.target.endpoint.base_url, str(each.body.get("model")), costs[column])
        for column, each in enumerate(askings)
    }
    found = grouped(screen, ways, out.provider)
    if any(True for _ in judged(suite)):
        screen.say("judges are asked directly, when the answers have come", dim=True)

    def make(place: Place) -> Prepared:
        return asking.of_cell(askings[place.column], suite.columns[place.column], suite.cases[place.case])

    return found, make


def grouped(screen: Screen, ways: dict[int, Way], provider: Provider | None = None) -> list[Bundle]:
    """Sort columns into files, and say so where it takes several."""
    found = groups(ways, provider)
    if len(found) > 1:
        where = ", ".join(dict.fromkeys(f"{each.models} at {each.where}" for each in found))
        screen.say(f"a file holds requests to one model at one address, so they go as {len(found)}: {where}")
    return found


def _out(
    session: Session,
    screen: Screen,
    words: Words,
    run: EvalRun,
    found: Sequence[Bundle],
    make: Make,
    out: Out,
) -> None:
    """Write the files of a run, and send them if they are to go to a provider."""
    kept = keeping(session)
    writing = Writing(session, kept, run, make, folder(session), out.path)
    written: list[Batch] = []
    try:
        writing.forget_unfinished()
        for group in found:
            for batch in writing.write(group, words.failed):
                written.append(batch)
    except BaseException:
        kept.state(run, WAITING if kept.in_batches(run.number) else STOPPED, run.seconds)
        raise
    if written or kept.in_batches(run.number):
        kept.state(run, WAITING, run.seconds)
    kept.runs.let_go(run.number)
    if out.path is not None:
        _carried(screen, run, written, out)
        return
    sent = submit(session, screen, run.number)
    if not written and not sent:
        screen.say(f"run {run.number}: nothing is left to send")


def _carried(screen: Screen, run: EvalRun, written: Sequence[Batch], out: Out) -> None:
    if not written:
        screen.say(f"run {run.number}: nothing is left to write")
        return
    for batch in written:
        screen.say(f"{batch.path} has {several(batch.asked, 'request')} of run {run.number}")
    if out.engine and out.path:
        engines.FORMS[out.engine](out.path.parent, written)
        screen.say(f"{out.path.parent / 'README.md'} says how they are answered")
    elif out.provider and out.provider.differs:
        screen.say(f"{out.provider.title}: {out.provider.differs}")
    screen.say("/batch read FILE takes the answers back", dim=True)


def submit(session: Session, screen: Screen, run: int) -> list[Batch]:
    """Send the batches of a run that was just written. Raises TemperaError. Who stops that is told how it
    goes on, and is not handed the line back: it would send all of it once more."""
    try:
        return advance(session, screen, Life(session, keeping(session)), run)
    except KeyboardInterrupt:
        if not screen.interactive:
            raise
        return []


def advance(session: Session, screen: Screen, life: Life, run: int) -> list[Batch]:
    """Send the batches of a run that a provider does not have yet. Raises TemperaError: what was done by then
    is kept, and taken up from there."""
    open_ = [each for each in life.of(run) if not each.over and each.state in HERE and each.state != WRITING]
    kept, sent, name = life.keeping, list[Batch](), batching.whole(life, run)
    kept.take(kept.get(run, parts=True))
    try:
        for batch in open_:
            sent.append(life.submit(batch))
            said(screen, sent[-1], life)
    except (TemperaError, KeyboardInterrupt):
        screen.warn(f"{name} is not sent whole: /batch fetch goes on from where it stopped")
        raise
    finally:
        kept.runs.let_go(run)
    if sent:
        screen.say(
            "they are answered within 24 hours, most often sooner, and this shell can be closed:"
            " /batch fetch takes the answers, /batch watch waits for them",
            dim=True,
        )
    return sent


def said(screen: Screen, batch: Batch, life: Life) -> None:
    """Say that a batch has gone out."""
    screen.say(
        f"batch {batch.number} ({batching.of(life, batch)}): {several(batch.asked, 'request')}"
        f" for {shorten(batch.model)} to {batch.endpoint}, {batch.state}"
    )
    if life.doubled:
        screen.warn(f"it was made {life.doubled + 1} times: one holds, the others are cancelled")
        life.doubled = 0


def out_of(words: Words, names: Sequence[str]) -> tuple[str, Out]:
    """Read what `write` is to write, and where. Raises BadInput."""
    engine = "vllm" if words.vllm else "ray" if words.ray else ""
    if engine and words.provider:
        raise BadInput("--provider says who takes a file, and an engine's folder has its own form")
    if len(names) != (1 if engine else 2):
        raise BadInput(
            "it writes a run, or an evaluation's file, to a file or a folder",
            "/batch write cases.yaml requests.jsonl, /batch write 12 --vllm DIR",
        )
    if engine:
        path = named(words.vllm or words.ray) / engines.REQUESTS
        return names[0], Out(providers.named(engine), path, engine)
    provider = None
    if words.provider:
        if words.provider not in providers.NAMES:
            raise BadInput(f"{words.provider} is none of {', '.join(providers.NAMES)}")
        provider = providers.named(words.provider)
    return names[0], Out(provider, named(names[1]))


def write(session: Session, screen: Screen, words: Words, names: Sequence[str]) -> None:
    """Write what a run lacks, or all of a file's cases, to files. Raises TemperaError."""
    from . import eval_runs

    name, out = out_of(words, names)
    assert out.path is not None
    if out.path.exists():
        raise BadInput(f"{out.path} is there already", "another name, or remove it")
    if name.isdecimal() and not named(name).exists():
        go_on(session, screen, words, keeping(session).get(eval_runs.number(name)), out)
    else:
        begin(session, screen, words, eval_choosing.suite_of(session, words, [name]), name, out)
