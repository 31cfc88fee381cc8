"""Settings in layers."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chat.settings import COMMAND_LINE, HERE, PROFILE, Layer, Settings, differences

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


def test_settings_are_values() -> None:
    """Setting gives new settings and leaves the old as they were."""
    before = Settings().set("seed", 1)
    before.set("seed", 2)
    assert before.get("seed") == 1
