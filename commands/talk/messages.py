"""/messages and /message: the messages of the branch in force, looked at and changed by hand."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base.errors import BadFile, BadInput, BadValue, NoTokenizer
from chat.base.short import several, shorten
from chat.base.tables import Approximate, Cut, TableColumn, Value
from chat.base.yamlfile import dump, value
from chat.conversation import body, edits
from chat.conversation.branch import Branch
from chat.conversation.data import Data, sized, with_data
from chat.conversation.message import Message, message_of, waiting
from chat.parameters.messages import ROLES, check
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..turns import number_of

_COLUMNS = (
    TableColumn("#", right=True),
    TableColumn("role"),
    TableColumn("tokens", right=True, number="{:,}".format),
    TableColumn("text", cut=Cut.REST),
    TableColumn("parts", cut=Cut.LONG),
)
_ACTIONS = (
    ("add", "one at the end"),
    ("edit", "one in your editor"),
    ("remove", "one"),
    ("move", "one to the place of another"),
)


@command()
def messages(session: Session, screen: Screen) -> None:
    """List the messages that the next request carries, with their tokens and parts.

    /message N shows one whole; /message add, edit, remove and move change them.
    """
    rows: list[tuple[Value, ...]] = []
    if system := body.system_of(session.settings):
        role = body.role_of(session.settings)
        rows.append((None, role, _tokens(session, Message(role, system)), _first(system), "/system"))
    for message in session.carried(session.branch).first:
        rows.append((None, message.role, _tokens(session, message), _first(message.words), "/set messages"))
    after = session.conversation.after
    left_out = after.length if session.branch.goes_through(after) else 0
    for number, message in enumerate(session.branch, 1):
        notes = [_held(message), message.mark, "left out" if number <= left_out else ""]
        about = "; ".join(filter(None, notes))
        rows.append((number, message.role, _tokens(session, message), _first(message.words), about))
    if not rows:
        screen.say("there is no message yet")
        return
    plain = not any(row[-1] for row in rows)
    screen.table(_COLUMNS[:-1] if plain else _COLUMNS, [row[:-1] for row in rows] if plain else rows)
    if calls := waiting(session.branch):
        names = ", ".join(call.name for call in calls)
        screen.say(
            f"{several(len(calls), 'call')} without a result: {names}; /message add tool TEXT", dim=True
        )


def _first(text: str) -> str:
    return shorten(next((line for line in text.splitlines() if line.strip()), ""), 200)


def _tokens(session: Session, message: Message) -> Value:
    try:
        return Approximate(session.tokenizers.count_message(session.model, message))
    except NoTokenizer:
        return None


def _held(message: Message) -> str:
    """Say what a message holds beside its words: parts, calls, whose result it is, and its name."""
    if message.form is None:
        return ""
    parts = [part.about for part in message.parts if not part.text]
    parts += [f"calls {call.name}" for call in message.calls]
    named = (f"{what} {message.form[name]}" for name, what in _NAMED if message.form.get(name))
    return ", ".join([*parts, *named])


_NAMED = (("name", "name"), ("tool_call_id", "result of"))


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    action, space, rest = typed.partition(" ")
    if not space:
        there = bool(session.branch.length)
        yield from offer(typed, _ACTIONS if there else _ACTIONS[:1])
        yield from _numbers(session, typed, 0)
    elif action == "add" and " " not in rest:
        for each in offer(rest, [(role, "") for role in ROLES]):
            yield Suggestion(each.text, each.note, len(typed) - len(rest))
    elif action in ("edit", "remove", "move"):
        last = rest.rpartition(" ")[2]
        if rest.count(" ") == (action == "move") * rest.count(" ") and rest.count(" ") < 2:
            yield from _numbers(session, last, len(typed) - len(last))


def _numbers(session: Session, typed: str, start: int) -> Iterator[Suggestion]:
    for number, message in enumerate(session.branch, 1):
        if str(number).startswith(typed):
            yield Suggestion(str(number), f"{message.role}: {_first(message.words)[:50]}", start)


@command(
    Argument("what", _suggest, optional=True, rest=True, usage="N|add ROLE [text]|edit N|remove N|move N M")
)
def message(session: Session, screen: Screen, text: str | None) -> None:
    """Show a message whole, or change the messages that requests carry.

    /message 2                    all of it, as the API has it where it is more than a text
    /message add user Hello       one more at the end; /retry has it answered
    /message add tool 21 degrees  the result of the call that waits for one
    /message add assistant        in your editor
    /message edit 2 [yaml]        in your editor: as text, or as YAML where it is more than that
    /message remove 2
    /message move 3 1
    Each change makes a branch: nothing is written over, and /undo goes back.
    """
    action, _, rest = (text or "").strip().partition(" ")
    words = rest.split()
    if action in ("", "list"):
        messages.run(session, screen)
    elif action.isdecimal() and not rest:
        _show(session, screen, number_of(action))
    elif action == "add":
        role, _, said = rest.strip().partition(" ")
        _add(session, screen, role, said)
    elif action == "edit":
        yaml = words[-1:] == ["yaml"]
        _edit(session, screen, _one(session, words[: len(words) - yaml], action), yaml)
    elif action == "remove":
        number = _one(session, words, action)
        _change(session, screen, edits.replaced(session.branch, number, ()))
    elif action == "move" and len(words) == 2:
        _change(session, screen, edits.moved(session.branch, number_of(words[0]), number_of(words[1])))
    else:
        raise BadInput(f"/message does not know {text}", "it knows N, add, edit, remove and move N M")


def _one(session: Session, words: list[str], action: str) -> int:
    if len(words) != 1:
        raise BadInput(f"/message {action} takes the number of a message", "/messages lists them")
    return number_of(words[0])


def _show(session: Session, screen: Screen, number: int) -> None:
    found = edits.numbered(session.branch, number).last
    assert found is not None
    if found.plain:
        screen.say(found.role, dim=True)
        screen.show(found.content)
        return
    screen.show(dump(with_data(found.sent(), _placed)).rstrip("\n"))


def _placed(data: Data) -> str:
    """What stands for bytes where a person reads them."""
    return f"[{data.media or 'bytes'}, {sized(data.size)}]"


def _add(session: Session, screen: Screen, role: str, text: str) -> None:
    if role not in ROLES:
        raise BadInput(f"{role or 'nothing'} is no role: {', '.join(ROLES)}", "/message add user Hello")
    if not text:
        edited = screen.edit("")
        if edited is None:
            screen.say("no message was added")
            return
        text = edited.rstrip("\n")
    _change(session, screen, session.branch.append(_new(session, role, text)))


def _new(session: Session, role: str, text: str) -> Message:
    """Make a message of a text; what a tool says is the result of the first call that waits for one."""
    if role not in ("tool", "function"):
        return Message(role, text)
    wanted = [
        call for call in waiting(session.branch) if (call.kind == "function_call") == (role == "function")
    ]
    if wanted:
        return message_of(wanted[0].result(text))
    name = "name" if role == "function" else "tool_call_id"
    return message_of({"role": role, name: "call_1", "content": text})


def _edit(session: Session, screen: Screen, number: int, yaml: bool) -> None:
    found = edits.numbered(session.branch, number).last
    assert found is not None
    if found.plain and not yaml:
        edited = screen.edit(found.content)
        same = edited is None or edited.rstrip("\n") == found.content.rstrip("\n")
        new = found if edited is None else message_of({**found.sent(), "content": edited.rstrip("\n")})
    else:
        new = _as_yaml(screen, found)
        same = new.sent() == found.sent()
    if same:
        screen.say("the message stays as it was")
        return
    _change(session, screen, edits.replaced(session.branch, number, (new,)))


def _as_yaml(screen: Screen, found: Message) -> Message:
    """Have a message edited in the API's form; for bytes stands what they are. Raises BadInput where it is
    no message any more: what was typed is shown then, so that nothing is lost."""
    kept: dict[str, str] = {}

    def out(data: Data) -> str:
        placed = f"{_placed(data)[:-1]}, {len(kept) + 1}]"
        kept[placed] = data.prefix + data.text
        return placed

    edited = screen.edit(dump(with_data(found.sent(), out)))
    if edited is None:
        return found
    try:
        (form,) = check([value(edited)])
    except (BadFile, BadValue) as error:
        screen.show(edited.rstrip("\n"))
        raise BadInput(f"the message stays as it was: {error.message}", error.hint) from None
    return message_of(_put_back(form, kept))


def _put_back(form: object, kept: dict[str, str]) -> dict[str, object]:
    def back(inner: object) -> object:
        if isinstance(inner, str):
            return kept.get(inner, inner)
        if isinstance(inner, dict):
            return {name: back(each) for name, each in inner.items()}
        return [back(each) for each in inner] if isinstance(inner, list) else inner

    found = back(form)
    assert isinstance(found, dict)
    return found


def _change(session: Session, screen: Screen, head: Branch) -> None:
    """Go on with these messages, and say where what was there is, and what the API may refuse."""
    before = session.branch
    known = {_without_number(each) for each in edits.clashes(list(before))}
    place = session.conversation.owner(before)
    name = session.change(head)
    if not head.goes_through(before):
        where = name or (str(place + 1) if place is not None else "")
        back = f"; /switch {where} goes there, too" if where else ""
        screen.say(f"what was there stays: /undo goes back{back}", dim=True)
    count = several(head.length, "message")
    screen.say(f"the next request carries {count}", dim=True)
    for clash in edits.clashes(list(head)):
        if _without_number(clash) not in known:
            screen.warn(clash, "it is sent as it stands; many servers refuse that")


def _without_number(clash: str) -> str:
    return clash.partition(": ")[2]
