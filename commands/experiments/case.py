"""/case: answers that came become cases of an evaluation, kept in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from chat.base import escapes, files
from chat.base.errors import BadInput, TemperaError
from chat.base.places import named
from chat.base.short import several, shorten
from chat.base.tables import Cut, TableColumn
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..settings.system import files as files_like
from ..turns import answered

if TYPE_CHECKING:
    from chat.conversation.turn import Turn
    from chat.evaluation.suite import Assertion

NAME = "cases.yaml"
_ACTIONS = (
    ("add", "the last turn becomes a case"),
    ("rated", "all answers with a mark of /rate become cases"),
    ("remove", "takes a case out, by its number"),
)
_ENDINGS = (".yaml", ".yml")
_EXPECTED = (
    ("equals:", "the answer is this text"),
    ("icontains:", "this is in it, in capitals or not"),
    ("contains:", "this is in it"),
    ("regex:", "a pattern is found in it"),
    ("starts-with:", "it begins so"),
    ("is-json", "it is JSON"),
    ("llm-rubric:", "a model finds that this is true of it"),
)
_COLUMNS = (
    TableColumn("case", right=True),
    TableColumn("asks with", cut=Cut.LONG),
    TableColumn("expects", cut=Cut.LONG),
)


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    before, dashes, rest = typed.rpartition("-- ")
    first, space, after = typed.partition(" ")
    if dashes:
        if before.startswith("add "):
            yield from _at(len(typed) - len(rest), offer(rest, _EXPECTED), rest)
        return
    if not space:
        yield from _at(0, offer(typed, _ACTIONS), typed)
        after = typed
    elif first == "remove":
        yield from _at(len(typed) - len(after), _numbers(session), after)
        return
    elif first not in ("add", "rated") or " " in after:
        return
    for path, note in files_like(after):
        if path.endswith((*_ENDINGS, "/")) and " " not in path:
            yield Suggestion(path, note, len(typed) - len(after))


def _numbers(session: Session) -> Iterator[Suggestion]:
    """Offer the cases of the file of this place, by their numbers."""
    from chat.transfer import eval_cases

    with suppress(TemperaError):
        for number, each in enumerate(eval_cases.read(_path(session, ())), 1):
            yield Suggestion(str(number), shorten(eval_cases.described(each)[0]))


def _at(start: int, found: Iterable[Suggestion], typed: str) -> Iterator[Suggestion]:
    """Give what begins as it is typed, in place of what stands from `start` on."""
    yield from (Suggestion(each.text, each.note, start) for each in found if each.text.startswith(typed))


@command(
    Argument(
        "case",
        _suggest,
        optional=True,
        rest=True,
        usage="FILE|add [FILE] [-- EXPECTATION]|rated [FILE]|remove N",
    )
)
def case(session: Session, screen: Screen, text: str | None) -> None:
    """Make cases of answers that came, for /eval: what was asked with, and what is expected.

    /case add                      the last turn; asks what is expected of it
    /case add -- contains: Paris   icontains, regex, llm-rubric: is polite, …
    /case add more.yaml -- Paris   another file; a text alone is to be equal
    /case rated                    all that /rate marked; bad ones as not-equals
    /case, /case more.yaml         lists the cases of the file
    /case remove 2                 takes one out
    Expectations are written as in promptfoo's CSV.
    The file is cases.yaml, beside the prompt in force or here: promptfoo's tests.
    It is YAML, for people to edit; comments in it stay.
    /eval now cases.yaml asks the prompt in force with each case.
    """
    from chat.transfer import eval_cases

    given, dashes, expectation = f" {text or ''} ".partition(" -- ")
    words = [word.text for word in escapes.split(given)]
    action = words.pop(0) if words and words[0] in dict(_ACTIONS) else ""
    if dashes and action != "add":
        raise BadInput("what is expected goes with add", "/case add -- contains: Paris")
    if action == "remove":
        if not words or not words[0].isdecimal():
            raise BadInput("say which case", "/case remove 2; /case lists them")
        number, path = int(words.pop(0)[:9]), _path(session, words)
        with _alone(session):
            asks, expects = eval_cases.described(eval_cases.remove(path, number))
        screen.say(f"case {number} is out of {path}: {_said(asks, expects)}")
        return
    path = _path(session, words)
    if action == "add":
        _add(session, screen, path, expectation.strip())
    elif action == "rated":
        _rated(session, screen, path)
    else:
        _list(screen, path)


def _said(asks: str, expects: str) -> str:
    return shorten(asks) + (f" → {shorten(expects)}" if expects else "")


def _path(session: Session, words: Sequence[str]) -> Path:
    """Give the file that is named, or the one of this place. Raises BadInput."""
    if len(words) > 1 or (words and words[0].endswith(":")):
        raise BadInput("it takes one file", "what is expected stands behind --: /case add -- contains: Paris")
    if words:
        if not words[0].endswith(_ENDINGS):
            raise BadInput(
                f"{words[0]} is no name of a file of cases, such as {NAME}",
                "what is expected stands behind --: /case add -- contains: Paris",
            )
        return named(words[0])
    prompt = session.prompt
    return _near(prompt.path.parent / NAME) if prompt and prompt.path else named(NAME)


def _near(path: Path) -> Path:
    """Give the path as it is typed here, where it is below this folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _list(screen: Screen, path: Path) -> None:
    from chat.transfer import eval_cases

    found = eval_cases.read(path)
    if not found:
        screen.say(f"{path} has no cases: /case add makes one of the last turn")
        return
    screen.table(_COLUMNS, [(n, *eval_cases.described(each)) for n, each in enumerate(found, 1)])
    screen.say(f"/eval now {path} asks the prompt in force with each", dim=True)


def _add(session: Session, screen: Screen, path: Path, typed: str) -> None:
    from chat.evaluation import caught
    from chat.transfer import eval_cases

    eval_cases.read(path)  # what is wrong with the file is said before anything is asked
    turn = answered(session)
    caught.variables(turn, session.prompt)
    if not typed and screen.interactive and not screen.scripted:
        default = "the answer as it stands"
        if turn.choice.text.strip():
            held = caught.expected(turn)
            default = f"{held.name}: {shorten(turn.choice.text, 40)}"
        said = screen.ask(f"expected, as contains: …, regex: …, llm-rubric: … (Enter: {default}) >")
        if said is None:
            screen.say("nothing was written")
            return
        typed = said.strip()
    if typed:
        held, notes = eval_cases.expectation(typed, path)
        for note in notes:
            screen.warn(note)
    else:
        held = caught.expected(turn)
    alike = eval_cases.asking(path, caught.variables(turn, session.prompt))
    number, new = _written(session, path, turn, held)
    asks, expects = eval_cases.described(eval_cases.read(path)[number - 1])
    if not new:
        screen.say(f"that is case {number} of {path} already: {_said(asks, expects)}")
        return
    left = caught.earlier(turn, session.prompt)
    screen.say(
        f"case {number} of {path}: {_said(asks, expects)}{_holds(turn, held)};"
        f" /case remove {number} takes it out"
    )
    if alike:
        others = ", ".join(map(str, alike[:5]))
        screen.warn(f"asked with the same: case {others}, which expects something else")
    if left:
        screen.warn(f"{several(left, 'earlier message')} of the conversation can't be part of a case")


def _holds(turn: Turn, held: Assertion) -> str:
    """Say whether the answer that is there passes, where no model has to be asked."""
    from chat.evaluation import caught

    passed = caught.passes(turn, held)
    return "" if passed is None else f" (this answer {'passes' if passed else 'falls short'})"


def _written(session: Session, path: Path, turn: Turn, held: Assertion) -> tuple[int, bool]:
    from chat.evaluation import caught
    from chat.evaluation.suite import Case
    from chat.transfer import eval_cases

    made = Case(caught.variables(turn, session.prompt), (held,))
    with _alone(session):
        return eval_cases.add(path, made)


def _alone(session: Session) -> AbstractContextManager[None]:
    """Lock out other shells while a file of cases is changed. The lock lies in no folder of a project."""
    return files.locked(session.places.data / NAME)


def _rated(session: Session, screen: Screen, path: Path) -> None:
    from chat.evaluation import caught
    from chat.transfer import eval_cases

    rated = [(n, turn) for n, turn in enumerate(session.turns, 1) if turn.marks.rating is not None]
    if not rated:
        raise BadInput(
            "no answer of this conversation has a mark", "/rate good and /rate 3 bad put one on it"
        )
    new = there = 0
    for number, turn in rated:
        try:
            known = eval_cases.asking(path, caught.variables(turn, session.prompt))
            if not known:
                _written(session, path, turn, caught.expected(turn))
        except BadInput as error:
            screen.warn(f"turn {number} is left out: {error.message}")
            continue
        new, there = new + (not known), there + bool(known)
    already = f"; {there:,} had one there already" if there else ""
    screen.say(f"{several(new, 'case')} written to {path}{already}: /case lists them")
