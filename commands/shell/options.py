"""The command line of the shell itself. Read before anything else: what its values mean is
looked up later, by `option_values.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from chat.base import started
from chat.base.halves import whole

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ..declare import Suggest

DEFAULT_PROFILE = "default"
#: What may follow `batch`: anything else is a message that begins with the word.
_BATCH: tuple[list[str], ...] = ([], ["list"], ["fetch"], ["watch"], ["cancel"], ["write"], ["read"])


class Options(NamedTuple):
    """What was asked for on the command line, as it was typed. `message` "" is none; `literal`: it stood
    behind --, and is no command of the shell's, whatever it begins with."""

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
    completions: str | None = None
    literal: bool = False
    json: str | None = None
    schema: bool = False
    strict: bool = False
    open: str | None = None
    line: int | None = None
    prompt: str | None = None
    format: str | None = None
    values: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    allow_tools: tuple[str, ...] = ()
    attached: tuple[str, ...] = ()
    script: tuple[str, ...] = ()  # a file, or -, and its arguments
    lines: tuple[str, ...] = ()
    keep_going: bool = False
    yes: bool = False
    eval: Namespace | None = None  # its words and its options
    batch: Namespace | None = None  # likewise

    @property
    def scripted(self) -> bool:
        """Whether lines are done as if they were typed."""
        return bool(self.script or self.lines)

    @property
    def once(self) -> bool:
        """Whether there is something to do without a prompt."""
        return bool(
            self.message
            or self.scripted
            or self.version
            or self.completions
            or self.json
            or self.schema
            or self.open is not None
            or self.prompt is not None
            or self.eval is not None
            or self.batch is not None
        )


def parse(argv: Sequence[str]) -> Options:
    """Parse the command line. Argparse itself ends the program for bad usage (2)."""
    if not argv:
        return Options()
    words = [*map(whole, argv)]
    end = words.index("--") if "--" in words else len(words)
    behind = words[end + 1 :]
    second = second_of(words[:end])
    asked = parser(second=second)
    given = read(asked.parse_intermixed_args(_joined(words[:end])), behind)
    if second and given.eval is None and given.batch is None:  # it is a word of a message
        asked = parser()
        given = read(asked.parse_intermixed_args(_joined(words[:end])), behind)
    if given.script == ("run",):
        asked.error("run takes a FILE; -- before it sends it as a message")
    if given.scripted and (given.open is not None or given.prompt is not None or given.values):
        asked.error("a script loads by /open, /prompt and /var, not by options")
    if (given.keep_going or (given.yes and not given.eval and not given.batch)) and not given.scripted:
        asked.error("--keep-going and --yes are for scripts: run FILE, -c, or -")
    if given.script and given.lines:
        asked.error("-c and a script are not run together; /source FILE in -c does both")
    return given._replace(literal=bool(behind) and given.message == " ".join(behind).strip())


def second_of(words: Sequence[str]) -> str:
    """Give the word that begins a form of the command line with options of its own, "" for none."""
    return next((each for each in words if each in ("eval", "batch")), "")


def _joined(words: Sequence[str]) -> list[str]:
    """Join what may follow an option to it, or nothing, so that the words of a message keep their places."""
    known: dict[str, tuple[str, Callable[[str], bool]]] = {
        "--local": ("", lambda word: word.endswith(".gguf")),
        "--resume": ("", str.isdecimal),
        "--json": ("turns", lambda word: word in ("turns", "chunks")),
    }
    found: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in known:
            alone, takes = known[word]
            word = f"{word}={rest.pop(0) if rest and takes(rest[0]) else alone}"
        found.append(word)
    return found


def parser(completer: Callable[[Suggest], object] | None = None, second: str = "") -> ArgumentParser:
    """Declare the options, with suggestions for the values of each. `completer` turns these into what
    argcomplete looks for. With `second` those of `eval` or of `batch` are declared, too."""
    import argparse

    from . import helped, option_values

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            super().error(message + _way(message))

    made = Parser(
        prog=started.command(),
        usage=helped.usage(started.command(), second),
        description=helped.ABOUT[second],
        epilog=None if second else helped.EXAMPLES.format(prog=started.command()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if second:
        from ..experiments import batch_words, eval_words

        eval_words.add(made)
        if second == "batch":
            batch_words.add(made)
        else:
            eval_words.add_form(made)
    made._positionals.title = "arguments"
    sent = made.add_argument_group("what is sent")
    written = made.add_argument_group("how answers are written")
    kept = made.add_argument_group("what is kept")
    lines = made.add_argument_group("scripts")

    def add(
        *names: str, to: Any = made, suggest: Suggest | None = None, many: bool = False, **facts: Any
    ) -> None:
        facts |= {"action": "append", "default": []} if many else {}
        action = to.add_argument(*names, **facts)
        if completer and suggest:
            action.completer = completer(suggest)

    add(
        "message",
        nargs="*",
        default=[],
        suggest=option_values.words,
        help=argparse.SUPPRESS if second else "a question; put -- before one that begins with / or -",
    )
    add(
        "-p",
        "--profile",
        default=DEFAULT_PROFILE,
        metavar="NAME",
        help="the profile to begin with: a model, and what is set for it",
        suggest=option_values.profiles,
    )
    add("-m", "--model", metavar="NAME", help="the model", suggest=option_values.models)
    add(
        "-s",
        "--set",
        dest="pairs",
        many=True,
        metavar="NAME=VALUE",
        help="a parameter, like temperature=0.5; may be repeated",
        suggest=option_values.pairs,
    )
    add(
        "--local",
        nargs="?",
        const="",
        metavar="FILE.gguf",
        help="the embedded model, or a model file of your own: no key, no network",
        suggest=option_values.model_files,
    )
    add(
        "--base-url",
        metavar="URL",
        help="the address of a compatible server",
        suggest=option_values.addresses,
    )
    add("--version", action="store_true", help="tell its version, Python's and that of openai")
    add(
        "--completions",
        choices=("bash", "zsh", "fish"),
        help="write the script that completes this command line in that shell",
    )
    add(
        "--system",
        to=sent,
        metavar="TEXT",
        help="the system message, or @FILE",
        suggest=option_values.text_files,
    )
    add(
        "-a",
        "--attach",
        to=sent,
        dest="attached",
        many=True,
        metavar="FILE",
        help="a picture, sound or file sent with the message: a path, a picture's URL, or - for standard"
        " input; may be repeated",
        suggest=option_values.any_files,
    )
    add(
        "--format",
        to=sent,
        metavar="FORM",
        help="the form of the answer: json, a file with a JSON Schema, or a class: models.py:Invoice",
        suggest=option_values.forms,
    )
    add(
        "--prompt",
        to=sent,
        metavar="NAME",
        help="a prompt from a file, sent with the message",
        suggest=option_values.prompts,
    )
    add(
        "--var",
        to=sent,
        dest="values",
        many=True,
        metavar="NAME=VALUE",
        help="a value for a variable of the prompt, or NAME=@FILE; may be repeated",
    )
    add(
        "--open",
        to=sent,
        metavar="FILE",
        help="a request from a file (- for standard input), sent as it stands or with the message added",
        suggest=option_values.any_files,
    )
    add(
        "--line",
        to=sent,
        type=_line,
        metavar="N",
        help="the line of the opened file that has the request",
    )
    add(
        "--tool",
        to=sent,
        dest="tools",
        many=True,
        metavar="SOURCE",
        help="tools that the model may call: a Python file, or what /help tools names; may be repeated",
        suggest=option_values.any_files,
    )
    add(
        "--allow-tool",
        to=sent,
        dest="allow_tools",
        many=True,
        metavar="NAME",
        help="a tool that runs without asking; may be repeated",
    )
    add("--plain", to=written, action="store_true", help="as they were written, not drawn as Markdown")
    add(
        "--json",
        to=written,
        nargs="?",
        const="turns",
        metavar="chunks",
        help="as an object of JSON, for a program; --json=chunks also writes each piece as it comes",
    )
    add("--schema", to=written, action="store_true", help="print the JSON Schema of what --json writes")
    add(
        "--strict",
        to=written,
        action="store_true",
        help="exit with 3 for an answer refused, cut off or not in form",
    )
    add(
        "--resume",
        to=kept,
        nargs="?",
        const="",
        metavar="ID",
        help="go on with the newest conversation, or the one of that number",
    )
    add("--ephemeral", to=kept, action="store_true", help="keep nothing of what is said or typed")
    add("--debug", to=kept, action="store_true", help="write what goes wrong to a log file, without keys")
    add(
        "-c",
        to=lines,
        dest="lines",
        many=True,
        metavar="LINE",
        help="do this as if it was typed: commands, with ; between them, or a message; may be repeated",
    )
    add("--keep-going", to=lines, action="store_true", help="go on after what failed; exit with 1 then")
    add("--yes", to=lines, action="store_true", help="say yes to whatever would be asked")
    if second and completer:
        for action in made._actions:
            if suggest := option_values.OF_EVAL.get(action.dest):
                action.completer = completer(suggest)  # type: ignore[attr-defined]
    return made


def _way(message: str) -> str:
    """Say what to write instead of a parameter's option, as OpenAI's own command line has them."""
    from chat.parameters.table import exactly

    found = re.match(r"unrecognized arguments: --?([A-Za-z][\w-]*)", message)
    parameter = exactly(found[1]) if found else None
    return f"; a parameter is set by -s {parameter.name}=VALUE" if parameter else ""


def read(given: Namespace, behind: Sequence[str] = ()) -> Options:
    """Convert what argparse understood to options, with the words that stood `behind` --."""
    message, local, resume = list(given.message), given.local, given.resume
    if local and not local.endswith(".gguf"):
        message.insert(0, local)  # `--local "question"`: the file's name is optional
        local = ""
    if resume and not resume.isdecimal():
        message.insert(0, resume)  # `--resume "question"`, likewise
        resume = ""
    json = given.json
    if json not in (None, "turns", "chunks"):
        message.insert(0, json)  # `--json "question"`, likewise
        json = "turns"
    script: tuple[str, ...] = ()
    if message[:1] == ["run"]:
        script, behind = (*message[1:], *behind) or ("run",), ()
        message = []
    elif message[:1] == ["-"]:
        script, behind = (*message, *behind), ()
        message = []
    evaluates = batches = None
    if message[:1] == ["eval"] and hasattr(given, "min_pass") and not hasattr(given, "vllm"):
        given.words = [*message[1:], *behind]
        evaluates, message, behind = given, [], ()
    elif message[:1] == ["batch"] and hasattr(given, "vllm") and message[1:2] in _BATCH:
        given.words = [*message[1:], *behind]
        batches, message, behind = given, [], ()
    asked = {name: tuple(each) if isinstance(each, list) else each for name, each in vars(given).items()}
    asked = {name: asked[name] for name in asked.keys() & set(Options._fields)}
    text = " ".join([*message, *behind]).strip()
    read = {"message": text, "local": local, "resume": resume, "json": json, "script": script}
    return Options(**{**asked, **read, "eval": evaluates, "batch": batches})


def _line(text: str) -> int:
    """Read the number of a line. Argparse shows the error."""
    from argparse import ArgumentTypeError

    if not (text.isdecimal() and int(text)):
        raise ArgumentTypeError(f"{text} is no number of a line: 1 or more")
    return int(text)
