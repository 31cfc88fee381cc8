"""The command line of the shell itself."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chat import embedded
from chat.declaration import Parameter
from chat.endpoint import EMBEDDED
from chat.errors import BadInput, BadValue
from chat.memory import PREFERENCES
from chat.parameters import BY_NAME

from .parameters import look_up
from .prompt import read_file

DEFAULT_PROFILE = "default"


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line. `message` "" is none."""

    message: str = ""
    profile: str = DEFAULT_PROFILE
    settings: tuple[tuple[str, Any], ...] = ()
    debug: bool = False
    plain: bool = False


def parse(argv: Sequence[str]) -> Options:
    """Raises BadInput for a bad value; argparse itself ends the program for bad usage (2)."""
    parser = argparse.ArgumentParser(
        prog="shell.py",
        description="The OpenAI Playground in a terminal. With a message it answers and exits.",
        epilog="Text on standard input is sent too, after the message.",
    )
    add = parser.add_argument
    add("message", nargs="*", help="a question: answered on standard output")
    add("-p", "--profile", default=DEFAULT_PROFILE, metavar="NAME", help="the profile to begin with")
    add("-m", "--model", metavar="NAME", help="the model")
    add("-s", "--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter; may be repeated")
    add("--system", metavar="TEXT", help="the system message, or @FILE")
    add("--base-url", metavar="URL", help="the address of a compatible server")
    add(
        "--local",
        nargs="?",
        const="",
        metavar="FILE.gguf",
        help="the embedded model, or a model file of your own: no key, no network",
    )
    add("--plain", action="store_true", help="show answers as they were written, not as Markdown")
    add("--debug", action="store_true", help="write what goes wrong to a log file, without keys")
    given = parser.parse_args(argv)
    message = list(given.message)
    if given.local and not given.local.endswith(".gguf"):
        message.insert(0, given.local)  # `--local "question"`: the file's name is optional
        given.local = ""
    return Options(
        " ".join(message).strip(), given.profile, tuple(_settings(given).items()), given.debug, given.plain
    )


def _settings(given: argparse.Namespace) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if given.base_url is not None:
        values["base_url"] = _read(BY_NAME["base_url"], given.base_url, "--base-url")
    if given.local is not None:
        address = f"{EMBEDDED}:{given.local}" if given.local else EMBEDDED
        values["base_url"], values["model"] = address, embedded.model_of(address)[0]
    if given.model is not None:
        values["model"] = _read(BY_NAME["model"], given.model, "-m")
    if given.system is not None:
        text = read_file(given.system[1:]) if given.system.startswith("@") else given.system
        values["system"] = BY_NAME["system"].kind.check(text)
    for pair in given.set:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadInput(f"-s {pair} is not name=value")
        parameter = look_up(name.strip())
        if parameter in PREFERENCES:
            raise BadInput(f"{parameter.name} is set in the shell, by /set {parameter.name} …")
        values[parameter.name] = _read(parameter, value, f"-s {parameter.name}")
    return values


def _read(parameter: Parameter, text: str, where: str) -> Any:
    try:
        return parameter.kind.read(text)
    except BadValue as error:
        raise BadValue(f"{where}: {error.message}", error.hint) from None
