"""Speak of batches with a provider: files go up, batches are made and looked at, results come down.

All of it by the SDK's client, and read leniently: what a field of an answer lacks is "" or 0. Nothing is sent
twice by itself: whether something was done before is asked by `find_file` and `find`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..base import errors
from ..base.dataclass import dataclass
from ..conversation import bounds, complaint
from .address import Endpoint
from .connection import Connection
from .failures import not_an_api, refused, unreachable

T = TypeVar("T")

#: Pages of a list that are looked through for what was made before, and entries of each.
_PAGES, _PAGE = 20, 100
#: Bytes of a file of results at most.
MOST_RESULTS = 4 * 2**30
_PIECE = 2**18


@dataclass(frozen=True)
class Remote:
    """A batch as the provider tells of it. `expires` is in seconds since 1970, 0 where it is not said;
    `output` and `errors` are ids of files, "" for none; `said` are the words of a batch that failed."""

    id: str
    state: str = ""
    completed: int = 0
    failed: int = 0
    output: str = ""
    errors: str = ""
    expires: float = 0.0
    said: str = ""
    input: str = ""
    metadata: Mapping[str, Any] | None = None


def remote(found: Any) -> Remote:
    """Read what a provider tells of a batch."""
    found = found if isinstance(found, dict) else {}
    counts = found.get("request_counts")
    counts = counts if isinstance(counts, dict) else {}
    metadata = found.get("metadata")
    return Remote(
        _text(found.get("id")),
        _text(found.get("status")),
        _number(counts.get("completed")),
        _number(counts.get("failed")),
        _text(found.get("output_file_id")),
        _text(found.get("error_file_id")),
        float(_number(found.get("expires_at"))),
        _said(found.get("errors")),
        _text(found.get("input_file_id")),
        metadata if isinstance(metadata, dict) else None,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else 0


def _said(found: Any) -> str:
    """Give the first of the complaints about a batch's file, with its line."""
    data = found.get("data") if isinstance(found, dict) else None
    first = (
        next((each for each in data or () if isinstance(each, dict)), None)
        if isinstance(data, list)
        else None
    )
    if first is None:
        return ""
    line = _number(first.get("line"))
    return complaint.of(first).text + (f" (line {line})" if line else "")


@dataclass(frozen=True)
class BatchApi:
    """The batches at one endpoint. Raises RequestFailed."""

    connection: Connection
    endpoint: Endpoint
    ask: Callable[[Callable[[], Any]], Any]

    def upload(self, path: Path, name: str) -> str:
        """Send a file up under a name; give its id."""

        def send(sdk: Any, more: dict[str, Any]) -> Any:
            with path.open("rb") as file:
                return sdk.files.with_raw_response.create(
                    file=(name, file, "application/jsonl"), purpose="batch", **more
                )

        return self._id(self._json(send))

    def find_file(self, name: str, size: int) -> str:
        """Give the id of a file of that name and size that is there; "" for none."""
        for each in self._list(lambda sdk: sdk.files.with_raw_response, purpose="batch"):
            if each.get("filename") == name and each.get("bytes") in (None, size):
                return _text(each.get("id"))
        return ""

    def create(self, file: str, url: str, metadata: dict[str, str]) -> Remote:
        """Make a batch of a file."""

        def send(sdk: Any, more: dict[str, Any]) -> Any:
            return sdk.batches.with_raw_response.create(
                input_file_id=file, endpoint=url, completion_window="24h", metadata=metadata, **more
            )

        found = self._json(send)
        self._id(found)
        return remote(found)

    def find(self, key: str, file: str) -> list[Remote]:
        """Give the batches that were made with that key in their metadata, or of that file, the oldest
        first."""
        found = [remote(each) for each in self._list(lambda sdk: sdk.batches.with_raw_response)]
        mine = [
            each for each in found if (each.metadata or {}).get("key") == key or (file and each.input == file)
        ]
        return mine[::-1]

    def look(self, batch: str) -> Remote:
        """Ask how far a batch is."""
        return remote(self._json(lambda sdk, more: sdk.batches.with_raw_response.retrieve(batch, **more)))

    def cancel(self, batch: str) -> Remote:
        """Ask that a batch ends early."""
        return remote(self._json(lambda sdk, more: sdk.batches.with_raw_response.cancel(batch, **more)))

    def content(self, file: str) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        self.connection.tap.most = MOST_RESULTS
        try:
            with self._failing():
                sdk: Any = self.connection.sdk()
                more = {"extra_headers": self.connection.headers()}
                with sdk.files.with_streaming_response.content(file, **more) as response:
                    yield from response.iter_bytes(_PIECE)
        finally:
            self.connection.tap.most = 0

    def _id(self, found: Any) -> str:
        if not isinstance(found, dict) or not _text(found.get("id")):
            raise not_an_api("no id", self.endpoint)
        return _text(found["id"])

    def _list(self, of: Callable[[Any], Any], **more: Any) -> Iterator[dict[str, Any]]:
        """Yield the entries of a list, the newest first, page by page."""
        after: dict[str, str] = {}
        for _ in range(_PAGES):
            page = self._json(lambda sdk, rest: of(sdk).list(limit=_PAGE, **more, **after, **rest))  # noqa: B023
            data = page.get("data") if isinstance(page, dict) else None
            entries = (
                [each for each in data or () if isinstance(each, dict)] if isinstance(data, list) else []
            )
            yield from entries
            last = _text(entries[-1].get("id")) if entries else ""
            if not page.get("has_more") or not last or after.get("after") == last:
                return
            after = {"after": last}

    def _json(self, send: Callable[[Any, dict[str, Any]], Any]) -> Any:
        def once() -> Any:
            with self._failing():
                more = {"extra_headers": self.connection.headers()}
                response = send(self.connection.sdk(), more)
                found = bounds.loads(response.http_response.content)
            return found if isinstance(found, dict) else {}

        return self.ask(once)

    def _failing(self) -> Any:
        return _Failing(self.endpoint)


@dataclass(frozen=True)
class _Failing:
    """Turns what the SDK raises within into our errors."""

    endpoint: Endpoint

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None:
            return
        import httpx2

        from .sdk import openai

        if isinstance(error, openai.APIStatusError):
            raise self._refused(error) from None
        if isinstance(error, openai.APIConnectionError | httpx2.HTTPError | OSError | bounds.TooLarge):
            raise unreachable(error, self.endpoint) from None
        if isinstance(error, errors.BadEndpoint):
            raise errors.RequestFailed(error.message, error.hint) from None
        if isinstance(error, json.JSONDecodeError | ValueError | TypeError | openai.OpenAIError):
            raise not_an_api("no JSON", self.endpoint) from None

    def _refused(self, error: Any) -> errors.RequestFailed:
        said = complaint.of_body(error.response.content)
        if error.status_code in (404, 405, 501) and not said.code:
            return errors.NotAnApi(
                f"this server has no batches ({error.status_code}){': ' + said.text if said.text else ''}",
                "/batch write makes the file, for engines of your own too",
                status=error.status_code,
            )
        return refused(error.status_code, said, error.response.headers, self.endpoint)
