"""Say of a sample what came of it, in words that are safe and keep to their columns. Pure."""

from __future__ import annotations

from chat.evaluation.results import SENT, Sample
from chat.evaluation.states import WORDS, code
from chat.tokens.prices import money

from ..clean import clean, one_line
from ..lines import Piece, steady
from .signs import ROLES
from .view import BrowserView

#: Names of tokens in the API's usage.
_IN, _OUT = ("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens")


def text(given: str, most: int) -> str:
    """Give the beginning of a text, safe, with its lines."""
    return steady(clean(given[:most])).replace("\t", "    ")


def named(view: BrowserView) -> Piece:
    """Give the state of the sample that is chosen, by its sign and its word."""
    sample = view.sample
    if sample is None:
        return "class:dim", "nothing is known of it"
    state = code(sample)
    word = "asked, and no answer is known" if sample.state == SENT else WORDS[state]
    return f"class:{ROLES[state]}", f"{view.signs.states[state]} {word}"


def measured(sample: Sample | None) -> str:
    """Give what was measured of a sample: its score, tokens, time, cost, and what the person says of it."""
    if sample is None:
        return ""
    parts = [f"score {sample.score:.2f}"] if sample.score is not None else []
    if answered := sample.answered:
        parts += [f"{answered.seconds:.2f} s"] if answered.seconds is not None else []
        parts.append("cost unknown" if answered.cost is None else money(answered.cost))
        came = (_count(answered.usage, _IN, "in"), _count(answered.usage, _OUT, "out"))
        parts += [each for each in came if each]
        parts += [one_line(answered.finish_reason[:40])] if answered.finish_reason not in ("", "stop") else []
    if sample.judging is None:
        parts.append("judges' cost unknown")
    elif sample.judging:
        parts.append(f"judges {money(sample.judging)}")
    lost = f", {sample.lost} lost" if sample.lost else ""
    parts += [f"{sample.tries} tries{lost}"] if sample.tries > 1 or lost else []
    return " · ".join([*_rated(sample), *parts])


def _rated(sample: Sample) -> list[str]:
    return [f"you say: {'good' if sample.rating > 0 else 'bad'}"] if sample.rating else []


def _count(usage: object, names: tuple[str, str], what: str) -> str:
    found = [usage[name] for name in names if name in usage] if isinstance(usage, dict) else []
    return f"{found[0]:,} {what}" if found and isinstance(found[0], int) else ""


def why(sample: Sample | None) -> str:
    """Give why a sample did not pass, as far as that is known."""
    if sample is None:
        return ""
    return sample.error or (sample.judged.why if sample.judged and not sample.judged.passed else "")


def answer(sample: Sample | None, most: int) -> str:
    """Give the beginning of an answer: its text, or the refusal, or the calls that it is made of."""
    from chat.evaluation.assertions import values

    if sample is None or sample.answered is None:
        return ""
    answered = sample.answered
    return text(answered.text or answered.refusal or values.written(values.output(answered)), most)
