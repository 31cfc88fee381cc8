"""The prompt in use: the one that paints, or the one for screen readers. Each is made when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from .signals import Signals
from .streams import Quiet, Terminal

if TYPE_CHECKING:  # what takes long to load is imported where it is used
    from chat.evaluation.browsing import RunResults, Wanted
    from chat.lab.live import Source

    from .dressing import Dressing
    from .editing.lexer import Highlight
    from .editing.linear import LinearPrompt
    from .editing.prompt import PaintedPrompt
    from .screen import TerminalScreen


class Prompts:
    """The prompts of one run. `both`: what either asks for, as `LinearPrompt` has it; the one that paints
    asks for colours and a toolbar as well."""

    def __init__(
        self,
        terminal: Terminal,
        quiet: Quiet,
        signals: Signals,
        highlight: Highlight,
        toolbar: Callable[[str, int], list[tuple[str, str]]],
        **both: Any,
    ) -> None:
        self._terminal = terminal
        self._quiet = quiet
        self._heard = signals.heard
        self._reading = signals.reading
        self._painting: dict[str, Any] = {"highlight": highlight, "toolbar": toolbar}
        self._both: dict[str, Any] = {**both, "answers": lambda: terminal.answers}
        self._made: dict[bool, PaintedPrompt | LinearPrompt] = {}
        self._dressing: Dressing | None = None
        signals.at_prompt = lambda ended: self.now.end(ended)
        signals.pause = lambda stop: self.now.pause(stop)

    @property
    def now(self) -> PaintedPrompt | LinearPrompt:
        """Give the prompt that the person wants by now."""
        accessible = self._terminal.accessible
        if accessible not in self._made and accessible:
            from .editing.linear import LinearPrompt

            self._made[True] = LinearPrompt(self._quiet, hearing=self._reading, **self._both)
        elif accessible not in self._made:
            from .dressing import Dressing
            from .editing.prompt import PaintedPrompt

            self._made[False] = painting = PaintedPrompt(
                colour=self._terminal.colour(self._terminal.stdout),
                deaf=partial(self._heard, False),
                **self._painting,
                **self._both,
            )
            self._dressing = Dressing(self._terminal, painting.app)
        return self._made[accessible]

    def ask_for(self, screen: TerminalScreen) -> None:
        """Let the screen ask where the person types."""
        screen.asks(
            lambda question, hidden: self.now.ask(question, hidden),
            lambda question, options: self.now.pick(question, options),
            self._dials,
            self._browse,
        )

    def _dials(self, source: Source, blocks: bool) -> Mapping[str, Any] | None:
        """Show the panel of /dials, which paints: the screen asks for none where nothing is painted."""
        from .editing.prompt import PaintedPrompt

        assert isinstance(self.now, PaintedPrompt)
        return self.now.dials(source, blocks)

    def _browse(self, results: RunResults, blocks: bool) -> Wanted | None:
        """Show the browser of an evaluation, which paints as the panel does."""
        from .editing.prompt import PaintedPrompt

        assert isinstance(self.now, PaintedPrompt)
        return self.now.browse(results, blocks)

    def dress(self) -> None:
        """Wear the theme that is preferred, where anything is painted."""
        if self._dressing:
            self._dressing.dress()

    def leave(self) -> None:
        """Take in what the terminal still has to tell, before the shell ends."""
        if self._dressing:
            self._dressing.leave()
