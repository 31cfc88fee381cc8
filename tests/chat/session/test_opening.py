"""A request that was opened is what goes out, with what was set before out of the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import assume, given

from chat.conversation import body as bodies
from chat.conversation.branch import Branch
from chat.conversation.message import message_of
from chat.session import opening
from chat.session.state import Session
from chat.store.records import branches, message_record

from ...support import sdk_types
from ...support.examples import times


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def outgoing(session: Session) -> dict[str, Any]:
    """The body of the next request."""
    asked = session.branch
    return bodies.build(asked, session.settings, carried=session.carried(asked), verbose=True)


def test_what_is_opened_is_what_goes_out(make_session: Callable[..., Session]) -> None:
    """Whatever the SDK's types admit is sent as it stands, byte for byte, but for what is null: that is left out
    and named."""
    session = make_session()

    @times(2)
    @given(sdk_types.bodies())
    def law(body: dict[str, Any]) -> None:
        session.settings = session.settings.set("temperature", 0.1).set("system", "Before.")
        assume(body["model"])
        notes = opening.take(session, body, "request.json")
        nulls = [name for name, value in body.items() if value is None]
        sent, expected = outgoing(session), {n: v for n, v in body.items() if v is not None}
        assert bodies.as_sent(sent) == bodies.as_sent(expected), notes
        assert all(isinstance(parameter.show(value), str) for parameter, value in session.settings)
        assert all(any(note.startswith(name) for note in notes) for name in nulls)

    law()


@times(2)
@given(sdk_types.bodies())
def test_messages_come_out_of_the_store_as_they_went_in(body: dict[str, Any]) -> None:
    """Every role, part and field of a message is kept in a record, and read back the same."""
    branch = Branch()
    for form in body["messages"]:
        branch = branch.append(message_of(form))
    records = [message_record(node) for node in reversed(list(branch.backwards()))]
    again = branches(json.loads(json.dumps(records)))
    assert canonical([message.sent() for message in again[branch.id]]) == canonical(body["messages"])
