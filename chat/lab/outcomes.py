"""Judge the answers of a trial: an effect, none, or nothing that could be told from chance. Pure.

Each of these takes the answers with the parameter and those without it. Where they could be as they are
by chance, since the answer was cut, or for another reason than the parameter, the verdict is that
nobody can tell, and why.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from statistics import fmean

from ..base.short import shorten
from ..conversation.turn import Answer
from ..endpoint.memory import HONOURED, IGNORED, UNCLEAR, ProbeVerdict
from .trial import COLOURS, Question, Rule, Seen


def _unclear(why: str) -> ProbeVerdict:
    return ProbeVerdict(UNCLEAR, why)


def _texts(answers: Iterable[Answer]) -> list[str]:
    return [answer.at().text for answer in answers]


def _silent(answers: Iterable[Answer]) -> ProbeVerdict | None:
    """Tell that an answer has no text in which anything could be seen."""
    for answer in answers:
        choice = answer.at()
        if not choice.text.strip():
            cut = f" before the answer was cut ({_size(answer)})" if choice.finish_reason == "length" else ""
            return _unclear(f"an answer came without a text{cut}")
    return None


def _size(answer: Answer) -> str:
    """Give its size in tokens where the server counts them, and not fewer than could be."""
    words, count = len(answer.at().text.split()), _counted(answer)
    counted = count is not None and count * 2 >= words
    number, what = (count or 0, "token") if counted else (words, "word")
    return f"{number} {what}{'' if number == 1 else 's'}"


def _counted(answer: Answer) -> int | None:
    """Give the tokens of an answer as the server counts them, None where it does not."""
    return answer.usage.completion if answer.usage and not answer.usage.estimated else None


def shown(shows: Callable[[Answer], bool | None], what: str) -> Rule:
    """Judge an effect that an answer either has or lacks. None stands for an answer that can't show it."""
    return lambda seen: _shown(seen, shows, what)


def _shown(seen: Seen, shows: Callable[[Answer], bool | None], what: str) -> ProbeVerdict:
    tried, controls = [shows(each) for each in seen.tried], [shows(each) for each in seen.controls]
    if None in tried:
        return _silent(seen.tried) or _unclear(f"an answer was cut before {what} could come")
    if any(controls):
        return _unclear(
            f"{what} came without it, too ({sum(map(bool, controls))} of {len(controls)} answers)"
        )
    held = f"{sum(map(bool, tried))} of {len(tried)} answers with it, 0 of {len(controls)} without it"
    if len(set(tried)) > 1:
        return _unclear(f"{what} came in {held}")
    return ProbeVerdict(HONOURED if tried[0] else IGNORED, f"{what} came in {held}")


def limited(seen: Seen) -> ProbeVerdict:
    """Judge a limit of one token."""

    def short(answer: Answer) -> bool | None:
        words, count = len(answer.at().text.split()), _counted(answer)
        if not words and count != 1:
            return None
        return words <= 2 and (count == 1 or answer.at().finish_reason == "length")

    tried, controls = [short(each) for each in seen.tried], [short(each) for each in seen.controls]
    sizes = (" or ".join(dict.fromkeys(map(_size, group))) for group in (seen.tried, seen.controls))
    held = "1 token was asked for, {} came, {} without it".format(*sizes)
    if None in tried or None in controls:
        return _unclear(f"an answer came without a text; {held}")
    if any(controls):
        return _unclear(f"answers without it are as short; {held}")
    if all(tried):
        return ProbeVerdict(HONOURED, held)
    words, whole = ([len(text.split()) for text in _texts(group)] for group in (seen.tried, seen.controls))
    if any(tried) or min(words) < max(3, min(whole)):
        return _unclear(f"neither one token nor a whole answer; {held}")
    return ProbeVerdict(IGNORED, held)


def _word_to_stop_at(texts: Sequence[str]) -> str:
    """Find a word in the midst of every text. Return "" if there is none."""
    words = dict.fromkeys(word for word in texts[0].split() if word.isalpha() and len(word) > 2)

    def amid(word: str) -> bool:
        parts = [text.partition(word) for text in texts]
        return all(before.split() and found and len(after.split()) > 1 for before, found, after in parts)

    good = [word for word in words if amid(word)]
    return good[len(good) // 2] if good else ""


def stopped(seen: Seen) -> ProbeVerdict | Question:
    """Judge a stop text, which is a word of the answers without it."""
    controls = _texts(seen.controls)
    word = _word_to_stop_at(controls)
    if not word:
        return _silent(seen.controls) or _unclear("answers without it have no word in common to be cut at")
    if len(seen.tried) < 2:
        return seen.base.with_(len(seen.tried), stop=[word])
    if silent := _silent(seen.tried):
        return silent

    def ended(text: str) -> str:
        _, found, after = text.partition(word)
        if found:
            return "beyond" if after.strip(string.whitespace + string.punctuation) else "with"
        whole = [control.partition(word)[0].strip() for control in controls]
        return "before" if any(each.startswith(text.strip()) for each in whole) else ""

    how = {ended(text) for text in _texts(seen.tried)}
    without = f"the {len(controls)} without it go on"
    if how == {"beyond"}:
        return ProbeVerdict(IGNORED, f"2 of 2 answers go on beyond {word!r}, as {without}")
    if how == {"before"}:
        return ProbeVerdict(HONOURED, f"2 of 2 answers end before {word!r}, {without}")
    if how == {"with"}:
        return ProbeVerdict(HONOURED, f"2 of 2 answers end with {word!r}, which stays in them; {without}")
    return _unclear(f"with {word!r} as stop text the answers differ from those without it in another way")


def biased(seen: Seen) -> ProbeVerdict:
    """Judge a bias that leaves one word to say."""
    if silent := _silent(seen.all):
        return silent
    tried, controls = _texts(seen.tried), _texts(seen.controls)

    def yes(text: str) -> bool:
        words = text.split()
        return all(word == "yes" for word in words[:-1] or words)

    told = f"+100 on ' yes' gave {shorten(tried[0], 28)!r}"
    if any(map(yes, controls)):
        return _unclear("answers without it say nothing but yes, too")
    if all(map(yes, tried)):
        return ProbeVerdict(HONOURED, f"{told}, 2 of 2 times; {len(controls)} without it did not")
    if len({*tried, *controls}) == 1:
        return ProbeVerdict(IGNORED, f"{told}, 2 of 2 times, as without it")
    if not any("yes" in text for text in tried) and all(len(set(text.split())) > 3 for text in tried):
        return ProbeVerdict(IGNORED, f"{told}; neither of 2 answers has a yes in it")
    return _unclear(f"{told}: something else than it should, maybe another token of this model")


def several(seen: Seen) -> ProbeVerdict:
    """Judge two choices."""
    counts = [len(each.choices) for each in seen.tried]
    without = {len(each.choices) for each in seen.controls}
    told = f"2 choices were asked for, {' and '.join(map(str, counts))} came"
    if without == {1} and set(counts) <= {1, 2} and len(set(counts)) == 1:
        return ProbeVerdict(HONOURED if counts[0] == 2 else IGNORED, f"{told}; 1 without it")
    return _unclear(f"{told}; {' or '.join(map(str, sorted(without)))} without it")


# ---- what answers show that vary by themselves


def _alike(one: str, other: str) -> float:
    """Give how much of the shorter one both begin with, from 0 to 1."""
    shorter = min(len(one), len(other))
    same = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    return same / max(1, shorter)


def _pairs(texts: Sequence[str]) -> float:
    return fmean(_alike(one, other) for one, other in combinations(texts, 2))


def _apart(tried: Sequence[str], loose: Sequence[str]) -> bool:
    """Tell whether the tried ones are alike, and all others differ from them. With four of nine, chance
    does that in one of 126 runs at most."""
    within = _pairs(tried)
    return within > 0.75 and all(fmean(_alike(each, one) for one in tried) < within - 0.1 for each in loose)


def narrowing(of: str, same: str = UNCLEAR, alone: bool = False) -> Rule:
    """Judge a parameter that makes answers the same where others vary. `same` is the verdict if all are the
    same: for a parameter that should make them differ, that it is ignored. `alone`: the answers without the
    parameter may be of either kind."""

    def judge(seen: Seen) -> ProbeVerdict:
        if silent := _silent(seen.all):
            return silent
        tried, loose = _texts(seen.tried), _texts(seen.loose if alone else [*seen.controls, *seen.loose])
        told = f"{len(tried)} answers {of} are"
        others = f"{len(loose)} others"
        if len({each.strip() for each in _texts(seen.all)}) == 1:
            return ProbeVerdict(same, f"{told} the same, and so are {others}")
        if _apart(tried, loose):
            return ProbeVerdict(HONOURED, f"{told} alike, {others} are not")
        if tried[0] != tried[1] and _pairs(tried) < 0.5:
            return ProbeVerdict(
                IGNORED, f"{told} different, the same request twice included, as {others} are"
            )
        if _pairs(tried) < 0.5:
            return _unclear("the same request gives the same answer, any other another: a cache, or a script")
        return _unclear(f"{told} alike, but so are some of {others}")

    return judge


def penalised(seen: Seen) -> ProbeVerdict:
    """Judge a penalty on an answer that repeats itself."""
    if silent := _silent(seen.all):
        return silent
    tried, controls = _texts(seen.tried), _texts([*seen.controls, *seen.loose])

    told = f"at 2 {shorten(tried[0], 24)!r} instead of {shorten(controls[0], 24)!r}"
    counts = f"{len(tried)} of {len(tried)} times; {len(controls)} without it"
    if _pairs(controls) < 1:
        return _unclear("answers vary without it, too")
    same = {_alike(text, controls[0]) == 1 for text in tried}
    if same == {False}:
        return ProbeVerdict(HONOURED, f"{told}, {counts} are the same")
    if same != {True}:
        return _unclear("some answers with it are as those without it, some are not")
    words = tried[0].split()
    if max(map(words.count, words)) >= 8:
        return ProbeVerdict(IGNORED, f"at 2 the same {shorten(tried[0], 24)!r}, {counts}")
    return _unclear("the same answers with it and without it, which repeat too little to be penalised")


def changing(how: str) -> Rule:
    """Judge a parameter that makes another answer of one that is the same each time."""

    def judge(seen: Seen) -> ProbeVerdict:
        if silent := _silent([*seen.controls, *seen.loose]):
            return silent
        tried, controls = _texts(seen.tried), _texts([*seen.controls, *seen.loose])
        told = f"{how} {shorten(tried[0], 24)!r} instead of {shorten(controls[0], 24)!r}"
        if _pairs(controls) < 1:
            return _unclear("answers vary without it, too")
        same = {_alike(text, controls[0]) == 1 for text in tried}
        if same == {False}:
            counts = f"{len(tried)} of {len(tried)} times; {len(controls)} without it"
            return ProbeVerdict(HONOURED, f"{told}, {counts} are the same")
        if same == {True}:
            return _unclear(f"the same answers {how} and without it; it may be too weak to change them")
        return _unclear("some answers with it are as those without it, some are not")

    return judge


def present(seen: Seen) -> ProbeVerdict:
    """Judge as of the other penalty, but that being there once more may cost too little to be seen."""
    verdict = penalised(seen)
    if verdict.verdict == IGNORED:
        return _unclear("the same answers with it and without it; it may be too weak to change them")
    return verdict


# ---- what is in an answer, or not


def weighed(answer: Answer) -> bool | None:
    """Tell whether log probabilities came."""
    return bool(answer.at().logprobs) or (None if not answer.at().text else False)


def with_others(seen: Seen) -> ProbeVerdict:
    """Judge two and four alternatives to each token."""

    def count(answer: Answer) -> int:
        tokens = answer.at().logprobs
        return len(tokens[0].top) if tokens else 0

    counts, without = [count(each) for each in seen.tried], {count(each) for each in seen.controls}
    told = f"2 and 4 alternatives were asked for, {counts[0]} and {counts[1]} came"
    if counts == [2, 4]:
        return ProbeVerdict(HONOURED, f"{told}; {' or '.join(map(str, sorted(without)))} without it")
    if not any(each.at().logprobs for each in seen.all):
        return _silent(seen.all) or _unclear("no log probabilities came, which it goes with")
    if len({*counts, *without}) == 1:
        return ProbeVerdict(IGNORED, f"{told}, as without it")
    return _unclear(told)


def shaped(seen: Seen) -> ProbeVerdict:
    """Judge a schema that allows one answer."""

    def form(answer: Answer) -> str:
        text = answer.at().text
        try:
            read = json.loads(text)
        except ValueError:
            if answer.at().finish_reason == "length" and text.lstrip().startswith(("{", "`")):
                return "JSON that was cut"
            return "text" if "teal" not in text else "JSON in a text"
        return "the one answer" if read == {"color": "teal"} else "other JSON"

    if silent := _silent(seen.tried):
        return silent
    forms, without = {form(each) for each in seen.tried}, {form(each) for each in seen.controls}
    told = f"a schema that allows one answer gave {shorten(seen.tried[0].at().text, 28)!r}"
    if forms == {"the one answer"} and not forms & without:
        return ProbeVerdict(HONOURED, f"{told}, 2 of 2 times; {len(seen.controls)} without it did not")
    if forms == {"text"} and without <= forms:
        return ProbeVerdict(IGNORED, f"{told}, neither of 2 of that form")
    return _unclear(f"{' and '.join(sorted(forms))} came; {' and '.join(sorted(without))} without it")


def called(seen: Seen) -> ProbeVerdict:
    """Judge a tool that has to be called."""
    calls, without = ([len(each.at().tool_calls) for each in group] for group in (seen.tried, seen.controls))
    if any(without):
        return _unclear("calls come without any tool, too")
    if all(calls):
        return ProbeVerdict(
            HONOURED, "a call came in 2 of 2 answers, where one was required; without tools in none"
        )
    if any(calls):
        return _unclear("a call was required; one answer has it, another has not")
    none = "no call came where one was required"
    counts = {_prompt(each) for each in (*seen.controls, *seen.tried)}
    prompts = sorted(count for count in counts if count is not None)
    long = f"the prompt has {' or '.join(map(str, prompts))} tokens with tools and without" if prompts else ""
    if any(each.at().finish_reason == "length" for each in seen.tried):
        why = f"an answer was cut ({_size(seen.tried[0])}) before a call could come"
        return _unclear("; ".join(filter(None, (why, long))))
    if any("look" in text for text in _texts(seen.tried)):
        return _unclear("what may be a call came as text")
    if len(prompts) > 1:
        return _unclear(f"{none}, but the prompt has {' or '.join(map(str, prompts))} tokens")
    if len(set(_texts(seen.all))) == 1:
        return ProbeVerdict(IGNORED, f"{none}; the text is the same without tools")
    return _unclear(f"{none}, but the text is another than without tools")


def looked_at(seen: Seen) -> ProbeVerdict:
    """Judge pictures of one colour each, by whether the answers name it."""
    if silent := _silent(seen.all):
        return silent

    def named(text: str) -> str:
        words = set(re.findall(r"[a-z]+", text.lower())) & {*COLOURS}
        return words.pop() if len(words) == 1 else ""

    asked, said = seen.pictures, [named(text) for text in _texts(seen.tried)]
    right = sum(wanted == got for wanted, got in zip(asked, said, strict=True))
    held = f"{right} of {len(asked)} answers name the color of the picture"
    if right == len(asked):
        return ProbeVerdict(HONOURED, held)
    counts = {_prompt(each) for each in seen.all}
    if len(set(_texts(seen.all))) == 1:
        return ProbeVerdict(IGNORED, f"{held}; the text is the same without a picture")
    if len(counts) == 1 and None not in counts and 0 not in counts and right <= len(asked) / 2:
        return ProbeVerdict(
            IGNORED, f"{held}; the prompt has {counts.pop()} tokens with a picture and without"
        )
    return _unclear(held)


def reported(answer: Answer) -> bool | None:
    """Tell whether the server reported usage itself."""
    return _counted(answer) is not None


def _prompt(answer: Answer) -> int | None:
    return answer.usage.prompt if answer.usage and not answer.usage.estimated else None


def served(seen: Seen) -> ProbeVerdict:
    """Judge a tier by the one that the answer names."""
    tiers, without = ({each.service_tier for each in group} for group in (seen.tried, seen.controls))
    if without == {""} and "" not in tiers:
        return ProbeVerdict(HONOURED, f"served by {' and '.join(sorted(tiers))}; without it no tier is named")
    if tiers == {""}:
        return taken(seen)
    return _unclear(f"served by {' and '.join(sorted(tiers - {''}))}, as without it")


def taken(seen: Seen) -> ProbeVerdict:
    """Judge a parameter with no visible effect: all that shows is that it is known."""
    if seen.strict:
        return _unclear("known, since an unknown field is refused and this is taken; no effect can be shown")
    return _unclear("taken, as an unknown field is; no effect can be shown")
