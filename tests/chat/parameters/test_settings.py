"""Settings in layers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.parameters.settings import (
    COMMAND_LINE,
    HERE,
    PROFILE,
    REMEMBERED,
    UNSET,
    Change,
    Layer,
    Settings,
    differences,
)
from chat.parameters.table import BY_NAME, extra

NAMES = ("temperature", "top_p", "seed")
values = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 2), max_size=3)
steps = st.lists(
    st.tuples(st.sampled_from(["set", "unset", "reset"]), st.sampled_from(NAMES), st.integers(0, 2))
)


def made(base: dict[str, Any], profile: dict[str, Any], line: dict[str, Any]) -> Settings:
    chain = (Layer(PROFILE, "profile base", base), Layer(PROFILE, "profile p", profile))
    return Settings().with_profile("p", chain).with_layer(COMMAND_LINE, "command line", line)


@given(values, values, values, steps)
def test_layers_are_like_dicts_on_dicts(
    base: dict[str, Any], profile: dict[str, Any], line: dict[str, Any], done: list[tuple[str, str, int]]
) -> None:
    """However it is set, unset and reset, the value in force is that of a plain model."""
    settings = made(base, profile, line)
    below = {**base, **profile, **line}
    model = dict(below)
    for what, name, value in done:
        if what == "set":
            settings, model[name] = settings.set(name, value), value
        elif what == "unset":
            settings = settings.unset(name)
            model.pop(name, None)
        else:
            settings, model = settings.reset(), dict(below)
    assert {name: settings.get(name) for name in NAMES} == {name: model.get(name) for name in NAMES}
    assert {parameter.name for parameter, _ in settings} == set(model)
    assert settings.changed == (model != below)


def test_zero_and_empty_are_values() -> None:
    """0, "" and false are set like any other value."""
    settings = Settings().set("temperature", 0.0).set("system", "").set("stream", False)
    assert {parameter.name: value for parameter, value in settings} == {
        "temperature": 0.0,
        "system": "",
        "stream": False,
    }


def test_origin_is_the_layer_that_decides() -> None:
    """Each value knows where it comes from."""
    settings = made({"temperature": 0}, {"top_p": 1}, {"seed": 2}).set("top_p", 0)
    origins = {name: layer.name for name in NAMES if (layer := settings.origin(name))}
    assert origins == {"temperature": "profile base", "top_p": "set here", "seed": "command line"}


def test_another_profile_keeps_the_command_line() -> None:
    """Loading a profile drops what was set here, not what the command line asked for."""
    settings = made({"temperature": 0}, {}, {"seed": 2}).set("top_p", 1).with_profile("other", ())
    assert [layer.kind for layer in settings.layers] == [COMMAND_LINE, HERE]
    assert (settings.get("seed"), settings.get("top_p"), settings.get("temperature")) == (2, None, None)


def test_changes_are_told() -> None:
    """From the API's default or unset, to the new value; and what is no longer sent."""
    before = Settings()
    after = before.set("temperature", 0.7).set("seed", 7)
    assert [str(change) for change in differences(before, after)] == [
        "temperature 1.0 → 0.7",
        "seed unset → 7",
    ]
    assert [str(change) for change in differences(after, before)] == [
        "temperature 0.7 → 1.0 (not sent)",
        "seed 7 → unset (not sent)",
    ]
    assert [str(change) for change in differences(before, before.set("temperature", 1.0))] == [
        "temperature unset → 1.0"
    ]


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        ("seed", None, 7, "seed unset → 7"),
        ("seed", 7, None, "seed 7 → unset (not sent)"),
        ("temperature", None, 0.0, "temperature 1.0 → 0.0"),
        ("temperature", None, 1.0, "temperature unset → 1.0"),
        ("temperature", 1.0, None, "temperature 1.0 → unset (not sent)"),
        ("stop", ("a",), ("a", "b c"), 'stop a → a "b c"'),
        ("timeout", 30.0, None, "timeout 30.0 → 600"),
        ("timeout", None, 30.0, "timeout 600 → 30.0"),
    ],
)
def test_a_change_is_told_in_one_line(name: str, before: Any, after: Any, told: str) -> None:
    """Where a field goes back to the API's default, it is said that it is not sent; what is no field never is."""
    assert str(Change(BY_NAME[name], before, after)) == told


def test_what_is_set_is_listed_in_the_tables_order() -> None:
    """Parameters come as the table has them, whatever layer sets them; extras come last, by name."""
    settings = made({"extra.b": 1, "seed": 2}, {"extra.a": 3}, {"top_p": 0.5}).set("temperature", 0.0)
    settings = settings.set("model", "m")
    listed = [(parameter.name, value) for parameter, value in settings]
    assert listed == [
        ("model", "m"),
        ("temperature", 0.0),
        ("top_p", 0.5),
        ("seed", 2),
        ("extra.a", 3),
        ("extra.b", 1),
    ]
    assert settings.as_changes() == [
        Change(BY_NAME[name] if name in BY_NAME else extra(name.removeprefix("extra.")), None, value)
        for name, value in listed
    ]


def test_differences_are_listed_in_the_tables_order() -> None:
    """Each parameter that differs is there once, extras of either side last; the same settings differ in none."""
    before = Settings().set("seed", 1).set("extra.b", 1).set("extra.same", 1)
    after = Settings().set("extra.a", 2).set("temperature", 0.0).set("extra.same", 1)
    assert [(each.parameter.name, each.before, each.after) for each in differences(before, after)] == [
        ("temperature", None, 0.0),
        ("seed", 1, None),
        ("extra.b", 1, None),
        ("extra.a", None, 2),
    ]
    assert differences(before, before) == []


def test_unset_hides_what_lies_below() -> None:
    """Where a layer below sets it, it is marked as not sent; where none does, nothing is left of it."""
    settings = made({"temperature": 0}, {}, {}).set("seed", 1).set("temperature", 1)
    assert settings.unset("temperature").layers[-1].values == {"seed": 1, "temperature": UNSET}
    assert settings.unset("seed").layers[-1].values == {"temperature": 1}
    assert settings.unset("temperature").origin("temperature") == settings.unset("temperature").layers[-1]
    assert settings.unset("temperature").unset("temperature").get("temperature") is None


def test_a_layer_is_replaced_where_it_belongs() -> None:
    """What is remembered lies above the profile and below the command line, which lies below what is set here."""
    chain = (Layer(PROFILE, "profile base"), Layer(PROFILE, "profile p"))
    settings = Settings().with_profile("p", chain).set("seed", 1)
    settings = settings.with_layer(COMMAND_LINE, "--set", {"seed": 2})
    for value in (3, 4):
        settings = settings.with_layer(REMEMBERED, "the endpoint", {"seed": value})
    assert [(layer.kind, layer.name, dict(layer.values)) for layer in settings.layers] == [
        (PROFILE, "profile base", {}),
        (PROFILE, "profile p", {}),
        (REMEMBERED, "the endpoint", {"seed": 4}),
        (COMMAND_LINE, "--set", {"seed": 2}),
        (HERE, "set here", {"seed": 1}),
    ]
    assert settings.profile == "p"
    emptied = settings.with_layer(REMEMBERED, "the endpoint", {})
    assert [layer.kind for layer in emptied.layers] == [PROFILE, PROFILE, COMMAND_LINE, HERE]


def test_what_a_layer_was_made_from_may_change() -> None:
    """Settings keep what they were given, whatever becomes of the mapping it was given in."""
    given = {"seed": 1}
    settings = Settings().with_layer(COMMAND_LINE, "--set", given)
    given["seed"] = 2
    assert settings.get("seed") == 1


def test_the_values_of_a_kind_of_layer() -> None:
    """The layers of one kind are merged, the higher over the lower; where there is none, nothing is set."""
    settings = made({"seed": 1, "top_p": 1}, {"seed": 2}, {"temperature": 0})
    assert settings.layer(PROFILE) == {"seed": 2, "top_p": 1}
    assert settings.layer(COMMAND_LINE) == {"temperature": 0}
    assert settings.layer(REMEMBERED) == {}


def test_another_profile_is_named_and_what_was_remembered_is_gone() -> None:
    """The profile's layers come first, the command line above them; nothing is set here."""
    settings = made({"seed": 1}, {}, {"top_p": 0.5}).with_layer(REMEMBERED, "the endpoint", {"n": 2})
    chain = (Layer(PROFILE, "profile other", {"seed": 3}),)
    other = settings.set("seed", 2).with_profile("other", chain)
    assert other.profile == "other"
    assert [(layer.kind, layer.name) for layer in other.layers] == [
        (PROFILE, "profile other"),
        (COMMAND_LINE, "command line"),
        (HERE, "set here"),
    ]
    assert other.get("seed") == 3 and not other.changed


def test_settings_are_values() -> None:
    """Setting gives new settings and leaves the old as they were."""
    before = Settings().set("seed", 1)
    before.set("seed", 2)
    assert before.get("seed") == 1


def test_tools_are_told_by_their_names() -> None:
    """Or by where they come from; never as JSON, which is pages long."""
    form = {"type": "function", "function": {"name": "look"}}
    value = [form, {"mcp": "files", "command": ["x"]}, "/somewhere/tools.py:weather", {"type": "odd"}]
    (change,) = differences(Settings(), Settings().set("tools", value))
    assert str(change) == "tools unset → look, mcp files, tools.py:weather, a tool without a name"
