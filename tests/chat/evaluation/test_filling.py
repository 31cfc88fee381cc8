"""A cell's messages: values are inserted as text, once, and a template never reads them again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadValue
from chat.evaluation import filling, plan, transforms
from chat.evaluation.filling import fill, plain
from chat.evaluation.suite import Assertion, Case, Column, NotUnderstood, Suite

from ...support.examples import times


def user(text: Any) -> tuple[dict[str, Any], ...]:
    return ({"role": "user", "content": text},)


VALUES = {"item": {"a": {"b": [1, "x"]}, "t": "{{item.a}}"}, "n": 2}
PLAIN = {
    "{{item.a.b[1]}} {{ n }}": "x 2",
    "{{item.a.b.0}}": "1",
    "{{item.a}}": '{"b": [1, "x"]}',
    "{{item.t}}": "{{item.a}}",
    "{{item.z}} {{m}} {{item.a.b[9]}}": "{{item.z}} {{m}} {{item.a.b[9]}}",
    "{{ n | upper }} {% if n %}": "{{ n | upper }} {% if n %}",
}


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_text_takes_values_by_their_place(text: str) -> None:
    """Names, fields and numbers lead to a value; what leads nowhere stays as it is."""
    assert plain(text, VALUES) == PLAIN[text]


@times(2)
@given(st.text(max_size=30))
def test_a_value_is_inserted_as_it_is(value: str) -> None:
    """Whatever a value holds, it comes out as it went in, by either kind of template."""
    assert plain("<{{a}}>", {"a": value}) == f"<{value}>"


def test_jinja_does_not_read_a_value_again() -> None:
    """A value with marks of a template is text; what is missing is empty, as it is with Nunjucks."""
    values = {"a": "{{ b }} {% x", "many": ["p", "q"], "deep": {"k": True}}
    made = fill(
        Column("c", user("{{ a }}|{{ missing.x }}|{{ many }}|{{ deep }}|{{ a | dump }}")), Case(values)
    )
    assert made[0]["content"] == '{{ b }} {% x||p,q|{"k": true}|"{{ b }} {% x"'


def test_what_stands_around_goes_around_the_last_word_of_the_user() -> None:
    """Prefix and suffix are templates, too, and stand around the prompt's text."""
    messages = ({"role": "system", "content": "S"}, *user("{{a}}"))
    made = fill(Column("c", messages), Case({"a": "x"}, prefix="Hey, ", suffix=" {{a}}"))
    assert [each["content"] for each in made] == ["S", "Hey, x x"]


def test_a_reference_stands_for_messages_of_the_case() -> None:
    """A case may bring the messages, or the text, that is asked."""
    column = Column("c", ({"role": "system", "content": "S"}, {"item_reference": "item.m"}), template="plain")
    talk = [{"role": "user", "content": "{{n}}"}, {"role": "assistant", "content": "y"}]
    assert fill(column, Case({"item": {"m": talk}, "n": 1}))[1:] == talk
    assert fill(column, Case({"item": {"m": "hi"}}))[1] == {"role": "user", "content": "hi"}
    with pytest.raises(BadValue, match=r"item\.m holds no messages"):
        fill(column, Case({"item": {}}))


CHAT = {
    '[{"role": "user", "content": {{ a | dump }}}]': 'say "hi"',
    "- role: user\n  content: {{ a | dump }}\n": 'say "hi"',
}


@pytest.mark.parametrize("text", CHAT)
def test_a_template_may_make_the_messages(text: str) -> None:
    """A text out of which JSON or YAML comes is read as messages after it was filled."""
    column = Column("c", user(text), template="chat")
    assert fill(column, Case({"a": CHAT[text]})) == [{"role": "user", "content": CHAT[text]}]
    with pytest.raises(BadValue, match="no messages"):
        fill(Column("c", user("{{a}}"), template="chat"), Case({"a": "word"}))


def test_messages_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that is inserted again and again can't fill the memory."""
    monkeypatch.setattr(filling, "MOST", 1000)
    with pytest.raises(BadValue, match="1,000 characters"):
        fill(Column("c", user("{{a}}" * 50), template="plain"), Case({"a": "x" * 50}))


#: What a file says -> (what is kept, what kind it is).
TRANSFORMS = {
    "output": ("", ""),
    "output.a.b[0]": ("a.b[0]", "jmespath"),
    "JSON.parse(output).name": ("name", "jmespath"),
    "output.trim()": ("{{ output | trim }}", "jinja"),
    "a[?b > `1`].c": ("a[?b > `1`].c", "jmespath"),
    "length(@)": ("length(@)", "jmespath"),
    "{{ output[:5] }}": ("{{ output[:5] }}", "jinja"),
    **{
        text: (text, "")
        for text in (
            "output.length",
            "output.split(' ')[0]",
            "context.vars.a",
            "(x) => x",
            "return output",
            "file://t.js",
            "output?.a",
            "output.replace('a', 'b')",
        )
    },
}


@pytest.mark.parametrize("text", TRANSFORMS)
def test_a_transform_is_a_path_or_a_template(text: str) -> None:
    """A path alone is read as JMESPath, a few calls as jinja; any other JavaScript stays, and is none."""
    made = transforms.normal(text)
    assert (made, transforms.kind(made)) == TRANSFORMS[text]
    assert transforms.normal(made) == made


def test_a_plan_counts_what_is_not_checked() -> None:
    """What is not understood, and what stands behind a transform that can't be done, is not checked."""
    known, script = Assertion("equals", "a", place="x"), Assertion("javascript", "1", place="y")
    cases = (Case({"q": "1"}, (known, script)), Case({}, (known,), transform="output.split(1)", place="here"))
    columns = (Column("c", user("{{q}} {{r}}")),)
    found = plan.of(Suite("s", columns, cases, repeat=3, not_understood=(NotUnderstood("y", "why"),)))
    assert found.answers == 6
    assert (found.checked, found.unchecked) == ({"equals": 1}, {"javascript": 1, "equals": 1})
    assert [(each.place, each.why) for each in found.missing] == [
        ("{{q}}", "one case of 2 has none (the first is here)"),
        ("{{r}}", "no case has a value"),
    ]
