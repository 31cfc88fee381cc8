"""The one mutable object: what is set, what was said, and the endpoint in force.

It prints nothing and asks nothing; commands do, and then change it.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import profiles as profile_files
from . import request, shapes, usage
from .bias import Words
from .client import Client
from .conversation import Conversation
from .embedded import Embedded
from .endpoint import Endpoint, resolve
from .errors import BadFile, ParameterRefused, RequestFailed, TemperaError
from .events import Event
from .interrupts import Interrupts, Unguarded, allowed
from .memory import IGNORED, REJECTED, Endpoints, File, Preferences, Verdict
from .parameters import BY_NAME
from .places import Places
from .profiles import Profiles
from .settings import COMMAND_LINE, PROFILE, REMEMBERED, Settings
from .structured import Json
from .tokens import Tokenizers
from .turn import COMPLETE, FAILED, INTERRUPTED, Consumer, Turn, attempts, estimated, pump

#: What a server's list of models calls the context window: llama.cpp, vLLM, OpenRouter, others.
_WINDOW_KEYS = ("n_ctx", "max_model_len", "context_length", "context_window", "n_ctx_train")


@dataclass
class Session:
    """Everything one run of the shell knows."""

    places: Places
    profiles: Profiles
    settings: Settings = field(default_factory=Settings)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    conversation: Conversation = field(default_factory=Conversation)
    turns: list[Turn] = field(default_factory=list)
    typed_key: str = field(default="", repr=False)
    interrupts: Interrupts = field(default_factory=Unguarded, repr=False)

    def __post_init__(self) -> None:
        self.tokenizers = Tokenizers(self.places.cache / "tiktoken")
        self.words = Words(self.tokenizers)
        self.endpoints = Endpoints(File(self.places.endpoints))
        self.preferences = Preferences(File(self.places.preferences))
        self.listed: dict[str, list[dict[str, Any]]] = {}
        self.cost: float | None = 0.0
        self._clients: dict[Endpoint, Client] = {}
        self._embedded: dict[str, Embedded] = {}
        self._defaults: dict[str, Mapping[str, Any]] = {}
        self._windows: dict[tuple[str, Any], int | None] = {}
        self._lock = threading.Lock()
        self._answering: tuple[str, Conversation] | None = None

    # ---- settings

    def load_profile(self, name: str) -> None:
        """Take a profile's settings. A profile that names its own endpoint is taken at its word:
        the command line's address and model then no longer hold."""
        profile = self.profiles.find(name)
        chain = self.profiles.chain(profile.name)
        settings = self.settings.with_profile(profile.name, chain)
        if any("base_url" in layer.values for layer in chain):
            line = settings.layer(COMMAND_LINE)
            kept = {
                key: value for key, value in line.items() if key not in ("base_url", "model", "api_key_env")
            }
            settings = settings.with_layer(COMMAND_LINE, "command line", kept)
        self.settings = self._with_stand_in(settings)

    def _with_stand_in(self, settings: Settings) -> Settings:
        """With the model that was picked here in place of one the endpoint does not have."""
        settings = settings.with_layer(REMEMBERED, "", {})
        with contextlib.suppress(TemperaError):
            endpoint = resolve(settings, self.environ)
            model = settings.get("model")
            stand_in = self.endpoints.stand_in(endpoint, model) if model else None
            if stand_in and stand_in != model:
                return settings.with_layer(
                    REMEMBERED, f"picked here in place of {model}", {"model": stand_in}
                )
        return settings

    def unlisted(self) -> bool:
        """Whether the endpoint has listed its models, and not the one that is set, and nobody
        has said yet that this is meant."""
        try:
            endpoint = self.endpoint
        except TemperaError:
            return False
        entries = self.listed.get(endpoint.base_url)
        if not entries or endpoint.is_openai or endpoint.is_embedded or not self.model:
            return False
        known = {entry["id"] for entry in entries}
        known.update(str(alias) for entry in entries for alias in entry.get("aliases") or ())
        return self.model not in known and self.endpoints.stand_in(endpoint, self.model) != self.model

    def use_instead(self, model: str) -> str | None:
        """Another model in place of the one that is set. Where a profile named that, the pick is
        remembered for the endpoint, and the profile's model returned. Raises BadFile."""
        below = self.settings.with_layer(REMEMBERED, "", {})
        origin = below.origin("model")
        wanted = str(below.get("model") or "")
        if origin is None or origin.kind != PROFILE:
            self.settings = self.settings.set("model", model)
            return None
        self.endpoints.remember_model(self.endpoint, wanted, model)
        self.settings = self._with_stand_in(self.settings)
        return wanted

    def use(self, values: Mapping[str, Any]) -> None:
        """Settings for the whole run, whatever profile is loaded: the command line's layer."""
        line = {**self.settings.layer(COMMAND_LINE), **values}
        self.settings = self._with_stand_in(self.settings.with_layer(COMMAND_LINE, "command line", line))

    def memory_complaints(self) -> list[TemperaError]:
        """What is wrong with the files the shell keeps for itself."""
        files = (self.endpoints.file, self.preferences.file)
        return [file.complaint for file in files if file.complaint]

    def reload_profiles(self) -> None:
        """Read the files again, after one of them was written."""
        self.profiles = profile_files.load(self.profiles.shipped, self.profiles.own)

    @property
    def model(self) -> str:
        return str(self.settings.get("model") or "")

    # ---- the endpoint

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint as it is set: `embedded` stays `embedded`. Raises BadEndpoint."""
        return resolve(self.settings, self.environ, self.typed_key)

    def embedded(self, base_url: str) -> Embedded:
        """The embedded model of that address, which may not run yet."""
        with self._lock:
            return self._embedded.setdefault(base_url, Embedded(base_url))

    def client(self) -> Client:
        """The client of the endpoint in force; waits for an embedded model to load."""
        endpoint = self.endpoint
        if endpoint.is_embedded:
            endpoint = replace(self.embedded(endpoint.base_url).endpoint(), timeout=endpoint.timeout)
        with self._lock:
            return self._clients.setdefault(endpoint, Client(endpoint))

    def models(self) -> list[dict[str, Any]]:
        """The endpoint's own list, asked anew. Raises RequestFailed."""
        endpoint = self.endpoint
        found = self.client().models()
        self.listed[endpoint.base_url] = found
        return found

    def tells_settings(self) -> bool:
        """Whether the endpoint is llama.cpp's server, which says what settings were in effect."""
        endpoint = self.endpoint
        return endpoint.is_embedded or any(
            entry.get("owned_by") == "llamacpp" for entry in self.listed.get(endpoint.base_url, ())
        )

    def vocabulary(self) -> int | None:
        """How many tokens the model in force knows, or None where nothing says."""
        if self.tokenizers.exact(self.model):
            return self.tokenizers.vocabulary(self.model)
        entries = self.listed.get(self.endpoint.base_url, [])
        meta = entries[0].get("meta") if len(entries) == 1 else None
        size = meta.get("n_vocab") if isinstance(meta, dict) else None
        return size if isinstance(size, int) else None

    def defaults(self) -> Mapping[str, Any] | None:
        """What llama.cpp's server takes for what is not sent; None for other servers. Asked once
        for each address. Raises RequestFailed."""
        where = self.endpoint.base_url
        if where not in self._defaults and self.tells_settings():
            self._defaults[where] = self.client().defaults()
        return self._defaults.get(where)

    def known_models(self) -> list[str]:
        """What the endpoint listed when it was last asked; nothing is asked now."""
        with contextlib.suppress(TemperaError):
            return [model["id"] for model in self.listed.get(self.endpoint.base_url, [])]
        return []

    def window(self) -> int | None:
        """The model's context window in tokens as far as it is known by now; `warm` finds out."""
        return self._windows.get((self.model, self.settings.get("base_url")))

    def _find_window(self) -> int | None:
        """The server's own word, else what is published."""
        endpoint = self.endpoint
        entries = self.listed.get(endpoint.base_url, [])
        entry = next((e for e in entries if e["id"] == self.model), entries[0] if len(entries) == 1 else {})
        for facts in (entry, entry.get("meta")):
            for key in _WINDOW_KEYS:
                if isinstance(facts, dict) and isinstance(facts.get(key), int):
                    return int(facts[key])
        return usage.window(self.model, endpoint)

    def warm(self) -> None:
        """What takes long, before it is needed: for a thread of its own."""
        with contextlib.suppress(Exception):
            if self.endpoint.is_embedded:
                self.embedded(self.endpoint.base_url).begin()
        with contextlib.suppress(Exception):
            self.tokenizers.vocabulary(self.model)
        with contextlib.suppress(Exception):
            self.client().warm()
        with contextlib.suppress(Exception):
            if not self.endpoint.is_openai:
                self.models()
        with contextlib.suppress(Exception):
            self._windows[(self.model, self.settings.get("base_url"))] = self._find_window()

    def secrets(self) -> list[str]:
        """What must never be written: for the log's filter."""
        kept = [value.strip() for name, value in self.environ.items() if "KEY" in name or "TOKEN" in name]
        return [*kept, self.typed_key]

    def close(self) -> None:
        for embedded in self._embedded.values():
            embedded.stop()
        for client in self._clients.values():
            client.close()

    # ---- a turn

    def body(self, conversation: Conversation) -> request.Body:
        """The body of a request for this conversation. Raises TemperaError."""
        for parameter, value in self.settings:
            if isinstance(parameter.kind, Json):
                shapes.check(parameter.name, value)
        bias = self.settings.get("bias")
        ids: dict[str, int] = {}
        if bias:
            ids = self.words.resolve(bias, self.model, self.endpoint.base_url, self.client())
        takes_usage = self.endpoints.takes_usage(self.endpoint)
        return request.build(
            conversation, self.settings, ids, usage=takes_usage, verbose=self.tells_settings()
        )

    def asked(self, text: str) -> Conversation:
        """The conversation with this message. The same text again after an answer that was cut
        off asks again in its place."""
        base = self.conversation
        if self._answering and self._answering[0] == text:
            base = self._answering[1]
        return base.add("user", text)

    def send(self, conversation: Conversation, *consumers: Consumer) -> Turn:
        """Send the conversation and record the turn. Raises TemperaError before anything is sent."""
        with allowed(self.interrupts):  # it may ask the server, or wait for a model to load
            body = self.body(conversation)
            client = self.client()
        endpoint = self.endpoint

        def refused(error: ParameterRefused) -> None:
            with contextlib.suppress(BadFile):  # a file that can't be written costs a retry
                if error.param == "stream_options":
                    self.endpoints.remember_no_usage(endpoint)
                elif "between" not in error.message:  # a limit of `n` is no refusal of it
                    verdict = Verdict(REJECTED, error.message)
                    self.endpoints.remember_verdict(endpoint, self.model, "n", verdict)

        known = self.endpoints.verdict(endpoint, self.model, "n")
        split = body.get("n", 1) > 1 and known is not None and known.verdict in (REJECTED, IGNORED)
        events: Iterator[Event] = attempts(client, body, refused, split=split)
        turn = pump(body, events, *consumers, interrupts=self.interrupts)
        estimate = self._estimate(conversation)  # now, when nobody waits for the first token
        turn = replace(turn, estimate=estimate)
        if endpoint.is_embedded and turn.error and self.embedded(endpoint.base_url).ended:
            gone = RequestFailed("the embedded model's process has ended", "send again to start it anew")
            turn = replace(turn, error=gone)
        if turn.answered:
            completion = sum(self._count(choice.text + choice.reasoning) for choice in turn.choices)
            turn = estimated(turn, estimate or 0, completion)
            if self.tells_settings() and not body["stream"] and len(turn.choices) > 1 and turn.usage:
                # llama.cpp reports the tokens of one choice for a whole answer of several
                counted = max(completion, turn.usage.completion)
                turn = replace(turn, usage=replace(turn.usage, completion=counted, estimated=True))
        if turn.usage:
            turn = replace(turn, cost=usage.cost(turn.usage, self._priced(turn), endpoint, turn.service_tier))
        self._learn(turn, endpoint)
        return self._record(turn, conversation)

    def _learn(self, turn: Turn, endpoint: Endpoint) -> None:
        """Remember a parameter that was refused; forget a refusal that no longer holds."""
        with contextlib.suppress(BadFile):  # a file that can't be written costs the knowledge
            if isinstance(turn.error, ParameterRefused) and turn.error.param in BY_NAME:
                verdict = Verdict(REJECTED, turn.error.message)
                self.endpoints.remember_verdict(endpoint, self.model, turn.error.param, verdict)
            elif turn.ended == COMPLETE:
                known = self.endpoints.verdicts(endpoint, self.model)
                refused = [name for name, each in known.items() if each.verdict == REJECTED]
                taken = [name for name in refused if name in turn.body]
                self.endpoints.forget_verdicts(endpoint, self.model, taken)
                if turn.body.get("n", 1) > 1 and len(turn.choices) == 1:
                    seen = f"{turn.body['n']} choices were asked for, 1 came"
                    self.endpoints.remember_verdict(endpoint, self.model, "n", Verdict(IGNORED, seen))

    def _priced(self, turn: Turn) -> str:
        """The model whose price holds: the one that was asked for, unless the server is more
        exact (gpt-4o answers as gpt-4o-2024-08-06)."""
        return turn.model if turn.model.startswith(self.model) else self.model

    def _record(self, turn: Turn, conversation: Conversation) -> Turn:
        # a body has all messages so far: kept for each turn, they would grow with the square
        body = {name: value for name, value in turn.body.items() if name != "messages"}
        turn = replace(turn, body=body, asked=conversation)
        self.turns.append(turn)
        if turn.usage:
            self.cost = None if self.cost is None or turn.cost is None else self.cost + turn.cost
        self._answering = None
        if turn.answered:
            if turn.ended == FAILED and conversation.last and conversation.before:
                self._answering = (conversation.last.content, conversation.before)
            self.conversation = self._answered(turn, conversation)
        return turn

    def _answered(self, turn: Turn, conversation: Conversation) -> Conversation:
        mark = {FAILED: "cut off", INTERRUPTED: "interrupted"}.get(turn.ended, "")
        choice = turn.choice
        return conversation.add("assistant", choice.text or choice.refusal, mark)

    def pick(self, number: int) -> Turn:
        """Go on with choice `number` of the last turn (counted from 1). Raises TemperaError."""
        last = next((turn for turn in reversed(self.turns) if turn.answered), None)
        if last is None or len(last.choices) < 2 or self.conversation.before is None:
            raise TemperaError(
                "there is nothing to pick from", "/n 2 asks for two choices, then send a message"
            )
        if not any(choice.index == number - 1 for choice in last.choices):
            raise TemperaError(f"the last turn has choices 1 to {len(last.choices)}")
        turn = replace(last, picked=number - 1)
        self.turns[self.turns.index(last)] = turn
        self.conversation = self._answered(turn, self.conversation.before)
        return turn

    def take_back(self) -> str:
        """The last message, taken out of the conversation with its answer, to be sent again."""
        before = self.conversation.before
        if before is None or before.last is None or before.before is None:
            raise TemperaError("there is no message to send again")
        self.conversation = before.before
        return before.last.content

    def clear(self) -> None:
        """A new conversation; what is set stays."""
        self.conversation = Conversation()
        self.turns = []
        self.cost = 0.0
        self._answering = None

    def _estimate(self, conversation: Conversation) -> int | None:
        with contextlib.suppress(Exception):
            return self.tokenizers.count_request(self.model, conversation, self.settings.get("system"))
        return None

    def _count(self, text: str) -> int:
        with contextlib.suppress(Exception):
            return self.tokenizers.count(self.model, text)
        return 0
