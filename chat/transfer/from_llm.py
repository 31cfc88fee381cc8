"""Read the logs of Simon Willison's `llm`: a SQLite database, never written.

Up to version 0.31 a row of `responses` is a question with its answer, and `conversations` ties
them together. From 0.32 on `turns` are, in `threads`, and `messages` are a tree, by hashes; the
older rows stay. Where both have parts of one conversation, they become one.
"""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadFile, BadValue
from ..base.halves import read_json
from ..base.short import shorten
from ..conversation.body import Body, Carried
from ..conversation.branch import Branch
from ..conversation.content import calls_form, text_part
from ..conversation.message import Message
from ..conversation.tree import Conversation
from ..conversation.turn import Answer, Choice, Request, Turn, Usage
from . import untrusted
from .llm_messages import Ids, arguments, assistant, attached, key_of, results, user
from .untrusted import Record, mapping, text

_MOST = 100_000  # turns of a conversation, and messages of a turn
#: Tables of turns, by what their rows are tied together, and where that has its name.
_GENERATIONS = (("responses", "conversation_id", "conversations"), ("turns", "thread_id", "threads"))
_LARGEST = 64 * 1024 * 1024  # bytes of a value


@dataclass
class _Logged:
    """One request of llm's: `messages` are those before the answer, the question last; `results` are
    what tools gave back to the calls of the answer before, `calls` what this answer calls."""

    row: Record
    messages: list[Message]
    system: str
    choice: Choice
    results: Sequence[Record] = ()
    calls: Sequence[Record] = ()
    ids: Ids | None = None  # those of the messages, where they are all there
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Message:
    """One of `messages`, with its parts put together."""

    role: str
    said: str
    thoughts: str
    calls: tuple[Record, ...]
    results: tuple[Record, ...]
    parent: str
    parts: tuple[Body, ...] = ()


class Logs:
    """A database that is open. Raises BadFile where it is not llm's."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._messages: dict[str, _Message] = {}
        try:
            self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            self._db.row_factory = sqlite3.Row
            self._db.text_factory = lambda data: data.decode("utf-8", "replace")
            for pragma in ("query_only = ON", "trusted_schema = OFF", "cell_size_check = ON"):
                self._db.execute(f"PRAGMA {pragma}")
            if hasattr(self._db, "setlimit"):  # from Python 3.11 on
                self._db.setlimit(0, _LARGEST)  # SQLITE_LIMIT_LENGTH
            found = self._db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
            )
            self._tables = {row["name"] for row in found}
        except (sqlite3.Error, OSError, ValueError) as error:
            raise BadFile(path, f"can't be read: {error}") from None
        if "responses" not in self._tables and not {"turns", "threads", "parts"} <= self._tables:
            raise BadFile(path, "is a database, but not llm's: it has no responses and no threads")

    def close(self) -> None:
        self._db.close()

    def conversations(self) -> Iterator[tuple[str, Conversation | BadValue]]:
        """Give (name, conversation, or why it can't be read), oldest first. Raises BadFile."""
        try:
            for own, name in self._names().items():
                try:
                    yield name, self._conversation(own, name)
                except BadValue as error:
                    yield name, error
        except sqlite3.Error as error:
            raise BadFile(self._path, f"can't be read: {error}") from None

    def _names(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for table, column, names in _GENERATIONS:
            titles = {text(row, "id"): text(row, "name") for row in self._rows(names, "1")}
            own = f"coalesce({column}, '{table} ' || id)"
            order = f"1 GROUP BY {own} ORDER BY min(rowid)"
            for row in self._rows(table, order, columns=f"{own} AS own"):
                key = text(row, "own")
                found[key] = titles.get(key) or found.get(key, "")
        return {key: name for key, name in found.items() if key}

    def _rows(self, table: str, where: str, *values: str, columns: str = "*") -> list[dict[str, Any]]:
        """Return the rows of a table, or none if this llm had no such table."""
        if table not in self._tables:
            return []
        found = self._db.execute(f'SELECT {columns} FROM "{table}" WHERE {where}', values)
        return [dict(row) for row in found]

    # ---- a conversation

    def _conversation(self, own: str, name: str) -> Conversation:
        found = Conversation(untrusted.conversation_number("llm", own))
        planted = _Planted(found)
        self._messages.clear()
        done: set[str] = set()
        calls: list[_Logged] = []
        for row in self._of("responses", "conversation_id", own):
            done.add(text(row, "id"))
            calls.append(self._response(row))
        calls += [
            self._turn(row) for row in self._of("turns", "thread_id", own) if text(row, "id") not in done
        ]
        for call in sorted(calls, key=lambda call: _time(call.row)):
            planted.add(call)
        if not found.turns:
            raise BadValue("nothing was said in it")
        found.title = shorten(name, 200) or found.title
        return found

    def _of(self, table: str, column: str, own: str) -> list[dict[str, Any]]:
        alone = own.removeprefix(f"{table} ")
        if alone != own:
            return self._rows(table, f"{column} IS NULL AND id = ?", alone)
        return self._rows(table, f"{column} = ? ORDER BY datetime_utc, rowid LIMIT {_MOST}", own)

    def _response(self, row: Record) -> _Logged:
        """Give a row as it was up to 0.31. What was said before it follows from the rows before."""
        own = text(row, "id")
        pieces = [*self._fragments("prompt_fragments", own), text(row, "prompt")]
        given_back = self._rows("tool_results", "response_id = ? ORDER BY id", own)
        parts: list[Body] = []
        for each in self._rows("prompt_attachments", 'response_id = ? ORDER BY "order"', own):
            parts += self._attachments(text(each, "attachment_id"))
        system = [*self._fragments("system_fragments", own), text(row, "system")]
        calls = self._rows("tool_calls", "response_id = ? ORDER BY id", own)
        choice = Choice(
            0,
            text(row, "response"),
            text(row, "reasoning"),
            tool_calls=tuple((text(each, "name"), text(each, "arguments")) for each in calls),
        )
        asked = "\n".join(filter(None, pieces))
        messages = [user(asked, parts)] if asked or parts or not given_back else []
        whole = "\n\n".join(filter(None, system))
        return _Logged(row, messages, whole, choice, given_back, calls, options=self._options(row))

    def _fragments(self, table: str, own: str) -> list[str]:
        found = []
        for each in self._rows(table, 'response_id = ? ORDER BY "order"', own):
            rows = self._rows("fragments", "id = ?", str(untrusted.count(each, "fragment_id")))
            found += [text(row, "content") for row in rows]
        return found

    def _attachments(self, own: str) -> list[Body]:
        """Give a part of an attachment: its bytes or its address, or a note of it."""
        return [*map(attached, self._rows("attachments", "id = ?", own))] or [text_part("[attached]")]

    def _options(self, row: Record) -> dict[str, Any]:
        options = dict(_parsed(text(row, "options_json")))
        if options.pop("json_object", False):
            options["response_format"] = {"type": "json_object"}
        for schema in self._rows("schemas", "id = ?", text(row, "schema_id")):
            wrapped = {"name": "llm", "schema": _parsed(text(schema, "content"))}
            options["response_format"] = {"type": "json_schema", "json_schema": wrapped}
        return options

    # ---- from 0.32 on

    def _turn(self, row: Record) -> _Logged:
        parent = text(row, "parent_message_hash")
        sent, came = self._chain(parent, ""), self._chain(text(row, "tip_message_hash"), parent)
        while any(each.results for each in came):  # what tools gave back was asked with, to get the rest
            sent.append(came.pop(0))
        calls = [call for each in came for call in each.calls]
        choice = Choice(
            0,
            "\n\n".join(each.said for each in came if each.said),
            "\n\n".join(each.thoughts for each in came if each.thoughts),
            tool_calls=tuple((text(call, "name"), arguments(call)) for call in calls),
        )
        system = "\n\n".join(each.said for each in sent if each.role == "system")
        messages, ids = [], Ids()
        for each in sent:
            messages += _messages(each, ids)
        return _Logged(row, messages, system, choice, calls=calls, ids=ids, options=self._options(row))

    def _chain(self, tip: str, end: str) -> list[_Message]:
        """Give the messages down to one, from after another on."""
        found: list[_Message] = []
        seen: set[str] = set()
        while tip and tip != end:
            if tip in seen or len(seen) > _MOST:
                raise BadValue("its messages go in a circle")
            seen.add(tip)
            if tip not in self._messages:
                rows = self._rows("messages", "hash = ?", tip)
                if not rows:
                    raise BadValue("a message goes on from one that is not there")
                self._messages[tip] = self._message(rows[0])
            found.append(self._messages[tip])
            tip = self._messages[tip].parent
        return found[::-1]

    def _message(self, row: Record) -> _Message:
        said: list[str] = []
        held: list[Body] = []
        thoughts: list[str] = []
        calls: list[Record] = []
        results: list[Record] = []
        for part in self._rows("parts", "message_hash = ? ORDER BY position", text(row, "hash")):
            kind, payload = text(part, "type"), _parsed(text(part, "payload"))
            words = text(part, "text") or text(payload, "text") or self._pieces(payload)
            if kind == "reasoning":
                thoughts.append(words)
            elif kind == "tool_call":
                calls.append(payload)
            elif kind == "tool_result":
                results.append(payload)
            elif kind == "attachment":
                held += self._attachments(text(mapping(payload, "attachment"), "id"))
            else:
                said.append(words or f"[{kind}]")
        words, thought = ("\n".join(filter(None, each)) for each in (said, thoughts))
        above = text(row, "parent_hash")
        return _Message(text(row, "role"), words, thought, tuple(calls), tuple(results), above, tuple(held))

    def _pieces(self, payload: Record) -> str:
        """Put together a text that borrows from fragments."""
        found = []
        for piece in untrusted.listed(payload, "text_ref"):
            own = untrusted.count(piece, "fragment")
            rows = self._rows("fragments", "id = ?", str(own)) if own is not None else []
            found.append(text(piece, "literal") or "".join(text(each, "content") for each in rows))
        return "".join(found)


class _Planted:
    """A conversation that grows: what was said before a call is found in it, or put there."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._numbers = untrusted.Numbers()
        self._known: dict[tuple[int, str], Branch] = {}
        self._system = ""
        self._ids = Ids()

    def add(self, call: _Logged) -> None:
        row, own, at = call.row, text(call.row, "id"), _time(call.row)
        alone = "parent_message_hash" not in row
        asked = self._conversation.head if alone else Branch()
        messages = [*results(call.results, self._ids), *call.messages]
        for place, message in enumerate(messages):
            key = (asked.id, key_of(message))
            if alone or key not in self._known:
                self._known[key] = asked.append(message, self._numbers.next(at, f"{place} {own}"))
            asked = self._known[key]
        # up to 0.31 a system message stood in the row that brought it, and went on to hold
        self._system = call.system or (self._system if alone else "")
        number = self._numbers.next(at, f"turn {own}")
        said = assistant(call.choice.text, call.calls, call.ids or self._ids)
        choice = replace(call.choice, beside=calls_form(said.calls))
        answer = asked.append(said, self._numbers.next(at, own))
        self._known.setdefault((asked.id, key_of(said)), answer)
        model = text(row, "model")
        self._conversation.add(
            Turn(
                Request(
                    body={**({"model": model} if model else {}), **call.options},
                    asked=asked,
                    carried=Carried(self._system),
                    id=number,
                    at=at,
                    settings=untrusted.settings(model, self._system, call.options),
                    endpoint="llm",
                ),
                Answer(
                    choices=(choice,),
                    usage=_usage(row),
                    model=text(row, "resolved_model") or model,
                    duration=(untrusted.number(row, "duration_ms") or 0.0) / 1000,
                ),
                branches=(answer,),
            )
        )


def _usage(row: Record) -> Usage | None:
    prompt, completion = untrusted.count(row, "input_tokens"), untrusted.count(row, "output_tokens")
    if prompt is None or completion is None:
        return None
    details = _parsed(text(row, "token_details"))
    cached = untrusted.count(mapping(details, "prompt_tokens_details"), "cached_tokens")
    reasoning = untrusted.count(mapping(details, "completion_tokens_details"), "reasoning_tokens")
    return Usage(prompt, completion, cached, reasoning)


def _time(row: Record) -> float:
    with contextlib.suppress(ValueError, OverflowError):
        moment = datetime.datetime.fromisoformat(text(row, "datetime_utc").replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.timezone.utc)
        return untrusted.time({"at": moment.timestamp()}, "at")
    return 0.0


def _parsed(written: str) -> Record:
    """Read an object written as JSON. Return an empty one if it is none."""
    try:
        found = read_json(written) if written else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _messages(each: _Message, ids: Ids) -> list[Message]:
    """Make the API's messages of one of llm's."""
    if each.role == "system":
        return []
    if each.role == "assistant":
        return [assistant(each.said, each.calls, ids)]
    said = [user(each.said, each.parts)] if each.said or each.parts or not each.results else []
    return [*results(each.results, ids), *said]
