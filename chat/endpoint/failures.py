"""Turn what a server reports, and what the network raises, into our errors: a plain sentence each, and a
hint."""

from __future__ import annotations

import math
import re
import socket
import ssl
import time
from typing import Any

from ..base import errors
from ..base.dataclass import dataclass
from ..base.halves import whole
from ..base.redact import redact
from ..base.short import shorten
from ..conversation.body import Body
from ..conversation.bounds import TooLarge
from ..conversation.complaint import LONGEST, Complaint
from . import proxy
from .address import Endpoint, display_url

#: Codes that say the quota, not the rate, is the limit: waiting does not mend them.
_QUOTA = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded"}
_NO_MODEL = {"model_not_found", "model_not_available"}
_LONGEST_WAIT = 1e9  # seconds
#: Seconds to connect, where less is not set for all.
_CONNECT = 10.0


def connect_timeout(endpoint: Endpoint) -> float:
    """Return how many seconds it may take to connect."""
    return min(_CONNECT, endpoint.timeout)


def refused(
    status: int, said: Complaint, headers: Any, endpoint: Endpoint, body: Body | None = None
) -> errors.RequestFailed:
    """Make the error for an error answer: from its status (0 if that was good), from what the server says,
    and from `body`, if that was a message."""
    text = redact(said.text, endpoint.key)
    words = (
        f"a web page came back, {text}"
        if said.page and text
        else "a web page came back"
        if said.page
        else text
    )
    where = display_url(endpoint.base_url)
    code, model = said.code, str((body or {}).get("model", ""))
    facts: dict[str, Any] = {"status": status or None, "code": code or None}
    if 300 <= status < 400:
        return errors.NotAnApi(
            f"{where} redirects elsewhere, which is not followed",
            "set base_url to the right address",
            **facts,
        )
    if status == 401:
        return _about_key(endpoint, words, facts)
    if status == 403 and not endpoint.key:
        return _about_key(endpoint, words, facts)
    if status == 403:
        return errors.Forbidden(
            _sentence("this key may not do that", words),
            "the key's project or region may lack access; /models lists what it has",
            **facts,
        )
    if _about_model(status, code, text, model):
        return errors.ModelNotFound(
            _sentence(f"no model {model} at {where}", ""),
            "/models lists the server's, /model NAME picks one",
            param="model",
            **facts,
        )
    if status == 404:
        return errors.NotAnApi(
            _sentence(f"nothing at {where} takes chat completions (404)", words),
            "is the base_url right? most end in /v1",
            **facts,
        )
    wait = _retry_after(headers)
    if status == 429:
        if code in _QUOTA:
            return errors.QuotaExceeded(
                _sentence("the quota is used up", words),
                "see the plan and billing of the account; waiting does not help",
                **facts,
            )
        return errors.RateLimited(
            _sentence("too many requests or tokens for now", words), _later(wait), retry_after=wait, **facts
        )
    if status >= 500:
        return errors.ServerFailed(
            _sentence(f"the server failed ({status})", words), _later(wait), retry_after=wait, **facts
        )
    from . import refusals  # late: its patterns take longer to compile than most of what is loaded

    if body and refusals.of_the_system_role(said, body):
        return errors.ParameterRefused(
            _sentence("the system message is not taken", words),
            refusals.system_hint(body),
            param="system",
            **facts,
        )
    param = refusals.parameter(said, body or {})
    if param:
        return errors.ParameterRefused(
            _sentence(f"{param} is not taken", words), refusals.hint(param), param=param, **facts
        )
    if refusals.wants_reasoning(text):
        return errors.RequestFailed(
            _sentence("this server wants the reasoning of earlier answers back, which is not sent", words),
            "/new begins without them; a model that does not reason takes the conversation as it is",
            **facts,
        )
    plain = f"the request was refused ({status})" if status else "the server reported an error"
    return errors.RequestFailed(
        _sentence(plain, words or ("" if status else "no reason given")), "/show lists what was sent", **facts
    )


def _about_key(endpoint: Endpoint, said: str, facts: dict[str, Any]) -> errors.Unauthorized:
    """Say which key was refused, or which key is missing."""
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


@dataclass(frozen=True)
class EndpointWording:
    """Makes the errors for an answer to `body`: see `conversation.reading`."""

    endpoint: Endpoint
    body: Body
    headers: Any = None

    def reported(self, said: Complaint, begun: bool) -> errors.RequestFailed:
        """Word an error that came with a good status: once an answer has begun, nothing mends it."""
        if begun:
            text = redact(said.text, self.endpoint.key) or said.code or "no reason given"
            return errors.StreamBroken(f"the server reported an error: {text}", "what arrived is kept")
        return refused(said.status, said, self.headers or {}, self.endpoint, self.body)

    def no_answer(self, what: str, words: str = "") -> errors.NotAnApi:
        """Make the error for something that is not an answer."""
        return not_an_api(what, self.endpoint, words)

    def cut_off(self) -> errors.RequestFailed:
        """Word that the answer ended without saying so."""
        return broken(None, self.endpoint)

    def too_large(self, error: TooLarge) -> errors.RequestFailed:
        """Word that more came than is taken in."""
        return errors.StreamBroken(f"{error}: no more of it is read", "what arrived is kept")


def not_an_api(what: str, endpoint: Endpoint, words: str = "") -> errors.NotAnApi:
    """Make the error for an address that does not answer as the API does."""
    return errors.NotAnApi(
        _sentence(
            f"{display_url(endpoint.base_url)} answered with {what}, not with a completion",
            redact(words, endpoint.key),
        ),
        "is the base_url right? most end in /v1",
    )


def no_list(error: errors.RequestFailed, endpoint: Endpoint) -> errors.RequestFailed:
    """Make the error for a server without a list of models, if that is what it says."""
    if error.status not in (404, 405, 501):
        return error
    return errors.RequestFailed(
        f"{display_url(endpoint.base_url)} has no list of models ({error.status})",
        "/model NAME sets the one to ask: it need not be listed",
        status=error.status,
    )


def _later(wait: float | None) -> str:
    if wait is None:
        return "wait a little and send again"
    return f"the server says to wait {duration(wait)}, then send again"


def duration(seconds: float) -> str:
    """Give a time for people: 40 s, 5 min, 3 h 20 min, 2 days."""
    if seconds < 100:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes / 1440:,.0f} days"


def _sentence(plain: str, said: str) -> str:
    return f"{plain}: {said}" if said else plain


def _about_model(status: int, code: str, said: str, model: str) -> bool:
    if not model:
        return False
    if code in _NO_MODEL:
        return True
    words = said.lower()
    missing = "not found" in words or "does not exist" in words or "not exist" in words
    return status in (0, 400, 404) and "model" in words and missing


def _retry_after(headers: Any) -> float | None:
    """Read the seconds to wait from `retry-after-ms` or `Retry-After` (a number, or an HTTP date)."""
    try:
        if headers.get("retry-after-ms"):
            return _bounded(float(headers["retry-after-ms"]) / 1000)
        value = headers.get("retry-after", "")
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
            return _bounded(float(value))
        if value:
            from email.utils import parsedate_to_datetime

            when = parsedate_to_datetime(value)
            date = headers.get("date")
            now = parsedate_to_datetime(date).timestamp() if date else time.time()
            return _bounded(when.timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        pass
    return None


def _bounded(seconds: float) -> float | None:
    return None if math.isnan(seconds) else min(max(0.0, seconds), _LONGEST_WAIT)


def unreachable(error: BaseException, endpoint: Endpoint) -> errors.RequestFailed:
    """Word that nothing came back."""
    import httpx2

    from .sdk import openai

    where = display_url(endpoint.base_url)
    causes = list(_causes(error))
    by = None if endpoint.is_loopback else proxy.of(endpoint.base_url)
    if by and any(
        isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError) for cause in causes
    ):
        return _by_proxy(causes, by, where)
    large = next((cause for cause in causes if isinstance(cause, TooLarge)), None)
    if large:
        return errors.NotAnApi(f"{where} sent too much: {large}", "is the base_url right? most end in /v1")
    if "Receive buffer too long" in str(causes[-1]):  # h11's limit, 100 KiB
        return errors.NotAnApi(
            f"{where} sent too much: its headers have more than 100 KiB",
            "is the base_url right? most end in /v1",
        )
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
    """Say how a proxy keeps requests from getting through: the address is not to blame."""
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
    """Give the answer began and its connection broke, or it ended without saying so."""
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
    text = shorten(whole(str(error)), LONGEST)
    return text or type(error).__name__
