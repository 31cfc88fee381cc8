"""One message, answered without a terminal: streams, exit statuses, options.

A Python takes half a second to start and import the SDK. So most of these call the program's `main`
in this process, with streams of their own (`inside`); what is true of a process alone (its exit status,
real pipes, signals, what argparse does) has a process (`run`).
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.program import inside
from tests.support.server import Api, drip, error, http, stall, stream
from tests.support.terminal import PATIENCE, SHELL, Shell, environment

SHORT = ("-s", "temperature=0", "-s", "max_tokens=8")
COMMAND = (sys.executable, str(SHELL))


def run(*args: str, piped: str | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """`python shell.py ARGS` without a terminal, with this text piped into it."""
    return subprocess.run(
        [*COMMAND, *args],
        input=piped if piped is not None else "",
        capture_output=True,
        encoding="utf-8",
        env=environment(**environ),
        timeout=PATIENCE * 2,
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str], status: int) -> str:
    """What stands on stderr of a run that gave no answer, but a sentence and this status."""
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert done.stderr.strip() and "Traceback" not in done.stderr
    return done.stderr


def at(api: Api) -> tuple[str, ...]:
    return ("--base-url", api.url, "-m", "test-model")


# ---- the embedded model


@functools.cache
def given() -> subprocess.CompletedProcess[str]:
    """A question on the command line, asked once for the tests that look at what came."""
    return run("--local", "Write about the sea.", *SHORT)


def test_the_answer_is_alone_on_stdout() -> None:
    """`shell.py --local "question"` answers on stdout, tells usage on stderr, and ends with 0."""
    done = given()
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) > 3 and done.stdout.endswith("\n")
    assert re.search(r"\d+ in, 8 out · first token .* · length", done.stderr)
    assert "finish reason length" in done.stderr
    assert " out · " not in done.stdout and "finish" not in done.stdout
    assert "\x1b" not in done.stdout + done.stderr, "escape sequences in a pipe"


def test_a_piped_question_is_answered_as_one_on_the_command_line() -> None:
    """The same question gets the same greedy answer, whichever way it comes."""
    piped = run("--local", *SHORT, piped="Write about the sea.\n")
    assert piped.returncode == 0, piped.stderr
    assert piped.stdout == given().stdout


# ---- pipes and signals


def test_a_reader_who_leaves_early_ends_the_answer_quietly(api: Api) -> None:
    """`| head -1` shows the first line; nothing is written about the closed pipe."""
    api.reply(drip("".join(f"{number}. fruit\n\n" for number in range(200)), 0.005))
    command = shlex.join([*COMMAND, *at(api), "List fruits, one a line."])
    done = subprocess.run(
        ["/bin/sh", "-c", f"{command} | head -1"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        timeout=PATIENCE * 2,
        check=False,
    )
    assert len(done.stdout.splitlines()) == 1 and done.stdout.strip()
    assert not re.search(r"Traceback|Broken|Exception|Error", done.stderr), done.stderr


def test_ctrl_c_keeps_what_arrived_and_gives_130(api: Api) -> None:
    """SIGINT in the middle of an answer leaves what was printed, and ends with status 130."""
    api.reply(drip("Once upon a time there was a dragon. " * 200, 0.01))
    with subprocess.Popen(
        [*COMMAND, *at(api), "Write a long story of a dragon"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as child:
        assert child.stdout and child.stderr
        begun = os.read(child.stdout.fileno(), 10)
        child.send_signal(signal.SIGINT)
        rest, said = child.communicate(timeout=PATIENCE)
    assert child.returncode == 130, said.decode()
    assert begun.strip(), "nothing had arrived"
    assert b"interrupted" not in begun + rest
    assert "interrupted; what arrived is kept" in said.decode()
    assert b"Traceback" not in said


# ---- what is sent


def test_the_question_stands_before_what_is_piped(api: Api) -> None:
    """With both, one message is sent: the words of the command line, and below them the pipe's."""
    api.reply(stream("Two", " words"))
    done = inside(*at(api), "Sum up:", piped="first line\n/exit\n")
    assert (done.returncode, done.stdout) == (0, "Two words\n"), done.stderr
    sent = _body(api)["messages"]
    assert sent == [{"role": "user", "content": "Sum up:\n\nfirst line\n/exit"}]


def test_options_decide_what_is_sent(api: Api) -> None:
    """-m, -s, as often as wanted, and --system reach the request; nothing else does."""
    api.reply(stream("yes"))
    done = inside(
        *at(api), "-s", "temperature=0.5", "-s", "stop=END", "-s", "seed=3", "--system", "Be brief.", "hi"
    )
    assert done.returncode == 0, done.stderr
    body = _body(api)
    assert body.pop("messages") == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
    ]
    assert body.pop("stop") in ("END", ["END"])
    assert body == {
        "model": "test-model",
        "temperature": 0.5,
        "seed": 3,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_profile_decides_what_is_sent(api: Api, home: Path) -> None:
    """-p takes a profile of one's own, its address included; -s wins over it."""
    home.mkdir(exist_ok=True)
    (home / "profiles.yaml").write_text(
        f"mine:\n  base_url: {api.url}\n  model: my-model\n  temperature: 0.1\n  top_p: 0.2\n"
    )
    api.reply(stream("yes"))
    done = inside("-p", "mine", "-s", "temperature=0.9", "hi")
    assert done.returncode == 0, done.stderr
    body = _body(api)
    assert (body["model"], body["temperature"], body["top_p"]) == ("my-model", 0.9, 0.2)
    assert "temperature and top_p are both set" in done.stderr


def test_escape_sequences_of_a_model_do_not_get_through(api: Api) -> None:
    """An answer that tries to steer the terminal is shown as text, in a pipe too."""
    api.reply(stream("red \x1b[31m", "and a title \x1b]0;x\x07."))
    done = inside(*at(api), "hi")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout and "\x07" not in done.stdout
    assert "red ␛[31mand a title" in done.stdout


def _body(api: Api) -> dict[str, object]:
    asked = [request for request in api.requests if request.path.endswith("/chat/completions")]
    assert len(asked) == 1, f"one request for an answer, not {len(asked)}"
    return dict(asked[0].body)


# ---- what goes wrong


BAD_USAGE = [
    (("--local", "-s", "temperature=9", "hi"), "temperature"),
    (("--local", "-s", "nonsense=1", "hi"), "nonsense"),
    (("--local", "-s", "temperature", "hi"), "name=value"),
    (("-p", "no-such-profile", "hi"), "no-such-profile"),
    (("--local", "--system", "@/no/such/file", "hi"), "/no/such/file"),
    (("--base-url", "not an address", "hi"), "not an address"),
    (("--local",), "nothing to send"),
]


@pytest.mark.parametrize(("args", "named"), BAD_USAGE)
def test_bad_usage_is_status_2_and_named(args: tuple[str, ...], named: str) -> None:
    """What can't be meant gives one sentence that names it, and status 2, before anything is sent."""
    assert named in refused(inside(*args), 2)


@pytest.mark.parametrize(
    ("args", "named"), [BAD_USAGE[0], (("--no-such-option",), "--no-such-option")], ids=["value", "option"]
)
def test_bad_usage_ends_the_process_with_2(args: tuple[str, ...], named: str) -> None:
    """The same in a process: whether we find the fault, or argparse does."""
    assert named in refused(run(*args), 2)


def test_without_a_key_and_a_terminal_there_is_a_way_out() -> None:
    """No key and nobody to ask: status 2, and the sentence names the variable and --local."""
    said = refused(inside("hello"), 2)
    assert "OPENAI_API_KEY" in said and "--local" in said


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (error("401 Unauthorized", "bad key", code="invalid_api_key"), "key"),
        (error("500 Internal Server Error"), "500"),
        (
            error("400 Bad Request", "no such value", param="temperature", code="unsupported_value"),
            "temperature",
        ),
        (http(b'{"error": {"message": "No credits", "code": 402}}'), "No credits"),
        (http(b'{"code": 1301, "msg": "busy"}'), "busy"),
        (http(b'{"choices": [{"message": {"content": ""}, "error": {"message": "died"}}]}'), "died"),
        (http(b"event: error\ndata: overloaded\n\n", kind="text/event-stream"), "overloaded"),
        (http(b"<title>Sign in</title>", kind="text/html"), "Sign in"),
        (error("429 Too Many", Retry_After="7200"), "2 h 0 min"),
    ],
    ids=[
        "401",
        "500",
        "400",
        "200 with an error",
        "code and msg",
        "in a choice",
        "event",
        "page",
        "long wait",
    ],
)
def test_an_error_of_the_api_is_status_1(api: Api, reply: bytes, said: str) -> None:
    """A refusal by the server is one sentence on stderr, nothing on stdout, and status 1."""
    api.reply(reply)
    assert said in refused(inside(*at(api), "-s", "temperature=0.5", "hi"), 1)


def test_an_error_of_the_api_ends_the_process_with_1(api: Api) -> None:
    """The same in a process."""
    api.reply(error("401 Unauthorized", "bad key", code="invalid_api_key"))
    assert "key" in refused(run(*at(api), "hi"), 1)


def test_nobody_listening_is_status_1() -> None:
    """An address where nothing listens is named, with status 1."""
    done = inside("--base-url", "http://127.0.0.1:1/v1", "-m", "none", "hi")
    assert "nothing listens at http://127.0.0.1:1/v1" in refused(done, 1)


def test_sigterm_in_an_answer_is_status_143(api: Api) -> None:
    """SIGTERM while the server is silent ends the program at once, without a traceback."""
    api.reply(stall(b'data: {"choices":[{"index":0,"delta":{"content":"begun"}}]}\n\n'))
    with subprocess.Popen(
        [*COMMAND, *at(api), "hi"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as child:
        assert child.stdout
        assert os.read(child.stdout.fileno(), 5) == b"begun"
        child.terminate()
        _, said = child.communicate(timeout=PATIENCE)
    assert child.returncode == 143, said.decode()
    assert b"Traceback" not in said


# ---- a terminal to show it on


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "TERM=dumb"])
def test_no_colour_where_none_is_wanted(api: Api, variable: dict[str, str]) -> None:
    """One message answered in a terminal has no escape sequence where colour is not wanted."""
    api.reply(stream("Two", " words"))
    with Shell(*at(api), "hi", env=variable) as shell:
        assert shell.ends() == 0, shell.text
        assert "Two words\n9 in, 2 out" in shell.text
        assert b"\x1b" not in shell.raw, shell.raw


def test_colour_where_there_is_a_terminal(api: Api) -> None:
    """The line of usage is dim in a terminal that can show it."""
    api.reply(stream("Two", " words"))
    with Shell(*at(api), "hi") as shell:
        assert shell.ends() == 0, shell.text
        assert b"\x1b[2m9 in" in shell.raw


@pytest.mark.parametrize("text", ["/show", "/set temperature 2", "/hepl", "/save it"])
def test_a_message_that_begins_as_a_command_is_refused(text: str) -> None:
    """It was meant for the prompt: nothing is sent, and -- is named, behind which it is sent."""
    with Api() as api:
        said = refused(inside("--base-url", api.url, "-m", "m", text), 2)
        assert "nothing was sent" in said and "--" in said and not api.asked
        done = inside("--base-url", api.url, "-m", "m", "--", text)
        assert done.returncode == 0 and api.asked[-1]["messages"][-1]["content"] == text


@pytest.mark.parametrize("text", ["/usr/bin/python3 says hi", "// TODO", "exit", "//set it up"])
def test_a_message_that_only_looks_like_a_command_is_sent(text: str) -> None:
    """A path, a comment and a word that leaves the prompt are messages on the command line."""
    with Api() as api:
        assert inside("--base-url", api.url, "-m", "m", text).returncode == 0
        assert api.asked[-1]["messages"][-1]["content"] == text
