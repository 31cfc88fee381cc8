"""Write a suite as promptfoo's configuration in YAML. What that can't say is named, and left out.

Each column becomes a provider that is sent its own prompt, so that columns need be no product of the two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from ..base import yamlfile
from ..base.dataclass import dataclass
from ..evaluation.suite import Assertion, Case, Column, NotUnderstood, Suite
from ..parameters.keeping import written as written_settings
from .evals_assertions import JUDGE_KEYS
from .evals_providers import PROFILE

SCHEMA = "# yaml-language-server: $schema=https://promptfoo.dev/config-schema.json\n"
_CHECKS = {"eq": "equals", "ne": "not-equals", "like": "contains", "ilike": "icontains"}
_SIMILAR = ("bleu", "gleu", "meteor")
#: The text of an answer, in OpenAI's templates.
_ANSWER = "{{sample.output_text}}"


@dataclass
class _Writer:
    notes: list[NotUnderstood] = field(default_factory=list)

    def note(self, place: str, why: str) -> None:
        if NotUnderstood(place, why) not in self.notes:
            self.notes.append(NotUnderstood(place, why))


def written(suite: Suite) -> tuple[str, tuple[NotUnderstood, ...]]:
    """Give (the text, what it does not say). What this reads back is the suite, but for that."""
    config, notes = configuration(suite)
    return SCHEMA + yamlfile.dump(config), notes


def configuration(suite: Suite) -> tuple[dict[str, Any], tuple[NotUnderstood, ...]]:
    """Give (the configuration as values, what it does not say)."""
    writer = _Writer()
    config: dict[str, Any] = {"description": suite.name}
    prompts: list[tuple[Any, str]] = []  # what is sent, and its label
    providers: list[dict[str, Any]] = []
    for number, column in enumerate(suite.columns):
        raw = _raw(column, f"columns[{number}]", writer)
        if raw is None:
            continue
        label = next((label for text, label in prompts if text == raw), "")
        if not label:
            label = f"prompt {len(prompts) + 1}"
            prompts.append((raw, label))
        providers.append(_provider(column, label))
    config["prompts"] = [{"label": label, "raw": raw} for raw, label in prompts]
    config["providers"] = providers
    if suite.repeat != 1:
        config["evaluateOptions"] = {"repeat": suite.repeat}
    config["tests"] = [_test(case, f"tests[{n}]", writer) for n, case in enumerate(suite.cases)]
    for each in suite.not_understood:
        writer.note(each.place, f"was not understood where it was read: {each.why}")
    if suite.extra:
        writer.note("data_source_config", "what OpenAI's eval says of its rows is left out")
    return config, tuple(writer.notes)


def test_case(case: Case) -> dict[str, Any]:
    """Give a case as a test of promptfoo's, without what that can't say."""
    return _test(case, "", _Writer())


def provider(column: Column) -> str:
    """Name who is asked, as promptfoo does."""
    if column.profile:
        return PROFILE + column.profile
    model = column.parameters.get("model", "")
    return f"openai:chat:{model}" if model else PROFILE


def _raw(column: Column, place: str, writer: _Writer) -> str | None:
    """Write messages as one text: that of the user alone where promptfoo takes it for no file, else JSON."""
    messages = list(column.messages)
    if any("item_reference" in each for each in messages):
        if len(messages) == 1:
            return "{{ " + str(messages[0]["item_reference"]) + " | dump }}"
        writer.note(place, "messages of the case among others can't be written: left out")
        return None
    if column.template == "chat":
        return str(messages[0].get("content", ""))
    if column.template in ("plain", "last") and any(mark in json.dumps(messages) for mark in ("{%", "{#")):
        writer.note(place, "its texts have marks that Nunjucks takes for its own: left out")
        return None
    text = messages[0].get("content") if len(messages) == 1 else None
    plain = (
        isinstance(text, str)
        and messages == [{"role": "user", "content": text}]
        and ("\n" in text or not set("/\\*.:") & set(text))
        and text.strip()
        and not text.lstrip().startswith(("[", "{", "- "))
    )
    return text if plain else json.dumps(messages, ensure_ascii=False, indent=2)


def _provider(column: Column, prompt: str) -> dict[str, Any]:
    parameters = dict(column.parameters)
    config: dict[str, Any] = {}
    if not column.profile:
        parameters.pop("model", "")
    if column.base_url:
        config["apiBaseUrl"] = column.base_url
    config.update(written_settings(parameters))
    extra = config.pop("extra", None)
    if extra:
        config["passthrough"] = extra
    made = {"id": provider(column), "label": column.label, "prompts": [prompt]}
    return {**made, "config": config} if config else made


def _test(case: Case, place: str, writer: _Writer) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if case.description:
        made["description"] = case.description
    made["vars"] = dict(case.variables)
    options = {key: getattr(case, key) for key in ("prefix", "suffix", "transform") if getattr(case, key)}
    for name, value in case.variables.items():
        if isinstance(value, str) and value.startswith("file://"):
            writer.note(f"{place}.vars.{name}", "promptfoo would read a file there")
        if isinstance(value, str) and value.endswith("\n"):
            writer.note(f"{place}.vars.{name}", "promptfoo takes the line break from its end")
        if isinstance(value, list) and value and isinstance(value[0], str):
            options["disableVarExpansion"] = True
    held = [_assertion(each, f"{place}.assert[{n}]", writer) for n, each in enumerate(case.assertions)]
    if wanted := [each for each in held if each is not None]:
        made["assert"] = wanted
    if case.threshold is not None:
        made["threshold"] = case.threshold
    metadata = {**case.metadata, **({"group": case.group} if case.group else {})}
    if metadata:
        made["metadata"] = metadata
    if options:
        made["options"] = options
    return made


def _assertion(given: Assertion, place: str, writer: _Writer) -> dict[str, Any] | None:
    if isinstance(given.value, Mapping) and given.value.get("type") == given.type:  # a grader of OpenAI's
        return _grader(given, given.place or place, writer)
    made: dict[str, Any] = {"type": given.name}
    if given.inner:
        inner = [_assertion(each, f"{place}.assert[{n}]", writer) for n, each in enumerate(given.inner)]
        made["assert"] = [each for each in inner if each is not None]
    if given.value is not None:
        made["value"] = given.value
    if given.threshold is not None:
        made["threshold"] = given.threshold
    if given.weight != 1:
        made["weight"] = given.weight
    for key in ("metric", "transform"):
        if getattr(given, key):
            made[key] = getattr(given, key)
    config = {key: value for key, value in given.config.items() if key not in JUDGE_KEYS}
    if config:
        made["config"] = config
    made.update({key: given.config[key] for key in JUDGE_KEYS if key in given.config})
    return made


def _grader(given: Assertion, place: str, writer: _Writer) -> dict[str, Any] | None:
    """Write a grader as the assertion that does the same, where there is one."""
    grader: Mapping[str, Any] = given.value
    made: dict[str, Any] | None = None
    if str(grader.get("input")).replace(" ", "") == _ANSWER:
        operation, measure = str(grader.get("operation")), grader.get("evaluation_metric")
        if given.type == "string_check" and operation in _CHECKS:
            made = {"type": _CHECKS[operation], "value": grader.get("reference")}
        elif given.type == "text_similarity" and measure in _SIMILAR:
            made = {"type": measure, "value": grader.get("reference")}
            if given.threshold is not None:
                made["threshold"] = given.threshold
    if made is None:
        writer.note(place, f"the grader {given.metric or given.type} has no counterpart there: left out")
        return None
    return {**made, "metric": given.metric} if given.metric else made
