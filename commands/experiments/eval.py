"""/eval: does a prompt do its work over all its cases? Files, runs, and what they came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chat.base import escapes
from chat.base.errors import BadInput
from chat.base.near import nearest
from chat.base.places import named
from chat.base.short import shorten
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..settings.system import files

if TYPE_CHECKING:
    from .eval_words import Words
    from .evaluating import Done

ACTIONS = (
    ("check", "what a file would ask and check"),
    ("now", "the prompt in force over a table's rows"),
    ("new", "writes an example to begin with"),
    ("write", "a file in another form: promptfoo's, OpenAI's, a table"),
    ("go on", "asks what a run lacks"),
    ("list", "all runs"),
    ("show", "what a run came to, and its answers"),
    ("diff", "which cases turned between two runs"),
    ("delete", "a run with its answers"),
)
_PROMPTS = (".prompt.yaml", ".prompt.yml")  # which ask, and expect nothing
#: Those that are one word, and take no file to run.
_KNOWN = frozenset(name for name, _ in ACTIONS) - {"now"}
#: Those that are of no use before there is a run.
OF_RUNS = frozenset(("go on", "show", "diff", "delete"))
#: Files that are named to whoever names none.
_MOST = 20
ENDINGS = (".yaml", ".yml", ".json", ".jsonl", ".csv", ".tsv", "/")


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    first, space, rest = typed.partition(" ")
    if not space:
        known = [each for each in ACTIONS if each[0] not in OF_RUNS or session.store.runs.newest(1)]
        yield from (each for each in offer(typed, known) if each.text.startswith(typed))
        rest = typed
    elif first in ("show", "diff", "delete", "go"):
        yield from _runs(session, typed)
        return
    if first == "write" and space:
        before, _, rest = rest.rpartition(" ")
        if before.endswith("--as"):
            yield from _forms(rest, len(typed) - len(rest))
            return
    start = len(typed) - len(rest)
    for path, note in files(rest):
        if could_hold(path):
            yield Suggestion(escapes.quote(path) if " " in path else path, note, start)


def _forms(begun: str, start: int) -> Iterator[Suggestion]:
    from chat.transfer.evals_written import FORMS

    yield from (Suggestion(each, note, start) for each, note in FORMS.items() if each.startswith(begun))


def could_hold(path: str) -> bool:
    """Tell whether a file of that name may be an evaluation, or is a folder."""
    return path.endswith(ENDINGS) and not path.endswith(_PROMPTS)


def _runs(session: Session, typed: str) -> Iterator[Suggestion]:
    """Offer the numbers of runs, the newest first."""
    from .evaluating import keeping

    begun = typed.rpartition(" ")[2]
    if typed.startswith("go") and not typed.startswith("go on "):
        return
    for each in keeping(session).newest(20):
        if str(each.number).startswith(begun):
            note = f"{each.name}, {each.state}, {each.judged + each.failed:,} of {each.asked:,}"
            yield Suggestion(str(each.number), shorten(note), len(typed) - len(begun))


@command(
    Argument(
        "FILE",
        _suggest,
        optional=True,
        rest=True,
        usage="FILE [DATA]|check|now|new|write|go on|list|show|diff",
    )
)
def eval_(session: Session, screen: Screen, text: str | None) -> None:
    """Ask all cases of an evaluation, check the answers, and say how far the difference can be trusted.

    /eval cases.yaml            promptfoo's file, an eval of OpenAI's (with its rows), JSONL, CSV
    /eval now rows.csv          the prompt and parameters in force, a row a case
    /eval new [FILE]            writes a commented example
    /eval check FILE [DATA]     says what would be asked and checked, and what not; sends nothing
    /eval write FILE OUT.yaml   the same in another form: .json, .csv, .jsonl; --as openai, samples
    /eval go on [RUN]           asks what a stopped or killed run lacks; --failed: what failed
    /eval cases.yaml --batch    by the provider's Batch API: cheaper, within a day; see /batch
    /eval list, show [RUN], diff RUN RUN, delete RUN
    --vary "temperature 0,1", --profiles A,B, --prompts A,B@VERSION: every combination is a column
    --repeat N, --limit N, --filter TEXT, --judge NAME, --max-cost $, --rate at_once=8, --reuse,
    --allow-python; --html F, --junit F, --csv F, --promptfoo F, --against RUN, --min-pass 95%
    Every answer is kept before it counts: Ctrl-C, or a killed shell, loses nothing that was shown.
    What a file holds is never run, but for its Python if you allow that.
    """
    from . import eval_words

    words = eval_words.read([word.text for word in escapes.split(text or "")])
    if words.words in ([], ["check"], ["now"], ["write"]):
        for line in here("".join(words.words)):
            screen.say(line)
    else:
        do(session, screen, words)


def here(action: str = "") -> Iterator[str]:
    """Say which files may hold an evaluation, for whoever names none."""
    found = [path for path, _ in files("") if path.endswith(ENDINGS[:-1]) and not path.endswith(_PROMPTS)]
    if found:
        more = f" and {len(found) - _MOST:,} more" if len(found) > _MOST else ""
        yield f"/eval {action}{' ' if action else ''}FILE takes one of: {', '.join(found[:_MOST])}{more}"
    else:
        yield "no file here can hold an evaluation"
    if not action:
        yield "/eval new writes an example, /eval list shows the runs, /help eval tells the rest"


def do(session: Session, screen: Screen, words: Words) -> Done | None:
    """Do what was typed. Give the run that came of it, or was shown. Raises TemperaError."""
    from . import batch_sending, eval_checking, eval_choosing, eval_runs, eval_writing, evaluating

    action, names = _action(words.words)
    if words.form and action != "write":
        raise BadInput("--as is for write", "/eval write FILE OUT")
    eval_runs.look(session, words)
    if action == "check":
        eval_checking.check(screen, names)
    elif action == "list":
        eval_runs.show_list(session, screen)
    elif action == "new":
        eval_checking.new(screen, names)
    elif action == "write":
        eval_writing.write(session, screen, words, names)
    elif action in ("show", "diff", "delete"):
        return eval_runs.do(session, screen, action, names, words)
    elif words.batch and action in ("go on", "run"):
        sent = batch_sending.do(session, screen, words, names, action == "go on")
        return evaluating.Done(sent, {}, complete=False) if sent else None
    elif action == "go on":
        number = eval_runs.number(names[0]) if names else None
        return eval_runs.after(session, screen, words, evaluating.gone_on(session, screen, words, number))
    else:
        suite = eval_choosing.suite_of(session, words, names)
        done = evaluating.begun(session, screen, words, suite, names[0])
        return eval_runs.after(session, screen, words, done)
    return None


def _action(words: Sequence[str]) -> tuple[str, list[str]]:
    """Give what is to be done, and with what. Raises BadInput."""
    first, rest = (words[0], list(words[1:])) if words else ("", [])
    if first in ("go", "go-on", "resume"):
        return "go on", rest[1:] if first == "go" and rest[:1] == ["on"] else rest
    if first in _KNOWN:
        return first, rest
    if not first or (first == "now" and not rest):
        raise BadInput("it takes a file", "eval FILE; eval new writes an example")
    if first != "now" and first.isalpha() and not named(first).exists():
        near = nearest(first, _KNOWN)
        raise BadInput(
            f"there is no file {shorten(first)}, and /eval has no such word"
            + (f"; did you mean {near}?" if near else ""),
            "/help eval tells what it takes",
        )
    return "run", rest if first == "now" else [first, *rest]
