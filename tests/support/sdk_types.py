"""Values of the SDK's own types, generated: every alternative of every union, each field that may be there."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from openai.types.chat.completion_create_params import CompletionCreateParamsBase
from pydantic import BaseModel
from typing_extensions import NotRequired, Required, get_type_hints, is_typeddict

#: Text as JSON and UTF-8 can hold it.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | _NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


@cache
def of(kind: Any) -> st.SearchStrategy[Any]:
    """Make a strategy of a type of the SDK."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Required, NotRequired):
        return of(arguments[0])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of(*(of(each) for each in arguments))
    if is_typeddict(kind):
        return typed_dict(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return model(kind)
    if origin is Annotated:
        return of(arguments[0])
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(TEXT, of(arguments[1]), max_size=2)
    if origin is not None and issubclass(origin, Iterable):
        return st.lists(of(arguments[0]), max_size=2)
    simple: dict[Any, st.SearchStrategy[Any]] = {
        str: TEXT,
        int: st.integers(-(2**53), 2**53),
        float: _NUMBERS,
        bool: st.booleans(),
        object: JSON,
        Any: JSON,
        type(None): st.none(),
    }
    return simple[kind]


def typed_dict(kind: Any, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Make a strategy of a TypedDict; fields `given` have their own."""
    hints = get_type_hints(kind, include_extras=True)
    always, maybe = {}, {}
    for name, hint in hints.items():
        strategy = given[name] if name in given else st.deferred(lambda hint=hint: of(hint))
        (always if get_origin(hint) is Required else maybe)[name] = strategy
    return st.fixed_dictionaries(always, optional=maybe)


def model(kind: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Make a strategy of what a model of the SDK's is read from."""
    hints = {name: field.annotation for name, field in kind.model_fields.items()}
    fields = {name: st.deferred(lambda hint=hint: of(hint)) for name, hint in hints.items()}
    maybe = {name: fields.pop(name) for name, field in kind.model_fields.items() if not field.is_required()}
    return st.fixed_dictionaries(fields, optional=maybe)


def bodies() -> st.SearchStrategy[dict[str, Any]]:
    """Make a strategy of request bodies, each with a message at least."""
    hints = get_type_hints(CompletionCreateParamsBase, include_extras=True)
    (message,) = get_args(get_args(hints["messages"])[0])
    messages = st.lists(of(message), min_size=1, max_size=3)
    return typed_dict(CompletionCreateParamsBase, messages=messages).flatmap(
        lambda body: st.booleans().map(lambda stream: {**body, "stream": stream})
    )
