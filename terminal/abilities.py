"""Tell from the environment what a terminal can do. Pure."""

from __future__ import annotations

from collections.abc import Mapping

#: How many colours a terminal has: the sixteen of its own, the cube of 256, all.
SIXTEEN, CUBE, ALL = 16, 256, 1 << 24

#: What a terminal sets that is known to take them.
_TAKE_LINKS = (
    "KITTY_WINDOW_ID",
    "WEZTERM_PANE",
    "ITERM_SESSION_ID",
    "GHOSTTY_RESOURCES_DIR",
    "WT_SESSION",
    "KONSOLE_VERSION",
    "DOMTERM",
)
_FORCED = {"1": SIXTEEN, "2": CUBE, "3": ALL}
_ALL = ("direct", "kitty", "ghostty", "wezterm", "foot", "alacritty")


def forced(environ: Mapping[str, str]) -> bool | None:
    """Tell whether FORCE_COLOR wants colours (true), wants none (false), or says nothing (None)."""
    said = environ.get("FORCE_COLOR", "")
    return None if not said else said.lower() not in ("0", "false")


def depth(environ: Mapping[str, str]) -> int:
    """Return how many colours there are. FORCE_COLOR may say it by 1, 2 or 3, as Node's programs have it."""
    term = environ.get("TERM", "")
    said = _FORCED.get(environ.get("FORCE_COLOR", ""))
    if said:
        return said
    if term.startswith("screen") and environ.get("STY"):
        return CUBE if "256color" in term else SIXTEEN  # COLORTERM is that of the terminal around it
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or any(name in term for name in _ALL):
        return ALL
    return CUBE if "256color" in term else SIXTEEN


def takes_links(environ: Mapping[str, str]) -> bool:
    """Tell whether the terminal is known to take links. FORCE_HYPERLINK says so, or that it does not."""
    said = environ.get("FORCE_HYPERLINK", "")
    if said:
        return said != "0"
    if environ.get("TMUX") or environ.get("STY") or environ.get("TERM", "").startswith(("screen", "tmux")):
        return False  # what stands around it is not known
    vte = environ.get("VTE_VERSION", "")
    if vte.isdecimal():
        return int(vte) >= 5000
    return environ.get("TERM") in ("xterm-kitty", "foot", "xterm-ghostty", "alacritty") or any(
        name in environ for name in _TAKE_LINKS
    )
