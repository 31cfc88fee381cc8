"""What /dials asks: the candidates of a place, and samples, in threads behind the panel.

Nothing of the session changes while the panel is up: what was asked becomes turns of the conversation,
beside what was said in it, when the panel is closed. So no key ever waits for a server or a disk.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ..base.dataclass import dataclass
from ..base.errors import RequestFailed, TemperaError
from ..base.short import cut
from ..conversation.body import Body
from ..conversation.branch import Branch
from ..conversation.events import Piece
from ..conversation.experiment import DIALS, Cell
from ..conversation.turn import Answer, Turn
from ..endpoint.target import Target
from ..session.state import Session
from . import dials, next_token, runner
from .aside import Aside
from .dials import Dial
from .next_token import LOOKED_AT, TokenPlace
from .sampling import Candidate, offset
from .token_places import position
from .trial import LIMITS

log = logging.getLogger("tempera.dials")

#: Tokens of a sample, and how many stand side by side.
LONGEST, SIDE_BY_SIDE = 60, 3


@dataclass
class Continuation:
    """A continuation with what was set then. `ended` says how it ended: "" while it is made."""

    label: str
    text: str = ""
    ended: str = ""


class Source(Protocol):
    """What the panel is given. `told` is called, from any thread, when something new is there."""

    dials: tuple[Dial, ...]
    values: Mapping[str, Any]
    title: str
    asked: str
    order: tuple[str, ...]
    order_told: bool
    bias: str
    not_drawn: Sequence[str]
    samples: Sequence[Continuation]
    told: Callable[[], None]

    @property
    def places(self) -> int:
        """Tell how many places can be walked along."""

    def at(self, place: int) -> TokenPlace:
        """Tell what is known of a place, from 0."""

    def look(self, place: int, values: Mapping[str, Any], again: bool = False) -> None:
        """Find out what is not known of a place, behind the panel: the newest wish counts. `again`: also
        where that failed before."""

    def sample(self, place: int, values: Mapping[str, Any]) -> str:
        """Ask for a continuation from that place, with these values. Return why not, or ""."""


class Live:
    """The source of a session's panel. `close` has to be called once the panel is gone."""

    def __init__(
        self,
        session: Session,
        target: Target,
        asked: Branch,
        last: Turn | None,
        found: Sequence[Dial],
        defaults: Mapping[str, Any] | None,
    ) -> None:
        self._session, self._target, self._branch, self._last = session, target, asked, last
        self.dials = tuple(found)
        self.values: Mapping[str, Any] = dials.set_by(found, target.settings)
        self.title = target.model
        self.asked = asked.last.content if asked.last else ""
        wanted = target.settings.get("samplers")
        self.order, self.order_told = next_token.order_of(defaults, wanted if defaults is not None else None)
        self.not_drawn: Sequence[str] = dials.not_drawn(target.settings, defaults)
        named = target.settings.get("bias"), target.settings.get("logit_bias")
        self.bias = " ".join(cut(f"{key} {weight:+}", 16) for pairs in named for key, weight in pairs or ())
        self.samples: Sequence[Continuation] = []
        self.told: Callable[[], None] = lambda: None
        self._llamacpp = target.server.tells_settings
        limits = [name for name in LIMITS if target.settings.get(name) is not None]
        self._limit = (limits or [LIMITS[0] if target.endpoint.is_openai else LIMITS[1]])[0]
        self._looked_at = int((defaults or {}).get("repeat_last_n") or LOOKED_AT)
        self._aside = Aside(session, DIALS, asked)
        self._known: dict[int, TokenPlace] = {}
        self._bodies: dict[int, Body] = {}
        self._wanted: tuple[int, bool] | None = None
        self._wake = threading.Condition()
        self._closed = False
        self._looker: threading.Thread | None = None
        self._tokens: tuple[str, ...] = tuple(each.token for each in last.choice.logprobs) if last else ()
        self._cut = bool(self._tokens)

    # ---- what the panel asks

    @property
    def places(self) -> int:
        return max(1, len(self._tokens))

    def at(self, place: int) -> TokenPlace:
        return self._known.get(place) or TokenPlace(
            self._before(place) or "", self._taken(place), waiting=True
        )

    def look(self, place: int, values: Mapping[str, Any], again: bool = False) -> None:
        if again and not self.at(place).candidates:
            self._known.pop(place, None)
        known = self._known.get(place)
        zero = known is not None and self._lacks_zero(known, values)
        if known is not None and not zero:
            return
        if self._llamacpp or not self._kept(place):
            self._aside.open()
        with self._wake:
            self._wanted = (place, zero)
            self._wake.notify()
            if self._looker is None and not self._closed:
                self._looker = threading.Thread(target=self._looking, daemon=True)
                self._looker.start()

    def sample(self, place: int, values: Mapping[str, Any]) -> str:
        if sum(not each.ended for each in self.samples) >= SIDE_BY_SIDE:
            return "three samples are still being made"
        self._aside.open()
        made = Continuation(self._label(values))
        self.samples = [*self.samples, made][-SIDE_BY_SIDE:]
        threading.Thread(target=self._sampling, args=(made, place, dict(values)), daemon=True).start()
        return ""

    def close(self) -> None:
        """Stop what is under way, and take what was asked into the conversation."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._aside.close()

    # ---- behind the panel

    def _looking(self) -> None:
        while True:
            with self._wake:
                while self._wanted is None and not self._closed:
                    self._wake.wait()
                if self._closed:
                    return
                assert self._wanted is not None
                (place, zero), self._wanted = self._wanted, None
            try:
                if not self._cut:
                    self._cut = True
                    self._tokens = self._tokens_of_last()
                self._known[place] = self._calibrated(place) if zero else self._found(place)
            except Exception as error:
                log.debug("nothing of place %s", place, exc_info=error)
                why = error.message if isinstance(error, TemperaError) else type(error).__name__
                self._known[place] = replace(self.at(place), why=why, waiting=False, zero=0.0)
            self.told()

    def _tokens_of_last(self) -> tuple[str, ...]:
        """Cut the last answer into tokens, by the server's own tokeniser."""
        text = self._last.choice.text if self._last else ""
        if text and self._llamacpp and not self._target.server.lacks_prefill():
            with contextlib.suppress(TemperaError):
                return tuple(self._target.client().tokenize(text, self._target.model)[1])
        return ()

    def _before(self, place: int) -> str | None:
        """Give the text of the last answer before a token of it; None where it can't be cut there."""
        if self._last is None or place >= len(self._tokens):
            return ""
        before = position(self._tokens, self._last.choice.text, place + 1).before
        return None if before is None else self._last.request.carried.prefill + before

    def _taken(self, place: int) -> str:
        return self._tokens[place] if place < len(self._tokens) else ""

    def _kept(self, place: int) -> tuple[Candidate, ...]:
        """Give the candidates that came with the last answer."""
        tokens = self._last.choice.logprobs if self._last else ()
        if self._last and self._last.request.body.get("post_sampling_probs"):
            return ()  # these are no longer the model's own
        return next_token.of_token(tokens[place]) if place < len(tokens) else ()

    def _found(self, place: int) -> TokenPlace:
        before, taken = self._before(place), self._taken(place)
        kept = self._kept(place)
        nothing = TokenPlace(before or "", taken)
        if before is None:
            return replace(nothing, why="this token begins inside a character")
        if kept and not self._llamacpp:
            return self._with_ids(replace(nothing, candidates=kept))
        if before and (lacking := self._target.server.lacks_prefill()):
            return replace(nothing, why=f"{lacking}: only the first token can be asked for")
        answer, body = self._one(before, f"token {place + 1}", self._asking)
        found = next_token.candidates(answer)
        if not found:
            said = answer.error.message if answer.error else "the answer came without log probabilities"
            return replace(nothing, why=said)
        self._bodies[place] = body
        return self._with_ids(replace(nothing, candidates=found), body)

    def _with_ids(self, place: TokenPlace, body: Body | None = None) -> TokenPlace:
        """Give a place with what penalties and bias need: who was said, and the ids of the words that are
        biased."""
        target, model, tokenizers = self._target, self._target.model, self._session.tokenizers
        bias: dict[str, int] = {}
        with contextlib.suppress(TemperaError):
            where = target.endpoint.base_url
            wanted = target.settings.get("bias") or ()
            bias = self._session.words.resolve(wanted, model, where, target.client()) if wanted else {}
        bias |= dict(target.settings.get("logit_bias") or ())
        by_id = {int(key): float(weight) for key, weight in bias.items() if key.isdecimal()}
        if self._llamacpp and body is not None:
            with contextlib.suppress(RequestFailed):
                said = [each for each in target.client().read_by_model(body) if isinstance(each, int)]
                last = tuple(said[-self._looked_at :]) if self._looked_at else ()
                return replace(place, said=last, said_how=f"the last {len(last)} tokens", bias=by_id)
        elif tokenizers.exact(model):
            texts = {each.token: tokenizers.encode(model, each.token) for each in place.candidates}
            ids = {text: found[0] for text, found in texts.items() if len(found) == 1}
            spoken = "\n".join(node.last.content for node in self._branch.backwards() if node.last)
            said = tokenizers.encode(model, f"{spoken}\n{place.before}")
            found = next_token.matched(place.candidates, ids)
            how = "the conversation's tokens, by tiktoken: about what the server counts"
            return replace(place, candidates=found, said=tuple(said), said_how=how, bias=by_id)
        how = "nobody: the server's tokens are not known, so penalties do not show"
        return replace(place, said_how=how, bias=by_id if self._llamacpp else {})

    def _lacks_zero(self, place: TokenPlace, values: Mapping[str, Any]) -> bool:
        wanted = dials.sampler(self.dials, values, {}).repeat_penalty != 1
        return wanted and self._llamacpp and bool(place.candidates and place.said) and place.zero is None

    def _calibrated(self, place: int) -> TokenPlace:
        """Find the zero of the logits, which repeat_penalty minds; 0 where it can't be told."""
        known, body = self._known[place], self._bodies[place]
        label = f"a penalty at token {place + 1}"
        answer, _ = self._one(known.before, label, lambda _: next_token.calibrating(body))
        chances = next_token.penalised(answer)
        found = offset(known.candidates, chances, known.said, next_token.CALIBRATING) if chances else None
        return replace(known, zero=found or 0.0)

    def _asking(self, body: Body) -> Body:
        return next_token.asking(body, self._limit, self._llamacpp)

    def _one(self, before: str, label: str, change: Callable[[Body], Body]) -> tuple[Answer, Body]:
        """Ask for one token. Of its candidates few are kept, and not the bytes, which are many."""
        for _ in range(next_token.TRIES if self._llamacpp else 1):
            request = self._aside.begin(self._target.settings, before, Cell(label), change, next_token.few)
            for _ in request.events():
                pass
            answer = request.answer()
            if answer.error or next_token.told(answer):
                break
        return answer, request.prepared.body

    def _sampling(self, sample: Continuation, place: int, values: Mapping[str, Any]) -> None:
        try:
            self._sample(sample, place, values)
        except Exception as error:
            log.debug("no sample", exc_info=error)
            sample.ended = error.message if isinstance(error, TemperaError) else type(error).__name__
        self.told()

    def _sample(self, sample: Continuation, place: int, values: Mapping[str, Any]) -> None:
        before = self._before(place)
        if before is None:
            raise TemperaError("this token begins inside a character")
        if before and (lacking := self._target.server.lacks_prefill()):
            raise TemperaError(f"{lacking}: samples can begin only at the first token")
        settings = dials.kept(self._target.settings, self.values, values)
        request = self._aside.begin(settings, before, runner.cell_of(sample.label, values), self._bounded)
        for event in request.events():
            if isinstance(event, Piece) and event.index == 0:
                sample.text += event.text
            self.told()
        answer = request.answer()
        reason = answer.at().finish_reason
        ended = {"length": "cut", "stop": "whole"}.get(reason, reason or answer.ended)
        sample.ended = answer.error.message if answer.error else ended

    def _bounded(self, body: Body) -> Body:
        """Give the request for a sample: one answer, and a short one."""
        limits = [name for name in LIMITS if name in body] or [self._limit]
        most = body.get(limits[0])
        longest = most if isinstance(most, int) and 0 <= most < LONGEST else LONGEST
        rest = {name: value for name, value in body.items() if name not in ("n", *LIMITS)}
        return {**rest, limits[0]: longest}

    def _label(self, values: Mapping[str, Any]) -> str:
        """Name what is set, as far as it is about sampling."""
        named = [dial for dial in self.dials if dial.name in values and "max" not in dial.name]
        short = {
            dial.name: dial.name.replace("temperature", "temp").replace("_penalty", "") for dial in named
        }
        told = [f"{short[dial.name]} {dial.show(values[dial.name])}" for dial in named]
        return " · ".join(told) or "nothing set"
