"""Read addresses of endpoints as people have them: typed without http://, pasted with the API's own path,
with a query. Fix what is clear, and refuse the rest with the reason. Pure: nothing is asked."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..base.dataclass import dataclass
from ..base.errors import BadValue
from ..base.redact import SECRET_NAME, looks_random, redact
from .kinds import shown

#: What stands behind the address in the documentation that people paste from.
_OF_A_REQUEST = re.compile(r"/+(?:chat/completions|completions|responses|embeddings|models)/*$")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/*")
_HOST = re.compile(r"[^\s/?#@:\[\]\\*\"'<>]+")
#: Names that no public server has.
_AT_HOME = (".local", ".lan", ".internal", ".home", ".localhost", ".localdomain", ".test")


@dataclass(frozen=True)
class Address:
    """An http(s):// address without its last slash, or `embedded`, or `embedded:FILE.gguf`."""

    def read(self, text: str) -> str:
        return self.check(text)

    def check(self, value: object) -> str:
        if not isinstance(value, str):
            raise BadValue(f"{shown(value)} is not {self.describe()}")
        return meant(value)

    def write(self, value: str) -> str:
        return value

    def describe(self) -> str:
        return "an http(s):// address, or embedded"

    def suggest(self) -> tuple[str, ...]:
        return ("embedded",)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


def meant(text: str) -> str:
    """Return the address that is meant. Raises BadValue, which shows no name, password or query."""
    text = text.strip().strip("\"'<>").strip()
    if text == "embedded" or (text.startswith("embedded:") and text != "embedded:"):
        return text
    if text == "embedded:":
        raise _none("a model file of your own is embedded:FILE.gguf")
    if re.search(r"\s", text) or not text.isprintable():
        raise _none("there is a blank in it")
    scheme, rest = _parted(text)
    if not scheme and not re.match(r"localhost\b|\[|[^/?#]*[.:]", rest, re.IGNORECASE):
        raise BadValue(f"{shown(text)} is not an address", "it looks like http://127.0.0.1:8080/v1")
    host, slash, tail = _split(rest)
    port_like = re.fullmatch(r"(\[[^]]*\]|[^:]*)(:[0-9]*)?", host)
    if "@" in host or ("@" in tail and ("#" in rest[: rest.rindex("@")] or not port_like)):
        raise BadValue(
            "an address with a name or password in it is not used: api_key_env names the key's variable"
        )
    where, port = _place(host)
    path, _, query = (slash + tail).partition("?")
    if "#" in path or "#" in query:
        raise _none("what follows # never reaches a server: leave it out")
    if not scheme:
        scheme = "http" if _is_near(where) or port not in ("", "443") else "https"
    path = _OF_A_REQUEST.sub("", path).rstrip("/")
    return f"{scheme}://{where}{':' + port if port else ''}{path}{'?' + _checked(query) if query else ''}"


def _none(why: str) -> BadValue:
    return BadValue(f"that is not an address: {why}", "it looks like http://127.0.0.1:8080/v1")


def _parted(text: str) -> tuple[str, str]:
    """Split off the scheme: (the scheme, or "" if there is none; the rest)."""
    scheme, found, rest = text.partition("://")
    if found and scheme.lower() in ("http", "https"):
        return scheme.lower(), rest
    if found and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        raise _none(f"{shown(scheme)}:// is not spoken here, http:// and https:// are")
    begun = _SCHEME.match(text)
    if begun and begun[1].lower() in ("http", "https", "htp", "htps", "ttp", "ttps", "hhtp", "hhtps"):
        raise _none("it begins with http:// or https://")
    return "", text.removeprefix("//")


def _split(rest: str) -> tuple[str, str, str]:
    """Split into (the host and port, the character that ends them, the rest)."""
    found = re.search(r"[/?#]", rest)
    return (rest[: found.start()], found[0], rest[found.end() :]) if found else (rest, "", "")


def _place(host: str) -> tuple[str, str]:
    """Give (the host, the port or ""). Raises BadValue."""
    inside = re.fullmatch(r"\[([^\]]*)\](?::(.*))?", host)
    if inside:
        name, port = f"[{inside[1]}]", inside[2] or ""
        try:
            ipaddress.IPv6Address(inside[1])
        except ValueError:
            raise _none(f"{shown(inside[1])} is no IPv6 address") from None
    elif host.count(":") > 1:
        raise _none("an IPv6 address stands in brackets: http://[::1]:8080/v1")
    else:
        name, _, port = host.partition(":")
    if not name:
        raise _none("there is no host in it")
    if not inside and (not _HOST.fullmatch(name) or ".." in name):
        raise _none(f"{shown(name)} can't be a host")
    if port and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536):
        raise _none(f"{shown(port)} is no port from 1 to 65535")
    return name, port


def _is_near(host: str) -> bool:
    """Tell whether a host is this machine, or on the same network: such servers speak plain http."""
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return "." not in host or host.lower().endswith(_AT_HOME)


def _checked(query: str) -> str:
    """Give the query, where nothing in it is secret. Raises BadValue, which does not show it."""
    for name, value in parse_qsl(query, keep_blank_values=True):
        if SECRET_NAME.search(name) or redact(value) != value or looks_random(value):
            raise BadValue("a key in an address is not used: api_key_env names its variable")
    return query


def without_query(address: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Separate an address from the pairs of its query."""
    parts = urlsplit(address)
    pairs = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return address.partition("?")[0], pairs
