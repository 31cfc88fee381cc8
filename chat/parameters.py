"""THE table: every parameter of a request, and the few settings that are not request fields.

One declaration serves `/set`, YAML, completion, `/show`, `/help`, the request and the README.
The ranges, defaults and meanings are those of the docstrings of the SDK's
`openai.types.chat.completion_create_params` (3.54.0) and of the API reference they are made
from; a contract test holds the table against those types. Nothing here imports the SDK.
"""

from __future__ import annotations

from dataclasses import dataclass

from .errors import BadInput, UnknownName
from .kinds import Bias, Choice, Flag, Kind, Number, Text, Texts


@dataclass(frozen=True)
class Parameter:
    """One setting: `field` says whether it is a field of the request's body.

    `default` is what the API does when it is not sent, as it would be typed; "" is unknown or
    differs by model. `clashes` are parameters that the API advises not to set together with
    this one. `replaced_by` marks a deprecated field.
    """

    name: str
    kind: Kind
    summary: str
    default: str = ""
    aliases: tuple[str, ...] = ()
    clashes: tuple[str, ...] = ()
    replaced_by: str = ""
    field: bool = True

    def show(self, value: object) -> str:
        """A value of this parameter as a person would type it."""
        return self.kind.write(value)


_INT64 = 2**63

PARAMETERS: tuple[Parameter, ...] = (
    Parameter("model", Text(pattern=r"\S+", rule="a model's name"), "The model that answers."),
    Parameter(
        "stream",
        Flag(),
        "Whether the answer comes word by word or whole. Unset, this shell asks for a stream;"
        " the API's own default is false.",
        default="true",
    ),
    Parameter(
        "temperature",
        Number(0, 2, stops=(0, 0.2, 0.7, 1, 1.5)),
        "How random the sampling is: low is focused, high is varied.",
        default="1.0",
        aliases=("temp",),
        clashes=("top_p",),
    ),
    Parameter(
        "top_p",
        Number(0, 1, stops=(0.1, 0.5, 0.9, 1)),
        "Nucleus sampling: only the likeliest tokens that make up this share of the probability.",
        default="1.0",
        aliases=("topp",),
        clashes=("temperature",),
    ),
    Parameter(
        "max_completion_tokens",
        Number(1, whole=True, stops=(64, 256, 1024, 4096)),
        "The most tokens an answer may have, reasoning included.",
        aliases=("mct",),
    ),
    Parameter(
        "max_tokens",
        Number(1, whole=True, stops=(64, 256, 1024, 4096)),
        "The most tokens an answer may have; what most compatible servers know.",
        aliases=("max",),
        replaced_by="max_completion_tokens",
    ),
    Parameter(
        "presence_penalty",
        Number(-2, 2, stops=(-1, 0, 0.5, 1)),
        "Above 0, tokens that have appeared at all become less likely: new topics.",
        default="0.0",
        aliases=("presence", "pp"),
    ),
    Parameter(
        "frequency_penalty",
        Number(-2, 2, stops=(-1, 0, 0.5, 1)),
        "Above 0, tokens become less likely the more often they have appeared: fewer repetitions.",
        default="0.0",
        aliases=("frequency", "fp"),
    ),
    Parameter(
        "logit_bias",
        Bias(ids=True),
        "What is added to the logit of a token, by id; /bias does it by word.",
    ),
    Parameter("stop", Texts(4), "Texts at which the answer ends; they are not part of it."),
    Parameter(
        "n",
        Number(1, 128, whole=True, stops=(1, 2, 3, 4)),
        "How many choices are generated; the tokens of each are paid for.",
        default="1",
        aliases=("choices",),
    ),
    Parameter(
        "seed",
        Number(-_INT64, _INT64 - 1, whole=True, stops=(1, 42)),
        "Asks for the same sampling each time; best effort.",
    ),
    Parameter(
        "reasoning_effort",
        Choice(("none", "minimal", "low", "medium", "high", "xhigh", "max")),
        "How much a reasoning model thinks first; each model takes only some of the values.",
        aliases=("effort",),
    ),
    Parameter(
        "verbosity",
        Choice(("low", "medium", "high")),
        "How long-winded the answer is.",
        default="medium",
    ),
    Parameter(
        "service_tier",
        Choice(("auto", "default", "flex", "scale", "priority", "fast")),
        "The kind of processing, and its price.",
        default="auto",
        aliases=("tier",),
    ),
    Parameter(
        "user",
        Text(rule="text that names your end user"),
        "A stable name of your end user, passed on as it is.",
        replaced_by="safety_identifier and prompt_cache_key",
    ),
)

SETTINGS: tuple[Parameter, ...] = (
    Parameter("system", Text(rule="text", empty=True), "The system message.", field=False),
    Parameter(
        "bias", Bias(), "Weights by word, made into logit_bias with the model's tokeniser.", field=False
    ),
    Parameter(
        "base_url",
        Text(pattern=r"(https?://\S+)|(embedded(:.+)?)", rule="an http(s):// address, or embedded"),
        "The endpoint; `embedded` is the model inside the shell, `embedded:FILE.gguf` one of your own.",
        field=False,
    ),
    Parameter(
        "api_key_env",
        Text(pattern=r"[A-Za-z_][A-Za-z0-9_]*", rule="the name of an environment variable, not a key"),
        "The environment variable that holds this endpoint's key.",
        field=False,
    ),
)

ALL = PARAMETERS + SETTINGS
BY_NAME = {parameter.name: parameter for parameter in ALL}
NAMES = tuple(BY_NAME)
_BY_ALIAS = {alias: parameter for parameter in ALL for alias in parameter.aliases}


def find(name: str, more: tuple[Parameter, ...] = ()) -> Parameter:
    """The parameter of that name, alias or unique beginning, here or among `more`.

    Raises UnknownName with the nearest, or BadInput where several begin so.
    """
    known = {parameter.name: parameter for parameter in (*ALL, *more)}
    wanted = name.lower().replace("-", "_")
    exact = known.get(wanted) or _BY_ALIAS.get(wanted)
    if exact:
        return exact
    begun = [known[each] for each in known if wanted and each.startswith(wanted)]
    if len(begun) == 1:
        return begun[0]
    if begun:
        raise BadInput(f"{name} could be {', '.join(parameter.name for parameter in begun)}")
    raise UnknownName("parameter", name, [*known, *_BY_ALIAS])
