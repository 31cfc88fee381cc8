"""Plain templates: what is a variable, and what stays as it is."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from chat.prompts.prompt import PLAIN, Prompt, Variable
from chat.prompts.template import declared, fill, filled, names_in, quoted

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}", fullmatch=True)
BRACES = st.text("{}ab _%#\n", max_size=40)


@given(st.lists(st.tuples(BRACES.map(lambda text: text.replace("{", "(")), NAMES), max_size=5), st.data())
def test_a_value_is_inserted_as_text(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    """Each name becomes its value, as it is: one that looks like a variable is not filled again."""
    values = {name: data.draw(BRACES | st.just("{{a}}") | st.text(max_size=9)) for _, name in parts}
    template = "".join(text + "{{" + name + "}}" for text, name in parts)
    assert fill(template, values) == "".join(text + values[name] for text, name in parts)
    assert names_in(template) == list(dict.fromkeys(name for _, name in parts))


@given(BRACES, st.dictionaries(NAMES, BRACES, max_size=3))
def test_what_is_no_template_never_changes(text: str, values: dict[str, str]) -> None:
    """Braces in a prompt that declares no template are text, whatever values there are."""
    prompt = Prompt(text, ({"role": "user", "content": text},))
    assert declared(prompt) == prompt
    assert filled(prompt, values) == (text, [{"role": "user", "content": text}])


@given(BRACES)
def test_braces_that_name_nothing_stay(text: str) -> None:
    """In a template, what is no {{name}} is text as well."""
    found = names_in(text)
    made = fill(text, dict.fromkeys(found, ""))
    assert found or made == text


@given(BRACES | st.just("{{a}} {{b}}"))
def test_text_that_came_with_braces_keeps_them(text: str) -> None:
    """Where only some names are meant as variables, the others stay as they were, whatever is filled."""
    prompt = quoted(Prompt(text), ["wanted"])
    assert filled(prompt, {"wanted": "x"})[0] == fill(text, {"wanted": "x"})


def test_messages_are_filled_in_the_apis_form() -> None:
    """Texts in parts, addresses of images and arguments of calls are filled; roles and types are not."""
    message = {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is {{what}}?"},
            {"type": "image_url", "image_url": {"url": "{{ url }}"}},
        ],
        "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": '{"a": "{{what}}"}'}}],
    }
    prompt = declared(Prompt(messages=(message,), template=PLAIN))
    assert [each.name for each in prompt.variables] == ["what", "url"]
    text = json.dumps(filled(prompt, {"what": "this", "url": "https://a.example/b.png"})[1])
    assert "{{" not in text and "https://a.example/b.png" in text and "What is this?" in text


def test_a_default_is_used_and_a_missing_value_is_seen() -> None:
    """A default fills what is not given; what is missing stays in its braces; what is optional is empty."""
    prompt = Prompt(
        "{{a}}{{b}}{{c}}",
        variables=(Variable("a", default="x"), Variable("b"), Variable("c", required=False)),
        template=PLAIN,
    )
    assert filled(prompt, {})[0] == "x{{b}}"
    assert [each.name for each in prompt.missing({})] == ["b"]
    assert filled(prompt, {"a": "", "b": "y"})[0] == "y"
