"""Ask the cells of an experiment by batches, and make turns of what comes.

The run of such a batch has a column for each cell of a sweep, or for each time of a replay, and no checks.
Its answers are kept as turns of the conversation that the experiment is part of, as if they had been asked
directly: there they are looked at, and the run is of no more use. A turn is known again by its cell and by
when it was sent, so that a file that is read twice makes none twice.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadValue, StoreFailed
from ..conversation.body import as_sent
from ..conversation.branch import Branch, new_id
from ..conversation.experiment import Experiment
from ..conversation.tree import Conversation
from ..conversation.turn import Answer, Request, Turn
from ..conversation.wire import BY_BATCH, Exchange
from ..endpoint.address import WHERE
from ..evaluation.keeping import Keeping
from ..evaluation.results import FAILED, JUDGED, EvalRun, ExperimentRef, Sample
from ..evaluation.suite import Case, Column, Suite
from ..session.state import Session
from ..store.records import plain, turn_of, turn_record
from .results import Result


@dataclass(frozen=True)
class Came:
    """What a line made of a sample, with the whole answer and the line."""

    sample: Sample
    answer: Answer
    result: Result

    @property
    def was_asked(self) -> bool:
        """Tell whether a server has seen the request, whatever it said."""
        return bool(self.result.body or self.result.status)


def suite(experiment: Experiment, request: Request) -> Suite:
    """Give an experiment as a suite, a column for each cell. The settings of a column lead to where the
    `request` goes."""
    where = {name: plain(request.settings[name]) for name in WHERE if request.settings.get(name) is not None}
    columns = tuple(Column(cell.label, (), where) for cell in experiment.cells)
    return Suite(experiment.about, columns, (Case(),))


def part(
    conversation: Conversation, experiment: Experiment, request: Request, turn: int = 0, exchange: int = 0
) -> ExperimentRef:
    """Say what a run asks: an experiment that is kept with a conversation. `request` is one of it, `turn` and
    `exchange` say what it replays."""
    record = turn_record(Turn(request))
    return ExperimentRef(experiment.kind, conversation.number, experiment.id, record, turn, exchange)


def bare(sample: Sample) -> Sample:
    """Give a sample whose answer is kept elsewhere."""
    return replace(sample, state=sample.state if sample.state == FAILED else JUDGED, answered=None)


def owed(keeping: Keeping, experiment: Experiment) -> dict[int, int]:
    """Map the cells whose answers a batch owes to the run that asks for them."""
    found: dict[int, int] = {}
    for row in keeping.runs.parts(experiment=experiment.id):
        run = keeping.get(row["number"], parts=True)
        found |= dict.fromkeys(keeping.owed(run), run.number)
    return found


class Turns:
    """The turns that answers become, in the conversation that is open or in others."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._opened: dict[int, Conversation] = {}

    def conversation(self, number: int) -> Conversation:
        """Give a conversation: the one that is open, or as it is stored. Raises StoreFailed."""
        if number == self._session.conversation.number:
            return self._session.conversation
        if number not in self._opened:
            store = self._session.store
            self._opened[number] = store.unstored(number) or store.load(number)
        return self._opened[number]

    def find(self, part: ExperimentRef) -> tuple[Conversation, Experiment]:
        """Give what a part is of. Raises StoreFailed where it is gone."""
        conversation = self.conversation(part.conversation)
        if part.experiment not in conversation.experiments:
            raise StoreFailed(f"conversation {part.conversation} has lost its {part.kind}")
        return conversation, conversation.experiments[part.experiment]

    def take(self, run: EvalRun, part: ExperimentRef, came: Sequence[Came]) -> None:
        """Keep answers as turns, those that are there already but once. What was never asked is none. Raises
        StoreFailed where they can't be kept."""
        conversation, experiment = self.find(part)
        there = {
            (turn.request.cell, turn.request.at)
            for turn in conversation.turns
            if turn.request.experiment == experiment.id
        }
        new = []
        for each in came:
            cell = each.sample.place.column
            if each.was_asked and (cell, each.sample.at) not in there:
                request = request_of(part, experiment, cell, each.sample)
                turn = Turn(request, self._answer(each, request.endpoint))
                new.append(conversation.add(turn, move=False))
        if not self._session.store.add_turn(conversation, *new, move=False):
            raise StoreFailed("the answers can't be kept", "/batch fetch takes them again")

    def _answer(self, came: Came, endpoint: str) -> Answer:
        """Give the answer as a turn has it: of its time nothing is known, and for what went over the
        connection stands what the file has of it."""
        data = bytearray(came.result.body)
        exchange = Exchange(
            "POST",
            endpoint.rstrip("/") + "/chat/completions",
            (("custom_id", came.result.id),),
            as_sent(dict(came.sample.request)),
            came.sample.at,
            came.result.status,
            BY_BATCH,
            (("content-type", "application/json"),),
            data,
            array("Q", [len(data)]),
            array("d", [0.0]),
        )
        cost = came.sample.answered.cost if came.sample.answered else None
        return replace(came.answer, duration=0.0, first_token=None, arrivals=(), cost=cost, wire=(exchange,))


def request_of(part: ExperimentRef, experiment: Experiment, cell: int, sample: Sample) -> Request:
    """Give the request of a cell as it went out. Raises StoreFailed where its messages are gone."""
    first, values = part.request, experiment.cells[cell].values
    settings = {**first["settings"], **values}
    body: dict[str, Any] = dict(sample.request)
    if "messages" not in first["body"]:  # else it has an order of its own
        body.pop("messages", None)
    record = {
        **first,
        "id": new_id(),
        "at": sample.at,
        "cell": cell,
        "experiment": experiment.id,
        "settings": {name: value for name, value in settings.items() if value is not None},
        "body": body,
    }
    if "system" in values:
        record |= {"system": str(values["system"] or "")}
        record |= {} if record["system"] == first["system"] else {"template": None}
    nodes = {node.id: node for node in (*experiment.asked.backwards(), Branch())}
    try:
        return turn_of(json.loads(json.dumps(record)), nodes).request
    except (BadValue, ValueError, KeyError):
        raise StoreFailed(f"what conversation {part.conversation} was asked is gone") from None
