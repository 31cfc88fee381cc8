"""Branch and settings as the body of a request."""

from __future__ import annotations

import pytest

from chat.base.errors import BadInput
from chat.conversation.body import Carried, as_sent, build, messages, streams, system_of
from chat.conversation.branch import Branch
from chat.parameters.settings import UNSET, Settings

HELLO = Branch().add("user", "hi").add("assistant", "yes?").add("user", "well")
PLAIN = Settings().set("model", "m")


def test_only_what_is_set_is_sent() -> None:
    """Model and messages, and the shell's own two fields; nothing else."""
    assert build(HELLO, PLAIN) == {
        "model": "m",
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "yes?"},
            {"role": "user", "content": "well"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_zero_is_sent() -> None:
    """0 is a value, and so is false."""
    body = build(HELLO, PLAIN.set("temperature", 0.0).set("logprobs", False).set("stream", False))
    assert (body["temperature"], body["logprobs"], body["stream"]) == (0.0, False, False)
    assert "stream_options" not in body


def test_system_message_comes_first() -> None:
    """Where it is set and not empty."""
    assert build(HELLO, PLAIN.set("system", "Be brief."))["messages"][0] == {
        "role": "system",
        "content": "Be brief.",
    }
    assert build(HELLO, PLAIN.set("system", ""))["messages"][0]["role"] == "user"


def test_bias_by_word_and_by_id_meet() -> None:
    """Both are in logit_bias; an id that was set by hand wins."""
    body = build(HELLO, PLAIN.set("logit_bias", (("7", 5),)), {"7": -100, "8": 1})
    assert body["logit_bias"] == {"7": 5, "8": 1}


def test_stream_options_are_the_persons_and_ours() -> None:
    """What is set there stays; include_usage is added unless it is set, or refused by the server."""
    settings = PLAIN.set("stream_options", {"include_obfuscation": False})
    assert build(HELLO, settings)["stream_options"] == {"include_usage": True, "include_obfuscation": False}
    assert build(HELLO, settings, usage=False)["stream_options"] == {"include_obfuscation": False}
    assert build(HELLO, PLAIN.set("stream_options", {"include_usage": False}))["stream_options"] == {
        "include_usage": False
    }
    assert "stream_options" not in build(HELLO, PLAIN, usage=False)


def test_verbose_only_where_it_is_read() -> None:
    """llama.cpp is asked for its settings; what the person set there stays."""
    assert build(HELLO, PLAIN, verbose=True)["verbose"] is True
    assert build(HELLO, PLAIN.set("extra.verbose", False), verbose=True)["verbose"] is False


def test_building_changes_nothing() -> None:
    """Pure: twice the same, and the settings untouched by what is done with the body."""
    settings = PLAIN.set("stop", ("a",)).set("response_format", {"type": "text"})
    body = build(HELLO, settings)
    body["stop"].append("b")
    assert build(HELLO, settings)["stop"] == ["a"]


def test_no_model_is_a_sentence() -> None:
    """Nothing is sent without one."""
    with pytest.raises(BadInput) as refused:
        build(HELLO, Settings())
    assert refused.value.message == "no model is set"
    assert refused.value.hint == "/model NAME sets one; /models lists the server's"


def test_what_is_no_field_is_not_sent() -> None:
    """The endpoint, its key's variable and word weights are the shell's; extras go by their own names."""
    settings = PLAIN.set("base_url", "http://x").set("timeout", 5.0).set("bias", (("a", 1),))
    body = build(HELLO, settings.set("extra.min_p", 0.1).set("stop", ("a", "b")))
    assert body.keys() == {"model", "messages", "stream", "stream_options", "min_p", "stop"}
    assert (body["min_p"], body["stop"]) == (0.1, ["a", "b"])


@pytest.mark.parametrize(("value", "streamed"), [(None, True), (True, True), (False, False)])
def test_an_answer_is_streamed_unless_it_is_set_otherwise(value: bool | None, streamed: bool) -> None:
    """Only `false` asks for the answer whole."""
    assert streams(PLAIN if value is None else PLAIN.set("stream", value)) is streamed


def test_what_is_carried_stands_around_the_branch() -> None:
    """The system message with the summary, the messages after what is left out, the answer's beginning."""
    left_out = HELLO.before
    assert left_out is not None and left_out.last is not None
    sent = messages(HELLO, Carried("Be brief.", left_out, "They said hi.", "So"))
    assert sent == [
        {"role": "system", "content": "Be brief.\n\nThe conversation so far, in short:\nThey said hi."},
        {"role": "user", "content": "well"},
        {"role": "assistant", "content": "So"},
    ]


def test_a_summary_needs_no_system_message() -> None:
    """A summary alone is the system message; without one the system message is as it is set."""
    assert Carried(summary="Hi.").head() == "The conversation so far, in short:\nHi."
    assert Carried(" As set. ").head() == " As set. "
    assert Carried().head() == ""
    assert messages(HELLO, Carried())[0] == {"role": "user", "content": "hi"}


def test_carried_wins_over_the_settings() -> None:
    """What goes with the branch is the settings' system message, unless it is given."""
    settings = PLAIN.set("system", "Set.")
    assert build(HELLO, settings, carried=Carried("Given."))["messages"][0]["content"] == "Given."
    assert build(HELLO, settings, carried=Carried())["messages"][0]["role"] == "user"
    assert (system_of(settings), system_of(PLAIN)) == ("Set.", "")


def test_the_bytes_are_those_of_the_sdk() -> None:
    """No blank is sent, text goes as UTF-8, and the fields as they stand."""
    body = {"n": 1, "messages": [{"role": "user", "content": "é"}], "stream": True, "model": "m"}
    expected = '{"n":1,"messages":[{"role":"user","content":"é"}],"stream":true,"model":"m"}'
    assert as_sent(body) == expected.encode()


def test_the_model_the_stream_and_the_messages_come_first() -> None:
    """So it is where a person set the fields; the others follow in the table's order."""
    body = build(HELLO, PLAIN.set("seed", 7).set("temperature", 1.0))
    assert [*body] == ["model", "stream", "messages", "temperature", "seed", "stream_options"]


def test_an_opened_request_keeps_its_order_and_gets_nothing_beside() -> None:
    """A changed field stays in its place, a new one goes to the end, one that is unset is gone."""
    fields = {"seed": 7, "messages": UNSET, "extra.min_q": 0.1, "stop": ("x",), "model": "m"}
    opened = Settings().with_opened("a file", fields)
    names = ["seed", "messages", "min_q", "stop", "model"]
    assert [*build(HELLO, opened, verbose=True)] == names and not streams(opened)
    changed = opened.set("seed", 8).set("temperature", 1.0).unset("stop")
    body = build(HELLO, changed)
    assert [*body] == ["seed", "messages", "min_q", "model", "temperature"] and body["seed"] == 8
    assert [*build(HELLO, opened.set("stream", True))] == [*names, "stream", "stream_options"]
    assert [*build(HELLO, opened.set("stream", True).unset("stream"))] == names


def test_a_long_conversation_is_no_deep_one() -> None:
    """Ten thousand messages are built, walked and compared without recursion."""
    one = other = Branch()
    for number in range(10_000):
        one, other = one.add("user", str(number)), other.add("user", str(number))
    assert [message.content for message in one] == [message.content for message in other]
    assert one == one and one != other, "a message is not another one that reads the same"
    assert one.goes_through(one) and not one.goes_through(other)
    assert len(build(one, PLAIN)["messages"]) == 10_000
