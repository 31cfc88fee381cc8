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

from . import prefills, request, shapes, usage
from . import profiles as profile_files
from .bias import Words
from .branch import Branch
from .client import Client
from .conversation import Conversation
from .embedded import Embedded
from .endpoint import Endpoint, display_url, resolve
from .errors import TemperaError
from .interrupts import Interrupts, Unguarded
from .memory import Endpoints, File, Preferences
from .places import Places
from .profiles import Profiles
from .redact import secrets_in
from .request import Carried
from .settings import COMMAND_LINE, PROFILE, REMEMBERED, Settings
from .store import Store
from .structured import Json
from .tokens import Tokenizers
from .turn import FAILED, Turn

#: What a server's list of models calls the context window: llama.cpp, vLLM, OpenRouter, others.
_WINDOW_KEYS = ("n_ctx", "max_model_len", "context_length", "context_window", "n_ctx_train")


@dataclass
class Session:
    """Everything one run of the shell knows. `ephemeral`: what is learnt of endpoints is not kept."""

    places: Places
    profiles: Profiles
    settings: Settings = field(default_factory=Settings)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    store: Store = field(default_factory=lambda: Store(None), repr=False)
    conversation: Conversation = field(default_factory=Conversation, repr=False)
    typed_key: str = field(default="", repr=False)
    prefill: str = ""  # how the next answer is to begin
    ephemeral: bool = False
    interrupts: Interrupts = field(default_factory=Unguarded, repr=False)

    def __post_init__(self) -> None:
        self.tokenizers = Tokenizers(self.places.cache / "tiktoken")
        self.words = Words(self.tokenizers)
        self.endpoints = Endpoints(File(self.places.endpoints, keep=not self.ephemeral))
        self.preferences = Preferences(File(self.places.preferences))
        self.listed: dict[str, list[dict[str, Any]]] = {}
        self._clients: dict[Endpoint, Client] = {}
        self._embedded: dict[str, Embedded] = {}
        self._defaults: dict[str, Mapping[str, Any]] = {}
        self._windows: dict[tuple[str, Any], int | None] = {}
        self._lock = threading.Lock()
        self._answering: tuple[str, Branch] | None = None
        self._unanswered: Branch | None = None

    # ---- settings

    @contextlib.contextmanager
    def under(self, settings: Settings) -> Iterator[None]:
        """Other settings in force while this lasts."""
        before, self.settings = self.settings, settings
        try:
            yield
        finally:
            self.settings = before

    def load_profile(self, name: str) -> None:
        """Take a profile's settings."""
        self.settings = self.profile_settings(name)

    def profile_settings(self, name: str) -> Settings:
        """What would be in force with a profile. One that names its own endpoint is taken at its
        word: the command line's address and model then no longer hold. Raises BadInput."""
        profile = self.profiles.find(name)
        chain = self.profiles.chain(profile.name)
        settings = self.settings.with_profile(profile.name, chain)
        if any("base_url" in layer.values for layer in chain):
            line = settings.layer(COMMAND_LINE)
            kept = {
                key: value for key, value in line.items() if key not in ("base_url", "model", "api_key_env")
            }
            settings = settings.with_layer(COMMAND_LINE, "command line", kept)
        return self._with_stand_in(settings)

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
        return self.endpoint.is_embedded or "llamacpp" in self._owners()

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
        return self.window_of(self.model, self.settings.get("base_url"))

    def window_of(self, model: str, base_url: object) -> int | None:
        """The same of any model at any address."""
        return self._windows.get((model, base_url))

    def find_window(self) -> int | None:
        """The same, found out where it is not known yet, for which the server may be asked."""
        key = (self.model, self.settings.get("base_url"))
        if key not in self._windows:
            with contextlib.suppress(TemperaError):
                if not self.endpoint.is_openai and self.endpoint.base_url not in self.listed:
                    self.models()
            self._windows[key] = self._find_window()
        return self._windows[key]

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
        """What must never be written, whoever writes."""
        return [*secrets_in(self.environ), self.typed_key]

    def close(self) -> None:
        self.store.close()
        for embedded in self._embedded.values():
            embedded.stop()
        for client in self._clients.values():
            client.close()

    # ---- a turn

    def carried(self, branch: Branch, prefill: str = "") -> Carried:
        """What a request for this branch carries beside its messages."""
        left_out = self.conversation.after
        system = request.system_of(self.settings)
        if not left_out.length or not branch.goes_through(left_out):
            return Carried(system, prefill=prefill)
        return Carried(system, left_out, self.conversation.summary, prefill)

    def body(self, branch: Branch, carried: Carried | None = None) -> request.Body:
        """The body of a request for this branch. Raises TemperaError."""
        for parameter, value in self.settings:
            if isinstance(parameter.kind, Json):
                shapes.check(parameter.name, value)
        bias = self.settings.get("bias")
        ids: dict[str, int] = {}
        if bias:
            ids = self.words.resolve(bias, self.model, self.endpoint.base_url, self.client())
        carried = carried or self.carried(branch)
        usage, verbose = self.endpoints.takes_usage(self.endpoint), self.tells_settings()
        body = request.build(branch, self.settings, ids, carried=carried, usage=usage, verbose=verbose)
        return {**body, **prefills.VLLM} if carried.prefill and "vllm" in self._owners() else body

    def lacks_prefill(self) -> str:
        """Why the endpoint is not given the beginning of an answer; "" where it takes it. May ask
        the server. Raises BadEndpoint."""
        endpoint = self.endpoint
        if endpoint.is_openai:
            return "OpenAI's models begin every answer themselves"
        with contextlib.suppress(TemperaError):
            if not endpoint.is_embedded and endpoint.base_url not in self.listed:
                self.models()
        if endpoint.is_embedded or prefills.takes(self._owners()):
            return ""
        return f"{display_url(endpoint.base_url)} is not known to take the beginning of an answer"

    def _owners(self) -> set[str]:
        """What the endpoint's list of models says of the server."""
        return {str(entry.get("owned_by")) for entry in self.listed.get(self.endpoint.base_url, ())}

    def asked(self, text: str) -> Branch:
        """The branch with this message. The same text again after an answer that was cut off
        asks again in its place."""
        if self._answering and self._answering[0] == text:
            return self._answering[1]
        return self.branch.add("user", text)

    def last_asked(self) -> Branch:
        """The message that was sent last from here, be it in vain. Raises TemperaError."""
        if self._unanswered and self._unanswered.before == self.branch:
            return self._unanswered
        return self.conversation.last_asked()

    def take(self, turn: Turn, move: bool = True) -> Turn:
        """A turn that is over: into the conversation, which goes on with it if `move`, and into
        the store."""
        turn = self.conversation.add(turn, move)
        self.store.save(self.conversation)
        cut_off = turn.ended == FAILED and turn.answered and turn.asked.last
        self._answering = (turn.asked.last.content, turn.asked) if cut_off and turn.asked.last else None
        self._unanswered = turn.asked if move and not turn.answers else None
        return turn

    # ---- conversations

    @property
    def branch(self) -> Branch:
        """Where the conversation goes on."""
        return self.conversation.head

    @property
    def turns(self) -> list[Turn]:
        return self.conversation.turns

    @property
    def cost(self) -> float | None:
        return self.conversation.cost

    def begin(self) -> None:
        """A new conversation; what is set stays."""
        self._answering = self._unanswered = None
        self.conversation = Conversation()

    def resume(self, conversation: Conversation, settings: bool = True) -> None:
        """Go on with a conversation as it was left, with the `settings` of then; the command line
        still holds. An endpoint that the settings name was this person's own: strangers' files
        are imported without."""
        self._answering = self._unanswered = None
        self.conversation = conversation
        answered = conversation.path()
        if settings and answered:
            turn = conversation.turns[answered[-1]]
            self.settings = self._with_stand_in(
                profile_files.restored(self.profiles, self.settings, turn.profile, turn.settings)
            )

    def kept(self) -> bool:
        """Store that the conversation was moved in, renamed or the like, if it is stored at all."""
        return not self.conversation.number or self.store.save(self.conversation)
