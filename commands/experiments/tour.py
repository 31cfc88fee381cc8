"""/tour: the shell shown in seven steps, each typed by the person."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base.errors import BadFile, BadInput
from chat.endpoint import embedded
from chat.endpoint.address import EMBEDDED
from chat.lab.tour import SETUP, TOUR
from chat.session.state import Session

from ..declare import Argument, Command, Registry, Suggestion, command, offer
from ..screen import Screen
from .learn import run
from .offered import NOTE


def tour_command(registry: list[Registry]) -> Command:
    """Make /tour, which runs other commands: the list holds the registry once it is made."""

    @command(Argument("step", _suggest, optional=True), name="tour")
    def tour(session: Session, screen: Screen, step: str | None) -> None:
        """See in six minutes what this shell is for, by doing it; go on where you left.

        A message, a dial, the panel of dials, a stop, a word that is banned, three answers, a sweep: on the
        embedded model where that is installed, so that nothing is charged. /tour 1 begins
        anew, /tour 4 at its fourth step. Afterwards everything is as it was before.
        """
        first = _first(session, step)
        settings = session.settings
        if not session.endpoint.is_embedded and not embedded.missing():
            session.settings = settings.set("base_url", EMBEDDED).set("model", embedded.MODEL)
        try:
            if first > 1:
                screen.say(f"the tour goes on with step {first}; /tour 1 begins anew", dim=True)
            run(
                session,
                screen,
                registry[0],
                TOUR,
                setup=SETUP,
                first=first,
                done=lambda number: _note(session, screen, number),
            )
        finally:
            session.settings = settings
        if _seen(session) >= len(TOUR.steps):
            screen.say("That is the tour. /learn has lessons on parameters, /help all the commands.")

    return tour


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    steps = [(str(number), step.say.rstrip(":")) for number, step in enumerate(TOUR.steps, 1)]
    return (each for each in offer(typed, steps) if each.text.startswith(typed))


def _first(session: Session, step: str | None) -> int:
    """Return the step to begin with: the one that is asked for, or the one after those that are done."""
    if step is None:
        return _seen(session) % len(TOUR.steps) + 1
    if not (step.isdecimal() and len(step) < 3 and 1 <= int(step) <= len(TOUR.steps)):
        raise BadInput(f"{step} is not a step from 1 to {len(TOUR.steps)}")
    return int(step)


def _seen(session: Session) -> int:
    seen = session.preferences.noted(NOTE).get("seen")
    return seen if isinstance(seen, int) and 0 <= seen <= len(TOUR.steps) else 0


def _note(session: Session, screen: Screen, number: int) -> None:
    """Keep how far the person has come. Where that can't be written, it holds for this run."""
    try:
        session.preferences.note(NOTE, seen=number)
    except BadFile as error:
        screen.warn(error.message, error.hint)
