"""What the panel is drawn from, and how many columns and lines each part of it has. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from chat.base.dataclass import dataclass
from chat.lab.live import Continuation
from chat.lab.next_token import TokenPlace
from chat.lab.sampling import Distribution

from .state import PanelState
from .text import PanelSigns

NAME, VALUE = 17, 7  # columns of a dial's name and of its value
STATS = 4  # lines below the bars
BELOW = 7  # lines that are neither rows nor samples


@dataclass(frozen=True)
class PanelView:
    """What is drawn, and on how many columns and lines."""

    state: PanelState
    place: TokenPlace
    found: Distribution
    title: str = ""
    asked: str = ""
    order: Sequence[str] = ()
    order_told: bool = False
    bias: str = ""
    not_drawn: Sequence[str] = ()
    samples: Sequence[Continuation] = ()
    width: int = 80
    height: int = 24
    signs: PanelSigns = field(default_factory=PanelSigns)

    @property
    def slider(self) -> int:
        """Give the columns of a slider."""
        return max(7, min(24, 9 + (self.width - 80) // 4))

    @property
    def left(self) -> int:
        """Give the columns of the dials."""
        return 2 + NAME + 1 + self.slider + 1 + VALUE + 2

    @property
    def rows(self) -> int:
        """Give the lines that dials and bars have."""
        wanted = max(13, len(self.state.dials) + 1 + bool(self.bias))
        most = self.height - BELOW - max(4, min(8, self.height - 33))
        return max(wanted, min(24, most)) if most >= wanted else max(STATS + 3, self.height - BELOW - 3)

    @property
    def first(self) -> int:
        """Give the first row that is seen, where there are more than there is room for."""
        return max(0, self.state.row - self.rows + 1)
