"""Servers for /probe that are a function from a request's body to an answer, and known to the last."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chat.base.errors import ParameterRefused, RequestFailed
from chat.conversation.events import TokenLogprob
from chat.conversation.turn import Answer, Choice, Usage
from chat.lab.probe import OPENAIS
from chat.lab.trial import COLOURS, INVENT, LIMITS, NOBODYS, REPEAT, Question

#: What a server can hardly be seen to do: it takes these, or not.
UNSEEN = ("reasoning_effort", "verbosity")
NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
_WORDS = [a + b for a in ("bra", "cin", "dol", "fen", "gor", "hul") for b in ("mar", "nix", "pol", "rus")]


@dataclass
class World:
    """A server that takes `takes` and refuses `refuses`; a word is a token. The rest is how servers are
    known to be: where its texts come from, what its usage says, what else is odd about it."""

    takes: frozenset[str] = frozenset(OPENAIS)
    refuses: frozenset[str] = frozenset()
    texts: str = "sampled"  # sampled, fixed, hashed, cached, drifting, or "turns 3"
    usage: str = "counted"  # counted, none, zero
    default_heat: float = 1.0
    keeps_stop: bool = False
    least: int = 1
    reasons: bool = False
    talks: bool = False
    weak: bool = False
    strict: bool = False
    tier: str = ""
    every: int = 0
    number: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    kept: dict[str, Answer] = field(default_factory=dict)

    def __call__(self, body: Mapping[str, Any]) -> Answer:
        """Answer a request."""
        self.number += 1
        if self.every and self.number % self.every == 0:
            return Answer(error=RequestFailed("not now", status=400))
        refused = ["images"] if _picture(body) and "images" in self.refuses else []
        refused += [name for name in body if name in self.refuses or (self.strict and name == NOBODYS)]
        if refused:
            return Answer(error=ParameterRefused(f"no {refused[0]} here", param=refused[0]))
        key = json.dumps(body, sort_keys=True)
        if self.texts == "cached" and key in self.kept:
            return self.kept[key]
        self.kept[key] = answer = self._answer(body)
        return answer

    def _answer(self, body: Mapping[str, Any]) -> Answer:
        asked = {name: value for name, value in body.items() if name in self.takes}
        choices = tuple(self._choice(index, body, asked) for index in range(asked.get("n", 1)))
        count = sum(max(len(c.text.split()), bool(c.reasoning) * self._limit(asked)) for c in choices)
        prompt = 9 + 40 * ("tools" in asked) + 85 * bool(self._seen(body))
        reports = self.usage != "none" and (not body["stream"] or "stream_options" in asked)
        used = {"counted": Usage(prompt, count), "zero": Usage(0, 0)}.get(self.usage) if reports else None
        tier = self.tier or ("default" if "service_tier" in asked else "")
        return Answer(choices, used or Usage(prompt, count, estimated=True), service_tier=tier)

    def _limit(self, asked: Mapping[str, Any]) -> int:
        return max(self.least, min((asked[name] for name in LIMITS if name in asked), default=400))

    def _choice(self, index: int, body: Mapping[str, Any], asked: Mapping[str, Any]) -> Choice:
        words = self._words(body, asked)
        if "tools" in asked and self.talks:
            words = ["well"] * 300
        calls: tuple[tuple[str, str], ...] = ()
        if "tools" in asked and not self.talks:
            words, calls = [], (("look", "{}"),)
        limit = self._limit(asked)
        finish = "length" if len(words) > limit else "stop"
        if self.reasons:
            return Choice(index, reasoning="hmm", finish_reason="length")
        words = words[:limit]
        text = " ".join(words)
        for stop in asked.get("stop", ()):
            before, found, _ = text.partition(stop)
            text = before + found * self.keeps_stop
        tops = asked.get("top_logprobs", 0)
        weighed = tuple(TokenLogprob(w, -0.1, (("a", -0.1),) * tops) for w in words if "logprobs" in asked)
        return Choice(index, text, tool_calls=calls, finish_reason=finish, logprobs=weighed)

    def _seen(self, body: Mapping[str, Any]) -> str:
        return _picture(body) if "images" in self.takes else ""

    def _words(self, body: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
        text = body["messages"][0]["content"]
        if colour := self._seen(body):
            return [f"{colour.title()}."]
        if "logit_bias" in asked:
            return ["yes"] * 30
        if "response_format" in asked:
            return ['{"color":"teal"}']
        plain = ["no"] * 20 if text == REPEAT else NUMBERS
        if self.texts == "fixed":
            return plain
        if self.texts.startswith("turns"):
            return self._drawn(random.Random(self.number % int(self.texts.split()[1])))
        if self.texts == "hashed":
            return self._drawn(random.Random(json.dumps(body, sort_keys=True)))
        penalty = max(asked.get("presence_penalty", 0) * (not self.weak), asked.get("frequency_penalty", 0))
        if text == REPEAT and penalty > 1:
            return ["no", "nay", "never", "not", "none"]
        heat = asked.get("temperature", self.default_heat)
        if heat < 0.1 or asked.get("top_p", 1) < 0.1:
            drifted = self.texts == "drifting" and self.number > 9
            story = self._drawn(random.Random(drifted))
            return story if text == INVENT or drifted else plain
        return self._drawn(random.Random(asked["seed"]) if "seed" in asked else self.chance)

    @staticmethod
    def _drawn(chance: random.Random) -> list[str]:
        return [chance.choice(_WORDS) for _ in range(24)]


#: The pictures that /probe sends, as they go out.
_PICTURES = {
    Question(picture=name).message().sent()["content"][1]["image_url"]["url"]: name for name in COLOURS
}


def _picture(body: Mapping[str, Any]) -> str:
    """The colour of the picture that a request has; "" for none."""
    content = body["messages"][0]["content"]
    return _PICTURES[content[1]["image_url"]["url"]] if isinstance(content, list) else ""
