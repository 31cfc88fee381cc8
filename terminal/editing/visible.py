"""Make characters in the prompt visible that would steer the terminal: a pasted text, a completion or a
line of history may hold bidirectional overrides, which prompt-toolkit paints."""

from __future__ import annotations

from bisect import bisect_right

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

from ..clean import clean


class Visible(Processor):
    """Shows such characters as `clean` does; the text itself stays as it is."""

    def apply_transformation(self, given: TransformationInput) -> Transformation:
        text = fragment_list_to_text(given.fragments)
        if text.isascii() or clean(text) == text:  # prompt-toolkit shows the ASCII ones by itself
            return Transformation(given.fragments)
        shown: StyleAndTextTuples = []
        places = [0]  # where each character of the text begins on the screen
        for style, part, *_ in given.fragments:
            for character in part:
                seen = character if character.isascii() else clean(character)
                shown.append((style, seen))
                places.append(places[-1] + len(seen))
        last = len(places) - 1
        return Transformation(
            shown,
            lambda place: places[min(place, last)] + max(0, place - last),
            lambda place: bisect_right(places, place) - 1,
        )
