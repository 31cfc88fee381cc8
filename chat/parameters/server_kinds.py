"""The kinds of servers whose own parameters are known here (`dialects`), and where that is written.

A kind is a word that `/set server` takes. How a server is recognised as one stands in
`chat.endpoint.recognise`.
"""

from __future__ import annotations

from ..base.dataclass import dataclass


@dataclass(frozen=True)
class ServerKind:
    """One kind of server. `source` is what its parameters were read from, on the day `on`; `first_hand`
    says that this was its own source, or the server itself."""

    title: str
    source: str
    on: str
    first_hand: bool = True
    note: str = ""


OPENAI, LLAMA_CPP, VLLM, OLLAMA = "openai", "llama.cpp", "vllm", "ollama"
LM_STUDIO, OPENROUTER, TGI, SGLANG = "lmstudio", "openrouter", "tgi", "sglang"
AZURE, GROQ, MISTRAL = "azure", "groq", "mistral"
#: What a person says of a server that is none of these.
OTHER = "other"

SERVERS: dict[str, ServerKind] = {
    LLAMA_CPP: ServerKind(
        "llama.cpp", "its server (xllamacpp 2026.10.11549), and tools/server/server-schema.cpp", "2026-11-26"
    ),
    VLLM: ServerKind("vLLM", "vllm 0.33.0, entrypoints/openai/chat_completion/protocol.py", "2026-11-26"),
    OLLAMA: ServerKind(
        "Ollama",
        "docs.ollama.com/api/openai-compatibility and docs/modelfile.mdx",
        "2026-11-26",
        False,
        "its OpenAI endpoint takes none of the samplers beyond OpenAI's; a Modelfile holds some:"
        " /export modelfile",
    ),
    LM_STUDIO: ServerKind(
        "LM Studio", "lmstudio.ai/docs/developer/openai-compat/chat-completions", "2026-04-30", False
    ),
    OPENROUTER: ServerKind("OpenRouter", "openrouter.ai/docs/parameters", "2026-11-26", False),
    TGI: ServerKind("TGI", "text-generation 0.7.0, types.py (its client)", "2026-11-26", False),
    SGLANG: ServerKind("SGLang", "sglang 0.5.23, srt/entrypoints/openai/protocol.py", "2026-11-26"),
    AZURE: ServerKind(
        "Azure OpenAI", "second-hand: OpenAI's parameters, and data_sources", "2026-11-26", False
    ),
    GROQ: ServerKind("Groq", "groq 1.7.0, types/chat/completion_create_params.py", "2026-11-26"),
    MISTRAL: ServerKind("Mistral", "mistralai 3.7.0, models/chatcompletionrequest.py", "2026-11-26"),
    OPENAI: ServerKind("OpenAI", "the SDK's own types", "2026-11-26"),
    OTHER: ServerKind("another server", "", ""),
}


def title(kind: str) -> str:
    """Give the name that people know it by; "" where nothing is known."""
    found = SERVERS.get(kind)
    return found.title if found else ""
