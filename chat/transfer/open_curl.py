"""Requests in command lines: curl as documentation and browsers write it, and HTTPie.

A line is cut into words as sh, or cmd.exe, would cut it, and nothing of it runs. Variables of the shell
in it become variables of the prompt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ..base.errors import BadValue
from ..base.halves import whole
from ..conversation.body import Body
from . import bounded
from .open_json import body as body_of
from .opened import DEEPEST, Joined, Opened, TooMuch, Unknown, base_of, joined, safe_header

LARGEST = 16 * 1024 * 1024  # characters of a command line
#: Pieces of its words: quotes, escapes, variables, what stands between them.
_PIECES = 100_000

Word = str | Unknown | Joined

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
_ENDS = ("|", ";", "&", "&&", "||", ">", ">>", "2>", "2>&1", "<")
#: What ends a run of plain characters: in $'…', in double quotes, in a bare word.
_ANSI, _DOUBLE, _BARE = re.compile(r"['\\]"), re.compile(r'["\\$`]'), re.compile(r"""[\s\\'"$`|;&<>]""")
_SIMPLE = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "e": "\x1b",
    "E": "\x1b",
}
#: An escape of cmd.exe, a run of escapes in it, and what its words are made of.
_CARET = re.compile(r"\^(\r?\n[ \t]*|[\s\S])")
_CMD_PIECE = re.compile(r'(\\*)(")|([ \t\r\n]+)|(\\+|[^\\" \t\r\n]+)')
_SPELT = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_CODE = re.compile(r"x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})")
_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:[:?+=-][^}]{0,200})?\})")
_BRACKET = re.compile("[()]")
_HEREDOC = re.compile(r"<<(-?)\s*(['\"]?)([A-Za-z_]\w*)\2")
#: A program's name, after a prompt's mark and what is set for it; how far into a text it is looked for.
_COMMAND = re.compile(
    r"(?m)^[ \t]*(?:[$>%] )?(?:\w{1,60}=\S{1,300} ){0,20}(curl(?:\.exe)?|https?|xh|xhs)(?=[ \t\\^])"
)
_BEGINNING = 64 * 1024
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
    cmd = '^"' in rest or re.search(r"\^[ \t]*\r?\n", rest) is not None
    words, stdin = (list(_cmd_words(rest)), None) if cmd else _sh_words(rest)
    yield (_curl if program.startswith("curl") else _httpie)(words[1:], stdin)


# ---- words


def _sh_words(text: str) -> tuple[list[Word], Word | None]:
    """Cut a command into words as sh does; (words, the here-document where there is one)."""
    reader = _Sh(text)
    words = list(reader.words())
    return words, reader.document


@dataclass
class _Sh:
    """Reads a line of sh, word by word."""

    text: str
    at: int = 0
    document: Word | None = None
    _waits: tuple[bool, bool, str] | None = None
    _pieces: int = 0

    def _counted(self) -> None:
        self._pieces += 1
        if self._pieces > _PIECES:
            raise TooMuch("this command line has too many words and escapes to be read")

    def words(self) -> Iterator[Word]:
        parts: list[Word] = []
        begun = False
        while self.at < len(self.text):
            self._counted()
            char = self.text[self.at]
            if char in " \t\r\n":
                if begun:
                    yield joined(*parts)
                    parts, begun = [], False
                self.at += 1
                if char == "\n":
                    if self._waits:
                        self._document()
                    return
            elif char == "\\":
                following = self.text[self.at + 1 : self.at + 2]
                if self.text[self.at + 1 : self.at + 3] == "\r\n":
                    self.at += 3
                else:
                    self.at += 2
                    if following and following != "\n":
                        parts.append(following)
                        begun = True
            elif not begun and char == "#":
                self._until_line_end()
            elif not begun and (match := _HEREDOC.match(self.text, self.at)):
                self._waits = (bool(match[1]), bool(match[2]), match[3])
                self.at = match.end()
            elif not begun and char in "|;&<>":
                if not self._waits:
                    return
                self._until_line_end()
            else:
                parts.append(self._piece(char))
                begun = True
        if begun:
            yield joined(*parts)

    def _until_line_end(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def _document(self) -> None:
        assert self._waits
        tabs, quoted, word = self._waits
        match = re.compile(rf"(?m)^{chr(9) + '*' if tabs else ''}{re.escape(word)}[ \t]*\r?$").search(
            self.text, self.at
        )
        inner = self.text[self.at : match.start() if match else len(self.text)]
        inner = inner.removesuffix("\n")
        if tabs:
            inner = re.sub(r"(?m)^\t+", "", inner)
        self.document = inner if quoted else joined(*_expanded(inner))

    def _piece(self, char: str) -> Word:
        text = self.text
        if char == "'":
            return self._quoted(self.at + 1, "'")
        if char == '"':
            return self._double()
        if text.startswith("$'", self.at):
            return self._ansi()
        if char == "$":
            return self._variable()
        if char == "`":
            return self._substituted("`")
        end = max(_until(_BARE, text, self.at), self.at + 1)
        found, self.at = text[self.at : end], end
        return found

    def _quoted(self, start: int, mark: str) -> str:
        end = self.text.find(mark, start)
        if end < 0:
            raise BadValue("a quote in this command line is open")
        self.at = end + 1
        return self.text[start:end]

    def _double(self) -> Word:
        parts: list[Word] = []
        self.at += 1
        while True:
            self._counted()
            end = _until(_DOUBLE, self.text, self.at)
            parts.append(self.text[self.at : end])
            self.at = end
            if end >= len(self.text):
                raise BadValue("a quote in this command line is open")
            char = self.text[end]
            if char == '"':
                self.at += 1
                return joined(*parts)
            if char == "\\":
                following = self.text[end + 1 : end + 2]
                parts.append(
                    following if following in '"\\$`' else "" if following == "\n" else "\\" + following
                )
                self.at += 2
            else:
                parts.append(self._variable() if char == "$" else self._substituted("`"))

    def _variable(self) -> Word:
        if self.text.startswith("$(", self.at):
            return self._substituted("(")
        match = _VARIABLE.match(self.text, self.at)
        if match is None:
            self.at += 1
            return "$"
        self.at = match.end()
        return Unknown(match[1] or match[2])

    def _substituted(self, mark: str) -> Word:
        """Step over a command in a command, which is never run."""
        start = self.at
        if mark == "`":
            inner = self._quoted(self.at + 1, "`")
            return Unknown(inner)
        depth, self.at = 0, self.at + 1
        for match in _BRACKET.finditer(self.text, self.at):
            self._counted()
            depth += 1 if match[0] == "(" else -1
            if not depth:
                self.at = match.end()
                return Unknown(self.text[start + 2 : self.at - 1])
        raise BadValue("a command in this command line is open")

    def _ansi(self) -> str:
        """Read $'…', with the escapes of C."""
        out: list[str] = []
        self.at += 2
        while True:
            self._counted()
            end = _until(_ANSI, self.text, self.at)
            out.append(self.text[self.at : end])
            if end >= len(self.text):
                raise BadValue("a quote in this command line is open")
            if self.text[end] == "'":
                self.at = end + 1
                return whole("".join(out))  # $'…' spells halves one by one
            if match := _SPELT.match(self.text, end):  # a browser spells whole texts so
                out.append(match[0].encode().decode("unicode_escape"))
                self.at = match.end()
            elif match := _CODE.match(self.text, end + 1):
                code = int(next(filter(None, match.groups())), 8 if match[4] else 16)
                out.append(chr(min(code, 0x10FFFF)))
                self.at = match.end()
            else:
                following = self.text[end + 1 : end + 2]
                out.append(_SIMPLE.get(following, following))
                self.at = end + 2


def _until(end: re.Pattern[str], text: str, at: int) -> int:
    found = end.search(text, at)
    return found.start() if found else len(text)


def _expanded(text: str) -> Iterator[Word]:
    """Find the variables in a here-document."""
    at = 0
    for count, match in enumerate(_VARIABLE.finditer(text)):
        if count > _PIECES:
            raise TooMuch("this command line has too many variables to be read")
        yield text[at : match.start()]
        yield Unknown(match[1] or match[2])
        at = match.end()
    yield text[at:]


def _cmd_words(text: str) -> Iterator[Word]:
    """Cut a command into words as cmd.exe, and then the program, do."""
    if text.count("^") > 10 * _PIECES:
        raise TooMuch("this command line has too many escapes to be read")
    text = _CARET.sub(lambda m: "" if m[1][:1] in "\r\n" else m[1], text)
    out: list[str] = []
    begun = quoted = False
    at = count = 0
    while match := _CMD_PIECE.match(text, at):
        at, count = match.end(), count + 1
        if count > 10 * _PIECES:
            raise TooMuch("this command line has too many words and escapes to be read")
        slashes, mark, blank, plain = match.groups()
        if mark:
            out.append("\\" * (len(slashes) // 2))
            if len(slashes) % 2:
                out.append('"')
            elif quoted and text.startswith('"', at):
                out.append('"')
                at += 1
            else:
                quoted = not quoted
            begun = True
        elif blank and not quoted:
            if begun:
                yield "".join(out)
            out, begun = [], False
            if "\n" in blank:
                return
        else:
            out.append(blank or plain)
            begun = True
    if begun:
        yield "".join(out)


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
    """Part what is written in one word: -XPOST, -sN, --data=…"""
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
    """(option, its value) of each; "" for what stands alone."""
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
