"""Let a judge pick the best of the columns' answers to one case, in one order and in the other.

A judge that likes the first one, whatever it is, picks another when the order is turned: then nobody has won.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..assertions.checking import negated, unchecked
from ..assertions.declaration import Found, NotChecked
from ..suite import Assertion, Verdict
from .asking import Ask, Judge, Subject, asked, own, read_object, wanted

_MOST = 50  # answers that are compared at once


def _following(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Ask | None:
    count = len(subject.rivals)
    if not 2 <= count <= _MOST:
        raise NotChecked(f"it compares the answers of two columns or more, up to {_MOST}")
    if len(answers) >= 2:
        return None
    rivals = list(subject.rivals[::-1] if answers else subject.rivals)
    prompt = assertion.config.get("rubricPrompt")
    if prompt:
        return own(prompt, {"criteria": wanted(assertion), "outputs": rivals}, subject.variables)
    return asked(
        "You compare texts by a criterion. Give your reason first, then the index of the one that meets it"
        " best.",
        {
            "criterion": wanted(assertion),
            "texts": [{"index": at, "text": text} for at, text in enumerate(rivals)],
        },
        {"reason": {"type": "string"}, "best": {"type": "integer", "enum": list(range(count))}},
        "best",
    )


def picks(answers: Sequence[str], count: int) -> tuple[int, ...]:
    """Give which answer each question picked, as places in the first order. Raises NotChecked."""
    picked = []
    for turned, answer in enumerate(answers[:2]):
        best = _best(answer, count)
        picked.append(count - 1 - best if turned else best)
    return tuple(picked)


def _best(answer: str, count: int) -> int:
    text = answer.strip()
    value: object = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None
    if value is None:
        said: Mapping[str, object] = read_object(answer)
        value = said.get("best")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
        raise NotChecked("the judge picks none of the texts")
    return value


def verdicts(assertion: Assertion, rivals: Sequence[str], answers: Sequence[str]) -> tuple[Verdict, ...]:
    """Give the verdict on each column's answer. Where the two orders disagree, those two are not decided."""
    try:
        if len(answers) < 2:
            raise NotChecked("the judge was not asked in both orders")
        one, other = picks(answers, len(rivals))
    except NotChecked as error:
        return tuple(unchecked(assertion, str(error)) for _ in rivals)
    return tuple(_verdict(assertion, at, one, other) for at in range(len(rivals)))


def _verdict(assertion: Assertion, at: int, one: int, other: int) -> Verdict:
    if one != other and at in (one, other):
        return Verdict(assertion, None, None, "the judge picks another when the order is turned")
    won = at == one
    return negated(assertion, Found(won, float(won), "" if won else "another answer was picked"))


def _read(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Found:
    """Read the verdict on the one answer that is the subject."""
    one, other = picks(answers, len(subject.rivals))
    at = subject.rivals.index(subject.text) if subject.text in subject.rivals else -1
    if one != other and at in (one, other):
        raise NotChecked("the judge picks another when the order is turned")
    return Found(at == one, float(at == one), "" if at == one else "another answer was picked")


JUDGES = (Judge("select-best", "a criterion that the columns' answers are compared by", _following, _read),)
