"""/attachments: the bytes that messages have, which are kept once."""

from __future__ import annotations

from chat.base.tables import Cut, TableColumn
from chat.conversation.data import sized
from chat.session.state import Session
from chat.store.attachments import MOST, MOST_ALL

from ..declare import command
from ..screen import Screen

_COLUMNS = (
    TableColumn("sha256"),
    TableColumn("type", cut=Cut.LONG),
    TableColumn("name", cut=Cut.LONG),
    TableColumn("size", right=True, number=sized),
    TableColumn("conversations", cut=Cut.LONG),
)
_SHOWN = 12  # digits of a hash


@command()
def attachments(session: Session, screen: Screen) -> None:
    """List the images, sounds and files that kept conversations have, the largest first.

    Each is kept once, by its hash, for as long as a conversation names it: /delete takes away what only that
    one had.
    """
    found = session.store.attached()
    if not found:
        screen.say("no kept conversation has an image, sound or file")
        return
    rows = [
        (
            row["sha256"][:_SHOWN],
            row["media"] or "?",
            row["name"],
            row["size"],
            ", ".join(row["numbers"].split(",")),
        )
        for row in found
    ]
    screen.table(_COLUMNS, rows)
    total = sum(row["size"] for row in found)
    screen.say(
        f"{sized(total)} in {session.store.attachments.folder or 'memory'}; at most {sized(MOST)} each,"
        f" {sized(MOST_ALL)} in all",
        dim=True,
    )
