"""What is exported and opened again is the same request, for every body that the SDK's types admit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from chat.conversation.body import as_sent
from chat.transfer import programs
from chat.transfer.open_request import read
from chat.transfer.programs import Call

from ...support import sdk_types
from ...support.examples import times

FORMS = ("body", "batch", "curl", "python")


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@pytest.mark.parametrize("form", FORMS)
def test_open_reads_what_export_wrote(form: str) -> None:
    """`open(export(body))` is that body, byte for byte; after canonical JSON where a program puts its arguments
    in an order of its own."""

    @times(2)
    @given(sdk_types.bodies())
    def law(body: dict[str, Any]) -> None:
        language = programs.language(form)
        assert language
        call = Call("https://api.example.com/v1", as_sent(body), key_env="SOME_KEY")
        (opened,) = read(language.write(call))
        assert canonical(opened.body) == canonical(body)
        assert form == "python" or as_sent(opened.body) == as_sent(body)
        assert opened.variables == ()

    law()
