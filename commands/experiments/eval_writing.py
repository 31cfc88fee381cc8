"""/eval write: an evaluation in another form, with what that form can't say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chat.base.errors import BadFile, BadInput
from chat.base.files import write_whole
from chat.base.places import named
from chat.base.short import several
from chat.session.state import Session
from chat.transfer import evals_written

from ..screen import Screen
from ..talk.saving import target
from . import eval_checking, eval_choosing, eval_words

if TYPE_CHECKING:
    from .eval_words import Words

_KNOWN = ("prompts", "filter", "limit", "repeat", "form")


def write(session: Session, screen: Screen, words: Words, names: Sequence[str]) -> None:
    """Write what a file says in the form of another's ending, and name what that can't say. Nothing is sent,
    and nothing written over unasked. Raises TemperaError."""
    if not 2 <= len(names) <= 3:
        raise BadInput("it takes a file, and the one to write", "/eval write FILE [DATA] OUT.yaml")
    eval_words.refuse_more(words, "write", _KNOWN)
    form = words.form or "promptfoo"
    *read, last = names
    out = target(last, named(read[0]).stem + evals_written.ending(form))
    paths = evals_written.paths(out, form)
    suite = eval_choosing.chosen(eval_choosing.prompted(session, words, read), words)
    for path in paths:
        _not_over(path, [named(each) for each in read])
    made = evals_written.write(suite, out, form, session.secrets())
    there = [str(path) for path in paths if path.exists()]
    are, it = ("are", "them") if len(there) > 1 else ("is", "it")
    if there and not screen.confirm(f"{' and '.join(there)} {are} there already; write over {it}?"):
        screen.say("nothing was written")
        return
    for path in paths:
        write_whole(path, made.files[path])
    columns = f"{several(len(suite.columns), 'column')} × " if suite.columns else ""
    where = " and ".join(str(path.absolute()) for path in paths[::-1])
    screen.say(f"{made.what}, {columns}{several(len(suite.cases), 'case')}, is in {where}")
    if len(paths) > 1:
        screen.say(
            f"its runs name {paths[0].name}: an id of that file goes there once it is uploaded", dim=True
        )
    if made.notes:
        they = "they were" if len(made.notes) > 1 else "it was"
        screen.warn(f"{several(len(made.notes), 'place')} can't be written as {they}:")
        eval_checking.notes(screen, "place", made.notes)


def _not_over(path: Path, read: Sequence[Path]) -> None:
    """Raise BadFile where that would write over what is read."""
    if path.exists() and any(each.exists() and path.samefile(each) for each in read):
        raise BadFile(path, "is what is read, and is not written over", hint="another name for OUT")
