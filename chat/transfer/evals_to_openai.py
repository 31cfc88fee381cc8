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
from ..evaluation.suite import Assertion, Column, NotUnderstood, Suite
from ..parameters.keeping import written as written_settings
from ..prompts.template import mapped
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
    """An eval and its runs, the rows as lines of JSON, and what is not said in them."""

    eval: Mapping[str, Any]
    runs: Sequence[Mapping[str, Any]]
    rows: str
    notes: tuple[NotUnderstood, ...]

    def json(self) -> str:
        """Write the eval and its runs as one text, as `evals_openai` reads it."""
        return json.dumps({"eval": self.eval, "runs": self.runs}, ensure_ascii=False, indent=2) + "\n"


def written(suite: Suite, rows_name: str = "rows.jsonl") -> OpenAIEval:
    """Write a suite. `rows_name` is the file that the runs name as that of the rows."""
    notes: list[NotUnderstood] = []
    items = [_item(case.variables) for case in suite.cases]
    criteria = _criteria(suite, items, notes)
    runs = [
        run
        for n, column in enumerate(suite.columns)
        if (run := _run(column, n, rows_name, _is_openais(suite), notes))
    ]
    if suite.repeat != 1:
        notes.append(NotUnderstood("repeat", "a run asks once: left out"))
    for n, case in enumerate(suite.cases):
        for key in ("threshold", "group", "prefix", "suffix", "transform"):
            if getattr(case, key) not in (None, ""):
                notes.append(
                    NotUnderstood(f"{case.place or f'cases[{n}]'}.{key}", "a row has none: left out")
                )
    eval_: dict[str, Any] = {"name": suite.name, "data_source_config": _source(suite, items)}
    eval_["testing_criteria"] = suite.extra.get("testing_criteria", criteria)
    if suite.extra.get("metadata") is not None:
        eval_["metadata"] = suite.extra["metadata"]
    rows = []
    for case, item in zip(suite.cases, items, strict=True):
        sample = case.metadata.get("sample")
        rows.append({"item": item, **({"sample": sample} if isinstance(sample, Mapping) else {})})
    notes += [
        NotUnderstood(each.place, f"was not understood where it was read: {each.why}")
        for each in suite.not_understood
    ]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return OpenAIEval(eval_, runs, text, tuple(dict.fromkeys(notes)))


def _item(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a row holds: the item that was read, else the variables themselves."""
    item = variables.get("item")
    if not isinstance(item, Mapping):
        return dict(variables)
    return {**{key: value for key, value in variables.items() if key != "item"}, **item}


def _is_openais(suite: Suite) -> bool:
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


def _criteria(
    suite: Suite, items: Sequence[dict[str, Any]], notes: list[NotUnderstood]
) -> list[Mapping[str, Any]]:
    """Give the graders of all cases. Raises nothing: what has no grader is noted."""
    found: list[Mapping[str, Any]] = []
    if not suite.cases:
        return found
    first = suite.cases[0].assertions
    shapes = [[(each.name, each.metric) for each in case.assertions] for case in suite.cases]
    if any(shape != shapes[0] for shape in shapes):
        notes.append(
            NotUnderstood(
                "testing_criteria", "cases are held against different things: graders are for all, left out"
            )
        )
        return found
    for place, assertion in enumerate(first):
        every = [case.assertions[place] for case in suite.cases]
        made = _grader(assertion, every, place, items, _is_openais(suite))
        if made is None:
            notes.append(
                NotUnderstood(
                    assertion.place or f"assert[{place}]", f"no grader does {assertion.name}: left out"
                )
            )
        else:
            found.append(made)
    return found


def _grader(
    assertion: Assertion,
    every: Sequence[Assertion],
    place: int,
    items: Sequence[dict[str, Any]],
    openais: bool,
) -> Mapping[str, Any] | None:
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


def _run(
    column: Column, number: int, rows_name: str, openais: bool, notes: list[NotUnderstood]
) -> dict[str, Any] | None:
    """Write a column as a run that samples from a model."""
    place = f"columns[{number}]"
    messages = list(column.messages)
    if len(messages) == 1 and set(messages[0]) == {"item_reference"}:
        reference = str(messages[0]["item_reference"])
        reference = f"item.{reference}" if not openais or reference == "input" else reference
        wanted: dict[str, Any] = {"type": "item_reference", "item_reference": reference}
    elif column.template == "chat" or (column.template == "jinja" and _JINJA.search(json.dumps(messages))):
        notes.append(NotUnderstood(place, "its template is more than names: left out"))
        return None
    else:
        template = [_message(each if openais else mapped(each, _named)) for each in messages]
        wanted = {"type": "template", "template": template}
    source: dict[str, Any] = {"type": "completions", "input_messages": wanted}
    sampling: dict[str, Any] = {}
    for key, value in written_settings(column.parameters).items():
        if key == "model":
            source["model"] = value
        elif key == "max_tokens":
            sampling.setdefault("max_completion_tokens", value)
        elif key in _SAMPLING:
            sampling[key] = value
        else:
            notes.append(NotUnderstood(f"{place}.{key}", "a run has no such parameter: left out"))
    for key in ("profile", "base_url"):
        if getattr(column, key):
            notes.append(NotUnderstood(f"{place}.{key}", "a run is asked at OpenAI: left out"))
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
