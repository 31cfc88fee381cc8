"""What is typed after /batch, and after `shell.py batch`: one declaration for both."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from chat.base.errors import BadInput
from chat.batch.providers import NAMES

from . import eval_words

#: What can be done, with what each does.
ACTIONS = (
    ("list", "all batches, and how far each is"),
    ("fetch", "takes the answers that have come, and judges them"),
    ("watch", "waits until all have come, and takes them"),
    ("cancel", "ends one early: what it answered by then is kept"),
    ("write", "writes requests to a file that is carried by hand"),
    ("read", "takes answers from such a file"),
)
#: What of it asks nobody, but judges for what is read.
BY_HAND = ("list", "write", "read")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of batches, beside those of an evaluation."""
    what = parser.add_argument_group("files that are carried by hand")
    what.add_argument(
        "--provider", metavar="NAME", default="", help=f"whose form a file has: {', '.join(NAMES)}"
    )
    what.add_argument("--vllm", metavar="DIR", default="", help="a folder for vLLM: requests and a command")
    what.add_argument(
        "--ray", metavar="DIR", default="", help="a folder for Ray Data LLM: requests and a script"
    )


def read(words: Sequence[str]) -> argparse.Namespace:
    """Read what follows /batch. Raises BadInput."""
    parser = eval_words.parser("/batch")
    add(parser)
    found: argparse.Namespace = parser.parse_intermixed_args(list(words))
    return found


def action(words: Sequence[str]) -> tuple[str, list[str]]:
    """Give what is to be done, and with what. Raises BadInput."""
    first, rest = (words[0], list(words[1:])) if words else ("list", [])
    if first not in (name for name, _ in ACTIONS):
        known = ", ".join(name for name, _ in ACTIONS)
        raise BadInput(f"/batch has no {first}: it has {known}", "/eval FILE --batch sends one")
    return first, rest
