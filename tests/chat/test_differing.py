"""What differs between requests, by what was sent."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from chat.branch import Branch
from chat.differing import NOT_SENT, differing
from chat.request import Carried
from chat.turn import Turn

from ..support.turns import a_turn


def sent(body: dict[str, object], system: str = "", endpoint: str = "here", text: str = "q") -> Turn:
    return a_turn(body=body, asked=Branch().add("user", text), carried=Carried(system), endpoint=endpoint)


def test_only_what_differs_is_told() -> None:
    """A field that all sent alike is left out; one that some did not send is marked."""
    rows = differing([sent({"model": "m", "temperature": 0.0}), sent({"model": "m", "seed": 1}, "Be brief")])
    assert rows == [
        ("temperature", ["0.0", NOT_SENT]),
        ("seed", [NOT_SENT, "1"]),
        ("system", [NOT_SENT, "Be brief"]),
    ]


def test_endpoint_and_messages_count() -> None:
    """Another address and another message are differences like any other."""
    rows = dict(differing([sent({}), sent({}, endpoint="there"), sent({}, text="r")]))
    assert rows["endpoint"] == ["here", "there", "here"]
    assert [json.loads(value)[0]["content"] for value in rows["messages"]] == ["q", "q", "r"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=3
)
BODIES = st.dictionaries(st.sampled_from("abcde"), VALUES, max_size=4)


@given(st.lists(BODIES, min_size=1, max_size=4))
def test_every_difference_is_told_and_nothing_else(bodies: list[dict[str, object]]) -> None:
    """A field has a row exactly when two requests hold something else there, as JSON shows it."""
    told = {name for name, _ in differing([sent(body) for body in bodies])}
    for name in "abcde":
        shown = {
            (body[name] if isinstance(body[name], str) else json.dumps(body[name], ensure_ascii=False))
            if name in body
            else NOT_SENT
            for body in bodies
        }
        assert (name in told) == (len(shown) > 1)
