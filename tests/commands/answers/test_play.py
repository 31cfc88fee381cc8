"""/play: an answer in sound is told with its file, and played only when that is asked for."""

from __future__ import annotations

import base64
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.base.errors import TemperaError
from chat.media.reading import read
from chat.session.heard import Sound
from chat.session.state import Session
from chat.store.conversations import Store
from commands import dispatch, registry
from commands.declare import Send
from commands.message import exchange
from terminal import player

from ...support import pictures as made
from ...support.recorder import RecordingScreen
from ...support.server import Server, chunk, chunked, sse, stream

Here = Callable[..., Session]


def say(session: Session, screen: RecordingScreen, *lines: str) -> None:
    for text in lines:
        action = dispatch.run(text, registry(), session, screen)
        if isinstance(action, Send):
            exchange(session, screen, action)


def spoken(data: bytes) -> Callable[[socket.socket], None]:
    """A streamed answer in sound, in two pieces."""
    encoded = base64.b64encode(data).decode()
    half = len(encoded) // 8 * 4
    pieces: list[dict[str, Any]] = [
        {"id": "audio_1", "transcript": "Good "},
        {"data": encoded[:half]},
        {"data": encoded[half:], "transcript": "day"},
    ]
    return chunked(sse(*(chunk({"audio": piece}) for piece in pieces), chunk({}, finish="stop")))


@pytest.mark.parametrize(
    ("data", "form", "told"),
    [
        (made.wav(2.5), "wav", "sound: wav, 2.5 s, 20 kB"),
        (made.mp3(100), "mp3", "sound: mp3, 2.6 s, 41.7 kB"),
        (b"\1\0" * 24_000, "pcm16", "sound: pcm16, 1.0 s, 48 kB"),
        (b"OggS\0\xff" * 20, "opus", "sound: opus, 120 bytes"),
    ],
)
def test_sound_is_told_with_its_file(here: Here, server: Server, data: bytes, form: str, told: str) -> None:
    """Form, length and size, and the file that has it by its hash; nothing is played."""
    session, screen = here(), RecordingScreen()
    session.store = Store(session.places.conversations)
    server.reply(spoken(data))
    say(
        session,
        screen,
        "/set modalities text audio",
        f'/set audio {{"voice": "alloy", "format": "{form}"}}',
        "hi",
    )
    (line,) = [each for each in screen.said if each.startswith("sound:")]
    assert line.startswith(told) and not screen.played
    path = Path(line.partition("kept in ")[2].partition(";")[0])
    assert path.read_bytes() == data
    say(session, screen, "/play")
    assert screen.played[0].suffix == (".wav" if form == "pcm16" else f".{form}")
    assert not screen.played[0].exists(), "what is played from is taken away"


def test_an_answer_without_sound_says_so(here: Here, server: Server) -> None:
    """/play names how answers come in sound."""
    session, screen = here(), RecordingScreen()
    server.reply(stream("hello"))
    say(session, screen, "hi", "/play")
    assert screen.failed[0].startswith("the last answer has no sound")


def test_bare_samples_become_a_wav() -> None:
    """pcm16 is 24,000 samples a second, which a WAV's head says."""
    found = read(Sound(b"\1\0" * 12_000, "pcm16", 0.5).playable())
    assert (found.format, found.seconds) == ("WAV", 0.5)


def test_the_player_is_found_and_called_without_a_shell(tmp_path: Path) -> None:
    """The first of those the system has that plays such a file; no key reaches it; its failure is told."""
    told = tmp_path / "told"
    for name, status in (("ffplay", 0), ("aplay", 1)):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "$0 $@ [$OPENAI_API_KEY]" > {told}\nexit {status}\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "OPENAI_API_KEY": "sk-secret-secret-secret"}
    sound = tmp_path / "a $(touch owned).mp3"
    assert player.play(sound, environ) == "ffplay"
    assert told.read_text().endswith(f"-autoexit -loglevel quiet {sound} []\n")
    (tmp_path / "ffplay").unlink()
    with pytest.raises(TemperaError, match=r"aplay could not play x.wav \(status 1\)"):
        player.play(tmp_path / "x.wav", environ)
    with pytest.raises(TemperaError, match=r"no program here plays \.mp3") as refused:
        player.play(sound, environ)
    assert "ffplay, mpv" in refused.value.hint
