"""Make the call that a program is written from (`programs`), of a turn's request, or of the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..base import started
from ..base.errors import BadInput
from ..base.redact import hide_bytes, spelt
from ..conversation.body import as_sent
from ..conversation.turn import Request, Turn
from ..conversation.wire import Exchange
from ..endpoint.address import EMBEDDED
from ..endpoint.embedded import SERVER, model_of
from ..parameters.addresses import without_query
from ..parameters.table import EXTRA
from ..session.sending import Prepared
from .programs import Call

_PATH = "/chat/completions"
_DEFAULT_KEY = "OPENAI_API_KEY"
#: Fields that the shell sends by itself -> the setting that may say them.
_ADDED = {"stream": "stream", "stream_options": "stream_options", "verbose": f"{EXTRA}verbose"}
#: Headers that the SDK takes from the environment.
_AMBIENT = (("OpenAI-Organization", "OPENAI_ORG_ID"), ("OpenAI-Project", "OPENAI_PROJECT_ID"))


def of_exchange(turn: Turn, exchange: Exchange, secrets: Sequence[str] = ()) -> Call:
    """Give a request that went out. Raises BadInput where a program can't make it."""
    sent = {name.lower() for name, value in exchange.headers if value}
    address, query = without_query(exchange.url)
    if not address.endswith(_PATH):
        raise BadInput("that request went to an address that no program here is made for")
    key = str(turn.request.settings.get("api_key_env") or _DEFAULT_KEY) if "authorization" in sent else ""
    ambient = [pair for pair in _AMBIENT if pair[0].lower() in sent]
    where = address.removesuffix(_PATH)
    return replace(_call(turn.request, where, exchange.body, key, ambient, secrets), query=query)


def of_prepared(prepared: Prepared, secrets: Sequence[str] = ()) -> Call:
    """Give a request that has not gone out. Raises BadInput where a program can't make it."""
    endpoint = prepared.endpoint
    key = str(prepared.request.settings.get("api_key_env") or _DEFAULT_KEY) if endpoint.key else ""
    made = _call(prepared.request, endpoint.base_url, as_sent(prepared.body), key, (), secrets)
    return replace(made, query=endpoint.query)


def _call(
    request: Request,
    address: str,
    body: bytes,
    key: str,
    ambient: Sequence[tuple[str, str]],
    secrets: Sequence[str],
) -> Call:
    body = hide_bytes(body, spelt(secrets))
    added = {name: request.settings.get(own) for name, own in _ADDED.items()}
    if request.endpoint.startswith(EMBEDDED):
        _, file = model_of(request.endpoint)
        served = started.program(SERVER, "serve", *([str(file)] if file else []))
        return Call("", body, served=served, added=added)
    headers = tuple((request.settings.get("headers") or {}).items())
    return Call(address, body, key, headers, tuple(ambient), added=added)
