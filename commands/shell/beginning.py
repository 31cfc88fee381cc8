"""What is in force when a run begins: the profile, the command line's settings, the endpoint."""

from __future__ import annotations

from chat.base.errors import BadInput, BadProfile
from chat.session.state import Session

from .. import echo
from ..endpoint import start
from ..screen import Screen
from . import option_values, options


def begin(session: Session, screen: Screen, given: options.Options) -> None:
    """Profile, command line and endpoint in force, with what is to be said of them. Raises TemperaError."""
    values = option_values.settings(given)
    try:
        session.load_profile(given.profile)
    except BadProfile:
        pass  # told below, once the command line's and the conversation's settings are there
    except BadInput as error:
        if given.profile != options.DEFAULT_PROFILE:
            raise
        screen.warn(error.message)
    for complaint in (*session.profiles.complaints, *session.memory_complaints()):
        if not session.settings.broken or session.settings.broken.error is not complaint:
            screen.warn(complaint.message, complaint.hint)
    session.use(values)
    _declare(session, given)
    start.find_conversation(session, screen, given)
    if given.plain:
        session.preferences.this_run["plain"] = True
    if session.settings.broken:
        if not screen.interactive:
            raise session.settings.broken
        screen.fail(session.settings.broken.message, session.settings.broken.hint)
        return
    if _asks(given):
        start.find_endpoint(session, screen)
    for sentence in echo.advice(session, session.settings, session.settings.as_changes()):
        screen.warn(sentence)


def _asks(given: options.Options) -> bool:
    """Tell whether the endpoint in force is asked: an evaluation's columns may all have one of their own, and
    some of what is done with batches asks none."""
    if given.batch is None:
        return given.eval is None
    from ..experiments import batch_words

    return batch_words.action(given.batch.words)[0] not in batch_words.BY_HAND


def _declare(session: Session, given: options.Options) -> None:
    """Add the tools that the command line names, and allow those that it allows. Raises BadInput."""
    if given.tools:
        from chat.tools import reading

        named = [reading.typed(each) for each in given.tools]
        session.use({"tools": [*(session.settings.get("tools") or ()), *named]})
    for name in given.allow_tools:
        session.toolbox.policies[name] = "allow"
