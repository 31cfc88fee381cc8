"""Assertions: small examples of each type, the laws that hold for all, and what is hostile."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.evaluation.assertions import likeness, patterns
from chat.evaluation.assertions.arithmetic import Unsound, reckoned
from chat.evaluation.assertions.checking import check, filled, gathered, templates
from chat.evaluation.assertions.declaration import Allowed, NotChecked
from chat.evaluation.assertions.table import TYPES, find
from chat.evaluation.judges.asking import Subject
from chat.evaluation.judges.judging import following
from chat.evaluation.judges.judging import verdict as verdict_of
from chat.evaluation.suite import Answered, Assertion, Case, Verdict

from ...conftest import ROOT
from ...support.examples import times

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
#: Types that ask a process of its own, or that nothing is said of.
QUICK = [each.name for each in TYPES if each.name not in ("python", "is-json", "contains-json")]


def verdict(
    kind: str, value: Any = None, text: str = "", answered: Answered | None = None, **more: Any
) -> tuple[bool | None, float | None]:
    made = check(Assertion(kind, value, **more), answered or Answered(text))
    return made.passed, made.score


# ---- what each says


@pytest.mark.parametrize(
    ("value", "text", "passes"),
    [
        (2, "two words", True),
        ("2", " two \n words ", True),
        (3, "two words", False),
        ({"min": 2}, "two words", True),
        ({"min": 3}, "two words", False),
        ({"max": 2}, "two words", True),
        ({"max": 1}, "two words", False),
        ({"min": 1, "max": 3}, "two words", True),
        (0, "  ", True),
        ({"min": 3, "max": 1}, "two words", None),
        ({}, "two words", None),
        ("many", "two words", None),
        (None, "two words", None),
        (True, "one", None),
    ],
)
def test_words_are_counted(value: Any, text: str, passes: bool | None) -> None:
    """word-count takes a number, or the least and the most, both within."""
    assert verdict("word-count", value, text)[0] is passes


@pytest.mark.parametrize(
    ("value", "names", "score"),
    [
        (["a", "b"], ["a", "b"], 1),
        ("a, b", ["b", "a", "a"], 1),
        (["a", "b"], ["a"], 2 / 3),
        (["a"], ["a", "b"], 2 / 3),
        (["a"], ["b"], 0),
        (["a"], [], 0),
    ],
)
def test_the_tools_called_are_counted(value: Any, names: list[str], score: float) -> None:
    """tool-call-f1 is the F1 of the sets of names, and passes from its threshold on, which is 1."""
    calls = [{"function": {"name": name, "arguments": "{}"}} for name in names]
    answered = Answered("", {"tool_calls": calls})
    assert verdict("tool-call-f1", value, answered=answered) == (score == 1, pytest.approx(score))
    assert verdict("tool-call-f1", value, answered=answered, threshold=0.5)[0] is (score >= 0.5)


def test_tools_in_a_text_are_found() -> None:
    """A text that is JSON of calls, of a message or of an item of a response names the tools, too."""
    for text in (
        '[{"name": "a"}]',
        '{"tool_calls": [{"function": {"name": "a"}}]}',
        '{"type": "function_call", "name": "a"}',
    ):
        assert verdict("tool-call-f1", "a", text) == (True, 1.0)
    assert verdict("tool-call-f1", "a", "call a")[0] is False
    assert verdict("tool-call-f1", [], "x")[0] is None


@pytest.mark.parametrize(
    ("operation", "text", "passes"),
    [
        ("eq", "Yes", True),
        ("eq", "yes", False),
        ("ne", "yes", True),
        ("ne", "Yes", False),
        ("like", "Yes, it is", True),
        ("like", "yes, it is", False),
        ("ilike", "yes, it is", True),
        ("ilike", "no", False),
        ("about", "Yes", None),
    ],
)
def test_string_check(operation: str, text: str, passes: bool | None) -> None:
    """OpenAI's string_check compares the whole, or looks for the reference in the text."""
    value = {"input": text, "operation": operation, "reference": "Yes"}
    assert verdict("string_check", value)[0] is passes


@pytest.mark.parametrize(
    ("metric", "score"),
    [
        ("fuzzy_match", 2 * 20 / (22 + 22)),
        ("rouge_1", 5 / 6),
        ("rouge_2", 3 / 5),
        ("rouge_3", 1 / 4),
        ("rouge_l", 5 / 6),
        ("gleu", (5 + 3 + 1 + 0) / (6 + 5 + 4 + 3)),
        ("bleu", (5 / 6 * 3 / 5 * 1 / 4 * 1e-7) ** 0.25),
        ("meteor", (1 - 0.5 * (2 / 5) ** 3) * 5 / 6),
    ],
)
def test_text_similarity(metric: str, score: float) -> None:
    """OpenAI's text_similarity, reckoned by hand for one word of six that is another."""
    value = {"input": "the cat sat by the mat", "reference": "the cat sat on the mat"}
    made = verdict("text_similarity", {**value, "evaluation_metric": metric, "pass_threshold": 0.6})
    assert made == (score >= 0.6, pytest.approx(score))


def test_cosine_needs_embeddings() -> None:
    """Nothing is said of a metric that needs embeddings, and of one that is not known."""
    value = {"input": "a", "reference": "a", "evaluation_metric": "cosine"}
    assert verdict("text_similarity", value)[0] is None
    assert verdict("text_similarity", {**value, "evaluation_metric": "best"})[0] is None


def test_a_short_answer_is_worth_less() -> None:
    """BLEU's penalty makes an answer worth less that is shorter than its nearest reference, never more."""
    reference = "one two three four five six seven eight"
    assert likeness.bleu(reference, [reference]) == pytest.approx(1)
    assert likeness.bleu("one two three four", [reference]) == pytest.approx(2.718281828**-1)
    assert likeness.bleu("one two three four", [reference, "one two three four"]) == pytest.approx(1)


@given(
    st.lists(st.sampled_from("abc d e.".split()), max_size=8),
    st.lists(st.sampled_from("abc d e.".split()), max_size=8),
)
def test_likeness_is_a_share(one: list[str], other: list[str]) -> None:
    """Each measure of likeness is from 0 to 1, and 1 for GLEU and ROUGE where the texts are the same."""
    left, right = " ".join(one), " ".join(other)
    for score in (
        likeness.bleu(left, [right]),
        likeness.gleu(left, [right]),
        likeness.rouge(left, right),
        likeness.rouge_n(left, right, 2),
        likeness.rouge_l(left, right),
        likeness.meteor(left, [right]),
        likeness.fuzzy(left, right),
    ):
        assert 0 <= score <= 1
    if one:
        assert likeness.gleu(left, [left]) == likeness.rouge(left, left) == 1


# ---- graders together


def multi(formula: str, **outcomes: bool) -> tuple[bool | None, float | None]:
    inner = tuple(
        Assertion("string_check", {"input": "a", "reference": "a" if good else "b", "name": name})
        for name, good in outcomes.items()
    )
    return verdict("multi", {"calculate_output": formula}, inner=inner)


def test_graders_are_reckoned_together() -> None:
    """A formula names the graders; its score is cut to 0..1, and half of it passes."""
    assert multi("0.25 * a + 0.75 * b", a=True, b=False) == (False, 0.25)
    assert multi("max(a, b)", a=True, b=False) == (True, 1.0)
    assert multi("(a + b) * 9", a=True, b=True) == (True, 1.0)
    assert multi("a - 3", a=True) == (False, 0.0)
    assert multi("c", a=True) == (None, None)


def test_a_grader_that_is_not_checked_leaves_the_formula_open() -> None:
    """Where one of them is not checked, the whole is not, until a judge has given its verdict."""
    inner = (Assertion("score_model", {"name": "a"}),)
    assertion = Assertion("multi", {"calculate_output": "a"}, inner=inner)
    assert check(assertion, Answered("")).passed is None
    made = gathered(assertion, (Verdict(inner[0], True, 0.75),), Answered(""))
    assert (made.passed, made.score, len(made.inner)) == (True, 0.75, 1)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("a", 0.5),
        ("a + 2 * 3", 6.5),
        ("-a / 2", -0.25),
        ("min(a, 0.2) + max(1, 2, 3)", 3.2),
        ("2 ** 3 - abs(-1)", 7),
        ("floor(2.5) + ceil(2.5) + sqrt(4) + exp(0) + log(1)", 8),
        ("b.score", 0.25),
    ],
)
def test_formulas(formula: str, value: float) -> None:
    """What OpenAI's formulas may have: numbers, names, the operations and their functions."""
    assert reckoned(formula, {"a": 0.5, "b.score": 0.25}) == pytest.approx(value)


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('true')",
        "a.__class__",
        "(lambda: 1)()",
        "[1 for _ in a]",
        "'a' * 9",
        "True",
        "a if a else 1",
        "open('x')",
        "9 ** 9 ** 9",
        "1 / 0",
        "log(0)",
        "sqrt(-1)",
        "1e999",
        "min(1)",
        "abs(1, 2)",
        "min(*a)",
        "a +",
        "",
        "a; a",
        "(" * 500 + ")" * 500,
        "1+" * 900 + "1",
        "9" * 1990,
        "a" * 3000,
        "\0",
    ],
)
def test_what_is_no_formula_is_refused(formula: str) -> None:
    """Nothing else is reckoned, and nothing runs."""
    with pytest.raises(Unsound):
        reckoned(formula, {"a": 0.5})


# ---- Python


PYTHON = Allowed(python=True)
DATED = Case({"day": datetime.date(2026, 11, 30)})


def python(value: Any, text: str = "abc", **more: Any) -> tuple[bool | None, float | None, str]:
    made = check(Assertion("python", value, **more), Answered(text, prompt="p"), Case({"a": 1}), PYTHON)
    return made.passed, made.score, made.why


def test_python_is_off() -> None:
    """A file's Python does not run unless it is allowed, and that is said."""
    made = check(Assertion("python", "open('/tmp/x', 'w')"), Answered("abc"))
    assert made.passed is None and "allowed" in made.why


def test_python_gives_a_verdict() -> None:
    """It sees the answer and the case, and may give back yes or no, a score, or both."""
    assert python("output == 'abc' and context['vars']['a'] == 1") == (True, 1.0, "")
    assert python("x = len(output)\nif x:\n  return x / 6\nreturn 0") == (True, 0.5, "")
    assert python("0.5", threshold=0.6)[:2] == (False, 0.5)
    assert python("{'pass': False, 'score': 0.2, 'reason': 'so'}") == (False, 0.2, "so")
    assert python("7")[:2] == (True, 1.0)
    assert python("print('noise') or True")[:2] == (True, 1.0)
    grader = {
        "source": "def grade(sample, item):\n    return sample['output_text'] == 'abc' and item['a'] / 2"
    }
    assert python(grader)[:2] == (True, 0.5)


def test_python_that_fails_fails_the_answer() -> None:
    """What it raises is told in a line; leaving is no way out, and the next one is served."""
    assert python("1 / 0")[2] == "the Python fails: ZeroDivisionError: division by zero"
    assert python("exit(0)")[2].startswith("the Python fails: SystemExit")
    assert python("def")[0] is False
    assert python("bytearray(10 ** 11)")[2].startswith("the Python fails: it takes too much memory")
    assert python("None")[0] is None
    assert python("float('nan')")[0] is not True
    assert python("__import__('os')._exit(3)")[0] is None
    assert python("True")[0] is True


# ---- what is hostile


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("^(a+)+$", "a" * 5000 + "b"), ("(x+x+)+y", "x" * 5000), (r"^(\w+\s?)*$", "word " * 3000 + "!")],
)
def test_a_search_ends(pattern: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A regular expression that would take for ever stops, or finds that there is nothing."""
    monkeypatch.setattr(patterns, "SECONDS", 0.2)
    assert verdict("regex", pattern, text)[0] in (None, False)


def test_a_search_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the expression and the seconds."""
    monkeypatch.setattr(patterns, "SECONDS", 0.05)
    with pytest.raises(NotChecked, match=r"\(x\+x\+\)\+y\\1/ takes more than 0.05 s"):
        patterns.searched(r"(x+x+)+y\1", "x" * 5000)


SIZE = 100_000  # what takes the square of this would never end
HUGE = {
    name: (piece * SIZE)[:SIZE] + rest
    for name, piece, rest in (
        ("a", "a", ""),
        ("words", "one two three ", ""),
        ("{", "{", ""),
        ("{}", "{a: {", "}" * SIZE),
        ("<", "<a ", ""),
        ("tags", "<a>x</a>", ""),
        ("select", "SELECT (1 + ", ""),
        ("space", " ", "x"),
    )
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_a_huge_answer_is_judged(text: str) -> None:
    """A large answer ends each check, whatever its shape, with a verdict or without."""
    for name in QUICK:
        assert "the check itself failed" not in check(Assertion(name, text[:2000]), Answered(text)).why
    assert "the check itself failed" not in check(Assertion("contains-json"), Answered(text)).why
    assert verdict("levenshtein", text[::-1], text, threshold=10_000_000)[0] is True


# ---- laws


@given(st.sampled_from(QUICK), JSON, st.text(max_size=40), st.none() | st.floats(0, 5), st.booleans())
@times(4)
def test_whatever_is_asked_is_answered(
    kind: str, value: Any, text: str, threshold: float | None, called: bool
) -> None:
    """A verdict is never an error: yes, no, or not checked with a sentence; its score is a share; and `not-`
    is the contrary of each."""
    message = {"tool_calls": [value] if called else value} if called or isinstance(value, list) else {}
    answered = Answered(
        text,
        message,
        logprobs=(-0.5,),
        seconds=1,
        cost=0.1,
        parameters={"tools": [value], "functions": value},
    )
    assertion = Assertion(kind, value, threshold, config=value if isinstance(value, dict) else {})
    plain = check(assertion, answered)
    other = check(Assertion(kind, value, threshold, negated=True, config=assertion.config), answered)
    assert "the check itself failed" not in plain.why
    if plain.passed is None:
        assert plain.score is None and plain.why and other.passed is None
    else:
        assert plain.score is not None and 0 <= plain.score <= 1
        assert other.passed is not plain.passed
        assert other.score == pytest.approx(1 - plain.score)
        assert bool(plain.why) is not plain.passed


@given(JSON, st.text(max_size=60))
@times(0.6)
def test_json_is_judged_whatever_it_is(value: Any, text: str) -> None:
    """The same for what is held against a schema, in a process of its own."""
    for kind in ("is-json", "contains-json"):
        made = check(Assertion(kind, value), Answered(text))
        assert "the check itself failed" not in made.why


@given(st.text("ab.*+?^$()[]{}|\\dwsbBSDWkpux0123,-:=!<>\n😀é", max_size=12), st.text("ab\n 1😀", max_size=8))
@times(8)
def test_any_pattern_is_searched_or_refused(pattern: str, text: str) -> None:
    """Whatever the expression is, it is found, not found, or not checked."""
    made = check(Assertion("regex", pattern), Answered(text))
    assert "the check itself failed" not in made.why


@given(st.text(max_size=20), st.text(max_size=20))
def test_what_is_escaped_is_found_as_it_is(before: str, needle: str) -> None:
    """A text whose special characters are escaped finds itself."""
    escaped = re.sub(r"([\\^$.*+?()\[\]{}|/])", r"\\\1", needle)
    if escaped:
        assert verdict("regex", escaped, before + needle)[0] is True


@given(
    st.recursive(
        st.builds(lambda value: Assertion("contains-any", value), st.text() | st.lists(st.text(), max_size=3))
        | st.builds(lambda text: Assertion("string_check", {"input": text, "operation": "eq"}), st.text())
        | st.builds(
            lambda value: Assertion("equals", value), st.integers() | st.dictionaries(st.text(), st.text())
        ),
        lambda inner: st.builds(
            lambda each: Assertion("assert-set", inner=tuple(each)), st.lists(inner, max_size=3)
        ),
        max_leaves=5,
    )
)
def test_templates_are_put_back_where_they_were(assertion: Assertion) -> None:
    """The texts that are templates, filled with themselves, make the same assertion."""
    assert filled(assertion, templates(assertion)) == assertion


def test_what_is_a_template() -> None:
    """Texts, texts of lists, and all that a grader compares; no objects, files and names."""
    assert templates(Assertion("contains", "{{a}}")) == ("{{a}}",)
    assert templates(Assertion("contains-all", ["{{a}}", 1, ["b"]])) == ("{{a}}",)
    assert templates(Assertion("is-json", {"type": "{{a}}"})) == ()
    assert templates(Assertion("is-json", "file://schema.json")) == ()
    grader = {
        "type": "string_check",
        "input": "{{sample.output_text}}",
        "operation": "eq",
        "reference": "{{item.a}}",
    }
    assert templates(Assertion("string_check", grader)) == ("{{sample.output_text}}", "{{item.a}}")
    both = Assertion("assert-set", inner=(Assertion("equals", "x"), Assertion("equals", "y")))
    assert [each.value for each in filled(both, ("1", "2")).inner] == ["1", "2"]


# ---- the table


def test_each_type_is_declared_once() -> None:
    """No name stands twice, and each says what it is held against."""
    names = [each.name for each in TYPES]
    assert len(set(names)) == len(names)
    assert all(each.against and each.scores for each in TYPES)
    assert find("factuality") is find("model-graded-factuality")
    assert find("no-such") is None


@pytest.mark.parametrize("value", ["file://a.txt", ["x", "file://a.json"], "package:a:b"], ids=str)
def test_a_file_that_was_not_read_is_not_taken_for_its_name(value: Any) -> None:
    """Where a value still names a file, nothing is checked, by no type and no judge."""
    for each in TYPES:
        assert check(Assertion(each.name, value), Answered("file://a.txt"), None, PYTHON).passed is None
    subject = Subject("p", "x", ("x", "y"))
    assert following(Assertion("llm-rubric", value), subject) is None
    assert "was not read" in verdict_of(Assertion("llm-rubric", value), subject, ()).why


def test_an_unknown_type_is_told_what_it_is_near() -> None:
    """A type that nobody knows is not checked, and the nearest name is offered."""
    made = check(Assertion("containz", "a"), Answered("a"))
    assert made.passed is None and "contains?" in made.why


def test_a_package_that_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, what needs it is not checked, and says what to install."""
    for kind, value, package in (
        ("is-html", None, "selectolax"),
        ("is-sql", None, "sqlglot"),
        ("levenshtein", "abcdefghij", "rapidfuzz"),
        ("meteor", "a", "snowballstemmer"),
    ):
        module = {"selectolax": "selectolax.lexbor", "rapidfuzz": "rapidfuzz.distance"}.get(package, package)
        monkeypatch.setitem(__import__("sys").modules, module, None)
        made = check(Assertion(kind, value), Answered("<p>1234567"))
        assert made.passed is None
        assert made.why == f"it needs {package}: pip install 'tempera-shell[eval]'"
        assert package in (find(kind) or TYPES[0]).needs


def table() -> str:
    """Give the page's table of types."""
    rows = ["| type | held against | score |", "|---|---|---|"]
    for each in TYPES:
        needs = f" (needs {', '.join(each.needs)})" if each.needs else ""
        rows.append(f"| `{each.name}` | {each.against}{needs} | {each.scores} |")
    return "\n".join(rows)


def test_the_page_lists_the_types() -> None:
    """docs/evaluation.md has the table that is made from the code; where it differs, this prints it."""
    page = (ROOT / "docs/evaluation.md").read_text(encoding="utf-8")
    inside = page.partition("<!-- assertions -->\n")[2].partition("\n<!-- /assertions -->")[0]
    assert inside == table(), f"\n{table()}"
