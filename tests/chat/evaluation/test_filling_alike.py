"""What is filled without jinja's process is what that would make."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chat.evaluation import filling
from chat.prompts import jinja
from tests.support.examples import times

_PIECES = st.sampled_from(
    [
        "{{a}}",
        "{{ b }}",
        "{{ missing }}",
        "{{ a.b }}",
        "{{ c.d }}",
        "{{c.items}}",
        "{{ c.e.f }}",
        "{{c}}",
        "{{self}}",
        "{{true}}",
        "{{ a-b }}",
        "{{ a | upper }}",
    ]
    + [
        "{% if a %}x{% endif %}",
        "{# no #}",
        "{{",
        "}}",
        "{",
        "%}",
        "\n",
        "\r\n",
        " ",
        "é",
        "$",
        "word",
        "{{ 1 }}",
    ]
)


@times(4)
@given(st.lists(_PIECES, max_size=6), st.text(max_size=8), st.text(max_size=8))
def test_the_short_way_says_the_same(pieces: list[str], a: str, b: str) -> None:
    """Whatever a template holds: where it is filled here, the process makes the same of it."""
    text, values = "".join(pieces), {"a": a, "b": b, "c": {"d": b, "items": a, "e": {"f": a}}}
    found = filling._without_process(text, values)
    if found is not None:
        assert [found] == jinja.PROCESS.render([text], values, nunjucks=True)
