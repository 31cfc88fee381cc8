"""Run an evaluation for a person or a script: what is said and asked before, while and after."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chat.base.dataclass import dataclass
from chat.base.errors import BadEndpoint, BadInput, StoreFailed, TemperaError
from chat.base.short import several, shorten
from chat.conversation.turn import Usage
from chat.endpoint.target import Target
from chat.evaluation import asking, figures, figures_json, filling, plan, states, summary
from chat.evaluation.assertions.declaration import Allowed
from chat.evaluation.jury import judged, provider_of
from chat.evaluation.jury import settings_of as judge_settings
from chat.evaluation.keeping import Keeping
from chat.evaluation.results import FINISHED, STOPPED, WAITING, EvalRun, Place
from chat.evaluation.running import Running, RunOptions
from chat.evaluation.suite import Suite
from chat.lab.pace import Pace
from chat.parameters.rate import Rate, read_rate
from chat.session.state import Session
from chat.tokens import prices
from chat.tokens.prices import money

from ..echo import complaints
from ..endpoint.start import ensure_embedded
from ..screen import Screen

if TYPE_CHECKING:
    from .eval_words import Words

_WITHOUT_KEY = "set it, or use --local (the embedded model) or --base-url (a compatible server)"
#: Cells that are made beforehand to estimate what all of them take.
_TRIED = 25


@dataclass(frozen=True)
class Done:
    """A run that has ended, for now. `figures` are as `figured` makes them; `complete` tells whether nothing
    is left to ask, `worse` whether it is worse than the one that it was held against, beyond chance."""

    number: int
    figures: Mapping[str, Any]
    complete: bool
    interrupted: bool = False
    worse: bool = False


def keeping(session: Session) -> Keeping:
    """Give what keeps runs."""
    return Keeping(session.store.runs)


# ---- before


def begun(session: Session, screen: Screen, words: Words, suite: Suite, file: str) -> Done | None:
    """Run a suite from the beginning; None where nothing was sent."""
    ready(session, screen, suite, words)
    if not agreed(session, screen, suite, words):
        screen.say("nothing was sent")
        return None
    run = keeping(session).begin(suite, suite.name or file, file, session.settings.profile)
    return _go(session, screen, words, run)


def gone_on(session: Session, screen: Screen, words: Words, number: int | None) -> Done | None:
    """Go on with a run: the one of that number, or the newest that is not finished."""
    kept = keeping(session)
    if number is None:
        open_ = (
            each
            for each in kept.newest()
            if each.state not in (FINISHED, WAITING) or (words.failed and each.failed)
        )
        found = next((each.number for each in open_ if not kept.runs.is_taken(each.number)), None)
        if found is None:
            raise BadInput("no run is left unfinished", "/eval list shows all runs")
        number = found
    run = kept.get(number)
    not_in_batches(kept, run)
    left = [each for each in kept.states(run) if each in _LEFT]
    if words.failed:
        left = [each for each in left if each == states.ERROR]
    if not left:
        screen.say(f"run {number} ({shorten(run.name)}): nothing is left to ask")
        return shown(kept, number)
    ready(session, screen, run.suite, words)
    kept.take(run)
    screen.say(f"run {number}, {shorten(run.name)}: {several(len(left), 'answer')} of {run.asked:,} left")
    return _go(session, screen, words, run)


def asked_again(session: Session, screen: Screen, words: Words, run: EvalRun, place: Place) -> Done:
    """Ask one sample of a run again. Its former answer is gone."""
    not_in_batches(keeping(session), run)
    ready(session, screen, run.suite, words)
    keeping(session).take(run)
    return _go(session, screen, words, run, place)


def not_in_batches(kept: Keeping, run: EvalRun) -> None:
    """Raise BadInput where a batch owes answers of a run: asked directly, they would come twice."""
    if kept.in_batches(run.number):
        raise BadInput(
            f"run {run.number} waits for a batch",
            "/batch fetch, or read, takes what has come; /batch cancel ends it",
        )


def judge(session: Session, screen: Screen, words: Words, run: EvalRun) -> Done:
    """Judge the answers of a run that are there, and ask nothing else."""
    keeping(session).take(run)
    return _go(session, screen, words, run, judges=True)


#: What a run that goes on asks.
_LEFT = (states.OPEN, states.ASKED, states.ANSWERED, states.ERROR)


def ready(session: Session, screen: Screen, suite: Suite, words: Words) -> None:
    """See to it that columns and judges can be asked. An address that the file names is asked for first.
    Raises TemperaError."""
    if words.rate:
        read_rate(words.rate)
    own = list(dict.fromkeys(column.base_url for column in suite.columns if column.base_url))
    made = []
    for column in suite.columns:
        made.append(session.target(asking.settings_of(session, column)))
    for target in made:
        need_key(target)
        ensure_embedded(target.endpoint, screen)
    strange = [each for each in own if not _is_here(session, suite, each)]
    if strange and not screen.confirm(f"the file names {', '.join(strange)}: send its prompts there?"):
        raise BadInput(
            f"the file names {', '.join(strange)}, and its prompts are not sent there unasked",
            "--yes allows it; a profile with that address needs no leave",
        )
    for assertion in judged(suite):
        target = session.target(judge_settings(session, words.judge or provider_of(assertion)))
        ensure_embedded(target.endpoint, screen)


def need_key(target: Target) -> None:
    """Raise BadEndpoint where OpenAI would be asked without a key."""
    if target.endpoint.is_openai and not target.endpoint.key:
        name = target.settings.get("api_key_env") or "OPENAI_API_KEY"
        raise BadEndpoint(f"there is no API key: {name} is not set", _WITHOUT_KEY)


def _is_here(session: Session, suite: Suite, address: str) -> bool:
    """Tell whether an address is this machine's, or the one in force: nobody's leave is needed then."""
    for column in suite.columns:
        if column.base_url == address:
            endpoint = session.target(asking.settings_of(session, column)).endpoint
            return (
                endpoint.is_loopback or endpoint.is_embedded or endpoint.base_url == session.endpoint.base_url
            )
    return False


def agreed(session: Session, screen: Screen, suite: Suite, words: Words, asks: bool = True) -> bool:
    """Say what the run takes, and ask for leave where a person can be asked, and `asks`."""
    found = plan.of(suite)
    columns = several(len(suite.columns), "column")
    repeat = f" × {suite.repeat}" if suite.repeat > 1 else ""
    guess = estimate(session, suite, words.batch)
    judges = sum(1 for _ in judged(suite)) * len(suite.columns) * suite.repeat
    screen.say(
        f"{shorten(suite.name)}: {columns} × {several(len(suite.cases), 'case')}{repeat}"
        f" = {several(found.answers, 'answer')}{f', and {judges:,} verdicts of judges' if judges else ''}"
    )
    screen.say(f"≈ {round(guess.tokens):,} tokens in · {guess.said}", dim=True)
    unchecked = sum(found.unchecked.values())
    if unchecked:
        kinds = ", ".join(found.unchecked)
        screen.warn(
            f"{several(unchecked, 'check')} a column can't be made, and count as not checked: {kinds}"
        )
    for note in suite.not_understood[:5]:
        screen.warn(f"{note.place}: {note.why}")
    for note in found.missing[:5]:
        screen.warn(f"{note.place}: {note.why}")
    if words.max_cost is not None and not _priced(session, suite):
        raise BadInput(
            "what this costs is not known, so that --max-cost can't be kept",
            "the price data know none of these models at these addresses",
        )
    return not (asks and screen.interactive) or screen.confirm("send them?")


@dataclass(frozen=True)
class Quote:
    """What the prompts of a suite take, in tokens, and what one answer of each column costs at most, in US
    dollars; None where no price is known. `limited`: something bounds the answers, else the prompts alone are
    priced. `answers` is how many a column has."""

    tokens: float
    costs: tuple[float | None, ...]
    limited: bool
    answers: int

    @property
    def said(self) -> str:
        """Say what is known of the cost."""
        known = [each for each in self.costs if each is not None]
        if len(known) < len(self.costs):
            return "cost unknown"
        cost = sum(known) * self.answers
        if not cost:
            return "cost $0"
        return f"at most ≈ {money(cost)}" if self.limited else f"≈ {money(cost)} and what the answers take"

    @property
    def most(self) -> tuple[float | None, ...]:
        """Return the costs, as far as they are bounded."""
        return self.costs if self.limited else tuple(0.0 if each == 0 else None for each in self.costs)


def estimate(session: Session, suite: Suite, batch: bool = False) -> Quote:
    """Estimate what a suite takes from some of its cells."""
    tokens, costs, limited = 0.0, list[float | None](), True
    step = max(1, len(suite.cases) // _TRIED)
    tried = suite.cases[::step][:_TRIED]
    answers = len(suite.cases) * suite.repeat
    for column in suite.columns:
        target = session.target(asking.settings_of(session, column))
        most = target.settings.get("max_completion_tokens") or target.settings.get("max_tokens")
        found: list[float | None] = []
        for case in tried:
            try:
                text = str(filling.fill(column, case))
            except TemperaError:
                continue
            count = _count(session, target.model, text)
            tokens += count * answers / len(tried)
            found.append(prices.cost(Usage(count, int(most or 0)), target.model, target.endpoint, "", batch))
        known = [each for each in found if each is not None]
        costs.append(sum(known) / len(tried) if len(known) == len(found) else None)
        limited = limited and most is not None
    return Quote(tokens, tuple(costs), limited, answers)


def _count(session: Session, model: str, text: str) -> int:
    """Count tokens, roughly where nothing here has been loaded for it."""
    if session.tokenizers.ready(model):
        return session.tokenizers.count(model, text)
    return len(text) // 4


def _priced(session: Session, suite: Suite) -> bool:
    for column in suite.columns:
        target = session.target(asking.settings_of(session, column))
        if prices.cost(Usage(1, 1), target.model, target.endpoint) is None:
            return False
    return True


# ---- while it runs


def _go(
    session: Session,
    screen: Screen,
    words: Words,
    run: EvalRun,
    only: Place | None = None,
    judges: bool = False,
) -> Done:
    """Ask what is open of a run, and say what came of it. With `judges`, judge only what has come."""
    kept = keeping(session)
    options = RunOptions(
        Allowed(words.allow_python), words.max_cost, words.failed, words.reuse, words.judge, only, judges
    )
    with session.interrupts.held():
        running = Running(
            session, kept, run, screen.evaluation(), Pace(_rate(session, words, run.suite)), options
        )
        try:
            running.prepare()
            if running.lost:
                screen.warn(_lost(running.lost))
            state = running.go()
        except BaseException:
            with contextlib.suppress(StoreFailed):
                kept.state(run, STOPPED, run.seconds)
            raise
        if kept.in_batches(run.number):
            state = WAITING
        run = replace(run, state=state, seconds=running.seconds)
        made = figured(kept, run)
        with contextlib.suppress(StoreFailed):  # where nothing more can be kept, `why` says it
            kept.state(run, state, running.seconds, made)
        kept.runs.let_go(run.number)
    complaints(session, screen)
    if running.reused:
        screen.say(f"{several(running.reused, 'answer')} taken from earlier runs")
    if running.why:
        screen.warn(running.why)
    if state not in (FINISHED, WAITING):
        screen.say(f"run {run.number} goes on with /eval go on {run.number}", dim=True)
    return Done(run.number, made, state == FINISHED, running.interrupted)


def _lost(count: int) -> str:
    """Say what became of requests that were under way when a run ended at once."""
    if count == 1:
        return (
            "one request was under way when it ended: whether it was answered, and what that cost, is not"
            " known; it is asked again"
        )
    return (
        f"{count:,} requests were under way when it ended: whether they were answered, and what that cost,"
        " is not known; they are asked again"
    )


def _rate(session: Session, words: Words, suite: Suite) -> Rate:
    """Give the ceilings: those that were typed, else a profile's. The embedded model is asked one at a time,
    for answers that are computed together disturb each other. Raises BadValue."""
    if words.rate:
        return read_rate(words.rate)
    targets = [session.target(asking.settings_of(session, column)) for column in suite.columns]
    given = next((rate for target in targets if (rate := target.settings.get("rate"))), None)
    if given:
        return read_rate(given)
    return Rate(at_once=1) if any(target.endpoint.is_embedded for target in targets) else Rate()


# ---- after


def figured(kept: Keeping, run: EvalRun) -> dict[str, Any]:
    """Make the figures of a run, and what is told of them, as they are kept with it."""
    made = figures.of(run, kept.samples(run))
    return {"statistics": figures_json.record(made), "told": summary.kept(made)}


def shown(kept: Keeping, number: int) -> Done:
    """Give a run with its figures: those that were kept, if nothing has changed since. Raises BadInput."""
    state, found = kept.figures(number)
    if not found or state not in (FINISHED, STOPPED):
        found = figured(kept, kept.get(number))
        if state in (FINISHED, STOPPED):
            kept.runs.change(number, figures=dict(found))
    return Done(number, found, state == FINISHED)


def tell(screen: Screen, done: Done) -> None:
    """Show what a run came to."""
    tables, lines = summary.read(done.figures["told"])
    for table in tables:
        screen.table(table.columns, table.rows, table.title)
    say(screen, lines)


def say(screen: Screen, lines: Iterable[str]) -> None:
    """Say the sentences on a run: to a person within the window, to a script on standard output."""
    for line in lines:
        (screen.say if screen.interactive else screen.show)(line)
