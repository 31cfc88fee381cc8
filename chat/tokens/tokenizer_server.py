"""tiktoken's process. See `tokenizer_process` for why it is one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..base.serving import serve

if TYPE_CHECKING:
    import tiktoken


def answer(order: dict[str, object]) -> object:
    """Give the result of an order: `load`, `count` and `encode` texts, or the `bytes` of ids."""
    import tiktoken

    os.environ["TIKTOKEN_CACHE_DIR"] = str(order["cache"])
    encoding = tiktoken.get_encoding(str(order["encoding"]))
    vars(encoding).pop("_mergeable_ranks", None)  # 30 MB of Python objects that only pickling wants
    given = order.get("given", [])
    assert isinstance(given, list)
    if order["do"] == "count":
        return sum(len(encoding.encode_ordinary(text)) for text in given)
    if order["do"] == "encode":
        return [token for text in given for token in encoding.encode_ordinary(text)]
    if order["do"] == "bytes":
        return [_bytes(encoding, token) for token in given]
    return encoding.n_vocab


def _bytes(encoding: tiktoken.Encoding, token: int) -> str | None:
    try:
        return encoding.decode_single_token_bytes(token).hex()
    except KeyError:  # a number that the encoding leaves out
        return None


def main() -> None:
    serve(lambda order: {"result": answer(order)})
