"""/sweep --batch and /replay --batch: what comes back is what would have come when asked directly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.batch import writing
from chat.conversation.experiment import SWEEP, turns_of
from chat.conversation.turn import Turn
from chat.endpoint.memory import IGNORED, ProbeVerdict
from chat.lab import runner
from chat.parameters import profiles
from chat.session.state import Session
from chat.store.conversations import Store
from commands import dispatch, registry
from commands.experiments import batch_fetching, batching
from commands.line import complete

from ...conftest import ROOT
from ...support.batch_server import BatchServer, never, result
from ...support.recorder import RecordingScreen

Run = Callable[[str], None]
YES = [True] * 20


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as running:
        yield running


@pytest.fixture
def session(
    server: BatchServer, make_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> Session:
    monkeypatch.setattr(batch_fetching, "_sleep", lambda seconds: None)
    text = f"here:\n  base_url: {server.url}\n  model: m1\n  max_tokens: 50\n"
    made = make_session(text, profile="here")
    made.store = Store(made.places.conversations, made.secrets)
    return made


@pytest.fixture
def screen() -> RecordingScreen:
    return RecordingScreen(answers=list(YES))


def another(session: Session) -> Session:
    """A shell that starts later, in the same folder."""
    where = session.places
    made = Session(where, profiles.load(ROOT / "profiles.yaml", where.profiles), environ={})
    made.store = Store(where.conversations, made.secrets)
    made.load_profile("here")
    return made


def type_in(session: Session, *lines: str) -> RecordingScreen:
    screen = RecordingScreen(answers=list(YES))
    for line in lines:
        dispatch.run(line, registry(), session, screen)
    return screen


def came(session: Session) -> list[tuple[int, str, tuple[str, ...]]]:
    """Cell, end and choices of each turn of the newest sweep, in the order of its cells."""
    experiment = runner.newest(session, SWEEP)
    assert experiment is not None
    turns = [session.turns[place] for place in turns_of(experiment, session.turns).values()]
    return [
        (turn.request.cell, turn.answer.ended, tuple(each.text for each in turn.answer.choices))
        for turn in turns
    ]


def timeless(table: Any) -> Any:
    """A table without the numbers of turns."""
    names, rows = table
    kept = [place for place, name in enumerate(names) if name not in ("turn", "cost")]
    return [names[place] for place in kept], [[row[place] for place in kept] for row in rows]


@pytest.mark.parametrize(
    "typed",
    [
        "temperature 0..1/0.5 -- say tea",
        "temperature 0,1 seed=1,2 x2 -- say tea",
        'system unset,"Be terse." -- say tea',
        "n 1,3 -- say tea",
        "temperature 0,1.3 -- say tea",
    ],
)
def test_a_sweep_by_a_batch_is_the_sweep_that_is_asked_directly(
    typed: str, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """The same tables, the same turns with the same requests, but for the stream; and each cell went out once."""
    run("/set logprobs true")
    run(f"/sweep {typed}")
    direct, tables, asked = came(session), [timeless(each) for each in screen.tables], list(server.bodies)
    screen.tables.clear()
    run("/clear")
    run(f"/sweep {typed.replace(' -- ', ' --batch -- ')}")
    assert not session.turns
    run("/batch watch")
    assert not screen.failed
    assert came(session) == direct
    assert [timeless(each) for each in screen.tables] == tables
    lines = [line for each in server.batches.values() for line in server.lines(each["input_file_id"])]
    how = ("stream", "stream_options")
    expected = [{name: value for name, value in body.items() if name not in how} for body in asked]
    key = lambda body: json.dumps(body, sort_keys=True)  # noqa: E731
    assert sorted((line["body"] for line in lines), key=key) == sorted(expected, key=key)
    assert len({line["custom_id"] for line in lines}) == len(lines)


def test_what_came_is_at_hand_as_after_a_sweep(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """Its request, its bytes, its answer, and the conversation that goes on after it."""
    run("/set system Be terse.")
    run("/sweep temperature 0,1 --batch -- say tea")
    run("/batch watch")
    turn = session.turns[1]
    assert turn.request.whole["messages"][0] == {"role": "system", "content": "Be terse."}
    assert turn.request.whole["temperature"] == 1
    assert "stream" not in turn.request.body
    assert turn.request.settings["temperature"] == 1
    (exchange,) = session.store.wire(turn)
    assert json.loads(exchange.body) == dict(turn.request.whole)
    assert json.loads(bytes(exchange.data))["choices"][0]["message"]["content"] == "TEA at 1.0"
    run("/raw 2")
    assert screen.raw[-1] == "TEA at 1.0"
    run("/pick 2")
    assert session.branch.last is not None
    assert session.branch.last.content == "TEA at 1.0"
    stored = session.store.load(session.conversation.number)
    assert [each.request.whole for each in stored.turns] == [each.request.whole for each in session.turns]


def test_what_it_is_is_said_before_it_is_sent(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """How many, the most that they take, that no stream comes; who says no has sent nothing, and keeps nothing."""
    screen.answers = [False]
    run("/sweep temperature 0,1 x3 --batch -- say tea")
    assert any(line.startswith("6 requests · at most") for line in screen.said)
    assert any("does not stream" in line for line in screen.said)
    assert screen.questions == ["send them by a batch?"]
    assert screen.said[-1] == "nothing was sent"
    assert not server.asked
    assert not session.conversation.experiments


def test_the_shell_may_be_closed_meanwhile(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """The next one says what has come, takes it from wherever it is, and shows it; the conversation has it then."""
    run("/sweep temperature 0,1 --batch -- say tea")
    number = session.conversation.number
    server.finish()
    later = another(session)
    batching.look(later)
    assert (
        batching.known(later)
        == f"a batch has come for sweep of conversation {number}: /batch fetch takes the answers"
    )
    said = type_in(later, "/batch fetch")
    assert not said.failed
    assert [row[-1] for row in said.tables[0][1]] == ["TEA at 0.0", "TEA at 1.0"]
    assert f"Each is at hand in conversation {number} (/resume {number}): /raw 1" in said.said[-1]
    assert not later.turns
    type_in(later, f"/resume {number}")
    assert [each[2] for each in came(later)] == [("TEA at 0.0",), ("TEA at 1.0",)]
    assert batching.known(later) == ""
    later.close()


def test_it_is_taken_once(run: Run, session: Session, screen: RecordingScreen, server: BatchServer) -> None:
    """However often it is fetched, and whoever was killed between the answer and the note of it."""
    run("/sweep temperature 0,1 x2 --batch -- say tea")
    server.finish()
    file = server.batches["batch_2"]["output_file_id"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chat.evaluation.keeping.Keeping.put", _dies)
        with pytest.raises(_Killed):
            run("/batch fetch")
    assert len(session.turns) == 4
    later = another(session)
    said = type_in(later, "/batch fetch", "/batch fetch", f"/resume {session.conversation.number}")
    assert "no batch is under way" in said.said
    assert len(later.turns) == 4
    assert server.files[file]
    later.close()


def test_what_another_shell_has_taken_is_not_asked_again(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """The conversation that is open here catches up with it."""
    run("/sweep temperature 0,1 --batch -- say tea")
    server.finish()
    later = another(session)
    type_in(later, "/batch fetch")
    later.close()
    assert not session.turns
    run("/sweep resume")
    assert screen.said[-1] == "nothing is missing of temperature 0,1"
    assert [each[2] for each in came(session)] == [("TEA at 0.0",), ("TEA at 1.0",)]
    assert not server.bodies


def test_a_file_of_the_providers_is_read_by_hand(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer, tmp_path: Path
) -> None:
    """As from the provider, and what comes by both ways counts once."""
    run("/sweep temperature 0,1 --batch -- say tea")
    server.finish()
    path = tmp_path / "results.jsonl"
    path.write_bytes(server.files[server.batches["batch_2"]["output_file_id"]][1])
    run(f"/batch read {path}")
    assert len(came(session)) == 2
    run("/batch fetch")
    run(f"/batch read {path}")
    assert not screen.failed
    assert len(session.turns) == 2


def test_a_full_disk_loses_no_answer_and_doubles_none(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """What can't be stored is not marked as taken; fetched again, it is there once."""
    run("/sweep temperature 0,1 --batch -- say tea")
    number = session.conversation.number
    server.finish()
    later = another(session)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(later.store, "_write_by", _full)
        assert "the answers can't be kept" in type_in(later, "/batch fetch").failed[-1]
    assert not type_in(later, "/batch fetch").failed
    assert [turn.request.cell for turn in another(session).store.load(number).turns] == [0, 1]
    later.close()


def _full(*_: Any) -> None:
    raise OSError(28, "No space left on device")


class _Killed(BaseException): ...


def _dies(*_: Any) -> None:
    raise _Killed


def test_lines_of_all_kinds_come_to_their_cells(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """Any order, bad lines, a second answer, an unknown id, one missing and one never asked: each is told, and what
    is missing is asked again on the person's word alone."""

    def written(lines: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
        good = [result(line) for line in lines[:3]]
        again = {**good[0], "response": {"status_code": 200, "body": result(lines[1])["response"]["body"]}}
        stranger = {**good[1], "custom_id": "r1-c3-00000000"}
        bad = [b"{not json\n", b"\n", b"[]\n", json.dumps(stranger).encode() + b"\n"]
        return [*good[::-1], *bad, again], [never(lines[4])]

    server.written = written
    run("/sweep temperature 0..1.2/0.2 --batch -- say tea")
    server.finish("expired")
    run("/batch fetch")
    assert [each[0] for each in came(session)] == [0, 1, 2]
    told = " ".join(screen.warned)
    assert "2 lines can't be read" in told
    assert "r1-c3-00000000" in told
    assert "4 requests brought no answer: expired" in told
    assert any(line.startswith("3 of 7 are there · /sweep resume asks the 4") for line in screen.said)
    assert len(server.batches) == 1
    server.written = None
    run("/sweep resume --batch")
    assert [each["request_counts"]["total"] for each in server.batches.values()] == [7, 4]
    run("/batch watch")
    assert [each[0] for each in came(session)] == list(range(7))


def test_a_batch_that_failed_leaves_its_cells_missing(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """Its words are shown, and the sweep goes on directly."""
    run("/sweep temperature 0,1 --batch -- say tea")
    server.finish("failed")
    run("/batch fetch")
    assert any("the model is not there (line 2)" in line for line in screen.warned)
    assert not session.turns
    run("/sweep resume")
    assert len(came(session)) == 2
    assert len(server.bodies) == 2


def test_what_a_batch_owes_is_not_asked_directly(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """It would be paid for twice; /sweep says where the answers are."""
    run("/sweep temperature 0,1 --batch -- say tea")
    run("/sweep")
    assert any("2 in a batch: /batch fetch takes what has come" in line for line in screen.said)
    run("/sweep resume")
    run("/sweep resume --batch")
    assert (
        screen.failed
        == ["2 answers of it are in a batch (/batch fetch takes what has come; /batch cancel ends it)"] * 2
    )
    assert not server.bodies
    assert len(server.batches) == 1


def test_a_cancelled_batch_gives_its_cells_back(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """What it had answered is kept."""
    server.written = lambda lines: ([result(line) for line in lines[:1]], [])
    run("/sweep temperature 0,1 --batch -- say tea")
    run("/batch cancel 1")
    run("/batch watch")
    assert [each[0] for each in came(session)] == [0]
    run("/sweep resume")
    assert [each[0] for each in came(session)] == [0, 1]


def test_more_cells_than_are_asked_directly(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """600 go by a batch, in as many files as the provider's limits make of them, and all come back."""
    run("/sweep temperature 1 x600 -- say tea")
    assert "a sweep has at most 500" in screen.failed[-1]
    assert "--batch takes up to 5,000" in screen.failed[-1]
    run("/sweep seed 1..5001 --batch -- say tea")
    assert "a sweep has at most 5,000 requests" in screen.failed[-1]
    monkeypatch.setattr(writing, "_full", lambda count, size, provider: count >= 250)
    run("/sweep seed 1..600 --batch -- say tea")
    sizes = [len(server.lines(each["input_file_id"])) for each in server.batches.values()]
    assert sizes == [250, 250, 100]
    run("/batch watch")
    assert len(came(session)) == 600
    assert len(screen.tables[-1][1]) == 500
    assert any("500 rows of 600" in line for line in screen.said)


def test_models_go_in_files_of_their_own(run: Run, session: Session, server: BatchServer) -> None:
    """A file holds requests to one model, and the batches make one sweep."""
    run("/sweep model m1,m2 x2 --batch -- say tea")
    models = [
        {line["body"]["model"] for line in server.lines(each["input_file_id"])}
        for each in server.batches.values()
    ]
    assert models == [{"m1"}, {"m2"}]
    run("/batch watch")
    assert len(came(session)) == 4


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("/sweep temperature 0,1 --bacth -- say tea", "did you mean --batch?"),
        ("/sweep temperature 0,1 --fast -- say tea", "/sweep has no option --fast"),
        ("/sweep --batch", "a sweep wants a parameter"),
        ("/sweep resume --batch", "there is no sweep"),
        ("/replay --bacth", "did you mean --batch?"),
        ("/replay 1 2 3", "does not know what to do with 3"),
        ("/replay 1 101", "from 1 to 100 (with --batch up to 5,000)"),
    ],
)
def test_slips_are_answered(
    typed: str, why: str, run: Run, screen: RecordingScreen, server: BatchServer
) -> None:
    """Before anything is sent."""
    run(typed)
    assert why in screen.failed[-1]
    assert not server.asked


def test_an_option_in_the_message_is_said(run: Run, screen: RecordingScreen, server: BatchServer) -> None:
    """It is part of the message there, and nothing goes by a batch."""
    screen.answers = [False]
    run("/sweep temperature 0,1 -- say tea --batch")
    assert "--batch is part of the message" in screen.warned[-1]
    assert not server.asked


def test_what_a_batch_cannot_carry_is_refused(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """The embedded model before it is loaded, providers to whom files are carried, and a shell that keeps nothing."""
    session.use({"base_url": "embedded"})
    run("/sweep temperature 0,1 --batch -- say tea")
    assert "the embedded model has no batches" in screen.failed[-1]
    session.use({"base_url": "https://api.mistral.ai/v1"})
    run("/sweep temperature 0,1 --batch -- say tea")
    assert "Mistral" in screen.failed[-1]
    session.use({"base_url": "https://api.openai.com/v1"})
    run("/sweep temperature 0,1 --batch -- say tea")
    assert "there is no API key" in screen.failed[-1]
    session.use({"base_url": server.url})
    session.ephemeral = True
    run("/sweep temperature 0,1 --batch -- say tea")
    assert "--ephemeral keeps nothing" in screen.failed[-1]
    assert not server.asked
    assert not session.conversation.experiments


def test_choices_that_would_not_come_are_refused(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """A server that is known to give one choice is asked for n of them one by one, and a batch can't do that."""
    session.endpoints.remember_verdict(session.endpoint, "m1", "n", ProbeVerdict(IGNORED, "one came"))
    run("/sweep n 2,3 --batch -- say tea")
    assert "a batch can't ask for n of them one by one" in screen.failed[-1]
    assert not server.asked


def test_calls_of_tools_are_not_gone_on_with(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """That is said before."""
    run('/set tools [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]')
    run("/sweep temperature 0,1 --batch -- say tea")
    assert "answers that call tools are kept as they come: nothing is called for them" in screen.said


def test_a_key_is_not_written(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """The cell is named, nothing is sent, and no batch is left."""
    session.typed_key = "sk-of-a-test-1"
    run("/sweep temperature 0,1 --batch -- say sk-of-a-test-1")
    assert "the request of cell 1 holds a key" in screen.failed[-1]
    assert not server.asked
    assert not session.store.runs.batches.rows()
    assert not session.store.runs.parts()


def test_an_interrupted_upload_goes_on(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """Ctrl-C while it is sent says how to go on, is not handed back as a line, and nothing goes out twice."""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chat.endpoint.batches.BatchApi.create", _interrupted)
        run("/sweep temperature 0,1 --batch -- say tea")
    assert "is not sent whole: /batch fetch goes on" in screen.warned[-1]
    run("/batch watch")
    assert len(came(session)) == 2
    assert len(server.batches) == 1


def _interrupted(*_: Any) -> None:
    raise KeyboardInterrupt


def test_evaluations_know_nothing_of_it(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """Its run is in no list of theirs, and is neither shown nor deleted there; once taken it is gone."""
    run("/sweep temperature 0,1 --batch -- say tea")
    run("/eval list")
    assert "no evaluation was run yet" in screen.said[-1]
    run("/eval show 1")
    run("/eval delete 1")
    run("/batch write 1 out.jsonl")
    assert len(screen.failed) == 3
    assert all("run 1 is no evaluation, but a sweep of conversation" in each for each in screen.failed)
    run("/batch watch")
    assert not list(session.store.runs.samples(1))
    run("/batch")
    assert screen.tables[-1][1][0][1] == f"sweep of conversation {session.conversation.number}"


def test_a_conversation_whose_answers_are_out_is_not_deleted(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """They would come back to nothing."""
    run("/sweep temperature 0,1 --batch -- say tea")
    run("/delete")
    assert "waits for a batch" in screen.failed[-1]
    run("/batch watch")
    run("/delete")
    assert not session.turns
    assert not session.store.runs.parts()
    assert not session.store.runs.batches.rows()


def test_a_budget_is_held_against_it(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """As against any sweep."""
    run("/budget 10 tokens")
    screen.answers = [False]
    run("/sweep temperature 0,1 --batch -- say tea")
    assert screen.questions == ["send all the same?"]
    assert not server.asked


def test_the_option_is_offered(run: Run, session: Session, server: BatchServer) -> None:
    """After a grid, after resume, and after a turn's number."""

    def offered(typed: str) -> list[str]:
        return [suggestion.text for _, suggestion in complete(typed, registry(), session)]

    assert "--batch" in offered("/sweep temperature 0,1 ")
    assert offered("/sweep temperature 0,1 --b") == ["--batch"]
    assert "--batch" not in offered("/sweep temperature 0,1 --batch ")
    run("/set stream false")
    type_in(session, "/sweep temperature 0,1 -- say tea")
    assert offered("/replay 1 --") == ["--batch"]
    assert "--batch" in offered("/replay ")


# ---- replays


def direct(run: Run, session: Session) -> Turn:
    run("/set logprobs true")
    run("/set temperature 1")
    run("say tea")
    return session.turns[0]


def test_a_replay_by_a_batch_is_held_against_the_first_answer(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """The same request but for its stream, many times; the answers are turns, counted by what they say."""
    first = direct(run, session)
    run("/replay 1 300 --batch")
    assert any("300 requests · at most" in line for line in screen.said)
    (batch,) = server.batches.values()
    bodies = [line["body"] for line in server.lines(batch["input_file_id"])]
    sent = dict(first.request.whole)
    assert bodies == [{name: sent[name] for name in sent if name not in ("stream", "stream_options")}] * 300
    run("/batch watch")
    assert not screen.failed
    assert [list(row) for row in screen.tables[-1][1]] == [["300", "the same", "TEA at 1.0"]]
    assert any(line == "sent 300 times by a batch, without its stream" for line in screen.said)
    assert "kept as turns 2 to 301" in screen.said[-1]


def test_another_answer_is_told(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """Where it parts from the first, in a later shell, and the conversation that it is in."""
    direct(run, session)

    def written(lines: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
        made = result(lines[0])
        made["response"]["body"]["choices"][0]["message"]["content"] = "Milk"
        made["response"]["body"]["choices"][0]["logprobs"] = None
        return [made], []

    server.written = written
    run("/replay --batch")
    server.finish()
    later = another(session)
    said = type_in(later, "/batch fetch")
    assert any("other from" in line and "Milk" in line for line in said.said)
    assert f"/resume {session.conversation.number} goes there" in said.said[-1]
    later.close()


def test_a_replayed_batch_can_be_replayed(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """What came by a batch has a request that can be sent again, directly."""
    direct(run, session)
    run("/replay --batch")
    run("/batch watch")
    run("/replay 2")
    assert not screen.failed
    assert "the same answer as turn 2" in screen.said


def test_what_was_attached_goes_along_once(
    run: Run, session: Session, screen: RecordingScreen, server: BatchServer, tmp_path: Path
) -> None:
    """It is in the bodies, and waits for no further message."""
    (tmp_path / "notes.txt").write_text("of the notes", encoding="utf-8")
    run(f"/attach {tmp_path / 'notes.txt'}")
    run("/sweep temperature 0,1 --batch -- say tea")
    assert all("of the notes" in str(line["body"]["messages"]) for line in server.lines("file-1"))
    assert not session.waiting.files
