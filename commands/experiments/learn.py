"""/learn: lessons, made of the commands that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chat.base import files
from chat.base.errors import TemperaError, UnknownName
from chat.base.tables import TableColumn, columns
from chat.conversation.branch import Branch
from chat.conversation.tree import Conversation
from chat.conversation.turn import INTERRUPTED
from chat.lab import lessons
from chat.lab.lesson import Bench, Lesson, Step
from chat.parameters.table import EXTRA
from chat.session.state import Session

from .. import dispatch
from ..declare import Argument, Command, Registry, Send, Suggestion, command, offer
from ..message import exchange
from ..screen import Screen

#: What a lesson leaves as it is set: what is asked, and how the request is paid for and kept. All else
#: of a request could hide what a parameter does: with a seed, a high temperature looks like a low one.
_KEPT = {
    *("model", "stream", "stream_options", "reasoning_effort", "service_tier", "store", "metadata"),
    *("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "safety_identifier", "user"),
}


class _Enough(Exception):
    """The person has seen enough."""


def learn_command(registry: list[Registry]) -> Command:
    """Make /learn, which runs other commands: the list holds the registry once it is made."""

    @command(Argument("lesson", _suggest, optional=True), name="learn")
    def learn(session: Session, screen: Screen, name: str | None) -> None:
        """Run a short guided experiment that shows what a parameter does, on this endpoint.

        It asks real questions by the commands of this shell, says what to look for, and what was
        seen: where the answers do not show the effect, it says so. The lesson is a conversation of
        its own; afterwards everything is as it was before.
        """
        if name is None:
            _list(screen)
            return
        lesson = lessons.find(name)
        if lesson is None:
            raise UnknownName("lesson", name, [each for known in lessons.LESSONS for each in known.names])
        run(session, screen, registry[0], lesson)

    return learn


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    for each in offer(typed, ((lesson.name, _first(lesson.about)) for lesson in lessons.LESSONS)):
        if each.text.startswith(typed):
            yield each


def _first(text: str) -> str:
    return text.partition(". ")[0].rstrip(".:") + "."


def _list(screen: Screen) -> None:
    rows = [(lesson.name, _first(lesson.about), lesson.requests) for lesson in lessons.LESSONS]
    screen.table((*columns("lesson", ""), TableColumn("requests", right=True)), rows)
    screen.say("/learn NAME runs one, with real requests to the endpoint in force", dim=True)


def run(
    session: Session,
    screen: Screen,
    registry: Registry,
    lesson: Lesson,
    *,
    setup: str = "",
    first: int = 1,
    done: Callable[[int], None] | None = None,
) -> None:
    """Run the lesson from its step `first` on, in a conversation and with settings of its own.

    `setup` is a line that is typed before each step, which then begins with its settings alone, and whose
    lines a person may type in their own way. `done` is told the number of each step that is over.
    """
    if not session.model:
        raise TemperaError("no model is set", "/model NAME sets one; /models lists the server's")
    before, settings, prefill = session.conversation, session.settings, session.prefill
    prompt, session.prompt = session.prompt, None
    session.begin()
    session.conversation.title = "Tour" if lesson.name == "tour" else f"Lesson: {lesson.name}"
    session.prefill = ""
    limit = "max_completion_tokens" if session.endpoint.is_openai else "max_tokens"
    # llama.cpp goes on from what it computed for the last request, a little less exactly
    steady = "extra.cache_prompt=false" if session.server.tells_settings else ""
    bench = Bench(limit, steady, folder=_folder(session, lesson))
    try:
        screen.say(lesson.about)
        requests = sum(step.requests for step in lesson.steps[first - 1 :])
        count = "One request goes" if requests == 1 else f"At most {requests} requests go"
        screen.say(f"{count} to {session.model}.", dim=True)
        _clear(session, screen)
        cleared = session.settings
        for number, step in list(enumerate(lesson.steps, 1))[first - 1 :]:
            if setup:
                session.settings = cleared
                dispatch.run(setup.format(limit=limit), registry, session, screen)
                session.conversation.move(Branch())
            _step(
                session,
                screen,
                registry,
                bench,
                step,
                f"{number} of {len(lesson.steps)}",
                by_hand=bool(setup),
            )
            if done:
                done(number)
    except _Enough:
        screen.say(f"the {_kind(lesson)} ends here", dim=True)
    except KeyboardInterrupt:
        screen.say(f"the {_kind(lesson)} was stopped", dim=True)
    finally:
        kept = session.conversation
        session.resume(before, settings=False)
        session.settings, session.prefill, session.prompt = settings, prefill, prompt
    _say_where(screen, kept)


def _folder(session: Session, lesson: Lesson) -> str:
    """Write the files of a lesson, and give their folder as a line of a command names it. Raises BadFile."""
    folder = session.places.data / "lessons"
    for name, text in lesson.files.items():
        files.write_whole(folder / name, text)
    return str(folder)


def _newest(session: Session) -> int:
    return next((run["number"] for run in session.store.runs.newest(1)), 0)


def _kind(lesson: Lesson) -> str:
    return "tour" if lesson.name == "tour" else "lesson"


def _clear(session: Session, screen: Screen) -> None:
    """Drop the settings that would have an effect of their own on the answers."""
    others = [each.name for each, _ in session.settings if each.field and each.name not in _KEPT]
    others = [name for name in others if not name.startswith(EXTRA)]
    others += [name for name in ("system", "bias") if session.settings.get(name) is not None]
    for name in others:
        session.settings = session.settings.unset(name)
    if others:
        screen.say(f"For the lesson not sent: {', '.join(others)}.", dim=True)


def _say_where(screen: Screen, kept: Conversation) -> None:
    if kept.turns and kept.number:
        screen.say(f"what was asked is kept: /resume {kept.number}; here all is as it was before", dim=True)


def _step(
    session: Session,
    screen: Screen,
    registry: Registry,
    bench: Bench,
    step: Step,
    number: str,
    by_hand: bool = False,
) -> None:
    """Run one step: say what is about to happen and what to look for, type the lines, say what was seen.
    `by_hand`: the person types them, or has them typed. Raises _Enough."""
    screen.say(f"\n[{number}] {step.say}")
    lines = step.lines(bench)
    made, evaluated = len(session.turns), _newest(session)
    if not lines:
        bench.steps.append([])
        screen.warn("not seen: what this step builds on did not come")
        return
    by_hand = by_hand and screen.interactive
    if screen.interactive and not by_hand:
        for line in lines:
            screen.say(f"> {line}")
    screen.say(f"Look: {step.look}")
    if screen.interactive and not by_hand:
        answer = screen.ask("Enter runs it, q ends the lesson:")
        if answer is None or answer.lower().startswith("q"):  # None: Ctrl-C, or the end of what is typed
            raise _Enough
    if not any(line.startswith("/retry") for line in lines):
        session.conversation.move(Branch())  # a question of its own, not one that follows
    for line in lines:
        if by_hand:
            line = _typed_for(screen, line)
        elif len(lines) > 1 or not screen.interactive:
            screen.say(f"> {line}", dim=True)
        _type(session, screen, registry, line)
    bench.steps.append(session.turns[made:])
    if (newest := _newest(session)) > evaluated:
        _, figures = session.store.runs.figures(newest) or ("", None)
        if figures:
            bench.figures.append(figures["statistics"])
    seen = step.judge(bench)
    if seen.shown:
        screen.say(f"Seen: {seen.text}.")
    else:
        screen.warn(f"Not as expected: {seen.text}.", "a small model, or a server that ignores it? /probe")


def _typed_for(screen: Screen, line: str) -> str:
    """Return what the person types in place of a line, or the line itself for Enter. Raises _Enough."""
    screen.say(f"\n  {line}")
    answer = screen.ask("type it, or Enter; q leaves >")
    if answer is None or answer.lower() in ("q", "quit", "exit", "/exit", "/quit", "/q"):
        raise _Enough
    return answer or line


def _type(session: Session, screen: Screen, registry: Registry, line: str) -> None:
    """Do what would happen if the person had typed it. Raises _Enough where an answer was stopped."""
    made = len(session.turns)
    action = dispatch.run(line, registry, session, screen)
    if isinstance(action, Send):
        exchange(session, screen, action)
    if any(turn.answer.ended == INTERRUPTED for turn in session.turns[made:]):
        raise _Enough
