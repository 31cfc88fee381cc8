"""Write the lines of the lessons' steps, and judge the answers to them. Pure.

What a step says of an answer is measured on it. Where the answers do not show the effect, the
verdict says so: small models, and servers that ignore a parameter, often do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ..base import escapes
from ..conversation.events import TokenLogprob
from ..conversation.turn import Turn
from ..tokens.prices import tokens
from . import probabilities
from .lesson import Bench, Finding

#: Questions that leave a model much to choose, or nearly nothing.
INVENT = "Invent a dragon. Give its name and tell its story."
COUNT = "Count from one to twenty in words, separated by spaces."
REPEAT = "Write a long poem about the sea in which every line begins with The sea."
SKY = "What colour is the sky on a clear day? Answer in one short sentence."


def _first_and_last(bench: Bench) -> tuple[Turn, Turn] | None:
    """Give the answer of the first step, and that of this one; None where one of them is missing."""
    if len(bench.steps) < 2 or not bench.steps[0] or not bench.last:
        return None
    return bench.steps[0][-1], bench.last[-1]


def texts(turns: Sequence[Turn]) -> list[str]:
    return [turn.choice.text.strip() for turn in turns]


def words(text: str) -> list[str]:
    return text.split()


def agree(one: str, other: str) -> int:
    """Tell how many words two texts have in common before they part."""
    pairs = zip(words(one), words(other), strict=False)
    count = 0
    for a, b in pairs:
        if a != b:
            break
        count += 1
    return count


def _parted(one: str, other: str) -> str:
    if one == other:
        return "are the same, word for word"
    return f"part after {agree(one, other)} words"


def quoted(text: str, length: int = 40) -> str:
    """Give a text, shortened, in quotes."""
    shown = " ".join(text.split())
    return f"“{shown if len(shown) <= length else shown[: length - 1] + '…'}”"


def _in_quotes(text: str) -> str:
    """Quote a text as one word of a command that is taken exactly."""
    return '"' + escapes.visible(text).replace('"', '\\"') + '"'


FAILED = Finding(False, "no answer came, so nothing can be said")


def typed(*lines: str) -> Callable[[Bench], Sequence[str]]:
    """Type the same lines whatever came, with {limit} and {steady} filled in from the bench."""
    return lambda bench: [line.format(limit=bench.limit, steady=bench.steady).strip() for line in lines]


def one_by_one(first: str, *others: str) -> Callable[[Bench], Sequence[str]]:
    """Give the same question again and again. Not by /compare: requests that a server works on at the
    same time can differ in the last digits, and so in their words (llama.cpp: measured)."""
    return typed(f"/set {{limit}}=40 {first} {{steady}}", INVENT, *(f"/retry {other}" for other in others))


def two_and_two(low: str, high: str) -> Callable[[Bench], Finding]:
    """Judge four answers: the first two should be the same, the last two not."""

    def judge(bench: Bench) -> Finding:
        found = texts(bench.last)
        if len(found) < 4 or not all(found):
            return FAILED
        a, b, c, d = found[:4]
        told = f"the two {low} {_parted(a, b)}; the two {high} {_parted(c, d)}"
        return Finding(a == b and c != d, told)

    return judge


# ---- the odds


def with_logprobs(*then: str) -> Callable[[Bench], Sequence[str]]:
    return typed("/set {limit}=24 temperature=1 logprobs=true top_logprobs=10", INVENT, *then)


#: How much of the probability the listed tokens hold at a place that tells how the odds are.
_NEARLY_ALL = 0.9


def _telling(tokens: Sequence[TokenLogprob]) -> TokenLogprob:
    """Find the least certain place where nearly all of the probability was listed. If there is none, take
    the least certain one."""
    order = [tokens[place] for place in probabilities.least_certain(tokens, len(tokens))]
    whole = (place for place in order if len(place.top) > 1 and probabilities.covered(place) >= _NEARLY_ALL)
    return next(whole, order[0])


def odds(name: str, low: float, high: float) -> Callable[[Bench], Finding]:
    def judge(bench: Bench) -> Finding:
        tokens = bench.last[-1].choice.logprobs if bench.last else ()
        if not any(token.top for token in tokens):
            return Finding(False, "this endpoint sends no probabilities, so the odds can't be shown")
        place = _telling(tokens)
        if name == "temperature":
            cold, hot = (probabilities.at_temperature(place, value)[0] for value in (low, high))
            told = (
                f"where the model was in doubt, {escapes.quote(cold.token)} has {cold.before:.0%}; at"
                f" temperature {low:g} it would have {cold.after:.0%}, at {high:g} {hot.after:.0%}"
            )
            return Finding(cold.after >= cold.before >= hot.after, told)
        left = [sum(odds.after > 0 for odds in probabilities.at_top_p(place, value)) for value in (low, high)]
        told = (
            f"where the model was in doubt, {left[1]} of the {len(probabilities.alternatives(place))} tokens"
            f" that were listed stay with top_p {high:g}, and {left[0]} with {low:g}"
        )
        return Finding(left[0] < left[1], told)

    return judge


# ---- logit_bias


def first_token(turn: Turn) -> str:
    """Return the first token of an answer that is more than blanks, as its probabilities have it."""
    return next((each.token for each in turn.choice.logprobs if each.token.strip()), "")


def said_sky(bench: Bench) -> Finding:
    if not bench.last or not bench.last[-1].choice.text.strip():
        return FAILED
    token = first_token(bench.last[-1])
    if not token:
        return Finding(False, "an answer came, but no probabilities, so its first token is not known")
    return Finding(True, f"the answer begins with the token {escapes.quote(token)}")


def ban(bench: Bench) -> Sequence[str]:
    token = first_token(bench.steps[0][-1]) if bench.steps and bench.steps[0] else ""
    return (f"/bias {_in_quotes(token)} -100", "/retry") if token else ()


def banned(bench: Bench) -> Finding:
    pair = _first_and_last(bench)
    if pair is None:
        return FAILED
    before, now = pair
    token, begins = first_token(before), first_token(now)
    told = f"without {escapes.quote(token)} it begins with {escapes.quote(begins)}: {quoted(now.choice.text)}"
    return Finding(begins != token and bool(now.choice.text.strip()), told)


def only_yes(bench: Bench) -> Finding:
    found = words(bench.last[-1].choice.text) if bench.last else []
    if not found:
        return FAILED
    yes = sum(word.strip(".,!") == "yes" for word in found)
    return Finding(yes == len(found), f"{yes} of {len(found)} words are yes: {quoted(' '.join(found))}")


# ---- stop


def counted(bench: Bench) -> Finding:
    found = words(bench.last[-1].choice.text) if bench.last else []
    reason = bench.last[-1].choice.finish_reason if bench.last else ""
    if len(found) < 4:
        return Finding(False, f"the answer is too short to be cut: {quoted(' '.join(found))}")
    return Finding(True, f"{len(found)} words came, finish reason {reason}")


def middle_word(turn: Turn) -> str:
    """Find a word in the middle of an answer that does not stand earlier in it. Return "" for none."""
    text = turn.choice.text
    found = re.findall(r"\w+", text)
    later = found[len(found) // 2 :]
    return next((word for word in later if text.index(word) > len(text) // 4), "")


def stop(bench: Bench) -> Sequence[str]:
    word = middle_word(bench.steps[0][-1]) if bench.steps and bench.steps[0] else ""
    return (f"/stop {_in_quotes(word)}", "/retry") if word else ()


def stopped(bench: Bench) -> Finding:
    pair = _first_and_last(bench)
    if pair is None:
        return FAILED
    word, turn = middle_word(pair[0]), pair[1]
    tail = " ".join(words(turn.choice.text)[-3:])
    if word in turn.choice.text:
        return Finding(False, f"the answer went on beyond “{word}”")
    told = f"it ends with {quoted(tail)}, just before “{word}”, which is no part of it; finish reason"
    return Finding(bool(tail), f"{told} {turn.choice.finish_reason}")


# ---- penalties


#: Words of an answer from which on its repetitions are worth counting.
_ENOUGH = 10


def repeated(text: str, length: int) -> int:
    """Tell how many of the first words had been said before."""
    found = re.findall(r"\w+", text.lower())[:length]
    return len(found) - len(set(found))


def penalised(bench: Bench) -> Finding:
    """Compare how much the answers repeat. Longer answers repeat more, so count only as many words of each
    as the shortest has."""
    found = texts(bench.last)
    if len(found) < 3 or not all(found):
        return FAILED
    length = min(len(re.findall(r"\w+", text)) for text in found[:3])
    if length < _ENOUGH:
        return Finding(False, f"one of the answers has no more than {length} words: too few to compare")
    none, frequency, presence = (repeated(text, length) for text in found[:3])
    told = (
        f"of the first {length} words of each, {none} had been said before without a penalty,"
        f" {frequency} with frequency_penalty 2, {presence} with presence_penalty 2"
    )
    return Finding(max(frequency, presence) < none, told)


# ---- n, max_tokens, seed, stream


def several(bench: Bench) -> Finding:
    if not bench.last or not bench.last[-1].answer.choices:
        return FAILED
    turn = bench.last[-1]
    count = len(turn.answer.choices)
    distinct = len({choice.text for choice in turn.answer.choices})
    usage = turn.answer.usage
    used = (
        f"; {tokens(usage.prompt)} prompt and {tokens(usage.completion)} completion tokens" if usage else ""
    )
    told = f"{count} choices came of one request, {distinct} of them distinct{used}"
    return Finding(count == 3, told if count > 1 else f"one choice came: n is ignored here{used}")


def cut(bench: Bench) -> Finding:
    if not bench.last or not bench.last[-1].answer.answered:
        return FAILED
    turn = bench.last[-1]
    out = tokens(turn.answer.usage.completion if turn.answer.usage else None)
    reason = turn.choice.finish_reason
    return Finding(
        reason == "length", f"{out} tokens came, finish reason {reason}: {quoted(turn.choice.text)}"
    )


def ended(bench: Bench) -> Finding:
    pair = _first_and_last(bench)
    if pair is None:
        return FAILED
    before, turn = pair
    same = turn.choice.text.startswith(before.choice.text.rstrip())
    out = tokens(turn.answer.usage.completion if turn.answer.usage else None)
    begins = "it begins as the short one did" if same else "it begins otherwise than the short one did"
    return Finding(same, f"{out} tokens came, finish reason {turn.choice.finish_reason}; {begins}")


def seeded(bench: Bench) -> Finding:
    found = texts(bench.last)
    if len(found) < 3 or not all(found):
        return FAILED
    prints = {turn.answer.fingerprint for turn in bench.last if turn.answer.fingerprint}
    server = "" if len(prints) < 2 else "; the server's fingerprint changed in between"
    told = (
        f"the two with seed 1 {_parted(found[0], found[1])}; the one with seed 2"
        f" {'is the same as well' if found[2] == found[0] else 'is another'}{server}"
    )
    return Finding(found[0] == found[1] != found[2], told)


def in_pieces(bench: Bench) -> Finding:
    if not bench.last or not bench.last[-1].answer.arrivals:
        return FAILED
    turn = bench.last[-1]
    count, first, last = len(turn.answer.arrivals), turn.answer.arrivals[0], turn.answer.arrivals[-1]
    if count < 2:
        return Finding(False, f"the answer came in one piece, after {first:.2f} s")
    gap = 1000 * (last - first) / (count - 1)
    told = f"{count} pieces came, the first after {first:.2f} s, then one every {gap:.0f} ms on average"
    return Finding(True, f"{told}, the last after {last:.2f} s")


def at_once(bench: Bench) -> Finding:
    pair = _first_and_last(bench)
    if pair is None or not pair[1].answer.arrivals:
        return FAILED
    before, turn = pair
    count, came = len(turn.answer.arrivals), turn.answer.arrivals[0]
    pieces = "one piece" if count == 1 else f"{count} pieces"
    told = (
        f"all of it came after {came:.2f} s, in {pieces};"
        f" streamed, the first words came after {before.answer.first_token or 0.0:.2f} s and the last after"
        f" {before.answer.duration:.2f} s"
    )
    return Finding(count == 1 and came > (before.answer.first_token or 0.0), told)


# ---- prompts


def filled_with(value: str) -> Callable[[Bench], Finding]:
    """Judge whether the request had this value in place of its variable, once."""

    def judge(bench: Bench) -> Finding:
        if not bench.last:
            return FAILED
        turn = bench.last[-1]
        system = turn.request.carried.system
        told = f"the system message was {quoted(system, 80)}, the answer begins {quoted(turn.choice.text)}"
        return Finding(system == f"You talk about nothing but {value}.", told)

    return judge
