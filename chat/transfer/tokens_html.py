"""Write an answer's tokens as one HTML page: how sure the model was of each, and what stood beside it.

The page needs nothing beside itself, fetches nothing and runs nothing: what stands beside a token shows
where the pointer is or the keyboard has gone (Tab), by CSS alone. How sure is told by a line below the
token, its form and its colour, so by no colour alone. What the model said stays text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..conversation.events import TokenLogprob
from ..lab import probabilities
from .page import END, beginning, escaped
from .svg import viridis

#: How the shades of chat.lab.probabilities are named, and the line below each.
_NAMES = ("below 10%", "10% to 40%", "40% to 70%", "70% to 95%", "95% and more")
_LINES = ("double", "dashed", "dotted", "solid", "none")
_BESIDE = 8  # alternatives of a token


def page(tokens: Sequence[TokenLogprob], title: str, about: str) -> str:
    """Give the page. `about` is said below the title."""
    legend = "".join(
        f'<li><span class="token s{shade}">token</span> {name}</li>' for shade, name in enumerate(_NAMES)
    )
    bits = sum(map(probabilities.entropy, tokens)) / len(tokens) if tokens else 0.0
    summed = (
        f"{len(tokens)} tokens · perplexity {probabilities.perplexity(tokens):.2f} · mean entropy"
        f" {bits:.2f} bits"
        if tokens
        else "no tokens"
    )
    rows = "".join(_token(place, token) for place, token in enumerate(tokens, 1))
    return (
        f"{beginning(title, _STYLE + _shades(), about=about)}"
        f'<p class="about">{escaped(summed)}. Point at a token, or go to it by Tab, to see what stood'
        f" beside it.</p>\n<ul>{legend}</ul>\n<main>{rows}</main>\n{END}"
    )


def _token(place: int, token: TokenLogprob) -> str:
    """Write a token, which can be pointed at or gone to, and the list that shows then."""
    pairs = probabilities.alternatives(token)[:_BESIDE]
    if all(text != token.token for text, _ in pairs):
        pairs.append((token.token, math.exp(min(0.0, token.logprob))))
    rows = "".join(_row(text, share, text == token.token) for text, share in pairs)
    shown = escaped(token.token.replace("\n", "↵")) or "∅"
    return (
        f'<span class="token s{probabilities.shade(token)}" tabindex="0">{shown}'
        f'<span class="beside"><b>{place}</b>{rows}</span></span>{"<br>" * token.token.count(chr(10))}'
    )


def _row(text: str, share: float, taken: bool) -> str:
    """Write an alternative: its text, a bar, its share, and whether it was taken."""
    bar = "█" * round(share * 10)
    cells = f"<code>{escaped(_name(text))}</code><span>{bar}</span><span>{share:.1%}</span>"
    return f'<span class="row">{cells}<span>{"taken" if taken else ""}</span></span>'


def _name(text: str) -> str:
    """Give a token with its blanks and line ends to be seen."""
    return text.replace("\n", "↵").replace("\t", "⇥").replace(" ", "␣")


def _shades() -> str:
    """Give a line below each shade: another form, and another colour of viridis."""
    return "".join(
        f".s{place} {{ border-bottom: 3px {line} {viridis(0.1 + 0.2 * place)}; }}\n"
        for place, line in enumerate(_LINES)
    )


_STYLE = """
body { margin: 0 auto; max-width: 52rem; padding: 1.2rem 1.2rem 14rem; color: var(--ink);
  background: var(--ground); font: 1rem/2 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.4rem; }
p.about { margin: 0; color: var(--dim); }
ul { display: flex; flex-wrap: wrap; gap: 0 1.2rem; padding: 0; list-style: none; color: var(--dim); }
.token { position: relative; white-space: pre-wrap; }
.token:hover, .token:focus { outline: 2px solid var(--edge); }
.beside { display: none; position: absolute; z-index: 1; left: 0; top: 1.9em; padding: .4rem .6rem;
  border: 1px solid var(--edge); background: var(--ground); font-size: .85rem; line-height: 1.4;
  white-space: nowrap; }
.token:hover > .beside, .token:focus > .beside { display: table; }
.beside > .row { display: table-row; }
.row > * { display: table-cell; padding: 0 .4rem 0 0; }
code { font-family: ui-monospace, monospace; }
@media print { .beside { display: none !important; } }
"""
