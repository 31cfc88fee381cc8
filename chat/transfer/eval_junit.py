"""Write a run of an evaluation as JUnit's XML, which CI systems read: a suite a column, a test a sample.

What is written keeps to the schema of Jenkins' xunit plugin (junit-10.xsd), which is the strictest that is
in use. GitLab knows a test by `classname` and `name`, passes over all but the first of a name, and shows the
text of a failure, not its `message`; so names are distinct, and what fell short stands in both.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from xml.sax.saxutils import escape, quoteattr

from ..base.short import cut, shorten
from ..evaluation.results import EvalRun, Place, Sample
from . import eval_clean
from .eval_clean import FAILED, FELL_SHORT, NOT_ASKED, NOT_CHECKED, PASSED, Clean, cleaning, outcome
from .eval_spool import Spool
from .transcript import shown

_NO_XML = re.compile("[\ufffe\uffff\ud800-\udfff]")
_MESSAGE = 200  # characters of an attribute
_ANSWER = 2000  # characters of an answer that fell short
_ELEMENTS = {FELL_SHORT: "failure", FAILED: "error", NOT_CHECKED: "skipped", NOT_ASKED: "skipped"}


def pieces(run: EvalRun, samples: Iterable[Sample], secrets: Iterable[str] = ()) -> Iterator[str]:
    """Write a run. What it has no sample of is a test that was not asked. Tests stand in the order of cases,
    whatever the order in which samples come."""
    suite, clean = run.suite, cleaning(secrets)
    cases = [eval_clean.title(case, place, clean) for place, case in enumerate(suite.cases)]
    names = eval_clean.distinct(map(_safe, cases))
    labels = eval_clean.distinct(_safe(each.label) for each in eval_clean.columns(run, clean))
    number = eval_clean.shape(run).index
    counts = [_Counts() for _ in labels]
    with Spool() as spool:
        for sample in samples:
            place = sample.place
            counts[place.column].count(sample)
            test = _test(sample, labels[place.column], _name(names[place.case], place), clean)
            spool.put(number(place), test)
        for count in counts:
            count.words[NOT_ASKED] += len(names) * suite.repeat - count.words.total()
        yield '<?xml version="1.0" encoding="UTF-8"?>\n'
        whole = sum((each.words for each in counts), Counter[str]())
        about = {"name": _safe(str(clean(run.name))), **_numbers(whole), "time": _seconds(run.seconds)}
        yield f"<testsuites{_attributes(about)}>\n"
        for column, name in enumerate(labels):
            words = counts[column].words
            about = {"name": name, **_numbers(words), "skipped": str(words[NOT_CHECKED] + words[NOT_ASKED])}
            about |= {"time": _seconds(counts[column].seconds), **_when(run.at)}
            yield f"<testsuite{_attributes(about)}>\n"
            for case, called in enumerate(names):
                for repeat in range(suite.repeat):
                    place = Place(column, case, repeat)
                    written = spool.get(number(place))
                    yield written or _test(Sample(place), name, _name(called, place), clean)
            yield "</testsuite>\n"
        yield "</testsuites>\n"


class _Counts:
    """What became of the samples of a column, and how long they took."""

    def __init__(self) -> None:
        self.words: Counter[str] = Counter()
        self.seconds = 0.0

    def count(self, sample: Sample) -> None:
        self.words[outcome(sample)] += 1
        self.seconds += (sample.answered.seconds if sample.answered else None) or 0.0


def _name(case: str, place: Place) -> str:
    return f"{case} #{place.repeat + 1}" if place.repeat else case


def _numbers(words: Counter[str]) -> dict[str, str]:
    return {
        "tests": str(words.total()),
        "failures": str(words[FELL_SHORT]),
        "errors": str(words[FAILED]),
    }


def _test(sample: Sample, label: str, name: str, clean: Clean) -> str:
    took = sample.answered.seconds if sample.answered else None
    head = f"<testcase{_attributes({'classname': label, 'name': name, 'time': _seconds(took)})}"
    became = outcome(sample)
    if became == PASSED:
        return f"{head}/>\n"
    element, why = _ELEMENTS[became], str(clean(eval_clean.why(sample)))
    about = {"message": _safe(shorten(why, _MESSAGE))}
    if element != "skipped":
        about["type"] = _safe(shorten(str(clean(_type(sample))), _MESSAGE)) or element
    body = escape(_safe("\n".join(_said(sample, why, clean))))
    return f"{head}>\n<{element}{_attributes(about)}>{body}</{element}>\n</testcase>\n"


def _type(sample: Sample) -> str:
    """Give the type of the assertion that fell short, or the kind of an error."""
    if sample.error or not sample.judged:
        return sample.kind
    return next((each.assertion.name for each in sample.judged.verdicts if each.passed is False), "")


def _said(sample: Sample, why: str, clean: Clean) -> Iterator[str]:
    """Say what became of a sample: why, what each assertion found, and the answer."""
    yield why
    for each in sample.judged.verdicts if sample.judged else ():
        if each.passed is not True:
            found = "not checked" if each.passed is None else "fell short"
            yield clean(f"- {each.assertion.name} {found}: {each.why}")
    if sample.answered is not None:
        yield cut(f"The answer: {eval_clean.answer(sample.answered, clean)}", _ANSWER)


# ---- XML


def _attributes(values: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in values.items())


def _safe(text: str) -> str:
    """Make visible what would steer a terminal or a page, and replace what XML can't hold."""
    return _NO_XML.sub("\ufffd", shown(text))


def _seconds(seconds: float | None) -> str:
    return f"{max(0.0, seconds or 0.0):.3f}"


def _when(at: float) -> dict[str, str]:
    """Say when the run began, in UTC; nothing where that is not known."""
    with suppress(ValueError, OverflowError, OSError):
        if at:
            moment = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
            return {"timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S")}
    return {}
