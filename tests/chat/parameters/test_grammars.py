"""What can be seen of a grammar before a server compiles it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadValue
from chat.parameters import grammars


@pytest.mark.parametrize(
    "text",
    [
        'root ::= "yes" | "no"',
        'root ::= answer+\nanswer ::= [a-z]{1,3} "\\"" # a comment with ( and "\n',
        "root ::= (\n  [^\\]x] | item-2\n)*\nitem-2 ::= .",
        'root ::= <think> !<|end|> "x"{2}  \n\n',
        'a ::= "("\nroot ::= a? "]"',
        "root::=[0-9]",
    ],
)
def test_what_is_a_grammar(text: str) -> None:
    """Rules over lines, classes, repetitions, tokens, comments: signs inside texts and classes are text."""
    grammars.check(text)
    assert grammars.Grammar().check(text) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("root ::= (", "line 1: ( is not closed"),
        ('root ::= "a"\nb ::= )', "line 2: ) closes nothing"),
        ('root ::= "a', "line 1: a text that is not closed"),
        ("root ::= [a-z", "line 1: a class of characters that is not closed"),
        ("root ::= other", "line 1: there is no rule other"),
        ("root ::= a\n\na ::= b", "line 3: there is no rule b"),
        ('answer ::= "a"', "no rule named root"),
        ("yes or no", "no rule named root"),
        ('"yes"', "line 1: a rule begins with a name"),
        ("::= a", "::= has no name before it"),
        ("root ::= a & b", "& has no place in a grammar"),
        ('root ::= (\na ::= "b"', "( is not closed"),
        ("", "an empty text"),
    ],
)
def test_what_is_none(text: str, says: str) -> None:
    """The fault is said with its line."""
    with pytest.raises(BadValue) as wrong:
        grammars.Grammar().check(text)
    assert says in str(wrong.value) or says in wrong.value.message


@given(st.text(alphabet='ro::=t"[](){}|<>#\\ \nab', max_size=40))
def test_any_text_is_one_or_refused(text: str) -> None:
    """Nothing but BadValue is raised, whatever stands there."""
    with suppress(BadValue):
        grammars.check(text)
        assert "root" in text and "::=" in text
