"""What all pages have in common: a policy that lets nothing run or apply but what the page is made of."""

from __future__ import annotations

import base64
import hashlib
import re

from chat.transfer import page


def digest(inside: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()


def policy(found: str) -> list[str]:
    (content,) = re.findall(r'Content-Security-Policy"\s+content="([^"]*)"', found)
    return str(content).split("; ")


def test_the_policy_names_the_one_style_by_its_digest() -> None:
    """A style that a text would bring in is not the page's, and is not applied."""
    found = page.beginning("title", "p { color: red; }")
    (style,) = re.findall(r"<style>(.*?)</style>", found, re.DOTALL)
    assert style.startswith(page.COLOURS) and style.endswith("p { color: red; }")
    assert policy(found) == [
        "default-src 'none'",
        f"style-src '{digest(style)}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_the_policy_names_the_one_script_and_lets_no_text_become_html() -> None:
    """Pictures are the page's own, as data; a script is run where its digest is the one that was said."""
    found = policy(page.beginning("title", "", script="go()", pictures=True))
    assert "img-src data:" in found and f"script-src '{digest('go()')}'" in found
    assert "require-trusted-types-for 'script'" in found


def test_what_is_said_in_the_head_stays_text() -> None:
    """Title and what stands below it are strangers' words: tags are text, and what would steer is seen."""
    found = page.beginning("</title><script>x</script>", "", about="<b>\u202e")
    assert found.count("<script") == 0 and found.count("</title>") == 1
    assert "&lt;b&gt;\\u202e" in found
