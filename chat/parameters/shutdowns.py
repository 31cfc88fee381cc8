"""Find which models are announced to shut down, and when, in the installed SDK's own words.

The docstring of `model` in the SDK's request type lists OpenAI's announcements. It is read as
text from the installed file, so that it is as new as the SDK and costs no import of it.
"""

from __future__ import annotations

import datetime
import functools
import importlib.util
import re
from pathlib import Path

_FILE = Path("types/chat/completion_create_params.py")
_ITEM = re.compile(r'- ((?:"[^"]+",? ?)+): Announced shutdown date: (\d{4}-\d\d-\d\d)')


@functools.cache
def announced() -> dict[str, datetime.date]:
    """Map each model to the announced day of its shutdown. Empty if the SDK does not say."""
    spec = importlib.util.find_spec("openai")
    if spec is None or not spec.submodule_search_locations:
        return {}
    try:
        source = (Path(spec.submodule_search_locations[0]) / _FILE).read_text(encoding="utf-8")
    except OSError:
        return {}
    docstring = source.partition("Deprecated values:")[2].partition('"""')[0]
    return {
        model: datetime.date.fromisoformat(day)
        for models, day in _ITEM.findall(" ".join(docstring.split()))
        for model in re.findall('"([^"]+)"', models)
    }


def warning(model: str, today: datetime.date) -> str | None:
    """Say in one sentence when this model will shut down, if that is announced."""
    day = announced().get(model)
    if day is None:
        return None
    verb = "was announced to shut down on" if day <= today else "shuts down on"
    return f"{model} {verb} {day:%Y-%m-%d}, as OpenAI announced; /models lists what there is"
