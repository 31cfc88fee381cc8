"""tiktoken's process. Run as a program.

It reads orders from its standard input, a line of JSON each, answers each with a line, and lives
until that input closes: it does when the shell ends, however the shell ends. See
`tokenizer_process` for why it is a process.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

if sys.path and sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
    del sys.path[0]  # this folder's modules are not meant to be found by name here


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
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            reply = {"result": answer(json.loads(line))}
        except BaseException as error:  # tiktoken's panics are no Exceptions
            reply = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=out, flush=True)


if __name__ == "__main__":
    main()
