"""Measure how like a text is to another, by their words: BLEU, GLEU, ROUGE and METEOR, each from 0 to 1."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from .declaration import NotChecked, lacking
from .text import bound
from .values import trimmed, units, words

_MOST = 4  # words of an n-gram, in BLEU and GLEU
_SMALL = 1e-7  # what BLEU takes for a share of nothing
_DOTS = re.compile(r"\.+$")


def _split(text: str) -> list[str]:
    return words(text.lower()) or [""]


def _undotted(word: str) -> str:
    return _DOTS.sub("", word)


def _grams(of: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(of[start:] for start in range(n)), strict=False))


def _shared(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> int:
    return (one & other).total()


def bleu(text: str, references: Sequence[str]) -> float:
    """Give the BLEU of one sentence, of Papineni and others (2002): the geometric mean of the shares of its
    n-grams that are in a reference, made less where it is shorter than the nearest one."""
    if not trimmed(text) or not references:
        return 0.0
    candidate, others = _split(text), [_split(each) for each in references]
    total = 0.0
    for n in range(1, _MOST + 1):
        grams = _grams(candidate, n)
        best = max(_shared(grams, _grams(each, n)) for each in others)
        share = best / grams.total() if grams else 0.0
        total += math.log(share or _SMALL) / _MOST
    nearest = min((len(each) for each in others), key=lambda length: abs(length - len(candidate)))
    return math.exp(total + min(0.0, 1 - nearest / len(candidate)))


def gleu(text: str, references: Sequence[str]) -> float:
    """Give Google's BLEU for one sentence: the less of precision and recall over all its n-grams."""
    if not trimmed(text):
        return 0.0
    candidate = [_undotted(word) for word in _split(text)]
    return max(
        (_gleu(candidate, [_undotted(word) for word in _split(each)]) for each in references), default=0
    )


def _gleu(candidate: list[str], reference: list[str]) -> float:
    if candidate == reference:
        return 1.0
    shared = made = wanted = 0
    for n in range(1, _MOST + 1):
        one, other = _grams(candidate, n), _grams(reference, n)
        shared += _shared(one, other)
        made, wanted = made + one.total(), wanted + other.total()
    return shared / max(made, wanted) if made and wanted else 0.0


#: How the Penn Treebank cuts English, which ROUGE reads in promptfoo.
_CUTS = (
    (re.compile(r'(^|[\s([{<])"'), r"\1 `` "),
    (re.compile(r'"'), " '' "),
    (re.compile(r"\.{3}"), " ... "),
    (re.compile(r"[:,](?!\d)"), r" \g<0> "),
    (re.compile(r"[;@#$%&]"), r" \g<0> "),
    (re.compile(r"([^.])(?<!\b[A-Za-z]\.[A-Za-z])(\.)([\])}>'\s]*)$"), r"\1 \2\3 "),
    (re.compile(r"[?!]"), r" \g<0> "),
    (re.compile(r"[\][(){}<>]"), r" \g<0> "),
    (re.compile(r"--"), " -- "),
)
_CLITICS = (
    (re.compile(r"([^'])' "), r"\1 ' "),
    (re.compile(r"'([sSmMdD]) "), r" '\1 "),
    (re.compile(r"('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) "), r" \1 "),
)
_JOINED = re.compile(r"(?i)\b(?:(can)(not)|(gim|lem)(me)|(gon|wan)(na)|(got)(ta))\b")


def treebank(text: str) -> list[str]:
    """Cut a text into words as the Penn Treebank does, capitals kept."""
    text = re.sub(r"\s+", " ", text).strip()
    for cut, into in _CUTS:
        text = cut.sub(into, text)
    text = f" {text} "
    for cut, into in _CLITICS:
        text = cut.sub(into, text)
    return _JOINED.sub(_apart, text).split()


def _apart(match: re.Match[str]) -> str:
    return " " + " ".join(each for each in match.groups() if each) + " "


def rouge(text: str, reference: str) -> float:
    """Give ROUGE-1 as promptfoo's js-rouge does: the F of the words, those of the Treebank."""
    one, other = _grams(treebank(text), 1), _grams(treebank(reference), 1)
    return _f(_shared(one, other), one.total(), other.total())


def plain(text: str) -> list[str]:
    """Cut a text as Google's rouge_score does: letters and digits of English, in small letters."""
    return re.findall(r"[a-z0-9]+", text.lower())


def rouge_n(text: str, reference: str, n: int) -> float:
    """Give the F of ROUGE-N as rouge_score does, without stems."""
    one, other = _grams(plain(text), n), _grams(plain(reference), n)
    return _f(_shared(one, other), one.total(), other.total())


def rouge_l(text: str, reference: str) -> float:
    """Give the F of ROUGE-L as rouge_score does: by the longest sequence of words that both have."""
    try:
        from rapidfuzz.distance import LCSseq
    except ImportError:
        raise lacking("rapidfuzz") from None
    one, other = plain(text), plain(reference)
    bound(len(one), len(other))
    return _f(LCSseq.similarity(one, other), len(one), len(other))


def _f(shared: int, made: int, wanted: int) -> float:
    return 2 * shared / (made + wanted) if shared else 0.0


def fuzzy(text: str, reference: str) -> float:
    """Give the share of letters that two texts have in one order, as rapidfuzz's `ratio` does."""
    try:
        from rapidfuzz import fuzz
    except ImportError:
        raise lacking("rapidfuzz") from None
    bound(len(text), len(reference))
    return float(fuzz.ratio(text, reference)) / 100


def meteor(
    text: str, references: Sequence[str], alpha: float = 0.9, beta: float = 3.0, gamma: float = 0.5
) -> float:
    """Give METEOR of one sentence: words that are the same or have the same stem (Porter's), fewer where they
    stand in another order. Synonyms are not looked up. Raises NotChecked."""
    try:
        import snowballstemmer
    except ImportError:
        raise lacking("snowballstemmer") from None
    stem = functools.lru_cache(None)(snowballstemmer.stemmer("porter").stemWord)
    candidate = [_undotted(word) for word in _split(text)]
    scores = [_meteor(candidate, each, stem, (alpha, beta, gamma)) for each in references]
    return max(scores, default=0.0)


def _meteor(candidate: list[str], reference: str, stem: object, weights: tuple[float, float, float]) -> float:
    assert callable(stem)
    other = [_undotted(word) for word in _split(reference)]
    matches, left, right = _matched(list(enumerate(candidate)), list(enumerate(other)))
    stems = [[(at, stem(word)) for at, word in side] for side in (left, right)]
    more, _, _ = _matched(*stems)
    pairs = sorted(matches + more)
    if not pairs:
        return 0.0
    alpha, beta, gamma = weights
    precision, recall = len(pairs) / len(candidate), len(pairs) / len(other)
    mean = precision * recall / (alpha * precision + (1 - alpha) * recall)
    breaks = sum(later != (at + 1, to + 1) for (at, to), later in pairwise(pairs))
    score = (1 - gamma * math.pow((1 + breaks) / len(pairs), beta)) * mean
    return min(1.0, max(0.0, score))


Words = list[tuple[int, str]]


def _matched(left: Words, right: Words) -> tuple[list[tuple[int, int]], Words, Words]:
    """Match the same words from the end on, and give the pairs and what is left on each side."""
    places: dict[str, list[int]] = {}
    for at, word in right:
        places.setdefault(word, []).append(at)
    pairs, rest = [], []
    for at, word in reversed(left):
        if places.get(word):
            pairs.append((at, places[word].pop()))
        else:
            rest.append((at, word))
    taken = {to for _, to in pairs}
    return pairs, rest[::-1], [each for each in right if each[0] not in taken]


def checked_texts(value: object) -> list[str]:
    """Give the texts that an answer is held against: one, or a list. Raises NotChecked."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(each, str) for each in texts):
        raise NotChecked("its value has to be a text, or a list of texts")
    return [units(each) for each in texts]
