"""/arena: what blind comparisons have shown."""

from __future__ import annotations

from chat.base.tables import Cut, TableColumn
from chat.lab import arena
from chat.session.state import Session
from chat.statistics.strengths import Strength

from ..declare import command
from ..screen import Screen

_COLUMNS = (
    TableColumn("asked with", cut=Cut.LONG),
    TableColumn("wins", right=True),
    TableColumn("losses", right=True),
    TableColumn("share", right=True, number="{:.0%}".format),
    TableColumn("likely", right=True),
    TableColumn("strength", right=True, number="{:+.0f}".format),
    TableColumn("from–to", right=True),
)


@command()
def arena_(session: Session, screen: Screen) -> None:
    """Show what was picked in blind comparisons: how often each won, in all conversations.

    A pick among three is a win for one and a loss for each of the other two. "likely" is where the
    share would come to lie after many more picks, 19 times out of 20. "strength" takes into account who
    was met (Bradley and Terry's, on Elo's scale: 400 points more win ten times as often), and stands with
    its own range beside it.
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
            each.strength.value,
            _ends(each.strength),
        )
        for each in found
    ]
    screen.table(_COLUMNS, rows)


def _ends(strength: Strength) -> str:
    if strength.low is None or strength.high is None:
        return "?"
    return f"{strength.low:+.0f} to {strength.high:+.0f}"
