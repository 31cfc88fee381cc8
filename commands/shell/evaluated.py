"""A run that evaluates and no more: `eval FILE`, `batch fetch`. Each ends with a status for whoever ran
it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat.base.errors import BadInput
from chat.base.exits import Exit

from ..experiments import batch as batch_command
from ..experiments import batching, eval_runs, evaluating
from ..experiments import eval as eval_command
from ..experiments.evaluating import Done
from .once import Run

if TYPE_CHECKING:
    from ..experiments.eval_words import Words


def answer(run: Run, words: Words) -> Exit:
    """Do what follows `eval`; how that ended. Raises TemperaError where it can't be begun."""
    if run.given.json == "chunks":
        raise BadInput("an evaluation is one object", "--json alone writes it")
    run.load()
    run.script(run.given.yes)
    run.begin(asks=False)
    done = eval_command.do(run.session, run.screen, words)
    if done is None:
        return Exit.DONE
    if words.batch:  # nothing has come yet: what is told is the run as it is, with its number
        if run.records:
            now = evaluating.shown(evaluating.keeping(run.session), done.number)
            run.records.stream(eval_runs.json_of(run.session, now))
        return Exit.DONE
    if run.records:
        run.records.stream(eval_runs.json_of(run.session, done))
    return status(words, done)


def batched(run: Run, words: Words) -> Exit:
    """Do what follows `batch`, and write the batches as an object where that is wanted. Raises TemperaError
    where it can't be begun."""
    if run.given.json == "chunks":
        raise BadInput("batches are one object", "--json alone writes it")
    run.load()
    run.script(run.given.yes)
    run.begin(asks=False)
    done = batch_command.do(run.session, run.screen, words, told=run.records is None)
    if run.records:
        run.records.record(batching.json_of(run.session, words))
    return Exit.DONE if done is None or not done.complete else status(words, done)


def status(words: Words, done: Done) -> Exit:
    """Tell how a run came out: whether enough has passed, or everything was asked at all."""
    if done.interrupted:
        return Exit.INTERRUPTED
    if not done.complete:
        return Exit.FAILED
    figures = done.figures["statistics"]
    columns = figures["columns"]
    if words.min_pass is not None:
        least = words.min_pass - 1e-9
        held = all(each["passed"] >= least * each["asked"] for each in columns)
    else:
        checked = any(each["passed"] for each in columns) or not any(
            each["kind"] for each in figures["not_checked"]
        )
        held = checked and not any(each["failed"] or each["errors"] for each in columns)
    return Exit.DONE if held and not done.worse else Exit.SHORT
