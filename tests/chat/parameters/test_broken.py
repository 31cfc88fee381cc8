"""Profiles that are broken: told, and never replaced by another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadFile, BadInput, BadProfile, UnknownName
from chat.parameters import keeping, profiles
from chat.parameters.settings import Settings

from ...conftest import ROOT

SHIPPED = ROOT / "profiles.yaml"


def loaded(folder: Path, text: str | bytes) -> profiles.Profiles:
    own = folder / "profiles.yaml"
    own.write_bytes(text.encode() if isinstance(text, str) else text)
    return profiles.load(SHIPPED, own)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("work:\n  temperature: 3\nwork-eu:\n  seed: 1\n", "work"),
        ("haiku:\n  temperature: 3\n", "haiku"),
        ("haiku:\n  temperature: 3\n", "haik"),
        ("default:\n  temprature: 1\n", "default"),
        ("default:\n  temprature: 1\n", "haiku"),
        ("work:\n  extends: base\nbase:\n  seed: x\nwork-eu:\n  seed: 1\n", "work"),
        ("work:\n  extends: nobody\nwork-eu:\n  seed: 1\n", "work"),
        ("work: 7\nwork-eu:\n  seed: 1\n", "work"),
        ("work:\n  temperature: 'cold\nwork-eu:\n  seed: 1\n", "work"),
        ("work:\n\ttemperature: 1\ndefault:\n  seed: 1\n", "default"),
        ("  default:\n    seed: 1\n   work:\n     seed: 1\n", "default"),
        ('{"default": {"seed": 1}, "work": [ }', "default"),
        ("default:\n  seed: 1\ndefault:\n  seed: 2\n", "default"),
        ("\ufeffdefault: {seed: 1\n".encode(), "default"),
        ("default:\n  seed: 1\n".encode("utf-16"), "default"),
        (b"default:\n  system: \xff\n", "default"),
        ("default:\n  seed: 1\n" + "# filled\n" * 40_000, "default"),
        ("bad name:\n  seed: 1\n", "bad name"),
    ],
)
def test_nothing_stands_in_for_a_broken_profile(tmp_path: Path, text: str | bytes, name: str) -> None:
    """Neither the shipped one of that name, nor one that its name begins, nor one that extends it."""
    found = loaded(tmp_path, text)
    with pytest.raises(BadProfile) as refused:
        found.find(name)
    assert str(tmp_path) in refused.value.message
    with pytest.raises((BadProfile, BadInput)):
        found.chain(name)


def test_what_a_broken_file_does_not_hold_loads(tmp_path: Path) -> None:
    """A shipped profile of which nothing stands in a broken file is none of the person's."""
    found = loaded(tmp_path, "work:\n  temperature: 'cold\n")
    assert found.find("local").name == "local"
    with pytest.raises(UnknownName):
        found.find("nope")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_nobody_can_read_may_hold_any_name(tmp_path: Path) -> None:
    """Without leave to read it, no shipped profile is known not to be the person's."""
    (tmp_path / "profiles.yaml").write_text("default: {}\n")
    (tmp_path / "profiles.yaml").chmod(0)
    found = profiles.load(SHIPPED, tmp_path / "profiles.yaml")
    for name in ("default", "local", "work"):
        with pytest.raises(BadProfile):
            found.find(name)


def test_each_fault_is_told_once(tmp_path: Path) -> None:
    """What is broken by another's fault is told when it is asked for, and says whose that is."""
    found = loaded(tmp_path, "default:\n  seed: x\nmine:\n  extends: haiku\n")
    assert len(found.complaints) == 1
    assert "mine: builds on default, which is broken" in found.broken["mine"].message
    assert found.is_own("default")
    assert not found.is_own("haiku")


names = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True)


@given(names, st.data())
def test_chains_end_or_are_broken(known: list[str], data: st.DataObject) -> None:
    """Whatever extends whatever: what loads has a chain that ends, and everything else is broken."""
    extends = {name: data.draw(st.sampled_from([None, *known, "nobody"])) for name in known}
    own = {name: profiles.Profile(name, {}, above, Path("own"), 1) for name, above in extends.items()}
    broken: dict[str, object] = {}
    profiles._unresolved(own, broken)  # type: ignore[arg-type]
    assert {*own} | {*broken} == {*known}
    for name in known:
        at: str | None = name
        seen: set[str] = set()
        while at in extends and at not in seen:
            seen.add(at)
            at = extends[at]
        assert (name in own) == (at is None)


class Counted(dict[str, profiles.Profile]):
    """Profiles that count how often one is looked up."""

    looked = 0

    def __getitem__(self, name: str) -> profiles.Profile:
        self.looked += 1
        return super().__getitem__(name)


@pytest.mark.parametrize("end", [None, "nobody", "broken", "0"])
def test_chains_take_linear_time(end: str | None) -> None:
    """However long a chain is, and however it ends, each profile of it is looked up once or twice."""
    for count in (10, 1_000, 10_000):
        chain = Counted(
            {str(i): profiles.Profile(str(i), {}, str(i + 1) if i + 1 < count else end) for i in range(count)}
        )
        profiles._unresolved(chain, {"broken": BadFile("own", "broken")})
        assert len(chain) == (0 if end else count)
        assert chain.looked <= 2 * count


# ---- YAML as it is meant


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        ("stop: null", {"stop": None}),
        ("stop: ~", {"stop": None}),
        ("stop:", {"stop": None}),
        ("extra: {top_k: null}", {"top_k": None}),
        ("extra: null", {}),
        ("extends: null", {}),
        ("logit_bias: {}", {"logit_bias": ()}),
        ("metadata: {}", {"metadata": {}}),
        ("user: ''", {"user": ""}),
        ("safety_identifier: ''", {"safety_identifier": ""}),
        ("extra_body: {top_k: 40}", {"top_k": 40}),
        ("top_k: 40", {"top_k": 40}),
        ("extra: {tfs_z: 1}", {"extra.tfs_z": 1}),
        ("extra: {top_k: 40}\n  extra_body: {min_p: 0.1}", {"top_k": 40, "min_p": 0.1}),
        ("max-tokens: 5", {"max_tokens": 5}),
        ("temp: 0.5", {"temperature": 0.5}),
        ("base_url: localhost:8080/v1", {"base_url": "http://localhost:8080/v1"}),
    ],
)
def test_yaml_is_taken_as_it_is_meant(tmp_path: Path, lines: str, values: dict[str, object]) -> None:
    """null is not set, whatever is extended; {} and '' are values; extra_body is extra."""
    base = "base:\n  stop: END\n  extra: {top_k: 1}\n"
    found = loaded(
        tmp_path,
        f"{base}p:\n  {lines}\nq:\n  extends: base\n  {lines}\n"
        if "extends" not in lines
        else f"p:\n  {lines}\n",
    )
    assert not found.complaints
    settings = Settings().with_profile("p", found.chain("p"))
    assert {name: settings.get(name) for name in values} == values
    if "q" in found.names:
        above = Settings().with_profile("q", found.chain("q"))
        assert {name: above.get(name) for name in values} == values


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("tfs_z: 40", "goes under extra"),
        ("keep_alive: 5m", "goes under extra"),
        ("top_k: 40\n  extra: {top_k: 41}", "top_k stands here twice"),
        ("extra: {top_k: many}", "extra: top_k: many is not a whole number"),
        ("something_new: 1", "goes under extra"),
        ("tempreature: 1", "did you mean temperature?"),
        ("extra: {temperature: 1}", "write it beside extra"),
        ("extra: {top_k: 1}\n  extra_body: {top_k: 2}", "top_k stands here twice"),
        ("temp: 1\n  temperature: 1", "temperature stands here twice"),
        ("max_tokens: 1_000", "write 1000"),
        ("max_tokens: 1,000", "write 1000"),
        ("max_tokens: '1000'", "remove the quotes, write 1000"),
        ("max_tokens: 0x10", "write 16"),
        ("temperature: '0.5'", "remove the quotes, write 0.5"),
        ("temperature: 0,5", "write 0.5"),
        ("stream: yes", "write true"),
        ("stream: off", "write false"),
        ("stream: 'false'", "remove the quotes, write false"),
        ("stream: 1", "write true"),
        ("logit_bias: {1734: '-100'}", "remove the quotes, write -100"),
        ("logit_bias: 1734=-100", "write {1734: -100}"),
        ("verbosity: High", "write high"),
        ("stop: 5", "put it in quotes"),
        ("stop: []", "null"),
        ("metadata: {a: 1}", "put it in quotes"),
        ("tools: {type: function}", "list"),
        ('response_format: \'{"type": "text"}\'', "remove the quotes"),
        ("api_key: sk-abcdefghijk", "api_key_env names the variable"),
        ("system_prompt: Hi", "write system"),
        ("base_url: ftp://x", "http"),
    ],
)
def test_yaml_says_what_to_write(tmp_path: Path, line: str, says: str) -> None:
    """What is not taken says what would be, and where it goes."""
    (told,) = loaded(tmp_path, f"p:\n  {line}\n").complaints
    assert says in told.message
    assert "sk-" not in told.message


@pytest.mark.parametrize(
    "key", ["sk-proj-abcdefgh1234", "q8Zr2LmX0vN5tBc7Yp1Wd4Gh9Jk3Fs6A", "a-b-c-d-e-f-g-h"]
)
def test_a_key_in_place_of_its_variable_is_not_shown(tmp_path: Path, key: str) -> None:
    """The commonest slip of all: api_key_env holds the key. It is refused, and nowhere repeated."""
    found = loaded(tmp_path, f"p:\n  api_key_env: {key}\n")
    with pytest.raises(BadProfile) as refused:
        found.find("p")
    assert key not in f"{refused.value.message} {refused.value.hint}"


def test_a_profile_can_take_back_what_it_extends(tmp_path: Path) -> None:
    """What is unset when a profile is saved is null in it, and not sent when it is loaded."""
    found = loaded(tmp_path, "base:\n  stop: END\n  seed: 1\nmine:\n  extends: base\n")
    settings = Settings().with_profile("mine", found.chain("mine")).unset("stop")
    keeping.save(found, "mine", settings)
    again = profiles.load(SHIPPED, found.own)
    kept = Settings().with_profile("mine", again.chain("mine"))
    assert (kept.get("stop"), kept.get("seed")) == (None, 1)
    assert "stop: null" in found.own.read_text()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("p:\n\tseed: 1\n", "not with a tab"),
        ("p:\n  seed:1\n  n: 1\n", "blank is missing after a colon"),
        ("p:\n  seed:1\n", "blank is missing after a colon"),
        ("p:\n  system: a: b\n", "stands in quotes"),
        ("p:\n  seed: 1\n n: 1\n", "indented as those above"),
        ("p:\n  system: 'a\n", "has to close"),
    ],
)
def test_what_is_no_yaml_says_what_may_be_meant(tmp_path: Path, text: str, says: str) -> None:
    """The commonest slips are told in plain words beside the parser's."""
    (told,) = loaded(tmp_path, text).complaints
    assert says in told.message
