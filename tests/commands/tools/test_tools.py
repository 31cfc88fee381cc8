"""/tools: which tools there are, where they come from, and what they are allowed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from chat.conversation.body import build
from chat.conversation.branch import Branch
from chat.conversation.tree import Conversation
from chat.conversation.turn import Answer, Choice, Request, Turn
from chat.parameters.settings import PROMPT
from chat.session.state import Session
from commands import dispatch, registry
from commands.tools.ready import ready

from ...support.recorder import RecordingScreen
from ...support.server import Server, stream
from .conftest import FUNCTIONS, LOOKUP

Lines = Callable[..., None]


def test_a_file_and_a_function_are_listed(
    lines: Lines, session: Session, screen: RecordingScreen, declared: str
) -> None:
    """The table has name, source, description, tokens and policy; what a file declares is answered by hand."""
    lines(f"/tools add {declared}", f"/tools add {FUNCTIONS}:weather", "/tools")
    assert not screen.failed
    _, rows = screen.tables[-1]
    assert [(name, source, said, policy) for name, source, said, _, policy in rows] == [
        ("lookup", "lookup.json", "Look a key up.", "hand"),
        ("weather", "functions.py:weather", "Say what the weather of a city will be.", "ask"),
    ]
    assert all(tokens.startswith("≈") and int(tokens[1:]) > 10 for _, _, _, tokens, _ in rows)


def test_what_is_sent_is_one_declaration(lines: Lines, session: Session, declared: str) -> None:
    """The setting names the sources; the body has the API's form of what they have, and nothing else."""
    lines(f"/tools add {declared}", f"/tools add {FUNCTIONS}:later")
    assert session.settings.get("tools") == [declared, f"{FUNCTIONS}:later"]
    body = build(Branch().add("user", "Hi"), session.target().settings)
    assert body["tools"][0] == LOOKUP
    assert [each["function"]["name"] for each in body["tools"]] == ["lookup", "later"]


def test_show_has_what_is_sent(lines: Lines, screen: RecordingScreen, declared: str) -> None:
    """/show tells the source under what was set, and the API's form under what is sent."""
    lines(f"/tools add {declared}", "/show")
    row = next(row for row in screen.tables[-1][1] if row[0] == "tools")
    assert declared[:10] in row[3] and '"function"' in row[4]


def test_the_same_source_again_is_asked_anew(lines: Lines, session: Session, declared: str) -> None:
    """Adding a file again takes what it holds now, and declares nothing twice."""
    lines(f"/tools add {declared}")
    other = {**LOOKUP, "function": {**LOOKUP["function"], "name": "find"}}
    Path(declared).write_text(json.dumps([LOOKUP, other]), encoding="utf-8")
    lines(f"/tools add {declared}")
    assert [tool.name for tool in session.toolbox.tools(session.settings.get("tools"))] == ["lookup", "find"]


def test_one_tool_is_sent_no_longer(
    lines: Lines, session: Session, screen: RecordingScreen, declared: str
) -> None:
    """/tools off takes out one, also of a source that has several; a name that is none is told."""
    other = {**LOOKUP, "function": {**LOOKUP["function"], "name": "find"}}
    Path(declared).write_text(json.dumps([LOOKUP, other]), encoding="utf-8")
    lines(f"/tools add {declared}", "/tools off lookup")
    assert session.settings.get("tools") == [{"file": declared, "off": ["lookup"]}]
    assert [form["function"]["name"] for form in session.target().settings.get("tools")] == ["find"]
    lines("/tools off fnd")
    assert "did you mean find?" in screen.failed[-1]
    lines("/tools off find")
    assert session.settings.get("tools") is None


def test_a_policy_is_what_the_tool_can_have(
    lines: Lines, session: Session, screen: RecordingScreen, declared: str
) -> None:
    """A tool that nothing runs is answered by hand or refused; another can run by itself."""
    lines(f"/tools add {declared}", f"/tools add {FUNCTIONS}:later")
    lines("/tools policy lookup allow")
    assert "nothing runs lookup" in screen.failed[-1]
    lines("/tools policy later sometimes")
    assert "sometimes is not a policy: ask, allow, deny, hand" in screen.failed[-1]
    lines("/tools policy later allow", "/tools policy lookup deny")
    policies = {tool.name: tool.policy for tool in session.toolbox.tools(session.settings.get("tools"))}
    assert policies == {"lookup": "deny", "later": "allow"}


def test_two_tools_of_one_name_are_not_declared(
    lines: Lines, session: Session, screen: RecordingScreen, declared: str, tmp_path: Path
) -> None:
    """The API refuses a name twice: the second is told before anything is sent."""
    twin = tmp_path / "twin.json"
    twin.write_text(json.dumps(LOOKUP), encoding="utf-8")
    lines(f"/tools add {declared}", f"/tools add {twin}")
    assert "there is another tool lookup" in screen.failed[-1]
    assert session.settings.get("tools") == [declared]


def test_a_profile_names_sources(
    here: Callable[..., Session], screen: RecordingScreen, declared: str
) -> None:
    """`tools:` of a profile has the API's form, files and functions side by side, with a policy each."""
    form = {"type": "function", "function": {"name": "plain", "parameters": {}}}
    entry = json.dumps([declared, {"function": f"{FUNCTIONS}:later", "policy": "allow"}, form])
    session = here(f"tools: {entry}")
    ready(session, screen, session.settings)
    tools = session.toolbox.tools(session.settings.get("tools"))
    assert [(tool.name, tool.policy) for tool in tools] == [
        ("lookup", "hand"),
        ("later", "allow"),
        ("plain", "hand"),
    ]


def test_what_somebody_elses_file_names_runs_only_when_asked(
    lines: Lines, session: Session, screen: RecordingScreen, tmp_path: Path
) -> None:
    """A prompt or an opened request may be a stranger's: its sources are asked about, and no means nothing."""
    noted = tmp_path / "ran"
    code = tmp_path / "evil.py"
    code.write_text(f"open({str(noted)!r}, 'w').close()\ndef f(): return 1")
    session.settings = session.settings.with_layer(PROMPT, "prompt other", {"tools": [f"{code}:f"]})
    lines("Hi")
    assert screen.failed[-1].startswith(f"prompt other names tools that run here: {code}:f")
    assert not noted.exists()
    screen.answers = [True]
    ready(session, screen, session.settings)
    assert noted.exists() and "start them?" in screen.questions[-1]


def test_the_parameter_itself_is_still_set(lines: Lines, session: Session, screen: RecordingScreen) -> None:
    """/tools takes the API's form as /set tools does, and null."""
    lines(f"/tools {json.dumps([LOOKUP])}")
    assert session.settings.get("tools") == [LOOKUP]
    lines("/tools [{type: function, function: {}}]")
    assert "tools.0.function.name" in screen.failed[-1]
    lines("/tools null")
    assert session.settings.get("tools") is None


def test_what_is_no_source_is_told(lines: Lines, screen: RecordingScreen, tmp_path: Path) -> None:
    """Each mistake is one sentence, and nothing is declared."""
    for text, said in (
        ("/tools add nowhere.json", "there is no such file"),
        (f"/tools add {FUNCTIONS}", "which function"),
        (f"/tools add {FUNCTIONS}:nothing", "has no function nothing: it has weather"),
        ("/tools add mcp x", "takes a name, and a command"),
        ("/tools add mcp x API_KEY=abcdefghijk npx", "a secret is not kept here (write ${API_KEY} for"),
        ("/tools add https://a.example/mcp", "an MCP server has a name"),
        ("/tools nonsense", "does not know nonsense"),
        ("/tools go", "no call waits"),
    ):
        lines(text)
        assert said in screen.failed[-1], text


def test_a_conversation_of_a_strangers_starts_nothing(session: Session, screen: RecordingScreen) -> None:
    """What a conversation was set to is set again when it is resumed, but for programs that it names."""
    form = {"type": "function", "function": {"name": "plain", "parameters": {}}}
    settings = {"tools": ["/tmp/evil.py:f", {"mcp": "x", "command": "evil"}, form]}
    request = Request(body={"model": "m"}, asked=Branch().add("user", "Hi"), settings=settings)
    conversation = Conversation()
    conversation.add(Turn(request, Answer(choices=(Choice(0, "Hello"),))))
    session.resume(conversation)
    assert session.settings.get("tools") == [form]


def test_a_profile_of_a_column_is_asked_for_its_tools(
    make_session: Callable[..., Session], server: Server, screen: RecordingScreen
) -> None:
    """/compare with a profile that names sources sends what these have."""
    lines = [
        "a:",
        f"  base_url: {server.url}",
        "  model: m",
        "b:",
        "  extends: a",
        f"  tools: ['{FUNCTIONS}:later']",
    ]
    session = make_session("\n".join(lines) + "\n", profile="a")
    server.replies_with(stream("Hi"))
    dispatch.run("/compare a b -- Go", registry(), session, screen)
    assert not screen.failed
    assert sorted("tools" in request.body for request in server.requests) == [False, True]


def test_saved_profiles_keep_the_source(
    lines: Lines, session: Session, screen: RecordingScreen, declared: str
) -> None:
    """/profile save writes where the tools are from, not what they were then."""
    lines(f"/tools add {declared}", "/profile save mine", "/profile load mine")
    assert not screen.failed
    assert session.settings.get("tools") == [declared]
