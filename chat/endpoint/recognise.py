"""Recognise the kind of a server, by its address or by its own word. Pure: nothing is asked.

The words are those that the servers' sources send: `owned_by` in the list of models, the header
`Server`, and `system_fingerprint` in an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..parameters.server_kinds import (
    AZURE,
    GROQ,
    LLAMA_CPP,
    LM_STUDIO,
    MISTRAL,
    OLLAMA,
    OPENAI,
    OPENROUTER,
    SGLANG,
    TGI,
    VLLM,
)

_HOSTS = {
    "api.openai.com": OPENAI,
    "openrouter.ai": OPENROUTER,
    "api.groq.com": GROQ,
    "api.mistral.ai": MISTRAL,
    "openai.azure.com": AZURE,
    "cognitiveservices.azure.com": AZURE,
    "services.ai.azure.com": AZURE,
    "ollama.com": OLLAMA,
}
_OWNERS = {
    "llamacpp": LLAMA_CPP,
    "vllm": VLLM,
    "sglang": SGLANG,
    "library": OLLAMA,
    "organization_owner": LM_STUDIO,
}
_FINGERPRINTS = (
    (re.compile(r"b\d+-(?:[0-9a-f]{6,40}|unknown)"), LLAMA_CPP),
    (re.compile(r"fp_ollama"), OLLAMA),
    (re.compile(r"vllm-.+"), VLLM),
)


def by_address(url: str) -> str:
    """Give the kind of a well-known host; "" for any other."""
    host = (urlsplit(url).hostname or "").lower()
    found = (kind for known, kind in _HOSTS.items() if host == known or host.endswith("." + known))
    return next(found, "")


def by_list(models: Iterable[Mapping[str, Any]], software: str = "") -> str:
    """Give the kind that a list of models, or the header `Server` that came with it, tells; "" for none."""
    if software.lower().startswith("llama.cpp"):
        return LLAMA_CPP
    for entry in models:
        owner = entry.get("owned_by")
        if isinstance(owner, str) and owner in _OWNERS:
            return _OWNERS[owner]
        if owner and owner == entry.get("id") and "/" in str(owner):  # TGI names the model itself
            return TGI
    return ""


def by_fingerprint(fingerprint: str) -> str:
    """Give the kind that the fingerprint of an answer tells; "" for none."""
    return next((kind for form, kind in _FINGERPRINTS if form.fullmatch(fingerprint)), "")
