"""What is taken out of text and bytes before anybody else sees them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.redact import (
    SHORTEST,
    cover,
    hide,
    hide_bytes,
    is_secret,
    redact,
    secrets_in,
    spelt,
    without_secrets,
)

secrets = st.lists(st.text("abcdefgh0123-", min_size=SHORTEST, max_size=20), min_size=1, max_size=4)


def test_the_longest_goes_first() -> None:
    """A secret that begins with another leaves nothing of itself, in whatever order they are known."""
    for known in (["abcdefgh", "abcdefghSECRETPART"], ["abcdefghSECRETPART", "abcdefgh"]):
        assert hide("it is abcdefghSECRETPART.", known) == "it is [key]."
        assert hide_bytes(b"it is abcdefghSECRETPART.", spelt(known)) == b"it is [key]."
        assert cover(b"it is abcdefghSECRETPART.", known) == b"it is [key]*************."


def test_what_is_short_stays() -> None:
    """Seven characters would be found in any text."""
    assert hide("1234567 12345678", ["1234567", "12345678", ""]) == "1234567 [key]"


@given(secrets, st.text("xyz ", max_size=20), st.data())
def test_no_secret_is_left(known: list[str], text: str, data: st.DataObject) -> None:
    """Wherever one of them stands, it is gone, from bytes too, and those that are covered keep their length."""
    secret = data.draw(st.sampled_from(known))
    whole = f"{text}{secret}{text}"
    assert secret not in hide(whole, known)
    assert secret.encode() not in hide_bytes(whole.encode(), spelt(known))
    covered = cover(whole.encode(), known)
    assert secret.encode() not in covered
    assert len(covered) == len(whole)


@given(st.text(min_size=SHORTEST, max_size=20))
def test_no_secret_is_left_in_json(secret: str) -> None:
    """However JSON writes a secret, it is gone: with or without escapes, and with its slashes escaped."""
    for ascii in (True, False):
        written = json.dumps(["so ", secret], ensure_ascii=ascii)
        for text in (written, written.replace("/", "\\/")):
            data = text.encode("utf-8", "surrogateescape" if ascii else "replace")
            assert json.loads(hide_bytes(data, spelt([secret])))[1] == "[key]"


def test_what_looks_like_a_key_is_taken_out() -> None:
    """By its beginning, or behind `Bearer`; words that only contain one stay."""
    assert redact("sk-abcdefgh12 and Bearer abc.def-ghi, a task-force") == "[key] and [key] a task-force"
    assert redact("the key is hunter2", "hunter2") == "the key is [key]"


PEM = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"
RANDOM = "q8Zr2LmX0vN5tBc7Yp1Wd4Gh9Jk3Fs6A"


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("OPENAI_API_KEY", "anything-at-all", "anything-at-all"),
        ("HF_TOKEN", "hf_abcdefghij0123456789", "hf_abcdefghij0123456789"),
        ("DJANGO_SECRET", "correct horse", "correct horse"),
        ("db_password", "hunter2hunter2", "hunter2hunter2"),
        ("PGPASSWORD", "hunter2hunter2", "hunter2hunter2"),
        ("DB_PWD", "hunter2hunter2", "hunter2hunter2"),
        ("MY_CREDS", "hunter2hunter2", "hunter2hunter2"),
        ("API_KEY2", "hunter2hunter2", "hunter2hunter2"),
        ("MYCRED", "sk-proj-abcdef0123", "sk-proj-abcdef0123"),
        ("WORK", "ghp_abcdefghij0123456789", "ghp_abcdefghij0123456789"),
        ("HOME_LAB", "AKIAABCDEFGHIJ012345", "AKIAABCDEFGHIJ012345"),
        ("SIGNED", "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl"),
        ("SENT", "Bearer abcdefgh12345", "abcdefgh12345"),
        ("DATABASE_URL", "postgres://me:hunt%40er22@db.example/x", "hunt%40er22"),
        ("DATABASE_URL", "postgres://me:hunt%40er22@db.example/x", "hunt@er22"),
        ("HTTPS_PROXY", "http://me:pa#ss@wo/rd1@proxy:3128", "pa#ss@wo/rd1"),
        ("OPENAI_CUSTOM_HEADERS", "X-Team: a\nX-Api-Key: hunter2hunter2", "hunter2hunter2"),
        ("SETTINGS", '{"client_secret": "hunter2hunter2"}', "hunter2hunter2"),
        ("MINE", RANDOM, RANDOM),
        ("MINE", "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
        ("ID_RSA", PEM, PEM),
    ],
)
def test_secrets_by_name_or_value(name: str, value: str, secret: str) -> None:
    """A variable whose name or value looks like a secret is one: it is hidden, and nobody inherits it."""
    assert is_secret(name, value)
    assert secret not in hide(f"{value} and {secret}", secrets_in({name: value}))
    assert without_secrets({name: value, "TERM": "xterm"}) == {"TERM": "xterm"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"),
        ("PWD", "/home/somebody/projects/tempera"),
        ("SSH_AUTH_SOCK", "/tmp/ssh-abc/agent.1"),
        ("GIT_AUTHOR_NAME", "Ada Lovelace"),
        ("KEYBOARD_LAYOUT", "qwertz-de-nodeadkeys"),
        ("TOKENIZERS_PARALLELISM", "falsefalse"),
        ("XAUTHORITY", "/run/user/1000/xauth_abc"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/home/somebody/.config/gcloud/key.json"),
        ("GIT_COMMIT", "0123456789abcdef0123456789abcdef01234567"),
        ("EDITOR", "code --wait --new-window --disable-extensions"),
        ("LS_COLORS", "rs=0:di=01;34:ln=01;36:mh=00:pi=40;33:so=01;35:do=01;35"),
        ("HTTP_PROXY", "http://proxy.example:3128"),
        ("MANPATH", "/opt/Homebrew/share/man1/man2long"),
        ("OPENAI_API_KEY", ""),
    ],
)
def test_what_is_no_secret(name: str, value: str) -> None:
    """Folders, names of people, hashes of commits and addresses are inherited, and stay in text."""
    assert not is_secret(name, value)
    assert secrets_in({name: value}) == []


def test_what_one_command_is_to_have() -> None:
    """The variables that a command is meant to have stay, whatever they look like."""
    environ = {"PIP_INDEX_URL": "https://me:hunter22@pypi.example", "HF_TOKEN": "hf_abcdefghij0123456789"}
    assert list(without_secrets(environ, lambda name: name.startswith("PIP_"))) == ["PIP_INDEX_URL"]
