"""/eval FILE asks all cases, keeps each answer before it is shown, and goes on after whatever stopped it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.evaluation import hope, results
from chat.evaluation.results import Sample
from commands import line, registry

from ...support.asked import config, last, ok, rows
from ...support.recorder import RecordedRun, RecordingScreen
from ...support.server import Reply, chunk, chunked, error, sse, whole
from .conftest import Evals


def test_all_cases_are_asked_and_judged(evals: Evals) -> None:
    """Each cell is asked once; the verdicts stand in the store and in what is shown."""
    config(evals.folder / "c.json")
    screen = evals.type("/eval c.json")
    assert screen.failed == [] and screen.warned == []
    assert screen.questions == ["send them?"]
    assert sorted(evals.server.counts.items()) == [(f"{a} q{n}", 1) for a in "AB" for n in range(3)]
    assert [each.passed for each in evals.samples()] == [True] * 6
    assert evals.run().state == results.FINISHED
    assert screen.said[0] == "letters: 2 columns × 3 cases = 6 answers"


def test_who_says_no_sends_nothing(evals: Evals) -> None:
    """Nothing is kept of it, either."""
    rows(evals.folder / "r.csv")
    screen = evals.type("/eval r.csv", yes=False)
    assert screen.said[-1] == "nothing was sent"
    assert evals.server.cells == 0 and evals.kept.newest() == []


def test_an_answer_is_kept_before_it_is_shown(evals: Evals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the display is told of a sample stands in the store by then."""
    rows(evals.folder / "r.csv", 5)
    shown: list[tuple[str, str]] = []

    def sample(self: RecordedRun, sample: Sample) -> None:
        run = evals.run()
        shown.append((sample.state, evals.kept.sample(run, sample.place).state))

    monkeypatch.setattr(RecordedRun, "sample", sample)
    evals.type("/eval r.csv")
    assert all(told == kept for told, kept in shown)
    assert sorted(state for state, _ in shown) == sorted(["sent", "answered", "judged"] * 5)


def test_filter_limit_and_repeat_say_what_is_asked(evals: Evals) -> None:
    """Only cases that have the text, only the first, each as often as is said."""
    config(evals.folder / "c.json", cases=12, columns=1)
    evals.type("/eval c.json --filter Q1 --limit 2 --repeat 3")
    assert evals.server.counts == {"A q1": 3, "A q10": 3}
    screen = evals.type("/eval c.json --filter zebra")
    assert screen.failed == ["no case has zebra in its description or its variables"]


def test_answers_of_earlier_runs_are_taken_once_each(evals: Evals) -> None:
    """With --reuse nothing is asked that was; two samples never share one answer."""
    config(evals.folder / "c.json", columns=1, cases=2)
    evals.type("/eval c.json --repeat 2")
    screen = evals.type("/eval c.json --repeat 3 --reuse")
    assert "4 answers taken from earlier runs" in screen.said
    assert evals.server.counts == {"A q0": 3, "A q1": 3}
    config(evals.folder / "twice.json", prompts=["A {{q}}"], tests=[{"vars": {"q": "q0"}}] * 5)
    evals.type("/eval twice.json --reuse")
    assert evals.server.counts["A q0"] == 5, "what was taken is no answer of its own"


def test_what_may_pass_is_asked_again(evals: Evals) -> None:
    """A refusal for the rate, a server's error and a cut stream: the same is asked until it is answered."""
    faults: list[Reply] = [
        error("429 Too Many Requests", Retry_After="0.01"),
        error("500 Internal Server Error"),
        chunked(sse(chunk({"content": "hal"}), done=False), end=False),
    ]

    def by(body: Any, before: int) -> Reply:
        number = int(last(body)[-1])
        return ok(body) if before else faults[number]

    evals.server.by = by
    rows(evals.folder / "r.csv", 3)
    screen = evals.type("/eval r.csv")
    assert screen.warned == [], evals.server.counts
    assert [(each.state, each.tries) for each in evals.samples()] == [("judged", 2)] * 3


def test_the_last_one_is_asked_again_after_a_pause(evals: Evals) -> None:
    """Where nothing else is left to ask, a request that was refused still is."""
    evals.server.by = lambda body, before: (
        ok(body) if before else error("429 Too Many Requests", Retry_After="0.4")
    )
    rows(evals.folder / "r.csv", 1)
    evals.type("/eval r.csv")
    assert evals.states() == ["judged"]


def test_failures_are_kept_by_kind(evals: Evals) -> None:
    """Refused for good, or as often as is tried: what the server said stands with the sample."""
    replies = {
        "1": error("400 Bad Request", "the prompt is too long"),
        "2": error("401 Unauthorized", "no such key"),
        "3": error("404 Not Found", "no such model", code="model_not_found"),
        "4": error("429 Too Many Requests", "pay", code="insufficient_quota", type="insufficient_quota"),
    }
    evals.server.by = lambda body, _: replies.get(last(body)[-1]) or ok(body)
    rows(evals.folder / "r.csv", 5)
    screen = evals.type("/eval r.csv --rate at_once=1")
    assert [each.kind for each in evals.samples()] == [
        *("", "refused", "key refused", "no such model", "quota used up")
    ]
    assert evals.samples()[1].error.endswith("the prompt is too long")
    assert screen.warned == [] and evals.run().state == results.FINISHED


def test_a_column_that_only_fails_is_asked_no_further(evals: Evals) -> None:
    """After three failures alike, whatever numbers are in them; the others go on, and it says so."""

    def by(body: Any, _: int) -> Reply:
        if last(body).startswith("B"):
            return error("400 Bad Request", f"request req-{last(body)[-2:]}: {len(last(body))} is too much")
        return ok(body)

    evals.server.by = by
    config(evals.folder / "c.json", cases=30)
    screen = evals.type("/eval c.json --rate at_once=1")
    asked = [text for text in evals.server.counts if text.startswith("B")]
    assert (len(asked), evals.server.cells) == (3, 33)
    (why,) = screen.warned
    assert "is asked no further, since 3 requests failed alike:" in why
    assert evals.run().state == results.STOPPED
    evals.server.by = None
    screen = evals.type("/eval go on")
    assert screen.said[0] == "run 1, letters: 30 answers of 60 left"
    assert set(evals.states()) == {"judged"} and evals.run().state == results.FINISHED


def test_a_server_that_is_gone_is_not_waited_for_for_ever(
    evals: Evals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while the column is asked no further, and the rest is left for later."""
    monkeypatch.setattr(hope, "PATIENCE", 0.2)
    evals.server.by = lambda body, before: error("500 Internal Server Error")
    rows(evals.folder / "r.csv", 40)
    screen = evals.type("/eval r.csv --rate at_once=2")
    assert "the server has not answered for 0.2 s" in screen.warned[0]
    assert evals.server.cells < 12
    assert evals.run().state == results.STOPPED


def test_what_it_may_cost_stops_it(evals: Evals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent that could take it beyond --max-cost, the first wave included."""
    monkeypatch.setattr("chat.tokens.prices.cost", lambda *_: 0.01)
    rows(evals.folder / "r.csv", 30)
    screen = evals.type("/eval r.csv --max-cost 0.055")
    assert screen.warned == ["stopped, since one more answer could take it beyond $0.055"]
    assert evals.server.cells == 5
    evals.type("/eval go on --max-cost 0.10")
    assert evals.server.cells == 10


def test_what_was_enough_is_no_stop(evals: Evals, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose last answer takes all that was allowed has ended as one that was allowed more."""
    monkeypatch.setattr("chat.tokens.prices.cost", lambda *_: 0.01)
    rows(evals.folder / "r.csv", 5)
    screen = evals.type("/eval r.csv --max-cost 0.05")
    assert screen.warned == [] and evals.server.cells == 5
    assert evals.run().state == results.FINISHED


def test_each_column_that_is_given_up_is_told(evals: Evals) -> None:
    """Not the last one alone."""
    evals.server.by = lambda body, _: error("401 Unauthorized", "no such key")
    config(evals.folder / "c.json", cases=20)
    (why,) = evals.type("/eval c.json --rate at_once=1").warned
    assert why.count("is asked no further") == 2 and "A {{q}}" in why and "B {{q}}" in why


def test_an_unknown_cost_can_not_be_kept_to(evals: Evals) -> None:
    """--max-cost is refused where no price is known; nothing is sent."""
    rows(evals.folder / "r.csv")
    screen = evals.type("/eval r.csv --max-cost 1")
    assert screen.failed[0].startswith("what this costs is not known, so that --max-cost can't be kept")
    assert evals.server.cells == 0


def test_only_what_failed_is_asked_again(evals: Evals) -> None:
    """go on --failed leaves what was answered, and asks the rest."""
    evals.server.by = lambda body, before: (
        error("400 Bad Request", "no") if last(body) == "case 1" and not before else ok(body)
    )
    rows(evals.folder / "r.csv", 3)
    evals.type("/eval r.csv")
    assert evals.states() == ["judged", "failed", "judged"]
    evals.type("/eval go on 1 --failed")
    assert evals.states() == ["judged"] * 3
    assert evals.server.counts == {"case 0": 1, "case 1": 2, "case 2": 1}
    screen = evals.type("/eval go on 1 --failed")
    assert screen.said[0] == "run 1 (r): nothing is left to ask"


def test_messages_that_can_not_be_made_are_failures_of_their_case(evals: Evals) -> None:
    """A template that fails for one case says why there; the others are asked."""
    made = {"prompts": ["{{ 10 // n }}"], "tests": [{"vars": {"n": 2}}, {"vars": {"n": 0}}]}
    (evals.folder / "c.json").write_text(json.dumps(made), encoding="utf-8")
    evals.type("/eval c.json")
    first, second = evals.samples()
    assert (first.state, second.state, second.kind) == ("judged", "failed", "not made")
    assert second.error and evals.server.counts == {"5": 1}


# ---- judges


def best(body: Any, _: int) -> bytes:
    """A judge that likes the longest text, whatever its place."""
    texts = json.loads(last(body))["texts"]
    return whole(
        json.dumps({"reason": "long", "best": max(texts, key=lambda each: len(each["text"]))["index"]})
    )


BEST = [{"type": "select-best", "value": "the longest"}]


def test_columns_are_compared_by_a_judge_in_both_orders(evals: Evals) -> None:
    """One of them wins each case; the judge is asked twice a case."""
    evals.server.by = lambda body, _: whole("long " * (2 if last(body)[0] == "A" else 1))
    evals.server.judge = best
    config(evals.folder / "c.json", cases=3, asserts=BEST)
    screen = evals.type("/eval c.json")
    assert screen.failed == []
    assert evals.server.cells == 6 + 6
    assert [each.passed for each in evals.samples()] == [True, False] * 3
    assert [(each.turned, each.flips) for each in evals.samples()] == [(1, 0)] * 6


def test_a_column_that_failed_takes_no_part(evals: Evals) -> None:
    """The others are compared without it; once it answers, all are compared anew."""
    fails = True

    def by(body: Any, _: int) -> Reply:
        letter = last(body)[0]
        if letter == "C" and fails:
            return error("400 Bad Request", "no")
        return whole("long " * (1 + "ABC".index(letter)))

    evals.server.by, evals.server.judge = by, best
    config(evals.folder / "c.json", cases=1, columns=3, asserts=[*BEST, {"type": "contains", "value": "g"}])
    evals.type("/eval c.json")
    assert [each.passed for each in evals.samples()] == [False, True, None]
    fails = False
    evals.type("/eval go on 1 --failed")
    assert [each.passed for each in evals.samples()] == [False, False, True]
    assert [each.tries for each in evals.samples()] == [1, 1, 1]
    assert [len(each.judges) for each in evals.samples()] == [2, 2, 2], "what the last comparison was asked"


def test_a_column_given_up_holds_up_no_comparison(evals: Evals) -> None:
    """Cases in which it was not asked are compared without it, too."""
    evals.server.by = lambda body, _: error("401 Unauthorized") if last(body)[0] == "C" else ok(body)
    evals.server.judge = best
    config(evals.folder / "c.json", cases=8, columns=3, asserts=BEST)
    evals.type("/eval c.json --rate at_once=1")
    states = evals.states()
    assert states.count("answered") == 0 and states.count("judged") == 16


def test_an_answer_that_comes_to_no_comparison_holds_up_none(evals: Evals) -> None:
    """Its transform fails: it is not checked, and the others are compared."""
    evals.server.by = lambda body, _: whole('{"a": "x"}' if last(body)[0] != "A" else "no JSON")
    evals.server.judge = best
    tests = [{"vars": {"q": "1"}, "assert": BEST, "options": {"transform": "a"}}]
    config(evals.folder / "c.json", columns=3, tests=tests)
    evals.type("/eval c.json")
    assert set(evals.states()) == {"judged"}
    assert evals.samples()[0].passed is None


RUBRIC = [{"type": "llm-rubric", "value": "is kind"}]


def grade(passed: bool) -> bytes:
    return whole(json.dumps({"reason": "so", "pass": passed, "score": float(passed)}))


def test_a_rubric_is_asked_of_the_model_in_force(evals: Evals) -> None:
    """The judge's words are kept, and what it cost is kept apart."""
    evals.server.judge = lambda body, _: grade(True)
    config(evals.folder / "c.json", cases=2, columns=1, asserts=RUBRIC)
    screen = evals.type("/eval c.json")
    assert screen.failed == []
    assert [each.passed for each in evals.samples()] == [True, True]
    assert all(each.judges[0]["type"] == "llm-rubric" for each in evals.samples())
    assert screen.said[0] == "letters: one column × 2 cases = 2 answers, and 2 verdicts of judges"


def test_a_judge_that_takes_no_schema_is_asked_without(evals: Evals) -> None:
    """Refused once, the schema is left out from then on."""
    evals.server.judge = lambda body, _: (
        error("400 Bad Request", "no", param="response_format", code="unsupported_parameter")
        if "response_format" in body
        else grade(True)
    )
    config(evals.folder / "c.json", cases=3, columns=1, asserts=RUBRIC)
    evals.type("/eval c.json --rate at_once=1")
    assert [each.passed for each in evals.samples()] == [True] * 3
    judged = [body for body in (r.body for r in evals.server.requests if r.raw) if "you judge" in str(body)]
    assert ["response_format" in body for body in judged] == [True, False, False, False]


def test_a_judge_that_can_not_be_asked_leaves_it_unchecked(evals: Evals) -> None:
    """Never counted as passed; what kept it from judging is said."""
    evals.server.judge = lambda body, _: error("400 Bad Request", "not today")
    config(evals.folder / "c.json", cases=1, columns=1, asserts=RUBRIC)
    evals.type("/eval c.json")
    (sample,) = evals.samples()
    assert sample.passed is None and sample.judged and "not today" in sample.judged.why


def test_a_judges_own_prompt_that_fails_is_the_last_word(evals: Evals) -> None:
    """A question that can't be made leaves its answer unchecked, the very last one's too."""
    bad = [{"type": "llm-rubric", "value": "x", "rubricPrompt": "{{ 1 // 0 }}"}]
    config(evals.folder / "c.json", cases=2, columns=1, asserts=bad)
    evals.type("/eval c.json")
    assert evals.states() == ["judged"] * 2 and evals.run().state == results.FINISHED


def test_likeness_is_taken_from_embeddings(evals: Evals) -> None:
    """`similar` asks the endpoint for embeddings of the answer and of what is expected."""
    config(evals.folder / "c.json", cases=1, columns=1, asserts=[{"type": "similar", "value": "ok A q0"}])
    screen = evals.type("/eval c.json")
    assert screen.failed == [] and evals.samples()[0].passed is True


def test_answers_that_wait_for_a_verdict_are_judged_when_it_goes_on(
    evals: Evals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped between answer and verdict: nothing is asked again but the judge."""
    evals.server.judge = lambda body, _: grade(True)
    config(evals.folder / "c.json", cases=2, columns=1, asserts=RUBRIC)
    with monkeypatch.context() as patch:
        patch.setattr("chat.evaluation.verdicts.Verdicts.job", lambda self: None)
        evals.type("/eval c.json")
    assert evals.states() == ["answered"] * 2
    assert evals.run().state == results.STOPPED
    evals.type("/eval go on")
    assert evals.states() == ["judged"] * 2
    assert evals.server.counts["A q0"] == evals.server.counts["A q1"] == 1


def test_what_judges_cost_is_kept_apart(evals: Evals, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of a run counts it; that of an answer does not, and a contest is paid once."""
    monkeypatch.setattr("chat.tokens.prices.cost", lambda *_: 0.01)
    evals.server.judge = lambda body, before: best(body, before) if "texts" in last(body) else grade(True)
    config(evals.folder / "c.json", cases=1, columns=2, asserts=[*RUBRIC, *BEST])
    evals.type("/eval c.json")
    samples = evals.samples()
    assert [each.answered and each.answered.cost for each in samples] == [0.01, 0.01]
    assert sorted(round(each.judging or 0, 2) for each in samples) == [0.01, 0.03]
    assert evals.kept.newest()[0].cost == pytest.approx(2 * 0.01 + 4 * 0.01)


def test_a_cell_that_is_asked_again_is_counted_once(evals: Evals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its former answer is gone, and what the run cost is that of the answers that there are."""
    from chat.evaluation.results import Place
    from commands.experiments import eval_words, evaluating

    monkeypatch.setattr("chat.tokens.prices.cost", lambda *_: 0.01)
    rows(evals.folder / "r.csv", 2)
    evals.type("/eval r.csv")
    evals.server.by = lambda body, _: whole("no")
    told: list[float] = []
    monkeypatch.setattr(RecordedRun, "close", lambda self: told.append(self.spent or 0))
    screen = RecordingScreen()
    words = eval_words.read(["go"])
    evaluating.asked_again(evals.session, screen, words, evals.run(), Place(0, 1))
    assert [each.passed for each in evals.samples()] == [True, False]
    assert evals.server.counts == {"case 0": 1, "case 1": 2}
    assert told == [pytest.approx(0.01)], "what it begins with is without that answer"


def test_runs_are_completed_by_their_numbers(evals: Evals) -> None:
    """What acts on runs is offered once there is one, and then names them; files are offered before."""

    def offers(text: str) -> list[str]:
        return [each.text for _, each in line.complete(text, registry(), evals.session)]

    rows(evals.folder / "r.csv", 1)
    (evals.folder / "p.prompt.yaml").write_text("", encoding="utf-8")
    assert offers("/eval ") == ["check", "now", "new", "write", "list", "r.csv"]
    evals.type("/eval r.csv")
    evals.type("/eval r.csv")
    assert offers("/eval ")[4:9] == ["go on", "list", "show", "diff", "delete"]
    assert offers("/eval show ") == offers("/eval go on ") == offers("/eval diff 1 ") == ["2", "1"]
    assert offers("/eval delete 1") == ["1"]
    evals.type("/eval delete 1 2")
    assert offers("/eval s") == []
