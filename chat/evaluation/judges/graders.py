"""Judge by OpenAI's graders that ask a model: a score in a range, or one of several labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..assertions.declaration import Found, NotChecked
from ..suite import Assertion
from .asking import Ask, Judge, Subject, read_object, reason_of, score_of


def _fields(assertion: Assertion) -> Mapping[str, Any]:
    value = assertion.value if isinstance(assertion.value, Mapping) else {}
    return {**assertion.config, **value}


def _asked(assertion: Assertion, result: Mapping[str, Any], name: str) -> Ask:
    """Make a question of the grader's own messages, which are filled by now, and of what it may answer."""
    messages = _fields(assertion).get("input")
    if not isinstance(messages, list) or not messages:
        raise NotChecked("the grader has no input")
    read = tuple(_message(each) for each in messages)
    shape = {"reason": {"type": "string"}, "result": dict(result)}
    schema = {
        "type": "object",
        "properties": shape,
        "required": list(shape),
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}
    return Ask(read, form)


def _message(message: Any) -> Mapping[str, Any]:
    content = message.get("content") if isinstance(message, Mapping) else None
    if isinstance(content, Mapping):
        content = content.get("text")
    if isinstance(content, list):
        texts = [each.get("text") if isinstance(each, Mapping) else each for each in content]
        sound = [each for each in texts if isinstance(each, str)]
        content = "\n".join(sound) if len(sound) == len(texts) else None
    if not isinstance(content, str):
        raise NotChecked("the grader's input has something else than texts")
    return {"role": str(message.get("role") or "user"), "content": content}


def _range(assertion: Assertion) -> tuple[float, float]:
    least, most = 0.0, 1.0
    given = _fields(assertion).get("range")
    if given is not None:
        sound = isinstance(given, list | tuple) and len(given) == 2
        if not sound or not all(type(each) in (int, float) for each in given) or not given[0] < given[1]:
            raise NotChecked("the grader's range has to be two numbers, the lesser first")
        least, most = given
    return least, most


def _score(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Ask | None:
    if answers:
        return None
    least, most = _range(assertion)
    return _asked(assertion, {"type": "number", "minimum": least, "maximum": most}, "score")


def _read_score(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Found:
    least, most = _range(assertion)
    said = read_object(answers[0])
    score = score_of(said.get("result", said.get("score")), least, most)
    wanted = _fields(assertion).get("pass_threshold") if assertion.threshold is None else assertion.threshold
    wanted = (least + most) / 2 if wanted is None else wanted
    if isinstance(wanted, bool) or not isinstance(wanted, int | float):
        raise NotChecked("its pass_threshold has to be a number")
    passed = least + score * (most - least) >= wanted
    return Found(passed, score, "" if passed else reason_of(said, f"the judge gives {score:.2f}"))


def _labels(assertion: Assertion) -> tuple[list[str], list[str]]:
    fields = _fields(assertion)
    labels, passing = fields.get("labels"), fields.get("passing_labels")
    for each in (labels, passing):
        if not isinstance(each, list) or not each or not all(isinstance(label, str) for label in each):
            raise NotChecked("the grader has no labels, or no passing_labels")
    assert isinstance(labels, list) and isinstance(passing, list)
    return labels, passing


def _label(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Ask | None:
    if answers:
        return None
    return _asked(assertion, {"type": "string", "enum": _labels(assertion)[0]}, "label")


def _read_label(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Found:
    labels, passing = _labels(assertion)
    said = read_object(answers[0])
    label = said.get("result", said.get("label"))
    if label not in labels:
        raise NotChecked("the judge gives none of the labels")
    passed = label in passing
    return Found(passed, float(passed), "" if passed else reason_of(said, f"the label is {label}"))


JUDGES = (
    Judge(
        "score_model",
        "its own messages",
        _score,
        _read_score,
        "the judge's, as a share of `range`",
        deep=True,
    ),
    Judge("label_model", "its own messages; `passing_labels`", _label, _read_label, deep=True),
)
