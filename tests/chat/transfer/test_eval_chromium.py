"""The page of an evaluation in a real Chromium: what it shows, by pointer and by keys, and what it never does.

How long it takes is measured by benchmarks/report.py.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.conversation.branch import Branch
from chat.conversation.content import image_part
from chat.conversation.events import TokenLogprob
from chat.conversation.message import message_of
from chat.conversation.tree import Conversation
from chat.conversation.turn import Choice
from chat.evaluation import figures
from chat.evaluation.judging import combined
from chat.evaluation.results import FAILED, JUDGED, OPEN, EvalRun, Place, Sample
from chat.evaluation.suite import Answered, Assertion, Case, Column, Suite, Verdict
from chat.transfer import eval_html, to_html, tokens_html

from ...support import chromium, evaluated, pictures
from ...support.turns import a_turn

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(chromium.found() is None, reason="there is no Chromium here"),
]
COLUMNS, CASES = 5, 1000


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Browser]:
    with chromium.browser(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[EvalRun, list[Sample], Path]:
    """A run of 5,000 cells, with its page."""
    run = evaluated.a_run(COLUMNS, CASES)
    samples = list(evaluated.samples(run))
    return run, samples, written(tmp_path_factory.mktemp("large") / "report.html", run, samples)


def written(path: Path, run: EvalRun, samples: list[Sample]) -> Path:
    pieces = eval_html.pieces(run, samples, figures.of(run, samples))
    path.write_text("".join(pieces), encoding="utf-8", newline="")
    return path


@pytest.fixture
def page(browser: chromium.Browser) -> Iterator[chromium.Page]:
    """A page that has nothing to complain of, and asks for nothing but itself."""
    found = browser.page()
    found.sized(1280)
    yield found
    assert not found.wrong
    assert {url for url in found.requests if not url.startswith("data:image/png")} == set(found.opened)


@pytest.fixture
def opened(page: chromium.Page, large: tuple[EvalRun, list[Sample], Path]) -> chromium.Page:
    page.open(large[2])
    return page


def count(page: chromium.Page) -> int:
    """How many cases the page says that it shows; rows that are made are few, however many there are."""
    said = str(page.value("document.getElementById('count').textContent")).replace(",", "").split()
    assert page.value("document.querySelectorAll('.row').length") < 40
    assert page.value("document.getElementById('grid').getAttribute('aria-rowcount')") == str(
        int(said[0]) + 1
    )
    return int(said[0])


def click(page: chromium.Page, name: str) -> None:
    page.value(f"document.getElementById('{name}').click()")


def choose(page: chromium.Page, name: str, value: object) -> None:
    code = f"const it = document.getElementById('{name}'); it.value = {json.dumps(value)};"
    page.value(f"{{ {code} it.dispatchEvent(new Event('{'input' if name == 'search' else 'change'}')) }}")


def numbers(page: chromium.Page) -> list[int]:
    """The numbers of the cases in the first rows, from above."""
    page.value("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    rows = page.value(
        "[...document.querySelectorAll('.row')].map((row) => [+row.getAttribute('aria-rowindex'),"
        " parseInt(row.querySelector('.number').textContent)])"
    )
    return [number for _, number in sorted(rows)]


def state(sample: Sample) -> str:
    if sample.state == FAILED:
        return "error"
    if sample.state == OPEN:
        return "open"
    return {True: "pass", False: "fail", None: "unchecked"}[sample.passed]


def test_it_opens_and_filters(opened: chromium.Page, large: tuple[EvalRun, list[Sample], Path]) -> None:
    """5,000 cells: each filter, and each two of them, shows the cases that are so, of one column or of any."""
    run, samples, _ = large
    assert count(opened) == CASES
    cases: list[list[Sample]] = [[] for _ in range(CASES)]
    for each in samples:
        cases[each.place.case].append(each)

    def of(name: str, column: int | None = None) -> set[int]:
        if name == "differs":
            return {at for at, row in enumerate(cases) if len({state(s) for s in row} - {"open"}) > 1}
        if name == "judged":
            return {at for at, case in enumerate(run.suite.cases) if len(case.assertions) > 2}
        return {
            at for at, row in enumerate(cases) for s in row
            if state(s) == name.removeprefix("state-") and column in (None, s.place.column)
        }  # fmt: skip

    names = [f"state-{name}" for name in ("pass", "fail", "unchecked", "error", "open")]
    for name in (*names, "differs", "judged"):
        click(opened, name)
        assert count(opened) == len(of(name)) > 0
        said = opened.value(f"document.querySelector('#{name} .many').textContent").replace(",", "")
        assert int(said) == len(of(name))
        assert opened.value(f"document.getElementById('{name}').getAttribute('aria-pressed')") == "true"
        click(opened, name)
    for name in ("state-fail", "state-error", "judged"):
        click(opened, name)
    choose(opened, "column", "3")
    found = (of("state-fail", 3) | of("state-error", 3)) & of("judged")
    assert count(opened) == len(found) > 0
    assert numbers(opened) == [at + 1 for at in sorted(found)][: len(numbers(opened))]
    click(opened, "clear")
    assert count(opened) == CASES


def test_it_searches(opened: chromium.Page, large: tuple[EvalRun, list[Sample], Path]) -> None:
    """Questions, answers, errors and reasons are searched, in capitals or not; nothing found is said."""
    _, samples, _ = large
    told = [s for s in samples if s.answered and "river where tickets" in s.answered.text.lower()]
    choose(opened, "search", "River WHERE tickets")
    assert {each.place.case + 1 for each in told} <= set(numbers(opened)) if len(told) < 10 else count(opened)
    choose(opened, "search", "question 777:")
    assert (count(opened), numbers(opened)) == (1, [777])
    choose(opened, "search", "answered 429")
    assert count(opened) == len({s.place.case for s in samples if s.state == FAILED})
    place = "document.getElementById('search').getBoundingClientRect().top"
    opened.value("document.getElementById('cells').scrollIntoView()")
    top = opened.value(place)
    choose(opened, "search", "no such words anywhere")
    assert opened.value(place) == top, "the page moves below what is typed"
    assert count(opened) == 0 and opened.value("!document.getElementById('none').hidden")


def test_it_sorts(opened: chromium.Page, large: tuple[EvalRun, list[Sample], Path]) -> None:
    """By score, by how far columns are apart, by time and cost; cases without a figure come last."""
    _, samples, _ = large
    scores = {s.place.case + 1: s.score for s in samples if s.place.column == 1 and s.score is not None}
    choose(opened, "column", "1")
    for order, way in (("low", 1), ("high", -1)):
        choose(opened, "sort", order)
        wanted = sorted(scores, key=lambda number, way=way: (way * scores[number], number))  # type: ignore[misc]
        assert numbers(opened) == wanted[: len(numbers(opened))]
    click(opened, "clear")
    head = "document.querySelector('.heads button[data-column=\"1\"]')"
    for sort, order in (("ascending", "low"), ("descending", "high"), ("none", "case")):
        opened.value(f"{head}.click()")
        assert opened.value(f"{head}.parentElement.getAttribute('aria-sort')") == sort
        assert opened.value("document.getElementById('sort').value") == order
        assert count(opened) == CASES
    took = {s.place.case + 1: s.answered.seconds for s in samples if s.place.column == 1 and s.answered}
    choose(opened, "sort", "slow")
    assert numbers(opened)[0] == max(took, key=lambda number: took[number] or 0)
    opened.value("document.getElementById('grid').scrollTop = 1e9")
    assert numbers(opened)[-1] not in took


def test_keys_are_enough(opened: chromium.Page) -> None:
    """From the search through the table into a cell, through its neighbours, and back to where it was."""
    active = "document.activeElement"
    opened.press("/")
    assert opened.value(f"{active}.id") == "search"
    opened.type("question 77")
    for _ in range(20):
        opened.press("Tab")
        if opened.value(f"{active}.classList.contains('cell')"):
            break
    where = f"{active}.closest('.row').getAttribute('aria-rowindex') + ' ' + {active}.dataset.column"
    assert opened.value(where) == "2 0"
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp"):
        opened.press(key)
    assert opened.value(where) == "3 2"
    opened.press("Enter")
    title = "document.getElementById('which').textContent"
    assert opened.value(f"{title}") == "Case 770 · B prompt with an example"
    opened.press("ArrowRight")
    opened.press("j")
    assert opened.value(title) == "Case 771 · C small model"
    assert opened.value("location.hash") == "#case-771-C"
    opened.press("Escape")
    opened.until(f"!document.getElementById('detail').open && {where} === '4 3'")
    opened.press("End")
    assert opened.value(where) == f"4 {COLUMNS}"
    opened.press("PageDown")
    assert opened.value("document.querySelectorAll('.cell[tabindex=\"0\"]').length") == 1


def test_a_cell_has_all_that_is_known(page: chromium.Page, tmp_path: Path) -> None:
    """The answer, what is expected, the words that differ, each check with its reason, the request, figures."""
    inner = (Assertion("contains", "train"), Assertion("llm-rubric", "is kind", metric="tone"))
    case = Case(
        {"q": "When?"}, (Assertion("equals", "by nine", place="x"), Assertion("assert-set", inner=inner))
    )
    verdicts = (
        Verdict(case.assertions[0], False, 0.0, "it is another text"),
        Verdict(case.assertions[1], True, 0.9, "", (Verdict(inner[0], True, 1.0), Verdict(inner[1], True, 0.8, "kind"))),
    )  # fmt: skip
    request = {"model": "m", "seed": 2**63 - 1, "messages": [{"role": "user", "content": "When <b>?"}]}
    usage = {"prompt_tokens": 1200, "completion_tokens": 7}
    answered = Answered("by ten", finish_reason="stop", seconds=1.25, cost=0.0021, usage=usage)
    asked = ({"role": "user", "content": "Is it kind?"},)
    judge = {"type": "llm-rubric", "model": "judge-1", "messages": asked, "answer": "It is.", "cost": 0.001}
    judged = combined(case, verdicts)
    sample = Sample(
        Place(0, 0), JUDGED, answered, judged, request=request, model="m-1", tries=2, judges=(judge,)
    )
    other = Sample(Place(1, 0), JUDGED, Answered("by eleven"), combined(case, verdicts))
    run = EvalRun(1, "r", Suite("r", (Column("one", ()), Column("two", ())), (case,)))
    page.open(written(tmp_path / "r.html", run, [other, sample]).as_uri() + "#case-1-A")
    text = "document.getElementById('inside').innerText"
    said = page.value(text)
    for words in ("1.25 s", "$0.0021", "1,200 in, 7 out", "stop", "m-1", "by ten", "by nine", "When?", "kind",
                  "it is another text", "judged by a model", "judge-1", "It is.", "metric tone"):  # fmt: skip
        assert words in said
    pieces = (
        "[...document.querySelector('.diff').childNodes].map((each) => [each.nodeName, each.textContent])"
    )
    assert page.value(pieces) == [["#text", "by "], ["DEL", "nine"], ["INS", "ten"]]
    choose(page, "against", "1")
    assert page.value(pieces) == [["#text", "by "], ["DEL", "eleven"], ["INS", "ten"]]
    shown = page.value("document.querySelector('#inside section:last-child pre').textContent")
    assert json.loads(shown) == request and "9223372036854775807" in shown


def test_repeats_stand_together(page: chromium.Page, tmp_path: Path) -> None:
    """A cell of several answers says how many passed; in it, each can be looked at."""
    run = evaluated.a_run(2, 8, repeat=3)
    samples = list(evaluated.samples(run))
    page.open(written(tmp_path / "r.html", run, samples[::-1]))
    passed = sum(bool(each.passed) for each in samples if each.place.case == each.place.column == 0)
    cell = "document.querySelector('.row .cell:nth-child(2)')"
    assert f"{passed} of 3 pass" in page.value(f"{cell}.textContent")
    page.value(f"{cell}.click()")
    buttons = "document.querySelectorAll('.repeats button')"
    answers = [each.answered for each in samples if each.place.case == each.place.column == 0]
    for place, answered in enumerate(answers):
        page.value(f"{buttons}[{place}].click()")
        said = page.value("document.getElementById('inside').textContent")
        assert answered is None or answered.text in said


def test_hostile_text_runs_nowhere(page: chromium.Page, tmp_path: Path) -> None:
    """Not in the table, not in a cell, not in the head: no element comes of it, and no script."""
    hostile = "\n".join(evaluated.HOSTILE)
    assertion = Assertion("equals", hostile, config={hostile: hostile})
    case = Case({hostile: hostile}, (assertion,), hostile)
    judged = combined(case, (Verdict(assertion, False, 0.0, hostile),))
    sample = Sample(Place(0, 0), JUDGED, Answered(hostile), judged, request={"text": hostile}, model=hostile)
    run = EvalRun(1, hostile, Suite(hostile, (Column(hostile, ()),), (case,)), hostile)
    page.open(written(tmp_path / "hostile.html", run, [sample]))
    page.value("document.querySelector('.row .cell:nth-child(2)').click()")
    assert page.value("document.querySelectorAll('img, #inside script, .row script').length") == 0
    assert page.value("document.scripts.length") == 4 and page.value("document.title") not in ("ran", "1")
    said = page.value("document.body.textContent")
    assert "\u202e" not in said and "\x1b" not in said and "\\u202eturned" in said
    refused = page.value("try { document.body.innerHTML = '<b>'; false } catch (error) { true }")
    assert refused, "the policy lets a text become HTML"
    page.wrong.clear()  # it complained of that


def test_a_long_answer_is_shown_in_part(page: chromium.Page, tmp_path: Path) -> None:
    """1 MB of text opens; the rest of it comes when it is asked for, and no diff of it is tried in vain."""
    text, other = "word " * 200_000, "another " * 125_000
    case = Case({}, (Assertion("equals", other),))
    judged = combined(case, (Verdict(case.assertions[0], False, 0.0, "x" * 1000),))
    run = EvalRun(1, "r", Suite("r", (Column("one", ()),), (case,)))
    page.open(written(tmp_path / "r.html", run, [Sample(Place(0, 0), JUDGED, Answered(text), judged)]))
    page.value("document.querySelector('.row .cell:nth-child(2)').click()")
    block = "[...document.querySelectorAll('#inside section')].find((each) => each.firstChild.textContent === 'Answer')"
    assert page.value(f"{block}.querySelector('pre').textContent.length") < 100_000
    assert "too long, or too different" in page.value("document.getElementById('inside').textContent")
    page.value(f"{block}.querySelector('button').click()")
    assert page.value(f"{block}.querySelector('pre').textContent.length") == len(text)


def test_it_makes_sense_without_javascript(page: chromium.Page, tmp_path: Path) -> None:
    """The head and the plots stand, and a line says what the table needs."""
    run = evaluated.a_run(2, 8)
    page.open(written(tmp_path / "r.html", run, list(evaluated.samples(run))), scripts=False)
    page.do("Emulation.setScriptExecutionDisabled", value=False)
    said = page.value("document.body.innerText")
    assert "8 cases in 2 columns" in said and "needs JavaScript" in said
    assert page.value("document.querySelectorAll('svg').length") == 4
    assert page.value("getComputedStyle(document.getElementById('cells')).display") == "none"


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (400, False), (320, True)])
def test_it_fits_the_window(page: chromium.Page, tmp_path: Path, width: int, dark: bool) -> None:
    """Nothing but the table and the plots is wider than a window, light or dark; a cell's detail fits, too."""
    page.sized(width, 800, dark)
    run = evaluated.a_run(4, 30)
    page.open(written(tmp_path / "r.html", run, list(evaluated.samples(run))))
    assert page.value("document.documentElement.scrollWidth") <= width
    ground = page.value("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(23, 24, 28)" if dark else "rgb(255, 255, 255)")
    page.value("document.querySelector('.row .cell:nth-child(3)').click()")
    assert page.value("(({left, right}) => left >= 0 && right <= innerWidth)"
                      "(document.getElementById('detail').getBoundingClientRect())")  # fmt: skip
    assert page.value("(({scrollWidth, clientWidth}) => scrollWidth <= clientWidth)"
                      "(document.getElementById('inside'))")  # fmt: skip


def test_the_other_pages_keep_their_policy(page: chromium.Page, tmp_path: Path) -> None:
    """Their style is applied, by its digest, and their pictures are shown."""
    picture = base64.b64encode(pictures.png()).decode()
    parts = [image_part(f"data:image/png;base64,{picture}")]
    conversation = Conversation()
    asked = Branch().append(message_of({"role": "user", "content": parts}))
    conversation.add(a_turn(asked=asked, choices=(Choice(0, "| a |\n|--:|\n| **b** |"),)))
    odds = [TokenLogprob("<b>", -0.5, (("x", -1.0),))]
    for name, text in (("a", to_html.page(conversation)), ("b", tokens_html.page(odds, "<i>", "m"))):
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8", newline="")
        page.open(tmp_path / f"{name}.html")
        assert page.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.value("[...document.images].every((each) => each.naturalWidth > 0)")
        assert page.value("document.images.length") == (name == "a")
