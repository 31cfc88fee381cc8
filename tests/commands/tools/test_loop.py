"""The loop: what the model calls is answered, by hand, after asking or by itself, and goes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chat.base.errors import BadInput
from chat.session import calling
from chat.session.state import Session
from commands import line, registry
from commands.declare import Send
from commands.tools import calling as calling_command
from commands.tools.calling import bounded
from commands.tools.loop import exchange, label

from ...support.recorder import RecordingScreen
from ...support.server import Server, called, error, stream
from .conftest import FUNCTIONS

Lines = Callable[..., None]
LATER = ("later", '{"number": 1}')


def sent(server: Server, at: int = -1) -> list[dict[str, Any]]:
    """The messages of a request."""
    messages: list[dict[str, Any]] = server.requests[at].body["messages"]
    return messages


def results(server: Server) -> list[tuple[str, str]]:
    return [(each["tool_call_id"], each["content"]) for each in sent(server) if each["role"] == "tool"]


def test_two_calls_are_answered_by_hand(
    lines: Lines, session: Session, server: Server, screen: RecordingScreen, declared: str
) -> None:
    """The next lines are the results, in the order of the calls, as typed; the last sends them all."""
    server.reply(called(("lookup", '{"key":"a"}'), ("lookup", '{"key":"b"}')), stream("It is 1 and 2."))
    lines(f"/tools add {declared}", "What are a and b?")
    assert label(session) == "result of lookup (1 of 2)"
    assert 'type what lookup {"key":"a"} gives' in screen.said
    lines("one  1")
    assert label(session) == "result of lookup (2 of 2)" and len(server.requests) == 1
    lines('{"b": 2}')
    assert results(server) == [("call_1", "one  1"), ("call_2", '{"b": 2}')]
    assert [call["id"] for call in sent(server)[-3]["tool_calls"]] == ["call_1", "call_2"]
    assert label(session) == "" and session.turns[-1].said == "It is 1 and 2."


def test_earlier_results_complete_the_line(
    lines: Lines, session: Session, server: Server, declared: str
) -> None:
    """What a tool gave before in this conversation is offered again, that of equal arguments first."""
    first, second = ("lookup", '{"key":"a"}'), ("lookup", '{"key": "b"}')
    server.reply(called(first, second), stream("Yes."), called(("lookup", '{ "key": "b" }')))
    lines(f"/tools add {declared}", "Look", "1 of a", "1 of b", "Look again")
    offered = [suggestion.text for _, suggestion in line.complete("1", registry(), session)]
    assert offered == ["1 of b", "1 of a"]
    assert line.complete("2", registry(), session) == []


@pytest.mark.parametrize(
    ("answers", "came"),
    [
        (["y"], "2"),
        (["what?", "YES"], "2"),
        (["n"], "error: the user does not allow this call"),
        (["e", '{"number": 41}', "y"], "42"),
        (["e", None, "y"], "2"),
        (["e", '{"number": "x"}', "y"], "error: /number: 'x' is not of type 'integer'"),
    ],
    ids=["yes", "asked again", "no", "edited", "edited in vain", "edited wrongly"],
)
def test_a_tool_runs_after_asking(
    lines: Lines, server: Server, screen: RecordingScreen, answers: list[object], came: str
) -> None:
    """y runs it, n tells the model, e edits the arguments first; they are checked again then."""
    server.reply(called(LATER), stream("Done."))
    lines(f"/tools add {FUNCTIONS}:later")
    screen.answers = [*answers]
    lines("Go")
    assert results(server) == [("call_1", came)]
    assert screen.questions[-1].startswith(("run later {", "later: y tells"))


def test_always_is_not_asked_again(lines: Lines, server: Server, screen: RecordingScreen) -> None:
    """a runs it now and whenever it is called in this session."""
    server.reply(called(LATER, LATER), stream("Done."))
    lines(f"/tools add {FUNCTIONS}:later")
    screen.answers = ["a"]
    lines("Go")
    assert len(screen.questions) == 1 and [content for _, content in results(server)] == ["2", "2"]


@pytest.mark.parametrize(
    ("call", "came"),
    [
        (("later", '{"number": 1'), "error: the arguments are no JSON"),
        (("later", '{"numbr": 1}'), "error: the arguments: "),
        (("raises", "{}"), "error: ValueError: no \x1b[31m way \ufffd"),
        (("raises", ""), "error: ValueError"),
        (("dies", "{}"), "error: functions.py ended without an answer"),
    ],
    ids=["no JSON", "not its schema", "raises", "no arguments", "dies"],
)
def test_what_goes_wrong_is_told_to_the_model(
    lines: Lines, session: Session, server: Server, screen: RecordingScreen, call: tuple[str, str], came: str
) -> None:
    """A call that can't be done, or fails, has a result that says so, and the conversation goes on."""
    server.reply(called(call), stream("I see."))
    lines(f"/tools add {FUNCTIONS}:{call[0]}", f"/tools policy {call[0]} allow", "Go")
    assert results(server)[0][1].startswith(came)
    assert screen.warned and session.turns[-1].said == "I see."


def test_what_is_denied_is_told_to_the_model(lines: Lines, server: Server, declared: str) -> None:
    """Also for a tool that nothing runs; nobody is asked."""
    server.reply(called(("lookup", "{}"), LATER), stream("Well."))
    lines(f"/tools add {declared}", f"/tools add {FUNCTIONS}:later")
    lines("/tools policy lookup deny", "/tools policy later deny", "Go")
    assert {content for _, content in results(server)} == {"error: the user does not allow this call"}


def test_a_tool_that_takes_too_long_is_stopped(lines: Lines, session: Session, server: Server) -> None:
    """The time is the person's, and the model is told that it was over."""
    session.preferences.this_run["tool_seconds"] = 0.3
    server.reply(called(("loops", "{}")), stream("Well."))
    lines(f"/tools add {FUNCTIONS}:loops", "/tools policy loops allow", "Go")
    assert results(server) == [("call_1", "error: functions.py took more than 0.3 s and was stopped")]


def test_rounds_have_a_bound(lines: Lines, session: Session, server: Server, screen: RecordingScreen) -> None:
    """A model that calls for ever is stopped after tool_rounds; /tools go goes on."""
    session.preferences.this_run["tool_rounds"] = 2
    server.reply(called(LATER))
    lines(f"/tools add {FUNCTIONS}:later", "/tools policy later allow", "Go")
    assert len(server.requests) == 3
    assert screen.said[-1].startswith("2 rounds of calls: one call waits: /tools go answers")
    server.replies_with(stream("Enough."))
    lines("/tools go")
    assert session.turns[-1].said == "Enough." and label(session) == ""


def test_a_loop_can_be_stepped(lines: Lines, session: Session, server: Server) -> None:
    """With /tools step each round waits for the next; /tools go goes on to the end."""
    server.reply(called(LATER), called(LATER), called(LATER), stream("End."))
    lines(f"/tools add {FUNCTIONS}:later", "/tools policy later allow", "/tools step", "Go")
    assert len(server.requests) == 1
    lines("/tools step")
    assert len(server.requests) == 2
    lines("/tools go")
    assert len(server.requests) == 4 and session.turns[-1].said == "End."


def test_a_call_that_is_stopped_can_be_answered_later(
    lines: Lines, session: Session, server: Server, screen: RecordingScreen
) -> None:
    """No answer to the question, as Ctrl-C has it, leaves the call waiting: a line is its result then."""
    server.reply(called(LATER, LATER), stream("Done."))
    lines(f"/tools add {FUNCTIONS}:later")
    screen.answers = ["y"]
    lines("Go")
    assert label(session) == "result of later (2 of 2)" and len(server.requests) == 1
    lines("by hand")
    assert [content for _, content in results(server)] == ["2", "by hand"]


def test_ctrl_c_while_a_tool_runs_leaves_a_conversation_that_goes_on(
    lines: Lines, session: Session, server: Server, screen: RecordingScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call waits; /tools go runs it again, or what is typed is its result."""
    server.reply(called(LATER), stream("Done."))
    lines(f"/tools add {FUNCTIONS}:later", "/tools policy later allow")
    call = session.toolbox.call

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session.toolbox, "call", interrupted)
    lines("Go")
    assert "stopped" in screen.said and label(session) == "result of later"
    monkeypatch.setattr(session.toolbox, "call", call)
    lines("/tools go")
    assert results(server) == [("call_1", "2")]


def test_results_that_were_sent_in_vain_are_sent_again(
    lines: Lines, session: Session, server: Server, declared: str
) -> None:
    """A server that fails loses nothing: /retry and /tools go send the same results."""
    two = called(("lookup", "{}"), ("lookup", "{}"))
    server.reply(two, error("400 Bad Request"), stream("Now."))
    lines(f"/tools add {declared}", "Go", "1", "2")
    assert session.turns[-1].answer.error is not None
    lines("/retry")
    assert [content for _, content in results(server)] == ["1", "2"] and session.turns[-1].said == "Now."


def test_a_round_is_asked_again_from_any_point(
    lines: Lines, session: Session, server: Server, screen: RecordingScreen
) -> None:
    """/retry answers the last request again with its results; no tool runs a second time for it."""
    server.reply(called(LATER), stream("One."), stream("Two."))
    lines(f"/tools add {FUNCTIONS}:later", "/tools policy later allow", "Go", "/retry")
    assert results(server) == [("call_1", "2")]
    assert len([said for said in screen.said if said.startswith("later gave")]) == 1
    assert session.turns[-1].said == "Two."


def test_a_call_of_a_tool_that_is_not_there_is_told(
    lines: Lines, session: Session, server: Server, screen: RecordingScreen
) -> None:
    """The model may call what it has not: the person says what it gives."""
    server.reply(called(("made_up", "{}")), stream("Ah."))
    lines(f"/tools add {FUNCTIONS}:later", "Go")
    assert "the model calls made_up, which is none of the tools that it has" in screen.warned
    lines("there is no such tool")
    assert results(server) == [("call_1", "there is no such tool")]


def test_a_result_is_shown_in_a_few_lines(lines: Lines, server: Server, screen: RecordingScreen) -> None:
    """What a tool gives is a stranger's text, and may be long: the rest is counted; all of it goes back, as
    far as that is bounded."""
    server.reply(called(("floods", "{}")), stream("Long."))
    lines(f"/tools add {FUNCTIONS}:floods", "/tools policy floods allow", "Go")
    content = results(server)[0][1]
    assert content.endswith("\n[4,900,000 more characters were left out]") and len(content) < 101_000
    assert all(len(said) < 400 for said in screen.said)
    assert "floods gave 4,900,000 characters more than are sent back" in screen.warned
    assert bounded("\n".join(map(str, range(20)))).endswith("7\n… 12 more lines")


def test_nobody_is_asked_in_a_script(
    lines: Lines, session: Session, server: Server, screen: RecordingScreen, declared: str
) -> None:
    """What is allowed runs, what would be asked fails with the option that answers it, and what is by hand
    ends with the calls."""
    lines(f"/tools add {FUNCTIONS}:later", f"/tools add {declared}")
    screen.interactive = False
    told: list[Any] = []
    server.reply(called(LATER))
    with pytest.raises(BadInput, match="later would run, and nobody can be asked") as caught:
        exchange(session, screen, Send("Go"), told.append)
    assert caught.value.hint == "--allow-tool later lets it run"
    assert [turn.choice.tool_calls for turn in told] == [(LATER,)]
    session.toolbox.policies["later"] = "allow"
    session.conversation.undo(1)
    server.replies_with(called(("lookup", "{}")))
    turn = exchange(session, screen, Send("Go"))
    assert turn is not None and turn.choice.tool_calls == (("lookup", "{}"),)


def test_budgets_hold_for_each_request(
    lines: Lines, session: Session, server: Server, screen: RecordingScreen
) -> None:
    """The loop goes no further than the conversation's budget, and the results stay to be sent."""
    server.reply(called(LATER), stream("Done."))
    lines(f"/tools add {FUNCTIONS}:later", "/tools policy later allow", "Go", "/budget 20 tokens", "/undo")
    asked = len(server.requests)
    server.replies_with(called(LATER))
    lines("Go on")
    assert len(server.requests) == asked and screen.failed + screen.questions


def test_recorded_results_are_found_by_what_was_called(
    lines: Lines, session: Session, server: Server
) -> None:
    """A comparison takes what a tool gave in this conversation, by its name and arguments."""
    server.reply(called(LATER), stream("Done."))
    lines(f"/tools add {FUNCTIONS}:later", "/tools policy later allow", "Go")
    assert calling.recorded(session, "later", json.dumps({"number": 1}, indent=3)) == ["2"]
    assert calling.recorded(session, "later", '{"number": 2}') == []
    assert calling.recorded(session, "other") == []


def test_a_model_that_has_to_call_is_said_to(
    lines: Lines, session: Session, server: Server, screen: RecordingScreen, declared: str
) -> None:
    """Where tool_choice requires a call, one comes after each result, too: that is said once, with the way out."""
    server.reply(*[called(("lookup", '{"key":"a"}'))] * 3, stream("Well."))
    lines(f"/tools add {declared}", "/set tool_choice required", "What is a?")
    assert not screen.warned
    lines("1", "2")
    assert screen.warned == ["it calls again, for tool_choice has every answer call"]
    lines("/set tool_choice none", "3")
    assert session.turns[-1].said == "Well." and len(results(server)) == 3


def test_a_tool_that_takes_a_while_is_said_to_run(
    lines: Lines, screen: RecordingScreen, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before its result, and with what stops it; a quick one is not."""
    server.reply(called(LATER), stream("Done."), called(LATER), stream("Done."))
    monkeypatch.setattr(calling_command, "_LATE", 1000.0)
    lines(f"/tools add {FUNCTIONS}:later", "/tools policy later allow", "Go")
    said = "later runs; Ctrl-C stops it"
    assert said not in screen.said
    monkeypatch.setattr(calling_command, "_LATE", 0.0)
    lines("Go")
    assert "later gave" in screen.said[screen.said.index(said) + 1]
