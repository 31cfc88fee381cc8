"""Where requests go, and with which key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadEndpoint
from chat.base.redact import redact
from chat.endpoint.address import OPENAI, Endpoint, clean_key, display_url, resolve, same_place
from chat.parameters.settings import Settings

KEY = "sk-home-0123456789"
OTHER = "sk-other-987654321"


def where(environ: dict[str, str], **values: str) -> Endpoint:
    settings = Settings()
    for name, value in values.items():
        settings = settings.set(name, value)
    return resolve(settings, environ)


@pytest.mark.parametrize(
    ("environ", "settings", "url", "key"),
    [
        ({"OPENAI_API_KEY": KEY}, {}, OPENAI, KEY),
        ({"OPENAI_API_KEY": f" {KEY}\n"}, {}, OPENAI, KEY),
        ({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": ""}, {}, OPENAI, KEY),
        (
            {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://gw.example/v1/"},
            {},
            "https://gw.example/v1",
            KEY,
        ),
        ({"OPENAI_API_KEY": KEY}, {"base_url": "https://else.example/v1"}, "https://else.example/v1", ""),
        (
            {"OPENAI_API_KEY": KEY},
            {"base_url": "https://api.openai.com/v2"},
            "https://api.openai.com/v2",
            KEY,
        ),
        ({"OPENAI_API_KEY": KEY}, {"base_url": "http://api.openai.com/v1"}, "http://api.openai.com/v1", ""),
        (
            {"OPENAI_API_KEY": KEY},
            {"base_url": "https://api.openai.com:444/v1"},
            "https://api.openai.com:444/v1",
            "",
        ),
        (
            {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://gw.example/v1"},
            {"base_url": OPENAI},
            OPENAI,
            "",
        ),
        (
            {"OPENAI_API_KEY": KEY, "GW_KEY": OTHER},
            {"base_url": "https://gw.example/v1", "api_key_env": "GW_KEY"},
            "https://gw.example/v1",
            OTHER,
        ),
        (
            {"OPENAI_API_KEY": KEY},
            {"base_url": "https://gw.example/v1", "api_key_env": "GW_KEY"},
            "https://gw.example/v1",
            "",
        ),
        ({"OPENAI_API_KEY": KEY}, {"base_url": "embedded"}, "embedded", ""),
    ],
)
def test_each_key_goes_to_its_own_endpoint(
    environ: dict[str, str], settings: dict[str, str], url: str, key: str
) -> None:
    """OPENAI_API_KEY belongs to OPENAI_BASE_URL or OpenAI; another address gets what it names."""
    found = where(environ, **settings)
    assert (found.base_url, found.key) == (url, key)


@given(
    st.sampled_from(["http", "https"]),
    st.from_regex(r"[a-z]{1,8}(\.[a-z]{2,5}){1,2}", fullmatch=True),
    st.integers(0, 70000),
)
def test_the_default_key_reaches_no_other_place(scheme: str, host: str, port: int) -> None:
    """Whatever address a profile names, OPENAI_API_KEY goes there only if it is its own."""
    url = f"{scheme}://{host}" + (f":{port}" if port else "") + "/v1"
    try:
        found = where({"OPENAI_API_KEY": KEY}, base_url=url)
    except BadEndpoint:
        return
    assert (found.key == KEY) == same_place(url, OPENAI)


def test_a_typed_key_is_for_the_default_endpoint() -> None:
    """A key typed for this run stands in for the variable, and goes nowhere else."""
    assert resolve(Settings(), {}, KEY).key == KEY
    assert resolve(Settings().set("base_url", "https://gw.example/v1"), {}, KEY).key == ""


def test_no_key_travels_in_the_open() -> None:
    """http:// with a key is refused, unless it stays on this machine."""
    with pytest.raises(BadEndpoint, match="not encrypted"):
        where({"K": KEY}, base_url="http://gw.example/v1", api_key_env="K")
    assert where({"K": KEY}, base_url="http://127.0.0.1:8080/v1", api_key_env="K").key == KEY
    assert where({"K": KEY}, base_url="http://[::1]:8080/v1", api_key_env="K").key == KEY


@pytest.mark.parametrize("bad", ["a\nb", "xq zw", "a\0b", "ä", '"quoted" key'])
def test_a_key_that_is_none_is_never_shown(bad: str) -> None:
    """A key with a line break or a blank is refused without being repeated."""
    with pytest.raises(BadEndpoint) as refused:
        clean_key(bad, "OPENAI_API_KEY")
    assert bad not in f"{refused.value} {refused.value.__cause__!r} {refused.value.__context__!r}"
    assert "OPENAI_API_KEY" in str(refused.value)


@pytest.mark.parametrize("bad", ["http://", "http://h:99999/v1", "https://user:pw@gw.example/v1"])
def test_what_is_no_address(bad: str) -> None:
    """No host, an impossible port, a password in the address."""
    with pytest.raises(BadEndpoint) as refused:
        where({}, base_url=bad)
    assert "pw" not in str(refused.value)


def test_nothing_secret_is_shown() -> None:
    """Neither repr nor the shown address holds a key."""
    assert KEY not in repr(Endpoint(OPENAI, KEY))
    assert display_url("https://u:p@gw.example/v1?key=abc") == "https://gw.example/v1"


@given(st.text(), st.text(), st.from_regex(r"sk-[A-Za-z0-9_-]{8,40}", fullmatch=True))
def test_redaction(before: str, after: str, key: str) -> None:
    """A key is taken out of any text, whether it is known or only looks like one."""
    assert key not in redact(f"{before} {key} {after}", key)
    assert key not in redact(f"{before} {key} {after}")
