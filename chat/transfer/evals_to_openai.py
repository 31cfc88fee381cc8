"""Write a suite as OpenAI's eval object with its runs, and its rows as JSONL. What that can't say is named,
and left out.

What is expected of each case alone becomes a field of its row, which one grader for all names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..base.dataclass import dataclass
from ..evaluation import filling
from ..evaluation.suite import Assertion, Column, NotUnderstood, Suite
from ..parameters.keeping import written as written_settings
from ..prompts.template import mapped
from .evals_left_out import LeftOut
from .evals_openai import GRADERS

#: The types that a string check does, by name: the operation.
_CHECKS = {"equals": "eq", "not-equals": "ne", "contains": "like", "icontains": "ilike"}
_ANSWER = "{{sample.output_text}}"
_NAME = re.compile(r"\{\{[ \t]*([A-Za-z_][\w.-]*)[ \t]*\}\}")
_JINJA = re.compile(r"\{%|\{#|\{\{(?![ \t]*[A-Za-z_][\w.-]*[ \t]*\}\})")
_KINDS = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)
#: Parameters that a run has; the model stands beside them.
_SAMPLING = (
    *(
        "max_completion_tokens",
        "reasoning_effort",
        "response_format",
        "seed",
        "temperature",
        "tools",
        "top_p",
    ),
)


@dataclass(frozen=True)
class OpenAIEval:
    """An eval and its runs, the rows, and what is not said in them."""

    eval: Mapping[str, Any]
    runs: Sequence[Mapping[str, Any]]
    rows: Sequence[Mapping[str, Any]]
    notes: tuple[NotUnderstood, ...]


def written(suite: Suite, rows_name: str = "rows.jsonl") -> OpenAIEval:
    """Write a suite. `rows_name` is the file that the runs name as that of the rows."""
    left = LeftOut()
    items = [_item(case.variables) for case in suite.cases]
    criteria = _criteria(suite, items, left)
    runs = [run for n, column in enumerate(suite.columns) if (run := _run(column, n, rows_name, suite, left))]
    if suite.repeat != 1:
        left.note("repeat", "a run asks once: left out")
    for n, case in enumerate(suite.cases):
        place = case.place or f"tests[{n}]"
        for key in ("description", "threshold", "group", "prefix", "suffix", "transform"):
            if getattr(case, key) not in (None, ""):
                left.note(f"{place}.{key}", "a row has none: left out")
        for key in case.metadata:
            if key != "sample" or not isinstance(case.metadata[key], Mapping):
                left.note(f"{place}.metadata.{key}", "a row has none: left out")
    eval_: dict[str, Any] = {"name": suite.name, "data_source_config": _source(suite, items)}
    eval_["testing_criteria"] = suite.extra.get("testing_criteria", criteria)
    if suite.extra.get("metadata") is not None:
        eval_["metadata"] = suite.extra["metadata"]
    rows = []
    for case, item in zip(suite.cases, items, strict=True):
        sample = case.metadata.get("sample")
        rows.append({"item": item, **({"sample": sample} if isinstance(sample, Mapping) else {})})
    left.at_reading(suite)
    return OpenAIEval(eval_, runs, rows, tuple(left.notes))


def _item(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a row holds: the item that was read, else the variables themselves."""
    item = variables.get("item")
    if not isinstance(item, Mapping):
        return dict(variables)
    return {**{key: value for key, value in variables.items() if key != "item"}, **item}


def _is_openais(suite: Suite) -> bool:
    if not suite.cases:
        return bool(suite.extra)
    return all(isinstance(case.variables.get("item"), Mapping) for case in suite.cases)


def _source(suite: Suite, items: Sequence[Mapping[str, Any]]) -> Any:
    """Give the schema of rows: the one that was read, or what is true of all rows."""
    if "data_source_config" in suite.extra:
        return suite.extra["data_source_config"]
    properties: dict[str, Any] = {}
    for name in dict.fromkeys(name for item in items for name in item):
        kinds = {kind for item in items if name in item for kind in [_kind(item[name])]}
        properties[name] = {"type": kinds.pop()} if len(kinds) == 1 else {}
    always = [name for name in properties if all(name in item for item in items)]
    schema = {"type": "object", "properties": properties, "required": always}
    return {"type": "custom", "item_schema": schema, "include_sample_schema": True}


def _kind(value: Any) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "null")


def _criteria(suite: Suite, items: Sequence[dict[str, Any]], left: LeftOut) -> list[Mapping[str, Any]]:
    """Give the graders of all cases. Raises nothing: what has no grader is noted."""
    found: list[Mapping[str, Any]] = []
    if not suite.cases:
        return found
    shapes = [[(each.name, each.metric) for each in case.assertions] for case in suite.cases]
    shared = next(
        (n for n, each in enumerate(shapes[0]) if any(shape[n : n + 1] != [each] for shape in shapes)),
        len(shapes[0]),
    )
    for n, case in enumerate(suite.cases):
        for place, assertion in enumerate(case.assertions[shared:], shared):
            where = assertion.place or f"{case.place or f'tests[{n}]'}.assert[{place}]"
            left.note(where, "graders are for all rows, and not all have it: left out")
    for place in range(shared):
        every = [case.assertions[place] for case in suite.cases]
        made = _grader(every, place, items, _is_openais(suite))
        if made is None:
            for n, (case, each) in enumerate(zip(suite.cases, every, strict=True)):
                where = each.place or f"{case.place or f'tests[{n}]'}.assert[{place}]"
                left.note(where, f"no grader does {each.name} as it stands: left out")
        else:
            found.append(made)
    return found


def _grader(
    every: Sequence[Assertion], place: int, items: Sequence[dict[str, Any]], openais: bool
) -> Mapping[str, Any] | None:
    """Give the grader that does an assertion of all cases, None where there is none."""
    assertion = every[0]
    if assertion.type in GRADERS and isinstance(assertion.value, Mapping):
        same = all(each == assertion for each in every)
        return assertion.value if same else None
    if assertion.name not in _CHECKS or not all(isinstance(each.value, str) for each in every):
        return None
    if any(each.weight != 1 or each.threshold is not None or each.transform for each in every):
        return None
    reference = str(assertion.value)
    if _JINJA.search(reference):
        return None
    if any(each.value != assertion.value for each in every):
        if any(_NAME.search(each.value) or _JINJA.search(each.value) for each in every):
            return None
        name = f"expected_{place + 1}"
        while any(name in item for item in items):
            name += "_"
        for item, each in zip(items, every, strict=True):
            item[name] = each.value
        reference = "{{item." + name + "}}"
    elif not openais:
        reference = _named(reference)
    return {
        "type": "string_check",
        "name": assertion.metric or f"{assertion.name} {place + 1}",
        "input": _ANSWER,
        "operation": _CHECKS[assertion.name],
        "reference": reference,
    }


def _named(text: str) -> str:
    """Name variables as OpenAI's templates do: {{a}} becomes {{item.a}}."""
    return _NAME.sub(
        lambda found: found[0] if found[1].startswith(("item.", "sample.")) else "{{item." + found[1] + "}}",
        text,
    )


def _run(column: Column, number: int, rows_name: str, suite: Suite, left: LeftOut) -> dict[str, Any] | None:
    """Write a column as a run that samples from a model."""
    place, openais = f"columns[{number}]", _is_openais(suite)
    messages = list(column.messages)
    if len(messages) == 1 and set(messages[0]) == {"item_reference"}:
        reference = str(messages[0]["item_reference"])
        beside = any(reference in case.variables for case in suite.cases)
        reference = f"item.{reference}" if not openais or beside else reference
        wanted: dict[str, Any] = {"type": "item_reference", "item_reference": reference}
    elif column.template == "chat" or (column.template == "jinja" and _JINJA.search(json.dumps(messages))):
        left.note(place, "its template is more than names: left out")
        return None
    else:
        if column.template == "jinja":
            for name, where in filling.no_texts(column, suite.cases):
                left.note(place, f"{{{{{name}}}}} is no text in {where}: it may be filled otherwise")
        elif column.template == "last" and _NAME.search(json.dumps(messages[:-1])):
            left.note(place, "{{…}} before its last message would be filled: left out")
            return None
        for n, each in enumerate(messages):
            for key in each:
                if key not in ("role", "content"):
                    left.note(f"{place}.messages[{n}].{key}", "a message has none there: left out")
        template = [_message(each if openais else mapped(each, _named)) for each in messages]
        wanted = {"type": "template", "template": template}
    source: dict[str, Any] = {"type": "completions", "input_messages": wanted}
    sampling: dict[str, Any] = {}
    for key, value in written_settings(column.parameters).items():
        if key == "model":
            source["model"] = value
        elif key == "max_tokens":
            left.note(f"{place}.max_tokens", "a run has max_completion_tokens")
            sampling.setdefault("max_completion_tokens", value)
        elif key in _SAMPLING:
            sampling[key] = value
        else:
            left.note(f"{place}.{key}", "a run has no such parameter: left out")
    for key in ("profile", "base_url"):
        if getattr(column, key):
            left.note(f"{place}.{key}", "a run is asked at OpenAI: left out")
    if sampling:
        source["sampling_params"] = sampling
    source["source"] = {"type": "file_id", "id": rows_name}
    return {"name": column.label, "data_source": source}


def _message(given: Mapping[str, Any]) -> dict[str, Any]:
    content = given.get("content")
    if isinstance(content, list):
        content = [_part(each) for each in content]
    return {"role": given.get("role"), "content": content}


def _part(part: Any) -> Any:
    if not isinstance(part, Mapping):
        return part
    if part.get("type") == "text":
        return {"type": "input_text", "text": part.get("text", "")}
    if part.get("type") == "image_url" and isinstance(part.get("image_url"), Mapping):
        image = part["image_url"]
        return {
            "type": "input_image",
            **{
                name: image[key] for key, name in (("url", "image_url"), ("detail", "detail")) if key in image
            },
        }
    return dict(part)
