"""/eval --batch and /batch: sent once, taken once, and equal to what is asked directly."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.batch import writing
from chat.evaluation.keeping import Keeping
from chat.session.state import Session
from commands import registry
from commands.experiments import batch_fetching, batching
from commands.line import complete

from ...support.batch_server import BatchServer, never, result
from ...support.program import inside
from ...support.recorder import RecordingScreen

Run = Callable[[str], None]


class Killed(BaseException):
    """What a shell that is killed does: nothing more."""


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as running:
        yield running


@pytest.fixture
def session(
    server: BatchServer, make_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> Session:
    monkeypatch.setattr(batch_fetching, "_sleep", lambda seconds: None)
    text = f"here:\n  base_url: {server.url}\n  model: m1\nother:\n  base_url: {server.url}\n  model: m2\n"
    return make_session(text, profile="here")


@pytest.fixture
def screen() -> RecordingScreen:
    return RecordingScreen(interactive=False)


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Seven cases in two columns, of which one falls short and one is refused, in the folder in which one is."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    words = ["one", "two", "three", "four", "five", "six", "refused"]
    tests = [
        {
            "vars": {"word": word},
            "assert": [{"type": "equals", "value": "WRONG" if word == "two" else word.upper()}],
        }
        for word in words
    ]
    made = {"description": "Words", "prompts": ["say {{word}}", "shout {{word}}"], "tests": tests}
    path = folder / "words.json"
    path.write_text(json.dumps(made), encoding="utf-8")
    return path


def figures(session: Session, run: int) -> Any:
    """What a run came to, but for the times."""
    _, made = json.loads(json.dumps(Keeping(session.store.runs).figures(run)))

    def timeless(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: timeless(each)
                for name, each in value.items()
                if "seconds" not in name and name != "latency"
            }
        return [timeless(each) for each in value] if isinstance(value, list) else value

    return timeless(made["statistics"])


def states(session: Session, run: int = 1) -> list[str]:
    """The state of each sample, a failed one by its kind."""
    kept = Keeping(session.store.runs)
    return [f"{each.state} {each.kind}".strip() for each in kept.samples(kept.get(run))]


def test_a_batch_makes_the_tables_of_a_run_that_is_asked_directly(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer, tmp_path: Path
) -> None:
    """One file asked directly, by a batch, and by a file written for vLLM comes to equal figures."""
    run("/eval words.json")
    run("/eval words.json --batch")
    run("/batch watch")
    run(f"/batch write words.json --vllm {tmp_path / 'own'}")
    requests = [json.loads(line) for line in (tmp_path / "own" / "requests.jsonl").read_text().splitlines()]
    answers = [result(each) for each in requests][::-1]
    (tmp_path / "own" / "results.jsonl").write_text("".join(json.dumps(each) + "\n" for each in answers))
    run(f"/batch read {tmp_path / 'own' / 'results.jsonl'}")
    assert not screen.failed
    assert figures(session, 1)["columns"]
    assert figures(session, 1) == figures(session, 2) == figures(session, 3)
    assert states(session, 1) == states(session, 2) == states(session, 3)


def answered_once(session: Session, server: BatchServer, run: int = 1) -> None:
    """Each cell was sent in one batch that was not cancelled, and came to what it comes to when asked directly."""
    ids = [
        line["custom_id"]
        for each in server.batches.values()
        if each["status"] == "completed"
        for line in server.lines(each["input_file_id"])
    ]
    cells = [re.match(r"r\d+-c(\d+)-", each)[1] for each in ids]  # type: ignore[index]
    assert sorted(map(int, cells)) == list(range(14))
    assert states(session, run) == ["judged"] * 12 + ["failed refused"] * 2


def test_it_is_sent_and_the_shell_says_how_to_come_back(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """One file goes up with purpose, name and metadata; no body has a stream; nothing is left here."""
    run("/eval words.json --batch")
    (batch,) = server.batches.values()
    (name, _) = server.files[batch["input_file_id"]]
    lines = server.lines(batch["input_file_id"])
    assert name.startswith("tempera-r1-p1-")
    assert batch["completion_window"] == "24h"
    assert batch["metadata"]["run"] == "1"
    assert batch["metadata"]["key"] in name
    assert {line["url"] for line in lines} == {batch["endpoint"]} == {"/v1/chat/completions"}
    assert not any("stream" in line["body"] for line in lines)
    assert any("batch 1 (run 1, part 1): 14 requests for m1" in line for line in screen.said)
    assert "this shell can be closed" in screen.said[-1]
    assert not list(session.places.batches.iterdir())
    run("/batch fetch")
    assert "under way" in batching.known(session)
    assert Keeping(session.store.runs).get(1).state == "in a batch"


def test_what_comes_is_taken_once(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """Not before it is there; then once, however often it is fetched."""
    run("/eval words.json --batch")
    run("/batch fetch")
    assert states(session) == ["sent"] * 14
    server.finish()
    run("/batch fetch")
    answered_once(session, server)
    assert any("12 answers, 2 failures" in line for line in screen.said)
    run("/batch fetch")
    assert screen.said[-1] == "no batch is under way"
    assert Keeping(session.store.runs).get(1).state == "finished"


@pytest.mark.parametrize(
    "fault",
    [
        {"upload": ["die before"]},
        {"upload": ["die after"]},
        {"upload": ["twice"]},
        {"upload": [500]},
        {"create": ["die before"]},
        {"create": ["die after"]},
        {"create": ["twice"]},
        {"create": ["cut"]},
        {"create": [429]},
        {"upload": ["die after"], "create": ["die after"]},
        {"look": [500]},
        {"content": ["die before"]},
        {"content": ["cut"]},
    ],
    ids=str,
)
def test_what_breaks_off_is_taken_up_where_it_was(
    cases: Path,
    run: Run,
    session: Session,
    screen: RecordingScreen,
    server: BatchServer,
    fault: dict[str, list[Any]],
) -> None:
    """Whatever fails, /batch fetch goes on: each cell is sent and counted once."""
    server.faults = {name: list(some) for name, some in fault.items()}
    run("/eval words.json --batch")
    for _ in range(6):
        run("/batch fetch")
    answered_once(session, server)
    uploaded = 1 + (fault.get("upload") == ["twice"])
    assert len([name for name, _ in server.files.values() if name.startswith("tempera")]) == uploaded
    doubles = [each for each in server.batches.values() if each["status"] == "cancelling"]
    assert len(doubles) == (fault.get("create") == ["twice"])


def test_results_of_all_kinds_come_to_their_cells(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """Any order, bad lines, a second answer, an unknown id, one missing, one never asked: each is told."""

    def written(lines: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
        good = [result(line) for line in lines[:10]]
        again = {**good[0], "response": {"status_code": 200, "body": result(lines[1])["response"]["body"]}}
        stranger = {**good[1], "custom_id": "r1-c3-00000000"}
        bad = [b"{not json\n", b"\n", b"[]\n", json.dumps(stranger).encode() + b"\n"]
        return [*good[::-1], *bad, again], [result(lines[12]), never(lines[11])]

    server.written = written
    run("/eval words.json --batch")
    server.finish("expired")
    run("/batch fetch")
    assert states(session)[:10] == ["judged"] * 10
    assert states(session)[10:] == ["failed expired", "failed expired", "failed refused", "failed expired"]
    told = " ".join(screen.warned)
    assert "2 lines can't be read" in told
    assert "one line answer" in told or "one line answers" in told
    assert "r1-c3-00000000" in told


def test_what_a_batch_that_ended_did_not_bring_is_named_as_lost(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """Whether it was asked is not known, so it is asked again only by a word of the person's."""
    server.written = lambda lines: ([result(line) for line in lines[:12]], [])
    run("/eval words.json --batch")
    server.finish()
    run("/batch fetch")
    assert states(session)[12:] == ["failed lost"] * 2
    server.written = None
    run("/eval go on 1 --failed --batch")
    server.finish()
    run("/batch fetch")
    assert states(session)[12:] == ["failed refused"] * 2
    assert len(server.batches) == 2


def test_a_file_that_is_refused_leaves_its_cells_open(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """A batch that failed has asked nothing: its words are shown, and the run goes on directly."""
    run("/eval words.json --batch")
    server.finish("failed")
    run("/batch fetch")
    assert any("the model is not there (line 2)" in line for line in screen.warned)
    assert states(session) == ["open"] * 14
    run("/eval go on 1")
    assert states(session) == ["judged"] * 12 + ["failed refused"] * 2


def test_a_batch_is_cancelled_and_what_it_has_answered_is_kept(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """The rest is named as cancelled."""
    server.written = lambda lines: ([result(line) for line in lines[:4]], [])
    run("/eval words.json --batch")
    run("/batch cancel 1")
    assert "cancelling" in screen.said[-1]
    run("/batch watch")
    assert states(session) == ["judged"] * 4 + ["failed cancelled"] * 10


def test_a_run_that_waits_is_not_asked_directly(
    cases: Path, run: Run, screen: RecordingScreen, server: BatchServer
) -> None:
    """Its answers would come twice; nor is it deleted."""
    run("/eval words.json --batch")
    run("/eval go on 1")
    run("/eval delete 1")
    assert [each.partition(" (")[0] for each in screen.failed] == ["run 1 waits for a batch"] * 2
    assert not server.bodies


def test_columns_of_several_models_go_in_files_of_their_own(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """A file holds requests to one model, and each is a batch."""
    made = json.loads(cases.read_text())
    made["prompts"] = ["say {{word}}"]
    made["providers"] = ["openai:chat:m1", "openai:chat:m2"]
    cases.write_text(json.dumps(made))
    run("/eval words.json --batch")
    models = [
        {line["body"]["model"] for line in server.lines(each["input_file_id"])}
        for each in server.batches.values()
    ]
    assert models == [{"m1"}, {"m2"}]
    run("/batch watch")
    answered_once(session, server)


def test_files_are_split_at_the_limits(
    cases: Path,
    run: Run,
    session: Session,
    server: BatchServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of requests, and of bytes; all parts come back."""
    monkeypatch.setattr(writing, "_full", lambda count, size, provider: count >= 5 or size > 800)
    run("/eval words.json --batch")
    sizes = [len(server.lines(each["input_file_id"])) for each in server.batches.values()]
    assert sum(sizes) == 14
    assert len(sizes) > 2
    run("/batch watch")
    answered_once(session, server)


def test_a_stream_is_named_before_it_is_left_out(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """What a batch can't carry is said."""
    run("/set stream true")
    run("/eval words.json --batch")
    assert any("a batch does not stream" in line for line in screen.warned)
    assert not any("stream" in line["body"] for line in server.lines("file-1"))


def test_a_server_without_batches_is_told(
    cases: Path, run: Run, screen: RecordingScreen, server: BatchServer
) -> None:
    """Cancelling the batch here opens its cells again."""
    server.faults = {"upload": [404]}
    run("/eval words.json --batch")
    assert "no batches" in screen.failed[-1]
    run("/batch cancel 1")
    assert "14 requests of run 1 are open again" in screen.said[-1]


def test_a_batch_goes_back_to_where_it_came_from(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """With another address in force, the run's own profile leads there. Where nothing does, nobody else is
    asked: whose key that is, is no other server's business."""
    run("/eval words.json --batch")
    session.use({"base_url": "http://127.0.0.1:9/v1"})
    run("/batch watch")
    answered_once(session, server)
    session.use({"base_url": server.url.replace("127.0.0.1", "localhost")})
    run("/eval words.json --batch --limit 2")
    session.use({"base_url": server.url})
    asked = len(server.asked)
    run("/batch fetch")
    assert "nothing in force leads there" in screen.failed[-1]
    assert len(server.asked) == asked


def test_what_has_come_is_known_without_asking(
    cases: Path, run: Run, session: Session, server: BatchServer
) -> None:
    """The next start says it, from what was looked at in the background."""
    assert batching.known(session) == ""
    run("/eval words.json --batch")
    asked = len(server.asked)
    assert "a batch is under way (validating when last asked)" in batching.known(session)
    server.finish()
    assert len(server.asked) == asked
    batching.look(session)
    assert "a batch has come for run 1" in batching.known(session)


def test_a_file_that_is_there_is_not_written_over(
    cases: Path, run: Run, screen: RecordingScreen, session: Session
) -> None:
    """Nor is a run begun for it."""
    Path("out.jsonl").write_text("mine")
    run("/batch write words.json out.jsonl")
    assert "is there already" in screen.failed[-1]
    assert not Keeping(session.store.runs).newest()


def test_a_file_by_hand_may_come_back_in_pieces(
    cases: Path, run: Run, session: Session, screen: RecordingScreen
) -> None:
    """What the first lacks is open again, and the second is taken all the same; twice changes nothing."""
    run("/batch write words.json out.jsonl --provider mistral")
    lines = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert set(lines[0]) == {"custom_id", "body"}
    assert "model" not in lines[0]["body"]
    for line in lines:
        line["body"]["model"] = "m"
    for name, some in (("a.jsonl", lines[:8]), ("b.jsonl", lines[8:])):
        Path(name).write_text("".join(json.dumps(result(each)) + "\n" for each in some))
    run("/batch read a.jsonl")
    assert states(session) == ["judged"] * 8 + ["open"] * 6
    run("/batch read b.jsonl")
    before = states(session)
    assert before[:12] == ["judged"] * 12
    run("/batch read b.jsonl a.jsonl")
    assert states(session) == before


@pytest.mark.parametrize("engine", ["vllm", "ray"])
def test_a_folder_for_an_engine_can_be_read_and_run(
    cases: Path, run: Run, screen: RecordingScreen, engine: str
) -> None:
    """Requests, what answers them, and a README with the way back; the script is Python, the command a shell's."""
    import ast
    import subprocess

    run(f"/batch write words.json --{engine} own")
    assert not screen.failed
    folder = Path("own")
    assert len((folder / "requests.jsonl").read_text().splitlines()) == 14
    assert "/batch read" in (folder / "README.md").read_text()
    if engine == "ray":
        ast.parse((folder / "run.py").read_text())
    else:
        subprocess.run(["sh", "-n", "own/run.sh"], check=True)
        command = 'vllm run-batch -i requests.jsonl -o results.jsonl --served-model-name m1 --model m1 "$@"'
        assert command in (folder / "run.sh").read_text().splitlines()
    assert all(each.stat().st_mode & 0o077 == 0 for each in folder.iterdir())


class Engine:
    """What Ray Data LLM does with the rows of a file, as far as a script sees it: a row's fields go through a
    table, so that each row has those of all; the engine stops at a token's limit, and one request is too long."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def read_text(self, path: str) -> Engine:
        self.rows: list[dict[str, Any]] = [{"text": line} for line in Path(path).read_text().splitlines()]
        return self

    def iter_rows(self) -> list[dict[str, Any]]:
        return self.rows

    def build_processor(
        self,
        config: dict[str, Any],
        preprocess: Callable[[dict[str, Any]], dict[str, Any]],
        postprocess: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> Callable[[Engine], Engine]:
        def work(engine: Engine) -> Engine:
            table = [{**row, **preprocess(row)} for row in engine.rows]
            names = {name: None for row in table for name in row["sampling_params"]}
            for row in table:
                row["sampling_params"] = {**names, **row["sampling_params"]}
            self.asked = [row.pop("sampling_params") for row in table]
            engine.rows = [
                {**row, "__inference_error__": "ValueError: the prompt is too long"}
                if "refused" in row["messages"][-1]["content"]
                else postprocess(
                    {
                        **row,
                        "generated_text": row["messages"][-1]["content"].split()[1].upper(),
                        "num_input_tokens": 3,
                        "num_generated_tokens": 5,
                    }
                )
                for row in table
            ]
            return engine

        return work

    def vLLMEngineProcessorConfig(self, **settings: Any) -> dict[str, Any]:
        assert settings["should_continue_on_error"]
        return settings


def test_the_script_for_ray_brings_each_request_back(
    cases: Path, run: Run, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers, one that is cut, and a failure; no request has another's parameters."""
    import runpy
    import sys
    from types import SimpleNamespace

    run("/set temperature 0")
    run("/batch write words.json --ray own")
    lines = [json.loads(line) for line in Path("own/requests.jsonl").read_text().splitlines()]
    lines[0]["body"] |= {"max_tokens": 5, "stop": "."}
    del lines[1]["body"]["temperature"]
    Path("own/requests.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    engine = Engine()
    ray = SimpleNamespace(data=SimpleNamespace(read_text=engine.read_text, llm=engine))
    for name, module in (("ray", ray), ("ray.data", ray.data), ("aiohttp", SimpleNamespace())):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(sys, "argv", ["run.py"])
    runpy.run_path("own/run.py")
    assert engine.asked[0] | {"temperature": 0, "max_tokens": 5, "stop": ["."]} == engine.asked[0]
    assert engine.asked[1]["temperature"] == 1
    assert [name for name, value in engine.asked[1].items() if value is None] == ["stop", "seed"]
    run("/batch read own/results.jsonl")
    assert states(session) == ["judged"] * 12 + ["failed refused"] * 2
    answers = [json.loads(line)["response"] for line in Path("own/results.jsonl").read_text().splitlines()]
    ends = [each["body"]["choices"][0]["finish_reason"] for each in answers[:2]]
    assert ends == ["length", "stop"]


def test_one_batch_that_fails_keeps_no_other_from_being_fetched(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """What can be fetched is; the failure is told at the end."""
    run("/eval words.json --batch --limit 2")
    run("/eval words.json --batch")
    server.finish()
    server.batches.pop(next(iter(server.batches)))
    run("/batch fetch")
    assert states(session, 2) == ["judged"] * 12 + ["failed refused"] * 2
    assert "No batch found" in screen.failed[-1]
    run("/batch watch")
    assert "No batch found" in screen.failed[-1]


def test_who_waits_asks_again_where_a_failure_may_pass(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """It is said once, not at each look."""
    server.faults = {"look": [503, 503, "die before"], "content": ["cut"]}
    run("/eval words.json --batch")
    run("/batch watch")
    assert not screen.failed
    assert len([line for line in screen.warned if "it is asked again" in line]) in (1, 2)
    answered_once(session, server)


def test_what_does_not_go_with_a_batch_is_refused_before_anything_is_sent(
    cases: Path, run: Run, screen: RecordingScreen, server: BatchServer
) -> None:
    """A ceiling of cost, and answers of earlier runs."""
    run("/eval words.json --batch --max-cost 1")
    run("/eval words.json --batch --reuse")
    assert "can't be stopped at a cost" in screen.failed[0]
    assert "--reuse" in screen.failed[1]
    assert not server.asked


@pytest.mark.parametrize("host", ["api.mistral.ai", "generativelanguage.googleapis.com"])
def test_whose_files_are_carried_is_said(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer, host: str
) -> None:
    """With the command that writes the file."""
    session.use({"base_url": f"https://{host}/v1"})
    run("/eval words.json --batch")
    assert "by hand" in screen.failed[-1]
    assert "/batch write" in screen.failed[-1]


def test_scripts_send_and_fetch(home: Path, cases: Path, server: BatchServer) -> None:
    """`eval --batch` ends with 0 and an object; `batch fetch` with 0 before all has come, then as `eval` does."""
    given = {"TEMPERA_HOME": str(home), "OPENAI_API_KEY": "sk-of-a-test-1", "OPENAI_BASE_URL": server.url}
    sent = inside("eval", "-m", "m1", "words.json", "--batch", "--json", **given)
    assert sent.returncode == 0, sent
    assert json.loads(sent.stdout)["run"]["state"] == "in a batch"
    assert inside("batch", "fetch", **given).returncode == 0
    server.finish()
    came = inside("batch", "fetch", **given)
    assert came.returncode == 100
    assert "passed" in came.stdout
    assert "batch 1 (run 1, part 1): completed" in came.stderr
    assert {each["authorization"] for each in server.headers} == {"Bearer sk-of-a-test-1"}
    said = inside("-m", "m1", "batch", "of", "cookies", **given)
    assert said.stdout.strip() == "COOKIES"


def test_files_need_no_key(home: Path, cases: Path) -> None:
    """They are written, gone on with, read and listed where none is set; only what is sent wants one."""
    given = {"TEMPERA_HOME": str(home)}
    assert "no API key" in inside("eval", "-m", "m1", "words.json", "--batch", **given).stderr
    assert inside("-m", "m1", "batch", "write", "words.json", "--vllm", "own", **given).returncode == 0
    lines = [json.loads(line) for line in Path("own/requests.jsonl").read_text().splitlines()]
    Path("results.jsonl").write_text("".join(json.dumps(result(each)) + "\n" for each in lines[:8]))
    assert "8 answers" in inside("batch", "read", "results.jsonl", **given).stderr
    assert inside("batch", "write", "1", "left.jsonl", "--provider", "vllm", **given).returncode == 0
    assert len(Path("left.jsonl").read_text().splitlines()) == 6
    assert inside("batch", "list", **given).returncode == 0
    assert "no API key" in inside("batch", "fetch", **given).stderr


def test_no_request_with_a_key_is_written(home: Path, cases: Path, server: BatchServer) -> None:
    """The case is named, and no file has it."""
    cases.write_text(cases.read_text().replace('"two"', '"sk-of-a-test-1"'))
    given = {"TEMPERA_HOME": str(home), "OPENAI_API_KEY": "sk-of-a-test-1", "OPENAI_BASE_URL": server.url}
    done = inside("eval", "-m", "m1", "words.json", "--batch", **given)
    assert "case 2 holds a key" in done.stderr
    assert not server.asked
    assert not [path for path in home.rglob("*") if path.is_file() and b"sk-of-a-test-1" in path.read_bytes()]


def test_a_person_is_asked_before_anything_is_sent_and_not_before_a_file_is_written(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """Who says no has sent nothing, and no run is there."""
    screen.interactive = True
    screen.answers = [False]
    run("/eval words.json --batch")
    assert screen.questions == ["send them?"]
    assert screen.said[-1] == "nothing was sent"
    run("/batch write words.json out.jsonl")
    assert len(screen.questions) == 1
    assert Path("out.jsonl").exists()
    assert not server.asked
    assert [each.number for each in Keeping(session.store.runs).newest()] == [1]


def test_a_run_that_is_finished_stays_so(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer
) -> None:
    """Where nothing is left to send, nothing changes."""
    run("/eval words.json --limit 3")
    run("/eval go on 1 --batch")
    assert screen.said[-1] == "run 1: nothing is left to send"
    assert Keeping(session.store.runs).get(1).state == "finished"
    assert not server.files


def test_the_embedded_model_has_no_batches(
    cases: Path, run: Run, session: Session, screen: RecordingScreen
) -> None:
    """It is said before it is loaded."""
    session.use({"base_url": "embedded"})
    run("/eval words.json --batch")
    assert "the embedded model has no batches" in screen.failed[-1]
    assert not Keeping(session.store.runs).newest()


def test_what_is_open_is_offered(cases: Path, run: Run, session: Session, server: BatchServer) -> None:
    """Batches that can be fetched or cancelled, by their numbers; before there is one, neither is offered."""

    def offered(typed: str) -> list[str]:
        return [suggestion.text for _, suggestion in complete(typed, registry(), session)]

    assert offered("/batch c") == []
    run("/eval words.json --batch")
    assert offered("/batch c") == ["cancel"]
    assert offered("/batch cancel ") == ["1"]


def test_batches_are_an_object_for_programs(home: Path, cases: Path, server: BatchServer) -> None:
    """`batch --json` writes them, and nothing else, in the published form; errors are objects, too."""
    import jsonschema

    given = {"TEMPERA_HOME": str(home), "OPENAI_API_KEY": "sk-of-a-test-1", "OPENAI_BASE_URL": server.url}
    none = json.loads(inside("batch", "--json", **given).stdout)
    assert none["batches"] == []
    inside("eval", "-m", "m1", "words.json", "--batch", **given)
    script = "/set max_tokens 5\n/sweep temperature 0,1 --batch -- say tea\n"
    Path("sends.txt").write_text(script)
    assert inside("run", "sends.txt", "-m", "m1", "--yes", **given).returncode == 0
    listed = inside("batch", "list", "--json", **given)
    assert listed.returncode == 0
    made = json.loads(listed.stdout)
    jsonschema.validate(made, json.loads(inside("batch", "--schema", **given).stdout))
    first, second = made["batches"]
    assert (first["number"], first["state"], first["over"]) == (1, "validating", False)
    assert first["of"] == {"kind": "evaluation", "run": 1, "part": 1, "name": "Words", "conversation": 0}
    assert second["of"]["kind"] == "sweep"
    assert second["of"]["name"] == "temperature 0,1"
    assert second["of"]["conversation"] == 1
    assert first["requests"] == {"asked": 14, "completed": 0, "failed": 0}
    assert server.files[first["files"]["input"]][0] == first["files"]["name"]
    assert first["id"] in server.batches
    assert first["estimated_cost"] is None
    server.finish()
    came = inside("batch", "fetch", "2", "--json", **given)
    assert came.returncode == 0
    (fetched,) = json.loads(came.stdout)["batches"]
    assert (fetched["number"], fetched["over"], fetched["requests"]["completed"]) == (2, True, 2)
    wrong = inside("batch", "fetch", "7", "--json", **given)
    assert wrong.returncode == 2
    assert json.loads(wrong.stdout)["error"]["message"] == "there is no batch 7"


def test_a_batch_is_estimated_by_its_requests(
    cases: Path,
    run: Run,
    session: Session,
    screen: RecordingScreen,
    server: BatchServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the price of a batch, in each file for its own; where nothing bounds the answers it is not known."""
    monkeypatch.setattr("chat.tokens.prices.cost", lambda *given: 0.5 if given[-1] is True else 1.0)
    monkeypatch.setattr(writing, "_full", lambda count, size, provider: count >= 10)
    screen.interactive, screen.answers = True, [True] * 3
    run("/eval words.json --batch")
    run("/set max_tokens 5")
    run("/eval words.json --batch")
    run("/sweep temperature 0,1 x6 --batch -- say tea")
    costs = [row["cost"] for row in session.store.runs.batches.rows()]
    assert costs == [None, None, 5.0, 2.0, 5.0, 1.0]
