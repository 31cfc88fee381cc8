"""Send a body by the SDK's client; events come back, and errors become ours.

The answer is read raw from the SDK's response (`conversation.reading`): its typed stream loses errors
that stand in the stream, raises on empty events, never reuses its connection and costs six times the time.
What is retried is retried in the open, by `attempts`.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..base import errors, halves
from ..base.dataclass import dataclass
from ..base.redact import redact
from ..conversation import bounds, complaint, reading
from ..conversation.body import Body
from ..conversation.events import Event, Failed, Finished, Piece, Sent, Started
from ..conversation.parallel import Stop
from .address import Endpoint
from .batches import BatchApi
from .below import Below
from .connection import Connection, Limit, hang_up
from .failures import EndpointWording, broken, no_list, not_an_api, refused, unreachable

if TYPE_CHECKING:
    import httpx2

    from .sdk import openai

log = logging.getLogger("tempera.client")

#: Seconds that a stream may stay open and silent once its last choice has finished, and how
#: long its end is awaited after `[DONE]`: the connection is then used again.
AFTER_FINISH = 5.0
AFTER_DONE = 0.1
#: Where a list of models stands, for those that give no bare one.
_LISTS = {"data", "models", "result"}
#: Pages of a list of models that are asked for at most.
_PAGES = 50
#: Where a request goes, at the endpoint's address.
PATH = "/chat/completions"
#: Seconds that a count is waited for: an estimate stands in for it.
COUNTING = 3.0
#: Seconds that embeddings are waited for.
EMBEDDING = 60.0


@dataclass
class Client:
    """Speaks with one endpoint. Made at once, connected when first used."""

    endpoint: Endpoint
    transport: Any = None

    def __post_init__(self) -> None:
        self._connection = Connection(self.endpoint, self.transport)
        self.software = ""  # what the server called itself, when it last gave JSON
        self._below = Below(self.endpoint.base_url, self._connection.move)

    def warm(self) -> None:
        """Import the SDK and make its client, so that the first message need not wait."""
        self._connection.warm()

    def close(self) -> None:
        self._connection.close()

    def batches(self) -> BatchApi:
        """Give the batches of this endpoint."""
        return BatchApi(self._connection, self.endpoint, self._below.ask)

    # ---- requests

    def stream(self, body: Body, stop: Stop | None = None) -> Iterator[Event]:
        """Send the body; yield the answer's events. A failure is the last event, never raised.
        `stop` hangs up from another thread."""
        yield from self._below.stream(lambda: self._stream(body, stop))

    def _stream(self, body: Body, stop: Stop | None) -> Iterator[Event]:
        """Send the body once, unchanged, by the SDK's `post`. `completions.create` would refuse fields that
        are newer than it, or another server's, and put its own first. It would also walk through all messages
        by their types, 0.1 ms each: at the 500th turn a tenth of a second, for the same JSON."""
        import httpx2

        from .sdk import openai

        broke: errors.RequestFailed
        cause: Exception
        yield Sent(self._connection.tap.begin())
        try:
            post: Callable[..., httpx2.Response] = self._connection.sdk().post
            options = {"headers": self._connection.headers()}
            response = post(PATH, cast_to=httpx2.Response, body=body, options=options, stream=True)
            with contextlib.closing(response):
                if stop is not None:
                    stop.on_stop(lambda: hang_up(response))
                yield from self._answer(response, body)
            return
        except openai.APIStatusError as error:
            broke, cause = self._refused(error, body), error
        except (openai.APIConnectionError, httpx2.HTTPError, OSError) as error:
            broke, cause = unreachable(error, self.endpoint), error
        except errors.BadEndpoint as error:  # a proxy that is none
            broke, cause = errors.RequestFailed(error.message, error.hint), error
        except (openai.OpenAIError, UnicodeError, ValueError, TypeError, ImportError) as error:
            sentence = f"the request could not be made: {redact(str(error), self.endpoint.key)}"
            broke, cause = errors.RequestFailed(sentence), error
        log.debug("request failed: %s", broke.message, exc_info=cause)
        yield Failed(broke)

    def _refused(self, error: openai.APIStatusError, body: Body | None = None) -> errors.RequestFailed:
        said = complaint.of_body(error.response.content)
        return refused(error.status_code, said, error.response.headers, self.endpoint, body)

    def _answer(self, response: httpx2.Response, body: Body) -> Iterator[Event]:
        """Read a response with a good status. Wait for its end only as long as that is worth it. If it
        breaks off, yield that as an event too."""
        import httpx2

        limit = Limit(response)
        chunks = limit.chunks(response.iter_bytes())  # kept: a generator let go would hang up
        wording = EndpointWording(self.endpoint, body, response.headers)
        choices = body.get("n") or 1
        finished: set[int] = set()
        begun = failed = whole = False
        try:
            for event in reading.answer(chunks, response.headers.get("content-type", ""), wording):
                begun = True
                if isinstance(event, Started):
                    whole |= event.whole  # it has been read to its end: nothing is waited for
                elif isinstance(event, Finished):
                    finished.add(event.index)
                    if len(finished) >= choices and not whole:
                        limit.start(AFTER_FINISH)
                elif isinstance(event, Piece):  # it has not finished, whatever the server says
                    finished.discard(event.index)
                    limit.cancel()
                failed |= isinstance(event, Failed)
                yield event
            if not failed and not whole:
                limit.start(AFTER_DONE)
                for _ in chunks:
                    pass
        except (httpx2.HTTPError, OSError) as error:
            yield Failed(broken(error, self.endpoint) if begun else unreachable(error, self.endpoint))
        finally:
            limit.cancel()

    def models(self) -> list[dict[str, Any]]:
        """Ask for the server's own list: a dict with at least `id` each. Raises RequestFailed."""
        found: dict[str, dict[str, Any]] = {}
        after = ""
        for _ in range(_PAGES):
            try:
                answer = self._json("GET", f"/models?after={quote(after)}" if after else "/models")
            except errors.RequestFailed as error:
                if after:
                    break  # what came is better than nothing
                raise no_list(error, self.endpoint) from None
            if not isinstance(answer, list) and not (isinstance(answer, dict) and _LISTS & answer.keys()):
                raise not_an_api("no list of models", self.endpoint)
            page = list(_models(answer))
            fresh = [entry for entry in page if entry["id"] not in found]
            found |= {entry["id"]: entry for entry in fresh}
            if not fresh or not isinstance(answer, dict) or answer.get("has_more") is not True:
                break
            last = answer.get("last_id")
            after = last if isinstance(last, str) and last else page[-1]["id"]
        return list(found.values())

    def embeddings(self, model: str, texts: list[str]) -> list[list[float]]:
        """Ask for the embeddings of texts. Raises RequestFailed."""
        found = self._object("POST", "/embeddings", {"model": model, "input": texts}, EMBEDDING).get("data")
        rows = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
        rows.sort(key=lambda each: each["index"] if isinstance(each.get("index"), int) else 0)
        vectors = [each.get("embedding") for each in rows]
        sound = (
            isinstance(each, list) and all(isinstance(value, int | float) for value in each)
            for each in vectors
        )
        if len(vectors) != len(texts) or not all(sound):
            raise not_an_api("no embeddings", self.endpoint)
        return [[float(value) for value in each] for each in vectors if isinstance(each, list)]

    def tokenize(self, text: str, model: str = "") -> tuple[list[int], list[str]]:
        """Give (ids, pieces) by the server's own tokeniser: llama.cpp and vLLM have /tokenize, and
        llama.cpp tells the pieces too. Raises RequestFailed."""
        llama = {"content": text, "add_special": False, "parse_special": False, "with_pieces": True}
        vllm = {"model": model, "prompt": text, "add_special_tokens": False}
        tokens = self._object("POST", self._root() + "/tokenize", {**vllm, **llama}).get("tokens")
        found = [_token(token) for token in tokens] if isinstance(tokens, list) else []
        ids = [token for token, _ in found if token is not None]
        if not found or len(ids) < len(found):
            raise not_an_api("no tokens", self.endpoint)
        pieces = [piece for _, piece in found if piece is not None]
        return ids, pieces if len(pieces) == len(ids) else []

    def count(self, body: Body) -> int:
        """Ask how many tokens the model reads for a request, its template, tools and all. Raises
        RequestFailed."""
        return len(self.read_by_model(body))

    def read_by_model(self, body: Body) -> list[Any]:
        """Ask for the tokens that the model reads for a request: llama.cpp's server has /apply-template.
        Raises RequestFailed."""
        prompt = self._object("POST", self._root() + "/apply-template", body, COUNTING).get("prompt")
        if not isinstance(prompt, str):
            raise not_an_api("no prompt", self.endpoint)
        return self._tokens({"content": prompt, "add_special": True, "parse_special": True})

    def count_by_vllm(self, body: Body) -> int:
        """Ask vLLM's server the same, whose /tokenize takes messages. Raises RequestFailed."""
        return self._counted(body)

    def count_text(self, text: str) -> int:
        """Ask how many tokens a text is, by llama.cpp's /tokenize. Raises RequestFailed."""
        return self._counted({"content": text, "add_special": False, "parse_special": False})

    def _counted(self, order: Body) -> int:
        return len(self._tokens(order))

    def _tokens(self, order: Body) -> list[Any]:
        tokens = self._object("POST", self._root() + "/tokenize", order, COUNTING).get("tokens")
        if not isinstance(tokens, list):
            raise not_an_api("no tokens", self.endpoint)
        return tokens

    def reads_words(self) -> bool:
        """Tell whether `logit_bias` may hold words: llama.cpp's server reads them."""
        return any(model.get("owned_by") == "llamacpp" for model in self.models())

    def defaults(self) -> dict[str, Any]:
        """Ask llama.cpp's /props for the sampling settings that are used if none are sent. Raises
        RequestFailed."""
        settings = self._properties().get("default_generation_settings")
        found = settings.get("params") if isinstance(settings, dict) else None
        return found if isinstance(found, dict) else {}

    def senses(self) -> dict[str, Any]:
        """Ask llama.cpp's /props what its model takes beside text: {"vision": false, "audio": false, "tools":
        false}; without what it does not say. Raises RequestFailed."""
        properties = self._properties()
        found = properties.get("modalities")
        senses = dict(found) if isinstance(found, dict) else {}
        template = properties.get("chat_template_caps")
        if isinstance(template, dict) and "supports_tools" in template:
            senses["tools"] = template["supports_tools"]
        return senses

    def _properties(self) -> Body:
        return self._object("GET", self._root() + "/props")

    def _root(self) -> str:
        return re.sub(r"/v\d+$", "", self.endpoint.base_url)

    def _object(self, method: str, path: str, body: Body | None = None, seconds: float = 10.0) -> Body:
        answer = self._json(method, path, body, seconds)
        if not isinstance(answer, dict):
            raise not_an_api("no JSON object", self.endpoint)
        return answer

    def _json(self, method: str, path: str, body: Body | None = None, seconds: float = 10.0) -> Any:
        """Ask for JSON. Raises RequestFailed."""
        return self._below.ask(lambda: self._json_once(method, path, body, seconds))

    def _json_once(self, method: str, path: str, body: Body | None, seconds: float) -> Any:
        import httpx2

        from .sdk import openai

        try:
            sdk = self._connection.sdk().with_options(timeout=seconds)
            options: Any = {"headers": self._connection.headers()}
            call: Callable[..., Any] = sdk.get if method == "GET" else sdk.post
            extra = {} if body is None else {"body": body}
            response = call(path, cast_to=httpx2.Response, options=options, **extra)
            self.software = response.headers.get("server", "")
            answer = halves.cleaned(bounds.loads(response.content))
        except openai.APIStatusError as error:
            raise self._refused(error) from None
        except (openai.APIConnectionError, httpx2.HTTPError, OSError, bounds.TooLarge) as error:
            raise unreachable(error, self.endpoint) from None
        except errors.BadEndpoint as error:
            raise errors.RequestFailed(error.message, error.hint) from None
        except (ValueError, TypeError, RecursionError, openai.OpenAIError):
            raise not_an_api("no JSON", self.endpoint) from None
        wrong = complaint.found(answer)
        if wrong is not None:
            said = complaint.of(wrong)
            raise refused(said.status, said, response.headers, self.endpoint)
        return answer


def _models(answer: Any) -> Iterator[dict[str, Any]]:
    """Give the models of a list, whether it is bare, in `data` or in `models`, of objects or of names."""
    if isinstance(answer, dict):
        lists = (answer[key] for key in sorted(_LISTS) if isinstance(answer.get(key), list | dict))
        answer = next(lists, [])
        if isinstance(answer, dict):  # by their names
            answer = list(answer)
    for entry in answer if isinstance(answer, list) else ():
        entry = {"id": entry} if isinstance(entry, str) else entry
        if isinstance(entry, dict):
            names = (entry[key] for key in ("id", "name", "model") if isinstance(entry.get(key), str))
            name = next(filter(None, names), "")
            if name:
                yield {**entry, "id": name}


def _token(token: Any) -> tuple[int | None, str | None]:
    """Give a token of /tokenize: an id, or an id with its piece, which is bytes where it is not text."""
    if isinstance(token, int):
        return token, None
    if not isinstance(token, dict) or not isinstance(token.get("id"), int):
        return None, None
    piece = token.get("piece")
    if isinstance(piece, list) and all(isinstance(each, int) and 0 <= each < 256 for each in piece):
        piece = bytes(piece).decode("utf-8", "replace")
    return token["id"], piece if isinstance(piece, str) else None
