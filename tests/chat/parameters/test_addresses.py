"""Addresses as people have them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadValue
from chat.parameters.addresses import Address, meant, without_query


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("localhost:9", "http://localhost:9"),
        ("localhost", "http://localhost"),
        ("LOCALHOST:8080/v1/", "http://LOCALHOST:8080/v1"),
        ("gpu:8000/v1", "http://gpu:8000/v1"),
        ("10.0.0.7:8000", "http://10.0.0.7:8000"),
        ("192.168.1.5/v1", "http://192.168.1.5/v1"),
        ("box.local/v1", "http://box.local/v1"),
        ("[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("//127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("api.example.com/v1", "https://api.example.com/v1"),
        ("api.example.com:443/v1", "https://api.example.com:443/v1"),
        ("gpu.example.com:8000/v1", "http://gpu.example.com:8000/v1"),
        ("HTTPS://api.example.com/v1", "https://api.example.com/v1"),
        (" <https://api.example.com/v1/> ", "https://api.example.com/v1"),
        ("'https://api.example.com/v1'", "https://api.example.com/v1"),
        ("https://api.example.com/v1/chat/completions", "https://api.example.com/v1"),
        ("http://127.0.0.1:8080/v1/chat/completions/", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080/v1/models", "http://127.0.0.1:8080/v1"),
        ("localhost:8080/chat/completions", "http://localhost:8080"),
        (
            "https://x.example/d/gpt/chat/completions?api-version=2024-06-01",
            "https://x.example/d/gpt?api-version=2024-06-01",
        ),
        ("https://x.example/v1?", "https://x.example/v1"),
        ("https://x.example/@cf/v1", "https://x.example/@cf/v1"),
        ("embedded", "embedded"),
        ("embedded:/models/a b.gguf", "embedded:/models/a b.gguf"),
    ],
)
def test_what_is_meant(typed: str, address: str) -> None:
    """Without http://, with the API's own path, with a query, in quotes: taken as it is meant."""
    assert meant(typed) == address
    assert meant(address) == address


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "is not an address"),
        ("foo", "foo is not an address"),
        ("http://", "no host"),
        ("http:///v1", "no host"),
        ("http:localhost:8080", "begins with http://"),
        ("htp://localhost", "htp:// is not spoken"),
        ("ftp://host/x", "ftp:// is not spoken"),
        ("http://h:99999/v1", "no port"),
        ("http://h:0/v1", "no port"),
        ("localhost:port/v1", "port is no port"),
        ("::1:8080", "brackets"),
        ("[::g]:80", "no IPv6"),
        ("http://a b/v1", "blank"),
        ("http://a..b/v1", "can't be a host"),
        ("http://*:8080", "can't be a host"),
        ("https://x.example/v1#top", "#"),
        ("https://me:secretpw@x.example/v1", "api_key_env"),
        ("https://me:sec#retpw@x.example/v1", "api_key_env"),
        ("https://me:sec/retpw@x.example/v1", "api_key_env"),
        ("https://x.example/v1?key=secretpw", "api_key_env"),
        ("https://x.example/v1?a=sk-secretpw1234", "api_key_env"),
        ("embedded:", "embedded:FILE.gguf"),
    ],
)
def test_what_is_refused_with_the_reason(typed: str, says: str) -> None:
    """What can't be meant says why; a password or key in it is not repeated."""
    with pytest.raises(BadValue) as refused:
        meant(typed)
    assert says in f"{refused.value.message} {refused.value.hint}"
    assert "retpw" not in f"{refused.value}{refused.value.hint}"


@given(st.text("htps:/.@#?&=[]:v1ab9-% ", max_size=30))
def test_an_address_is_what_it_is(text: str) -> None:
    """Whatever is typed is refused, or means an address that means itself."""
    kind = Address()
    try:
        address = kind.read(text)
    except BadValue:
        return
    assert kind.read(kind.write(address)) == address == kind.check(address)
    base, _ = without_query(address)
    assert "@" not in base.split("/")[2]
