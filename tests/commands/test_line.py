"""The one parser of a line: what is a command, which one is meant, what completes, what is highlighted."""

from __future__ import annotations

import base64
import copy
import json
import re
import string
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadInput, TemperaError
from chat.conversation.events import TokenLogprob
from chat.conversation.experiment import Experiment
from chat.conversation.tree import Conversation
from chat.conversation.turn import Choice
from chat.conversation.wire import Exchange
from chat.endpoint.memory import REJECTED, ProbeVerdict
from chat.lab import runner
from chat.session.attached import Pending, from_bytes
from chat.session.state import Session
from chat.store import archive
from commands import dispatch, line, registry
from commands.brought import BROUGHT, LEAVES, SIGNS
from commands.declare import Action, Argument, Command, Edit, Quit, Registry, Send, Suggestion
from commands.experiments import running

from ..support.examples import times
from ..support.pictures import png, wav
from ..support.recorder import RecordingScreen
from ..support.server import Server, models
from ..support.turns import a_turn

Type = Callable[[str], Action | None]
KNOWN = registry()

# ---- messages and commands


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "  /set is not a command here",
        " exit",
        "a\n/exit",
        "",
        "exit the loop",
        ".net",
        "! not",
        "bye",
    ],
)
def test_a_message_is_what_does_not_begin_with_a_slash(
    typed: Type, screen: RecordingScreen, text: str
) -> None:
    """A line is sent as it stands, and nothing is said of it."""
    assert typed(text) == Send(text)
    assert screen.transcript == ""


@pytest.mark.parametrize(
    "text",
    [
        "/usr/bin/python3 says no module",
        "/etc/passwd",
        "/etc",
        "/tmp is full",
        "/usr holds programs",
        "/home/me/notes.txt: what is it?",
        "/Users/me",
        "/.bashrc",
        "/notes.txt",
        "/^a+$/",
        "/\\d+/g matches?",
        "/a|b/ or /c/",
        "/s/old/new/g",
        "/* a comment */ int x;",
        "/** doc */",
        "/10 of them",
        "/don't",
        "/xyzzy is a magic word",
        "// TODO: why?",
        "//",
        "///",
        "/// doc",
        "//!",
        "//comment without a blank",
        "//etc/hosts is here",
        "//set up\nint main() {}",
        "//temprature\n//of the room",
    ],
)
def test_what_only_looks_like_a_command_is_a_message(typed: Type, screen: RecordingScreen, text: str) -> None:
    """A path, a regular expression, a comment or a word like no command's is sent as it stands, in a line
    that says so."""
    assert typed(text) == Send(text)
    (said,) = screen.said
    assert "sent as" in said and not screen.failed


@pytest.mark.parametrize("text", ["/set temperature 2", "/hepl", "/xyzzy", "/temprature 1", "/save it", "/s"])
def test_a_doubled_slash_sends_what_would_be_a_command(
    typed: Type, screen: RecordingScreen, session: Session, text: str
) -> None:
    """//name sends a line that begins with one slash, and says so."""
    assert typed("/" + text) == Send(text)
    assert screen.said == ["sent with one slash"]


@pytest.mark.parametrize("text", ["exit", "quit", "EXIT", "Quit ", ":q", "/bye", "/exit", "/quit", "/q"])
def test_a_person_leaves_as_everywhere(typed: Type, text: str) -> None:
    """exit and quit leave without a slash, too."""
    assert typed(text) == Quit()


@pytest.mark.parametrize("text", [".model gpt-4o", "!edit", ".set temperature 1", "!multi", ":help", ".exit"])
def test_commands_of_other_programs_get_their_slash(typed: Type, screen: RecordingScreen, text: str) -> None:
    """Where aichat and llm have another sign, the line comes back with what it is here."""
    assert typed(text) == Edit(text)
    assert f"commands begin with a slash: /{text[1:]}" in screen.failed[0]


@pytest.mark.parametrize("word", [*BROUGHT, "SAVE"])
def test_words_from_elsewhere_name_what_does_it_here(
    typed: Type, screen: RecordingScreen, session: Session, word: str
) -> None:
    """What other shells have as a command is answered with the one that does it here, whatever follows."""
    for text in (f"/{word}", f"/{word} it.txt now"):
        screen.failed.clear()
        assert typed(text) is None
        what, how = BROUGHT[word.lower()]
        assert screen.failed == [f"{what} ({how})"]
    assert not session.turns


def test_words_from_elsewhere_name_commands_that_there_are() -> None:
    """Every command in those sentences is one, and no word hides a command."""
    for word, sentences in BROUGHT.items():
        assert not KNOWN.has(word)
        for name in re.findall(r"/([a-z]+)", " ".join(sentences)):
            assert KNOWN.has(name), f"{word} names /{name}"


@pytest.mark.parametrize(
    ("text", "name"),
    [("/regen", "retry"), ("/regenerate temperature=0", "retry"), ("/cost", "usage"), ("/bye", "exit")],
)
def test_words_that_mean_the_same_are_aliases(text: str, name: str) -> None:
    """What does the same elsewhere under another name does it here under that, too."""
    found = line.parse(text, KNOWN).command
    assert found is not None and found.name == name


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("/temperature=0.7", "temperature", ("0.7",)),
        ("/temp: 0.7", "temperature", ("0.7",)),
        ('/stop: ["a"]', "stop", ('["a"]',)),
        ("/model=llama3:8b", "model", ("llama3:8b",)),
        ("/logprobs=true", "logprobs", ("true",)),
        ("/extra.tfs_z 0.1", "extra.tfs_z", ("0.1",)),
    ],
)
def test_a_value_may_be_joined_to_the_name(text: str, name: str, values: tuple[str, ...]) -> None:
    """/temperature=0.7 and /temperature: 0.7 are /temperature 0.7; /extra.NAME is a field of its own."""
    found = line.parse(text, KNOWN)
    assert found.command is not None
    assert (found.command.name, found.values) == (name, values)


@pytest.mark.parametrize("text", ["/", "/ set", "/\n", "/\tx"])
def test_a_lone_slash_is_explained(typed: Type, screen: RecordingScreen, text: str) -> None:
    """A slash without a name says what a slash is for, and how to send one."""
    assert typed(text) is None
    (failed,) = screen.failed
    assert "/help" in failed and "//text" in failed


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("/exit", "exit"),
        ("/EXIT", "exit"),
        ("/q", "exit"),
        ("/quit", "exit"),
        ("/?", "help"),
        ("/sy x", "system"),
        ("/temp 1", "temperature"),
        ("/temperat 1", "temperature"),
        ("/set\ttemp 1", "set"),
        ("/set\ntemp 1", "set"),
        ("/new", "clear"),
        ("/params", "show"),
    ],
)
def test_commands_answer_to_names_aliases_and_unique_beginnings(text: str, name: str) -> None:
    """A name, an alias, or as much of a name as no other begins with; case does not matter."""
    found = line.parse(text, KNOWN).command
    assert found is not None and found.name == name


def test_a_whole_name_wins_over_longer_ones(typed: Type) -> None:
    """/stop is /stop, although other names could begin so; /n is n."""
    for name in ("stop", "n", "set", "model", "tools", "stream"):
        found = line.parse(f"/{name} x", KNOWN) if name != "n" else line.parse("/n 2", KNOWN)
        assert found.command is not None and found.command.name == name


@pytest.mark.parametrize(
    ("text", "among"), [("/s", ["/set", "/show", "/system", "/stop"]), ("/sto", ["/stop", "/store"])]
)
def test_an_ambiguous_beginning_lists_what_it_could_be(
    typed: Type, screen: RecordingScreen, text: str, among: list[str]
) -> None:
    """Where several commands begin so, all are named and none is run."""
    assert typed(text) is None
    (failed,) = screen.failed
    assert failed.startswith(f"{text} could be")
    assert all(name in failed for name in among)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/hepl", "/help"),
        ("/temprature 1", "/temperature"),
        ("/temprature 3", "/temperature"),
        ("/presence_penalti -7.5", "/presence_penalty"),
        ("/sytem x", "/system"),
        ("/exti", "/exit"),
        ("/mdoels", "/models"),
        ("/help!", "/help"),
        ("/exit.", "/exit"),
    ],
)
def test_a_typo_names_the_nearest(typed: Type, screen: RecordingScreen, text: str, meant: str) -> None:
    """A name that nothing answers to is refused with the nearest one, and the line comes back."""
    assert typed(text) == Edit(text)
    assert screen.failed == [f"no command {text.split()[0]}; did you mean {meant}?"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/xyzzy", "no command /xyzzy"),
        ("/temprature warm", "no command /temprature"),
        ("/exti now", "no command /exti"),
        ("/num_ctx 40", "no command /num_ctx (it is not declared here: /set extra.num_ctx 40)"),
        ("/tfs_z", "no command /tfs_z (it is not declared here: /set extra.tfs_z …)"),
    ],
)
def test_only_what_can_have_been_meant_is_suggested(
    typed: Type, screen: RecordingScreen, text: str, told: str
) -> None:
    """Where nothing is near, or what is near takes no such argument, nothing is suggested."""
    assert typed(text) == Edit(text)
    assert screen.failed == [told]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/exit now", "/exit does not know what to do with now (usage: /exit)"),
        ("/pick", "/pick misses number (usage: /pick number)"),
        ("/pick 1 2", "/pick does not know what to do with 2 (usage: /pick number)"),
        ("/unset", "/unset misses names (usage: /unset name…)"),
        ('/pick "1', "the quote \" at '\"1' is not closed"),
    ],
)
def test_arguments_that_miss_or_are_too_many(
    typed: Type, screen: RecordingScreen, text: str, told: str
) -> None:
    """A command with too few or too many arguments is not run, and says how it is used."""
    assert typed(text) is None
    assert screen.failed == [told]


# ---- arguments, whatever the commands are


def echoed(session: Session, typed: str) -> list[Suggestion]:
    """Suggests what it was asked with, so that a test sees it."""
    return [Suggestion(f"<{typed}>", "asked")]


def refusing(session: Session, typed: str) -> list[Suggestion]:
    raise TemperaError("nothing to offer")


def declared(name: str, *arguments: Argument, aliases: tuple[str, ...] = (), listed: bool = True) -> Command:
    return Command(name, lambda *_: None, arguments, aliases, f"what {name} does", listed=listed)


OPTIONAL = Argument("here", echoed, optional=True)
FEW = Registry(
    (),
    [
        declared("pair", Argument("first", echoed), OPTIONAL),
        declared("say", Argument("text", echoed, rest=True, optional=True)),
        declared("tell", Argument("who", echoed), Argument("what", echoed, rest=True)),
        declared("drop", Argument("names", echoed, many=True)),
        declared("sum", Argument("first"), Argument("others", echoed, many=True, optional=True)),
        declared("plain", Argument("word"), aliases=("only",), listed=False),
        declared("broken", Argument("word", refusing)),
    ],
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("/pair a b", ("a", "b")),
        ("/pair  a\t b ", ("a", "b")),
        ("/pair a", ("a", None)),
        ('/pair "a b" c', ("a b", "c")),
        ('/pair "" c', ("", "c")),
        ("/say", (None,)),
        ("/say   ", (None,)),
        ('/say  two  "words ', ('two  "words',)),
        ("/tell me  all  of it ", ("me", "all  of it")),
        ('/tell "you two" "that"', ("you two", '"that"')),
        ("/drop a 'b c' d", (("a", "b c", "d"),)),
        ("/sum a", ("a", ())),
        ("/sum a b c", ("a", ("b", "c"))),
        ("hello", ()),
    ],
)
def test_arguments_are_words_or_all_that_is_left(text: str, values: tuple[object, ...]) -> None:
    """Words are split at blanks and lose their quotes; the rest of a line is taken as it is typed."""
    parsed = line.parse(text, FEW)
    assert (parsed.text, parsed.values) == (text, values)


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        ("/", "a slash begins a command", "/help lists them; //text sends text that begins with a slash"),
        (
            "/ pair",
            "a slash begins a command",
            "/help lists them; //text sends text that begins with a slash",
        ),
        ("/pair", "/pair misses first", "usage: /pair first [here]"),
        ("/pair a b  c d ", "/pair does not know what to do with c d", "usage: /pair first [here]"),
        ("/tell me", "/tell misses what", "usage: /tell who what…"),
        ("/tell me  ", "/tell misses what", "usage: /tell who what…"),
        ("/drop", "/drop misses names", "usage: /drop names…"),
        ("/sum", "/sum misses first", "usage: /sum first [others…]"),
    ],
)
def test_what_misses_or_is_too_much_is_named(text: str, told: str, hint: str) -> None:
    """A line that can't be run says what is wrong with it, and how the command is used."""
    with pytest.raises(BadInput) as refused:
        line.parse(text, FEW)
    assert (refused.value.message, refused.value.hint) == (told, hint)


@pytest.mark.parametrize(
    ("text", "asked", "at"),
    [
        ("/pair ", "", 6),
        ("/pair a", "a", 6),
        ("/pair a ", "", 8),
        ("/pair  a  b", "b", 10),
        ('/pair "a b', '"a b', 6),
        ('/pair a  "b c', '"b c', 9),
        ('/pair "a b" c', "c", 12),
        ("/say two words", "two words", 5),
        ("/say  two words ", "two words ", 6),
        ("/tell me all of it", "all of it", 9),
        ("/tell me ", "", 9),
        ("/drop ", "", 6),
        ("/drop a b", "b", 8),
        ("/drop a b c", "c", 10),
        ("/drop a ", "", 8),
        ('/drop a "b c', '"b c', 8),
        ('/drop "b c', '"b c', 6),
        ("/sum a b", "b", 7),
    ],
)
def test_the_end_of_a_line_is_what_completes(session: Session, text: str, asked: str, at: int) -> None:
    """The argument at the end of the line is asked with what is typed of it, and replaced from there."""
    assert line.complete(text, FEW, session) == [(at, Suggestion(f"<{asked}>", "asked"))]


@pytest.mark.parametrize(
    "text",
    ["/pair a b ", "/pair a b c", "/none a", "/plain a", "/plain ", "/sum a", "/broken a", "say"],
)
def test_nothing_completes_where_nothing_is_known(session: Session, text: str) -> None:
    """Behind the last argument, at one that offers nothing, and where offering fails, there are no suggestions."""
    assert line.complete(text, FEW, session) == []


def test_names_complete_by_their_beginning(session: Session) -> None:
    """A command is offered by any of its names, in any case, with its help; unlisted ones once a letter is typed."""
    listed = [(1, Suggestion(each.name, f"what {each.name} does")) for each in FEW if each.listed]
    assert line.complete("/", FEW, session) == listed
    assert line.complete("/P", FEW, session) == [
        (1, Suggestion("pair", "what pair does")),
        (1, Suggestion("plain", "what plain does")),
    ]
    assert line.complete("/on", FEW, session) == [(1, Suggestion("plain", "what plain does"))]
    assert line.complete("/air", FEW, session) == []


def test_exit_leaves(typed: Type) -> None:
    """/exit asks the shell to end."""
    assert typed("/exit") == Quit()


# ---- completion


def offers(text: str, session: Session) -> list[str]:
    return [suggestion.text for _, suggestion in line.complete(text, KNOWN, session)]


@pytest.mark.parametrize("text", ["", "hello", "hello /se", " /se", "//se", "//", "hello\n/se"])
def test_nothing_completes_after_plain_text(session: Session, text: str) -> None:
    """Only a command completes."""
    assert line.complete(text, KNOWN, session) == []


def test_command_names_complete_with_their_help(session: Session) -> None:
    """/se offers /set and parameters of that beginning, each with one line of help."""
    found = [(at, each.text, each.note) for at, each in line.complete("/se", KNOWN, session)]
    assert (1, "set", "Set a parameter, or show it.") in found
    assert {text for _, text, _ in found} == {
        *("set", "search", "seed", "server", "service_tier", "conversations")
    }
    assert all(note for _, _, note in found)


def test_a_slash_alone_offers_the_commands_but_not_every_parameter(session: Session) -> None:
    """The first menu is that of /help: the parameters come once a letter is typed."""
    found = offers("/", session)
    assert found == [command.name for command in KNOWN if command.listed]
    assert "temperature" not in found and "temperature" in offers("/t", session)


@pytest.mark.parametrize(
    ("typed", "first"),
    [("/swp", "sweep"), ("/tmpr", "temperature"), ("/cmpr", "compare"), ("/cnvs", "conversations")],
)
def test_letters_in_their_order_find_a_command(session: Session, typed: str, first: str) -> None:
    """Where nothing begins so: the one over which they are spread least comes first."""
    assert offers(typed, session)[0] == first


@pytest.mark.parametrize("typed", ["/xq", "/set tmprtr", "/learn tmp"])
def test_letters_that_stand_in_no_name_find_nothing_else(session: Session, typed: str) -> None:
    """Not in a command; in an argument, what is offered goes on from its first letter."""
    assert all(name.startswith(typed.split(" ")[-1][0]) for name in offers(typed, session))


def test_commands_that_are_used_most_come_first(session: Session) -> None:
    """By what was typed before, aliases and all; the rest in the order of /help."""
    used = line.counts(["/sweep x", "/search a", "/search b", "/cost", "search", "/nothing", "/s"], KNOWN)
    assert [used[name] for name in ("sweep", "search", "usage", "nothing")] == [1, 2, 1, 0]
    found = [each.text for _, each in line.complete("/s", KNOWN, session, used)]
    assert found[:2] == ["search", "sweep"]
    assert sorted(found) == sorted(offers("/s", session))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("/set ", ["seed", "temperature", "top_p", "prompt_cache_key", "theme", "model"]),
        ("/set s", ["seed", "stream"]),
        ("/set seed=1 ", ["seed=", "temperature=", "top_p=", "prompt_cache_key="]),
        ("/set temperature ", ["1.5", "0.7", "0.0"]),
        ("/set seed=3 temperature=", ["1.5", "0.7", "0.0"]),
        ("/temperature ", ["1.5", "0.7", "0.0"]),
        ("/temp 0", ["0.7", "0.0", "0.2"]),
        ("/theme ", ["mono", "auto", "light"]),
        ("/set eff", ["reasoning_effort"]),
    ],
)
def test_parameters_and_values_that_are_used_most_come_first(
    session: Session, text: str, first: list[str]
) -> None:
    """Whether they were typed behind /set or by their own commands; the rest in its order."""
    lines = [
        "/seed 4",
        "/set seed 5",
        "/set seed=6 temperature=1.5",
        "/temperature 1.5",
        "/set temperature 0.7",
    ]
    lines += [
        "/top_p 1",
        "/set top_p 0.5",
        "/theme mono",
        "/seed 7",
        "/top_p 0.3",
        "/set prompt_cache_key x=y",
    ]
    used = line.counts(lines, KNOWN)
    found = [each.text for _, each in line.complete(text, KNOWN, session, used)]
    assert found[: len(first)] == first
    assert sorted(found) == sorted(offers(text, session))


def test_numbers_of_turns_keep_their_order(session: Session) -> None:
    """Turn 2 of yesterday is not turn 2 of today."""
    from ..support.turns import say

    for text in ("a", "b", "c"):
        say(session.conversation, text, "x")
    used = line.counts(["/message 3", "/message 3"], KNOWN)
    found = [each.text for _, each in line.complete("/message ", KNOWN, session, used)]
    assert [each for each in found if each.isdecimal()][:2] == ["1", "2"]


def test_parameter_names_complete_with_range_and_value(session: Session, typed: Type) -> None:
    """/set temp says what temperature takes and what it is now."""
    typed("/set temperature 0.7")
    ((at, found),) = line.complete("/set temperat", KNOWN, session)
    assert (at, found.text) == (5, "temperature")
    assert found.note == "a number from 0 to 2 · now 0.7"


@pytest.mark.parametrize(
    ("text", "among", "at"),
    [
        ("/set temperature ", "0.7", 17),
        ("/set temperature 0.", "0.7", 17),
        ("/set parameter temperature ", "0.7", 27),
        ("/set temperature=", "0.7", 17),
        ("/set seed=1 temperature=", "0.7", 24),
        ("/set seed=1 temp", "temperature=", 12),
        ("/temperature ", "0.7", 13),
        ("/temp ", "0.7", 6),
        ("/reasoning_effort m", "minimal", 18),
        ("/stream ", "false", 8),
        ("/model ", "gpt-5.4-mini", 7),
        ("/profile ", "save", 9),
        ("/profile ha", "haiku", 9),
        ("/profile load ha", "haiku", 14),
        ("/system ", "edit", 8),
        ("/stop ", "add", 6),
        ("/help ", "keys", 6),
        ("/explain top", "top_p", 9),
        ("/set editing_mode ", "vi", 18),
        ("/format ", "json", 8),
        ('/bias " and" ', "-100", 13),
    ],
)
def test_values_complete(session: Session, text: str, among: str, at: int) -> None:
    """After a name come its values, where the value stands."""
    found = [(start, each.text) for start, each in line.complete(text, KNOWN, session)]
    assert (at, among) in found


def test_files_complete(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """/system @ goes on with the names of files, folders marked by a slash, hidden ones left out."""
    (tmp_path / "here" / "deep").mkdir(parents=True)
    (tmp_path / "here" / "persona.txt").write_text("x")
    (tmp_path / "here" / ".secret").write_text("x")
    (tmp_path / "here" / "esc\x1b[2J").write_text("x")
    (tmp_path / "here" / "deep" / "er.txt").write_text("x")
    monkeypatch.chdir(tmp_path / "here")
    assert offers("/system @", session) == ["@deep/", "@persona.txt"]
    assert offers("/system @per", session) == ["@persona.txt"]
    assert offers("/system @deep/", session) == ["@deep/er.txt"]
    assert offers("/system @nowhere/", session) == []


def test_models_complete_from_what_the_server_listed(here: Callable[..., Session], server: Server) -> None:
    """/model offers the endpoint's own list once it was asked."""
    server.reply(models("alpha", "beta"))
    session = here()
    session.server.models()
    assert offers("/model ", session) == ["alpha", "beta"]
    assert offers("/model be", session) == ["beta"]


# ---- what is offered is taken


@pytest.fixture
def scene(
    here: Callable[..., Session], server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Session:
    """A session in which everything that can be offered is there to be offered."""
    folder = tmp_path / "work"
    (folder / "deep").mkdir(parents=True)
    (folder / "schema.json").write_text(json.dumps({"type": "object"}))
    (folder / "deep" / "two words.json").write_text(json.dumps({"type": "object"}))
    monkeypatch.chdir(folder)
    talk = Conversation(title="talk")
    talk.add(a_turn(asked=talk.head.add("user", "Hi"), choices=(Choice(0, "Hello"),)))
    (folder / "talk.json").write_text(archive.write(talk))
    session = here("stop: [END]", "temperature: 0.5", model="gpt-4o")
    server.reply(models("gpt-4o", "alpha"))
    session.server.models()
    for name, value in (("bias", ((" and", -100), ("two words", 5))), ("seed", 1), ("system", "x")):
        session.settings = session.settings.set(name, value)
    spoken = {"audio": {"data": base64.b64encode(wav()).decode()}}
    tokens = (TokenLogprob("a", -0.1, (("a", -0.1), ("b", -2.5))),)
    choices = (Choice(0, "a", logprobs=tokens, finish_reason="length"), Choice(1, "b\x1b", beside=spoken))
    earlier = Conversation()
    earlier.add(a_turn(asked=earlier.head.add("user", "before"), choices=(Choice(0, "yes"),)))
    session.store.add(earlier)
    message = Pending((from_bytes("red.png", png()),)).message("q")
    asked = session.branch.append(message)
    sent = (Exchange(url=f"{server.url}/chat/completions", body=b"{}", sent=0.0, status=200),)
    session.conversation.add(a_turn(asked=asked, choices=(Choice(0, "c"),), wire=sent))
    session.conversation.add(a_turn(asked=asked, choices=choices, wire=sent))
    session.store.add(session.conversation)
    session.endpoints.remember_verdict(session.endpoint, session.model, "n", ProbeVerdict(REJECTED, "no n"))
    monkeypatch.setattr(running, "prepared", settled)
    return session


def settled(
    session: Session, screen: object, experiment: Experiment, cells: Sequence[int], refused: object
) -> dict[int, Any]:
    """A comparison as far as it is certain before any endpoint is looked at: each column's settings."""
    for cell in cells:
        runner.settings_of(session, experiment, cell)
    return {}


#: Suggestions that only begin what is to be typed: alone they are refused, and say what misses.
STEPS = {
    "/prompt save",
    "/attach scale",
    "/attach deep/",
    "/stop add",
    "/stop remove",
    "/bias remove",
    '/bias " and"',
    '/bias "two words"',
    "/profile load",
    "/profile delete",
    "/open deep/",
    "/format schema",
    "/format infer",
    "/whatif temperature",
    "/whatif top_p",
    "/system @",
    "/system @deep/",
    "/format schema deep/",
    "/import deep/",
    "/source deep/",
    "/eval deep/",
    "/batch cancel",
    "/batch read",
    "/batch write",
    "/case deep/",
    "/case add",  # the last message of the scene has a picture, which is no case
    "/case rated",
}
#: Left out: they ask the server, or ask the person for what nobody can complete.
LEFT_OUT = {"models", "probe", "learn", "sweep", "key", "delete", "replay", "branch", "improve"}
#: Commands that, alone, want an argument, or an answer that is JSON.
WANT_MORE = {
    *("/compare", "/import", "/unset", "/pick", "/explain", "/whatif", "/search", "/switch", "/branch"),
    *("/source", "/unalias", "/json"),
    *("/message add", "/message edit", "/message remove", "/message move"),
    "/case remove",
}


def states(session: Session) -> Callable[[], None]:
    """What puts the session back as it is now."""
    settings, typed_key, waiting = session.settings, session.typed_key, session.waiting
    conversation = copy.deepcopy(session.conversation)
    own = session.profiles.own.read_text(encoding="utf-8")

    def back() -> None:
        session.settings, session.typed_key, session.waiting = settings, typed_key, waiting
        session.conversation = copy.deepcopy(conversation)
        if session.profiles.own.read_text(encoding="utf-8") != own:
            session.profiles.own.write_text(own, encoding="utf-8")
            session.reload_profiles()

    return back


class Willing(RecordingScreen):
    """Says yes to everything, takes the first of several, and has a picture on its clipboard."""

    def pasted_picture(self) -> bytes:
        return png()

    def choose(self, question: str, options: Sequence[str]) -> int | None:
        return 0

    def _answer(self) -> object:
        return True


def refusals(session: Session, prefix: str) -> Iterator[str]:
    """Each line that completing this prefix makes, and that is refused when it is run."""
    back = states(session)
    for at, suggestion in line.complete(prefix, KNOWN, session):
        whole = prefix[:at] + suggestion.text
        if whole in WANT_MORE or whole[1:].split()[0] in LEFT_OUT:
            continue
        screen = Willing()
        dispatch.run(whole, KNOWN, session, screen)
        back()
        unfit = whole.startswith("/eval ") and whole.endswith(".json")  # JSON may hold anything
        if screen.failed and whole not in STEPS and not whole.endswith("=") and not unfit:
            yield f"{whole}: {screen.failed[0]}"


#: Fields whose suggestions hold blanks: what JSON needs, `a=b` pairs can't hold.
BLANKS = ("response_format", "prediction", "stream_options", "prompt_cache_options", "modalities")
PARAMETER_COMMANDS = [command.name for command in KNOWN if not command.listed]
PREFIXES = {
    "names of commands": ["/", *(f"/{letter}" for letter in string.ascii_lowercase)],
    "first arguments": [
        f"/{each.name} " for each in KNOWN if each.name not in {*LEFT_OUT, "profile", "bias"}
    ],
    "values of /set": [f"/set {name} " for name in PARAMETER_COMMANDS],
    "values in pairs": [f"/set {name}=" for name in PARAMETER_COMMANDS if name not in BLANKS],
    "names of /set": [f"/set {letter}" for letter in string.ascii_lowercase],
    "names in pairs": [f"/set seed=1 {letter}" for letter in string.ascii_lowercase],
    "topics": [f"/help {letter}" for letter in string.ascii_lowercase],
    "settings": [
        *("/set base_url ", "/set api_key_env ", "/set editing_mode ", "/set seed=1 temperature="),
        *(
            "/set seed=1 stop=",
            "/set parameter temp",
            "/set parameter stop ",
            "/set extra.",
            "/set extra.min_p ",
        ),
        *("/unset temperature ", "/unset seed t", "/forget n "),
    ],
    "stop": ["/stop add ", '/stop add "', "/stop remove ", "/stop remove E", "/stop END "],
    "bias": ["/bias remove ", '/bias " and" ', '/bias " and" -1', "/bias r", "/bias c"],
    "profiles": [
        *("/profile ", "/profile l", "/profile load ", "/profile save ", "/profile delete he"),
        *("/profile diff ", "/profile diff default "),
    ],
    "files": ["/system @", "/system @deep/", "/format schema ", "/format schema deep/", "/system @sch"],
    "exports": ["/export ", "/export s", "/export json ", "/export md deep/", "/export json deep/t"],
    "imports": ["/import ", "/import deep/", "/import t"],
    "compare": [
        *("/compare haiku ", "/compare haiku,", "/compare haiku,temperature=", "/compare now model="),
        *("/compare haiku --", "/compare now stop=", "/compare now bias=", "/compare now response_format="),
        *(
            "/compare haiku,seed=1,top",
            "/compare haiku h",
            "/compare now modalities=",
            "/compare now base_url=",
        ),
    ],
    "marks": ["/rate 1 ", "/rate g", "/rate 2 c", "/note 1 ", "/note c", "/pick ", "/arena"],
    "wire": [
        "/wire ",
        "/wire 1 ",
        "/wire re",
        "/wire 2 chunks ",
        "/export curl ",
        "/export node 1 ",
        "/request r",
    ],
    "what if": ["/whatif temperature ", "/whatif top_p ", "/whatif top_p 0"],
}


@pytest.mark.parametrize("group", PREFIXES)
def test_what_is_offered_is_accepted(scene: Session, group: str) -> None:
    """Every suggestion, put into the line and run, does something: none is refused."""
    assert [told for prefix in PREFIXES[group] for told in refusals(scene, prefix)] == []


@pytest.mark.parametrize("group", PREFIXES)
def test_the_lines_that_are_completed_offer_something(scene: Session, group: str) -> None:
    """Each group of lines above leads to suggestions, so that accepting them means something."""
    assert any(line.complete(prefix, KNOWN, scene) for prefix in PREFIXES[group])


@pytest.mark.parametrize("name", BLANKS)
def test_offers_with_blanks_are_accepted_in_pairs(scene: Session, name: str) -> None:
    """A value that holds blanks is offered in `name=` so that it stays one word."""
    assert list(refusals(scene, f"/set {name}=")) == []


@pytest.mark.parametrize(
    "prefix",
    [
        "/profile delete ",
        "/profile list ",
        "/profile haiku ",
        "/profile load haiku ",
        "/profile diff here default ",
    ],
)
def test_profiles_are_offered_where_one_is_taken(scene: Session, prefix: str) -> None:
    """A profile's name is offered only where the command takes one more, and that one."""
    assert list(refusals(scene, prefix)) == []


def test_a_fifth_stop_text_is_not_offered(scene: Session) -> None:
    """Where there is no room for another stop text, none is offered."""
    scene.settings = scene.settings.set("stop", ("a", "b", "c", "d"))
    assert list(refusals(scene, "/stop add ")) == []


@pytest.mark.parametrize(
    "step",
    sorted(
        STEPS
        - {
            "/system @",
            "/system @deep/",
            "/format schema deep/",
            "/import deep/",
            "/open deep/",
            "/source deep/",
            "/eval deep/",
            "/case deep/",
            "/batch cancel",  # there is none
        }
    ),
)
def test_a_first_step_leads_on(scene: Session, step: str) -> None:
    """A suggestion that wants more after it offers that more."""
    assert offers(step + " ", scene)


# ---- whatever is typed

WORDS = st.sampled_from(
    [
        *(f"/{command.name}" for command in KNOWN),
        *(
            "/",
            "//",
            "parameter",
            "add",
            "remove",
            "clear",
            "edit",
            "=",
            "temperature",
            "schema",
            "save",
            "diff",
        ),
        *('"', "'", "\\", "\\x4", "@", "/etc", "\x00", "\ud800", "\u2028", "\x85", "²", "٣", "nan", "1e999"),
        *("9" * 5000, "{" * 200, "[" * 3000, "-1", "0", "extra.", "extra.x", "a=b", "=b", " ", "\n"),
    ]
)
LINES = st.one_of(
    st.text(),
    st.text().map("/{}".format),
    st.lists(WORDS, max_size=6).map(" ".join),
    st.lists(st.one_of(WORDS, st.text(max_size=5)), max_size=8).map("".join),
    st.tuples(st.sampled_from([command.name for command in KNOWN]), st.text()).map("/{0[0]} {0[1]}".format),
)


@given(LINES)
@times(2)
def test_completion_is_total(lasting: Session, text: str) -> None:
    """Whatever is typed, completing gives suggestions that begin inside the line, or none; it never raises."""
    for at, suggestion in line.complete(text, KNOWN, lasting):
        assert 0 < at <= len(text)
        assert suggestion.text


@pytest.mark.parametrize("text", ["/system @~nobody-of-that-name/", "/format schema ~nobody-of-that-name/"])
def test_nobodys_folder_completes_to_nothing(session: Session, text: str) -> None:
    """The folder of somebody who does not exist here holds no files to offer."""
    assert line.complete(text, KNOWN, session) == []


@given(LINES)
@times(2)
def test_highlighting_is_total(text: str) -> None:
    """Whatever is typed, highlighting answers, with a name that begins the line."""
    length, style = line.highlight(text, KNOWN)
    assert 0 <= length <= len(text) and style in ("", "command", "unknown")
    assert bool(length) == bool(style)
    assert not length or text.startswith("/")


@pytest.mark.parametrize(
    ("text", "length", "style"),
    [
        ("/set temperature 1", 4, "command"),
        ("/sys", 4, "command"),
        ("/s", 2, "unknown"),
        ("/nothing", 8, "unknown"),
        ("//set", 0, ""),
        ("set", 0, ""),
    ],
)
def test_highlight_tells_whether_the_name_would_run(text: str, length: int, style: str) -> None:
    """The name is coloured as a command exactly when Enter would find one."""
    assert line.highlight(text, KNOWN) == (length, style)


@given(LINES)
@times(2)
def test_parsing_raises_only_what_is_told(text: str) -> None:
    """A line parses, or fails with a sentence for the person."""
    told: str | None
    try:
        parsed = line.parse(text, KNOWN)
    except TemperaError as error:
        told = error.message.strip()
    else:
        told = None
        _holds(text, parsed)
    assert told is None or told


def _holds(text: str, parsed: line.Line) -> None:
    """What is true of every line that parses."""
    leaves = text.rstrip().lower() in LEAVES
    assert leaves or parsed.command is None or text.startswith("/")
    assert parsed.text in (text, text[1:])
    assert parsed.text == text or parsed.note == "sent with one slash"


@given(
    st.text().filter(lambda text: not text.startswith(("/", *SIGNS)) and text.strip().lower() not in LEAVES)
)
def test_a_message_arrives_as_it_was_typed(text: str) -> None:
    """What does not begin with a slash is sent unchanged."""
    assert line.parse(text, KNOWN) == line.Line(text)
