"""What the SDK and the network raise -> our errors, each one plain sentence and a hint."""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING, Any

from ..base import errors
from ..base.halves import whole
from ..base.redact import redact
from ..base.short import shorten
from ..parameters.table import BY_NAME
from . import proxy
from .address import Endpoint, display_url

if TYPE_CHECKING:
    import openai

#: Codes that say the quota, not the rate, is the limit: waiting does not mend them.
_QUOTA = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded"}
_NO_MODEL = {"model_not_found", "model_not_available"}
_LONGEST = 300  # characters of a server's own words
#: Seconds to connect, where less is not set for all.
_CONNECT = 10.0


def connect_timeout(endpoint: Endpoint) -> float:
    """Seconds that a connection may take to come about."""
    return min(_CONNECT, endpoint.timeout)


def refused(error: openai.APIStatusError, endpoint: Endpoint, model: str) -> errors.RequestFailed:
    """An answer with a status that is not good."""
    status = error.status_code
    body = error.body if isinstance(error.body, dict) else {}
    html = isinstance(error.body, str) and error.body.lstrip()[:1] == "<"
    said = "" if html else redact(whole(_said(error)), endpoint.key)
    where = display_url(endpoint.base_url)
    code = whole(str(error.code or body.get("type") or ""))
    facts: dict[str, Any] = {"status": status, "code": code or None}
    if 300 <= status < 400:
        return errors.NotAnApi(
            f"{where} redirects elsewhere, which is not followed",
            "set base_url to the right address",
            **facts,
        )
    if status == 401:
        return _about_key(endpoint, said, facts)
    if status == 403 and not endpoint.key:
        return _about_key(endpoint, said, facts)
    if status == 403:
        return errors.Forbidden(
            _sentence("this key may not do that", said),
            "the key's project or region may lack access; /models lists what it has",
            **facts,
        )
    if _about_model(status, code, said, model):
        return errors.ModelNotFound(
            _sentence(f"no model {model} at {where}", ""),
            "/models lists the server's, /model NAME picks one",
            param="model",
            **facts,
        )
    if status == 404:
        return errors.NotAnApi(
            _sentence(f"nothing at {where} takes chat completions (404)", said),
            "is the base_url right? most end in /v1",
            **facts,
        )
    if status == 429:
        if code in _QUOTA:
            return errors.QuotaExceeded(
                _sentence("the quota is used up", said),
                "see the plan and billing of the account; waiting does not help",
                **facts,
            )
        wait = _retry_after(error.response.headers)
        return errors.RateLimited(
            _sentence("too many requests or tokens for now", said),
            "wait a little and send again",
            retry_after=wait,
            **facts,
        )
    if status >= 500:
        return errors.ServerFailed(
            _sentence(f"the server failed ({status})", said), "send again in a while", **facts
        )
    param = _param(error.param, said)
    if param:
        return errors.ParameterRefused(
            _sentence(f"{param} is not taken", said),
            f"/unset {param.partition('.')[0]} and send again",
            param=param,
            **facts,
        )
    return errors.RequestFailed(
        _sentence(f"the request was refused ({status})", said or ("a web page came back" if html else "")),
        "/show lists what was sent",
        **facts,
    )


def _about_key(endpoint: Endpoint, said: str, facts: dict[str, Any]) -> errors.Unauthorized:
    """Say which key was refused, or which there is none of."""
    where, name = display_url(endpoint.base_url), endpoint.key_from
    if endpoint.key:
        plain, hint = f"{where} does not take this key", f"check {name or 'api_key_env'}"
    elif name:
        plain, hint = f"{where} wants a key, and {name} is not set", f"set {name}, and start anew"
        if endpoint.own_environment:
            hint += ", or type it: /key"
    else:
        plain = f"{where} wants a key, and no variable is named for it"
        hint = "name it with /set api_key_env NAME; OPENAI_API_KEY goes to no other address than its own"
    return errors.Unauthorized(_sentence(plain, said), hint, **facts)


def _said(error: openai.APIStatusError) -> str:
    """The server's own words, whatever shape it puts them in."""
    body = error.body
    if isinstance(body, dict):
        for key in ("message", "error", "detail"):
            value = body.get(key)
            if isinstance(value, str):
                return shorten(value, _LONGEST)
            if isinstance(value, list) and value and isinstance(value[0], dict):
                return shorten(_first_detail(value[0]), _LONGEST)
    return shorten(body, _LONGEST) if isinstance(body, str) else ""


def _first_detail(detail: dict[str, Any]) -> str:
    """vLLM and other FastAPI servers: {"loc": ["body", "n"], "msg": …}."""
    place = detail.get("loc")
    name = str(place[-1]) + ": " if isinstance(place, list) and place else ""
    return name + str(detail.get("msg", ""))


def _sentence(plain: str, said: str) -> str:
    return f"{plain}: {said}" if said else plain


def _about_model(status: int, code: str, said: str, model: str) -> bool:
    if code in _NO_MODEL:
        return True
    words = said.lower()
    missing = "not found" in words or "does not exist" in words or "not exist" in words
    return bool(model) and status in (400, 404) and "model" in words and missing


def _param(param: str | None, said: str) -> str | None:
    """The parameter that a refusal names: in its field, or in the words of other servers."""
    if param and param.partition(".")[0].partition("[")[0] in BY_NAME | {"stream_options": None}:
        return param.partition(".")[0].partition("[")[0]
    for name in re.findall(r"[a-z_]+", said):
        if name == "stream_options" or (
            name in BY_NAME and BY_NAME[name].field and ("_" in name or f"'{name}'" in said)
        ):
            return str(name)
    return None


def _retry_after(headers: Any) -> float | None:
    """Seconds from `retry-after-ms` or `Retry-After` (a number, or an HTTP date)."""
    try:
        if headers.get("retry-after-ms"):
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        value = headers.get("retry-after", "")
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
            return float(value)
        if value:
            from email.utils import parsedate_to_datetime

            when = parsedate_to_datetime(value)
            now = parsedate_to_datetime(headers["date"]) if headers.get("date") else None
            return max(0.0, (when - now).total_seconds()) if now else None
    except (ValueError, TypeError, OverflowError):
        pass
    return None


def unreachable(error: BaseException, endpoint: Endpoint) -> errors.RequestFailed:
    """Nothing came back."""
    import httpx2
    import openai

    where = display_url(endpoint.base_url)
    causes = list(_causes(error))
    by = None if endpoint.is_loopback else proxy.of(endpoint.base_url)
    if by and any(
        isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError) for cause in causes
    ):
        return _by_proxy(causes, by, where)
    if any(isinstance(cause, httpx2.ConnectTimeout) for cause in causes):
        return errors.TimedOut(
            f"no connection to {where} within {connect_timeout(endpoint):g} s",
            "is the server up? is the address right? is a firewall in between?",
        )
    if isinstance(error, openai.APITimeoutError) or any(
        isinstance(cause, httpx2.TimeoutException) for cause in causes
    ):
        return errors.TimedOut(
            f"{where} did not answer within {endpoint.timeout:g} s",
            "send again, look whether the server is up, or wait longer: /timeout",
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "certificate" in str(causes[-1]).lower():
        return errors.NoConnection(
            f"no secure connection to {where}: {_plain(causes[-1])}",
            "SSL_CERT_FILE may name your own certificates",
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return errors.NoConnection(
            f"the name in {where} is not found", "is there a network? is the address right?"
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return errors.NoConnection(f"nothing listens at {where}", "start the server, or correct base_url")
    return errors.NoConnection(
        f"no connection to {where}: {_plain(causes[-1])}", "send again when the network is back"
    )


def _by_proxy(causes: list[BaseException], by: proxy.Proxy, where: str) -> errors.RequestFailed:
    """Say what keeps a proxy from letting requests through: the address is not to blame."""
    import httpx2

    named = f"the proxy {by.shown} ({by.variable})"
    way = f"start it, correct or unset {by.variable}, or name the host in NO_PROXY"
    said = _plain(causes[-1])
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return errors.NoConnection(
            f"no secure connection to {where} by {named}: {said}",
            "SSL_CERT_FILE may name the proxy's certificates",
        )
    for cause in causes:
        if isinstance(cause, httpx2.ProxyError):
            if "407" in str(cause):
                way = f"is the name and password in {by.variable} right?"
            return errors.NoConnection(f"{named} does not lead to {where}: {_plain(cause)}", way)
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        said = "nothing listens there"
    elif any(isinstance(cause, socket.gaierror) for cause in causes):
        said = "its name is not found"
    elif any(isinstance(cause, httpx2.ConnectTimeout) for cause in causes):
        said = "it does not answer"
    return errors.NoConnection(f"{named} can't be reached: {said}", way)


def broken(error: BaseException | None, endpoint: Endpoint) -> errors.RequestFailed:
    """The answer began and its connection broke, or it ended without saying so."""
    import httpx2

    if isinstance(error, httpx2.TimeoutException):
        return errors.StreamBroken(
            f"the server fell silent for {endpoint.timeout:g} s in the middle of the answer",
            "what arrived is kept; /timeout says how long is waited",
        )
    if error is None:
        return errors.StreamBroken(
            "the answer may be cut off: it ended without saying so", "what arrived is kept"
        )
    return errors.StreamBroken(
        f"the connection broke in the middle of the answer: {_plain(error)}", "what arrived is kept"
    )


def _causes(error: BaseException) -> Any:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _plain(error: BaseException) -> str:
    text = shorten(str(error), _LONGEST)
    return text or type(error).__name__
