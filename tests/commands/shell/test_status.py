"""What the toolbar and the greeting say of a session."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.conversation.turn import Choice, Usage
from chat.session.state import Session
from commands.declare import Action
from commands.shell import status

from ...support.turns import a_turn

Type = Callable[[str], Action | None]


def test_the_greeting_names_model_and_endpoint(make_session: Callable[..., Session]) -> None:
    """The first line says who will answer, and whether with a key, without showing it."""
    session = make_session(OPENAI_API_KEY="sk-secret0123456789")
    told = status.greeting(session)
    assert told == "Tempera · gpt-5.4-mini · https://api.openai.com/v1 · key from OPENAI_API_KEY · /help"
    assert "embedded llama.cpp, on this machine" in status.greeting(make_session(profile="local"))
    assert "no model" in status.greeting(make_session("bare:\n  seed: 1\n", profile="bare"))


def test_a_bad_endpoint_is_no_reason_to_fail(session: Session) -> None:
    """An address or a key that can't be used is told in the greeting, and the toolbar goes on."""
    session.environ = {"OPENAI_API_KEY": "two words"}
    assert "holds a character that no key has" in status.greeting(session)
    session.conversation.add(a_turn(usage=Usage(1, 1)))
    assert status.cost(session) == ""


def test_tokens_are_not_counted_before_the_ranks_are_there(session: Session) -> None:
    """At the first key nothing waits for tiktoken: the count is not known yet."""
    assert status.next_size(session, "hello") is None
    session.tokenizers.vocabulary(session.model)
    assert status.next_size(session, "hello") is not None


def test_the_next_request_is_counted_by_the_formula(typed: Type, session: Session) -> None:
    """System message, conversation and what is typed count; a command does not, //text does."""

    def tokens(text: str) -> int:
        size = status.next_size(session, text)
        assert size is not None
        return size.tokens

    session.tokenizers.vocabulary("gpt-4o")
    typed("/model gpt-4o")
    empty = tokens("")
    assert empty == 3
    assert tokens("hello") == empty + 3 + 1 + 1
    assert tokens("/set temperature 1") == empty
    assert tokens("//hello") > empty + 4
    typed("/system hello")
    assert tokens("") == empty + 3 + 1 + 1
    session.conversation.add(a_turn(asked=session.asked("hello"), choices=(Choice(0, "hello"),)))
    assert tokens("") == empty + 3 * 5


def test_what_else_a_model_reads_is_counted(session: Session) -> None:
    """Tools, the form of the answer and its beginning are in the count, as they will be in the request."""
    session.tokenizers.vocabulary(session.model)
    tool = {"type": "function", "function": {"name": "look", "description": "Look around."}}
    form = {"type": "json_schema", "json_schema": {"name": "cat", "schema": {"type": "object"}}}
    counts = [status.next_size(session, "hello")]
    for name, value in (("tools", [tool]), ("response_format", form)):
        session.settings = session.settings.set(name, value)
        counts.append(status.next_size(session, "hello"))
    session.prefill = "Well, then"
    counts.append(status.next_size(session, "hello"))
    tokens = [size.tokens for size in counts if size]
    assert len(tokens) == 4 and sorted(set(tokens)) == tokens


def test_a_very_long_text_is_counted_in_part(typed: Type, session: Session) -> None:
    """What takes long to count at every key is estimated beyond its beginning."""
    session.tokenizers.vocabulary("gpt-4o")
    typed("/model gpt-4o")
    counted = status.next_size(session, "word " * 10_000)
    assert counted is not None and 10_000 < counted.tokens < 15_000


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-5.4-mini", "llama3"])
def test_a_formula_is_an_estimate(session: Session, model: str) -> None:
    """Whatever the model: only what a server counted is shown without ≈."""
    session.settings = session.settings.set("model", model)
    session.tokenizers.vocabulary(model)
    assert str(status.next_size(session, "")).startswith("≈")


def test_only_what_differs_from_the_defaults_is_shown(typed: Type, session: Session) -> None:
    """The toolbar names what is set and differs from the API's default, model and endpoint apart."""
    typed("/set temperature=0.2 top_p=1 n=1 seed=0")
    typed(r'/stop "\n"')
    assert status.set_parameters(session) == [("temperature", "0.2"), ("stop", r'"\n"'), ("seed", "0")]


def test_tools_and_schemas_are_named(session: Session) -> None:
    """The toolbar has the names of tools, or how many there are, and a schema's name; never where they are kept."""

    def shown(tools: list[object]) -> str:
        session.settings = session.settings.set("tools", tools)
        return dict(status.set_parameters(session))["tools"]

    named = [{"type": "function", "function": {"name": name}} for name in ("weather", "time")]
    assert shown(list(named)) == "weather, time"
    assert shown([*named, *named]) == "4"
    assert shown(["/somewhere/tools.py:weather"]) == "of tools.py:weather"
    form = {"type": "json_schema", "json_schema": {"name": "cat", "schema": {}}}
    session.settings = session.settings.set("response_format", form)
    assert dict(status.set_parameters(session))["response_format"] == "json_schema cat"


def test_the_cost_is_shown_once_there_is_one(session: Session) -> None:
    """Nothing before the first answer; then the sum, or that it is not known; nothing for the embedded model."""
    assert status.cost(session) == ""
    session.conversation.add(a_turn(choices=(Choice(0, "x"),), usage=Usage(10, 5), cost=0.0123))
    assert status.cost(session) == "$0.0123"
    session.conversation.add(a_turn(choices=(Choice(0, "x"),), usage=Usage(10, 5)))
    assert status.cost(session) == "cost unknown"
    session.use({"base_url": "embedded"})
    assert status.cost(session) == ""
