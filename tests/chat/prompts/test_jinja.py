"""Jinja templates: rendered apart, and held to limits."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from chat.base.errors import BadValue
from chat.prompts import jinja
from chat.prompts.jinja import JinjaProcess

from ...conftest import ROOT
from ...support.killed import kill


@pytest.fixture(scope="module")
def process() -> JinjaProcess:
    return JinjaProcess()


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{% for each in items %}{{ each }};{% endfor %}", "a;b;"),
        ("{{ city | upper }}\n", "ROME\n"),
        ("{% if items %}yes{% endif %}", "yes"),
        ("{{ city }}", "Rome"),
        ("<{{ hostile }}>", "<{{ 7*7 }}{% for %}>"),
    ],
)
def test_a_template_is_filled(process: JinjaProcess, template: str, text: str) -> None:
    """Loops, filters and conditions work; a value is inserted as text, whatever it looks like."""
    values = {"items": ["a", "b"], "city": "Rome", "hostile": "{{ 7*7 }}{% for %}"}
    assert process.render([template], values) == [text]


ATTACKS = (
    "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
    "{{ 'a' * 10**10 }}",
    "{{ 'a' * 10**8 }}",
    "{{ [1] * 10**10 }}",
    "{{ {'a': 1} | tojson(indent=10**9) }}",
    "{{ 'a' | center(10**10) }}",
    "{{ 'a' | indent(10**10) }}",
    "{{ 9**(9**9) }}",
    "{{ 2**(10**8) }}",
    "{{ '%0999999999d' % 1 }}",
    "{{ '{:>9999999999}'.format(1) }}",
    "{{ ('a' * 10**6) | replace('a', 'b' * 10**6) }}",
    "{{ range(10**9) | list }}",
    "{{ ().__class__.__base__.__subclasses__() }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ '{0.__class__.__mro__}' | format(1) | attr('__class__') }}",
    "{{ ''|attr('__class__') }}",
    "{{ lipsum.__globals__ }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends '/etc/passwd' %}",
    "{{ config }}",
    "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}",
    "{{ " + "(" * 5000 + ")" * 5000 + " }}",
    "{{ " + "-" * 20000 + "1 }}",
    "{% for i in range(10) recursive %}{{ loop([1]) }}{% endfor %}",
    "{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' | wordwrap(1) * 10**7 }}",
    "{{ 'a' | urlize * 10**9 }}",
)


@pytest.mark.parametrize("template", ATTACKS)
def test_an_attack_costs_a_sentence(process: JinjaProcess, template: str) -> None:
    """Loops without end, huge texts and ways out of the sandbox end in a sentence, in seconds, and the next
    template is filled as if nothing had been."""
    begun = time.monotonic()
    with pytest.raises(BadValue, match=r"the jinja template fails: .{3,300}"):
        process.render([template], {})
    assert time.monotonic() - begun < jinja.SECONDS + 3
    assert process.render(["{{ a }}"], {"a": "still here"}) == ["still here"]


def test_a_key_of_the_environment_is_not_there(
    process: JinjaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process has none of the shell's secrets, even where a template got out."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    own = JinjaProcess()
    own.render(["a"], {})
    with open(f"/proc/{own.child.pid}/environ", "rb") as file:
        assert b"sk-secret" not in file.read()


def test_a_process_that_died_is_replaced() -> None:
    """Whoever kills the process costs the next template its start, and nothing else."""
    own = JinjaProcess()
    own.render(["a"], {})
    first = own.child.pid
    kill(own.child)
    assert own.render(["{{ b }}"], {"b": "x"}) == ["x"]
    assert own.child.pid != first


def test_one_process_renders_many() -> None:
    """Templates one after another take one start."""
    own = JinjaProcess()
    own.render(["a"], {})
    first = own.child.pid
    for number in range(50):
        assert own.render(["{{ n }}"], {"n": number}) == [str(number)]
    assert own.child.pid == first


def test_what_is_missing_is_named(process: JinjaProcess) -> None:
    """A name that nothing gives a value is an error that names it, and is found without rendering."""
    with pytest.raises(BadValue, match="city"):
        process.render(["{{ city }}"], {})
    assert process.names(["{% for a in things %}{{ a }}{{ range(3) }}{% endfor %}", "{{ city }}"]) == [
        "things",
        "city",
    ]


def test_jinja_is_loaded_by_its_process_alone() -> None:
    """Neither the start of the shell nor a plain template loads jinja2."""
    code = "import sys, shell; from chat.prompts import files, template; assert 'jinja2' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
