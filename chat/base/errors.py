"""Every error that is meant for a person, as one tree:

    TemperaError                one sentence, and a hint that helps
    ├── BadInput                what was typed can't be read
    │   ├── BadValue            a value outside its kind or range
    │   └── UnknownName         a name nothing answers to; carries the nearest
    ├── BadFile                 a file that can't be read or written: path, line
    ├── BadProfile              a profile that is broken, for which no other stands in
    ├── BadEndpoint             no key, a key that can't be a header, an address that is no URL
    ├── NoTokenizer             the ids of a word can't be known for this model
    ├── StoreFailed             conversations can't be read or written
    ├── EmbeddedFailed          the embedded model is missing or did not start
    └── RequestFailed           the endpoint did not answer as asked: status, code, param
        ├── NoConnection        nothing reached the server, or it hung up before answering
        ├── TimedOut
        ├── Unauthorized        401
        ├── Forbidden           403
        ├── ModelNotFound       404, or a code that says so
        ├── RateLimited         429: retry_after in seconds
        ├── QuotaExceeded       429 that waiting does not mend
        ├── ParameterRefused    400 or 422 that names a parameter
        ├── ServerFailed        5xx
        ├── NotAnApi            an answer that is not the API's: HTML, a redirect
        └── StreamBroken        the answer began and did not end well

Messages never hold a key: `redact` sees to it where they are made.
"""

from __future__ import annotations

from collections.abc import Iterable


class TemperaError(Exception):
    """One plain sentence for a person, with a hint on the way out."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadInput(TemperaError):
    """What was typed can't be read as it stands."""


class BadValue(BadInput):
    """A value outside its kind or range."""


class UnknownName(BadInput):
    """A name nothing answers to; the sentence offers the nearest one."""

    def __init__(self, what: str, name: str, known: Iterable[str], prefix: str = "", hint: str = "") -> None:
        from .near import nearest  # late: nothing is misspelt before the prompt shows

        self.nearest = nearest(name, known)
        message = f"no {what} {prefix}{name}"
        super().__init__(
            f"{message}; did you mean {prefix}{self.nearest}?" if self.nearest else message, hint
        )


class BadFile(TemperaError):
    """A file that can't be read, understood or written."""

    def __init__(self, path: object, problem: str, line: int | None = None, hint: str = "") -> None:
        where = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{where}: {problem}", hint)
        self.path = path
        self.line = line
        self.problem = problem


class BadProfile(TemperaError):
    """A profile that is broken: nothing stands in for it, and nothing is sent."""

    def __init__(self, name: str, error: BadFile) -> None:
        super().__init__(
            f"profile {name} can't be used: {error.message}",
            "nothing is sent until that is mended (/profile edit) or another chosen (/profile NAME, -p NAME)",
        )
        self.name = name
        self.error = error


class BadEndpoint(TemperaError):
    """An address or a key that no request can be made with."""


class NoTokenizer(TemperaError):
    """Nothing here knows how this model cuts text into tokens."""


class StoreFailed(TemperaError):
    """Conversations can't be read or written."""


class EmbeddedFailed(TemperaError):
    """The embedded model is missing or did not start."""


class RequestFailed(TemperaError):
    """The endpoint did not answer as asked."""

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        status: int | None = None,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.code = code
        self.param = param
        self.retry_after = retry_after


class NoConnection(RequestFailed):
    """Nothing reached the server, or it hung up before answering."""


class TimedOut(RequestFailed):
    """The server took longer than the time allowed."""


class Unauthorized(RequestFailed):
    """401: the key is missing or wrong."""


class Forbidden(RequestFailed):
    """403: the key may not do this."""


class ModelNotFound(RequestFailed):
    """The endpoint has no such model, or the key may not use it."""


class RateLimited(RequestFailed):
    """429: too much at once; `retry_after` seconds if the server said."""


class QuotaExceeded(RequestFailed):
    """429 with a quota used up: waiting does not mend it."""


class ParameterRefused(RequestFailed):
    """400 or 422 naming in `param` the parameter that is not taken."""


class ServerFailed(RequestFailed):
    """5xx: the fault is the server's."""


class NotAnApi(RequestFailed):
    """What answered does not speak this API."""


class StreamBroken(RequestFailed):
    """The answer began and did not end well."""
