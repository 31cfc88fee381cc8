"""Read promptfoo's file of results, version 3, member by member, whatever their order.

There a test that is repeated is several tests, and lists of values are written out: tests that are the same
are put together again. A test that expects nothing passes there; here it is not checked. Of its configuration
nothing is taken but how often each test was repeated.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from math import gcd
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadValue
from ..evaluation import results
from ..evaluation.results import EvalRun, Place, Sample
from ..evaluation.suite import Answered, Assertion, Case, Column, Suite, Verdict
from . import eval_parts, untrusted
from .eval_parts import mapping, passed
from .eval_stream import JsonReader

VERSION = 3
_ERROR = 2  # its reason of a failure that is none of an assertion
_OPTIONS = ("evaluateOptions", "commandLineOptions")
_ASKED = ("openai:chat:", "openai:completion:", "openai:")


@dataclass(frozen=True)
class _Asked:
    """Who was asked, and with which prompt, as a result says it."""

    provider: str
    name: str
    prompt: str


class Theirs:
    """What was read so far. Methods raise BadValue and BadFile."""

    def __init__(self) -> None:
        self._id = ""
        self._config: dict[str, Any] = {}
        self._version: Any = None
        self._asked: dict[int, _Asked] = {}
        self._prompts: list[_Asked] = []
        self._raws: list[str] = []
        self._tests: dict[int, str] = {}  # what tells a test from others, by its number
        self._cases: dict[str, Case] = {}
        self._samples: dict[tuple[int, int], Sample] = {}
        self.is_one = False

    def member(self, name: str, reader: JsonReader) -> bool:
        """Read a member; tell whether such a file has it."""
        if name == "evalId":
            self._id = str(reader.value())
        elif name == "config":
            config = reader.value()
            if isinstance(config, dict):
                self._config = {key: config.get(key) for key in ("description", *_OPTIONS)}
        elif name == "results" and reader.is_object():
            self._results(reader)
        else:
            return False
        return True

    def run(self) -> tuple[EvalRun, tuple[Sample, ...]]:
        """Give what was read."""
        if isinstance(self._version, bool) or self._version != VERSION:
            raise BadValue(f"holds results of promptfoo's version {self._version}, and {VERSION} is read")
        asked = {**dict(enumerate(self._prompts)), **self._asked}  # of some, nothing may have come
        columns = sorted(asked)
        if columns != list(range(len(columns))):
            raise BadValue("leaves out numbers of prompts")
        labels = _labels([asked[each] for each in columns])
        raws = self._raws if len(self._raws) == len(columns) else [""] * len(columns)
        repeat, places, cases = self._places()
        samples = [
            replace(sample, place=Place(column, *places[test]))
            for (column, test), sample in self._samples.items()
        ]
        samples.sort(key=lambda each: (each.place.column, each.place.case, each.place.repeat))
        suite = Suite(
            name=untrusted.text(self._config, "description") or self._id,
            columns=tuple(
                _column(label, asked[number].provider, raw)
                for label, number, raw in zip(labels, columns, raws, strict=True)
            ),
            cases=tuple(cases),
            repeat=repeat,
        )
        return EvalRun(0, suite.name, suite, state=results.FINISHED), tuple(samples)

    def _places(self) -> tuple[int, dict[int, tuple[int, int]], list[Case]]:
        """Give how often tests were repeated, the place of each test, and the cases."""
        counts = Counter(self._tests.values())
        said = [untrusted.count(self._config.get(each), "repeat") for each in _OPTIONS]
        repeat = next((each for each in said if each and all(not n % each for n in counts.values())), 0)
        repeat = repeat or gcd(*counts.values()) or 1
        places: dict[int, tuple[int, int]] = {}
        cases: list[Case] = []
        numbers: dict[tuple[str, int], int] = {}
        seen: Counter[str] = Counter()
        for test in sorted(self._tests):
            key = self._tests[test]
            turn, again = divmod(seen[key], repeat)
            seen[key] += 1
            if (key, turn) not in numbers:
                numbers[key, turn] = len(cases)
                cases.append(self._cases[key])
            places[test] = (numbers[key, turn], again)
        return repeat, places, cases

    # ---- members

    def _results(self, reader: JsonReader) -> None:
        for name in reader.members():
            if name == "version":
                self._version = reader.value()
            elif name == "prompts" and reader.is_list():
                for number, each in enumerate(reader.elements()):
                    _few(number, eval_parts.MOST_COLUMNS, "prompts")
                    provider, label = untrusted.text(each, "provider"), untrusted.text(each, "label")
                    self._prompts.append(_Asked(provider, provider, label))
                    self._raws.append(untrusted.text(each, "raw"))
            elif name == "results" and reader.is_list():
                self.is_one = True
                for number, each in enumerate(reader.elements()):
                    _few(number, eval_parts.MOST_CELLS, "results")
                    self._result(mapping(each, f"results[{number}]"), f"results[{number}]")
            else:
                reader.skip()

    def _result(self, given: dict[str, Any], place: str) -> None:
        column, test = untrusted.count(given, "promptIdx"), untrusted.count(given, "testIdx")
        if column is None or test is None or column >= eval_parts.MOST_COLUMNS:
            raise BadValue(f"{place} does not say its promptIdx and testIdx")
        if (column, test) in self._samples:
            raise BadValue(f"{place} is there twice: promptIdx {column}, testIdx {test}")
        provider = untrusted.mapping(given, "provider")
        name = untrusted.text(provider, "label") or untrusted.text(provider, "id")
        prompt = untrusted.text(untrusted.mapping(given, "prompt"), "label")
        self._asked.setdefault(column, _Asked(untrusted.text(provider, "id"), name, prompt))
        wanted = untrusted.mapping(given, "testCase")
        if test not in self._tests:
            self._tests[test] = self._case(given, wanted)
        self._samples[column, test] = _sample(given, self._cases[self._tests[test]].assertions, place)

    def _case(self, given: dict[str, Any], wanted: Mapping[str, Any]) -> str:
        """Keep a case, once; give what tells it from others."""
        _few(len(self._cases), eval_parts.MOST_CASES, "cases")
        variables = untrusted.mapping(given, "vars") or untrusted.mapping(wanted, "vars")
        said = [variables, *(wanted.get(name) for name in ("description", "assert", "threshold", "metadata"))]
        key = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
        if key not in self._cases:
            self._cases[key] = Case(
                variables=variables,
                assertions=tuple(map(eval_parts.assertion, untrusted.listed(wanted, "assert"))),
                description=untrusted.text(wanted, "description"),
                threshold=untrusted.number(wanted, "threshold"),
                group=untrusted.text(untrusted.mapping(wanted, "metadata"), "group"),
            )
        return key


def _few(number: int, most: int, what: str) -> None:
    if number >= most:
        raise BadValue(f"has more than {most:,} {what}")


def _labels(asked: list[_Asked]) -> list[str]:
    """Name columns by what tells them from each other."""
    for name in ("name", "prompt"):
        found = [str(getattr(each, name)) for each in asked]
        if len(set(found)) == len(found):
            return found
    return [f"{each.name} · {each.prompt}" for each in asked]


def _column(label: str, provider: str, raw: str) -> Column:
    model = next((provider.removeprefix(each) for each in _ASKED if provider.startswith(each)), "")
    messages: Any = None
    if raw.lstrip().startswith("["):
        try:
            messages = json.loads(raw)
        except (ValueError, RecursionError):  # a template that makes messages
            messages = None
    if not isinstance(messages, list) or not all(isinstance(each, dict) for each in messages):
        messages = [{"role": "user", "content": raw}]
    return Column(label, tuple(messages), {"model": model} if model else {})


# ---- one result


def _sample(given: dict[str, Any], assertions: tuple[Assertion, ...], place: str) -> Sample:
    success = passed(given, "success", place)
    graded = given.get("gradingResult")
    why = untrusted.text(given, "error")
    answered = _answered(given)
    if given.get("failureReason") == _ERROR and not isinstance(graded, dict):
        return Sample(Place(0, 0), results.FAILED, answered, error=why or "no answer came")
    verdicts = _verdicts(graded, assertions, place)
    score = untrusted.number(given, "score")
    if not verdicts:
        success, score, why = None, None, "nothing is expected of the answer"
    elif given.get("failureReason") == _ERROR:
        success = None
    judged = eval_parts.judged(success, score, "" if success else why, verdicts)
    return Sample(Place(0, 0), results.JUDGED, answered or Answered(""), judged)


def _verdicts(graded: Any, assertions: tuple[Assertion, ...], place: str) -> tuple[Verdict, ...]:
    """Give the verdicts in the order of assertions. The parts of a set come within it, and once more behind
    it; a component that does not say its assertion has that of its place."""
    given = untrusted.listed(graded, "componentResults")
    found: list[Verdict] = []
    at = 0
    while at < len(given):
        component = mapping(given[at], f"{place}.componentResults")
        own = assertions[len(found)] if len(found) < len(assertions) else None
        verdict = _verdict(component, own, place)
        found.append(verdict)
        at += 1 + len(verdict.inner)
    return tuple(found)


def _verdict(given: dict[str, Any], own: Assertion | None, place: str, depth: int = 0) -> Verdict:
    said = given.get("assertion")
    held = passed(given, "pass", f"{place}.componentResults")
    parts = untrusted.listed(given, "componentResults") if depth < eval_parts.DEEPEST else []
    inner = []
    for number, part in enumerate(parts):
        of = own.inner[number] if own and number < len(own.inner) else None
        inner.append(_verdict(mapping(part, f"{place}.componentResults"), of, place, depth + 1))
    assertion = own or (eval_parts.assertion(said) if isinstance(said, dict) else Assertion("assert-set"))
    if isinstance(said, dict) and own and said.get("type") != own.name:
        assertion = eval_parts.assertion(said)
    score, why = untrusted.number(given, "score"), untrusted.text(given, "reason")
    if why.startswith("not checked: "):
        held, score, why = None, None, why.removeprefix("not checked: ")
    return Verdict(assertion, held, score, "" if held else why, tuple(inner))


def _answered(given: dict[str, Any]) -> Answered | None:
    response = untrusted.mapping(given, "response")
    output = response.get("output")
    if output is None:
        return None
    message: Mapping[str, Any] = output if isinstance(output, dict) else {}
    if isinstance(output, list) and all(isinstance(each, dict) and "function" in each for each in output):
        message = {"tool_calls": output} if output else {}
    text = output if isinstance(output, str) else untrusted.text(message, "content")
    if not isinstance(output, str) and not message.get("tool_calls") and not text:
        text = json.dumps(output, ensure_ascii=False)
    refused = response.get("isRefusal") is True
    took = untrusted.number(given, "latencyMs")
    return Answered(
        text="" if refused else text,
        message=message,
        finish_reason=untrusted.text(response, "finishReason"),
        refusal=text if refused else "",
        seconds=None if took is None else took / 1000,
        cost=untrusted.number(given, "cost"),
        usage=_usage(untrusted.mapping(response, "tokenUsage")),
    )


def _usage(given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the usage by the API's names."""
    names = (("prompt", "prompt_tokens"), ("completion", "completion_tokens"), ("total", "total_tokens"))
    counted = {own: untrusted.count(given, name) for name, own in names}
    reasoning = untrusted.count(untrusted.mapping(given, "completionDetails"), "reasoning")
    details = {"completion_tokens_details": {"reasoning_tokens": reasoning}} if reasoning else {}
    return {**{name: count for name, count in counted.items() if count is not None}, **details}
