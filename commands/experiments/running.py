"""Several requests of one command: what is done before, while and after they are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from chat.base.errors import TemperaError
from chat.conversation.branch import Branch
from chat.conversation.events import Event, Waiting
from chat.conversation.experiment import Experiment
from chat.conversation.parallel import Stop
from chat.conversation.turn import Answer, Turn
from chat.lab import runner
from chat.parameters.settings import PROFILE
from chat.session import sending
from chat.session.sending import Prepared
from chat.session.state import Session
from chat.session.worst_case import Worst
from chat.tokens.prices import money

from ..counts.budget import within
from ..echo import complaints
from ..endpoint.start import ensure_embedded
from ..screen import CellsDisplay, Screen
from ..settings.dialects import tell
from ..tools import ready as sources

#: The option that sends an experiment by a batch.
BATCH, BATCH_NOTE = "--batch", "by the provider's Batch API: cheaper, within a day"


def asked(session: Session, message: str | None, command: str) -> Branch:
    """Give the message that a command asks: the one given, or the last. Raises TemperaError."""
    if message:
        return session.asked(message)
    try:
        return session.conversation.last_asked()
    except TemperaError as error:
        raise TemperaError(error.message, f"{command} … -- text asks one") from None


def prepared(
    session: Session,
    screen: Screen,
    experiment: Experiment,
    cells: Sequence[int],
    refused: dict[int, TemperaError] | None = None,
) -> dict[int, Prepared]:
    """Make the requests of these cells, by cell. Return none if the person stops waiting for them. The
    reason why one can't be made goes into `refused`, or is raised if that is None. Raises TemperaError also
    for bad settings, and if an embedded model is needed and not installed."""
    sources.ready(session, screen, session.settings)
    targets = {}
    for cell in cells:
        settings = runner.settings_of(session, experiment, cell)
        origin = settings.origin("tools")
        if origin is not None and origin.kind == PROFILE:  # what else names sources may be a stranger's
            sources.ready(session, screen, settings)
        try:
            targets[cell] = session.target(settings)
        except TemperaError as error:
            _refuse(refused, cell, error)
    for target in targets.values():
        tell(session, screen, target, (parameter.name for parameter, _ in target.settings))
    for endpoint in {target.endpoint.base_url: target.endpoint for target in targets.values()}.values():
        ensure_embedded(endpoint, screen)
    ready: dict[int, Prepared] = {}
    try:
        with session.interrupts.held():
            for cell, target in targets.items():
                try:
                    ready[cell] = runner.prepare(session, experiment, cell, target)
                except TemperaError as error:
                    _refuse(refused, cell, error)
    except KeyboardInterrupt:
        return {}
    return ready


def _refuse(refused: dict[int, TemperaError] | None, cell: int, error: TemperaError) -> None:
    if refused is None:
        raise error
    refused[cell] = error


def say_worst(screen: Screen, worst: Worst, experiment: Experiment) -> None:
    """Say how many of an experiment's requests are to be sent, and the most that they can take."""
    all_ = f" of {len(experiment.cells):,}" if worst.requests < len(experiment.cells) else ""
    count = f"{worst.requests:,}{all_} requests" if worst.requests > 1 else f"one request{all_}"
    if worst.completion is None:
        screen.say(f"{count} · {worst.size} tokens in, and no limit out: max_tokens would set one")
    else:
        cost = "cost unknown" if worst.cost is None else f"cost {money(worst.cost)}"
        screen.say(f"{count} · at most {worst.size} tokens in + {worst.completion:,} out · {cost}")


def say_no_prefill(session: Session, screen: Screen) -> None:
    """Say that the beginning typed for the next answer is not used for these."""
    if session.prefill:
        screen.say("/prefill is not part of this; it waits for the next message", dim=True)


def run(
    session: Session,
    screen: Screen,
    requests: Iterable[tuple[int, Prepared]],
    opened: Callable[[], CellsDisplay],
    over: Callable[[int, Turn], None] = lambda cell, turn: None,
    *,
    at_once: int = 0,
    stops: Iterable[Stop] = (),
) -> dict[int, Turn]:
    """Send requests as `chat.lab.runner.run` does, on a display of their own that is always closed. Say
    what could not be stored."""
    turns: dict[int, Turn] = {}
    with session.interrupts.held():  # the display may have threads
        display = opened()
        try:
            turns = runner.run(session, requests, display, over, at_once=at_once, stops=stops)
        except KeyboardInterrupt:
            pass
        finally:
            display.close()
    complaints(session, screen)
    return turns


def followed(
    session: Session,
    screen: Screen,
    experiment: Experiment,
    prepared: Mapping[int, Prepared],
    turns: dict[int, Turn],
    labels: Sequence[str],
    run: Callable[[dict[int, Prepared]], dict[int, Turn]],
) -> dict[int, Turn]:
    """Go on where answers call tools, by results that are recorded or given by hand; `run` asks. Give the
    last answers, by cell."""
    if not any(choice.calls for turn in turns.values() for choice in turn.answer.choices[:1]):
        return turns
    from ..tools import compared  # late: most experiments call nothing

    def ask(asked: dict[int, Branch]) -> dict[int, Turn]:
        following = {
            cell: sending.prepare(session, prepared[cell].target, head, experiment=experiment.id, cell=cell)
            for cell, head in asked.items()
        }
        return run(following) if within(session, screen, list(following.values())) else {}

    return compared.follow(session, screen, turns, labels, ask)


class Lines:
    """A display that only says what is being waited for."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._waiting = False

    def feed(self, cell: int, event: Event) -> None:
        if isinstance(event, Waiting):
            if not self._waiting:
                self._screen.say(f"{event.why}: again in {event.seconds:.0f} s", dim=True)
            self._waiting = event.seconds > 0

    def done(self, cell: int, answer: Answer) -> None: ...

    def close(self) -> None: ...
