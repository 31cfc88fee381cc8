"""Run the trials of `probe` at a session's endpoint: requests for `runner.run`, one after another.

What one trial has asked is not asked again by the next. The requests are an experiment of the
conversation, which keeps and pays for them; nothing of it goes on with them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import field, replace

from ..base.dataclass import dataclass
from ..base.errors import BadFile, NoTokenizer, RequestFailed
from ..conversation.body import Body
from ..conversation.branch import Branch
from ..conversation.experiment import PROBE, Cell, Experiment
from ..conversation.turn import Answer, Request, Turn, Usage
from ..endpoint.address import WHERE, display_url
from ..endpoint.memory import UNCLEAR, ProbeVerdict
from ..endpoint.target import Target
from ..parameters.table import BY_NAME
from ..session.sending import Prepared
from ..session.state import Session
from ..session.worst_case import Worst
from ..tokens import pictures, prices
from . import probe, runner
from .results import shown
from .trial import LIMITS, SIDE, Question, crashed, found, refused

#: Tokens of a small picture, for a model of which nothing is published.
_PICTURE = 1000


def worst_case(target: Target, names: Sequence[str]) -> Worst:
    """Give the most that trying these parameters can take."""
    requests, prompt, completion = probe.worst_case(names)
    picture = pictures.tokens(target.model, SIDE, SIDE, pictures.LOW)
    prompt += probe.pictures_in(names) * (_PICTURE if picture is None else picture)
    cost = prices.cost(Usage(prompt, completion), target.model, target.endpoint)
    return Worst(requests, prompt, completion, cost)


@dataclass
class Probing:
    """Parameters on trial. `verdicts` are those that stand, each kept for endpoint and model as it is
    found. `stopped` is a failure that says nothing about any parameter: nothing more is asked after it.
    `unkept` says why a verdict can't be written. `begun` is told which parameter comes next."""

    session: Session
    target: Target
    names: Sequence[str]
    begun: Callable[[str], None] = lambda name: None
    verdicts: dict[str, ProbeVerdict] = field(default_factory=dict)
    stopped: RequestFailed | None = None
    unkept: BadFile | None = None
    _answers: dict[str, Answer] = field(default_factory=dict)
    _asked: str = ""
    _answered: bool = False
    _limit: str = field(init=False)  # what bounds a question, and where that is refused, what else may
    _other: str = field(init=False)

    def __post_init__(self) -> None:
        self._messages: dict[tuple[str, str], Branch] = {}
        self._limit, self._other = LIMITS if self.target.endpoint.is_openai else reversed(LIMITS)
        set_ = {name: self.target.settings.get(name) for name in WHERE}
        self._where = {name: value for name, value in set_.items() if value is not None}
        self._experiment = Experiment(PROBE, self._asked_by(Question()), (), " ".join(self.names))

    def _asked_by(self, question: Question) -> Branch:
        """Give the message of a question, which those of the same text and picture share."""
        key = question.text, question.picture
        if key not in self._messages:
            self._messages[key] = Branch().append(question.message())
        return self._messages[key]

    def requests(self) -> Iterator[tuple[int, Prepared]]:
        """Yield the requests, each once `over` was told of the answer before it."""
        runner.keep(self.session, self._experiment)
        for name in self.names:
            self.begun(name)
            self.verdicts[name] = verdict = yield from self._tried(name)
            try:
                self.session.endpoints.remember_verdict(
                    self.target.endpoint, self.target.model, name, verdict
                )
            except BadFile as error:
                self.unkept = error

    def over(self, cell: int, turn: Turn) -> None:
        """Take in an answer. Raises Enough where the endpoint fails as such."""
        error = turn.answer.error
        if error and not (refused(error) or (self._answered and crashed(error))):
            self.stopped = error
            raise runner.Enough
        self._answered = self._answered or not error
        self._answers[self._asked] = turn.answer

    def _tried(self, name: str) -> Generator[tuple[int, Prepared], None, ProbeVerdict]:
        tried, known = probe.TRIALS[name], dict[Question, Answer]()
        try:
            for biased in {question.biased for _, question in tried.forms[0]} - {""}:
                self._token(biased)  # before anything is sent
            while isinstance(seen := found(name, tried, known), Question):
                answer = yield from self._answer(seen)
                if self._other and answer.error and answer.error.param == self._limit not in seen.fields:
                    self._limit, self._other = self._other, ""
                else:
                    known[seen] = answer
        except NoTokenizer as error:
            return ProbeVerdict(UNCLEAR, error.message)
        return seen

    def _answer(self, question: Question) -> Generator[tuple[int, Prepared], None, Answer]:
        """Ask, unless the very same was asked before."""
        body = question.body(self.target.model, self._limit, self._token)
        key = json.dumps([body, question.again], sort_keys=True)
        if key not in self._answers:
            self._asked = key
            prepared = self._prepared(question, body)
            yield prepared.request.cell, prepared
        return self._answers[key]

    def _token(self, text: str) -> str:
        """Give the first token's id; the text itself where the server reads words. Raises NoTokenizer."""
        where = self.target.endpoint.base_url
        tokens = self.session.words.tokens(text, self.target.model, where, self.target.client())
        return str(tokens.ids[0]) if tokens.ids else text

    def _prepared(self, question: Question, body: Body) -> Prepared:
        """Prepare a question's request. It goes out as it is: a refusal is a verdict."""
        fields = {name: value for name, value in body.items() if name != "messages"}
        asked = {**question.fields, **{name: body[name] for name in ("logit_bias",) if question.biased}}
        if question.picture:
            asked["picture"] = question.picture
        label = " ".join(f"{name}={shown(name, value)}" for name, value in asked.items())
        cells = (*self._experiment.cells, Cell(label, asked))
        self._experiment = replace(self._experiment, cells=cells)
        runner.keep(self.session, self._experiment)
        request = Request(
            body=fields,
            asked=self._asked_by(question),
            settings={**self._where, **{name: value for name, value in fields.items() if name in BY_NAME}},
            endpoint=display_url(self.target.endpoint.base_url),
            experiment=self._experiment.id,
            cell=len(cells) - 1,
        )
        return Prepared(request, body, self.target, self.target.client(), as_is=True)
