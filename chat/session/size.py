"""Find how many tokens a request's prompt has, before it is sent.

A server that can count its own prompts (llama.cpp's, the embedded model's, vLLM's) is asked: it
knows its template and its tokeniser. For all others the formulas of `chat.tokens` stand in; what
they give is shown with ≈. What a server counted is kept.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable

from ..base.dataclass import dataclass
from ..conversation.body import Body, Carried, messages, prompt_fields
from ..conversation.branch import Branch
from ..endpoint.servers import Server
from ..endpoint.target import Target
from ..tokens.counting import Tokenizers
from .attached import NOTHING, Pending

#: Characters of a message up to which it is counted at every key (about a millisecond).
_TYPED = 20_000
#: How many counts of servers are kept.
_KEPT = 1000

_Key = tuple[str, str, Branch, str, str, Pending, Carried, str]


@dataclass(frozen=True)
class Size:
    """Tokens of a prompt. `exact`: the server has counted them."""

    tokens: int
    exact: bool = False

    def __str__(self) -> str:
        return f"{'' if self.exact else '≈'}{self.tokens:,}"


@dataclass(frozen=True)
class RequestPrompt:
    """What is to be counted: all of a request that a model reads. `typed` is a message that is not
    on the branch yet, and `waiting` what goes with it."""

    server: Server
    model: str
    branch: Branch
    carried: Carried
    fields: Body
    typed: str = ""
    waiting: Pending = NOTHING

    def body(self) -> Body:
        """Make the body with which a server is asked. If the next message is not typed yet, an empty one
        stands in for it. Otherwise a template would take an answer at the end for one to go on with."""
        branch, last = self.branch, self.branch.last
        if self.typed or self.waiting or last is None or last.role == "assistant":
            branch = branch.append(self.waiting.message(self.typed))
        body = {"model": self.model, "messages": messages(branch, self.carried), **self.fields}
        return self.server.as_taken(body)

    def key(self) -> _Key:
        """Return a key that is the same for prompts that read the same, even if the end of one is only
        typed so far."""
        branch, role, typed = self.branch, "user" if self.typed else "", self.typed
        last, before = branch.last, branch.before
        if not typed and not self.waiting and last is not None and last.form is None and before is not None:
            branch, role, typed = before, last.role, last.content
        fields = json.dumps(self.fields, sort_keys=True, default=str)
        where = self.server.endpoint.base_url
        return where, self.model, branch, role, typed, self.waiting, self.carried, fields


def prompt_of(
    target: Target, branch: Branch, carried: Carried, typed: str = "", waiting: Pending = NOTHING
) -> RequestPrompt:
    """Give the prompt that a message with these settings would have."""
    fields = prompt_fields(target.settings)
    return RequestPrompt(target.server, target.model, branch, carried, fields, typed, waiting)


class Sizes:
    """Sizes of prompts. Any thread may ask. If `now` did not know one yet, `told` is called when it has
    become known, from another thread."""

    def __init__(self, tokenizers: Tokenizers) -> None:
        self._tokenizers = tokenizers
        self._known: dict[_Key, int | None] = {}  # None: the server does not say
        self._lock = threading.Lock()
        self._wanted: RequestPrompt | None = None
        self._asking = False
        self.told: Callable[[], object] = lambda: None

    def find(self, prompt: RequestPrompt, ask: bool = True) -> Size:
        """Count, for which the server may be asked if `ask`. Raises NoTokenizer."""
        known = self._known.get(prompt.key()) if not ask else self._ask(prompt)
        return self.estimate(prompt) if known is None else Size(known, exact=True)

    def now(self, prompt: RequestPrompt) -> Size | None:
        """Return the size if it is known without waiting, else None. A server on this machine is asked
        meanwhile; text that is only typed goes to no other server. Raises NoTokenizer."""
        server, key = prompt.server, prompt.key()
        known = self._known.get(key)
        if known is not None:
            return Size(known, exact=True)
        if server.counts and server.endpoint.is_loopback and server.begun and key not in self._known:
            self._ask_meanwhile(prompt)
        return self.estimate(prompt) if self._tokenizers.ready(prompt.model) else None

    def estimate(self, prompt: RequestPrompt) -> Size:
        """Count by the formulas; a very long message in part. Raises NoTokenizer."""
        whole = "\n\n".join(filter(None, (prompt.typed, prompt.waiting.texts())))
        typed, rest = whole[:_TYPED], whole[_TYPED:]
        count = self._tokenizers.count_request(
            prompt.model, prompt.branch, prompt.carried, prompt.fields, typed
        )
        return Size(count + len(rest) // 4 + prompt.waiting.tokens(prompt.model))

    def text(self, server: Server, model: str, text: str) -> Size:
        """Count a text by itself, for which the server may be asked. Raises NoTokenizer."""
        known = server.count_text(text)
        return Size(self._tokenizers.count(model, text)) if known is None else Size(known, exact=True)

    # ---- asking servers

    def _ask(self, prompt: RequestPrompt) -> int | None:
        if not prompt.server.counts:
            return None
        key = prompt.key()
        found = self._known.get(key)
        if found is None:
            found = prompt.server.count(prompt.body())
            with self._lock:
                if len(self._known) >= _KEPT:
                    del self._known[next(iter(self._known))]
                self._known[key] = found
        return found

    def _ask_meanwhile(self, prompt: RequestPrompt) -> None:
        """Ask in a thread, one question at a time, the newest first: older ones nobody waits for."""
        with self._lock:
            self._wanted = prompt
            if self._asking:
                return
            self._asking = True
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                prompt, self._wanted = self._wanted, None
                if prompt is None:
                    self._asking = False
                    return
            with contextlib.suppress(Exception):  # an estimate stands in
                self._ask(prompt)
            self.told()
