"""Where requests go, and with which key.

OPENAI_API_KEY belongs to OPENAI_BASE_URL, or to the API's own address where that is not set; it
goes nowhere else. A profile with another `base_url` names the variable of its own key in
`api_key_env`, or sends none.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import field
from urllib.parse import urlsplit

from ..base.dataclass import dataclass
from ..base.errors import BadEndpoint, BadValue
from ..parameters import addresses
from ..parameters.settings import Settings

OPENAI = "https://api.openai.com/v1"
EMBEDDED = "embedded"
#: The settings that say where a request goes, and how.
WHERE = ("base_url", "api_key_env", "headers", "timeout")

#: Seconds that an answer may stay silent, where nothing is set: a model may think for long.
TIMEOUT = 600.0


@dataclass(frozen=True)
class Endpoint:
    """An address and what proves who asks. `key` never shows in the repr.

    `own_environment`: this is the endpoint that the SDK's environment variables (organisation,
    project, custom headers) were meant for. `timeout`: seconds without a byte until an answer
    is given up.
    """

    base_url: str
    key: str = field(default="", repr=False)
    own_environment: bool = False
    key_from: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    timeout: float = TIMEOUT
    query: tuple[tuple[str, str], ...] = ()

    @property
    def is_openai(self) -> bool:
        return urlsplit(self.base_url).hostname == "api.openai.com"

    @property
    def is_embedded(self) -> bool:
        return self.base_url == EMBEDDED or self.base_url.startswith(EMBEDDED + ":")

    @property
    def is_loopback(self) -> bool:
        return self.is_embedded or is_loopback(urlsplit(self.base_url).hostname or "")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def resolve(settings: Settings, environ: Mapping[str, str], typed_key: str = "") -> Endpoint:
    """Find the endpoint in force. `typed_key` is a key typed for this run, for the default endpoint. Raises
    BadEndpoint if the address is not one, or if the key can't be sent. Raises BadProfile if a broken
    profile was asked for: everything that sends passes through here."""
    if settings.broken:
        raise settings.broken
    url, home = _places(settings.get("base_url"), environ.get("OPENAI_BASE_URL", "").strip() or OPENAI)
    timeout = float(settings.get("timeout") or TIMEOUT)
    if url == EMBEDDED or url.startswith(EMBEDDED + ":"):
        return Endpoint(url, timeout=timeout)
    own = same_place(url, home)
    named = settings.get("api_key_env")
    variable = named or ("OPENAI_API_KEY" if own else "")
    typed = typed_key if own and not named else ""
    key = typed or clean_key(environ.get(variable, ""), variable)
    source = "the key typed here" if typed else variable
    headers = tuple((settings.get("headers") or {}).items())
    address, query = addresses.without_query(url)
    endpoint = Endpoint(address, key, own, source, headers, timeout, query)
    if key and url.startswith("http://") and not endpoint.is_loopback:
        raise BadEndpoint(
            f"{display_url(url)} is not encrypted: the key would travel in the open",
            "use an https:// address, or an endpoint that needs no key",
        )
    return endpoint


def _places(named: str | None, home: str) -> tuple[str, str]:
    """Give (the address in force, the one that the environment's key belongs to)."""
    try:
        own = addresses.meant(home)
    except BadValue as error:
        if named is None:
            raise BadEndpoint(f"OPENAI_BASE_URL: {error.message}", error.hint) from None
        own = ""
    return own if named is None else check_url(named), own


def same_place(one: str, other: str) -> bool:
    """Tell whether two addresses have the same scheme, host and port."""
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, (parts.hostname or "").lower(), port or {"http": 80, "https": 443}.get(parts.scheme)


def check_url(url: str) -> str:
    """Return the address that is meant. Raises BadEndpoint."""
    try:
        return addresses.meant(url)
    except BadValue as error:
        raise BadEndpoint(error.message, error.hint) from None


def display_url(url: str) -> str:
    """Give the address without anything secret: no user, password or query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme else url


def clean_key(raw: str, where: str = "") -> str:
    """Give the key without blanks around it. Raises BadEndpoint, which never shows it."""
    key = raw.strip()
    if any(not "!" <= character <= "~" for character in key):
        name = where or "the key"
        raise BadEndpoint(
            f"{name} holds a character that no key has (a line break, a blank, a quote?)", "set it again"
        )
    return key
