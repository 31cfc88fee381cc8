"""Links that can be pressed: only harmless ones, and none whose text lies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.markdown import parser
from terminal.drawing.links import harmless, lies
from terminal.drawing.render import Renderer
from terminal.drawing.widths import STYLES, meant, most

from ...support.examples import times

PRESSED = Renderer(links=True)


def drawn(text: str, width: int = 60) -> str:
    return "\n".join(PRESSED.lines(parser().parse(text), width, after=False))


@pytest.mark.parametrize(
    ("written", "shown", "pressed"),
    [
        ("[the docs](https://x.org/a)", "the docs", True),
        ("[mail](mailto:a@x.org)", "mail", True),
        ("[x.org](https://x.org/a)", "x.org", True),
        ("[https://www.x.org](https://x.org/)", "https://www.x.org", True),
        ("[https://bank.com](https://evil.org)", "https://bank.com (https://evil.org)", True),
        ("[bank.com/login](https://evil.org)", "bank.com/login (https://evil.org)", True),
        ("[a@bank.com](mailto:b@evil.org)", "a@bank.com (mailto:b@evil.org)", True),
        ("[**bank.com**](https://bank.com@evil.org)", "bank.com (https://bank.com@evil.org)", True),
        ("[a file](file:///etc/passwd)", "[a file](file:///etc/passwd)", False),
        ("[do](ssh://x.org)", "do (ssh://x.org)", False),
        ("[near](other.md)", "near (other.md)", False),
        ("![cat](https://x.org/c.png)", "[image: cat]", True),
        ("<https://x.org/a>", "https://x.org/a", False),
    ],
)
def test_what_is_shown(written: str, shown: str, pressed: bool) -> None:
    """The text of a link stands alone where it can be pressed and does not look like another address."""
    line = drawn(written)
    assert STYLES.sub("", line) == shown
    assert ("\x1b]8;" in line) is pressed


@times(1)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(max_size=20))
def test_no_address_steers_the_terminal(address: str, text: str) -> None:
    """Whatever a model writes as address, nothing but links and styles comes out."""
    line = drawn(f"[{text}](<https://x.org/{address}>)")
    assert "\x1b" not in STYLES.sub("", line)
    assert not harmless("https://x.org/\x07") and not harmless("https://x.org/\u202e")


def test_a_link_takes_no_columns() -> None:
    """The address of a link is counted nowhere: lines break as if it were not there."""
    line = drawn("[text](https://x.org/a/very/long/address/that/is/longer/than/the/window)", 20)
    assert meant(line) == most(line) == 4


def test_a_link_is_drawn_the_same_each_time() -> None:
    """A link that has not changed is not painted again."""
    assert drawn("[a](https://x.org) b") == drawn("[a](https://x.org) b")


def test_an_empty_text_lies() -> None:
    """A link that nobody sees has its address told."""
    assert lies(" ", "https://x.org") and not lies("docs", "https://x.org")
