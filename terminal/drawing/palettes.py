"""Themes that people know from their editors: Dracula, Nord, Gruvbox and Solarized.

Where a colour stands out too little from its background (WCAG 2: 4.5) it is lighter or darker than theirs,
just as far as that takes, also as the nearest of 256; tests/terminal/drawing/test_themes.py computes it.
"""

from __future__ import annotations

#: Name -> (background, colours of blocks of code, colours of other text).
KNOWN: dict[str, tuple[str, str, str]] = {
    "dracula": (
        "#282a36",
        "block #343746 ink #f8f8f2 hush #96a1c2 key #ff79c6 name #50fa7b string #f1fa8c number #c29cf9",
        "quiet #919cbf warn #f1fa8c bad #ff5757 good #50fa7b accent #8be9fd "
        "special #bd93f9 link #8be9fd code #50fa7b",
    ),
    "nord": (
        "#2e3440",
        "block #3b4252 ink #eceff4 hush #abb0b9 key #9db6cf name #8fc4d3 string #abc496 number #c4a6be",
        "quiet #979da9 warn #ebcb8b bad #d08a91 good #a3be8c accent #88c0d0 "
        "special #bd9cb7 link #81a1c1 code #9ac3c2",
    ),
    "gruvbox-dark": (
        "#282828",
        "block #3c3836 ink #ebdbb2 hush #afa18e key #fc7c6d name #fabd2f string #b8bb26 number #db9cad",
        "quiet #a89984 warn #fabd2f bad #fb5642 good #b8bb26 accent #8ec07c "
        "special #d3869b link #83a598 code #8ec07c",
    ),
    "gruvbox-light": (
        "#fbf1c7",
        "block #ebdbb2 ink #3c3836 hush #645a51 key #9d0006 name #724a0d string #66610c number #75345d",
        "quiet #776b60 warn #966211 bad #9d0006 good #746f0d accent #3e7453 "
        "special #8f3f71 link #076678 code #396a4c",
    ),
    "solarized-dark": (
        "#002b36",
        "block #073642 ink #93a1a1 hush #8d9ca1 key #90a217 name #4da0da string #3ba9a0 number #e176aa",
        "quiet #839499 warn #c19c29 bad #e77472 good #899c08 accent #2aa198 "
        "special #8488cd link #479cd9 code #3ba9a0",
    ),
    "solarized-light": (
        "#fdf6e3",
        "block #eee8d5 ink #556b71 hush #606969 key #606e00 name #1e6ca4 string #1e726c number #b82f71",
        "quiet #687272 warn #8d6b00 bad #cf2f2c good #647300 accent #1e726c "
        "special #6469b6 link #2073ae code #1e726c",
    ),
}


def colours(text: str) -> dict[str, str]:
    """Read `name colour name colour …`."""
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))
