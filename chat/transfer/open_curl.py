"""Requests in command lines: curl as documentation and browsers write it, and HTTPie.

A line is cut into words as sh, or cmd.exe, would cut it, and nothing of it runs. Variables of the shell
in it become variables of the prompt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import field, replace
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadValue
from ..conversation.body import Body
from . import bounded
from .open_json import body as body_of
from .opened import DEEPEST, Joined, Opened, Unknown, base_of, joined, safe_header
from .shell_words import Word, cmd_words, sh_words

LARGEST = 16 * 1024 * 1024  # characters of a command line
#: Options of curl that take a value and say nothing of the body.
_WITH_VALUE = frozenset(
    "-A --user-agent -b --cookie -c --cookie-jar -e --referer -o --output -m --max-time --connect-timeout -x"
    " --proxy -w --write-out --retry --retry-delay --cacert --cert --key --resolve -U --proxy-user -T"
    " --upload-file --limit-rate -K --config --aws-sigv4 -r --range -D --dump-header --trace --trace-ascii"
    " -E --unix-socket --interface --dns-servers --ciphers --tls-max -C --continue-at --oauth2-bearer".split()
)
_SECRET_OPTIONS = {
    "-b": "the cookies",
    "--cookie": "the cookies",
    "-u": "-u",
    "--user": "-u",
    "--oauth2-bearer": "--oauth2-bearer",
}
_DATA = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json")
_NO_JSON = ("-F", "--form", "--form-string", "--data-urlencode", "-G", "--get")
#: Letters of curl that take a value, where letters stand together: -sXPOST.
_LETTERS = "AbcdeFHKmoTuUwXxrDECY"
#: A program's name, after a prompt's mark and what is set for it; how far into a text it is looked for.
_COMMAND = re.compile(
    r"(?m)^[ \t]*(?:[$>%] )?(?:\w{1,60}=\S{1,300} ){0,20}(curl(?:\.exe)?|https?|xh|xhs)(?=[ \t\\^])"
)
_BEGINNING = 64 * 1024
#: A quote as cmd.exe escapes it, before any other.
_CMD_QUOTE = re.compile('[^\'"]*\\^"')
#: A text of JSON, or what stands for a variable outside of one.
_MARK_OR_TEXT = re.compile('"(?:\\\\.|[^"\\\\])*"|\ue000\\d+\ue001', re.DOTALL)
_HTTPIE_ITEM = re.compile(r"([^:=@]*?)(:=@|=@|:=|==|=|:|@)(.*)", re.DOTALL)


def is_command(text: str) -> bool:
    """Tell whether a text is a command line of curl or HTTPie."""
    return _command(text) is not None


def _command(text: str) -> re.Match[str] | None:
    return _COMMAND.search(text, 0, _BEGINNING)


def requests(text: str) -> Iterator[Opened]:
    """Read the first command line of a text. Raises BadValue where it is no request."""
    found = _command(text)
    if found is None:
        raise BadValue("this is no command line of curl")
    if len(text) > LARGEST:
        raise BadValue("a command line this long is not read")
    program, rest = found[1], text[found.start(1) :]
    first = rest.partition("\n")[0].rstrip()
    cmd = first.endswith("^") or _CMD_QUOTE.match(first) is not None
    words, stdin = (list(cmd_words(rest)), None) if cmd else sh_words(rest)
    yield (_curl if program.startswith("curl") else _httpie)(words[1:], stdin)


# ---- curl


@dataclass
class _Sent:
    """What a command line says that it sends."""

    url: Word = ""
    data: list[Word] = field(default_factory=list)
    secrets: dict[str, None] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


def _curl(words: list[Word], stdin: Word | None) -> Opened:
    sent = _Sent()
    words = [each for word in words for each in _split_option(word)]
    for option, value in _options(words):
        if option in ("", "--url"):
            sent.url = sent.url or value
        elif option in ("-H", "--header", "--proxy-header"):
            name = str(value).partition(":")[0].strip()
            if not safe_header(name):
                sent.secrets[name] = None
        elif option in _SECRET_OPTIONS:
            sent.secrets[_SECRET_OPTIONS[option]] = None
        elif option in _NO_JSON:
            raise BadValue(f"{option} of curl sends no JSON: a request has it in -d or --json")
        elif option in _DATA:
            name = str(value)
            if name == "@-" and option != "--data-raw":
                sent.data += [stdin] if stdin is not None else []
            elif name.startswith("@") and option != "--data-raw":
                sent.files.append(name[1:])
            else:
                sent.data.append(value)
    return _opened(sent, "a curl command")


def _split_option(word: Word) -> list[Word]:
    """Split an option written in one word: -XPOST, -sN, --data=…"""
    text = word if isinstance(word, str) else str(word.parts[0]) if isinstance(word, Joined) else ""
    if text.startswith("--"):
        return [word]
    if len(text) < 3 or not text.startswith("-") or text[1] == "-":
        return [word]
    found: list[Word] = []
    for at in range(1, len(text)):
        found.append("-" + text[at])
        if text[at] in _LETTERS:
            rest = text[at + 1 :]
            if isinstance(word, Joined):
                found.append(joined(rest, *word.parts[1:]))
            elif rest:
                found.append(rest)
            break
    return found


def _options(words: list[Word]) -> Iterator[tuple[str, Word]]:
    """Yield each (option, its value). The option is "" for words that stand alone."""
    given = iter(words)
    taking = {
        *_WITH_VALUE,
        *_SECRET_OPTIONS,
        *_DATA,
        *_NO_JSON,
        "-H",
        "--header",
        "--proxy-header",
        "-X",
        "--request",
        "--url",
    }
    taking -= {"-G", "--get"}
    for word in given:
        option = word if isinstance(word, str) else ""
        if option.startswith("--") and "=" in option and option.partition("=")[0] in taking:
            name, _, value = option.partition("=")
            yield name, value
        elif option in taking:
            yield option, next(given, "")
        elif option.startswith("-") and option != "-":
            yield option, ""
        else:
            yield "", word


def _opened(sent: _Sent, form: str) -> Opened:
    address = str(sent.url)
    url, _ = base_of(address) if isinstance(sent.url, str) else ("", "")
    if "?" in address and any(
        not safe_header(pair.partition("=")[0]) for pair in address.partition("?")[2].split("&")
    ):
        sent.secrets["a parameter of the address"] = None
    if "@" in address.partition("://")[2].partition("/")[0]:
        sent.secrets["the address"] = None
    secrets = tuple(sent.secrets)
    notes = (
        (f"the address is {sent.url}, which is not known here",)
        if sent.url and not isinstance(sent.url, str)
        else ()
    )
    if sent.files and not sent.data:
        return Opened({}, form, url=url, secrets=secrets, notes=notes, file=sent.files[0])
    if not sent.data:
        raise BadValue(f"{form} without a body sends no request", "it stands after -d, --data-raw or --json")
    found = body_of(_read(joined(*sent.data)), form)
    return replace(found, form=form, url=url or found.url, secrets=secrets, notes=(*notes, *found.notes))


def _read(text: Word) -> Any:
    """Read a body of JSON in which variables of the shell may stand."""
    if isinstance(text, str):
        return _json(text)
    parts = text.parts if isinstance(text, Joined) else (text,)
    marks = {f"\ue000{number}\ue001": part for number, part in enumerate(parts) if isinstance(part, Unknown)}
    names = {id(part): mark for mark, part in marks.items()}
    whole = "".join(part if isinstance(part, str) else names[id(part)] for part in parts)
    quoted = _MARK_OR_TEXT.sub(lambda m: m[0] if m[0][0] == '"' else f'"{m[0]}"', whole)
    return _unmarked(_json(quoted), marks)


def _unmarked(value: Any, marks: dict[str, Unknown]) -> Any:
    if isinstance(value, str) and "\ue000" in value:
        return joined(*(marks.get(part, part) for part in re.split("(\ue000\\d+\ue001)", value)))
    if isinstance(value, dict):
        return {name: _unmarked(each, marks) for name, each in value.items()}
    return [_unmarked(each, marks) for each in value] if isinstance(value, list) else value


def _json(text: str) -> Any:
    try:
        return bounded.read(text, strict=False)  # a server may take a line break in a text, too
    except ValueError as error:
        where = (
            f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "it"
        )
        raise BadValue(f"the body of this command is no JSON, at {where}") from None


# ---- HTTPie


def _httpie(words: list[Word], stdin: Word | None) -> Opened:
    sent = _Sent()
    body: Body = {}
    items = iter(words)
    for word in items:
        text = str(word)
        if text in ("--raw",):
            sent.data.append(next(items, ""))
        elif text in ("-a", "--auth", "--auth-type", "-A", "--bearer"):
            next(items, "")
            sent.secrets["--auth"] = None
        elif text in (
            "--timeout",
            "-o",
            "--output",
            "--print",
            "-p",
            "--style",
            "-s",
            "--session",
            "--verify",
        ):
            next(items, "")
        elif text.startswith("-"):
            continue
        elif not sent.url:
            if not text.isupper():
                sent.url = f"http://localhost{text}" if text.startswith(":") else word
        else:
            _item(word, body, sent)
    if body:
        found = body_of(body, "an HTTPie command")
        sent.data = [""]
        return replace(_opened_url(sent), body=found.body, notes=found.notes)
    if stdin is not None and not sent.data:
        sent.data.append(stdin)
    return _opened(sent, "an HTTPie command")


def _opened_url(sent: _Sent) -> Opened:
    url, _ = base_of(str(sent.url)) if isinstance(sent.url, str) else ("", "")
    return Opened({}, "an HTTPie command", url=url, secrets=tuple(sent.secrets))


def _item(word: Word, body: Body, sent: _Sent) -> None:
    """Read an item: name=text, name:=JSON, Header:value, also name[inner]=text."""
    text = str(word) if not isinstance(word, str) else word
    match = _HTTPIE_ITEM.fullmatch(text)
    if match is None:
        return
    name, sign, value = match[1], match[2], match[3]
    if sign in (":=@", "=@", "@"):
        raise BadValue(f"{name}{sign}{value} reads a file: put its text there")
    if sign == ":":
        if not safe_header(name):
            sent.secrets[name] = None
    elif sign in ("=", ":="):
        _put(body, name, _json(value) if sign == ":=" else value)


def _put(body: Body, name: str, value: Any) -> None:
    """Set a field, which may be inside others: messages[0][role]=user."""
    path = [name.partition("[")[0], *re.findall(r"\[([^\]]*)\]", name)]
    if len(path) > DEEPEST:
        raise BadValue(f"{name[:40]}… is nested too deeply")
    held: Any = body
    for at, key in enumerate(path):
        last = at == len(path) - 1
        following: Any = value if last else [] if path[at + 1] == "" or path[at + 1].isdecimal() else {}
        if isinstance(held, list):
            place = len(held) if key == "" else int(key) if key.isdecimal() and int(key) < 1000 else 0
            held += [None] * (place + 1 - len(held))
            if last or held[place] is None:
                held[place] = following
            held = held[place]
        elif isinstance(held, dict):
            held[key] = value if last else held.get(key, following)
            held = held[key]
