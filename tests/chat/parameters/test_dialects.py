"""The table of dialects: sound rows, and one parameter that is sent once."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType

import pytest

from chat.base.errors import BadInput
from chat.conversation.body import build
from chat.conversation.branch import Branch
from chat.lab import sampling
from chat.parameters.declaration import Parameter
from chat.parameters.dialects import DIALECTS, SAMPLERS
from chat.parameters.profiles import Profiles, restored
from chat.parameters.server_kinds import OLLAMA, OPENAI, SERVERS
from chat.parameters.settings import HERE, Layer, Settings
from chat.parameters.table import ALL, BY_NAME, find, named

HELLO = Branch().add("user", "hi")


@pytest.mark.parametrize("parameter", DIALECTS, ids=lambda each: each.name)
def test_a_row_is_sound(parameter: Parameter) -> None:
    """Its servers are known kinds, each once; its default and its examples are values that it takes; what
    it goes with is in the tables."""
    kinds = [each.server for each in parameter.servers]
    assert kinds and len(set(kinds)) == len(kinds) and set(kinds) <= set(SERVERS)
    others = {*parameter.same_as, *parameter.clashes, *filter(None, [parameter.needs])}
    assert others <= set(BY_NAME) - {parameter.name}
    for text in (*(each.default for each in parameter.servers), *parameter.kind.suggest()):
        if text:
            value = parameter.kind.read(text)
            assert parameter.kind.read(parameter.kind.write(value)) == value


def test_a_name_stands_in_one_table() -> None:
    """No name or alias is declared twice."""
    names = [name for each in ALL for name in (each.name, *each.aliases)]
    assert len(set(names)) == len(names)


def test_every_kind_has_a_source_of_a_day() -> None:
    """What is known of a server is known from somewhere, and since when."""
    for kind in {each.server for parameter in DIALECTS for each in parameter.servers}:
        assert SERVERS[kind].source and SERVERS[kind].on.startswith("2026-")
    assert not any(each.taker(kind) for each in DIALECTS for kind in (OLLAMA, OPENAI))


def test_names_are_those_of_the_arithmetic() -> None:
    """What re-weights a distribution locally calls samplers and parameters as the table does."""
    assert set(sampling.LLAMA_CPP) <= set(SAMPLERS)
    fields = {each.name for each in dataclasses.fields(sampling.Sampler)}
    assert fields <= set(BY_NAME)


def test_an_extra_that_is_declared_by_now_is_the_parameter() -> None:
    """extra.top_k, kept from before top_k was declared, is top_k: set, read, unset and sent as that, once."""
    kept = Settings(layers=(Layer("profile", "old", MappingProxyType({"extra.top_k": 40})), Layer(HERE, "")))
    assert kept.get("top_k") == kept.get("extra.top_k") == 40
    assert build(HELLO, kept.set("model", "m"))["top_k"] == 40
    over = kept.set("top_k", 20)
    assert build(HELLO, over.set("model", "m"))["top_k"] == 20 and not over.extras()
    assert kept.unset("extra.top_k").get("top_k") is None
    assert find("extra.top_k") is named("extra.top_k") is BY_NAME["top_k"]


def test_settings_of_an_older_conversation_are_restored() -> None:
    """A turn that was stored with extra.min_p goes on with min_p."""
    found, left_out = restored(Profiles(), Settings(), "none", {"extra.min_p": 0.1, "extra.tfs_z": 1})
    assert (found.get("min_p"), found.get("extra.tfs_z"), left_out) == (0.1, 1, [])


def test_a_beginning_means_what_it_did() -> None:
    """A beginning that OpenAI's parameters have is theirs; what only others have is found by it, too."""
    assert find("pres").name == "presence_penalty" and find("see").name == "seed"
    assert find("mirostat_t").name == "mirostat_tau"
    with pytest.raises(BadInput, match=r"could be top_p, top_logprobs$"):
        find("top")
