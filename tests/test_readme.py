"""The README tells the truth: its tables are the code's, its commands are the ones CI runs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from chat.base.exits import Exit
from chat.parameters import profiles
from chat.parameters.server_kinds import title
from chat.parameters.table import DIALECTS, PARAMETERS, SETTINGS
from commands import registry
from terminal.editing.keys import KEYS

from .conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def commands() -> str:
    rows = [
        f"| `{_cell(item.usage)}` | {_cell(item.help)} | {' '.join(f'`/{alias}`' for alias in item.aliases)} |"
        for item in registry()
        if item.listed
    ]
    return "\n".join(["| command | | also |", "|---|---|---|", *rows])


def parameters() -> str:
    rows = [
        f"| `{each.name}` | {_cell(each.kind.describe())} | {each.default} | {_cell(each.summary)} |"
        for each in PARAMETERS
    ]
    return "\n".join(["| parameter | it takes | API default | |", "|---|---|---|---|", *rows])


def dialects() -> str:
    rows = [
        f"| `{each.name}` | {_cell(each.kind.describe())} | {', '.join(title(taker.server) for taker in each.servers)} |"
        f" {_cell(each.summary)} |"
        for each in DIALECTS
    ]
    return "\n".join(["| parameter | it takes | servers | |", "|---|---|---|---|", *rows])


def settings() -> str:
    rows = [f"| `{each.name}` | {_cell(each.kind.describe())} | {_cell(each.summary)} |" for each in SETTINGS]
    return "\n".join(["| setting | it takes | |", "|---|---|---|", *rows])


def keys() -> str:
    rows = (f"| {key} | {does} | {mode} |" for key, does, mode in KEYS)
    return "\n".join(["| key | | with |", "|---|---|---|", *rows])


def exits() -> str:
    return "\n".join(["| exit status | |", "|--:|---|", *(f"| {each:d} | {each.means} |" for each in Exit)])


@pytest.mark.parametrize(
    "table", [commands, parameters, dialects, settings, keys, exits], ids=lambda table: table.__name__
)
def test_tables_are_the_codes(table: Callable[[], str]) -> None:
    """Each table of the README is what the code declares."""
    mark = table.__name__
    found = re.search(f"<!-- {mark} -->\n(.*?)\n<!-- end -->", README, re.DOTALL)
    assert found, f"README.md has no table {mark}"
    assert found[1] == table(), f"put this between <!-- {mark} --> and <!-- end -->:\n\n{table()}\n"


def test_shipped_profiles_are_named() -> None:
    """Every profile that ships stands in the README."""
    for name in profiles.load(ROOT / "profiles.yaml", ROOT / "none.yaml").names:
        assert f"`{name}`" in README


def test_test_command_is_cis() -> None:
    """The README's second command is the very line that CI runs."""
    blocks = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)
    assert "\n" not in blocks[0]
    assert "\n" not in blocks[1]
    assert blocks[0].endswith("python shell.py")
    assert blocks[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_links_and_pictures_exist() -> None:
    """Every file that the README points to is there."""
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
