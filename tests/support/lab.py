"""Trials of parameters against a server that runs: what /probe sends, without the shell around it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from chat.base.errors import RequestFailed
from chat.conversation.body import Body
from chat.conversation.folding import pump
from chat.conversation.turn import Answer
from chat.endpoint.client import Client
from chat.endpoint.memory import ProbeVerdict
from chat.lab.probe import TRIALS
from chat.lab.trial import LONGEST, Question, found

_FORMS = {"response_format", "json_schema"}


@dataclass
class Lab:
    """Ask a server what trials ask. What two of them ask alike is asked once. `less`: by how many tokens
    the answers are shorter that have no limit of their own, and no form that has to be whole."""

    client: Client
    model: str
    less: int = 0
    known: dict[Question, Answer] = field(default_factory=dict)

    def ask(self, question: Question) -> Answer:
        """Send a question, whether it was asked or not."""
        if question.longest <= LONGEST and not _FORMS & question.fields.keys():
            question = replace(question, longest=question.longest - self.less)
        return self.answer(question.body(self.model, "max_tokens", self._token))

    def answer(self, body: Body) -> Answer:
        """Send a body."""
        answer = pump(self.client.stream(body))
        if answer.error and answer.error.status is None:  # a connection that was closed while it was idle
            answer = pump(self.client.stream(body))
        assert not answer.error or answer.error.status, answer.error
        return answer

    def _token(self, text: str) -> str:
        try:
            return str(self.client.tokenize(text)[0][0])
        except RequestFailed:
            return "9891"  # that of ` yes` in cl100k_base

    def tried(self, name: str) -> ProbeVerdict:
        """Try a parameter, and tell what became of it."""
        while isinstance(seen := found(name, TRIALS[name], self.known), Question):
            self.known[seen] = self.ask(seen)
        return seen
