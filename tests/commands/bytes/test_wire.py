"""/wire, /request and /export of a request: compared with what the server got and sent."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadInput
from chat.conversation.wire import HIDDEN
from chat.session.state import Session
from commands import dispatch, registry
from commands.bytes import wire
from commands.line import complete

from ...support.asking import ask
from ...support.recorder import RecordingScreen
from ...support.server import Server, chunk, chunked, error, hang_up, http, sse, stream, usage
from ..conftest import Run

PARTS = [
    sse(chunk({"role": "assistant", "content": ""}), done=False),
    sse(chunk({"content": "Grün"}), done=False),
    b": ping\r\n\r\n",
    sse(chunk({"content": " \u2028 \x1b[31m宽"}), done=False),
    sse(chunk({}, finish="stop"), chunk(usage=usage())),
]


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    return here("temperature: 0.5")


def test_the_summary_has_both_sides(run: Run, server: Server, screen: RecordingScreen) -> None:
    """Line, headers without secrets, body; status, headers, how many chunks and when; [DONE] is said."""
    server.reply(chunked(*PARTS))
    run("What colour?")
    screen.said.clear()
    run("/wire")
    text = screen.transcript
    assert f"POST {server.url}/chat/completions" in text
    assert "HTTP/1.1 200" in text and "Transfer-Encoding: chunked" in text
    assert '"content": "What colour?"' in text
    size = len(b"".join(PARTS))
    assert f"7 chunks, {size:,} bytes" in text
    assert "[DONE] came" in text


def test_every_chunk_with_its_time(run: Run, server: Server, screen: RecordingScreen) -> None:
    """Each stands there by its number, with when it came, the gap before it, and its text; [DONE] and pings too."""
    server.reply(chunked(*PARTS, pause=0.03))
    run("x")
    screen.said.clear()
    run("/wire chunks")
    rows = re.findall(r"^ +(\d+) +(\d+\.\d{4}) +\+(\d+\.\d{4})  (.*)$", screen.transcript, re.MULTILINE)
    assert [row[0] for row in rows] == [str(number) for number in range(1, 8)]
    assert rows[2][3] == ": ping" and rows[-1][3] == "data: [DONE]"
    assert float(rows[3][2]) > 0.01
    assert float(rows[3][1]) == pytest.approx(float(rows[2][1]) + float(rows[3][2]), abs=0.001)


@pytest.mark.parametrize(
    ("filter", "numbers"),
    [
        ("3", "3"),
        ("2..3", "2 3"),
        ("6..", "6 7"),
        ("..1", "1"),
        ("ping", "3"),
        ("PING", "3"),
        ('/"content": "G/', "2"),
        ("/^data: .DONE/", "7"),
        ("nothing like it", ""),
    ],
)
def test_chunks_are_filtered(
    run: Run, server: Server, screen: RecordingScreen, filter: str, numbers: str
) -> None:
    """By number, range, word, or pattern."""
    server.reply(chunked(*PARTS))
    run("x")
    screen.said.clear()
    run(f"/wire chunks {filter}")
    found = re.findall(r"^ +(\d+) +\d+\.\d{4} ", screen.transcript, re.MULTILINE)
    assert " ".join(found) == numbers
    assert numbers or "no chunk is so" in screen.transcript


def test_files_hold_the_exact_bytes(
    run: Run, server: Server, screen: RecordingScreen, tmp_path: Path
) -> None:
    """Request, response and chunks are saved byte for byte; another file is written over only when allowed."""
    server.reply(chunked(*PARTS))
    run("Grün?")
    for part in ("request", "response", "chunks", "chunks 2..3"):
        run(f"/wire 1 {part} > '{tmp_path / part}'")
    assert (tmp_path / "request").read_bytes() == server.requests[0].raw
    assert (tmp_path / "response").read_bytes() == b"".join(PARTS)
    assert (tmp_path / "chunks").read_bytes() == b"".join(PARTS)
    assert (tmp_path / "chunks 2..3").read_bytes() == PARTS[1] + PARTS[2]
    run(f"/wire 1 response > {tmp_path / 'request'}")
    assert (tmp_path / "request").read_bytes() == server.requests[0].raw
    assert "is there already" in screen.questions[-1]
    run(f"/wire > {tmp_path}")
    assert "data: [DONE]" in (tmp_path / "wire-1.txt").read_text()
    assert not screen.failed


def test_raw_is_no_more_than_the_bytes(run: Run, server: Server, screen: RecordingScreen) -> None:
    """What is shown is what was sent, not indented."""
    server.reply(chunked(*PARTS))
    run("x")
    run("/wire request raw")
    run("/wire response raw")
    assert [text.encode() for text in screen.raw] == [server.requests[0].raw, b"".join(PARTS)]


def test_a_whole_answer_packed_with_gzip(
    run: Run, server: Server, session: Session, screen: RecordingScreen, tmp_path: Path
) -> None:
    """It is shown and saved unpacked, which is said; `raw` saves it as it came."""
    answer = json.dumps({"choices": [{"message": {"content": "hi"}}], "usage": usage()}).encode()
    server.reply(http(gzip.compress(answer, mtime=0), Content_Encoding="gzip"))
    session.settings = session.settings.set("stream", False)
    run("x")
    run("/wire response")
    assert '"content": "hi"' in screen.transcript and "gzip" in screen.transcript
    run(f"/wire response > {tmp_path / 'a'}")
    run(f"/wire response raw > {tmp_path / 'b'}")
    assert (tmp_path / "a").read_bytes() == answer
    assert (tmp_path / "b").read_bytes() == gzip.compress(answer, mtime=0)
    assert "but for gzip" in screen.transcript


def test_errors_and_silence(run: Run, server: Server, screen: RecordingScreen) -> None:
    """A refusal is shown as it was; of a server that hung up there is the request, and no answer began."""
    server.reply(error("400 Bad Request", "no such thing"), hang_up)
    run("x")
    run("/wire response")
    assert "HTTP/1.1 400" in screen.transcript and "no such thing" in screen.said[-1]
    run("y")
    run("/wire")
    assert "no answer began" in screen.transcript
    run("/wire response raw")
    assert "no answer began" in screen.failed[-1]


def test_each_request_of_a_turn_can_be_named(
    run: Run, server: Server, session: Session, screen: RecordingScreen
) -> None:
    """A turn that took several shows all; 1.2 is the second, and exact bytes want one to be named."""
    server.reply(error("400 Bad Request", "no", param="stream_options"), stream("ok"))
    run("x")
    screen.said.clear()
    run("/wire request")
    assert "turn 1, request 1 of 2" in screen.transcript and "turn 1, request 2 of 2" in screen.transcript
    run("/wire request raw")
    assert "took 2 requests" in screen.failed[-1] and "/wire 1.2 request" in screen.failed[-1]
    run("/wire 1.2 request raw")
    assert screen.raw[-1].encode() == server.requests[1].raw
    run("/wire 1.3")
    assert "requests 1 to 2" in screen.failed[-1]


def test_large_answers_do_not_choke(
    run: Run, server: Server, session: Session, screen: RecordingScreen
) -> None:
    """Of 4,000 chunks and one of ten megabytes each is told, the large one in short; raw asks first."""
    many = b"".join(sse(chunk({"content": "a"}), done=False) for _ in range(4_000))
    server.reply(chunked(many, sse(chunk({"content": "b" * 10_000_000}), chunk({}, finish="stop"))))
    run("x")
    screen.said.clear()
    run("/wire chunks 3999..")
    shown = screen.transcript
    assert len(shown) < 10_000 and "5 of 4,003 chunks" in shown
    assert re.search(r"… \(10,000,\d\d\d bytes\)", shown)
    run("/wire response raw")
    assert screen.questions[-1].startswith("show 10,") and not screen.raw
    run("/wire response")
    assert len(screen.said[-1]) < 1_100_000


def test_what_is_not_understood(run: Run, server: Server, screen: RecordingScreen) -> None:
    """Each sentence says what there is."""
    run("/wire")
    assert "nothing was sent yet" in screen.failed[-1]
    server.reply(stream("hi"))
    run("x")
    for line, told in [
        ("/wire body", "request, response, chunks"),
        ("/wire 7", "turns 1 to 1"),
        ("/wire request hidden", "only chunks are filtered"),
        ("/wire chunks /(/", "is no pattern"),
        ("/wire response >", "into which file?"),
        ("/wire response > /nowhere/at/all", "its folder is not there"),
    ]:
        run(line)
        assert told in screen.failed[-1], line


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever is typed after /wire is understood, or refused with a sentence."""
    try:
        wanted = wire.read(text)
    except BadInput:
        pass
    else:
        assert wanted.part in ("", "request", "response", "chunks")


def test_secrets_are_hidden(make_session: Callable[..., Session], server: Server) -> None:
    """The key went out, and is shown nowhere."""
    own = f"here:\n  base_url: {server.url}\n  model: m\n  api_key_env: OWN_KEY\n"
    session, screen = make_session(own, profile="here", OWN_KEY="sk-abcdefghijklmnop"), RecordingScreen()
    server.reply(stream("hi"))
    ask(session, "x")
    known = registry()
    for line in ("/wire", "/wire request", "/export curl", "/export python next", "/export node"):
        dispatch.run(line, known, session, screen)
    assert "abcdefghijklmnop" not in screen.transcript + "".join(screen.raw)
    assert HIDDEN in screen.transcript
    assert all("OWN_KEY" in text for text in screen.raw)


# ---- /request


def test_request_is_what_goes_out(
    run: Run, server: Server, session: Session, screen: RecordingScreen
) -> None:
    """What /request raw shows for a text is, byte for byte, what sending it sends; nothing is kept of it."""
    server.reply(stream("one"), stream("two"))
    run("/system Be brief")
    run("first")
    before = session.branch
    run('/request raw "raw " Grün')
    run("/request raw raw fish")
    assert session.branch == before and len(session.turns) == 1
    run("raw fish")
    assert screen.raw[-1].encode() == server.requests[-1].raw


def test_request_counts_each_part(
    run: Run, server: Server, here: Callable[..., Session], screen: RecordingScreen
) -> None:
    """A row a message, the fields that a model reads, and the overhead; without a text it says what is missing."""
    session = here(model="gpt-4o")
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    session.settings = session.settings.set("tools", [tool]).set("system", "Be brief")
    known = registry()
    dispatch.run("/request What is it?", known, session, screen)
    _, rows = screen.tables[-1]
    assert [row[0] for row in rows] == ["system", "user", "tools", "overhead"]
    asked, carried = session.asked("What is it?"), session.carried(session.branch)
    total = session.tokenizers.count_request("gpt-4o", asked, carried, {"tools": [tool]})
    assert sum(int(row[2]) for row in rows) == total
    assert f"≈{total} tokens" in screen.transcript
    assert '"content": "What is it?"' in screen.transcript
    assert "not in it yet" not in screen.transcript
    dispatch.run("/request", known, session, screen)
    assert "not in it yet" in screen.transcript
    assert not server.requests or all(request.method == "GET" for request in server.requests)


# ---- /export curl, python, node


def test_an_exported_turn_sends_what_the_turn_sent(
    run: Run, server: Server, screen: RecordingScreen, tmp_path: Path
) -> None:
    """Its command, run by sh, makes the server see the same bytes at the same address again."""
    server.reply(stream("hi"))
    run('It\'s "that" $HOME \u2028')
    run(f"/export curl {tmp_path}")
    run(f"/export python 1 {tmp_path / 'ask.py'}")
    done = subprocess.run(["sh", str(tmp_path / "turn-1.sh")], capture_output=True, check=True, timeout=60)
    assert b"[DONE]" in done.stdout
    first, again = server.requests
    assert (again.raw, again.path) == (first.raw, first.path)
    assert "from openai import OpenAI" in (tmp_path / "ask.py").read_text()
    assert "runs it" in screen.said[-1]
    run(f"/export curl {tmp_path / 'a b.sh'}")
    assert f"sh '{tmp_path / 'a b.sh'}' runs it" in screen.said[-1]


def test_the_next_request_is_exported(
    run: Run, server: Server, session: Session, screen: RecordingScreen
) -> None:
    """`next` holds what was said and what is set now; a file has the exact text, a screen is warned of what it
    can't show."""
    server.reply(stream("hi"))
    run("x \u202e y")
    run("/temperature 0.75")
    run("/export curl next")
    assert '"temperature":0.75' in screen.raw[-1] and '"content":"hi"' in screen.raw[-1]
    assert "a terminal must not get" in screen.warned[-1]


def test_words_complete(run: Run, server: Server, session: Session) -> None:
    """/wire offers its parts and the turns; /export the languages, then turns and `next`."""
    server.reply(stream("hi"))
    run("x")
    known = registry()

    def offers(text: str) -> list[str]:
        return [each.text for _, each in complete(text, known, session)]

    assert offers("/wire ") == ["request", "response", "chunks", "1"]
    assert offers("/wire 1 re") == ["request", "response"]
    assert offers("/wire 1 request ") == ["raw"]
    assert offers("/export cu") == ["curl"]
    assert offers("/export curl ") == ["next", "1"]
    assert "raw" in offers("/request ")
