"""/bias: weights by word, made into the ids of the model that is asked."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chat.base.errors import NoTokenizer
from chat.session.state import Session
from commands import dispatch, registry
from commands.declare import Action

from ...support.asking import body_of
from ...support.recorder import RecordingScreen
from ...support.server import Server, error, http, models

Type = Callable[[str], Action | None]
Here = Callable[..., Session]


@pytest.fixture
def session(here: Here) -> Session:
    """A gateway that serves gpt-4o, whose tokens tiktoken knows: nothing is asked of the server."""
    return here(model="gpt-4o")


def run(text: str, session: Session, screen: RecordingScreen) -> None:
    dispatch.run(text, registry(), session, screen)


def weights(session: Session) -> object:
    return body_of(session).get("logit_bias")


def test_a_word_of_one_token_is_biased_at_once(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """The id is shown, the word is kept, the request carries the id."""
    typed('/bias " and" -100')
    assert screen.said == ['" and" → 326 (tiktoken)', 'bias unset → " and"=-100']
    assert not screen.questions and not screen.failed
    assert session.settings.get("bias") == ((" and", -100),)
    assert weights(session) == {"326": -100}
    assert server.requests == []


def test_several_tokens_are_explained_and_asked_about(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """A text of several tokens is shown in its pieces; after a yes each of them carries the weight."""
    screen.answers = [True]
    typed('/bias " antidisestablishment" -5')
    assert "tokens to gpt-4o: each of them would get -5" in screen.warned[0]
    assert screen.questions == ["bias all of them?"]
    ids = session.tokenizers.encode("gpt-4o", " antidisestablishment")
    assert len(ids) > 1
    assert weights(session) == {str(each): -5 for each in ids}
    assert all(str(each) in screen.said[0] for each in ids)


def test_several_tokens_are_refused_without_a_yes(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """After a no nothing is set, and the reason is given with a way out."""
    screen.answers = [False]
    typed('/bias "antidisestablishment" -5')
    (failed,) = screen.failed
    assert "got no bias" in failed and "tokens" in failed and '/bias " antidisestablishment"' in failed
    assert session.settings.get("bias") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('/bias " and" 101', "101 is not a whole number from -100 to 100"),
        ('/bias " and" -101', "-101 is not a whole number from -100 to 100"),
        ('/bias " and" 1.5', "1.5 is not a whole number from -100 to 100"),
        ('/bias " and" much', "much is not a whole number from -100 to 100"),
        ('/bias " and"', "/bias takes a word and a weight"),
        ("/bias two words -100", "/bias takes a word and a weight"),
        ('/bias "" 5', "an empty text has no tokens"),
        ("/bias remove other", "other has no bias"),
        ('/bias " and 5', "the quote"),
    ],
)
def test_what_bias_refuses(
    typed: Type, session: Session, screen: RecordingScreen, text: str, told: str
) -> None:
    """A weight out of range, or a line that is no word and weight, leaves all as it was."""
    typed('/bias " or" 5')
    before = session.settings
    typed(text)
    (failed,) = screen.failed
    assert failed.startswith(told)
    assert session.settings is before


def test_words_are_added_changed_removed_and_cleared(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """Each word has one weight, the last one; removing takes one word, clearing all."""
    for line in ('/bias " and" -100', '/bias " or" 5', '/bias " and" -1'):
        typed(line)
    assert dict(session.settings.get("bias")) == {" and": -1, " or": 5}
    typed('/bias remove " and"')
    assert session.settings.get("bias") == ((" or", 5),)
    assert screen.said[-1] == 'bias " and"=-1 " or"=5 → " or"=5'
    typed("/bias clear")
    assert session.settings.get("bias") is None and weights(session) is None
    assert not screen.failed


def test_bias_lists_words_with_this_models_ids(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """/bias alone is a table of words, ids and weights; without any it says how to begin."""
    typed("/bias")
    assert screen.said == ['no word has a bias; /bias " and" -100 bans one']
    typed('/bias " and" -100')
    typed("/bias")
    ((row,),) = (rows for _, rows in screen.tables)
    assert row[0] == '" and"' and "326" in row and row[-1] == "-100"


def test_another_model_gives_other_ids(typed: Type, session: Session) -> None:
    """The word is what is kept: with another model's tokeniser the request carries other ids."""
    typed('/bias " and" -100')
    typed("/model gpt-4")
    assert weights(session) == {"323": -100}


def test_the_profile_keeps_the_word(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """/profile save writes the word, never the ids."""
    typed('/bias " and" -100')
    typed("/profile save banned")
    assert not screen.failed
    text = session.profiles.own.read_text(encoding="utf-8")
    assert "326" not in text
    assert session.profiles.by_name["banned"].values["bias"] == ((" and", -100),)


def test_words_and_ids_go_together(typed: Type, session: Session) -> None:
    """logit_bias by id stands beside the words; where both name a token, the id that was given wins."""
    typed('/bias " and" -100')
    typed("/set logit_bias 5=1 326=7")
    assert weights(session) == {"326": 7, "5": 1}


# ---- models that tiktoken does not know

TOKENS = http(json.dumps({"tokens": [{"id": 42, "piece": " and"}]}).encode())
NO_ROUTE = error("404 Not Found", "no such route")


def test_the_servers_tokeniser_is_asked(here: Here, screen: RecordingScreen, server: Server) -> None:
    """An unknown model's ids come from the server's own /tokenize, once, and the request carries them."""
    server.reply(TOKENS)
    session = here()
    run('/bias " and" -100', session, screen)
    assert screen.said[0] == '" and" → 42 (the server\'s tokeniser)'
    assert weights(session) == {"42": -100}
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/tokenize")
    assert request.body["content"] == " and"


def test_a_server_that_reads_words_gets_the_word(here: Here, screen: RecordingScreen, server: Server) -> None:
    """llama.cpp takes the text itself: where its /tokenize fails, the word goes as it is."""
    server.reply(NO_ROUTE, models("test-model", owned_by="llamacpp"))
    session = here()
    run('/bias " and" -100', session, screen)
    assert not screen.failed
    assert weights(session) == {" and": -100}


def test_where_nothing_knows_the_tokens_nothing_is_set(
    here: Here, screen: RecordingScreen, server: Server
) -> None:
    """Neither tiktoken nor the server: the shell says so instead of sending wrong ids."""
    server.reply(NO_ROUTE, models("test-model"))
    session = here()
    run('/bias " and" -100', session, screen)
    (failed,) = screen.failed
    assert failed.startswith("the tokens of test-model are not known")
    assert session.settings.get("bias") is None


def test_a_word_that_this_endpoint_cant_take_stops_the_request(
    here: Here, screen: RecordingScreen, server: Server
) -> None:
    """A profile's word whose ids are not known fails before anything is sent."""
    server.reply(NO_ROUTE, models("test-model"))
    session = here('bias: {" and": -100}')
    with pytest.raises(NoTokenizer):
        body_of(session)
    run("/bias", session, screen)
    assert "not known" in screen.tables[0][1][0]


@pytest.mark.parametrize(
    ("text", "biased"),
    [
        ('/bias "and": +100', {"and": 100}),
        ('/bias " and": 5, " or": -5', {" and": 5, " or": -5}),
        ('/bias {" and": 100, " or": -1}', {" and": 100, " or": -1}),
        ('/bias " and"=7', {" and": 7}),
        ('/bias: " and" 7', {" and": 7}),
    ],
)
def test_words_and_weights_in_every_notation(
    session: Session, screen: RecordingScreen, text: str, biased: dict[str, int]
) -> None:
    """What begins or ends with a colon, a comma or a brace is a word with its weight, and never part of it."""
    run(text, session, screen)
    assert not screen.failed
    assert dict(session.settings.get("bias")) == biased


def test_an_object_of_the_apis_is_by_id(session: Session, screen: RecordingScreen) -> None:
    """{"1734": -100} is what logit_bias takes: a token's id, which is said with its text."""
    run('/bias {"1734": -100}', session, screen)
    assert session.settings.get("logit_bias") == (("1734", -100),)
    assert session.settings.get("bias") is None


@pytest.mark.parametrize("text", ['/bias {"and": }', '/bias {"and": 5', "/bias {and}"])
def test_a_broken_object_is_refused(session: Session, screen: RecordingScreen, text: str) -> None:
    """Nothing of it is set."""
    run(text, session, screen)
    assert len(screen.failed) == 1
    assert session.settings.get("bias") is None
