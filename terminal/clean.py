"""Make untrusted text safe to print: it can be read, and it can't steer the terminal.

Newline and tab stay. Every other control character is shown: C0 by its picture (␛ for ESC), C1,
bidirectional overrides and tag characters by their code. Half characters become U+FFFD.
"""

from __future__ import annotations

from chat.base.halves import whole

_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SEPARATORS = (0x2028, 0x2029, 0xFEFF)
_TAGS = range(0xE0000, 0xE0080)

_TABLE: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x7F: "␡",
    **{code: f"‹{code:02X}›" for code in range(0x80, 0xA0)},
    **{code: f"‹U+{code:04X}›" for code in (*_BIDI, *_SEPARATORS, *_TAGS)},
}
_KEPT = {ord("\n"), ord("\t")}
_TABLE = {code: shown for code, shown in _TABLE.items() if code not in _KEPT}
_TABLE |= dict.fromkeys(range(55296, 57344), "�")


def clean(text: str) -> str:
    """Give the text, safe to print; CR LF becomes a newline."""
    if text.isascii() and text.isprintable():
        return text
    return text.replace("\r\n", "\n").translate(_TABLE)


def one_line(text: str) -> str:
    """Give the text, safe and on one line."""
    return " ".join(clean(text).split())


def typed(text: str) -> str:
    """Clean what a person typed or pasted, so that it can be sent and stored: no NUL, no half characters."""
    return whole(text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""))


class Cleaner:
    """`clean` over pieces of one text: a CR LF that is cut in two is still one newline."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        return clean(text.removesuffix("\r"))

    def flush(self) -> str:
        held, self._held = self._held, ""
        return clean(held)
