"""Read the tests of promptfoo's files, wherever they stand, and make cases of them."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from ..base.errors import BadFile, BadInput, BadValue
from ..evaluation.suite import Assertion, Case
from . import evals_assertions, evals_rows
from .evals_assertions import number, text, without_secrets
from .evals_files import MOST_ROWS, SuiteFiles
from .evals_prompts import content

_KEYS = (
    *("description", "vars", "provider", "providerOutput", "assert", "assertScoringFunction", "options"),
    *("threshold", "metadata"),
)
_UNDONE = {
    "provider": "a provider of one test alone is not asked: all columns are",
    "providerOutput": "an answer that stands in the file is not judged: it is asked for",
    "assertScoringFunction": "a scoring function is a program, and never run: the mean is taken",
}
_OPTIONS = {
    "transformVars": "variables are not changed by a program",
    "storeOutputAs": "an answer is not kept for later tests",
    "runSerially": "",
    "disableConversationVar": "",
    "disableVarExpansion": "",
    "prefix": "",
    "suffix": "",
    "transform": "",
    "postprocess": "",
    "provider": "",
    "rubricPrompt": "",
    "factuality": "",
}
_MEDIA = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".mp3", ".wav", ".mp4", ".mov")
#: Assertions of all cases, written out.
_MOST_HELD = 5 * MOST_ROWS


def read(given: Any, default: Mapping[str, Any], scenarios: Any, beside: SuiteFiles) -> tuple[Case, ...]:
    """Make the cases of `tests` and `scenarios`, each with what `defaultTest` says. Raises BadInput."""
    tests = [*_tests(given, "tests", beside), *_scenarios(scenarios, beside)]
    if not tests and given is None and scenarios is None:
        tests = [("", {})]
    made: list[Case] = []
    shared = _Default(default, beside)
    held = 0
    for place, each in tests:
        for case in _cases(each, place, shared, beside):
            made.append(case)
            held += len(case.assertions)
            if len(made) > MOST_ROWS or held > _MOST_HELD:
                raise BadValue(f"{place}: with it there are more than {MOST_ROWS:,} cases")
    return tuple(made)


def default_test(given: Any, beside: SuiteFiles) -> Mapping[str, Any]:
    """Read `defaultTest`, which may stand in a file. Raises BadInput."""
    if isinstance(given, str):
        if beside.is_program(given, "defaultTest"):
            return {}
        given = beside.value(beside.find_one(given, "defaultTest"))
    if not isinstance(given, Mapping | None):
        raise BadValue("defaultTest: is no mapping")
    return given or {}


class _Default:
    """What every test has: read once, so that its assertions are shared by all cases."""

    def __init__(self, given: Mapping[str, Any], beside: SuiteFiles) -> None:
        _name_keys(given, "defaultTest", beside)
        self.vars = _variables(given.get("vars"), "defaultTest.vars", beside)
        self.options = _mapping(given, "options", "defaultTest")
        self.metadata = _mapping(given, "metadata", "defaultTest")
        self.threshold = number(given.get("threshold"), "defaultTest.threshold")
        self.assertions = _assertions(given, "defaultTest", beside)


def _tests(given: Any, where: str, beside: SuiteFiles) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give each test with its place, those of files included."""
    if given is None:
        return
    if isinstance(given, str | Mapping):
        given = [given]
    if not isinstance(given, list):
        raise BadValue(f"{where}: is no list of tests")
    for place, each in enumerate(given):
        here = f"{where}[{place}]"
        if isinstance(each, Mapping) and "path" in each and not set(each) & set(_KEYS):
            each = each["path"]
        if isinstance(each, Mapping):
            yield here, each
        elif isinstance(each, str):
            yield from _of_files(each, here, beside)
        else:
            raise BadValue(f"{here}: is no mapping and no file")


def _of_files(name: str, place: str, beside: SuiteFiles) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if beside.is_program(name, place):
        return
    if "://" in name and not name.startswith("file://"):
        beside.note(place, f"{name[:80]} is not fetched: its tests are left out")
        return
    paths = beside.find(name, place)
    if not paths:
        raise BadValue(f"{place}: no file fits {name[:80]}")
    for path in paths:
        ending = path.suffix.lower()
        if ending in (".xlsx", ".xls"):
            beside.note(place, f"{path.name}: workbooks are not read; saved as CSV it would be")
        elif ending in (".csv", ".tsv"):
            for line, row in beside.rows(path):
                where = f"{path.name}:{line}"
                yield where, evals_rows.test_of(row, where, beside)
        elif ending in (".jsonl", ".ndjson"):
            for line, row in beside.rows(path):
                yield f"{path.name}:{line}", _mapped(row, path, line)
        else:
            from .evals_refs import resolved

            value = resolved(beside.value(path))
            for n, each in enumerate(value if isinstance(value, list) else [value]):
                yield f"{path.name}[{n}]", _mapped(each, path, None)


def _mapped(row: Any, path: Path, line: int | None) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise BadFile(path, "a test is a mapping", line)
    return row


def _scenarios(given: Any, beside: SuiteFiles) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give each test of scenarios, with each of the scenario's configurations."""
    if given is None:
        return
    if not isinstance(given, list):
        raise BadValue("scenarios: is no list")
    for number_, each in enumerate(given):
        place = f"scenarios[{number_}]"
        if isinstance(each, str):
            each = beside.value(beside.find_one(each, place))
        for scenario in each if isinstance(each, list) else [each]:
            if not isinstance(scenario, Mapping):
                raise BadValue(f"{place}: is no mapping")
            data = list(_tests(scenario.get("config"), f"{place}.config", beside))
            tests = list(_tests(scenario.get("tests"), f"{place}.tests", beside)) or [(f"{place}.tests", {})]
            if len(data) * len(tests) > MOST_ROWS:
                raise BadValue(f"{place}: makes more than {MOST_ROWS:,} cases")
            for where, config in data:
                for at, test in tests:
                    yield f"{where} × {at}", _joined(config, test, where, beside)


def _joined(
    one: Mapping[str, Any], other: Mapping[str, Any], place: str, beside: SuiteFiles
) -> dict[str, Any]:
    """Join a scenario's configuration with a test, whose values win; assertions are those of both."""
    made = {**one, **other}
    for key in ("vars", "metadata"):
        if key in one and key in other:
            first = _variables(one[key], f"{place}.{key}", beside)
            made[key] = {**first, **_variables(other[key], f"{place}.{key}", beside)}
    if "options" in made:
        made["options"] = _mapping(other, "options", place)
    if "assert" in one and "assert" in other and isinstance(one["assert"], list):
        made["assert"] = [*one["assert"], *(other["assert"] if isinstance(other["assert"], list) else ())]
    return made


def _cases(given: Mapping[str, Any], place: str, default: _Default, beside: SuiteFiles) -> Iterator[Case]:
    """Make a case for each combination of a test's values."""
    _name_keys(given, place, beside)
    options = {**default.options, **_mapping(given, "options", place)}
    for key, each in options.items():
        why = _OPTIONS.get(key, f"a test's options have no {key}")
        if why and each:
            beside.note(f"{place}.options.{key}", f"{why}: left out")
    own = _assertions(given, place, beside)
    metadata = {**default.metadata, **_mapping(given, "metadata", place)}
    group = metadata.pop("group") if isinstance(metadata.get("group"), str) else ""
    threshold = number(given.get("threshold"), f"{place}.threshold")
    assertions = (*default.assertions, *own)
    if judge := {key: options[key] for key in evals_assertions.JUDGE_KEYS if key in options}:
        judge = without_secrets(judge, beside, f"{place}.options")
        assertions = tuple(_with_judge(each, judge) for each in assertions)
    transform = options.get("transform", options.get("postprocess"))
    variables = {**default.vars, **_variables(given.get("vars"), f"{place}.vars", beside)}
    for values in _combined(variables, place, bool(options.get("disableVarExpansion")), beside):
        yield Case(
            variables=values,
            assertions=assertions,
            description=text(given.get("description"), f"{place}.description"),
            threshold=default.threshold if threshold is None else threshold,
            group=group,
            prefix=text(options.get("prefix"), f"{place}.options.prefix"),
            suffix=text(options.get("suffix"), f"{place}.options.suffix"),
            transform=evals_assertions.transform(transform, f"{place}.options.transform", beside),
            metadata=metadata,
            place=place,
        )


def _with_judge(assertion: Assertion, judge: Mapping[str, Any]) -> Assertion:
    """Give a judged assertion what its case says of the judge; its own word wins."""
    from dataclasses import replace

    if assertion.inner:
        return replace(assertion, inner=tuple(_with_judge(each, judge) for each in assertion.inner))
    if assertion.type not in evals_assertions.JUDGED:
        return assertion
    return replace(assertion, config={**judge, **assertion.config})


def _name_keys(given: Mapping[str, Any], place: str, beside: SuiteFiles) -> None:
    for key in given:
        if key not in _KEYS:
            beside.note(f"{place}.{key}", f"a test has no {key}: left out")
        elif key in _UNDONE and given[key]:
            beside.note(f"{place}.{key}", _UNDONE[key])


def _assertions(given: Mapping[str, Any], place: str, beside: SuiteFiles) -> tuple[Assertion, ...]:
    held = given.get("assert")
    if held is None:
        return ()
    if not isinstance(held, list | tuple):
        raise BadValue(f"{place}.assert: is no list of assertions")
    return tuple(
        each if isinstance(each, Assertion) else evals_assertions.read(each, f"{place}.assert[{n}]", beside)
        for n, each in enumerate(held)
    )


def _mapping(given: Mapping[str, Any], key: str, place: str) -> dict[str, Any]:
    value = given.get(key)
    if not isinstance(value, Mapping | None):
        raise BadValue(f"{place}.{key}: is no mapping")
    return {str(name): each for name, each in (value or {}).items()}


def _variables(given: Any, place: str, beside: SuiteFiles) -> dict[str, Any]:
    """Give variables, those of files where they are named. Raises BadInput."""
    if isinstance(given, str | list):
        found: dict[str, Any] = {}
        for name in [given] if isinstance(given, str) else given:
            for path in beside.find(text(name, place), place):
                value = beside.value(path)
                if not isinstance(value, Mapping):
                    raise BadValue(f"{place}: {path.name} holds no mapping of variables")
                found.update(value)
        given = found
    if not isinstance(given, Mapping | None):
        raise BadValue(f"{place}: is no mapping of variables")
    return {str(name): each for name, each in (given or {}).items()}


def _combined(
    variables: Mapping[str, Any], place: str, whole: bool, beside: SuiteFiles
) -> Iterator[dict[str, Any]]:
    """Give each combination of values: a list of texts stands for each of them, unless `whole`."""
    values = []
    for name, value in variables.items():
        where = f"{place}.vars.{name}"
        if isinstance(value, str) and value.startswith("file://"):
            values.append(_of_file(value, where, beside))
        elif isinstance(value, list) and value and isinstance(value[0], str) and not whole:
            values.append([_held(each, where, beside) for each in value])
        else:
            values.append([_held(value, where, beside)])
    if math.prod(map(len, values)) > MOST_ROWS:
        raise BadValue(f"{place}.vars: they make more than {MOST_ROWS:,} cases")
    for combination in product(*values):
        yield dict(zip(variables, combination, strict=True))


def _held(value: Any, place: str, beside: SuiteFiles) -> Any:
    """Give a value as it is inserted, without the line break at its end that blocks of YAML leave."""
    if not isinstance(value, str):
        return value
    if "{{" in value and "}}" in value:
        name = place.rpartition(".vars.")[2]
        beside.note_once(place, "a value is inserted as it stands: {{…}} in it is not filled", name)
    return value.removesuffix("\n")


def _of_file(name: str, place: str, beside: SuiteFiles) -> list[Any]:
    """Give the texts of the files that a variable names; bytes of pictures and sound in base64."""
    if beside.is_program(name, place):
        return [name]
    found: list[Any] = []
    for path in beside.find(name, place):
        if path.suffix.lower() in _MEDIA:
            found.append(base64.b64encode(beside.data(path)).decode())
        elif path.suffix.lower() == ".pdf":
            beside.note(place, f"{path.name}: the text of a PDF is not read")
            found.append(name)
        else:
            value = content(path, beside) if path.suffix.lower() in (".yaml", ".yml") else beside.text(path)
            found.append(
                value.strip()
                if isinstance(value, str)
                else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            )
    if not found:
        raise BadInput(f"{place}: no file fits {name[:80]}")
    return found
