"""Profiles in YAML: read, complained of, saved without touching the rest."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.base import yamledit, yamlfile
from chat.base.errors import BadFile, BadInput
from chat.parameters import keeping, profiles
from chat.parameters.settings import Settings

from ...conftest import ROOT

SHIPPED = ROOT / "profiles.yaml"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "profiles.yaml"


def loaded(own: Path, text: str) -> profiles.Profiles:
    own.write_text(text, encoding="utf-8")
    return profiles.load(SHIPPED, own)


def test_shipped_profiles_are_sound() -> None:
    """The six that ship load without a complaint."""
    found = profiles.load(SHIPPED, Path("none.yaml"))
    assert found.names == ["default", "haiku", "precise", "creative", "local", "ollama"]
    assert not found.complaints


def test_own_profiles_win(own: Path) -> None:
    """A profile of one's own takes the place of the shipped one of that name."""
    found = loaded(own, "haiku:\n  temperature: 0.1\n")
    assert found.by_name["haiku"].values == {"temperature": 0.1}
    assert found.is_own("haiku")


def test_extending_a_shipped_one_of_the_same_name(own: Path) -> None:
    """`default: extends: default` builds on the one that ships."""
    found = loaded(own, "default:\n  extends: default\n  seed: 1\n")
    assert dict(found.by_name["default"].values) == {"model": "gpt-5.4-mini", "seed": 1}
    assert not found.complaints


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("good:\n  seed: 1\nbad: [1\n", 4, "expected"),
        ("good:\n  seed: 1\nbad:\n  temprature: 1\n", 4, "no setting temprature; did you mean temperature?"),
        ("good:\n  seed: 1\nbad:\n  temperature: 3\n", 4, "bad: temperature: 3 is not a number from 0 to 2"),
        ("good:\n  seed: 1\nbad:\n  n: 1\n  n: 2\n", 5, "n stands here twice"),
        ("good:\n  seed: 1\ngood:\n  n: 2\n", 3, "good stands here twice"),
        ("good:\n  seed: 1\nbad: !!python/object:os.system {}\n", 3, "tags"),
        ("good:\n  seed: 1\nbad: &a {n: 1}\nworse: *a\n", 3, "anchors"),
        ("bad:\n  <<: {n: 1}\n", 2, "no setting <<"),
        ("bad:\n  extends: nobody\n", 1, "extends nobody"),
        ("a:\n  extends: b\nb:\n  extends: a\n", 1, "circle: a → b → a"),
        ("bad name!:\n  n: 1\n", 1, "can't name a profile"),
        ("bad: 7\n", 1, "not a mapping"),
        ("- a\n", 1, "no mapping"),
        ("bad:\n  stop: [1]\n", 2, "stop"),
        ("bad:\n  bias: {and: 101}\n", 2, "the weight of and"),
        ("bad:\n  extra: {temperature: 1}\n", 2, "no extra"),
        ("bad:\n  headers: {Authorization: x}\n", 2, "secret"),
    ],
)
def test_mistakes_are_located(own: Path, text: str, line: int, says: str) -> None:
    """Each mistake is told with file and line and the offending key."""
    found = loaded(own, text)
    complaint = found.complaints[0]
    assert complaint.line == line
    assert says in complaint.message
    assert str(own) in complaint.message
    assert "default" in found.names


def test_sound_profiles_of_a_file_with_a_mistake_load(own: Path) -> None:
    """One bad profile does not take its neighbours with it."""
    found = loaded(own, "good:\n  seed: 1\nbad:\n  seed: x\nfine:\n  extends: good\n")
    assert {"good", "fine"} <= set(found.names)
    assert "bad" not in found.names


@pytest.mark.parametrize("content", [b"a" * 300_000, b"\xff\xfe", b"[" * 5000, b"a:\n" + b" - [" * 100])
def test_files_that_are_no_profiles(own: Path, content: bytes) -> None:
    """Too large, not text, nested without end: a sentence, and the shipped profiles."""
    own.write_bytes(content)
    found = profiles.load(SHIPPED, own)
    assert found.complaints
    assert "haiku" in found.names


def test_a_folder_is_no_file(own: Path) -> None:
    """Something else of that name is named as such."""
    own.mkdir()
    assert "is a folder, not a file" in profiles.load(SHIPPED, own).complaints[0].message


def test_yaml_11_surprises_are_gone(own: Path) -> None:
    """`no` is text, 1e-1 a number, 010 text, as people mean them."""
    found = loaded(own, "p:\n  system: no\n  temperature: 1e-1\n  user: 010\n")
    assert dict(found.by_name["p"].values) == {"system": "no", "temperature": 0.1, "user": "010"}


# ---- saving


COMMENTED = """# mine
work:   # for the office
  temperature: 0.2   # cold

  # how it speaks
  system: |
    Be brief.
    # not a remark
  stop: ["a", b]     # flow

# the other
play: {temperature: 1.5}  # hot
"""


def test_saving_leaves_everything_else(own: Path) -> None:
    """Changed values change; comments, blank lines and other profiles stay byte for byte."""
    found = loaded(own, COMMENTED)
    settings = Settings().with_profile("work", found.chain("work")).set("temperature", 0.3).set("seed", 7)
    keeping.save(found, "work", settings)
    expected = COMMENTED.replace("temperature: 0.2 ", "temperature: 0.3 ").replace(
        'stop: ["a", b]     # flow\n', 'stop: ["a", b]     # flow\n  seed: 7\n'
    )
    assert own.read_text(encoding="utf-8") == expected


def test_a_new_profile_is_appended(own: Path) -> None:
    """What was there stays above it."""
    found = loaded(own, COMMENTED)
    keeping.save(found, "new", Settings().set("seed", 1).set("system", "a\nb"))
    text = own.read_text(encoding="utf-8")
    assert text.startswith(COMMENTED)
    again = profiles.load(SHIPPED, own)
    assert dict(again.by_name["new"].values) == {"seed": 1, "system": "a\nb"}


def test_saving_keeps_what_is_extended(own: Path) -> None:
    """A profile that extends another goes on doing so, and holds only what differs."""
    found = loaded(own, "mine:\n  extends: precise\n")
    settings = Settings().with_profile("mine", found.chain("mine")).set("seed", 5)
    keeping.save(found, "mine", settings)
    assert profiles.load(SHIPPED, own).by_name["mine"].values == {"seed": 5}
    assert "extends: precise" in own.read_text(encoding="utf-8")


def test_a_file_that_is_not_understood_is_not_touched(own: Path) -> None:
    """Saving into a broken file is refused, and the file stays as it was."""
    broken = "a: [1\n"
    found = loaded(own, broken)
    with pytest.raises(BadFile):
        keeping.save(found, "new", Settings().set("seed", 1))
    assert own.read_text(encoding="utf-8") == broken


def test_saved_files_are_private_and_links_stay(own: Path, tmp_path: Path) -> None:
    """0600, and a link to a file kept elsewhere stays a link."""
    real = tmp_path / "dotfiles.yaml"
    real.write_text("a:\n  n: 1\n")
    own.symlink_to(real)
    keeping.save(profiles.load(SHIPPED, own), "b", Settings().set("seed", 1))
    assert own.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert "b:" in real.read_text()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_a_sentence(own: Path) -> None:
    """Nothing is lost, and it is said."""
    found = loaded(own, "a:\n  n: 1\n")
    own.parent.chmod(0o500)
    try:
        with pytest.raises(BadFile, match="can't be written"):
            keeping.save(found, "b", Settings().set("seed", 1))
    finally:
        own.parent.chmod(0o700)


def test_deleting(own: Path) -> None:
    """One's own profile goes, its neighbours stay; shipped ones and those that others build on don't."""
    found = loaded(own, COMMENTED)
    keeping.delete(found, "work")
    left = own.read_text(encoding="utf-8")
    assert "work" not in left
    assert left.startswith("# mine\n")
    assert left.endswith("# the other\nplay: {temperature: 1.5}  # hot\n")
    with pytest.raises(BadInput, match="ships"):
        keeping.delete(profiles.load(SHIPPED, own), "haiku")
    with pytest.raises(BadInput, match="extends"):
        keeping.delete(loaded(own, "a:\n  n: 1\nb:\n  extends: a\n"), "a")


# ---- the editor of YAML, on files that hypothesis writes

names = st.sampled_from(["alpha", "beta", "gamma"])
keys = st.sampled_from(["temperature", "seed", "system", "stop", "bias", "extra"])
scalars = (
    st.integers(-5, 5)
    | st.floats(0, 2).map(lambda x: round(x, 3))
    | st.text(st.sampled_from("ab #:-'\"\n\\é"), min_size=1)
)
values = (
    scalars
    | st.lists(scalars, min_size=1, max_size=3)
    | st.dictionaries(st.sampled_from("xyz"), scalars, min_size=1)
)
mappings = st.dictionaries(keys, values, max_size=4)
remarks = st.sampled_from(["", "# a remark\n", "\n", "# one\n\n# two\n"])


@st.composite
def files(draw: st.DrawFn) -> tuple[str, dict[str, dict[str, Any]]]:
    """(text, what it holds): block style with remarks between and inside the profiles."""
    content = draw(st.dictionaries(names, mappings, max_size=3))
    text = draw(remarks)
    for name, mapping in content.items():
        text += f"{name}:{draw(st.sampled_from(['', '  # named']))}\n"
        for key, value in mapping.items():
            text += draw(st.sampled_from(["", "  # inside\n"]))
            block = yamlfile.dump({key: value})
            text += "".join(f"  {line}" if line.strip() else line for line in block.splitlines(keepends=True))
        text += draw(remarks)
    return text, content


@given(files(), names, mappings)
@example(("gamma:\n  temperature: :-\n", {"gamma": {"temperature": ":-"}}), "gamma", {})
@example(("gamma:\n  stop:\n  -\n", {"gamma": {"stop": [None]}}), "gamma", {"n": 2})
def test_put_changes_one_mapping(
    given_file: tuple[str, dict[str, Any]], name: str, new: dict[str, Any]
) -> None:
    """The mapping holds what was meant, the others what they held, and every remark is still there."""
    text, content = given_file
    path = Path("p.yaml")
    assert {key: entry.value or {} for key, entry in yamlfile.parse(path, text).items()} == content
    try:
        after = yamledit.put(path, text, name, new)
    except BadFile as error:
        raise AssertionError(f"refused: {error}") from None
    held = {key: entry.value or {} for key, entry in yamlfile.parse(path, after).items()}
    assert held == {**content, name: new}
    for remark in ("# a remark", "# inside", "# named", "# one", "# two"):
        assert after.count(remark) >= text.count(remark)


@given(files(), names)
def test_put_of_the_same_changes_no_byte(given_file: tuple[str, dict[str, Any]], name: str) -> None:
    """Writing what is there already leaves the text as it is."""
    text, content = given_file
    if content.get(name):
        assert yamledit.put(Path("p.yaml"), text, name, content[name]) == text
