"""Prompts in other people's forms, in the shape of their published examples, written anew."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from chat.base.errors import BadFile, BadInput
from chat.prompts import files, github
from chat.prompts.prompt import JINJA, PLAIN, Prompt, Variable
from chat.prompts.template import filled

GITHUB = """\
name: Summarise
description: Makes a text short
model: openai/gpt-4o-mini
modelParameters:
  temperature: 0.5
  maxTokens: 100
  odd: 1
messages:
  - role: system
    content: You make texts short.
  - role: user
    content: 'Summarise: {{input}}'
testData:
  - input: A long story.
    expected: A story.
evaluators:
  - name: short
    string: {contains: story}
"""
PROMPTY = """\
---
name: Shop helper
description: Answers customers
authors: [somebody]
model:
  api: chat
  configuration:
    type: azure_openai
    azure_deployment: gpt-4o-mini
    azure_endpoint: ${env:AZURE_OPENAI_ENDPOINT}
  parameters:
    max_tokens: 300
    temperature: 0.2
inputs:
  firstName: {type: string, sample: Jane}
  question: What do tents cost?
  lines:
    type: array
    default: [a, b]
---
system:
You help {{firstName}}.
{% for each in lines %}* {{ each }}
{% endfor %}

user:
{{question}}
"""
DOTPROMPT = """\
---
model: googleai/gemini-2.0-flash
config:
  temperature: 1.2
  maxOutputTokens: 50
  topK: 40
  stopSequences: [END]
input:
  schema:
    theme: string, what the menu is about
    count?: integer
    tags(array, its words): string
  default:
    theme: pirates
output:
  format: json
  schema: {dishes: string}
---
{{role "system"}}
You invent menus.
{{role "user"}}
A menu about {{theme}}.{{#if count}} {{count}} dishes.{{/if}}
{{#each tags}}- {{this}}
{{/each}}
"""


def test_github_models_is_read() -> None:
    """Messages, model and parameters come over, the first test case as examples, and the rest is named."""
    found = files.loads(Path("a.prompt.yml"), GITHUB)
    assert found.prompt.template == PLAIN
    assert found.prompt.parameters == {"model": "openai/gpt-4o-mini", "temperature": 0.5, "max_tokens": 100}
    assert found.prompt.variables == (Variable("input", example="A long story."),)
    assert filled(found.prompt, {"input": "x"})[1][1] == {"role": "user", "content": "Summarise: x"}
    assert "".join(found.notes).count("left out") == 2


def test_github_models_is_written() -> None:
    """What is written in their form is read back the same, and has their names."""
    prompt = files.loads(Path("a.prompt.yml"), GITHUB).prompt
    text = github.write("a", prompt)
    assert files.loads(Path("a.prompt.yml"), text).prompt == prompt
    assert yaml.safe_load(text)["modelParameters"] == {"temperature": 0.5, "maxTokens": 100}
    system = Prompt("You are terse.", ({"role": "user", "content": "{{a}}"},), template=PLAIN)
    assert yaml.safe_load(github.write("b", system))["messages"][0]["role"] == "system"
    for bad in (Prompt("x", template=JINJA), Prompt("", ({"role": "user", "content": [{}]},))):
        with pytest.raises(BadInput):
            github.write("c", bad)


def test_prompty_is_read() -> None:
    """Roles by line, jinja where there is some, inputs with types and samples; where to send is left out."""
    found = files.loads(Path("a.prompty"), PROMPTY)
    prompt = found.prompt
    assert prompt.template == JINJA
    assert prompt.parameters == {"model": "gpt-4o-mini", "max_tokens": 300, "temperature": 0.2}
    assert prompt.variable("firstName").example == "Jane"
    assert prompt.variable("lines") == Variable("lines", "array", default=["a", "b"])
    assert any("configuration" in each for each in found.notes)
    system, messages = filled(prompt, {"firstName": "Ann", "question": "{{ 7 }}"})
    assert system == "You help Ann.\n* a\n* b\n"
    assert messages == [{"role": "user", "content": "{{ 7 }}"}]


def test_prompty_without_logic_is_plain() -> None:
    """A Prompty file with names alone needs no jinja."""
    found = files.loads(Path("a.prompty"), "---\nname: a\n---\nsystem:\nYou are {{ tone }}.\nuser:\nhi\n")
    assert found.prompt.template == PLAIN
    assert [each.name for each in found.prompt.variables] == ["tone"]


def test_dotprompt_is_read() -> None:
    """Roles, names and blocks of Handlebars come over; so do config and Picoschema."""
    prompt = files.loads(Path("a.prompt"), DOTPROMPT).prompt
    assert prompt.parameters == {
        "model": "googleai/gemini-2.0-flash",
        "temperature": 1.2,
        "max_tokens": 50,
        "top_k": 40,
        "stop": ("END",),
        "response_format": {"type": "json_object"},
    }
    assert prompt.variable("theme") == Variable("theme", "string", "what the menu is about", "pirates")
    assert prompt.variable("count") == Variable("count", "integer", required=False)
    assert prompt.variable("tags").type == "array"
    assert prompt.system == "You invent menus."
    _, messages = filled(prompt, {"tags": ["x", "y"], "count": 3})
    assert messages[0]["content"].split() == "A menu about pirates. 3 dishes. - x - y".split()


def test_dotprompt_with_an_image_has_parts() -> None:
    """{{media}} becomes a part with the address of an image."""
    prompt = files.loads(Path("a.prompt"), "What is this?\n{{media url=photo}}\n").prompt
    assert filled(prompt, {"photo": "https://a.example/p.png"})[1] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "https://a.example/p.png"}},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.prompt", "{{> partial}}", "partial"),
        ("a.prompt", "{{#if a}}x", "no end"),
        ("a.prompt", "{{json a}}", "json"),
        ("a.prompty", "---\nname: a\nsystem:\nx\n", "---"),
        ("a.prompty", "---\na: [\n---\nx\n", "line"),
        ("a.prompty", "---\ntemplate: liquid\n---\nx\n", "liquid"),
        ("a.prompt.yml", "name: a\nmessages: 3\n", "messages"),
        ("a.prompt.yml", "messages:\n- role: user\n", "neither"),
    ],
)
def test_what_has_no_counterpart_is_named(name: str, text: str, said: str) -> None:
    """A file that can't be taken as meant is refused, with what it has that is not known here."""
    if said == "neither":
        assert files.loads(Path(name), text).prompt.messages
        return
    with pytest.raises(BadFile, match=said):
        files.loads(Path(name), text)
