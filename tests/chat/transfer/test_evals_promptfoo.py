"""promptfoo's configurations mean here what promptfoo makes of them, and nothing of a file runs or leaks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadFile, BadInput
from chat.evaluation.assertions import table
from chat.evaluation.filling import fill
from chat.evaluation.suite import Assertion, Case, Column, Suite
from chat.transfer import evals, evals_assertions, evals_refs, evals_written

from ...support.examples import times
from ...support.promptfoo_says import RECORDED, written
from .evaluations import OPENAI, PROMPTFOO

ALL = {**PROMPTFOO, **OPENAI}
SAID = json.loads(RECORDED.read_text(encoding="utf-8"))["cells"]
#: What is compared of an assertion.
_TYPES = ("type", "value", "threshold", "weight", "metric")


def held(assertion: Assertion) -> dict[str, Any]:
    """An assertion as promptfoo's results have it."""
    found: dict[str, Any] = {
        "type": assertion.name,
        "value": assertion.value,
        "threshold": assertion.threshold,
    }
    found |= {
        "weight": assertion.weight if assertion.weight != 1 else None,
        "metric": assertion.metric or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def theirs(assertion: dict[str, Any]) -> dict[str, Any]:
    none = {"weight": 1, "metric": ""}
    return {
        key: assertion[key]
        for key in _TYPES
        if assertion.get(key) is not None and assertion[key] != none.get(key, assertion)
    }


def sent(column: Column, case: Case) -> Any:
    """What a cell sends, as promptfoo says it: the text of one message alone, else the messages."""
    messages = fill(column, case)
    alone = len(messages) == 1 and messages[0]["role"] == "user"
    return messages[0]["content"] if alone else messages


def in_order(sent: Iterable[Any]) -> list[Any]:
    """What a case sends, in any order of prompts."""
    return sorted(sent, key=str)


def as_sent(text: str) -> Any:
    return json.loads(text) if text.lstrip().startswith("[{") or text.lstrip().startswith("[\n") else text


@pytest.mark.parametrize("name", PROMPTFOO)
def test_a_configuration_means_what_promptfoo_makes_of_it(name: str, tmp_path: Path) -> None:
    """Each cell sends what promptfoo sends, and is held against the same."""
    suite = evals.read(written(PROMPTFOO[name], tmp_path))
    prompts = list({json.dumps(each.messages): each for each in suite.columns}.values())
    ours = []
    for case in suite.cases:
        ours.append(
            (in_order(sent(prompt, case) for prompt in prompts), list(map(held, case.assertions)), case)
        )
    his = []
    for number in sorted({cell["test"] for cell in SAID[name]}):
        row = [cell for cell in SAID[name] if cell["test"] == number]
        his.append(
            (in_order(as_sent(cell["sent"]) for cell in row), list(map(theirs, row[0]["assert"])), row[0])
        )
    if "*" in str(PROMPTFOO[name]):  # the order of a pattern's files is any with them, that of names here
        ours.sort(key=lambda each: str(each[0]))
        his.sort(key=lambda each: str(each[0]))
    assert [each[0] for each in ours] == [each[0] for each in his]
    for (_, one, case), (_, other, cell) in zip(ours, his, strict=True):
        for mine, its in zip(one, other, strict=True):
            read_later = str(its.get("value")).startswith("file://")
            assert {**mine, "value": its["value"]} == its if read_later else mine == its
        assert case.threshold == cell["threshold"]
        assert dict(case.metadata) == cell["metadata"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evals")


def config(folder: Path, text: str, **files: str) -> Suite:
    (folder / "c.yaml").write_text(text, encoding="utf-8")
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, encoding="utf-8")
    return evals.read(folder / "c.yaml")


HEAD = "prompts: ['{{q}}']\nproviders: [openai:chat:m]\n"
#: What a file says -> (the place that is named, a word of why).
NOTED: dict[str, tuple[str, str]] = {
    "test: [{vars: {q: 1}}]": ("test", "is it tests?"),
    "nunjucksFilters: {f: ./f.js}": ("nunjucksFilters", "never run"),
    "extensions: ['file://e.js:hook']": ("extensions", "never run"),
    "env: {A: b}": ("env", "environment"),
    "tests: 'file://make.py:all'": ("tests[0]", "Python is never run"),
    "tests: ['https://docs.google.com/spreadsheets/d/1']": ("tests[0]", "not fetched"),
    "tests: [{vars: {q: 'file://v.ts'}}]": ("tests[0].vars.q", "JavaScript is never run"),
    "tests: [{vars: {q: 'a {{b}}'}}]": ("tests[0].vars.q", "as it stands"),
    "tests: [{assrt: []}]": ("tests[0].assrt", "no assrt"),
    "tests: [{provider: 'openai:gpt-5'}]": ("tests[0].provider", "one test alone"),
    "tests: [{options: {transform: 'output.split(1)'}}]": ("tests[0].options.transform", "never run"),
    "tests: [{options: {storeOutputAs: a}}]": ("tests[0].options.storeOutputAs", "later tests"),
    "tests: [{assert: [{type: javascript, value: 'true'}]}]": ("tests[0].assert[0]", "never run"),
    "tests: [{assert: [{type: contain, value: a}]}]": ("tests[0].assert[0]", "is it contains?"),
    "tests: [{assert: [{type: equals, valu: a}]}]": ("tests[0].assert[0].valu", "no valu"),
}


@pytest.mark.parametrize("text", NOTED)
def test_what_is_not_understood_is_named_by_its_place(text: str, tmp_path: Path) -> None:
    """Nothing of a file is passed over in silence."""
    place, why = NOTED[text]
    (note,) = config(tmp_path, HEAD + text + "\n").not_understood
    assert note.place == place
    assert why in note.why


#: What can't be read -> (the line that is named, a word of the sentence).
BAD: dict[str, tuple[int | None, str]] = {
    HEAD + "tests:\n  - vars: {q: 1}\n  - vars: 3\n": (5, "tests[1].vars"),
    HEAD + "tests:\n  - assert: {type: equals}\n": (4, "no list of assertions"),
    HEAD + "tests:\n  - $ref: '#/nowhere'\n": (4, "nothing is where"),
    HEAD + "defaultTest:\n  vars: {q: 1}\n  threshold: high\n": (5, "is no number"),
    "a: {$ref: '#/b'}\nb: {$ref: '#/a'}\n" + HEAD: (1, "leads to itself"),
    HEAD + "tests: file:///etc/passwd\n": (None, "outside of"),
    HEAD + "tests: ../../../../etc/*\n": (None, "outside of"),
    HEAD + "tests: file://none.csv\n": (None, "no such file"),
    HEAD + "tests: &a [{vars: {q: 1}}]\n": (3, "anchors"),
    HEAD + "evaluateOptions: {repeat: 0.5}\n": (3, "repeat"),
    HEAD + "  tests: [\n": (3, ""),
    "prompts: []\nproviders: [{}]\n": (2, "a provider is"),
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_file_is_one_clear_line(text: str, tmp_path: Path) -> None:
    """What can't be read names the file, and the line where it is known."""
    line, word = BAD[text]
    with pytest.raises(BadFile) as caught:
        config(tmp_path, text)
    assert caught.value.line == line
    assert word in caught.value.message
    assert "\n" not in caught.value.message


def test_no_key_of_a_file_is_kept(tmp_path: Path) -> None:
    """Keys of providers and judges are left out, and named."""
    suite = config(
        tmp_path,
        "prompts: [a]\nproviders: [{id: 'openai:chat:m', config: {apiKey: sk-verysecret1}}]\n"
        "tests: [{options: {provider: {id: 'openai:x', config: {apiKey: sk-verysecret2}}},\n"
        "         assert: [{type: llm-rubric, value: a}]}]\n",
    )
    assert "verysecret" not in repr(suite)
    places = [note.place for note in suite.not_understood]
    assert places == ["providers[0].config.apiKey", "tests[0].options.provider.config.apiKey"]


def test_columns_say_who_is_asked_and_with_what(tmp_path: Path) -> None:
    """A provider's id and config become a model, an address and parameters; profiles go by their name."""
    suite = evals.read(written(PROMPTFOO["one's own endpoint, and prompts of its own"], tmp_path))
    first = suite.columns[0]
    assert (first.label, first.base_url) == ("here", "http://localhost:8080/v1")
    assert first.parameters == {
        "model": "tiny",
        "temperature": 0.3,
        "max_tokens": 20,
        "stop": ("END",),
        "min_p": 0.1,
    }
    assert [each.label for each in suite.columns[1:]] == [
        "openrouter:meta/llama · a",
        "openrouter:meta/llama · b",
    ]
    assert suite.columns[1].base_url == "https://openrouter.ai/api/v1"
    (mine,) = config(tmp_path, "prompts: [a]\nproviders: [profile:mine]\n").columns
    assert (mine.profile, dict(mine.parameters)) == ("mine", {})


def test_a_file_that_names_itself_over_and_over_is_refused(tmp_path: Path) -> None:
    """References that would write out a million values take no time, and are refused."""
    pieces = [f'"a{n}": [' + ", ".join([f'{{"$ref": "#/a{n + 1}"}}'] * 10) + "]" for n in range(30)]
    path = tmp_path / "c.json"
    path.write_text('{"prompts": ["a"], ' + ", ".join(pieces) + ', "a30": 1}', encoding="utf-8")
    with pytest.raises(BadFile, match="1,000,000 values"):
        evals.read(path)


def test_only_what_references_write_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred thousand cases are as many values as they are; what is named again and again is counted."""
    monkeypatch.setattr(evals_refs, "_MOST", 100)
    many: dict[str, Any] = {"tests": [{"vars": {"q": n}} for n in range(1000)]}
    assert evals_refs.resolved(many) == many
    with pytest.raises(BadInput, match="100 values more"):
        evals_refs.resolved({"a": [*range(60)], "b": [{"$ref": "#/a"}] * 2})


def test_values_that_multiply_without_end_are_refused(tmp_path: Path) -> None:
    """Lists of variables that make more than a million cases are refused before one is made."""
    with pytest.raises(BadFile, match="1,000,000 cases"):
        lists = ", ".join(f"v{n}: [{', '.join('abcdefghij')}]" for n in range(7))
        config(tmp_path, HEAD + f"tests: [{{vars: {{{lists}}}}}]\n")


# ---- written

NAME = st.text("abcdefgh_", min_size=1, max_size=6)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).filter(
    lambda text: "{" not in text and "://" not in text
)
WORDS = TEXT.filter(lambda text: text.strip() and text == text.strip())
JSON = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=3),
    max_leaves=5,
)
NUMBER = st.floats(0, 10, allow_nan=False)
LEAVES = st.builds(
    Assertion,
    type=st.sampled_from(["equals", "contains", "is-json", "llm-rubric", "similar", "regex"]),
    value=st.none() | JSON,
    threshold=st.none() | NUMBER,
    weight=NUMBER,
    metric=WORDS | st.just(""),
    negated=st.booleans(),
    transform=st.sampled_from(["", "a.b", "{{ output | trim }}"]),
    config=st.dictionaries(NAME, JSON, max_size=2),
)
ASSERTIONS = LEAVES | st.builds(
    Assertion,
    type=st.just("assert-set"),
    threshold=st.none() | NUMBER,
    inner=st.lists(LEAVES, min_size=1, max_size=2).map(tuple),
)
CASES = st.builds(
    Case,
    variables=st.dictionaries(NAME, JSON, max_size=3),
    assertions=st.lists(ASSERTIONS, max_size=2).map(tuple),
    description=TEXT,
    threshold=st.none() | NUMBER,
    group=TEXT,
    prefix=TEXT,
    suffix=TEXT,
    transform=st.sampled_from(["", "a[0]", "{{ output | upper }}"]),
    metadata=st.dictionaries(NAME.filter(lambda name: name != "group"), JSON, max_size=2),
)
MESSAGES = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["system", "user", "assistant"]), "content": TEXT}),
    min_size=1,
    max_size=3,
).map(tuple)
COLUMNS = st.builds(
    Column,
    label=WORDS,
    messages=MESSAGES,
    parameters=st.fixed_dictionaries(
        {},
        optional={
            "model": st.sampled_from(["gpt-5-mini", "org/model:tag"]),
            "temperature": st.floats(0, 2),
            "seed": st.integers(0, 9),
            "stop": st.lists(WORDS, min_size=1, max_size=2, unique=True).map(tuple),
            "min_p": st.floats(0, 1),
            "extra.unheard_of": st.integers(0, 9),
        },
    ),
    profile=st.sampled_from(["", "mine"]),
    base_url=st.sampled_from(["", "http://localhost:1/v1"]),
)
SUITES = st.builds(
    Suite,
    name=WORDS,
    columns=st.lists(COLUMNS, min_size=1, max_size=3).map(tuple),
    cases=st.lists(CASES, min_size=1, max_size=3).map(tuple),
    repeat=st.integers(1, 5),
)


@given(SUITES)
def test_what_is_written_is_read_back(folder: Path, suite: Suite) -> None:
    """A suite, written as promptfoo's YAML, is the same suite when read."""
    path = folder / "written.yaml"
    made = evals_written.write(suite, path, "promptfoo")
    path.write_bytes(made.files[path])
    assert not made.notes
    assert evals.read(path) == suite


PIECES = [(name, file, text) for name, files in ALL.items() for file, text in files.items()]
#: What is put into a file: marks of YAML, JSON and templates, and what no number or path can be.
ODD = (
    *("\0", "{{", "[" * 200, "&a", "$ref: '#/'", "file://", "\ufeff", '"', "- ", "\n", ": ", "{%", "''"),
    *("99999999999999999999", "1e999", "../..", "null", "{}", "\ud800".encode("utf-8", "replace").decode()),
)


def refused(path: Path) -> str:
    """Read a file and fill the first cells; what is said where that can't be."""
    try:
        suite = evals.read(path)
        for column in suite.columns[:2]:
            for case in suite.cases[:1]:
                fill(column, case)
        for form, ending in (
            ("promptfoo", "yaml"),
            ("promptfoo", "csv"),
            ("openai", "json"),
            ("samples", "jsonl"),
        ):
            evals_written.write(suite, path.with_name(f"out.{ending}"), form)
    except (BadFile, BadInput) as error:
        return error.message
    return ""


@times(4)
@given(st.data())
def test_damage_is_told_and_nothing_else(folder: Path, data: st.DataObject) -> None:
    """Whatever stands in a file, it is read, or refused in one sentence."""
    name, file, text = data.draw(st.sampled_from(PIECES))
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, min(len(text), at + 30)))
    damaged = text[:at] + data.draw(st.sampled_from(ODD) | st.just("")) + text[end:]
    path = written({**ALL[name], file: damaged}, folder / name.replace(" ", "-"))
    assert "\n" not in refused(path).strip()


def test_promptfoo_s_types_are_declared() -> None:
    """Each name that its notation knows is in the table of assertions, which says whether it is checked."""
    lacking = [name for name in evals_assertions.TYPES if table.find(name) is None]
    assert not lacking, f"declare in chat/evaluation/assertions: {lacking}"
    judged = {name for name in evals_assertions.JUDGED if not table.find(name).never}  # type: ignore[union-attr]
    assert judged == {each for each in evals_assertions.TYPES if table.find(each).judged} | {"select-best"}  # type: ignore[union-attr]
