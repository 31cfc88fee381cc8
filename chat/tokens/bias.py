"""Bias by word: find a text's tokens for this model, or refuse honestly.

Ids come from tiktoken where it knows the model, whatever the endpoint (a gateway that serves
gpt-4o has OpenAI's tokens); for any other model from the server's own tokeniser; and where a
server reads words itself (llama.cpp does), the word goes as it is.
"""

from __future__ import annotations

from dataclasses import field
from typing import Protocol

from ..base.dataclass import dataclass
from ..base.errors import NoTokenizer, RequestFailed
from ..parameters.weights import Weights
from .counting import Tokenizers


class TokenServer(Protocol):
    """What a client is asked about tokens."""

    def tokenize(self, text: str, model: str) -> tuple[list[int], list[str]]: ...
    def reads_words(self) -> bool: ...


@dataclass(frozen=True)
class Tokens:
    """A text's tokens. No ids: the server takes the text itself. `pieces` may be unknown."""

    text: str
    ids: tuple[int, ...] = ()
    pieces: tuple[str, ...] = ()
    source: str = ""


@dataclass
class WordTokens:
    """Texts -> tokens for one endpoint and model at a time; what was asked is kept."""

    tokenizers: Tokenizers
    _known: dict[tuple[str, str, str], Tokens] = field(default_factory=dict)

    def tokens(self, text: str, model: str, where: str, server: TokenServer) -> Tokens:
        """Give the tokens of a text. Raises NoTokenizer where nothing knows them."""
        key = (where, model, text)
        if key not in self._known:
            self._known[key] = self._find(text, model, server)
        return self._known[key]

    def _find(self, text: str, model: str, server: TokenServer) -> Tokens:
        if self.tokenizers.exact(model):
            ids = self.tokenizers.encode(model, text)
            return Tokens(text, tuple(ids), tuple(self.tokenizers.pieces(model, ids)), "tiktoken")
        try:
            found, pieces = server.tokenize(text, model)
            return Tokens(text, tuple(found), tuple(pieces), "the server's tokeniser")
        except RequestFailed:
            pass
        try:
            if server.reads_words():
                return Tokens(text, source="the server, which reads words")
        except RequestFailed:
            pass
        raise NoTokenizer(
            f"the tokens of {model} are not known: tiktoken has no such model, the server no /tokenize",
            "/set logit_bias ID=WEIGHT takes ids that you know",
        )

    def resolve(self, bias: Weights, model: str, where: str, server: TokenServer) -> dict[str, int]:
        """Return `logit_bias` as the request carries it. Raises NoTokenizer."""
        weights: dict[str, int] = {}
        for text, weight in bias:
            tokens = self.tokens(text, model, where, server)
            for key in [str(token) for token in tokens.ids] or [text]:
                weights[key] = weight
        return weights
