"""List what providers and engines document of their batches: limits, the form of a line, what differs.

Limits are those that stood there on the date given; a provider may change them. An address that is not listed
is taken to do as OpenAI does. Pure data.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ..base.dataclass import dataclass

MB = 10**6


@dataclass(frozen=True)
class Provider:
    """What one takes. `hosts` end the names of its servers. `requests` and `size` (bytes) are the most of a
    file, 0 for no limit. `url` stands in each line, "" for none; `method` tells whether the method does.
    `one_model`: a file holds requests to one model. `model`: the line's body names it. `api`: files and
    batches are OpenAI's API, so that they can be sent from here. `price` is its share of the usual price, 0
    where nobody charges. `differs` says the rest in a sentence."""

    name: str
    title: str
    hosts: tuple[str, ...] = ()
    requests: int = 50_000
    size: int = 200 * MB
    url: str = "/v1/chat/completions"
    method: bool = True
    one_model: bool = True
    model: bool = True
    api: bool = True
    price: float = 0.5
    differs: str = ""
    source: str = ""
    date: str = "2026-11-27"


OPENAI = Provider(
    "openai",
    "OpenAI",
    ("api.openai.com",),
    source="https://platform.openai.com/docs/guides/batch",
)

PROVIDERS = (
    OPENAI,
    Provider(
        "azure",
        "Azure OpenAI",
        (".openai.azure.com", ".services.ai.azure.com"),
        requests=100_000,
        url="/chat/completions",
        differs="the model is the name of a deployment of the type Global Batch; no batch expires, but may"
        " take longer than 24 hours",
        source="https://learn.microsoft.com/azure/ai-services/openai/how-to/batch",
    ),
    Provider(
        "groq",
        "Groq",
        ("api.groq.com",),
        size=100 * MB,
        one_model=False,
        differs="of the sizes that are told the smaller is kept to; a window of up to 7 days can be asked"
        " for, and 24 hours are",
        source="https://console.groq.com/docs/batch",
    ),
    Provider(
        "mistral",
        "Mistral",
        ("api.mistral.ai",),
        requests=100_000,
        size=512 * MB,
        url="",
        method=False,
        model=False,
        api=False,
        differs="lines have custom_id and body alone, and the job names the model; its jobs are an API of its"
        " own (/v1/batch/jobs), so the file is carried there by hand; results are there for 24 hours",
        source="https://docs.mistral.ai/resources/known-limitations",
    ),
    Provider(
        "gemini",
        "Gemini, OpenAI's form",
        ("generativelanguage.googleapis.com",),
        requests=0,
        size=2_000 * MB,
        api=False,
        differs="batches are made in OpenAI's form, but its files go up and come down by Google's own API, so"
        " the file is carried there by hand",
        source="https://ai.google.dev/gemini-api/docs/openai",
    ),
    Provider(
        "vllm",
        "vLLM",
        requests=0,
        size=0,
        api=False,
        price=0.0,
        differs="vllm run-batch reads a file whole and writes one when all is answered; refused requests"
        " stand among the others, but one whose fields it can't read ends the run before the first answer",
        source="https://docs.vllm.ai/en/stable/examples/offline_inference/openai_batch.html",
    ),
    Provider(
        "ray",
        "Ray Data LLM",
        requests=0,
        size=0,
        one_model=True,
        api=False,
        price=0.0,
        differs="a script reads the file, asks by as many engines as there are, and writes OpenAI's form",
        source="https://docs.ray.io/en/latest/data/working-with-llms.html",
    ),
)

NAMES = tuple(each.name for each in PROVIDERS)


def named(name: str) -> Provider:
    """Give a provider by its name. Raises KeyError."""
    return {each.name: each for each in PROVIDERS}[name]


def listed(base_url: str) -> Provider | None:
    """Give the provider at an address, None where it is not listed."""
    host = (urlsplit(base_url).hostname or "").lower()
    return next((each for each in PROVIDERS if any(host.endswith(end) for end in each.hosts)), None)


def at(base_url: str) -> Provider:
    """Give whose rules hold at an address: OpenAI's, where it is not listed."""
    return listed(base_url) or OPENAI
