"""Suites, cases and verdicts of any kind, for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from chat.evaluation.suite import Assertion, Case, Column, NotUnderstood, Suite

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
mappings = st.dictionaries(texts, values, max_size=3)
types = st.sampled_from(["equals", "icontains", "llm-rubric", "select-best", "of a later version"])


def assertions(inner: st.SearchStrategy[tuple[Assertion, ...]] | None = None) -> st.SearchStrategy[Assertion]:
    return st.builds(
        Assertion,
        types,
        values,
        st.none() | numbers,
        numbers,
        texts,
        st.booleans(),
        texts,
        st.just(()) if inner is None else inner,
        mappings,
        texts,
    )


several = st.lists(assertions(), max_size=3).map(tuple)
expected = st.lists(assertions() | assertions(several), max_size=3).map(tuple)
cases = st.builds(
    Case, mappings, expected, texts, st.none() | numbers, texts, texts, texts, texts, mappings, texts
)
columns = st.builds(
    Column, texts, st.lists(mappings, max_size=2).map(tuple), mappings, texts, texts, st.just("jinja") | texts
)
suites = st.builds(
    Suite,
    texts,
    st.lists(columns, max_size=2).map(tuple),
    st.lists(cases, max_size=2).map(tuple),
    st.integers(1, 3),
    st.lists(st.builds(NotUnderstood, texts, texts), max_size=2).map(tuple),
    mappings,
)
