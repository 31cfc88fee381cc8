"""/eval: does a prompt do its work over all its cases? Files, runs, and what they came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chat.base import escapes
from chat.base.errors import BadInput
from chat.base.short import several
from chat.session.state import Session

from ..declare import Argument, Edit, Suggestion, command, offer
from ..screen import Screen
from ..settings.system import files

if TYPE_CHECKING:
    from .eval_words import Words
    from .evaluating import Done

_ACTIONS = (
    ("check", "what a file would ask and check"),
    ("now", "the prompt in force over a table's rows"),
    ("new", "writes an example to begin with"),
    ("go on", "asks what a run lacks"),
    ("list", "all runs"),
    ("show", "what a run came to, and its answers"),
    ("diff", "which cases turned between two runs"),
    ("delete", "a run with its answers"),
)
ENDINGS = (".yaml", ".yml", ".json", ".jsonl", ".csv", ".tsv", "/")


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    first, space, rest = typed.partition(" ")
    if not space:
        yield from (each for each in offer(typed, _ACTIONS) if each.text.startswith(typed))
        rest = typed
    elif first in ("show", "diff", "delete", "go"):
        return
    start = len(typed) - len(rest)
    for path, note in files(rest):
        if path.endswith(ENDINGS):
            yield Suggestion(escapes.quote(path) if " " in path else path, note, start)


@command(
    Argument(
        "FILE", _suggest, optional=True, rest=True, usage="FILE [DATA]|check|now|new|go on|list|show|diff"
    )
)
def eval_(session: Session, screen: Screen, text: str | None) -> Edit | None:
    """Ask all cases of an evaluation, check the answers, and say how far the difference can be trusted.

    /eval cases.yaml            promptfoo's file, an eval of OpenAI's (with its rows), JSONL, CSV
    /eval now rows.csv          the prompt and parameters in force, a row a case
    /eval new [FILE]            writes a commented example
    /eval check FILE [DATA]     says what would be asked and checked, and what not; sends nothing
    /eval go on [RUN]           asks what a stopped or killed run lacks; --failed: what failed
    /eval cases.yaml --batch    by the provider's Batch API: cheaper, within a day; see /batch
    /eval list, show [RUN], diff RUN RUN, delete RUN
    --repeat N, --limit N, --filter TEXT, --judge NAME, --max-cost $, --rate at_once=8, --reuse,
    --allow-python; --html F, --junit F, --csv F, --promptfoo F, --against RUN, --min-pass 95%
    Every answer is kept before it counts: Ctrl-C, or a killed shell, loses nothing that was shown.
    What a file holds is never run, but for its Python if you allow that.
    """
    from . import eval_words

    typed = [word.text for word in escapes.split(text or "")]
    words = eval_words.read(typed)
    do(session, screen, words)
    return None


def do(session: Session, screen: Screen, words: Words) -> Done | None:
    """Do what was typed. Give the run that came of it, or was shown. Raises TemperaError."""
    from . import batch_sending, eval_checking, eval_runs, evaluating

    action, names = _action(words.words)
    if action == "check":
        eval_checking.check(screen, names)
    elif action == "list":
        eval_runs.show_list(session, screen)
    elif action == "new":
        eval_checking.new(screen, names)
    elif action in ("show", "diff", "delete"):
        return eval_runs.do(session, screen, action, names, words)
    elif words.batch and action in ("go on", "run"):
        batch_sending.do(session, screen, words, names, action == "go on")
    elif action == "go on":
        number = eval_runs.number(names[0]) if names else None
        return eval_runs.after(session, screen, words, evaluating.gone_on(session, screen, words, number))
    else:
        suite = evaluating.suite_of(session, words, names)
        done = evaluating.begun(session, screen, words, suite, names[0])
        return eval_runs.after(session, screen, words, done)
    return None


def _action(words: Sequence[str]) -> tuple[str, list[str]]:
    """Give what is to be done, and with what. Raises BadInput."""
    first, rest = (words[0], list(words[1:])) if words else ("", [])
    if first in ("go", "go-on", "resume"):
        return "go on", rest[1:] if first == "go" and rest[:1] == ["on"] else rest
    known = [name for name, _ in _ACTIONS]
    if first in known and first != "now":
        return first, rest
    if not first or (first == "now" and not rest):
        here = [path for path, _ in files("") if path.endswith(ENDINGS[:-1])][:20]
        found = f"here are {', '.join(here)}" if here else f"no file here can hold one; {several(0, 'run')}"
        raise BadInput(
            f"/eval takes a file: {found}", "/eval new writes an example; /eval list shows the runs"
        )
    return "run", rest if first == "now" else [first, *rest]
