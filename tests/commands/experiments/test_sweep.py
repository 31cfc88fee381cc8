"""/sweep: asked first, run, shown; resumed, stopped, refused; and what else shows its answers."""

from __future__ import annotations

import csv
import io
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.base.errors import TemperaError
from chat.conversation.events import Waiting
from chat.conversation.experiment import SWEEP, missing
from chat.lab import grid as grids
from chat.lab import runner
from chat.session import sending
from chat.session.state import Session
from chat.store.conversations import Store
from commands import dispatch, line, registry
from commands.declare import Action, Edit
from commands.experiments.sweep import parted
from commands.talk.outline import outline

from ...support.recorder import RecordingScreen
from ...support.server import Reply, Request, Server, chunk, error, models, sse, stream, usage

KNOWN = registry()
Type = Callable[[str], Action | None]


class Telling(Server):
    """A server whose answers may depend on what is asked, however many ask at once."""

    by: Callable[[Any], Reply] | None = None

    def _next(self, request: Request) -> Reply:
        return self.by(request.body) if self.by and request.raw else super()._next(request)


@pytest.fixture
def server() -> Iterator[Telling]:
    with Telling() as running:
        yield running


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    session = here("max_tokens: 7")
    session.store = Store(session.places.conversations, session.secrets)
    return session


def answer_by(server: Telling, *names: str) -> None:
    """Each answer says the values that it was asked with."""
    server.by = lambda body: stream(*(f"{name} {body.get(name)} " for name in names))


def bodies(server: Telling) -> list[Any]:
    return [request.body for request in server.requests if request.raw]


@pytest.fixture
def swept(typed: Type, screen: RecordingScreen, server: Telling) -> None:
    """A sweep of six answers."""
    server.reply(stream("it ", "is"))
    screen.answers = [True]
    typed("/sweep temperature 0..1/0.5 x2 -- What is it?")


# ---- before it is sent


def test_what_it_can_take_is_said_first(typed: Type, screen: RecordingScreen, server: Telling) -> None:
    """The number of requests and their worst case come before the question; a no sends and keeps nothing, and
    gives the line back."""
    server.reply(stream("a"))
    screen.answers = [False]
    action = typed("/sweep temperature 0..1.5/0.25 x3 -- Hi")
    assert action == Edit("/sweep temperature 0..1.5/0.25 x3 -- Hi")
    assert screen.said[0].startswith("21 requests · at most ≈")
    assert "147 out · cost unknown" in screen.said[0]
    assert screen.questions == ["send them, 4 at once?"]
    assert screen.said[-1] == "nothing was sent"
    assert not server.requests


def test_a_no_leaves_no_sweep(
    typed: Type, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """What was only counted is no experiment of the conversation."""
    typed("/sweep temperature 0,1 -- Hi")
    assert not session.conversation.experiments


def test_dashes_without_a_message_are_no_message(
    typed: Type, screen: RecordingScreen, server: Telling
) -> None:
    """Who types -- is about to write a message: not the last one again."""
    typed("/sweep temperature 0,1 --")
    assert screen.failed == ["there is no message after --"]
    assert not server.requests and not screen.questions


def test_an_endless_worst_case_is_called_so(here: Callable[..., Session], screen: RecordingScreen) -> None:
    """Where nothing limits the answers, that is said, and what would."""
    dispatch.run("/sweep temperature 0,1 -- Hi", KNOWN, here(), screen)
    assert "no limit out: max_tokens would set one" in screen.said[0]


def test_the_budget_is_asked_once_for_all(
    typed: Type, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """The whole sweep is held against the budget, not its first request."""
    session.conversation.budget_tokens = 50
    typed("/sweep temperature 0..2/0.5 -- Hi")
    assert len(screen.warned) == 1
    assert "5 requests could take" in screen.warned[0]
    assert screen.questions == ["send all the same?"]
    assert not server.requests


def test_each_request_is_made_once(
    typed: Type, screen: RecordingScreen, server: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was counted, held against the budget and agreed to is what is sent: 44 cells, 44 preparations."""
    made: list[int] = []
    prepare = sending.prepare

    def counted(*args: Any, **more: Any) -> Any:
        made.append(more["cell"])
        return prepare(*args, **more)

    monkeypatch.setattr(sending, "prepare", counted)
    server.reply(stream("a"))
    screen.answers = [True]
    typed("/sweep temperature 0..1/0.1 seed=1..4 -- Hi")
    assert made == list(range(44)) and len(bodies(server)) == 44


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("temperature 0..3/1 -- Hi", "3.0 is not a number from 0 to 2"),
        ("temprature 1 -- Hi", "did you mean temperature?"),
        ("temperature 0,1", "there is no message yet"),
        ("", "there is no sweep in this conversation"),
        ("resume", "there is no sweep in this conversation"),
        ("system @nowhere.txt -- Hi", "nowhere.txt"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_sent(
    typed: Type, screen: RecordingScreen, server: Telling, text: str, told: str
) -> None:
    """Values, names, a message that is missing: a sentence, and no request."""
    typed(f"/sweep {text}")
    assert told in screen.failed[0]
    assert not server.requests and not screen.questions


def test_a_seed_with_repeats_is_pointed_out(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """The same seed three times would be the same answer three times."""
    session.settings = session.settings.set("seed", 1)
    typed("/sweep temperature 0,1 x3 -- Hi")
    assert screen.warned == ["seed is set: servers that honour it repeat the same answer"]


# ---- run


def test_every_combination_is_asked(typed: Type, screen: RecordingScreen, server: Telling) -> None:
    """Each request carries its own values and the whole message; unset is not sent."""
    answer_by(server, "temperature", "seed")
    screen.answers = [True]
    typed("/sweep temperature unset,0.5 seed=1,2 -- What is it?")
    sent = bodies(server)
    assert sorted((str(body.get("temperature")), body["seed"]) for body in sent) == [
        *(("0.5", 1), ("0.5", 2), ("None", 1), ("None", 2)),
    ]
    assert {body["messages"][-1]["content"] for body in sent} == {"What is it?"}
    columns, rows = screen.tables[0]
    assert columns[:3] == ("#", "temperature", "seed")
    assert [row[:3] for row in rows] == [
        ("1", "unset", "1"),
        ("2", "", "2"),
        ("3", "0.5", "1"),
        ("4", "", "2"),
    ]
    assert rows[2][-1] == "temperature 0.5 seed 1"


def test_repeats_are_one_row(screen: RecordingScreen, swept: None) -> None:
    """How many answers differ, and what a row took in all; the plot comes with what varies."""
    columns, rows = screen.tables[0]
    table = [dict(zip(columns, row, strict=True)) for row in rows]
    assert [each["#"] for each in table] == ["1–2", "3–4", "5–6"]
    assert [each["distinct"] for each in table] == ["1 of 2"] * 3
    assert [each["tokens"] for each in table] == ["2"] * 3
    assert screen.plotted == [], "nothing varies"


def test_several_answers_have_their_spread(typed: Type, screen: RecordingScreen, server: Telling) -> None:
    """How often the most frequent of them came, with its interval, and how alike any two are; the table of the
    sweep itself has no column more."""
    said = iter(["a b", "a b", "a c", "d e"])
    server.by = lambda body: stream(next(said) if body["temperature"] else "always")
    screen.answers = [True]
    typed("/sweep temperature 0,1 x4 -- What is it?")
    assert "most frequent" not in screen.tables[0][0]
    columns, rows = screen.tables[1]
    assert columns == ("#", "temperature", "most frequent", "similarity")
    assert rows == [
        ("1–4", "0", "100% (51 to 100)", "1.00"),
        ("5–8", "1", "50% (15 to 85)", "0.33"),
    ]


def test_rows_say_whether_answers_have_the_form(
    typed: Type, screen: RecordingScreen, server: Telling
) -> None:
    """Of a schema: yes, or what is wrong; of several answers, how many have it."""
    server.by = lambda body: stream("[1]" if body["temperature"] else "{}")
    screen.answers = [True]
    typed("/format json")
    typed("/sweep temperature 0,1 -- What is it?")
    screen.answers = [True]
    typed("/sweep temperature 0,1 x2 -- What is it?")
    told = [[dict(zip(columns, row, strict=True))["fits"] for row in rows] for columns, rows in screen.tables]
    assert told == [["yes", "does not fit: the whole: it is no object"], ["2 of 2", "0 of 2"]]


def test_the_plot_shows_what_varies(typed: Type, screen: RecordingScreen, server: Telling) -> None:
    """The similarity to the first answer, over the parameter."""
    answer_by(server, "temperature")
    screen.answers = [True]
    typed("/sweep temperature 0,1,2 -- What is it?")
    (chart, *_) = screen.plotted[0]
    assert (chart.across, chart.labels) == ("temperature", ("0", "1", "2"))


def test_the_conversation_goes_on_with_the_first_answer(typed: Type, session: Session, swept: None) -> None:
    """A message that was asked by the sweep has an answer on the branch; /pick takes another by its number."""
    assert [message.content for message in session.branch] == ["What is it?", "it is"]
    typed("/pick 4")
    assert session.conversation.owner(session.branch) == 3


def test_a_sweep_of_the_last_message_leaves_its_answer(
    typed: Type, session: Session, screen: RecordingScreen, server: Telling, swept: None
) -> None:
    """Asked again, the conversation goes on with the answer that was there."""
    before = session.branch
    screen.answers = [True]
    typed("/sweep top_p 0.1,0.9")
    assert session.branch == before
    assert {body["messages"][-1]["content"] for body in bodies(server)} == {"What is it?"}
    assert {turn.request.asked for turn in session.turns} == {session.turns[0].request.asked}


def test_a_bounded_number_is_under_way(typed: Type, screen: RecordingScreen, server: Telling) -> None:
    """Never more than four at once."""
    under_way = most = 0
    lock = threading.Lock()

    def reply(connection: socket.socket) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        piece = sse(chunk({"content": "x"}), done=False)
        end = sse(chunk({}, finish="stop"), chunk(usage=usage()))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        threading.Event().wait(0.05)
        with lock:
            under_way -= 1
        connection.sendall(piece + end)
        connection.shutdown(socket.SHUT_RDWR)
        raise OSError("closed")

    server.reply(reply)
    screen.answers = [True]
    typed("/sweep seed 1..12 -- Hi")
    assert len(bodies(server)) == 12
    assert 1 < most <= 4


def test_a_rate_limit_is_waited_for(
    typed: Type, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """One refused for now is sent again after the countdown, which the display is told of."""
    server.reply(error("429 Too Many Requests", Retry_After="0.05"), stream("a"))
    screen.answers = [True]
    typed("/sweep seed 1..6 -- Hi")
    assert any(isinstance(event, Waiting) for _, event in screen.compared[0].events)
    assert not missing(next(iter(session.conversation.experiments.values())), session.turns)


# ---- what goes wrong


def test_one_failure_does_not_stop_it(
    typed: Type, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """It is counted and told, and /sweep resume asks that one alone."""
    server.reply(stream("a"), error("500 Oops"), stream("b"))
    screen.answers = [True]
    typed("/sweep seed 1..6 -- Hi")
    assert len(bodies(server)) == 6
    assert any(text.startswith("5 of 6 are there · /sweep resume asks the 1") for text in screen.said)
    assert screen.warned == ["one request failed: the server failed (500): no"]
    screen.answers = [True]
    typed("/sweep resume")
    assert "one request of 6" in screen.transcript
    assert len(bodies(server)) == 7
    typed("/sweep resume")
    assert screen.said[-1] == "nothing is missing of seed 1..6"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (error("401 Unauthorized", "bad key"), "wants a key"),
        (
            error("400 Bad Request", "no seed", param="seed", code="unsupported_parameter"),
            "seed is not taken",
        ),
        (error("404 Not Found", "none", code="model_not_found"), "no model"),
    ],
)
def test_three_refusals_in_a_row_end_it(
    typed: Type, screen: RecordingScreen, server: Telling, reply: bytes, told: str
) -> None:
    """What will be refused again and again is not asked forty times: one sentence says why."""
    server.reply(reply)
    screen.answers = [True]
    typed("/sweep seed 1..40 -- Hi")
    assert 3 <= len(bodies(server)) <= 7
    (failure,) = screen.failed
    assert failure.startswith("ended after three refusals in a row: ") and told in failure


def test_nobody_listens(here: Callable[..., Session], screen: RecordingScreen) -> None:
    """A connection that is refused three times is not tried forty times."""
    with Server() as gone:
        url = gone.url
    session = here(model="m")
    session.settings = session.settings.set("base_url", url)
    screen.answers = [True]
    dispatch.run("/sweep seed 1..40 -- Hi", KNOWN, session, screen)
    assert "nothing listens at" in screen.failed[0]
    assert len(session.turns) < 8


def test_a_value_that_is_refused_does_not_stop_the_others(
    typed: Type, screen: RecordingScreen, server: Telling
) -> None:
    """Once others were taken, values of the sweep that a server refuses fail alone."""

    refused = error("400 Bad Request", "too hot", param="temperature", code="unsupported_value")
    server.by = lambda body: refused if body["temperature"] > 0.4 else stream("a")
    screen.answers = [True]
    typed("/sweep temperature 0..2/0.2 -- Hi")
    assert len(bodies(server)) == 11
    assert not screen.failed
    assert screen.warned == ["8 requests failed: temperature is not taken: too hot"]


def test_ctrl_c_keeps_what_came(
    typed: Type, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """What was answered stays, what was not is asked by /sweep resume; nothing is asked twice."""
    main = threading.main_thread().ident
    assert main

    def stop(connection: socket.socket) -> None:
        signal.pthread_kill(main, signal.SIGINT)
        threading.Event().wait(1)
        raise OSError

    server.by = lambda body: stop if body["seed"] > 6 else stream(f"seed {body['seed']}")
    screen.answers = [True]
    typed("/sweep seed 1..12 -- Hi")
    experiment = next(iter(session.conversation.experiments.values()))
    left = missing(experiment, session.turns)
    assert 6 <= len(left) < 12
    assert screen.compared[0].closed
    before = len(bodies(server))
    server.by = lambda body: stream("later")
    screen.answers = [True]
    typed("/sweep")
    again = [body["seed"] for body in bodies(server)[before:]]
    assert sorted(again) == [cell + 1 for cell in left]
    assert not missing(experiment, session.turns)


def test_a_new_shell_takes_it_up(
    typed: Type, session: Session, screen: RecordingScreen, server: Telling, here: Callable[..., Session]
) -> None:
    """After /resume of the conversation, in another session, the missing ones are asked with what was set then."""
    server.reply(stream("a"), error("500 Oops"), error("500 Oops"), stream("b"))
    session.settings = session.settings.set("top_p", 0.3)
    screen.answers = [True]
    typed("/sweep seed 1..4 -- Hi")
    other = here("max_tokens: 7")
    other.store = Store(other.places.conversations, other.secrets)
    other.settings = other.settings.set("top_p", 0.9)
    again = RecordingScreen(answers=[True])
    dispatch.run(f"/resume {session.conversation.number}", KNOWN, other, again)
    dispatch.run("/sweep resume", KNOWN, other, again)
    assert [body["top_p"] for body in bodies(server)] == [0.3] * 6
    assert Counter(body["seed"] for body in bodies(server)).most_common(4)[-1][1] == 1
    assert not missing(next(iter(other.conversation.experiments.values())), other.turns)


# ---- where else it shows


def test_branches_show_it_in_one_line(session: Session, swept: None) -> None:
    """A sweep's answers do not swamp the tree; the one that the conversation goes on with has its own line."""
    first, second = outline(session.conversation)
    assert first.startswith("├─● 1  What is it? · it is")
    assert second == "└─  sweep temperature 0..1/0.5 x2: 5 answers, turns 2–6"


def test_what_follows_an_answer_keeps_its_line(
    typed: Type, session: Session, server: Telling, swept: None
) -> None:
    """An answer that was picked and gone on with is drawn with what follows it."""
    typed("/pick 3")
    session.take(lab_turn(session))
    lines = outline(session.conversation)
    assert lines[0] == "├─  sweep temperature 0..1/0.5 x2: 5 answers, turns 1–2, 4–6 · What is it?"
    assert lines[1].startswith("└─  3  ")
    assert lines[2].strip().startswith("● 7")


def lab_turn(session: Session) -> Any:
    from ...support.turns import made

    return made(session.asked("And then?"), "that")


def test_usage_shows_it_in_one_row(typed: Type, screen: RecordingScreen, swept: None) -> None:
    """Sums and means, how the answers ended; /usage all has a row a turn."""
    typed("/usage")
    columns, rows = screen.tables[-1]
    assert len(rows) == 2
    row = dict(zip(columns, rows[0], strict=True))
    assert (row["turn"], row["out"], row["finish"]) == ("1–6", "12", "6 stop")
    assert row["with"] == "sweep temperature 0..1/0.5 x2"
    typed("/usage all")
    assert len(screen.tables[-1][1]) == 7


def test_export_csv(
    typed: Type, screen: RecordingScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swept: None
) -> None:
    """The last sweep's answers, a row each, in a file or on the screen."""
    monkeypatch.chdir(tmp_path)
    typed("/export csv out.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
    assert [(row["temperature"], row["repeat"], row["answer"]) for row in rows][:3] == [
        *(("0", "1", "it is"), ("0", "2", "it is"), ("0.5", "1", "it is")),
    ]
    typed("/export html out.html")
    assert "<h2>sweep temperature 0..1/0.5 x2</h2>" in (tmp_path / "out.html").read_text()


def test_export_and_import_keep_it(
    typed: Type, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swept: None
) -> None:
    """/export json carries the sweep, and what is imported can be shown again."""
    monkeypatch.chdir(tmp_path)
    typed("/export json all.json")
    number = session.conversation.number
    session.store.delete(number)
    session.begin()
    typed("/import all.json")
    kept = runner.newest(session, SWEEP)
    assert kept and kept.about == "temperature 0..1/0.5 x2"
    assert not missing(kept, session.turns)


# ---- completion


def offers(text: str, session: Session) -> list[str]:
    return [suggestion.text for _, suggestion in line.complete(text, KNOWN, session)]


PREFIXES = [
    *(
        "/sweep ",
        "/sweep temp",
        "/sweep temperature ",
        "/sweep temperature=",
        "/sweep temperature 0",
        "/sweep seed ",
    ),
    *("/sweep model ", "/sweep model=a", "/sweep model alpha,", "/sweep reasoning_effort ", "/sweep stop "),
    *(
        "/sweep reasoning_effort low,",
        "/sweep temperature 0,1 ",
        "/sweep temperature 0,1 s",
        "/sweep system ",
    ),
    *("/sweep temperature 0,1 seed=", "/sweep temperature 0,1 seed ", "/sweep temperature 0,1 seed=1,2 "),
    *(
        "/sweep extra.min_p ",
        "/sweep logprobs ",
        "/sweep user ",
        "/sweep max_tokens ",
        "/sweep temperature 0,1 x",
    ),
    "/sweep temperature 0,1 -",
]


@pytest.fixture
def listed(session: Session, server: Telling) -> Session:
    server.reply(models("alpha", "beta"))
    session.server.models()
    return session


@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_is_offered_is_a_sweep(listed: Session, prefix: str) -> None:
    """Every suggestion, put into the line, is read; a name that wants values is offered with some of them."""
    found = list(line.complete(prefix, KNOWN, listed))
    assert found or prefix in ("/sweep user ",)
    for at, suggestion in found:
        whole = prefix[:at] + suggestion.text
        if whole.endswith("="):
            assert offers(whole, listed) or whole.endswith(UNSUGGESTED), whole
            continue
        text, _ = grids.split(whole.removeprefix("/sweep "))
        assert len(grids.read(parted(text)[0])) >= 1, whole


#: Parameters of texts that nobody can guess.
UNSUGGESTED = ("prompt_cache_key=", "safety_identifier=", "user=")


def test_completion_offers_ranges_lists_and_what_is_missing(
    listed: Session, typed: Type, screen: RecordingScreen, server: Telling
) -> None:
    """A range for a number, all models, a second parameter, repeats, a message; resume where there is a need."""
    assert offers("/sweep temperature ", listed)[0] == "0..2/0.5"
    assert offers("/sweep model ", listed)[0] == "alpha,beta"
    assert offers("/sweep model alpha,", listed) == ["beta"]
    after = offers("/sweep temperature 0,1 ", listed)
    assert {"seed=", "x3", "--"} <= set(after)
    assert "temperature=" not in after
    assert "tools=" not in after
    assert offers("/sweep temperature 0,1 -- temp", listed) == []
    server._replies.clear()
    server.reply(error("500 Oops"))
    screen.answers = [True]
    typed("/sweep seed 1,2 -- Hi")
    assert "resume" in offers("/sweep ", listed)


def test_suggestions_of_files(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """System messages come from files, too."""
    (tmp_path / "long.txt").write_text("Be long.")
    monkeypatch.chdir(tmp_path)
    assert offers("/sweep system unset,@lo", session) == ["@long.txt"]


def test_the_questions_are_not_asked_where_nobody_answers(
    typed: Type, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """Without a person nothing is sent."""
    screen.interactive = False
    typed("/sweep temperature 0,1 -- Hi")
    assert not server.requests


def test_settings_that_are_gone_are_a_sentence(session: Session) -> None:
    """A stored cell with a value that is none any more is refused when it is asked."""
    asked = session.asked("x")
    planned = runner.planned(session, SWEEP, asked, [runner.cell_of("temperature=9", {"temperature": 9.0})])
    with pytest.raises(TemperaError, match="is not a number from 0 to 2"):
        runner.settings_of(session, planned, 0)


@pytest.fixture(autouse=True)
def quiet_interrupts() -> Iterator[None]:
    """A Ctrl-C that comes late is no other test's."""
    yield
    signal.signal(signal.SIGINT, signal.default_int_handler)
