"""/export tempera: running what it wrote gives the same request, whatever was in force before."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.base.errors import TemperaError
from chat.conversation.body import build
from chat.parameters.table import ALL
from chat.session import opening
from chat.session.state import Session
from chat.transfer import script
from commands import registry
from commands.declare import Play
from commands.shell.playing import Playing
from commands.talk.as_script import text_of

from ...support import sdk_types
from ...support.examples import times
from ...support.recorder import RecordingScreen

KNOWN = registry()
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
#: What a person may have had set where the script is run: none of it is in the request.
OTHERS = {
    "temperature": 1.5,
    "stop": ("x",),
    "system": "Other.",
    "seed": 4,
    "extra.min_p": 0.5,
    "model": "other",
}


def body(session: Session) -> str:
    """The body of the next request, after canonical JSON; a bias by word stands there as it is set."""
    branch = session.branch.add("user", "next")
    made = build(branch, session.settings, carried=session.carried(branch))
    return json.dumps([made, session.settings.get("bias"), session.settings.get("timeout")], sort_keys=True)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Session]:
    from chat.base.places import places
    from chat.parameters import profiles

    where = places({"TEMPERA_HOME": str(tmp_path_factory.mktemp("home"))})
    loaded = profiles.load(where.config / "none.yaml", where.config / "none.yaml")

    def make(**values: Any) -> Session:
        session = Session(where, loaded, environ={"SOME_KEY": "sk-of-a-test-0123456789abcdef"})
        for name, value in values.items():
            session.settings = session.settings.set(name, value)
        return session

    return make


def run_again(session: Session, make: Callable[..., Session]) -> tuple[Session, RecordingScreen, str]:
    """Run what is written of a session, in one where other things are set and said."""
    text = text_of(session)
    other, screen = make(**OTHERS), RecordingScreen(interactive=False, scripted=True)
    other.conversation.move(other.branch.add("user", "before"))
    lines = tuple(script.read(text, "s", script.Arguments()))
    Playing(KNOWN, other, screen, keep_going=True).play(Play(lines, "s"))
    return other, screen, text


def test_an_opened_request_is_the_same(sessions: Callable[..., Session]) -> None:
    """Whatever the SDK's types admit is opened, written, run, and is the same body, field after field."""

    @times(2)
    @given(sdk_types.bodies().filter(lambda made: bool(made["model"])))
    def law(given_: dict[str, Any]) -> None:
        session = sessions()
        opening.take(session, given_, "a file")
        other, screen, text = run_again(session, sessions)
        assert not screen.failed, text
        assert body(other) == body(session), text
        fields = [[*build(each.branch, each.settings)] for each in (other, session)]
        assert fields[0] == fields[1], text

    law()


def values() -> Iterator[st.SearchStrategy[tuple[str, Any]]]:
    """Values of each parameter, as its kind checks them."""
    for parameter in ALL:
        if parameter.name in ("base_url", "api_key_env", "headers", "model"):
            continue
        raw = sdk_types.JSON | TEXT | st.lists(TEXT, min_size=1, max_size=4) | st.integers(0, 2)
        raw |= st.sampled_from([*parameter.kind.suggest(), {"type": "json_object"}, True])
        raw |= st.dictionaries(TEXT, st.integers(-100, 100), max_size=2)

        def checked(value: Any, parameter: Any = parameter) -> Any:
            try:
                return parameter.name, parameter.kind.check(value)
            except TemperaError:
                try:
                    return parameter.name, parameter.kind.read(str(value))
                except TemperaError:
                    return None

        yield raw.map(checked).filter(bool)


def test_what_is_set_is_the_same(sessions: Callable[..., Session]) -> None:
    """Every value that a parameter takes is set again as it was, with a conversation or without."""

    @times(4)
    @given(st.lists(st.one_of(*values()), max_size=6).map(dict), st.lists(TEXT, max_size=2))
    @example({"system": "clear"}, [])
    @example({"system": "@file $1 <<END"}, ["$1 <<END", "/exit"])
    @example({"system": "a\nEND\nEND_\n$5", "stop": ("$1", "<<X")}, [])
    @example({"system": " x\r\n", "bias": ((" and", -5), ("$", 1))}, [])
    @example({"stop": ("a", "a")}, [])
    def law(set_: dict[str, Any], said: list[str]) -> None:
        session = sessions(model="m", **set_)
        for text in said:
            session.conversation.move(session.branch.add("user", text).add("assistant", text))
        other, screen, text = run_again(session, sessions)
        if screen.failed:  # shapes that the SDK refuses can't be set, and could not be sent
            assert all("SDK" in each or ": " in each for each in screen.failed)
            return
        assert body(other) == body(session), text

    law()


@pytest.mark.parametrize("said", [[], ["hi"]])
def test_a_prompt_is_named_with_its_values(
    typed: Callable[[str], Any], session: Session, screen: RecordingScreen, home: Path, said: list[str]
) -> None:
    """A prompt of a file and its variables' values stand in it; once more was said, the filled text does."""
    path = home / "prompts" / "trip.prompt.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(
        "template: true\nvariables:\n  city: {}\n  days: {type: integer, default: 2}\nparameters: {seed: 7}\n"
        "system: You plan {{days}} days.\nmessages:\n- {role: user, content: 'To {{city}}!'}\n"
    )
    typed("/prompt trip")
    city = '@"R$1m"\n; days=9 '
    from chat.session import prompted

    assert session.prompt
    prompted.fill(session, {"city": city, "days": 3})
    typed("/set temperature 0.3")
    for text in said:
        session.conversation.move(
            session.branch.add("assistant", "x").add("user", text).add("assistant", "y")
        )
    before = body(session)
    text = text_of(session)
    assert ("/prompt " in text) is not bool(said)
    typed("/prompt close")
    typed("/clear")
    lines = tuple(script.read(text, "s", script.Arguments()))
    Playing(KNOWN, session, screen).play(Play(lines, "s"))
    assert not screen.failed and body(session) == before
    assert bool(session.prompt) is not bool(said)


def test_no_key_is_in_it(make_session: Callable[..., Session]) -> None:
    """A key that was pasted, or stands in an address, is not written."""
    key = "sk-abcdefghijklmnopqrstuvwxyz0123456789"
    session = make_session(OPENAI_API_KEY=key)
    session.settings = session.settings.set("system", f"The key is {key}.").set(
        "base_url", "https://user:pass-word-1@example.com/v1"
    )
    session.conversation.move(session.branch.add("user", key))
    text = text_of(session)
    assert key not in text and "pass-word-1" not in text and "it holds a secret" in text


def test_it_is_written_to_a_file(
    typed: Callable[[str], Any], screen: RecordingScreen, tmp_path: Path
) -> None:
    """/export tempera FILE writes it; the ending alone says the format; "-" shows it."""
    typed("/set temperature 0.5")
    for line in (
        f"/export tempera {tmp_path / 'a'}",
        f"/export {tmp_path / 'b.tempera'}",
        "/export tempera -",
    ):
        typed(line)
    written = (tmp_path / "a").read_text()
    assert "/set temperature 0.5\n" in written
    assert (tmp_path / "b.tempera").read_text() == written == screen.raw[0] + "\n"
