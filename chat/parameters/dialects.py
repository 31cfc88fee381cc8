"""The table of dialects: parameters of servers that are not OpenAI's, declared as OpenAI's are.

One row is one name on the wire; `servers` says who takes it, with what default. The same thing under
another name is another row, and `same_as` joins the two: what is set is what is sent. Ranges are as wide
as the widest server's. Where each server's facts were read, and when, stands in `server_kinds`; the script
tests/servers/dialects holds the names against the packages of those that have one.

llama.cpp's defaults, ranges and effects were seen on its server (/props, refusals, __verbose).
"""

from __future__ import annotations

from typing import Any

from .declaration import Parameter, Taker
from .grammars import Grammar
from .kinds import Flag, Kind, Number, OneOf, Text, Texts
from .server_kinds import AZURE, GROQ, LLAMA_CPP, LM_STUDIO, MISTRAL, OPENROUTER, SGLANG, TGI, VLLM
from .structured import Json, SomeOf

#: llama.cpp's samplers as `samplers` names them, in the order in which it runs them by default; the last
#: two are not among those.
SAMPLERS = (
    "penalties",
    "dry",
    "top_n_sigma",
    "top_k",
    "typ_p",
    "top_p",
    "min_p",
    "xtc",
    "temperature",
    "infill",
    "adaptive_p",
)

_MIROSTAT_CUTS = ("top_k", "top_p", "min_p", "typical_p")
_MODEL = "the model's own generation_config may set it"


def _llama(name: str, kind: Kind, summary: str, default: str = "", note: str = "", **more: Any) -> Parameter:
    """Declare a parameter that llama.cpp's server alone has."""
    return Parameter(name, kind, summary, servers=(Taker(LLAMA_CPP, default, note),), **more)


def _of(name: str, kind: Kind, summary: str, *servers: str | Taker, **more: Any) -> Parameter:
    """Declare a parameter, and who takes it."""
    takers = tuple(each if isinstance(each, Taker) else Taker(each) for each in servers)
    return Parameter(name, kind, summary, servers=takers, **more)


DIALECTS: tuple[Parameter, ...] = (
    # ---- which tokens may come
    _of(
        "top_k",
        Number(-1, whole=True, stops=(0, 1, 10, 20, 40, 100)),
        "Only this many of the likeliest tokens may come.",
        Taker(LLAMA_CPP, "40", "0 and less is all of them"),
        Taker(VLLM, "0", f"0 and -1 are all of them; {_MODEL}"),
        Taker(SGLANG, "-1", f"-1 is all of them; {_MODEL}"),
        Taker(OPENROUTER, "0", "0 is all of them; not every model behind it takes it"),
        LM_STUDIO,
        MISTRAL,
        notes=("1 is the likeliest token each time, whatever the temperature.",),
    ),
    _of(
        "min_p",
        Number(0, 1, stops=(0, 0.02, 0.05, 0.1, 0.3)),
        "Only tokens that are at least this likely may come, as a share of the likeliest one.",
        Taker(LLAMA_CPP, "0.05"),
        Taker(VLLM, "0", _MODEL),
        Taker(SGLANG, "0", _MODEL),
        Taker(OPENROUTER, "0", "not every model behind it takes it"),
        notes=(
            "Where the model is sure, it cuts much; where it is not, little.",
            "llama.cpp runs it before the temperature, so that a high one does not bring back what it cut.",
        ),
    ),
    _of(
        "top_a",
        Number(0, 1, stops=(0, 0.1, 0.2)),
        "Only tokens whose probability is at least this times the square of the likeliest one's.",
        Taker(OPENROUTER, "0", "not every model behind it takes it"),
    ),
    _llama(
        "typical_p",
        Number(0, 1, stops=(0.2, 0.5, 0.9, 1)),
        "Only the tokens whose surprise is nearest to the expected one, up to this share of probability.",
        "1.0",
        "the sampler's own name is typ_p",
        notes=("1 turns it off.",),
    ),
    _llama(
        "top_n_sigma",
        Number(-1, stops=(-1, 0.5, 1, 2)),
        "Only tokens whose logit is within this many standard deviations of the best one.",
        "-1.0",
        notes=("Below 0 it is off. It does not depend on the temperature.",),
    ),
    _llama(
        "min_keep",
        Number(0, whole=True, stops=(0, 1, 5)),
        "How many tokens the samplers leave at least.",
        "0",
    ),
    _llama(
        "xtc_probability",
        Number(0, 1, stops=(0, 0.3, 0.5, 1)),
        "How often the likeliest tokens are left out, so that rarer ones come (XTC).",
        "0.0",
        notes=("All tokens above xtc_threshold go but the least likely of them.",),
    ),
    _llama(
        "xtc_threshold",
        Number(0, 1, stops=(0.05, 0.1, 0.2)),
        "How likely a token must be for XTC to leave it out; above 0.5 turns XTC off.",
        "0.1",
        needs="xtc_probability",
    ),
    # ---- repetition
    _of(
        "repeat_penalty",
        Number(0, stops=(1, 1.05, 1.1, 1.3)),
        "Above 1, tokens that came lately become less likely; 1 is off.",
        Taker(LLAMA_CPP, "1.0", "it must be above 0"),
        LM_STUDIO,
        same_as=("repetition_penalty",),
        notes=("It looks at the prompt, too. Above about 1.3 language falls apart.",),
    ),
    _of(
        "repetition_penalty",
        Number(0, stops=(1, 1.05, 1.1, 1.3)),
        "Above 1, tokens that stand in the prompt or the answer become less likely; 1 is off.",
        Taker(VLLM, "1.0", _MODEL),
        Taker(SGLANG, "1.0", _MODEL),
        TGI,
        Taker(OPENROUTER, "1.0", "from 0 to 2; not every model behind it takes it"),
        MISTRAL,
        same_as=("repeat_penalty",),
    ),
    _llama(
        "repeat_last_n",
        Number(0, whole=True, stops=(0, 64, 256)),
        "How many of the last tokens the penalties look at; 0 turns them off.",
        "64",
        notes=("presence_penalty and frequency_penalty look as far.",),
    ),
    _llama(
        "dry_multiplier",
        Number(0, stops=(0, 0.8, 2)),
        "How strongly repeated sequences are penalised (DRY); 0 is off.",
        "0.0",
    ),
    _llama(
        "dry_base",
        Number(1, stops=(1.75, 2, 4)),
        "How fast DRY's penalty grows with the length of the repeated sequence.",
        "1.75",
        needs="dry_multiplier",
    ),
    _llama(
        "dry_allowed_length",
        Number(0, whole=True, stops=(1, 2, 4)),
        "How long a repeated sequence may be before DRY penalises it, in tokens.",
        "2",
        needs="dry_multiplier",
    ),
    _llama(
        "dry_penalty_last_n",
        Number(0, whole=True, stops=(0, 64, 512)),
        "How many of the last tokens DRY looks at; 0 turns it off.",
        "64",
        needs="dry_multiplier",
    ),
    _llama(
        "dry_sequence_breakers",
        Texts(64),
        "Texts that end a sequence for DRY: what stands before them does not count as repeated.",
        r'"\n" ":" "\"" "*"',
        needs="dry_multiplier",
    ),
    # ---- other ways to choose
    _llama(
        "mirostat",
        Number(0, 2, whole=True, stops=(0, 1, 2)),
        "Keeps the surprise of the text near mirostat_tau: 1 or 2 is the version, 0 is off.",
        "0",
        clashes=_MIROSTAT_CUTS,
        clash="mirostat takes the place of the samplers that cut",
    ),
    _llama(
        "mirostat_tau",
        Number(0, stops=(3, 5, 8)),
        "The surprise that mirostat aims at: low is focused, high is varied.",
        "5.0",
        needs="mirostat",
    ),
    _llama(
        "mirostat_eta",
        Number(0, stops=(0.05, 0.1, 0.5)),
        "How fast mirostat corrects itself.",
        "0.1",
        needs="mirostat",
    ),
    _llama(
        "dynatemp_range",
        Number(0, stops=(0, 0.3, 0.5)),
        "The temperature moves by this much either way: up where the model is unsure, down where it is sure.",
        "0.0",
    ),
    _llama(
        "dynatemp_exponent",
        Number(0, stops=(0.5, 1, 2)),
        "How the model's uncertainty becomes a temperature within dynatemp_range.",
        "1.0",
        needs="dynatemp_range",
    ),
    _llama(
        "samplers",
        SomeOf(SAMPLERS),
        "Which samplers run, and in which order; those that are not named do nothing.",
        " ".join(SAMPLERS[:9]),
        notes=("Without temperature in it the temperature does nothing, and so on.",),
    ),
    _of(
        "length_penalty",
        Number(stops=(0.8, 1, 1.2)),
        "With use_beam_search: above 1 longer answers are preferred, below 1 shorter ones.",
        Taker(VLLM, "1.0"),
        needs="use_beam_search",
    ),
    _of(
        "use_beam_search",
        Flag(),
        "Whether the likeliest answer as a whole is searched for, in place of sampling.",
        Taker(VLLM, "false"),
    ),
    # ---- the form of the answer
    _llama(
        "grammar",
        Grammar(),
        "A grammar in GBNF that the answer must follow; /grammar sets it.",
        clashes=("json_schema", "response_format", "tools"),
        clash="the server takes one form of the answer",
    ),
    _llama(
        "json_schema",
        Json(example='{"type": "object"}'),
        "A JSON Schema that the answer must follow, as it stands; /grammar sets it.",
        note="response_format has it in OpenAI's way",
        clashes=("grammar", "response_format"),
        clash="the server takes one form of the answer",
    ),
    _of(
        "structured_outputs",
        Json(example='{"choice": ["yes", "no"]}'),
        "What the answer must follow: one of json, regex, choice, grammar (EBNF), structural_tag.",
        VLLM,
    ),
    _of("regex", Text(), "A regular expression that the answer must follow.", SGLANG),
    _of("ebnf", Text(), "A grammar in EBNF that the answer must follow.", SGLANG, same_as=("grammar",)),
    # ---- where it ends
    _of(
        "ignore_eos",
        Flag(),
        "Whether the answer goes on after the token that ends it.",
        Taker(LLAMA_CPP, "false"),
        Taker(VLLM, "false"),
        Taker(SGLANG, "false"),
        notes=("Set a limit with it: max_tokens.",),
    ),
    _of(
        "min_tokens",
        Number(0, whole=True, stops=(0, 16, 64)),
        "How many tokens the answer has at least.",
        Taker(VLLM, "0"),
        Taker(SGLANG, "0"),
        MISTRAL,
    ),
    _of(
        "stop_token_ids",
        Json("list", example="[2]"),
        "Ids of tokens at which the answer ends.",
        VLLM,
        SGLANG,
    ),
    _of(
        "include_stop_str_in_output",
        Flag(),
        "Whether the text at which the answer ends is part of it.",
        Taker(VLLM, "false"),
        needs="stop",
        same_as=("no_stop_trim",),
    ),
    _of(
        "no_stop_trim",
        Flag(),
        "Whether the text at which the answer ends is part of it.",
        Taker(SGLANG, "false"),
        needs="stop",
        same_as=("include_stop_str_in_output",),
    ),
    _of("stop_regex", Text(), "A regular expression at which the answer ends.", SGLANG),
    _of("bad_words", Texts(64), "Words that the answer must not have.", VLLM),
    _of("allowed_token_ids", Json("list", example="[1, 2]"), "Ids of the only tokens that may come.", VLLM),
    _llama(
        "t_max_predict_ms",
        Number(-1, whole=True, stops=(-1, 1000, 10_000)),
        "Milliseconds after which the answer ends, at the next line.",
        "-1",
    ),
    # ---- what comes with it
    _llama(
        "n_probs",
        Number(0, whole=True, stops=(0, 5, 50)),
        "How many of the likeliest tokens come with each position; top_logprobs without its limit of 20.",
        "0",
        same_as=("top_logprobs",),
    ),
    _llama(
        "post_sampling_probs",
        Flag(),
        "Whether the probabilities that come are those after the samplers, not the raw model's.",
        "false",
        needs="n_probs",
    ),
    _of(
        "prompt_logprobs",
        Number(0, whole=True, stops=(0, 5)),
        "How many of the likeliest tokens come with each position of the prompt.",
        VLLM,
    ),
    _of(
        "return_token_ids",
        Flag(),
        "Whether the ids of the tokens come with the answer.",
        Taker(VLLM, "false"),
        Taker(SGLANG, "false"),
        same_as=("return_tokens",),
    ),
    _llama(
        "return_tokens",
        Flag(),
        "Whether the ids of the tokens come with the answer.",
        "false",
        same_as=("return_token_ids",),
    ),
    _llama("timings_per_token", Flag(), "Whether each piece of the answer says how fast it was.", "false"),
    _of(
        "skip_special_tokens",
        Flag(),
        "Whether special tokens are left out of the text.",
        Taker(VLLM, "true"),
        Taker(SGLANG, "true"),
    ),
    # ---- reasoning and the template
    _of(
        "reasoning_format",
        OneOf(("none", "auto", "deepseek", "deepseek-legacy", "hidden", "raw", "parsed")),
        "Where reasoning goes: left in the text, or in a field of its own, or nowhere.",
        Taker(LLAMA_CPP, "deepseek", "none, auto, deepseek or deepseek-legacy"),
        Taker(GROQ, "raw", "hidden, raw or parsed"),
    ),
    _of(
        "include_reasoning",
        Flag(),
        "Whether reasoning comes with the answer.",
        Taker(VLLM, "true"),
        GROQ,
        OPENROUTER,
        same_as=("separate_reasoning",),
    ),
    _of(
        "separate_reasoning",
        Flag(),
        "Whether reasoning comes in a field of its own.",
        Taker(SGLANG, "true"),
        same_as=("include_reasoning",),
    ),
    _of("stream_reasoning", Flag(), "Whether reasoning is streamed as it is made.", Taker(SGLANG, "true")),
    _of(
        "thinking_token_budget",
        Number(0, whole=True, stops=(0, 256, 1024)),
        "How many tokens of reasoning there may be at most.",
        VLLM,
    ),
    _of(
        "chat_template_kwargs",
        Json(example='{"enable_thinking": false}'),
        "Values for the model's chat template, such as enable_thinking.",
        LLAMA_CPP,
        VLLM,
        SGLANG,
    ),
    _of("chat_template", Text(), "A chat template, in Jinja, in place of the model's own.", VLLM),
    _of(
        "prompt_mode",
        OneOf(("reasoning",)),
        "Whether Mistral puts its own system message for reasoning before the conversation.",
        MISTRAL,
    ),
    _of(
        "safe_prompt",
        Flag(),
        "Whether a message about safety is put before the conversation.",
        Taker(MISTRAL, "false"),
    ),
    _of(
        "random_seed",
        Number(0, whole=True, stops=(1, 42)),
        "Asks for the same sampling each time.",
        MISTRAL,
        same_as=("seed",),
    ),
    # ---- the server's work
    _llama(
        "cache_prompt",
        Flag(),
        "Whether what the server read for the last request is used again.",
        "true",
        notes=("With it the same seed may give another answer.",),
    ),
    _llama(
        "id_slot",
        Number(-1, whole=True, stops=(-1, 0)),
        "Which of the server's slots answers; -1 is any that is free.",
        "-1",
    ),
    _llama(
        "n_keep",
        Number(-1, whole=True, stops=(0, -1)),
        "How many tokens of the prompt's beginning stay where the context is full; -1 is all.",
        "0",
    ),
    _of(
        "truncate_prompt_tokens",
        Number(-1, whole=True, stops=(-1, 2048)),
        "How many of the prompt's last tokens are read.",
        VLLM,
    ),
    _of(
        "priority",
        Number(whole=True, stops=(0, 1)),
        "When the request is worked on, where the server goes by that.",
        Taker(VLLM, "0", "lower is earlier"),
        SGLANG,
    ),
    _of("cache_salt", Text(), "Keeps the cached prompt apart from that of others.", VLLM, SGLANG),
    _llama("lora", Json("list", example='[{"id": 0, "scale": 1}]'), "Which LoRA adapters are at work."),
    _of("lora_path", Text(), "Which LoRA adapter is at work.", SGLANG),
    # ---- routing, search
    _of(
        "provider",
        Json(example='{"order": ["Together"]}'),
        "Which providers OpenRouter may ask, and in which order.",
        OPENROUTER,
    ),
    _of("models", Json("list", example='["a/b", "c/d"]'), "Models to fall back on, in order.", OPENROUTER),
    _of(
        "transforms",
        Json("list", example='["middle-out"]'),
        "What is done to a prompt that is too long.",
        OPENROUTER,
    ),
    _of("plugins", Json("list", example='[{"id": "web"}]'), "OpenRouter's plugins at work.", OPENROUTER),
    _of("data_sources", Json("list", example="[]"), "Azure's own data to answer from.", AZURE),
    _of(
        "documents",
        Json("list", example='[{"text": "…"}]'),
        "Documents to answer from, where the template or model has a place for them.",
        VLLM,
        GROQ,
    ),
    _of("compound_custom", Json(example="{}"), "Models and tools of Groq's Compound.", GROQ),
    _of("search_settings", Json(example='{"country": "germany"}'), "How Groq's models search.", GROQ),
    _of("guardrails", Json("list", example="[]"), "Mistral's checks of what goes in and out.", MISTRAL),
)
