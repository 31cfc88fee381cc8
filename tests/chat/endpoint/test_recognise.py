"""What kind of server it is, by its address and its own word."""

from __future__ import annotations

from typing import Any

import pytest

from chat.endpoint import recognise


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://openrouter.ai/api/v1", "openrouter"),
        ("https://api.groq.com/openai/v1", "groq"),
        ("https://api.mistral.ai/v1", "mistral"),
        ("https://me.openai.azure.com/openai/v1", "azure"),
        ("https://API.GROQ.COM/openai/v1", "groq"),
        ("https://notopenrouter.ai/v1", ""),
        ("https://openrouter.ai.example.com/v1", ""),
        ("http://127.0.0.1:8080/v1", ""),
        ("embedded", ""),
    ],
)
def test_known_hosts(url: str, kind: str) -> None:
    """A well-known host, or one below it, and no name that only looks so."""
    assert recognise.by_address(url) == kind


@pytest.mark.parametrize(
    ("entry", "software", "kind"),
    [
        ({"id": "a", "owned_by": "llamacpp"}, "", "llama.cpp"),
        ({"id": "a", "owned_by": "vllm"}, "uvicorn", "vllm"),
        ({"id": "a", "owned_by": "sglang"}, "", "sglang"),
        ({"id": "llama3.2:latest", "owned_by": "library"}, "", "ollama"),
        ({"id": "a", "owned_by": "organization_owner"}, "", "lmstudio"),
        ({"id": "org/model", "owned_by": "org/model"}, "", "tgi"),
        ({"id": "a"}, "llama.cpp", "llama.cpp"),
        ({"id": "a", "owned_by": "openai"}, "nginx", ""),
        ({"id": "a", "owned_by": ["vllm"]}, "", ""),
        ({"id": "a", "owned_by": 3}, "", ""),
    ],
)
def test_lists_of_models(entry: dict[str, Any], software: str, kind: str) -> None:
    """The owner of a model tells, or the header Server; anything else is no word."""
    assert recognise.by_list([{"id": "x"}, entry], software) == kind


@pytest.mark.parametrize(
    ("fingerprint", "kind"),
    [
        ("b0-unknown", "llama.cpp"),
        ("b6000-1a2b3c4d", "llama.cpp"),
        ("fp_ollama", "ollama"),
        ("fp_44709d", ""),
    ],
)
def test_fingerprints(fingerprint: str, kind: str) -> None:
    """What llama.cpp and Ollama put into their answers; OpenAI's are another's."""
    assert recognise.by_fingerprint(fingerprint) == kind
