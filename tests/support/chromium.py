"""A real Chromium, spoken to by its own protocol over two pipes: no driver, no port, no package.

Where none is installed there is none: `found` says so. CONTRIBUTING.md says how to get one.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PATIENCE = 60  # seconds, however busy the machine is

Facts = dict[str, Any]


def found() -> str | None:
    """Where a Chromium is; None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One page. `wrong` is all that its console, its scripts and its policy complained of; `requests` are the
    addresses that were asked for, those that were `opened` included."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session
        self.wrong: list[str] = []
        self.requests: list[str] = []
        self.opened: list[str] = []
        browser.pages[session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.do(f"{domain}.enable")

    def do(self, method: str, **given: Any) -> Facts:
        return self._browser.do(method, given, self._session)

    def sized(self, width: int, height: int = 900, dark: bool = False) -> None:
        """Give the window a size and a colour scheme."""
        how = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.do("Emulation.setDeviceMetricsOverride", **how)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.do("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, path: Path | str, scripts: bool = True) -> None:
        """Open a file, and wait until it is loaded and painted."""
        self.do("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._browser.loaded.discard(self._session)
        url = path if isinstance(path, str) else path.as_uri()
        self.opened.append(url.partition("#")[0])
        self.do("Page.navigate", url=url)
        self._browser.until(lambda: self._session in self._browser.loaded)
        if scripts:
            self.value("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

    def value(self, expression: str) -> Any:
        """Give what JavaScript comes to, a promise's outcome included."""
        got = self.do("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in got, got["exceptionDetails"]
        return got["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until JavaScript comes to something true."""
        self.value(
            f"new Promise((done) => {{ const look = () => ({expression}) ? done() : setTimeout(look, 5); look() }})"
        )

    def press(self, key: str) -> None:
        """Press a key, as a person does."""
        codes = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowDown": 40, "ArrowUp": 38, "ArrowLeft": 37}
        codes |= {"ArrowRight": 39, "End": 35, "Home": 36, "PageDown": 34}
        how: Facts = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, 0)}
        if len(key) == 1:
            how |= {"code": "", "text": key, "windowsVirtualKeyCode": ord(key.upper())}
        elif key == "Enter":
            how["text"] = "\r"
        self.do("Input.dispatchKeyEvent", type="keyDown", **how)
        self.do("Input.dispatchKeyEvent", type="keyUp", **{k: v for k, v in how.items() if k != "text"})

    def type(self, text: str) -> None:
        for character in text:
            self.press(character)

    def picture(self, path: Path, whole: bool = False) -> None:
        """Take a screenshot."""
        got = self.do("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(got["data"]))

    def told(self, method: str, facts: Facts) -> None:
        """Note an event."""
        if method == "Runtime.exceptionThrown":
            self.wrong.append(json.dumps(facts["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.wrong.append(f"console.{facts['type']}: {facts['args']}")
        elif method == "Log.entryAdded":
            self.wrong.append(f"{facts['entry']['source']}: {facts['entry']['text']}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(facts["request"]["url"])


class Browser:
    """A Chromium without a window."""

    def __init__(self, program: str, folder: Path) -> None:
        ours, theirs = os.pipe(), os.pipe()
        reads, writes = (fcntl.fcntl(each, fcntl.F_DUPFD, 20) for each in (ours[0], theirs[1]))
        nothing = os.open(os.devnull, os.O_RDWR)
        actions = [(os.POSIX_SPAWN_DUP2, nothing, each) for each in (0, 1, 2)]
        actions += [(os.POSIX_SPAWN_DUP2, reads, 3), (os.POSIX_SPAWN_DUP2, writes, 4)]
        how = ["--remote-debugging-pipe", "--headless", "--no-first-run", "--disable-gpu"]
        how += [f"--user-data-dir={folder}", "--hide-scrollbars=false", "about:blank"]
        how += ["--no-sandbox"] if os.geteuid() == 0 else []
        self._process = os.posix_spawn(
            program, [program, *how], os.environ, file_actions=actions, setsid=True
        )
        for each in (ours[0], theirs[1], reads, writes, nothing):
            os.close(each)
        self._in, self._out = ours[1], theirs[0]
        self._rest = bytearray()
        self._number = 0
        self._answers: dict[int, Facts] = {}
        self.pages: dict[str, Page] = {}
        self.loaded: set[str] = set()

    def page(self) -> Page:
        """Give a new, empty page."""
        target = self.do("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.do("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        return Page(self, session)

    def do(self, method: str, given: Facts, session: str = "") -> Facts:
        """Have something done, and wait for its outcome."""
        self._number += 1
        number = self._number
        message: Facts = {"id": number, "method": method, "params": given}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._in, data) :]
        self.until(lambda: number in self._answers)
        answer = self._answers.pop(number)
        assert "error" not in answer, answer["error"]
        result: Facts = answer["result"]
        return result

    def until(self, done: Any) -> None:
        """Read what the browser says until something is so."""
        end = time.monotonic() + PATIENCE
        while not done():
            ready, _, _ = select.select([self._out], [], [], max(0, end - time.monotonic()))
            data = os.read(self._out, 1 << 20) if ready else b""
            assert data, "Chromium says nothing"
            self._rest += data
            while (at := self._rest.find(b"\0")) >= 0:
                self._take(json.loads(self._rest[:at]))
                del self._rest[: at + 1]

    def _take(self, message: Facts) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
            return
        session = message.get("sessionId", "")
        if message["method"] == "Page.loadEventFired":
            self.loaded.add(session)
        elif session in self.pages:
            self.pages[session].told(message["method"], message["params"])

    def close(self) -> None:
        """End it, with all of its processes."""
        with suppress(Exception):
            self.do("Browser.close", {})
        os.close(self._in)
        os.close(self._out)
        end = time.monotonic() + 5
        while os.waitpid(self._process, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                with suppress(ProcessLookupError):
                    os.killpg(self._process, signal.SIGKILL)
            time.sleep(0.01)


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start a Chromium whose files are in a folder, and end it."""
    program = found()
    assert program is not None, "there is no Chromium"
    started = Browser(program, folder)
    try:
        yield started
    finally:
        started.close()
