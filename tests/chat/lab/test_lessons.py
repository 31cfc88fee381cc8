"""The lessons: what is said of answers is measured on them, and is not said where they do not show it."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base import escapes
from chat.conversation.events import TokenLogprob
from chat.conversation.turn import Choice, Turn, Usage
from chat.lab import lesson_steps as steps
from chat.lab import lessons
from chat.lab.lesson import Bench, Lesson

from ...support.turns import a_turn


def answer(text: str, finish: str = "stop", tokens: tuple[TokenLogprob, ...] = (), **more: Any) -> Turn:
    return a_turn(choices=(Choice(0, text, finish_reason=finish, logprobs=tokens),), **more)


def seen(judge: Any, *turns: Turn, before: tuple[Turn, ...] = ()) -> Any:
    made = [list(before)] if before else []
    return judge(Bench(steps=[*made, list(turns)]))


def test_temperature_is_seen_where_cold_agrees_and_hot_parts() -> None:
    """The same twice and two others show it; it is said after how many words they part."""
    judge = steps.two_and_two("at 0", "at 1.5")
    found = seen(judge, *map(answer, ("a b", "a b", "a b c", "a x c")))
    assert found.shown
    assert found.text == "the two at 0 are the same, word for word; the two at 1.5 part after 1 words"


@pytest.mark.parametrize(
    "texts", [("a", "b", "c", "d"), ("a", "a", "c", "c"), ("a", "a", "", "d"), ("a", "a")]
)
def test_temperature_is_not_seen_elsewhere(texts: tuple[str, ...]) -> None:
    """A server that varies at 0, one that never varies, and answers that did not come: not as expected."""
    assert not seen(steps.two_and_two("at 0", "at 1.5"), *map(answer, texts)).shown


def test_a_ban_is_seen_where_the_token_is_gone() -> None:
    """The answer begins with another token; with the same one the bias was ignored."""
    the, sky = (TokenLogprob(token, -0.1) for token in ("The", "Sky"))
    before = answer("The sky", tokens=(TokenLogprob("\n", -1.0), the))
    assert seen(steps.banned, answer("Sky is blue", tokens=(sky,)), before=(before,)).shown
    assert not seen(steps.banned, answer("The sky", tokens=(the,)), before=(before,)).shown
    assert steps.ban(Bench(steps=[[before]]))[0] == '/bias "The" -100'
    assert steps.ban(Bench(steps=[[answer("no probabilities")]])) == ()


def test_only_yes() -> None:
    """Every word has to be yes."""
    assert seen(steps.only_yes, answer("yes yes, yes")).shown
    assert not seen(steps.only_yes, answer("yes no")).shown
    assert not seen(steps.only_yes, answer("")).shown


@given(st.text(max_size=80))
def test_a_stop_text_can_be_found_or_not(text: str) -> None:
    """It stands in the answer, not at its beginning, and the line that sets it can be read again."""
    word = steps.middle_word(answer(text))
    lines = steps.stop(Bench(steps=[[answer(text)]]))
    assert bool(word) == bool(lines)
    if word:
        assert text.index(word) > len(text) // 4
        assert escapes.split(lines[0])[1].text == word


def test_a_stop_is_seen_where_the_word_is_gone() -> None:
    """The answer ends before the word."""
    before = answer("one two three four five six")
    word = steps.middle_word(before)
    assert word == "four"
    assert seen(steps.stopped, answer("one two three"), before=(before,)).shown
    assert not seen(steps.stopped, answer("one two three four five"), before=(before,)).shown


SAME, OTHER = "la " * 12, "a b c d e f g h i j k l"


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        ((SAME, OTHER, OTHER), True),
        ((SAME, OTHER, SAME), False),  # one of the two changes nothing
        ((OTHER, OTHER, OTHER), False),  # nothing was repeated, so nothing could be seen
        ((OTHER, SAME, SAME), False),
        ((SAME * 3, SAME, SAME), False),  # a longer answer repeats more: that is not the penalty's doing
        (("no more of it", OTHER, OTHER), False),  # too short to say
        ((SAME, "", OTHER), False),
    ],
)
def test_penalties_are_seen_in_words_said_again(texts: tuple[str, ...], shown: bool) -> None:
    """Fewer words are said again with either of them, among as many of each answer."""
    assert seen(steps.penalised, *map(answer, texts)).shown == shown


def test_words_said_again_are_counted() -> None:
    """Whatever their case, of the first so many."""
    assert steps.repeated("La la LA di la", 4) == 2


def test_n_is_seen_in_the_number_of_choices() -> None:
    """Three choices; one means that the server ignores n."""
    three = a_turn(choices=tuple(Choice(i, f"t{i}") for i in range(3)), usage=Usage(9, 30))
    assert seen(steps.several, three).shown
    found = seen(steps.several, answer("one"))
    assert not found.shown
    assert "ignored" in found.text


def test_a_limit_is_seen_in_the_finish_reason() -> None:
    """length is the limit's; with more room the answer begins the same."""
    short = answer("The dra", "length", usage=Usage(9, 5))
    assert seen(steps.cut, short).shown
    assert not seen(steps.cut, answer("The end.", "stop")).shown
    assert seen(steps.ended, answer("The dragon is", usage=Usage(9, 50)), before=(short,)).shown
    assert not seen(steps.ended, answer("A dragon"), before=(short,)).shown


def test_a_seed_is_seen_where_it_repeats_and_another_does_not() -> None:
    """A changed fingerprint is told."""
    assert seen(steps.seeded, *map(answer, ("a b", "a b", "a c"))).shown
    assert not seen(steps.seeded, *map(answer, ("a", "a", "a"))).shown
    assert not seen(steps.seeded, *map(answer, ("a", "b", "c"))).shown
    turns = [answer(text, fingerprint=text) for text in ("a", "a", "c")]
    assert "fingerprint changed" in seen(steps.seeded, *turns).text


def test_streaming_is_seen_in_pieces() -> None:
    """Many pieces streamed, one piece whole; the whole keeps one waiting longer."""
    streamed = answer("abc", arrivals=(0.1, 0.2, 0.3), first_token=0.1, duration=0.3)
    whole = answer("abc", arrivals=(0.3,), duration=0.3)
    found = seen(steps.in_pieces, streamed)
    assert found.shown and "one every 100 ms on average" in found.text
    assert not seen(steps.in_pieces, whole).shown
    assert seen(steps.at_once, whole, before=(streamed,)).shown
    assert not seen(steps.at_once, streamed, before=(streamed,)).shown


def test_odds_are_seen_where_they_move() -> None:
    """The likeliest gains when it is cold and loses when it is hot; without probabilities nothing is said."""
    top = tuple((token, math.log(p)) for token, p in (("a", 0.5), ("b", 0.3), ("c", 0.2)))
    turn = answer("a", tokens=(TokenLogprob("a", math.log(0.5), top),))
    found = seen(steps.odds("temperature", 0.2, 1.5), turn)
    assert found.shown and "a has 50%" in found.text
    assert seen(steps.odds("top_p", 0.3, 0.9), turn).shown
    assert "no probabilities" in seen(steps.odds("temperature", 0.2, 1.5), answer("a")).text


def test_odds_are_told_where_nearly_all_of_them_are_known() -> None:
    """A place whose listed tokens hold a third of the probability says little of a cut at 0.9."""
    flat = tuple((token, math.log(0.03)) for token in "abcdefghij")
    sure = tuple((token, math.log(p)) for token, p in (("x", 0.7), ("y", 0.25), ("z", 0.04)))
    tokens = (TokenLogprob("a", math.log(0.03), flat), TokenLogprob("x", math.log(0.7), sure))
    assert "2 of the 3 tokens that were listed stay with top_p 0.9, and 1 with 0.3" in (
        seen(steps.odds("top_p", 0.3, 0.9), answer("ax", tokens=tokens)).text
    )
    assert "of the 10 tokens" in seen(steps.odds("top_p", 0.3, 0.9), answer("a", tokens=tokens[:1])).text


JUDGES = [step.judge for lesson in lessons.LESSONS for step in lesson.steps]


@given(
    st.lists(
        st.lists(st.builds(answer, st.text(max_size=20), st.sampled_from(("stop", "length"))), max_size=4),
        max_size=3,
    )
)
def test_judges_are_total(made: list[list[Turn]]) -> None:
    """Whatever came, and whatever did not, a lesson says something of it."""
    for judge in JUDGES:
        assert judge(Bench(steps=[list(turns) for turns in made])).text


@pytest.mark.parametrize("lesson", lessons.LESSONS, ids=lambda lesson: lesson.name)
def test_lessons_are_found_by_their_names(lesson: Lesson) -> None:
    """By each name and by a unique beginning; their first step's lines are known before anything is sent."""
    assert all(lessons.find(name) is lesson for name in lesson.names)
    assert lesson.steps[0].lines(Bench())
    assert lesson.requests >= len(lesson.steps)


def test_what_is_no_lesson_is_not_found() -> None:
    """Neither a stranger's name nor a beginning that several have."""
    assert lessons.find("nonsense") is None
    assert lessons.find("s") is None, "seed, stop and stream"
    assert lessons.find("") is None
