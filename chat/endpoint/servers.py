"""Know servers: what is found out once, and shared by every thread that asks.

A `Server` is one endpoint as requests reach it: its client, and what the server there has told of
itself. It knows no settings and no conversation. Start reading at `Servers.at`.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any
from urllib.parse import urlsplit

from ..base.dataclass import dataclass
from ..base.errors import EmbeddedFailed, RequestFailed, TemperaError, TimedOut
from ..conversation.body import Body
from ..parameters.server_kinds import LLAMA_CPP
from . import embedded_tools, prefills, recognise
from .address import EMBEDDED, Endpoint, display_url
from .client import Client
from .embedded import Embedded

#: What is published of a model's context window, for servers that do not say.
Published = Callable[[str, Endpoint], int | None]

#: What a server's list of models calls the context window: llama.cpp, vLLM, OpenRouter, others.
_WINDOW_KEYS = ("n_ctx", "max_model_len", "context_length", "context_window", "n_ctx_train")

_NO_SUCH_THING = (404, 405, 501)


@dataclass
class _Facts:
    """What an address has told, whichever key it was asked with. None: not asked yet."""

    listed: list[dict[str, Any]] | None = None
    defaults: Mapping[str, Any] | None = None
    senses: Mapping[str, Any] | None = None
    windows: dict[str, int | None] = field(default_factory=dict)
    no_counts: bool = False
    kind: str = ""


class Server:
    """One endpoint: its client, and what it has told of itself. Any thread may ask."""

    def __init__(
        self, endpoint: Endpoint, facts: _Facts, published: Published, embedded: Embedded | None = None
    ) -> None:
        self.endpoint = endpoint
        self._facts = facts
        self._published = published
        self._embedded = embedded
        self._clients: dict[Endpoint, Client] = {}
        self._lock = threading.Lock()

    def client(self) -> Client:
        """Give the client; wait for an embedded model to load. Raises EmbeddedFailed."""
        endpoint = self.endpoint
        if self._embedded:  # started again after its death, it has another address
            endpoint = replace(self._embedded.endpoint(), timeout=endpoint.timeout)
        with self._lock:
            return self._clients.setdefault(endpoint, Client(endpoint))

    @property
    def ended(self) -> bool:
        """Tell whether this was an embedded model whose process has ended."""
        return self._embedded is not None and self._embedded.ended

    @property
    def calls_begun(self) -> bool:
        """Tell whether this is the embedded model of the package, which makes a call that is required only
        where its answer is begun as one."""
        return self.endpoint.base_url == EMBEDDED

    def as_taken(self, body: Body) -> Body:
        """Give a body as this server is sent it."""
        return embedded_tools.begun(body) if self.calls_begun else body

    @property
    def begun(self) -> bool:
        """Tell whether it can be asked without starting anything first."""
        return self._embedded is None or self._embedded.running

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def listens(self) -> bool:
        """Tell whether anybody listens at an address of this machine; others are taken to."""
        if self._embedded or not self.endpoint.is_loopback:
            return True
        parts = urlsplit(self.endpoint.base_url)
        try:
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
            with socket.create_connection((parts.hostname or "", port), timeout=0.5):
                return True
        except TimeoutError:
            return True  # somebody, and busy
        except OSError:
            return False

    # ---- what it lists

    def models(self) -> list[dict[str, Any]]:
        """Ask for the list of models. Raises RequestFailed."""
        client = self.client()
        self._facts.listed = found = client.models()
        self._facts.kind = recognise.by_list(found, client.software) or self._facts.kind
        return found

    @property
    def kind(self) -> str:
        """Return the kind of server that this is, by its address or by what it has told so far; "" where
        nothing tells. Nothing is asked now."""
        if self.endpoint.is_embedded:
            return LLAMA_CPP
        return recognise.by_address(self.endpoint.base_url) or self._facts.kind

    def heard(self, fingerprint: str) -> None:
        """Learn from the fingerprint of an answer what kind of server this is, if nothing else has told."""
        self._facts.kind = self._facts.kind or recognise.by_fingerprint(fingerprint)

    @property
    def listed(self) -> list[dict[str, Any]]:
        """Return the models that it listed when it was last asked. Nothing is asked now."""
        return self._facts.listed or []

    @property
    def owners(self) -> set[str]:
        """Return the owners that its list names, which tell the kind of server: `llamacpp`, `vllm` …"""
        return {str(entry.get("owned_by")) for entry in self.listed}

    def lacks(self, model: str) -> bool:
        """Tell whether it has listed its models, and not this one. The lists of OpenAI and of the embedded
        model leave out other names that they take."""
        if not self.listed or not model or self.endpoint.is_openai or self.endpoint.is_embedded:
            return False
        known = {entry["id"] for entry in self.listed}
        names = (entry.get("aliases") for entry in self.listed)
        known.update(str(alias) for each in names if isinstance(each, list) for alias in each)
        return model not in known

    def named_like(self, name: str) -> list[str]:
        """List its models whose names hold this, those that begin with it first. Return none if it lists
        that very name, or if its list says nothing. May ask for its list."""
        if self.endpoint.is_embedded:
            return []
        self._ask_once()
        known = [str(entry["id"]) for entry in self.listed]
        wanted = name.lower()
        if (not self.endpoint.is_openai and not self.lacks(name)) or name in known:
            return []
        begun = [each for each in known if each.lower().startswith(wanted)]
        return begun + [each for each in known if wanted in each.lower() and each not in begun]

    @property
    def vocabulary(self) -> int | None:
        """Return how many tokens the only model that it lists knows, or None if nothing says."""
        meta = self.listed[0].get("meta") if len(self.listed) == 1 else None
        size = meta.get("n_vocab") if isinstance(meta, dict) else None
        return size if isinstance(size, int) else None

    @property
    def tells_settings(self) -> bool:
        """Tell whether it is llama.cpp's server, which reports the settings that were in effect."""
        return self.endpoint.is_embedded or "llamacpp" in self.owners

    def defaults(self) -> Mapping[str, Any] | None:
        """Return llama.cpp's defaults for what is not sent, or None for other servers. Asks once. Raises
        RequestFailed."""
        if self._facts.defaults is None and self.tells_settings:
            self._facts.defaults = self.client().defaults()
        return self._facts.defaults

    def lacks_sense(self, kind: str) -> bool:
        """Tell whether llama.cpp's server says that its model takes no `image`, no `audio` or no `tools`;
        False where nothing says so. Asked once, and what fails is asked again."""
        if self._facts.senses is None and self.tells_settings:
            with contextlib.suppress(TemperaError):
                self._facts.senses = self.client().senses()
        known = self._facts.senses or {}
        return known.get({"image": "vision"}.get(kind, kind)) is False

    @property
    def counts(self) -> bool:
        """Tell whether it is known to count a request's tokens by its own template and tokeniser."""
        return not self._facts.no_counts and (self.tells_settings or "vllm" in self.owners)

    def count(self, body: Body) -> int | None:
        """Ask how many tokens a body takes. Return None if the server does not say. A server that can't
        count, or is too slow, is not asked again."""
        if not self.counts:
            return None
        try:
            client = self.client()
            return client.count(body) if self.tells_settings else client.count_by_vllm(body)
        except RequestFailed as error:  # it may be this body alone that it can't count
            self._facts.no_counts = isinstance(error, TimedOut) or error.status in _NO_SUCH_THING
        except EmbeddedFailed:
            pass
        return None

    def count_text(self, text: str) -> int | None:
        """Ask llama.cpp's server how many tokens a text is; None where it does not say."""
        if not (self.counts and self.tells_settings):
            return None
        with contextlib.suppress(RequestFailed, EmbeddedFailed):
            return self.client().count_text(text)
        return None

    def lacks_prefill(self) -> str:
        """Tell why it is not given the beginning of an answer; "" where it takes it. May ask for its
        list."""
        if self.endpoint.is_openai:
            return "OpenAI's models begin every answer themselves"
        self._ask_once()
        if self.endpoint.is_embedded or prefills.takes(self.owners):
            return ""
        return f"{display_url(self.endpoint.base_url)} is not known to take the beginning of an answer"

    def _ask_once(self) -> None:
        """Ask for the list, unless it is known or says nothing."""
        if self._facts.listed is None and not self.endpoint.is_openai and not self.endpoint.is_embedded:
            with contextlib.suppress(TemperaError):
                self.models()

    # ---- context windows

    def window(self, model: str) -> int | None:
        """Return the model's context window in tokens, as far as it is known by now."""
        return self._facts.windows.get(model)

    def find_window(self, model: str) -> int | None:
        """Give the same, found out where it is not known yet, for which the server may be asked."""
        if model not in self._facts.windows:
            if self._facts.listed is None and not self.endpoint.is_openai:
                with contextlib.suppress(TemperaError):
                    self.models()
            self._facts.windows[model] = self._window_of(model)
        return self._facts.windows[model]

    def _window_of(self, model: str) -> int | None:
        """Return the server's own word, else the published number."""
        only = self.listed[0] if len(self.listed) == 1 else {}
        entry = next((entry for entry in self.listed if entry["id"] == model), only)
        for facts in (entry, entry.get("meta")):
            for key in _WINDOW_KEYS:
                if isinstance(facts, dict) and isinstance(facts.get(key), int):
                    return int(facts[key])
        return self._published(model, self.endpoint)

    # ---- before it is needed

    def begin(self) -> None:
        """Start an embedded model; it loads while others work."""
        if self._embedded:
            self._embedded.begin()

    def prepare(self) -> None:
        """Load what a request can't be sent without. Fails silently."""
        with contextlib.suppress(Exception):
            self.begin()
        with contextlib.suppress(Exception):
            self.client().warm()

    def warm(self, model: str) -> None:
        """Find out what is worth knowing of this model before a request. Fails silently."""
        with contextlib.suppress(Exception):
            if not self.endpoint.is_openai:
                self.models()
        with contextlib.suppress(Exception):
            self._facts.windows[model] = self._window_of(model)


class Servers:
    """Every server that this run has talked to, or may."""

    def __init__(self, published: Published = lambda model, endpoint: None) -> None:
        self._published = published
        self._servers: dict[Endpoint, Server] = {}
        self._facts: dict[str, _Facts] = {}
        self._embedded: dict[str, Embedded] = {}
        self._lock = threading.Lock()

    def at(self, endpoint: Endpoint) -> Server:
        """Return the server of an endpoint, with what is known of its address. Nothing is asked."""
        with self._lock:
            if endpoint not in self._servers:
                url = endpoint.base_url
                facts = self._facts.setdefault(url, _Facts())
                embedded = self._embedded.setdefault(url, Embedded(url)) if endpoint.is_embedded else None
                self._servers[endpoint] = Server(endpoint, facts, self._published, embedded)
            return self._servers[endpoint]

    def close(self) -> None:
        """End the embedded models and close every connection."""
        for embedded in self._embedded.values():
            embedded.stop()
        for server in self._servers.values():
            server.close()
