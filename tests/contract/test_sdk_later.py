"""The SDK as `chat.endpoint.sdk` imports it is the SDK: what was put off comes when it is asked for.

Each test asks processes of its own, since a process imports the SDK once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from ..conftest import ROOT

_OURS = "from chat.endpoint.sdk import openai\n"
_THEIRS = "import openai\n"
_NAMES = """
import json, sys, typing
import openai.types.responses
from openai.resources.chat.completions import Completions
from openai.types import FileObject, batch_create_params
from openai.types.responses import Response
def public(module):
    return sorted(name for name in dir(module) if not name.startswith("_"))
print(json.dumps({
    "types": public(openai.types),
    "responses": public(openai.types.responses),
    "below": openai.types.responses.Response is Response and openai.types.FileObject is FileObject,
    "where": [Response.__module__, openai.types.__file__, openai.types.responses.__spec__.name],
    "hints": sorted(typing.get_type_hints(Completions.create, vars(sys.modules[Completions.__module__]))),
    "fields": sorted(Response.model_fields),
}))
"""


def asked(program: str) -> Any:
    """Run a program, and read what it prints."""
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def test_it_has_all_that_the_sdk_has() -> None:
    """Names, types and their hints are those of a plain import."""
    assert asked(_OURS + _NAMES) == asked(_THEIRS + _NAMES)


def test_a_request_for_an_answer_loads_none_of_what_was_put_off() -> None:
    """What sends messages is there, and the classes of the other APIs are not."""
    program = (
        "import json, sys\n"
        "openai.OpenAI(api_key='none').chat.completions\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('openai.types.')]))"
    )
    ours, theirs = asked(_OURS + program), asked(_THEIRS + program)
    assert set(ours) < set(theirs)
    assert not [name for name in ours if name.startswith(("openai.types.responses.r", "openai.types.beta."))]
    assert len(ours) < len(theirs) / 2


def test_threads_that_ask_at_once_all_get_it() -> None:
    """Loading late holds nobody up for ever, and gives nobody a half of it."""
    program = _OURS + (
        "import json, threading\n"
        "gate, got = threading.Barrier(8), []\n"
        "def ask(n):\n"
        "    gate.wait()\n"
        "    got.append((openai.types.FileObject if n % 2 else openai.types.responses.Response).__name__)\n"
        "threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]\n"
        "[t.start() for t in threads]; [t.join(20) for t in threads]\n"
        "print(json.dumps(sorted(got)))"
    )
    assert asked(program) == ["FileObject"] * 4 + ["Response"] * 4


def test_who_has_imported_the_sdk_before_keeps_it() -> None:
    """Where the SDK is loaded already, or is not there, nothing is stood in for."""
    program = (
        _THEIRS + "types = openai.types\n" + _OURS + "import json; print(json.dumps(openai.types is types))"
    )
    assert asked(program) is True
