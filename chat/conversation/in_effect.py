"""Tell what a server made of the parameters: by its own word, or by what was found out.

llama.cpp answers with the settings in effect when the body carries `"verbose": true`, and gives
its defaults at /props. What was sent is held against what was in effect; for any other server
the answer is "unknown", unless a refusal or a probe has shown it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..base.dataclass import dataclass
from .body import Body

#: Our name of a parameter -> llama.cpp's, where they differ (tools/server/server-task.cpp).
_LLAMA = {"max_completion_tokens": "max_tokens", "top_logprobs": "n_probs"}


#: llama.cpp's seed that stands for another one each time (LLAMA_DEFAULT_SEED).
_RANDOM_SEED = 0xFFFFFFFF


@dataclass(frozen=True)
class Deviation:
    """A parameter that was sent with one value and was in effect with another."""

    name: str
    sent: Any
    effect: Any

    def __str__(self) -> str:
        return f"{self.name} {self.sent} → {written(self.effect)} clamped by the server"


def in_effect(name: str, effective: Mapping[str, Any] | None) -> Any:
    """Return what the server says of a parameter, or None."""
    if effective is None:
        return None
    return effective.get(_LLAMA.get(name, name.removeprefix("extra.")))


def written(value: Any) -> str:
    """Give a value in effect as a person reads it: 0.949999988079071 was 0.95 in single precision."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return "random" if value == _RANDOM_SEED else json.dumps(value, ensure_ascii=False)


def differences(body: Body, effective: Mapping[str, Any] | None) -> Iterator[Deviation]:
    """List the numbers and flags whose values in effect differ from those sent."""
    for name, sent in body.items():
        effect = in_effect(name, effective)
        if effect is None or not isinstance(sent, int | float) or not isinstance(effect, int | float):
            continue
        if name == "stream" or math.isclose(sent, effect, rel_tol=1e-5, abs_tol=1e-6):
            continue
        yield Deviation(name, sent, effect)
