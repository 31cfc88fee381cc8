"""Read JSON that a stranger may have made, without more work than its use is worth.

`json` is quick, but makes an object of each value: tens of millions of empty lists take a minute and
gigabytes. Marks of JSON are counted first, outside of its texts, at the speed of a search.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .opened import TooMuch

_BEGIN = re.compile(r"\S")
#: Values in a text of JSON, all in all. A long recording of a browser has half as many.
MOST_VALUES = 1_000_000


def read(text: str, **how: Any) -> Any:
    """Read JSON. Raises ValueError, as json does, and TooMuch for a text with too many values or too much
    nesting."""
    if _marks(text) > MOST_VALUES:
        raise TooMuch(f"it has too many values: at most {MOST_VALUES:,} can be looked through")
    try:
        return json.loads(text, **how)
    except RecursionError:
        raise TooMuch("this JSON is nested too deeply") from None
    except json.JSONDecodeError:
        raise
    except ValueError:  # Python refuses to make a number of thousands of digits
        raise TooMuch("it holds a number that is too long to be one") from None


def each(text: str) -> list[Any]:
    """Read values that stand one after another. Raises as `read` does; a text of one is a list of one."""
    if _marks(text) > MOST_VALUES:
        raise TooMuch(f"it has too many values: at most {MOST_VALUES:,} can be looked through")
    found: list[Any] = []
    at = 0
    while match := _BEGIN.search(text, at):
        try:
            value, at = json.JSONDecoder().raw_decode(text, match.start())
        except RecursionError:
            raise TooMuch("this JSON is nested too deeply") from None
        found.append(value)
    return found


def _marks(text: str) -> int:
    """Count the marks that begin a value outside of texts. The count is never too low."""
    if len(text) <= MOST_VALUES or sum(map(text.count, ",[{")) <= MOST_VALUES:
        return 0
    if '"' not in text:
        return MOST_VALUES + 1
    bare = text.replace("\\\\", "").replace('\\"', "")
    if bare.count('"') > 4 * MOST_VALUES:  # a name and a text for each
        return MOST_VALUES + 1
    outside = "".join(bare.split('"')[::2])
    return sum(map(outside.count, ",[{"))
