"""Find the way to where a batch was sent, in this shell or a later one."""

from __future__ import annotations

from ..base.errors import BadInput, TemperaError
from ..endpoint.address import display_url
from ..endpoint.target import Target
from ..evaluation.asking import settings_of
from ..evaluation.results import EvalRun
from ..parameters.settings import Settings
from ..session.state import Session
from .state import Batch


def target(session: Session, run: EvalRun, batch: Batch) -> Target:
    """Give the target that leads to a batch's endpoint: by its column's settings, with what is in force or
    with the profile that was. Raises BadInput where neither leads there: a batch is known to nobody else, and
    its key is no other server's business."""
    for settings in _tried(session, run, batch):
        found = session.target(settings)
        if display_url(found.endpoint.base_url) == batch.endpoint:
            return found
    raise BadInput(
        f"batch {batch.number} went to {batch.endpoint}, and nothing in force leads there",
        f"/profile {run.profile} did, /set base_url {batch.endpoint} may",
    )


def _tried(session: Session, run: EvalRun, batch: Batch) -> list[Settings]:
    found = []
    column = run.suite.columns[min(batch.position, len(run.suite.columns) - 1)]
    try:
        found.append(settings_of(session, column))
    except TemperaError:
        pass
    if run.profile and not column.profile:
        try:
            found.append(session.profile_settings(run.profile))
        except TemperaError:
            pass
    return found
