"""The judges of a run: who is asked for an assertion, and what for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from ..base.dataclass import dataclass
from ..base.errors import ParameterRefused, RequestFailed, TemperaError
from ..conversation.parallel import Stop
from ..conversation.turn import COMPLETE, FAILED, Answer
from ..lab.crowd import Job, answer
from ..parameters.settings import Settings
from ..parameters.table import named
from ..session.state import Session
from . import asking
from .asking import Asking
from .assertions.table import find
from .deciding import Embeddings, JudgeQuestion
from .filling import rendered
from .suite import Assertion, Suite

K = TypeVar("K")

PROFILE = "profile:"
#: The model that promptfoo, too, asks for embeddings.
EMBEDDING = "text-embedding-3-small"


@dataclass(frozen=True)
class Vectors(Answer):
    """The embeddings of texts, in their order."""

    vectors: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class Unheard:
    """Why a judge gave no answer."""

    why: str

    def __str__(self) -> str:
        return f"the judge could not be asked: {self.why}"


class Jury:
    """The judges of a run. `judge` names who is asked for all of it: a profile, or a model of the endpoint in
    force; "" leaves it to the file, and where that says nothing to what is in force."""

    def __init__(self, session: Session, judge: str = "") -> None:
        self._session = session
        self._judge = judge
        self._askings: dict[str, Asking] = {}
        self._without_form: set[str] = set()  # those who take no response_format

    def prepare(self, suite: Suite) -> None:
        """Make what all judges of a suite are asked with. Raises TemperaError."""
        for name in {self._name(each) for each in judged(suite)}:
            self._asking(name)

    def _name(self, assertion: Assertion) -> str:
        return self._judge or provider_of(assertion)

    def _asking(self, name: str) -> Asking:
        if name not in self._askings:
            self._askings[name] = asking.asking(self._session, settings_of(self._session, name))
        return self._askings[name]

    def job(self, key: K, step: JudgeQuestion | Embeddings) -> Job[K]:
        """Make what is to be asked. Raises TemperaError."""
        who = self._asking(self._name(step.assertion))
        if isinstance(step, Embeddings):
            return Job(key, lambda stop: _embedded(who, step, stop), sum(map(len, step.texts)) // 4)
        messages = messages_of(step)
        form = step.ask.response_format
        more = {"response_format": form} if form and who.where not in self._without_form else {}
        prepared = asking.request(who, messages, more)
        return Job(
            key,
            lambda stop: answer(self._session, prepared, stop),
            len(json.dumps(messages, default=str)) // 4,
        )

    def again(self, step: JudgeQuestion | Embeddings, came: Answer) -> bool:
        """Tell whether the same is to be asked once more, in plainer form: this server takes no schema."""
        error = came.error
        where = self._asking(self._name(step.assertion)).where
        refused = isinstance(error, ParameterRefused) and str(error.param).startswith("response_format")
        if (
            isinstance(step, JudgeQuestion)
            and step.ask.response_format
            and refused
            and where not in self._without_form
        ):
            self._without_form.add(where)
            return True
        return False

    def read(self, step: JudgeQuestion | Embeddings, came: Answer) -> Any:
        """Give what was answered, as `deciding` wants it."""
        if came.ended != COMPLETE:
            return Unheard(came.error.message if came.error else came.ended)
        if isinstance(step, Embeddings):
            return (
                [list(each) for each in came.vectors]
                if isinstance(came, Vectors)
                else Unheard("no embeddings")
            )
        return came.at(0).said

    def cost(self, step: JudgeQuestion | Embeddings, came: Answer) -> float | None:
        """Give what an answer of a judge cost, None where that is not known."""
        if isinstance(came, Vectors):
            return came.cost
        who = self._asking(self._name(step.assertion))
        return asking.accounted(came, str(who.body["model"]), who.target.endpoint).cost


def messages_of(step: JudgeQuestion) -> list[dict[str, Any]]:
    """Give the messages of a question; those of a file's own prompt are filled. A value that is none of a
    template stays as it is. Raises BadValue."""
    ask = step.ask
    found = [dict(each) for each in ask.messages]
    if not ask.values:
        return found
    texts = [each["content"] for each in found if isinstance(each.get("content"), str)]
    made = rendered(texts, ask.values)
    return [
        {**each, "content": made.get(each["content"], each["content"])}
        if isinstance(each.get("content"), str)
        else each
        for each in found
    ]


def judged(suite: Suite) -> Iterator[Assertion]:
    """Yield the assertions of a suite that ask a model."""

    def within(assertions: Sequence[Assertion]) -> Iterator[Assertion]:
        for each in assertions:
            kind = find(each.type)
            value = each.value if isinstance(each.value, Mapping) else {}
            if (kind and kind.judged) or value.get("evaluation_metric") == "cosine":
                yield each
            yield from within(each.inner)

    for case in suite.cases:
        yield from within(case.assertions)


def provider_of(assertion: Assertion) -> str:
    """Name who judges by the file's word: "" is what is in force."""
    given = assertion.config.get("provider")
    if isinstance(given, Mapping):
        given = given.get("id")
    if isinstance(given, str) and given:
        return given
    value = assertion.value
    model = value.get("model") if isinstance(value, Mapping) else None
    return str(model) if isinstance(model, str) else ""


def settings_of(session: Session, name: str) -> Settings:
    """Give the settings that a judge is asked with: a profile's, or a model's at the endpoint in force.
    Raises BadInput, BadProfile."""
    if name.startswith(PROFILE):
        return session.profile_settings(name.removeprefix(PROFILE))
    if name in session.profiles.names:
        return session.profile_settings(name)
    settings = session.settings
    for parameter, _ in settings:
        if parameter.name in asking.OF_THE_PROMPT or (parameter.field and parameter.name != "model"):
            settings = settings.unset(parameter.name)
    model = name.rpartition(":")[2] if name.startswith(("openai:", "azure:")) else name
    return settings.set("model", named("model").kind.check(model)) if model else settings


def _embedded(who: Asking, step: Embeddings, stop: Stop) -> Answer:
    """Ask for embeddings."""
    model = provider_of(step.assertion).rpartition(":")[2]
    model = model or (EMBEDDING if "api.openai.com" in who.where else who.target.model)
    try:
        vectors = who.client.embeddings(model, list(step.texts))
    except RequestFailed as error:
        return Vectors(ended=FAILED, error=error)
    except TemperaError as error:
        return Vectors(ended=FAILED, error=RequestFailed(error.message, error.hint))
    return Vectors(cost=0.0 if who.target.endpoint.is_embedded else None, vectors=tuple(map(tuple, vectors)))
