"""Find the proxy for requests to an address, as the environment names it.

A name and password may stand in it as they are, whatever characters they hold. They are never shown.
"""

from __future__ import annotations

import os
import re
from dataclasses import field
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from ..base.dataclass import dataclass
from ..base.errors import BadEndpoint

_SCHEMES = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True)
class Proxy:
    """A proxy: its address as it is used, which may hold a password, as it is shown, and the variable
    that names it."""

    url: str = field(repr=False)
    shown: str
    variable: str


def of(base_url: str) -> Proxy | None:
    """Find the proxy for an address. Return None if requests go there directly. Raises BadEndpoint if the
    environment names something that is not a proxy."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").lower()
    named = getproxies()
    scheme = parts.scheme if named.get(parts.scheme) else "all"
    if not named.get(scheme) or proxy_bypass(host) or proxy_bypass(parts.netloc):
        return None
    return _read(named[scheme], _variable(scheme))


def _variable(scheme: str) -> str:
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    return next((name for name in names if os.environ.get(name)), "the system's settings")


def _read(text: str, variable: str) -> Proxy:
    """Read a proxy as people write it. Raises BadEndpoint, which does not show it."""
    scheme, found, rest = text.strip().partition("://")
    if not found:
        scheme, rest = "http", scheme
    who, at, place = rest.rpartition("@")
    place = place.rstrip("/")
    sound = re.fullmatch(r"(?:[^\s/?#:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?", place)
    if scheme.lower() not in _SCHEMES or not sound or not 0 < int(sound[1] or 1) < 65536:
        raise BadEndpoint(
            f"{variable} names no proxy", "it looks like http://proxy.example:3128, or http://name:password@…"
        )
    name, colon, password = who.partition(":")
    login = quote(unquote(name), safe="") + (colon and ":" + quote(unquote(password), safe=""))
    shown = f"{scheme.lower()}://{place}"
    return Proxy(f"{scheme.lower()}://{login}{at}{place}", shown, variable)
