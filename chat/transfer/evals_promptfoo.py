"""Read promptfoo's configuration: prompts × providers are columns, tests are cases.

What it means is what promptfoo 0.118.17 makes of it. What has no counterpart is noted by its place, an
unknown key at the top included, which promptfoo passes over in silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..base.errors import BadValue
from ..base.near import nearest
from ..evaluation.suite import Column, Suite
from . import evals_cases, evals_prompts, evals_providers
from .evals_assertions import number, text
from .evals_files import SuiteFiles
from .evals_prompts import PromptText
from .evals_providers import ProviderEntry, chosen
from .evals_refs import resolved

_READ = ("description", "prompts", "providers", "targets", "tests", "scenarios", "defaultTest")
#: Keys that change nothing of what is asked and judged, and those that would.
_QUIET = ("$schema", "assertTemplates", "tags", "sharing", "outputPath", "writeLatestResults", "metadata")
_UNDONE = {
    "env": "variables of the environment are not set by a file",
    "nunjucksFilters": "filters are programs, and never run: a template that uses one fails",
    "derivedMetrics": "metrics are not computed from each other",
    "extensions": "extensions are programs, and never run",
    "redteam": "nothing is attacked",
    "tracing": "nothing is traced",
}
#: Options of a run; only `repeat` says what is asked.
_OPTIONS = ("evaluateOptions", "commandLineOptions")
_MOST_COLUMNS = 1000
_MOST_REPEAT = 10_000


def looks_like(value: Any) -> bool:
    """Tell whether a mapping is such a configuration."""
    return isinstance(value, Mapping) and bool(
        {"prompts", "providers", "targets", "tests", "scenarios", "defaultTest"} & set(value)
    )


def read(given: Mapping[str, Any], beside: SuiteFiles) -> Suite:
    """Make a suite of a configuration. Raises BadInput, which begins with the place, and BadFile."""
    config = resolved(given)
    _name_keys(config, beside)
    if config.get("providers") is not None and config.get("targets") is not None:
        raise BadValue("targets: is another name of providers, and both are there")
    prompts = evals_prompts.read(config.get("prompts", []), beside)
    where = "providers" if config.get("providers") is not None else "targets"
    providers = evals_providers.read(config.get(where), beside, where)
    default = evals_cases.default_test(config.get("defaultTest"), beside)
    cases = evals_cases.read(config.get("tests"), default, config.get("scenarios"), beside)
    if any("_conversation" in str(each.messages) for each in prompts):
        beside.note("prompts", "_conversation, what was said in tests before, is not filled: it is empty")
    return Suite(
        name=text(config.get("description"), "description") or beside.path.stem,
        columns=_columns(prompts, providers, beside),
        cases=cases,
        repeat=_repeat(config),
        not_understood=tuple(beside.notes),
    )


def _name_keys(config: Mapping[str, Any], beside: SuiteFiles) -> None:
    known = (*_READ, *_QUIET, *_UNDONE, *_OPTIONS)
    for key in config:
        if key in _UNDONE and config[key]:
            beside.note(str(key), _UNDONE[key])
        elif key not in known:
            near = nearest(str(key), known)
            beside.note(str(key), "no such key is known" + (f"; is it {near}?" if near else ""))


def _repeat(config: Mapping[str, Any]) -> int:
    found = None
    for key in _OPTIONS[::-1]:
        options = config.get(key)
        if isinstance(options, Mapping) and options.get("repeat") is not None:
            found = number(options["repeat"], f"{key}.repeat")
    if found is None:
        return 1
    if found != int(found) or not 1 <= found <= _MOST_REPEAT:
        raise BadValue(f"evaluateOptions.repeat: is a number from 1 to {_MOST_REPEAT:,}")
    return int(found)


def _columns(
    prompts: Sequence[PromptText], providers: Sequence[ProviderEntry], beside: SuiteFiles
) -> tuple[Column, ...]:
    """Make a column of each prompt with each provider that it is sent to."""
    if len(prompts) * len(providers) > _MOST_COLUMNS:
        raise BadValue(f"prompts × providers: are more than {_MOST_COLUMNS:,} columns")
    found: list[Column] = []
    for number_, provider in enumerate(providers):
        wanted = [prompt for prompt in prompts if chosen(provider.prompts, prompt.label)]
        if not wanted and prompts:
            beside.note(f"providers[{number_}].prompts", "no prompt has such a label: nothing is asked there")
        for prompt in wanted:
            place = f"prompts: {prompt.label}: config"
            own = evals_providers.parameters(prompt.config, place, beside) if prompt.config else {}
            found.append(
                Column(
                    label=_label(prompt, provider, len(wanted), len(providers)),
                    messages=prompt.messages,
                    parameters={**provider.parameters, **own},
                    profile=provider.profile,
                    base_url=provider.base_url,
                    template=prompt.template,
                )
            )
    return tuple(found)


def _label(prompt: PromptText, provider: ProviderEntry, prompts: int, providers: int) -> str:
    """Name a column by what tells it from others."""
    if provider.label and prompts == 1:
        return provider.label
    if providers == 1 or not provider.label:
        return prompt.label
    return f"{provider.label} · {prompt.label}"
