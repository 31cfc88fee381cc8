"""/set, /unset, /reset, /show, and a command for each parameter: what changes, and what is said of it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.conversation.turn import Choice
from chat.endpoint.memory import IGNORED, REJECTED, ProbeVerdict
from chat.parameters.table import ALL, DIALECTS
from chat.session.state import Session
from commands import dispatch, registry
from commands.declare import Action

from ...support.asking import body_of
from ...support.recorder import RecordingScreen
from ...support.turns import a_turn

Type = Callable[[str], Action | None]


def value(session: Session, name: str) -> Any:
    return session.settings.get(name)


# ---- setting


@pytest.mark.parametrize(
    "text",
    [
        "/set temperature 0.7",
        "/set temperature=0.7",
        "/set temperature = 0.7",
        "/set parameter temperature 0.7",
        "/set parameter temperature=0.7",
        "/set temp 0.7",
        "/set TEMPERATURE 0.7",
        "/set temperat 0.7",
        "/set   temperature   0.7  ",
        "/temperature 0.7",
        "/temp 0.7",
        "/TEMP .7",
    ],
)
def test_a_parameter_is_set_in_every_form(
    typed: Type, session: Session, screen: RecordingScreen, text: str
) -> None:
    """All ways of setting one parameter do the same, and the change is echoed."""
    assert typed(text) is None
    assert value(session, "temperature") == 0.7
    assert screen.said == ["temperature 1.0 → 0.7"]
    assert not screen.failed


def test_several_at_once(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """/set a=1 b=2 sets both, and echoes each in the order of the table."""
    typed('/set seed=7 presence_penalty=-0.5 stop="a b"')
    assert value(session, "seed") == 7
    assert value(session, "presence_penalty") == -0.5
    assert value(session, "stop") == ("a b",)
    assert screen.said == ["presence_penalty 0.0 → -0.5", 'stop unset → "a b"', "seed unset → 7"]


@pytest.mark.parametrize(
    "text",
    [
        "/set seed=7 temperature=3",
        "/set seed=7 tempreature=1",
        "/set seed=7 temperature",
        "/set seed=7 top_p=x",
    ],
)
def test_several_are_set_together_or_not_at_all(
    typed: Type, session: Session, screen: RecordingScreen, text: str
) -> None:
    """Where one of the pairs is wrong, none is set."""
    typed(text)
    assert len(screen.failed) == 1
    assert value(session, "seed") is None
    assert screen.said == []


def test_the_same_value_again_is_no_change(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """Setting what is set already says so, and changes nothing."""
    typed("/temp 0.7")
    typed("/temp 0.70")
    assert screen.said[1:] == ["temperature is 0.7 already"]


@pytest.mark.parametrize(
    ("first", "then", "echoed"),
    [
        ("/temp 0.7", "/temp 0.2", "temperature 0.7 → 0.2"),
        ("/temp 0", "/temp 1", "temperature 0.0 → 1.0"),
        ("/n 2", "/n 3", "n 2 → 3"),
        ("/seed 0", "/seed 1", "seed 0 → 1"),
        ("/stream off", "/stream on", "stream false → true"),
        ("/effort low", "/effort HIGH", "reasoning_effort low → high"),
        ("/user me", "/user you", "user me → you"),
        ("/tier flex", "/tier auto", "service_tier flex → auto"),
        ("/mct 10", "/mct 20", "max_completion_tokens 10 → 20"),
        ("/set logit_bias 326=-100", "/set logit_bias 326=5", "logit_bias 326=-100 → 326=5"),
    ],
)
def test_a_change_is_echoed_from_old_to_new(
    typed: Type, screen: RecordingScreen, first: str, then: str, echoed: str
) -> None:
    """Each change is said as `name old → new`."""
    typed(first)
    typed(then)
    assert screen.said[-1] == echoed
    assert not screen.failed


def test_zero_is_a_value(typed: Type, session: Session) -> None:
    """0, false and an empty text are values, not the lack of one."""
    typed("/temperature 0")
    typed("/stream false")
    typed("/seed 0")
    body = body_of(session)
    assert body["temperature"] == 0 and body["stream"] is False and body["seed"] == 0


def test_the_default_sent_is_told_from_the_default_unsent(typed: Type, screen: RecordingScreen) -> None:
    """Setting a parameter to the API's own default says that it is now sent."""
    typed("/temp 1")
    assert screen.said == ["temperature unset → 1.0"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("/set temperature 0.5 top_p 0.5", {"temperature": 0.5, "top_p": 0.5}),
        ('/set {"temperature":0.3,"stop":["x"]}', {"temperature": 0.3, "stop": ("x",)}),
        (r'/set stop ["\n","User:"]', {"stop": ("\n", "User:")}),
        (r'/stop ["\n","User:"]', {"stop": ("\n", "User:")}),
        ('/logit_bias {"1734":-100}', {"logit_bias": (("1734", -100),)}),
        ("/temperature 0.5 top_p 0.5", {"temperature": 0.5, "top_p": 0.5}),
        ("/temperature: 0.5", {"temperature": 0.5}),
        ("/stop END temperature 0.5", {"stop": ("END",), "temperature": 0.5}),
        ("/logprobs true", {"logprobs": True}),
        ("/logprobs off", {"logprobs": False}),
        ('/format {"type": "json_object"}', {"response_format": {"type": "json_object"}}),
        ('/tool_choice "auto"', {"tool_choice": "auto"}),
        ("/extra.min_p 0.1", {"min_p": 0.1}),
        ("/extra.tfs_z 0.1", {"extra.tfs_z": 0.1}),
    ],
)
def test_the_apis_own_notation_is_taken(
    typed: Type, session: Session, screen: RecordingScreen, text: str, values: dict[str, Any]
) -> None:
    """JSON, several pairs in one line and name: value, with /set and with a parameter's own command."""
    typed(text)
    assert not screen.failed
    assert {name: value(session, name) for name in values} == values


@pytest.mark.parametrize(
    "text",
    ["/set temperature null", "/temperature null", '/set {"temperature": null}', "/set temp: null seed null"],
)
def test_null_unsets(typed: Type, session: Session, text: str) -> None:
    """null takes a parameter out of the request, even where the profile sets it."""
    typed("/profile haiku")
    assert "temperature" in body_of(session)
    typed(text)
    assert "temperature" not in body_of(session)


@pytest.mark.parametrize("text", ["/stop null", "/system null", "/format null", "/logprobs null"])
def test_null_unsets_where_a_parameter_has_its_own_command(typed: Type, session: Session, text: str) -> None:
    """So it does where a command does more than set."""
    typed('/set logprobs=true response_format={"type":"text"} stop=x system=y')
    typed(text)
    left = {"logprobs", "response_format", "stop", "system"} - {
        parameter.name for parameter, _ in session.settings
    }
    assert left == {{"/format": "response_format"}.get(text.split()[0], text.split()[0][1:])}


@pytest.mark.parametrize("edited", ["", "  \n", "# tools: a JSON list, or @file, in YAML or JSON\n"])
def test_an_emptied_structure_stays_as_it_was(
    typed: Type, session: Session, screen: RecordingScreen, edited: str
) -> None:
    """Where nothing but the comment is left in the editor, the parameter is as it was."""
    typed('/set response_format {"type":"text"}')
    screen.answers = [edited]
    typed("/set response_format edit")
    assert screen.failed == ["response_format is as it was"]
    assert value(session, "response_format") == {"type": "text"}


# ---- what is refused


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/set temperature 3", "temperature: 3.0 is not a number from 0 to 2"),
        ("/temp -0.1", "temperature: -0.1 is not a number from 0 to 2"),
        ("/temp warm", "temperature: warm is not a number from 0 to 2"),
        ("/temp nan", "temperature: nan is not a number from 0 to 2"),
        ("/top_p 1.01", "top_p: 1.01 is not a number from 0 to 1"),
        ("/presence_penalty 2.5", "presence_penalty: 2.5 is not a number from -2 to 2"),
        ("/frequency_penalty -3", "frequency_penalty: -3.0 is not a number from -2 to 2"),
        ("/n 0", "n: 0 is not a whole number from 1 to 128"),
        ("/n 1.5", "n: 1.5 is not a whole number from 1 to 128"),
        ("/max_tokens -2", "max_tokens: -2 is not a whole number of at least -1"),
        ("/stream maybe", "stream: maybe is not true or false"),
        ("/verbosity loud", "verbosity: loud is not one of low, medium, high"),
        ("/set logit_bias 5=101", "logit_bias: 101 is not a whole number from -100 to 100"),
        ("/set stop a b c d e", "stop: 5 texts are not 1 to 4 texts"),
        ("/set model two words", "model: two words is not a model's name"),
    ],
)
def test_a_bad_value_is_refused_with_the_rule(
    typed: Type, session: Session, screen: RecordingScreen, text: str, told: str
) -> None:
    """A value out of range names itself and the range; the setting stays as it was."""
    before = session.settings
    typed(text)
    assert screen.failed == [told]
    assert session.settings is before
    assert screen.said == []


def test_a_bad_value_leaves_the_former_one(typed: Type, session: Session) -> None:
    """A refused value does not unset what was set."""
    typed("/temp 0.7")
    typed("/temp 7")
    assert value(session, "temperature") == 0.7


def test_an_unknown_name_is_answered_by_the_nearest(typed: Type, screen: RecordingScreen) -> None:
    """A typo in a parameter's name names the parameter that is meant."""
    typed("/set temprature 1")
    typed("/unset sede")
    typed("/show frequenzy_penalty")
    assert screen.failed == [
        "no parameter temprature; did you mean temperature?",
        "no parameter sede; did you mean seed?",
        "no parameter frequenzy_penalty; did you mean frequency_penalty?",
    ]


def test_an_ambiguous_parameter_lists_what_it_could_be(typed: Type, screen: RecordingScreen) -> None:
    """Where several parameters begin so, all are named."""
    typed("/set to 1")
    (failed,) = screen.failed
    assert failed.startswith("to could be top_p, ")


# ---- advice


@pytest.mark.parametrize(
    "lines", [("/temp 0.7", "/top_p 0.9"), ("/top_p 0.9", "/temp 0.7"), ("/set temp=0 topp=0",)]
)
def test_temperature_and_top_p_together_draw_a_warning(
    typed: Type, session: Session, screen: RecordingScreen, lines: tuple[str, ...]
) -> None:
    """Setting both is allowed, and draws one line that says the API advises one of them."""
    for line in lines:
        typed(line)
    assert screen.warned == ["temperature and top_p are both set; the API advises altering one of them"]
    assert value(session, "temperature") is not None and value(session, "top_p") is not None


def test_one_of_the_two_alone_is_no_matter(typed: Type, screen: RecordingScreen) -> None:
    """Neither one alone, nor taking one away, draws the warning."""
    typed("/temp 0.7")
    typed("/unset temp")
    typed("/top_p 0.9")
    assert screen.warned == []


def test_two_limits_draw_a_warning(typed: Type, screen: RecordingScreen) -> None:
    """max_tokens beside max_completion_tokens is pointed out."""
    typed("/set max_completion_tokens=5 max_tokens=5")
    assert [line for line in screen.warned if "both set" in line]


def test_a_model_that_is_shut_down_says_when(typed: Type, screen: RecordingScreen) -> None:
    """A model whose shutdown is announced draws one line with the day, as the installed SDK lists it."""
    from chat.parameters.shutdowns import announced

    model, day = next(iter(announced().items()))
    typed(f"/set model {model}")
    (warned,) = screen.warned
    assert model in warned and f"{day:%Y-%m-%d}" in warned


# ---- taking back


def test_unset_takes_a_parameter_out_of_the_request(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """/unset stops sending, several at once too, and says what the API then does."""
    typed("/set temperature=0.7 seed=1")
    typed("/unset temp seed")
    assert screen.said[-2:] == ["temperature 0.7 → 1.0 (not sent)", "seed 1 → unset (not sent)"]
    assert not {"temperature", "seed"} & body_of(session).keys()


def test_unset_hides_what_the_profile_sets(typed: Type, session: Session) -> None:
    """A parameter of the profile is no longer sent either, until /reset."""
    typed("/profile haiku")
    typed("/unset temperature")
    assert "temperature" not in body_of(session)
    typed("/reset")
    assert body_of(session)["temperature"] == 1.2


def test_unset_of_what_is_not_set_says_so(typed: Type, screen: RecordingScreen) -> None:
    """There is nothing to take back, and that is no error."""
    typed("/unset seed")
    assert screen.said == ["seed was not set"] and not screen.failed


def test_unset_looks_all_names_up_first(typed: Type, session: Session) -> None:
    """With one name wrong, none is unset."""
    typed("/seed 1")
    typed("/unset seed nothing_such")
    assert value(session, "seed") == 1


def test_reset_goes_back_to_the_profile(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """What was set here is gone, what the profile sets is back, each difference echoed."""
    typed("/profile haiku")
    typed("/set temperature=0.1 seed=3")
    assert session.settings.changed
    screen.said.clear()
    typed("/reset")
    assert not session.settings.changed
    assert screen.said == ["temperature 0.1 → 1.2", "seed 3 → unset (not sent)"]
    typed("/reset")
    assert screen.said[-1] == "nothing differs from the profile haiku"


def test_reset_keeps_the_command_line(typed: Type, session: Session) -> None:
    """What the shell was started with lies below what is set here, and stays."""
    session.use({"seed": 5})
    typed("/seed 6")
    typed("/reset")
    assert value(session, "seed") == 5


# ---- showing


def rows_of(screen: RecordingScreen) -> dict[str, list[str]]:
    _, rows = screen.tables[-1]
    return {row[0]: list(row[1:]) for row in rows}


@pytest.mark.parametrize("text", ["/show", "/set", "/params"])
def test_show_tells_what_is_set(typed: Type, session: Session, screen: RecordingScreen, text: str) -> None:
    """/show has a row for what some layer names, be it to unset it, and says how many more there are."""
    typed("/profile creative")
    typed("/set top_p=0.5 extra.tfs_z=0.1")
    typed("/unset temperature")
    typed(text)
    named = {name for layer in session.settings.layers for name in layer.values}
    assert set(rows_of(screen)) == named >= {"top_p", "temperature", "model", "system", "extra.tfs_z"}
    assert f"{len(ALL) + 1 - len(DIALECTS) - len(named)} parameters not set: /show all" in screen.said


@pytest.mark.parametrize("text", ["/show all", "/show ALL", "/params all"])
def test_show_tells_the_layer_of_every_setting(
    typed: Type, session: Session, screen: RecordingScreen, text: str
) -> None:
    """/show lists each setting: the API's default, the profile, what was set over it, and what is sent."""
    session.use({"seed": 5})
    typed("/profile creative")
    typed("/set top_p=0.5")
    typed("/unset temperature")
    typed(text)
    columns, _ = screen.tables[-1]
    assert [name.lstrip("~>") for name in columns[:5]] == [
        *("parameter", "default", "profile", "set here", "sent"),
    ]
    rows = rows_of(screen)
    assert rows["top_p"][:4] == ["1.0", "", "0.5", "0.5"]
    assert rows["temperature"][:4] == ["1.0", "1.3", "unset", "—"]
    assert rows["seed"][:4] == ["", "", "-s 5", "5"]
    assert rows["model"][:4] == ["", "gpt-5.4-mini", "", "gpt-5.4-mini"]
    assert rows["n"][:4] == ["1", "", "", "—"]
    assert rows["system"][1].startswith("Prefer the unexpected")
    assert screen.said[-1] == "profile creative · https://api.openai.com/v1 · no key"


def test_show_never_shows_the_key(make_session: Callable[..., Session], screen: RecordingScreen) -> None:
    """/show says where the key comes from, and not what it is."""
    from commands import dispatch

    session = make_session(OPENAI_API_KEY="sk-very-secret-0123456789")
    for line in ("/show", "/set", "/show api_key_env", "/help api_key_env", "/set base_url"):
        dispatch.run(line, registry(), session, screen)
    assert "key from OPENAI_API_KEY" in screen.transcript
    assert "very-secret" not in screen.transcript


def test_show_tells_what_the_server_made_of_it(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """What the last turn's server reported as in effect, and what is known to be refused, stand in the row."""
    typed("/set temperature=0.7 top_p=0.5 n=2 seed=1")
    session.conversation.add(
        a_turn(choices=(Choice(0, "a"),), effective={"temperature": 0.699999988079071, "n": 1})
    )
    for name, verdict in (("top_p", REJECTED), ("n", IGNORED)):
        session.endpoints.remember_verdict(session.endpoint, session.model, name, ProbeVerdict(verdict, "x"))
    typed("/show all")
    rows = rows_of(screen)
    assert rows["temperature"][4] == "0.7"
    assert rows["top_p"][4] == "rejected"
    assert rows["n"][4] == "1"
    assert rows["seed"][4] == "unknown"
    assert rows["stop"][4] == ""


@pytest.mark.parametrize(
    "text", ["/show temperature", "/set temperature", "/temperature", "/temp", "/set temp"]
)
def test_one_parameter_is_described(typed: Type, screen: RecordingScreen, text: str) -> None:
    """Without a value, a parameter tells its value and layer, its meaning, its range and its default."""
    typed("/profile haiku")
    screen.said.clear()
    typed(text)
    assert screen.said[0] == "temperature 1.2 (profile haiku)"
    assert "It takes a number from 0 to 2." in screen.said[1]
    assert "The API's default is 1.0." in screen.said[1]


def test_a_deprecated_parameter_says_so(typed: Type, screen: RecordingScreen) -> None:
    """What replaces a deprecated field stands beside it."""
    typed("/max_tokens")
    assert screen.said[0] == "max_tokens not set"
    assert "Deprecated by the API in favour of max_completion_tokens." in screen.said


# ---- every parameter of the table

SAMPLES = {
    "model": "gpt-4o",
    "stream": "false",
    "temperature": "0.5",
    "top_p": "0.5",
    "max_completion_tokens": "7",
    "max_tokens": "7",
    "presence_penalty": "-2",
    "frequency_penalty": "2",
    "logit_bias": "326=-100",
    "stop": r'"\n" "two words"',
    "n": "128",
    "seed": "-9223372036854775808",
    "reasoning_effort": "none",
    "verbosity": "low",
    "user": "somebody",
    "service_tier": "priority",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_parameter_is_a_command_that_sets_and_shows_it(
    typed: Type, session: Session, screen: RecordingScreen, name: str
) -> None:
    """/NAME VALUE sets, /NAME shows, /unset NAME takes back; the request carries what was set."""
    typed(f"/{name} {SAMPLES[name]}")
    assert not screen.failed
    assert name in body_of(session)
    screen.said.clear()
    typed(f"/show {name}")
    assert screen.said[0].endswith("(set here)")
    if name != "model":
        typed(f"/unset {name}")
        assert value(session, name) is None


# ---- preferences, extras, structures


def test_a_preference_is_kept_for_every_session(
    typed: Type, make_session: Callable[..., Session], screen: RecordingScreen
) -> None:
    """/set editing_mode vi holds in the next session too, until it is unset."""
    typed("/set editing_mode vi")
    assert screen.said == ["editing_mode → vi, in every session from now on"]
    assert make_session().preferences.get("editing_mode") == "vi"
    typed("/unset editing_mode")
    assert make_session().preferences.get("editing_mode") is None


def test_a_field_that_is_not_openais_can_be_set(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """/set extra.NAME sends a field that the table does not have."""
    typed("/set extra.tfs_z 0.1")
    assert body_of(session)["tfs_z"] == 0.1
    typed("/set extra.temperature 1")
    assert screen.failed == ["temperature is no extra: /set temperature sets it"]


def test_a_structure_can_be_edited(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """/set response_format edit opens the editor; what is saved there is what is set."""
    screen.answers = ["type: json_object\n", None]
    typed("/set response_format edit")
    assert value(session, "response_format") == {"type": "json_object"}
    typed("/set response_format edit")
    assert screen.failed == ["response_format is as it was"]


def test_a_file_of_nobody_is_refused(typed: Type, screen: RecordingScreen) -> None:
    """A structure from the folder of somebody who does not exist is refused with a sentence."""
    typed("/set tools @~nobody-of-that-name/tools.json")
    assert len(screen.failed) == 1


def test_what_is_set_is_kept_nowhere_by_itself(typed: Type, home: Path) -> None:
    """Setting a parameter writes no file: only /profile save does."""
    typed("/temp 0.5")
    assert [path.name for path in home.iterdir()] == ["cache"]


def test_an_address_is_looked_at_at_once(
    make_session: Callable[..., Session], screen: RecordingScreen
) -> None:
    """Nobody listens there, a key would travel in the open: told where it is set, not at the first message."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    session, known = make_session(GW_KEY="sk-gateway-0123456789"), registry()
    dispatch.run(f"/set base_url localhost:{port}/v1/chat/completions", known, session, screen)
    assert session.settings.get("base_url") == f"http://localhost:{port}/v1"
    assert f"nothing listens at http://localhost:{port}/v1 yet" in screen.warned
    dispatch.run("/set api_key_env=GW_KEY base_url=http://gw.example/v1", known, session, screen)
    assert "not encrypted" in screen.warned[-1]
    assert "sk-" not in screen.transcript


def test_unset_all_leaves_the_model_and_where_it_goes(
    make_session: Callable[..., Session], screen: RecordingScreen
) -> None:
    """/unset all sets nothing of a request any more, be it the profile's; address and model stay."""
    session = make_session("mine:\n  model: m\n  seed: 3\n  base_url: http://localhost:1/v1\n", "mine")
    known = registry()
    for line in ("/set temperature 0", "/system Hi", "/set extra.min_p 0.1", "/unset all"):
        dispatch.run(line, known, session, screen)
    assert {parameter.name for parameter, _ in session.settings} == {"model", "base_url"}
