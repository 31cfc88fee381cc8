"""Ask tiktoken, which runs in a process of its own.

Building an encoding keeps Python busy for 0.3 s, just when the person begins to type and the SDK
is imported, and takes 80 MB. A text that it can't bear ends in a panic of its native code. All of
that is better had elsewhere. A count costs about 0.1 ms more for the way there and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from ..base.child import Child, NoAnswer
from ..base.dataclass import dataclass


@dataclass
class TokenizerProcess:
    """The process; launched when it is first asked, and again should it have died."""

    child: Child = field(
        default_factory=lambda: Child.serving(Path(__file__).with_name("tokenizer_server.py"))
    )

    def ask(self, do: str, encoding: str, cache: Path, given: Sequence[str | int] = ()) -> Any:
        """Return the result of an order (see `tokenizer_server`). Raises OSError if there is none."""
        order = {"do": do, "encoding": encoding, "cache": str(cache), "given": list(given)}
        try:
            reply = self.child.ask(order)
        except NoAnswer:
            raise OSError("tiktoken's process has ended") from None
        if "failed" in reply:
            raise OSError(f"tiktoken failed: {reply['failed']}")
        return reply["result"]


#: One for the program, as tiktoken's own registry of encodings is.
PROCESS = TokenizerProcess()
