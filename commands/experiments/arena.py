"""/arena: what blind comparisons have shown."""

from __future__ import annotations

from chat.base.tables import Column, Cut
from chat.lab import arena
from chat.session.state import Session

from ..declare import command
from ..screen import Screen

_COLUMNS = (
    Column("asked with", cut=Cut.LONG),
    Column("wins", right=True),
    Column("losses", right=True),
    Column("share", right=True, number="{:.0%}".format),
    Column("likely", right=True),
)


@command()
def arena_(session: Session, screen: Screen) -> None:
    """Show what was picked in blind comparisons: how often each won, in all conversations.

    A pick among three is a win for one and a loss for each of the other two. "likely" is where the
    share would come to lie after many more picks, 19 times out of 20.
    """
    found = arena.tally(session.store.votes())
    if not found:
        screen.say("nothing was picked blind yet: /compare --blind A B, then /pick")
        return
    rows = [
        (
            each.label,
            each.wins,
            each.losses,
            each.share,
            "–".join(f"{edge:.0%}" for edge in each.range),
        )
        for each in found
    ]
    screen.table(_COLUMNS, rows)
