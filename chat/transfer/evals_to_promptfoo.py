"""Write a suite as promptfoo's configuration in YAML. What that can't say is named, and left out.

Each column becomes a provider that is sent its own prompt, so that columns need be no product of the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..evaluation import filling
from ..evaluation.suite import Assertion, Case, Column, NotUnderstood, Suite
from ..parameters.keeping import written as written_settings
from .evals_assertions import JUDGE_KEYS
from .evals_left_out import LeftOut
from .evals_providers import PROFILE

_CHECKS = {"eq": "equals", "ne": "not-equals", "like": "contains", "ilike": "icontains"}
_SIMILAR = ("bleu", "gleu", "meteor")
#: A place in the variables that Nunjucks finds, too, and the template of the messages that stand there.
_REFERENCE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_MESSAGES = (
    "[{{% for each in {reference} %}}{{{{ each | dump }}}}"
    "{{% if not loop.last %}}, {{% endif %}}{{% endfor %}}]"
)
_FILLED = "promptfoo may write it otherwise"
#: The text of an answer, in OpenAI's templates.
_ANSWER = "{{sample.output_text}}"


def configuration(suite: Suite) -> tuple[dict[str, Any], tuple[NotUnderstood, ...]]:
    """Give (the configuration as values, what it does not say). Read back it is the suite, but for that."""
    left = LeftOut()
    config: dict[str, Any] = {"description": suite.name}
    prompts: list[tuple[Any, str]] = []  # what is sent, and its label
    providers: list[dict[str, Any]] = []
    for number, column in enumerate(suite.columns):
        raw = _raw(column, suite.cases, f"columns[{number}]", left)
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
    config["tests"] = _tests(suite, left)
    for number, column in enumerate(suite.columns):
        if column.template in ("plain", "last"):
            for name, place in filling.no_texts(column, suite.cases):
                left.note(f"columns[{number}]", f"{{{{{name}}}}} is no text in {place}: {_FILLED}")
    return config, tuple(left.notes)


def tests(suite: Suite) -> tuple[list[dict[str, Any]], tuple[NotUnderstood, ...]]:
    """Give (the cases as tests, what they do not say)."""
    left = LeftOut()
    return _tests(suite, left), tuple(left.notes)


def _tests(suite: Suite, left: LeftOut) -> list[dict[str, Any]]:
    left.at_reading(suite)
    left.openais(suite)
    return [_test(case, case.place or f"tests[{n}]", left) for n, case in enumerate(suite.cases)]


def test_case(case: Case) -> dict[str, Any]:
    """Give a case as a test of promptfoo's, without what that can't say."""
    return _test(case, "", LeftOut())


def provider(column: Column) -> str:
    """Name who is asked, as promptfoo does."""
    if column.profile:
        return PROFILE + column.profile
    model = column.parameters.get("model", "")
    return f"openai:chat:{model}" if model else PROFILE


def _raw(column: Column, cases: Iterable[Case], place: str, left: LeftOut) -> str | None:
    """Write messages as one text: that of the user alone where promptfoo takes it for no file, else JSON."""
    messages = list(column.messages)
    if any("item_reference" in each for each in messages):
        return _referred(messages, cases, place, left)
    if column.template == "chat":
        return str(messages[0].get("content", ""))
    if column.template in ("plain", "last") and any(mark in json.dumps(messages) for mark in ("{%", "{#")):
        left.note(place, "its texts have marks that Nunjucks takes for its own: left out")
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


def _referred(
    messages: Sequence[Mapping[str, Any]], cases: Iterable[Case], place: str, left: LeftOut
) -> str | None:
    """Write a prompt that is a text, or the messages, of each case."""
    reference = str(messages[0].get("item_reference", ""))
    if len(messages) > 1 or not _REFERENCE.fullmatch(reference):
        left.note(place, "messages of the case among others can't be written: left out")
        return None
    kinds = {type(filling.at(case.variables, reference)) for case in cases}
    if kinds == {str}:
        return "{{ " + reference + " }}"
    if kinds == {list}:
        return _MESSAGES.format(reference=reference)
    left.note(place, f"{reference} is neither a text in all cases nor messages in all: left out")
    return None


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


def _test(case: Case, place: str, left: LeftOut) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if case.description:
        made["description"] = case.description
    made["vars"] = dict(case.variables)
    options = {key: getattr(case, key) for key in ("prefix", "suffix", "transform") if getattr(case, key)}
    for name, value in case.variables.items():
        if isinstance(value, str) and value.startswith("file://"):
            left.note(f"{place}.vars.{name}", "promptfoo would read a file there")
        if isinstance(value, str) and "{{" in value and "}}" in value:
            left.note(f"{place}.vars.{name}", "promptfoo would fill {{…}} in it")
        if isinstance(value, str) and value.endswith("\n"):
            left.note(f"{place}.vars.{name}", "promptfoo takes the line break from its end")
        if isinstance(value, list) and value and isinstance(value[0], str):
            options["disableVarExpansion"] = True
    held = [_assertion(each, f"{place}.assert[{n}]", left) for n, each in enumerate(case.assertions)]
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


def _assertion(given: Assertion, place: str, left: LeftOut) -> dict[str, Any] | None:
    if is_grader(given):
        found = of_grader(given)
        if found is None:
            what = given.metric or given.type
            left.note(given.place or place, f"the grader {what} has no counterpart there: left out")
            return None
        given = found
    made: dict[str, Any] = {"type": given.name}
    if given.inner:
        inner = [_assertion(each, f"{place}.assert[{n}]", left) for n, each in enumerate(given.inner)]
        made["assert"] = [each for each in inner if each is not None]
    if isinstance(given.value, str) and given.value.startswith("file://"):
        left.note(given.place or place, "it names a file, which is looked for beside what is written")
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


def is_grader(given: Assertion) -> bool:
    """Tell whether an assertion is a grader of OpenAI's."""
    return isinstance(given.value, Mapping) and given.value.get("type") == given.type


def of_grader(given: Assertion) -> Assertion | None:
    """Give the assertion that does what a grader does, None where there is none."""
    grader: Mapping[str, Any] = given.value
    if str(grader.get("input")).replace(" ", "") != _ANSWER:
        return None
    operation, measure = str(grader.get("operation")), grader.get("evaluation_metric")
    if given.type == "string_check" and operation in _CHECKS:
        kind = _CHECKS[operation]
        return Assertion(
            kind.removeprefix("not-"),
            grader.get("reference"),
            metric=given.metric,
            negated=kind.startswith("not-"),
            place=given.place,
        )
    if given.type == "text_similarity" and measure in _SIMILAR:
        return replace(given, type=measure, value=grader.get("reference"))
    return None
