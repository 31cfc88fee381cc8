"""/compare and /pick: several askings of one message, what is said of them, and which goes on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base import escapes
from chat.base.errors import TemperaError
from chat.conversation import experiment
from chat.conversation.branch import Branch
from chat.conversation.events import Piece
from chat.lab import runner
from chat.parameters.table import ALL, named
from chat.session.state import Session
from chat.store.conversations import Store
from commands import dispatch, registry
from commands.declare import Action, Edit
from commands.experiments import columns

from ...support.recorder import RecordedTogether, RecordingScreen
from ...support.server import Reply, Request, Server, chunk, chunked, error, sse, stream

KNOWN = registry()


class Api(Server):
    """Answers each request by what it asks with: `answers` is called with the body."""

    answers: Callable[[Any], Reply] = staticmethod(
        lambda body: stream(f"at {body.get('temperature')}", f" of {body['model']}")
    )

    def _next(self, request: Request) -> Reply:
        return self.answers(request.body)

    @property
    def bodies(self) -> list[Any]:
        return [request.body for request in self.requests]


@pytest.fixture
def server() -> Iterator[Api]:
    with Api() as running:
        yield running


@pytest.fixture
def at(make_session: Callable[..., Session], server: Api) -> Session:
    """A session with profiles that name the server, and a store of its own."""
    lines = ["here:", f"  base_url: {server.url}", "  model: m", "  temperature: 0.5", "  max_tokens: 9"]
    lines += ["warm:", "  extends: here", "  temperature: 1.5", "  system: Be warm"]
    lines += ["keyless:", "  model: gpt-4o", "  base_url: https://api.openai.com/v1", "  headers: {X-A: b}"]
    session = make_session("\n".join(lines) + "\n", profile="here")
    session.store = Store(session.places.conversations, session.secrets)
    return session


class Table:
    """Somebody at the session: what they type, and what they are told."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.screen = RecordingScreen()

    def type(self, text: str) -> Action | None:
        self.screen = RecordingScreen(self.screen.answers, self.screen.interactive)
        return dispatch.run(text, KNOWN, self.session, self.screen)

    @property
    def shown(self) -> RecordedTogether:
        return self.screen.compared[-1]

    @property
    def told(self) -> str:
        return self.screen.transcript


@pytest.fixture
def table(at: Session) -> Table:
    return Table(at)


# ---- the columns as they are typed


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("temperature=0 temperature=1.5", [("", {"temperature": 0.0}), ("", {"temperature": 1.5})]),
        ("default haiku", [("default", {}), ("haiku", {})]),
        ("model=a model=b", [("", {"model": "a"}), ("", {"model": "b"})]),
        (
            "haiku,temperature=0,seed=1 now",
            [("haiku", {"temperature": 0.0, "seed": 1}), ("", {})],
        ),
        (
            '"haiku temperature=0" "temp=1 seed=2"',
            [("haiku", {"temperature": 0.0}), ("", {"temperature": 1.0, "seed": 2})],
        ),
        ("seed=1,haiku now", [("haiku", {"seed": 1}), ("", {})]),
        ("temperature=1.5", [("", {}), ("", {"temperature": 1.5})]),
        ("temperature= now", [("", {"temperature": None}), ("", {})]),
        ('stop=a,b "stop=a b seed=1"', [("", {"stop": ["a,b"]}), ("", {"stop": ["a", "b"], "seed": 1})]),
        (
            '"system=Be terse, please. temperature=0" system="Say, no"',
            [("", {"system": "Be terse, please.", "temperature": 0.0}), ("", {"system": "Say, no"})],
        ),
        ('"logit_bias=5=-100 6=2" now', [("", {"logit_bias": {"5": -100, "6": 2}}), ("", {})]),
        (
            'response_format={"type":"json_object"},seed=1 min_p=0.1',
            [("", {"response_format": {"type": "json_object"}, "seed": 1}), ("", {"min_p": 0.1})],
        ),
    ],
)
def test_columns_are_profiles_values_or_both(lasting: Session, typed: str, expected: list[Any]) -> None:
    """Commas and blanks in quotes part a column; a value keeps its own."""
    cells = columns.read(lasting, typed).cells
    assert [(cell.profile, {**cell.values}) for cell in cells] == expected


@pytest.mark.parametrize(
    ("typed", "message", "blind"),
    [
        ("haiku default -- Why?", "Why?", False),
        ("--blind haiku default -- It's \"so\" -- isn't it", "It's \"so\" -- isn't it", True),
        ("haiku default --blind", None, True),
        ('"system=a -- b" now', None, False),
        ('"system=a -- b" now -- c', "c", False),
    ],
)
def test_the_message_comes_after_two_dashes(
    lasting: Session,
    typed: str,
    message: str | None,
    blind: bool,
) -> None:
    """Everything after ` -- ` is the message, as it stands; inside quotes it is part of a column."""
    found = columns.read(lasting, typed)
    assert (found.message, found.blind) == (message, blind)
    assert len(found.cells) == 2


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("haku default", "no profile haku; did you mean haiku?"),
        ("temperature 0 1", "no profile temperature (a value for each column: temperature=…)"),
        ("gpt-5.4-mini haiku", "no profile gpt-5.4-mini (model=gpt-5.4-mini asks a model)"),
        ("temperature=9 haiku", "temperature: 9.0 is not a number from 0 to 2"),
        ("temprature=1 haiku", "no parameter temprature; did you mean temperature?"),
        ("temperature=0,sead=1 haiku", "no parameter sead; did you mean seed?"),
        ("haiku,precise now", "precise: a column has one profile, and it has haiku"),
        ("temperature=0,1 now", "no profile 1 (a column for each value: temperature=… temperature=1)"),
        ("editing_mode=vi now", "editing_mode is no part of a request"),
        ("--blnd a b", "/compare has no option --blnd"),
        ("--blind", "there is nothing to compare"),
        ("now now --", "there is no message after --"),
        ("now " * 10, "10 are too many to look at: 9 at most"),
        ('"haiku now', "is not closed"),
    ],
)
def test_what_can_t_be_asked_is_one_sentence(table: Table, typed: str, told: str, server: Api) -> None:
    """The value, the rule and the way out; nothing is sent."""
    assert table.type(f"/compare {typed}") is None
    (failed,) = table.screen.failed
    assert told in failed
    assert not server.requests and not table.session.turns


def test_compare_alone_says_how_it_is_used(table: Table) -> None:
    """Without columns it is not run."""
    table.type("/compare")
    assert table.screen.failed == ["/compare misses columns (usage: /compare [--blind] A B… [-- text])"]


WORDS = st.sampled_from(
    [
        "haiku",
        "default",
        "now",
        "temperature=0",
        "seed=1",
        "stop=a,b",
        "system=x y",
        "--blind",
        "--",
        "model=a",
    ]
    + [",", " ", '"', "'", "=", "\\", "{", "}", "[", "temp", "extra.x=1", "system=", "n=2", "-", "bias=a=5"]
)


@given(
    st.one_of(st.lists(WORDS, max_size=8).map("".join), st.lists(WORDS, max_size=8).map(" ".join), st.text())
)
def test_any_line_is_read_or_refused_in_a_sentence(lasting: Session, text: str) -> None:
    """Whatever is typed: two to nine columns whose values are sound and are found in the store again, or a
    sentence for the person."""
    told = ""
    try:
        found = columns.read(lasting, text)
    except TemperaError as error:
        told = error.message
    if told:
        assert told.strip()
        return
    assert 2 <= len(found.cells) <= columns.MOST
    assert found.message != ""
    for cell in found.cells:
        assert cell.label and "\n" not in cell.label
        assert not cell.profile or cell.profile in lasting.profiles.by_name
        for name, value in cell.values.items():
            assert value is None or named(name).kind.check(value) is not None
    made = runner.planned(lasting, experiment.COMPARE, Branch(), found.cells, text)
    assert all(runner.settings_of(lasting, made, cell) for cell in range(len(found.cells)))


PLAIN = {
    "temperature": st.floats(0, 2).map(lambda value: round(value, 3)),
    "seed": st.integers(-(2**62), 2**62),
    "stop": st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=3, unique=True).map(tuple),
    "system": st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=12).filter(str.strip),
    "model": st.sampled_from(["a", "gpt-4o", "org/name:tag"]),
}


@given(
    st.dictionaries(st.sampled_from(sorted(PLAIN)), st.none(), min_size=1).flatmap(
        lambda names: st.fixed_dictionaries({name: PLAIN[name] for name in names})
    )
)
def test_what_is_written_is_read_again(lasting: Session, values: dict[str, Any]) -> None:
    """Values joined by commas, or by blanks in quotes, each quoted where it needs to be, arrive as they were."""
    parts = []
    for name, value in values.items():
        written = named(name).kind.write(value)
        word = escapes.quote(written)
        quoted = f'"{word}"' if "," in word and word == written else word  # a comma may part columns
        parts.append(f"{name}={written if name == 'stop' else quoted}")
    cells = columns.read(lasting, " ".join(escapes.quote(gap.join(parts)) for gap in ", ")).cells
    expected = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    assert [{**cell.values} for cell in cells] == [expected, expected]


def test_labels_say_what_a_column_differs_by(at: Session) -> None:
    """In the order of the table, 0 for 0.0; what is set now shows what the others change."""
    at.settings = at.settings.set("seed", 7)
    labels = [cell.label for cell in columns.read(at, "seed=1,temp=0 now warm,stop=a temperature=").cells]
    assert labels == [
        "temperature=0,seed=1",
        "temperature=0.5,stop=unset,seed=7",
        "warm,stop=a",
        "temperature=unset",
    ]
    assert [cell.label for cell in columns.read(at, "now warm").cells] == ["here*", "warm"]


# ---- asked


def test_each_column_asks_the_same_message_with_its_own_settings(table: Table, server: Api) -> None:
    """Nothing that is set changes; the answers are turns below one message, and the first one holds."""
    before = table.session.settings
    assert table.type("/compare temperature=0 warm temperature=,seed=3 -- What?") is None
    assert table.screen.failed == []
    assert sorted(str(body.get("temperature")) for body in server.bodies) == ["0.0", "1.5", "None"]
    assert {body["messages"][-1]["content"] for body in server.bodies} == {"What?"}
    assert table.session.settings == before
    turns = table.session.turns
    assert [turn.request.cell for turn in turns] == [0, 1, 2] and len(
        {turn.request.asked for turn in turns}
    ) == 1
    assert table.session.branch == turns[0].branches[0]
    assert table.shown.labels == ["temperature=0", "warm", "temperature=unset,seed=3"]
    assert table.shown.closed and sorted(table.shown.came) == [0, 1, 2]
    kept = table.session.store.load(table.session.conversation.number)
    assert len(kept.turns) == 3 and kept.head == table.session.branch


def test_what_differs_is_told_from_what_was_sent(table: Table) -> None:
    """A row for each field that was not the same in all bodies, with — where it was not sent."""
    table.type("/compare temperature=0 warm temperature= -- What?")
    ((heads, rows),) = table.screen.tables
    assert list(heads) == ["sent", "[1]", "[2]", "[3]"]
    assert rows == [("temperature", "0.0", "1.5", "—"), ("system", "—", "Be warm", "—")]
    assert "the conversation goes on with [1]; /pick 2 takes that one" in table.told
    assert "/diff 1 2 compares the words" in table.told


def test_the_same_twice_is_said_to_be_the_same(table: Table) -> None:
    """Two columns that ask alike are asked all the same."""
    table.type("/compare now now -- What?")
    assert "the requests were the same" in table.told
    assert len(table.session.turns) == 2


def test_without_a_message_the_last_one_is_asked_again(table: Table, server: Api) -> None:
    """Its former answers stay, as siblings."""
    table.type("/compare now temperature=1 -- First?")
    table.type("/compare temperature=0.1 temperature=0.2")
    assert {body["messages"][-1]["content"] for body in server.bodies} == {"First?"}
    assert len({turn.request.asked for turn in table.session.turns}) == 1 and len(table.session.turns) == 4
    assert table.session.branch == table.session.turns[2].branches[0]


def test_where_nothing_was_said_the_message_is_what_misses(table: Table, server: Api) -> None:
    """One sentence, with the way out."""
    assert table.type("/compare now temperature=1") is None
    assert table.screen.failed == ["there is no message yet (/compare … -- text asks one)"]
    assert not server.requests


def test_a_column_that_is_refused_says_so_and_the_others_go_on(table: Table, server: Api) -> None:
    """A server's no, and an endpoint without a key, each in its own column."""
    server.answers = lambda body: error("400 Bad Request", "no n here") if body.get("n") else stream("fine")
    table.session.environ = {**table.session.environ, "BROKEN_KEY": "a b"}
    line = "/compare n=3 temperature=1 api_key_env=BROKEN_KEY -- What?"
    assert table.type(line) is None
    turns = table.shown.came
    assert turns[0].error and "no n here" in turns[0].error.message
    assert turns[1].at().text == "fine"
    assert turns[2].error and "BROKEN_KEY holds a character" in turns[2].error.message
    assert table.session.branch == table.session.turns[1].branches[0], "the first that answered goes on"
    assert "goes on with [2]" in table.told and "/pick" not in table.told, "no other has an answer to pick"


def test_where_all_are_refused_the_line_comes_back(table: Table, server: Api) -> None:
    """Nothing is lost of what was typed, and the conversation is where it was."""
    server.answers = lambda body: error("401 Unauthorized", "who are you?")
    before = table.session.branch
    assert table.type("/compare now warm -- What?") == Edit("/compare now warm -- What?")
    assert table.session.branch == before
    server.requests.clear()
    table.session.environ = {**table.session.environ, "BROKEN_KEY": "a b"}
    line = "/compare api_key_env=BROKEN_KEY api_key_env=BROKEN_KEY,seed=1 -- What?"
    assert table.type(line) == Edit(line)
    assert "BROKEN_KEY" in table.screen.failed[0] and not server.requests


def test_a_budget_holds_for_all_of_them_together(table: Table, server: Api) -> None:
    """Two requests that would each fit, and not both: asked before either is sent."""
    table.type("/budget 30 tokens")
    assert table.type("/compare now temperature=1 -- What?") == Edit("/compare now temperature=1 -- What?")
    assert "2 requests could take" in table.told and not server.requests
    table.screen.answers = [True]
    assert table.type("/compare now temperature=1 -- What?") is None
    assert len(server.requests) == 2


def slow(body: Any) -> Reply:
    return chunked(*[sse(chunk({"content": "x "}), done=False)] * 400, pause=0.02)


class Pressing(RecordingScreen):
    """Somebody who does something at the first text of a cell."""

    def __init__(self, when: int, does: Callable[[RecordedTogether], None]) -> None:
        super().__init__()
        self._when, self._does = when, does

    def together(self, *given: Any, **named: Any) -> RecordedTogether:
        shown = super().together(*given, **named)
        feed = shown.feed

        def fed(cell: int, event: Any) -> None:
            feed(cell, event)
            if cell == self._when and isinstance(event, Piece):
                self._does(shown)

        shown.feed = fed  # type: ignore[method-assign]
        return shown


def test_ctrl_c_stops_all_and_keeps_what_came(at: Session, server: Api) -> None:
    """What came of each is a turn that says that it was interrupted; the conversation goes on with it."""
    server.answers = slow
    main = threading.main_thread().ident
    assert main
    screen = Pressing(1, lambda shown: signal.pthread_kill(main, signal.SIGINT))
    dispatch.run("/compare now warm seed=1 -- What?", KNOWN, at, screen)
    assert screen.compared[-1].closed
    assert {turn.answer.ended for turn in at.turns} == {"interrupted"}
    assert at.conversation.owner(at.branch) is not None


def test_one_that_is_stopped_leaves_the_others(at: Session, server: Api) -> None:
    """The stopped one keeps what it had said, and the conversation goes on with one that is whole."""
    server.answers = lambda body: slow(body) if body["temperature"] == 0.5 else stream("whole")
    screen = Pressing(0, lambda shown: shown.stop(0))
    dispatch.run("/compare now warm -- What?", KNOWN, at, screen)
    assert [turn.answer.ended for turn in at.turns] == ["interrupted", "complete"]
    assert at.branch == at.turns[1].branches[0]


# ---- picking


def test_pick_goes_on_with_that_answer_and_the_others_stay(table: Table) -> None:
    """Back and forth: every answer of the comparison can be picked."""
    table.type("/compare temperature=0 temperature=1 -- What?")
    table.type("/fork idea")
    for number, label in ((2, "temperature=1"), (1, "temperature=0")):
        table.type(f"/pick {number}")
        assert table.screen.said == [f"the conversation goes on with answer {number}: {label}"]
        assert table.session.branch == table.session.turns[number - 1].branches[0]
        assert table.session.conversation.names["idea"] == table.session.branch
    assert len(table.session.turns) == 2
    assert table.session.store.votes() == []


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("3", "there are answers 1 to 2"),
        ("0", "there are answers 1 to 2"),
        ("x", "x is not the number of an answer"),
    ],
)
def test_what_can_t_be_picked(table: Table, number: str, told: str) -> None:
    """The numbers that there are, are named."""
    table.type("/compare temperature=0 temperature=1 -- What?")
    table.type(f"/pick {number}")
    assert table.screen.failed == [told]


def test_a_column_without_an_answer_can_t_be_picked(table: Table, server: Api) -> None:
    """A refused one has nothing to go on with."""
    server.answers = lambda body: error("400 Bad Request") if body["temperature"] else stream("fine")
    table.type("/compare temperature=0 temperature=1 -- What?")
    table.type("/pick 2")
    assert table.screen.failed == ["2 has no answer"]


def test_choices_of_n_are_picked_as_before(table: Table, server: Api) -> None:
    """After a comparison, on another branch with choices, /pick is about those."""
    from ...support.turns import say

    say(table.session.conversation, "q", "one", "two")
    say(table.session.conversation, "r", "three", "four")
    table.type("/compare temperature=0 temperature=1")
    table.type("/switch 2")
    table.type("/pick 2")
    assert table.screen.said == ["the conversation goes on with choice 2"]


# ---- blind


def test_blind_nothing_tells_which_is_which(table: Table, server: Api) -> None:
    """Neither columns nor tables nor trees nor the list of conversations, until one is picked."""
    server.answers = lambda body: stream(f"text {body['temperature'] * 3:g}")
    table.type("/compare --blind temperature=0,model=secret-a temperature=1,model=secret-b -- What?")
    assert table.shown.labels == ["A", "B"] and table.shown.blind
    assert table.screen.tables == [] and "goes on with" not in table.told.replace("goes on with that one", "")
    for line in (
        "/usage",
        "/branches",
        "/diff 1 2",
        "/history",
        "/conversations",
        "/show",
        "/note 1",
        "/arena",
    ):
        table.type(line)
        told = table.told + "".join(table.screen.raw)
        for secret in ("secret", "temperature 0", "temperature=", "0.0", " 1.0 →"):
            assert secret not in told or (line == "/show" and secret != "secret"), (line, told)
        assert table.screen.failed == []


def test_usage_hides_numbers_of_a_blind_comparison(table: Table) -> None:
    """Tokens, times and cost would betray a model: the rows have but how they ended."""
    table.type("/compare --blind temperature=0 temperature=1 -- What?")
    table.type("/usage")
    ((heads, rows),) = table.screen.tables
    hidden = [dict(zip(heads, row, strict=True)) for row in rows[:2]]
    assert [row["model"] for row in hidden] == ["hidden", "hidden"]
    assert all(
        not value for row in hidden for name, value in row.items() if name not in ("turn", "model", "finish")
    )


@pytest.mark.parametrize("line", ["/wire 1", "/wire", "/replay 2"])
def test_what_went_over_the_connection_is_hidden_as_well(table: Table, server: Api, line: str) -> None:
    """The body would betray it all: it is shown after the pick."""
    table.type("/compare --blind temperature=0 temperature=1 -- What?")
    table.type(line)
    (failed,) = table.screen.failed
    assert failed.endswith("is one of a blind comparison (it is shown once you /pick one)")
    assert len(server.requests) == 2
    table.type("/pick 1")
    table.type("/wire 1")
    assert not table.screen.failed


def test_blind_picks_reveal_and_count(table: Table) -> None:
    """A letter or a number; then everything is told, and the vote is kept once."""
    table.type("/compare --blind temperature=0 temperature=1 warm -- What?")
    experiment_ = runner.newest(table.session, experiment.COMPARE)
    assert experiment_ is not None
    labels = [cell.label for cell in experiment_.cells]
    assert sorted(labels) == ["temperature=0", "temperature=1", "warm"]
    table.type("/pick b")
    reveal, differing = table.screen.tables
    assert [row[:2] for row in reveal[1]] == [("  A", labels[0]), ("● B", labels[1]), ("  C", labels[2])]
    assert differing[0][0] == "sent"
    others = [labels[0], labels[2]]
    assert table.session.store.votes() == [(labels[1], others)]
    table.type("/pick 1")
    assert table.session.store.votes() == [(labels[1], others)], "what is seen is no blind vote"
    loaded = table.session.store.load(table.session.conversation.number)
    assert not any(each.blind for each in loaded.experiments.values())
    table.type("/arena")
    ((_, rows),) = table.screen.tables
    assert rows[0][:4] == (labels[1], "1", "0", "100%")
    assert sorted(row[:4] for row in rows[1:]) == sorted((label, "0", "1", "0%") for label in others)


def test_columns_come_in_an_order_that_nobody_knows(table: Table) -> None:
    """Over a few comparisons both orders turn up."""
    orders = set()
    for _ in range(20):
        table.type("/compare --blind temperature=0 temperature=1 -- What?")
        found = runner.newest(table.session, experiment.COMPARE)
        assert found
        orders.add(found.cells[0].label)
        if len(orders) == 2:
            return
    raise AssertionError(f"twenty times in a row {orders} came first")


def test_a_blind_comparison_waits_while_the_conversation_goes_on(table: Table, server: Api) -> None:
    """What was not picked at once can be picked later."""
    from ...support.turns import say

    table.type("/compare --blind temperature=0 temperature=1 -- What?")
    say(table.session.conversation, "and then?", "so")
    table.type("/pick 2")
    assert table.session.branch == table.session.turns[1].branches[0]
    assert len(table.session.store.votes()) == 1


def test_no_vote_where_only_one_answered_to_the_end(table: Table, server: Api) -> None:
    """A half answer is not compared; that is said, and which was which as well."""
    server.answers = lambda body: error("500 Oops", "a fuse") if body["temperature"] else stream("fine")
    table.type("/compare --blind temperature=0 temperature=1 -- What?")
    assert "a fuse" not in table.told
    number = next(turn.request.cell for turn in table.session.turns if turn.branches) + 1
    table.type(f"/pick {number}")
    assert "no vote" in table.told and "a fuse" in table.told
    assert table.session.store.votes() == []


def test_a_blind_comparison_that_nobody_answered_says_why(table: Table, server: Api) -> None:
    """There is nothing left to hide."""
    server.answers = lambda body: error("500 Oops", "the fuse blew")
    assert isinstance(table.type("/compare --blind now warm -- What?"), Edit)
    assert len([line for line in table.screen.failed if "the fuse blew" in line]) == 2


# ---- what is offered


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "h",
        "temperature=",
        "temperature=0 ",
        "temperature=0 temperature=",
        "haiku,",
        "haiku,temp",
        "haiku,seed=1,",
    ]
    + [
        "haiku --",
        "haiku --b",
        "now haiku ",
        "model=",
        "n=",
        "e",
        "response_format=",
        "modalities=",
        "haiku,reasoning_effort=l",
    ],
)
def test_what_is_offered_can_be_compared(lasting: Session, typed: str) -> None:
    """Each suggestion, put into the line, is read; but for name=, which begins a value."""
    found = list(columns.suggest(lasting, typed))
    assert found, typed
    for each in found:
        whole = typed[: each.start] + each.text
        if not whole.endswith("="):
            assert columns.read(lasting, whole).cells


@pytest.mark.parametrize("typed", ["haiku now -- h", 'haiku "te', "now " * 9])
def test_nothing_is_offered_where_nothing_fits(lasting: Session, typed: str) -> None:
    """Not in the message, not in open quotes, and not after the ninth column."""
    assert list(columns.suggest(lasting, typed)) == []


def test_profiles_values_and_blind_are_offered(lasting: Session) -> None:
    """What a person can write there."""
    assert {"haiku", "default", "now", "temperature="} <= {each.text for each in columns.suggest(lasting, "")}
    assert "--blind" in {each.text for each in columns.suggest(lasting, "haiku ")}
    assert "0.7" in {each.text for each in columns.suggest(lasting, "haiku,temperature=")}
    assert {parameter.name for parameter in ALL if not parameter.servers} <= {
        each.text.rstrip("=") for each in columns.suggest(lasting, "haiku,")
    }
