"""Write the branch in force as one HTML page, which needs nothing beside itself and fetches nothing.

What was said is a stranger's: HTML in it stays text, pictures stay links unless a message has their bytes,
and a link leads to http, https or mail, or is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

from ..base.indent import indented
from ..conversation.content import Part
from ..conversation.tree import Conversation
from . import svg, to_rows
from .page import END, beginning, escaped
from .transcript import TranscriptMessage, heading, in_force, parts, shown, summary, when

#: Media types that a browser draws and never runs.
_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
_LINKS = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)


def page(conversation: Conversation) -> str:
    title, about = heading(conversation)
    draw = _drawer()
    turns = "\n".join(_article(part, draw) for part in parts(conversation))
    head = beginning(title, _STYLE + to_rows.STYLE + svg.STYLE, pictures=True, about=about)
    return f"{head}<main>\n{turns}\n{to_rows.sections(conversation)}\n</main>\n{END}"


def _article(part: TranscriptMessage, draw: Callable[[str], str]) -> str:
    found = []
    if part.system is not None:
        said = f'<div class="plain">{escaped(part.system) or "<em>none</em>"}</div>'
        found.append(
            f'<article class="system"><header>system</header>\n<div class="said">{said}</div></article>'
        )
    role = "assistant" if part.role == "assistant" else "user"
    notes = [part.role, part.named, f"turn {part.number}" if part.number else "", part.mark]
    if part.choice and part.several > 1:
        notes.append(f"choice {part.choice.index + 1} of {part.several}")
    said = _said(part, draw)
    beside = _beside(part)
    found.append(
        f'<article class="{role}"><header>{escaped(" · ".join(filter(None, notes)))}</header>\n'
        f'<div class="said">{said}</div>{beside}</article>'
    )
    return "\n".join(found)


def _said(part: TranscriptMessage, draw: Callable[[str], str]) -> str:
    said = []
    if part.choice and part.choice.reasoning:
        said.append(
            "<details><summary>reasoning</summary>"
            f'<div class="plain">{escaped(part.choice.reasoning)}</div></details>'
        )
    if part.parts:
        said += [_part(each) for each in part.parts]
    elif part.role == "assistant":
        said.append(draw(shown(part.text)))
    else:
        said.append(f'<div class="plain">{escaped(part.text)}</div>')
    for call in part.calls:
        said.append(
            f"<details><summary>calls {escaped(' '.join(call.name.split()))}</summary>\n"
            f"<pre><code>{escaped(indented(call.arguments) or call.arguments)}</code></pre></details>"
        )
    return "\n".join(said)


def _part(part: Part) -> str:
    """A part of a message: text, a picture that the page has in itself, or what it is."""
    if part.text:
        return f'<div class="plain">{escaped(part.text)}</div>'
    data = part.data
    if data and data.media in _PICTURES and data.decoded() is not None:
        source = f"data:{data.media};base64,{data.text}"
        return f'<figure><img src="{source}" alt="{escaped(part.about)}"></figure>'
    url = part.inner.get("url")
    if isinstance(url, str) and _LINKS.match(url):
        link = f'<a href="{escaped(url)}" rel="noopener noreferrer nofollow">{escaped(url)}</a>'
        return f'<div class="plain">{escaped(part.label)}: {link}</div>'
    return f'<div class="plain">[{escaped(part.about)}]</div>'


def _beside(part: TranscriptMessage) -> str:
    """Write the model, parameters and usage of the turn."""
    if part.turn is None:
        return ""
    rows = [when(part.turn), part.turn.model, *in_force(part.turn), *summary(part.turn)]
    items = "".join(f"<li>{escaped(row)}</li>" for row in rows if row)
    several = f", choice {part.choice.index + 1}" if part.choice and part.several > 1 else ""
    return f'\n<aside aria-label="about turn {part.number}{several}"><ul>{items}</ul></aside>'


def _drawer() -> Callable[[str], str]:
    """Make the converter from Markdown to HTML. It takes nothing in the text as HTML, and fetches no
    picture: it writes a link."""
    from ..base.markdown import image_text
    from ..base.markdown import parser as markdown

    parser = markdown()
    parser.options["xhtmlOut"] = False
    parser.validateLink = lambda url: bool(_LINKS.match(url.strip()))  # type: ignore[method-assign]
    renderer: Any = parser.renderer

    def link(tokens: Any, at: int, options: Any, env: Any) -> str:
        tokens[at].attrSet("rel", "noopener noreferrer nofollow")
        return str(renderer.renderToken(tokens, at, options, env))

    def image(tokens: Any, at: int, options: Any, env: Any) -> str:
        said = image_text(tokens[at])
        if _within_link(tokens[:at]):
            return escape(f"{said} ({tokens[at].attrs['src']})")
        target = escape(str(tokens[at].attrs["src"]), quote=True)
        return f'<a href="{target}" rel="noopener noreferrer nofollow">{escape(said)}</a>'

    def cell(tokens: Any, at: int, options: Any, env: Any) -> str:
        where = str(tokens[at].attrs.pop("style", "")).removeprefix("text-align:")
        if where:
            tokens[at].attrSet("class", where)
        return str(renderer.renderToken(tokens, at, options, env))

    renderer.rules["td_open"] = renderer.rules["th_open"] = cell
    renderer.rules["link_open"], renderer.rules["image"] = link, image
    return lambda text: str(parser.render(text))


def _within_link(tokens: Any) -> bool:
    """Tell whether the text after these tokens stands in a link. A link can't hold another."""
    return bool(sum(token.nesting for token in tokens if token.tag == "a"))


_STYLE = """
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.2rem; color: var(--ink); background: var(--ground);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1.title { margin: 0; font-size: 1.5rem; }
p.about { margin: .2rem 0 1.5rem; color: var(--dim); }
article { display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; padding: .9rem 0;
  border-top: 1px solid var(--line); }
article > header { flex: 0 0 100%; color: var(--dim); font-size: .85rem; }
.said { flex: 1 1 24rem; min-width: 0; }
.said h1 { font-size: 1.4rem; }
.said h2 { font-size: 1.25rem; }
.said h3 { font-size: 1.1rem; }
article.user .said, article.system .said { padding: .5rem .8rem; border-radius: .5rem;
  background: var(--soft); }
article.system .said { border-left: 3px solid var(--mark); }
.plain { white-space: pre-wrap; }
aside { flex: 0 1 13rem; color: var(--dim); font-size: .85rem; line-height: 1.4; }
aside ul { margin: 0; padding: 0; list-style: none; }
pre { overflow-x: auto; padding: .7rem; border-radius: .5rem; background: var(--soft); }
code { font-family: ui-monospace, monospace; font-size: .9em; }
table { display: block; max-width: 100%; overflow-x: auto; border-collapse: collapse; }
th.left, td.left { text-align: left; }
th.center, td.center { text-align: center; }
th.right, td.right { text-align: right; }
th, td { padding: .25rem .6rem; border: 1px solid var(--line); }
blockquote { margin: 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--dim); }
details { margin-bottom: .5rem; color: var(--dim); }
figure { margin: .5rem 0; }
figure img { max-width: 100%; max-height: 30rem; }
a { color: var(--mark); }
@media (max-width: 44rem) {
  aside { flex: 0 0 100%; }
  aside ul { display: flex; flex-wrap: wrap; gap: 0 .8rem; margin-top: .4rem; }
}
.said > :first-child { margin-top: 0; }
.said > :last-child { margin-bottom: 0; }
@media print { body { max-width: none; } }
"""
