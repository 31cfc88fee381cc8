"""Read the providers of promptfoo's files: profiles of the person's, and what speaks Chat Completions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadInput, BadValue
from ..parameters.table import BY_NAME
from ..prompts.foreign import parameters_of
from .evals_assertions import text as text_of
from .evals_files import SuiteFiles
from .evals_prompts import with_files

PROFILE = "profile:"
#: Where providers are that speak Chat Completions, by the addresses that promptfoo 0.118.17 has for them.
ADDRESSES = {
    "openai": "",
    "openrouter": "https://openrouter.ai/api/v1",
    "deepseek": "https://api.deepseek.com/v1",
    "xai": "https://api.x.ai/v1",
    "togetherai": "https://api.together.xyz/v1",
    "ollama": "http://localhost:11434/v1",
    "localai": "http://localhost:8080/v1",
}
_KEYS = ("id", "label", "config", "prompts", "transform", "delay", "env", "inputs")
#: Keys of `config` that say how it is sent, or what it costs: nothing of a request.
_QUIET = ("apiKeyRequired", "cost", "maxRetries", "timeout", "showThinking", "organization")
_ADDRESS = ("apiBaseUrl", "apiHost", "base_url", "baseUrl")
_SECRETS = ("apiKey", "apiKeyEnvar", "api_key")


@dataclass(frozen=True)
class ProviderEntry:
    """Who is asked, with what. `prompts` are the labels of those that are sent there, None for all."""

    label: str
    profile: str = ""
    base_url: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    prompts: tuple[str, ...] | None = None


def read(given: Any, beside: SuiteFiles, where: str = "providers") -> list[ProviderEntry]:
    """Read all providers; those that can't be asked are noted and left out. Raises BadInput, BadFile."""
    if given is None:
        return [ProviderEntry("")]
    found: list[ProviderEntry] = []
    for number, each in enumerate(given if isinstance(given, list) else [given]):
        found += _one(each, f"{where}[{number}]" if isinstance(given, list) else where, beside)
    return found


def _one(given: Any, place: str, beside: SuiteFiles, deep: bool = False) -> list[ProviderEntry]:
    if isinstance(given, str) and given.startswith("file://") and not deep:
        if beside.is_program(given, place):
            return []
        loaded = with_files(given, place, beside)
        loaded = loaded if isinstance(loaded, list) else [loaded]
        return [one for n, each in enumerate(loaded) for one in _one(each, f"{place}[{n}]", beside, True)]
    if isinstance(given, str):
        given = {"id": given}
    if not isinstance(given, Mapping) or not given:
        raise BadValue(f"{place}: a provider is a text or a mapping with an id")
    if "id" not in given:  # an old form: the id to its options
        name, options = next(iter(given.items()))
        given = {"id": name, **(options if isinstance(options, Mapping) else {})}
    name = text_of(given["id"], f"{place}.id")
    found = _who(name, place, beside)
    if found is None:
        return []
    for key in given:
        if key not in _KEYS:
            beside.note(f"{place}.{key}", f"a provider has no {key}: left out")
    if given.get("transform"):
        beside.note(f"{place}.transform", "what a provider does to its answers is not done")
    if given.get("env"):
        beside.note(f"{place}.env", "variables of the environment are not set by a file")
    profile, base_url, parameters = found
    own_url, more = _config(given.get("config"), f"{place}.config", beside)
    wanted = given.get("prompts")
    if wanted is not None and not isinstance(wanted, list | str):
        raise BadValue(f"{place}.prompts: is no list of labels")
    labels = [wanted] if isinstance(wanted, str) else wanted
    return [
        ProviderEntry(
            text_of(given.get("label"), f"{place}.label") or name,
            profile,
            own_url or base_url,
            {**parameters, **more},
            None if labels is None else tuple(map(str, labels)),
        )
    ]


def _who(name: str, place: str, beside: SuiteFiles) -> tuple[str, str, dict[str, Any]] | None:
    """Give (profile, address, parameters) of a provider's id. None is noted: it can't be asked."""
    if name.startswith(PROFILE):
        return name.removeprefix(PROFILE), "", {}
    vendor, _, model = name.partition(":")
    if vendor not in ADDRESSES:
        if not beside.is_program(name, place):
            why = (
                "it only gives back what it is sent"
                if name == "echo"
                else "it is not asked by Chat Completions"
            )
            beside.note(place, f"{name[:80]} can't be asked, its column is left out: {why}")
        return None
    kind, colon, rest = model.partition(":")
    if (
        colon and kind in ("chat", "completion", "responses", "embedding", "embeddings", "realtime", "image")
    ) or kind == "chat":
        model = rest
    else:
        kind = "chat"
    if kind == "responses":
        beside.note(place, f"{name[:80]} is asked by Chat Completions, not by Responses")
    elif kind != "chat":
        beside.note(place, f"{name[:80]} can't be asked, its column is left out: it is no chat")
        return None
    return "", ADDRESSES[vendor], {"model": model} if model else {}


def _config(given: Any, place: str, beside: SuiteFiles) -> tuple[str, dict[str, Any]]:
    """Give (the address, the parameters) of a provider's `config`. Keys are never kept."""
    if given is None:
        return "", {}
    given = with_files(given, place, beside)
    if not isinstance(given, Mapping):
        raise BadValue(f"{place}: is no mapping")
    base_url, sent = "", {}
    for key, value in given.items():
        if key in _SECRETS:
            beside.note(f"{place}.{key}", "keys are not kept: the profile names the variable that holds one")
        elif key in _ADDRESS:
            base_url = _address(key, text_of(value, f"{place}.{key}"), f"{place}.{key}", beside)
        elif key == "passthrough" and isinstance(value, Mapping):
            sent.update({name if name in BY_NAME else f"extra.{name}": each for name, each in value.items()})
        elif key == "reasoning" and isinstance(value, Mapping) and "effort" in value:
            sent["reasoning_effort"] = value["effort"]
        elif key == "headers":
            beside.note(f"{place}.headers", "a file does not say which headers are sent: a profile does")
        elif key not in _QUIET:
            sent[key] = value
    return base_url, parameters(sent, place, beside)


def _address(key: str, value: str, place: str, beside: SuiteFiles) -> str:
    if "{{" in value:
        beside.note(place, "variables of the environment are not filled in: the profile's address is asked")
        return ""
    return f"https://{value.rstrip('/')}/v1" if key == "apiHost" and value else value


def parameters(given: Mapping[str, Any], place: str, beside: SuiteFiles) -> dict[str, Any]:
    """Give settings by our names; what has no counterpart or no sound value is noted."""
    notes: list[str] = []
    extra = {key: value for key, value in given.items() if str(key).startswith("extra.")}
    found: dict[str, Any] = {}
    for key, value in given.items():
        if key in extra:
            continue
        if isinstance(value, str) and "{{" in value:
            beside.note(f"{place}.{key}", "it has a template, which is not filled here: left out")
            continue
        found.update(parameters_of({key: value}, notes))
    if extra:
        named = {key.removeprefix("extra."): value for key, value in extra.items()}
        try:
            from ..parameters.profile_entries import values_of

            found.update(values_of({"extra": named}))
        except BadInput as error:
            notes.append(f"{error.message}: left out")
    for note in notes:
        beside.note(place, note)
    return found


def chosen(wanted: Sequence[str] | None, label: str) -> bool:
    """Tell whether a provider's list of prompts has this one, by its label or the beginning of it."""
    return wanted is None or any(label == each or label.startswith(f"{each}:") for each in wanted)
