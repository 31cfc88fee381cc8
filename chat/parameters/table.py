"""THE table: every parameter of a request, and the few settings that are not request fields.

One declaration serves `/set`, YAML, completion, `/show`, `/help`, the request and the README.
The ranges, defaults and meanings are those of the docstrings of the SDK's
`openai.types.chat.completion_create_params` (3.54.0) and of the API reference they are made
from; a contract test holds the table against those types. Nothing here imports the SDK.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ..base.errors import BadInput, UnknownName
from .addresses import Address
from .declaration import Parameter
from .dialects import DIALECTS
from .kinds import Flag, Number, OneOf, Text, Texts, shown
from .messages import Messages
from .rate import Ceilings
from .server_kinds import SERVERS
from .structured import Anything, Headers, Json, Pairs, SomeOf
from .weights import Bias

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
        notes=(
            # llama.cpp's common/sampling.cpp: a temperature of 0 or less is greedy
            "0 takes the likeliest token each time, which makes top_p moot.",
            # Ollama's openai/openai.go sets 1 where it is missing
            "Ollama takes 1 where it is not sent, whatever the model's own default.",
        ),
    ),
    Parameter(
        "top_p",
        Number(0, 1, stops=(0.1, 0.5, 0.9, 1)),
        "Nucleus sampling: only the likeliest tokens that make up this share of the probability.",
        default="1.0",
        aliases=("topp",),
        clashes=("temperature",),
        notes=(
            # the SDK's docstring
            "0.1 means that only the tokens that make up the likeliest tenth are considered.",
            # Ollama's openai/openai.go sets 1 where it is missing
            "Ollama takes 1 where it is not sent.",
        ),
    ),
    Parameter(
        "max_completion_tokens",
        Number(-1, whole=True, stops=(64, 256, 1024, 4096)),
        "The most tokens an answer may have, reasoning included.",
        aliases=("mct",),
        notes=(
            # the SDK's docstring
            "It counts reasoning tokens too, which are paid for and not shown.",
            # llama.cpp's server README, n_predict; vLLM and OpenAI answer 400
            "OpenAI takes 1 or more; llama.cpp takes -1 for no limit, and 0 for no answer.",
        ),
    ),
    Parameter(
        "max_tokens",
        Number(-1, whole=True, stops=(64, 256, 1024, 4096)),
        "The most tokens an answer may have; what most compatible servers know.",
        aliases=("max",),
        replaced_by="max_completion_tokens",
        notes=(
            # the SDK's docstring
            "The o-series refuses it in favour of max_completion_tokens.",
            # llama.cpp's server README, n_predict; vLLM and OpenAI answer 400
            "OpenAI takes 1 or more; llama.cpp takes -1 for no limit, and 0 for no answer.",
        ),
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
        notes=(
            # the SDK's docstring
            "Between -1 and 1 it nudges; -100 bans a token, 100 makes it the only one.",
            # llama.cpp's server README, logit_bias
            "llama.cpp takes words for ids too.",
            # Ollama's docs/openai.md lists what it takes
            "Ollama ignores it.",
        ),
    ),
    Parameter(
        "stop",
        Texts(4),
        "Texts at which the answer ends; they are not part of it.",
        notes=(
            # the SDK's docstring
            "The reasoning models o3 and o4-mini do not take it.",
        ),
    ),
    Parameter(
        "n",
        Number(1, 128, whole=True, stops=(1, 2, 3, 4)),
        "How many choices are generated; the tokens of each are paid for.",
        default="1",
        aliases=("choices",),
        notes=(
            # llama.cpp answers 400 with the number of its slots
            "llama.cpp gives at most as many as it has parallel slots.",
            # Ollama's docs/openai.md lists what it takes
            "Ollama ignores it.",
        ),
    ),
    Parameter(
        "seed",
        Number(-_INT64, _INT64 - 1, whole=True, stops=(1, 42)),
        "Asks for the same sampling each time; best effort.",
        notes=(
            # openai-openapi 2.3.0; the SDK does not mark it
            "OpenAI's published schema marks it as deprecated; compatible servers go on taking it.",
            # the SDK's docstring
            "Determinism is not guaranteed: watch system_fingerprint for changes of the server.",
            # measured on llama.cpp, four requests each way
            "llama.cpp answers differently where requests are worked on at the same time, or where the"
            " prompt is taken from its cache (extra.cache_prompt false).",
            # measured on llama.cpp: __verbose.generation_settings.seed by choice
            "llama.cpp gives each choice of n a seed of its own, one more than the last.",
        ),
    ),
    Parameter(
        "reasoning_effort",
        OneOf(("none", "minimal", "low", "medium", "high", "xhigh", "max")),
        "How much a reasoning model thinks first; each model takes only some of the values.",
        aliases=("effort",),
        notes=(
            # the SDK's docstring
            "Not every reasoning model takes every value.",
            # openai-openapi 2.3.0; the SDK names none
            "The published schema's default is medium; what a model really takes unset differs.",
        ),
    ),
    Parameter(
        "verbosity", OneOf(("low", "medium", "high")), "How long-winded the answer is.", default="medium"
    ),
    Parameter(
        "service_tier",
        OneOf(("auto", "default", "flex", "scale", "priority", "fast")),
        "The kind of processing, and its price.",
        default="auto",
        aliases=("tier",),
        notes=(
            # the SDK's docstring
            "The answer says which tier served it, which may be another.",
        ),
    ),
    Parameter(
        "logprobs",
        Flag(),
        "Whether the log probability of each token of the answer comes with it.",
        default="false",
        notes=(
            # llama.cpp's server README, post_sampling_probs
            "llama.cpp gives the raw model's, before temperature and bias.",
            # llama.cpp answers 400
            "llama.cpp refuses it with tools in a stream.",
        ),
    ),
    Parameter(
        "top_logprobs",
        Number(0, 20, whole=True, stops=(0, 5, 20)),
        "How many of the likeliest tokens come with each position; it needs logprobs.",
        needs="logprobs",
    ),
    Parameter(
        "response_format",
        Json(example='{"type": "json_object"}'),
        "The form of the answer: text, json_object, or a json_schema it must follow; /format sets it.",
        default='{"type": "text"}',
    ),
    Parameter(
        "tools",
        Json("list"),
        "The tools that the model may call.",
        notes=("/tools adds those of files, Python functions and MCP servers, and answers the calls.",),
    ),
    Parameter(
        "tool_choice",
        Json(words=("none", "auto", "required")),
        "Which tool is called: none, the model's choice, any one, or the one named.",
        needs="tools",
        notes=(
            # the SDK's docstring
            "none is the default without tools, auto with them.",
            # Ollama's docs/openai.md lists what it takes
            "Ollama ignores it.",
        ),
    ),
    Parameter(
        "parallel_tool_calls",
        Flag(),
        "Whether several tools may be called at once.",
        default="true",
        needs="tools",
    ),
    Parameter(
        "modalities",
        SomeOf(("text", "audio")),
        "What the model generates; audio needs the parameter audio.",
        default="text",
        notes=(
            # the SDK's docstring
            "Audio output needs audio to be set.",
        ),
    ),
    Parameter(
        "audio",
        Json(),
        "Voice and format of an answer in audio.",
        notes=(
            # the SDK's docstring
            'It is needed with modalities "audio".',
        ),
    ),
    Parameter(
        "prediction",
        Json(example='{"type": "content", "content": ""}'),
        "Text that the answer is expected to repeat in large parts, to speed it up.",
    ),
    Parameter(
        "web_search_options",
        Json(example="{}"),
        "Lets a search model look things up in the web.",
    ),
    Parameter("moderation", Json(), "Runs moderation on the request and on the answer."),
    Parameter(
        "store",
        Flag(),
        "Whether OpenAI keeps the answer, for distillation and evals.",
        default="false",
    ),
    Parameter(
        "metadata",
        Pairs(16, 64, 512),
        "Texts attached to what is stored.",
        notes=(
            # the SDK's docstring
            "Up to 16 pairs; names of at most 64 characters, texts of at most 512.",
        ),
    ),
    Parameter(
        "stream_options",
        Json(example='{"include_obfuscation": false}'),
        "Options of a streamed answer; the shell adds include_usage unless it is set here.",
        notes=(
            # the SDK's docstring
            "Only with stream.",
        ),
    ),
    Parameter(
        "prompt_cache_key",
        Text(rule="text", empty=True),
        "Groups similar requests, so that they find each other's cached prompt.",
    ),
    Parameter(
        "prompt_cache_options",
        Json(example='{"mode": "implicit"}'),
        "Where the prompt is cached and for how long; gpt-5.6 and later.",
        notes=(
            # the SDK's docstring
            "gpt-5.6 and later take it.",
        ),
    ),
    Parameter(
        "safety_identifier",
        Text(pattern=r"[\s\S]{0,128}", rule="text of at most 128 characters", empty=True),
        "A stable, hashed name of your end user, for the detection of abuse.",
        notes=(
            # the SDK's docstring, and openai-openapi 2.3.0
            "The SDK's documentation says 128 characters, the published schema 64: more may be refused.",
        ),
    ),
    Parameter(
        "prompt_cache_retention",
        OneOf(("in_memory", "24h")),
        "How long a cached prompt is kept at most.",
        replaced_by="prompt_cache_options",
    ),
    Parameter(
        "user",
        Text(rule="text that names your end user", empty=True),
        "A stable name of your end user, passed on as it is.",
        replaced_by="safety_identifier and prompt_cache_key",
    ),
    Parameter("functions", Json("list"), "The functions that the model may call.", replaced_by="tools"),
    Parameter(
        "function_call", Json(words=("none", "auto")), "Which function is called.", replaced_by="tool_choice"
    ),
)

#: Roles that a system message can be sent with.
SYSTEM_ROLES = ("system", "developer", "user", "joined")

SETTINGS: tuple[Parameter, ...] = (
    Parameter("system", Text(rule="text", empty=True), "The system message.", field=False),
    Parameter(
        "instruction_role",
        OneOf(SYSTEM_ROLES),
        "The role of the system message: as `user` it is the first message of the user, `joined` puts it at"
        " the beginning of that.",
        default=SYSTEM_ROLES[0],
        field=False,
        notes=("Gemma and o1-mini have no system role; some models want user and assistant to take turns.",),
    ),
    Parameter(
        "bias", Bias(), "Weights by word, made into logit_bias with the model's tokeniser.", field=False
    ),
    Parameter(
        "base_url",
        Address(),
        "The endpoint; `embedded` is the model inside the shell, `embedded:FILE.gguf` one of your own.",
        field=False,
    ),
    Parameter(
        "server",
        OneOf(tuple(SERVERS)),
        "What kind of server the endpoint is, where it does not say so itself: it decides which parameters of"
        " its own are known there.",
        field=False,
    ),
    Parameter(
        "api_key_env",
        Text(
            pattern=r"[A-Za-z_][A-Za-z0-9_]*",
            rule="the name of an environment variable, not a key",
            hidden=True,
        ),
        "The environment variable that holds this endpoint's key.",
        field=False,
    ),
    Parameter(
        "messages",
        Messages(),
        "Messages before the conversation in every request, after the system message: examples of what is"
        " asked and answered.",
        field=False,
    ),
    Parameter("headers", Headers(), "Headers that every request to the endpoint carries.", field=False),
    Parameter(
        "timeout",
        Number(0.1, 86_400, stops=(30, 120, 600)),
        "Seconds of silence after which an answer is given up, before it begins and between two pieces.",
        default="600",  # chat.endpoint.address.TIMEOUT
        field=False,
    ),
    Parameter(
        "rate",
        Ceilings(),
        "Ceilings for many requests, of an evaluation say: requests and tokens a time, and how many at once."
        " What the server allows is kept besides.",
        field=False,
    ),
    Parameter(
        "overflow",
        OneOf(("ask", "drop", "summarise", "send")),
        "What happens to a request that does not fit the model's window: you are asked, its oldest turns are"
        " left out, or summarised by the model, or it is sent as it is.",
        default="ask",
        field=False,
    ),
)

ALL = PARAMETERS + DIALECTS + SETTINGS
BY_NAME = {parameter.name: parameter for parameter in ALL}
NAMES = tuple(BY_NAME)
_BY_ALIAS = {alias: parameter for parameter in ALL for alias in parameter.aliases}


#: Fields that some server has, and that are declared nowhere here: `extra` is the place for them.
OTHERS = frozenset(
    "tfs_z no_repeat_ngram_size guided_json guided_regex guided_choice guided_grammar num_ctx num_predict"
    " n_predict num_keep num_gpu keep_alive think thinking enable_thinking add_generation_prompt"
    " continue_final_message max_new_tokens do_sample best_of route reasoning options".split()
)

#: What a field of the body is called here that the SDK does not know: `extra.min_p`.
EXTRA = "extra."
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


def extra(name: str) -> Parameter:
    """Give a field of another server that is declared nowhere. One that is a parameter of theirs by now is
    that parameter, so that what was written before it was declared means the same, and nothing is sent
    twice.

    Raises BadInput where the field is OpenAI's or a setting, or can't be one.
    """
    if name in BY_NAME and BY_NAME[name].servers:
        return BY_NAME[name]
    if name in BY_NAME:
        raise BadInput(f"{name} is no extra: /set {name} sets it")
    if not _FIELD.fullmatch(name):
        raise BadInput(f"{shown(name)} can't be the name of a field")
    return Parameter(EXTRA + name, Anything(), "A field of the request that is declared nowhere here.")


def own_name(name: str) -> str:
    """Give the name that a parameter has by now: `extra.top_k` is top_k since that is declared."""
    bare = name[len(EXTRA) :] if name.startswith(EXTRA) else ""
    return bare if bare in BY_NAME and BY_NAME[bare].servers else name


def exactly(name: str) -> Parameter | None:
    """Give the parameter of that name or alias, with - for _ as people write it."""
    wanted = name.lower().replace("-", "_")
    return BY_NAME.get(wanted) or _BY_ALIAS.get(wanted)


def unknown(what: str, name: str, known: Iterable[str], place: str) -> UnknownName:
    """Say that there is no such parameter, and that another server's goes in its `place`. A parameter that
    another server is known to have is not taken for a slip, however near its letters are."""
    if name.lower() in OTHERS:
        return UnknownName(what, name, (), hint=f"it is not declared here: it goes {place}")
    error = UnknownName(what, name, known)
    if error.nearest or not _FIELD.fullmatch(name):
        return error
    return UnknownName(what, name, (), hint=f"a field of another server goes {place}")


def named(name: str) -> Parameter:
    """Give the parameter whose whole name this is."""
    return BY_NAME[name] if name in BY_NAME else extra(name.removeprefix(EXTRA))


def find(
    name: str, more: tuple[Parameter, ...] = (), fits: Callable[[Parameter], bool] = lambda parameter: True
) -> Parameter:
    """Give the parameter of that name, alias or unique beginning, here or among `more`.

    Raises UnknownName with the nearest of those that `fits` says could be meant, or BadInput where
    several begin so.
    """
    if name.lower().startswith(EXTRA):
        return extra(name[len(EXTRA) :])
    known = {parameter.name: parameter for parameter in (*ALL, *more)}
    wanted = name.lower().replace("-", "_")
    exact = known.get(wanted) or _BY_ALIAS.get(wanted)
    if exact:
        return exact
    begun = [known[each] for each in known if wanted and each.startswith(wanted)]
    begun = [each for each in begun if not each.servers] or begun  # a beginning goes on meaning what it did
    if len(begun) == 1:
        return begun[0]
    if begun:
        raise BadInput(f"{name} could be {', '.join(parameter.name for parameter in begun)}")
    near = [each for each, parameter in {**known, **_BY_ALIAS}.items() if fits(parameter)]
    raise unknown("parameter", name, near, f"as {EXTRA}{shown(name)}")
