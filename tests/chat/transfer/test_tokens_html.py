"""The page of an answer's tokens: it fetches and runs nothing, and what the model said stays text."""

from __future__ import annotations

import math
import re
from html import unescape
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from chat.conversation.events import TokenLogprob
from chat.lab import probabilities
from chat.transfer import tokens_html

_PLAIN = st.text(st.characters(exclude_categories=["C"]), max_size=8)


def token(text: str, probability: float, **others: float) -> TokenLogprob:
    top = {text: probability, **others}
    return TokenLogprob(text, math.log(probability), tuple((k, math.log(v)) for k, v in top.items()))


def test_each_token_has_what_stood_beside_it() -> None:
    """Its list shows for a pointer and for the keyboard, with what was taken in words, not by colour."""
    page = tokens_html.page([token("Hi", 0.5, Yo=0.25), token("\n", 1.0)], "hello", "a-model")
    first, second = re.findall(r'<span class="token s(\d)" tabindex="0">', page)
    assert (first, second) == ("2", "4")
    assert ".token:focus > .beside" in page and ".token:hover > .beside" in page
    rows = re.findall(
        r'<span class="row"><code>(.*?)</code><span>█*</span><span>(.*?)</span><span>(.*?)</span>', page
    )
    assert rows == [("Hi", "50.0%", "taken"), ("Yo", "25.0%", ""), ("↵", "100.0%", "taken")]
    assert "2 tokens · perplexity 1.41" in page
    forms = re.findall(r"\.s\d \{ border-bottom: 3px (\w+) (#\w{6})", page)
    assert (
        len({form for form, _ in forms})
        == len({colour for _, colour in forms})
        == len(probabilities.SHADES) + 1
    )


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.given: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.given.update(name for name, _ in attrs)


@given(st.lists(st.tuples(_PLAIN, _PLAIN), max_size=4), _PLAIN)
def test_nothing_that_a_model_says_becomes_a_tag(found: list[tuple[str, str]], title: str) -> None:
    """Tags and attributes are the page's own; the policy allows nothing to be fetched or run."""
    hostile = [("<script>alert(1)</script>", '"><img src=x onerror=y>'), *found]
    tokens = [token(text, 0.5, **{other: 0.25}) for text, other in hostile]
    page = tokens_html.page(tokens, f"<svg onload=x>{title}", "<b>")
    reader = Reader()
    reader.feed(page)
    assert not reader.tags & {"script", "img", "svg", "link", "iframe", "a"}
    assert not [name for name in reader.given if name.startswith("on") or name in ("src", "href")]
    assert "default-src 'none'; style-src 'sha256-" in page and "unsafe" not in page
    assert "<script>alert(1)</script>" in unescape(page)
