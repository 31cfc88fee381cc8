"""What an evaluation is made of, whatever file it came from: columns, cases, and what is expected of them.

A column is a prompt with its parameters; a case is a set of variables with its assertions; a cell is one
answer, of a column to a case. Pure values: reading files, asking and judging happen elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass


@dataclass(frozen=True)
class Assertion:
    """What is expected of an answer. `type` is promptfoo's name for it, without `not-`, which is `negated`;
    graders of OpenAI's evals are read into the same: their `value` is the grader, whole, as its file has it.
    `value` is what it is held against, templates filled only when a case is at hand. `threshold` is the
    least score that passes, None for the type's own.

    `weight` is its share in the case's score (0 takes it out of the verdict), `metric` a name under which
    scores are gathered. `inner` are the assertions of an assert-set. `config` has what else the file said
    (a judge's provider, rubric and prompt). `place` is where it stands, for messages: `tests[3].assert[0]`.
    """

    type: str
    value: Any = None
    threshold: float | None = None
    weight: float = 1.0
    metric: str = ""
    negated: bool = False
    transform: str = ""
    inner: tuple[Assertion, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict, hash=False)
    place: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """Give the type as files write it."""
        return f"not-{self.type}" if self.negated else self.type


@dataclass(frozen=True)
class Case:
    """One row: values of the prompt's variables, and what is expected. `threshold` is the least mean score
    with which the case passes; None wants each assertion to pass. Cases of one `group` belong together:
    intervals count the groups. `prefix` and `suffix` stand around the prompt, `transform` comes before all
    assertions. `place` is where it stands in its file."""

    variables: Mapping[str, Any] = field(default_factory=dict, hash=False)
    assertions: tuple[Assertion, ...] = ()
    description: str = ""
    threshold: float | None = None
    group: str = ""
    prefix: str = ""
    suffix: str = ""
    transform: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False)
    place: str = field(default="", compare=False)


@dataclass(frozen=True)
class Column:
    """What is compared: messages with variables, in the API's form, and the parameters they go out with.
    `template` says by which rules variables are filled: "jinja", "plain" for {{name}} alone, "last" for that
    in the last message, since the others are no template, or "chat" for
    one text of jinja out of which the messages come, as JSON or YAML. A message that has `item_reference`
    alone stands for the messages, or the text, that the case has there. `profile` names the person's
    profile, and `base_url` an address of the file's own, which is asked for first. Without a profile and
    a model, what is in force is asked."""

    label: str
    messages: tuple[Mapping[str, Any], ...] = field(hash=False)
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    profile: str = ""
    base_url: str = ""
    template: str = "jinja"


@dataclass(frozen=True)
class NotUnderstood:
    """What a file says and nothing here does: `place` in the file, and a sentence on what it means for the
    run. What stands here is counted as "not checked"."""

    place: str
    why: str


@dataclass(frozen=True)
class Suite:
    """A whole evaluation. `repeat` is how many answers each cell asks for. `extra` is what else its file
    said that is written again: the schema of OpenAI's items, say. A suite without columns has cases alone:
    the prompt in force is asked."""

    name: str
    columns: tuple[Column, ...]
    cases: tuple[Case, ...]
    repeat: int = 1
    not_understood: tuple[NotUnderstood, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Answered:
    """An answer as assertions see it: its text, and what else was measured of it. `message` is the API's
    form of it, with tool calls; `seconds` from sending to the end; `cost` in dollars, None where it is not
    known; `logprobs` of its tokens, empty where none were asked for. `parameters` are what the request said
    beside its messages: the tools that were offered are held against those that are called."""

    text: str
    message: Mapping[str, Any] = field(default_factory=dict, hash=False)
    prompt: str = ""
    finish_reason: str = ""
    refusal: str = ""
    seconds: float | None = None
    cost: float | None = None
    logprobs: tuple[float, ...] = ()
    usage: Mapping[str, Any] = field(default_factory=dict, hash=False)
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Verdict:
    """What an assertion says of an answer. `passed` is None where it was not checked, which is never counted
    as passed; `why` says so in a sentence, or what fell short. `score` goes from 0 to 1 where the type has
    one, else it is 1 or 0."""

    assertion: Assertion
    passed: bool | None
    score: float | None
    why: str = ""
    inner: tuple[Verdict, ...] = ()
