"""The command line of the shell itself. Read before anything else: what its values mean is
looked up later, by `settings`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from chat import started

DEFAULT_PROFILE = "default"


class Options(NamedTuple):
    """What was asked for on the command line, as it was typed. `message` "" is none."""

    message: str = ""
    profile: str = DEFAULT_PROFILE
    pairs: tuple[str, ...] = ()
    model: str | None = None
    system: str | None = None
    base_url: str | None = None
    local: str | None = None
    debug: bool = False
    plain: bool = False
    resume: str | None = None
    ephemeral: bool = False
    version: bool = False


def parse(argv: Sequence[str]) -> Options:
    """Argparse itself ends the program for bad usage (2)."""
    if not argv:
        return Options()
    import argparse

    parser = argparse.ArgumentParser(
        prog=started.command(),
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
    add(
        "--resume",
        nargs="?",
        const="",
        metavar="ID",
        help="go on with the newest conversation, or the one of that number",
    )
    add("--ephemeral", action="store_true", help="keep nothing of what is said or typed")
    add("--debug", action="store_true", help="write what goes wrong to a log file, without keys")
    add("--version", action="store_true", help="tell its version, Python's and that of openai")
    given = parser.parse_args(argv)
    message = list(given.message)
    if given.local and not given.local.endswith(".gguf"):
        message.insert(0, given.local)  # `--local "question"`: the file's name is optional
        given.local = ""
    if given.resume and not given.resume.isdecimal():
        message.insert(0, given.resume)  # `--resume "question"`, likewise
        given.resume = ""
    return Options(
        " ".join(message).strip(),
        given.profile,
        tuple(given.set),
        given.model,
        given.system,
        given.base_url,
        given.local,
        debug=given.debug,
        plain=given.plain,
        resume=given.resume,
        ephemeral=given.ephemeral,
        version=given.version,
    )


def settings(given: Options) -> dict[str, Any]:
    """The settings that the command line asks for. Raises BadInput for a bad value."""
    from chat import embedded
    from chat.endpoint import EMBEDDED
    from chat.errors import BadInput
    from chat.memory import PREFERENCES

    from .parameters import look_up
    from .prompt import read_file

    values: dict[str, Any] = {}
    if given.base_url is not None:
        values["base_url"] = _read("base_url", given.base_url, "--base-url")
    if given.local is not None:
        address = f"{EMBEDDED}:{given.local}" if given.local else EMBEDDED
        values["base_url"], values["model"] = address, embedded.model_of(address)[0]
    if given.model is not None:
        values["model"] = _read("model", given.model, "-m")
    if given.system is not None:
        text = read_file(given.system[1:]) if given.system.startswith("@") else given.system
        values["system"] = look_up("system").kind.check(text)
    for pair in given.pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadInput(f"-s {pair} is not name=value")
        parameter = look_up(name.strip())
        if parameter in PREFERENCES:
            raise BadInput(f"{parameter.name} is set in the shell, by /set {parameter.name} …")
        values[parameter.name] = _read(parameter.name, value, f"-s {parameter.name}")
    return values


def _read(name: str, text: str, where: str) -> Any:
    from chat.errors import BadValue

    from .parameters import look_up

    try:
        return look_up(name).kind.read(text)
    except BadValue as error:
        raise BadValue(f"{where}: {error.message}", error.hint) from None
