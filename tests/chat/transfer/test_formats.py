"""Conversations as text: Markdown, JSON, JSONL and HTML, whatever was said in them."""

from __future__ import annotations

import base64
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadInput, BadValue
from chat.conversation.body import Carried
from chat.conversation.branch import Branch
from chat.conversation.content import file_part, image_part, text_part
from chat.conversation.events import TokenLogprob
from chat.conversation.message import message_of
from chat.conversation.tree import Conversation
from chat.conversation.turn import FAILED, Choice, Usage
from chat.store import archive
from chat.store.conversations import Store
from chat.transfer import formats

from ...support.conversations import SAID, TEXTS, conversations, facts_of
from ...support.turns import a_turn, changed

MARKDOWN, JSON, JSONL, HTML, MODELFILE, _CSV = formats.FORMATS


def talk(*said: str, system: str = "", **facts: object) -> Conversation:
    """A conversation of questions and answers in turn."""
    found = Conversation()
    for asked, answer in zip(said[::2], said[1::2], strict=True):
        turn = a_turn(
            asked=found.head.add("user", asked),
            carried=Carried(system),
            choices=(Choice(0, answer, finish_reason="stop"),),
        )
        found.add(changed(turn, **facts))
    return found


# ---- JSON


@given(conversations())
def test_json_comes_back_whole(conversation: Conversation) -> None:
    """What is written as JSON is read again with every turn, choice, branch, name, mark and number."""
    again = archive.read(json.loads(JSON.write(conversation)))
    assert facts_of(again) == facts_of(conversation)


@given(conversations())
def test_the_store_and_json_hold_the_same(conversation: Conversation) -> None:
    """A conversation that was imported and stored is exported as the same file again."""
    store = Store(None)
    try:
        before = archive.read(json.loads(JSON.write(conversation)))
        assert store.add(before)
        assert facts_of(store.load(before.number)) == facts_of(conversation)
    finally:
        store.close()


def test_json_is_of_a_version_and_a_line_a_turn() -> None:
    """The file says what it is, and each message and turn stands on a line of its own."""
    written = JSON.write(talk("a", "b", "c", "d"))
    assert json.loads(written)["tempera"] == 1
    lines = written.splitlines()
    assert sum('"role"' in line for line in lines) == 4
    assert sum('"finish_reason"' in line for line in lines) == 2


def test_json_keeps_log_probabilities_and_usage() -> None:
    """Probabilities, tokens, times and costs are in the file."""
    tokens = (TokenLogprob("b", -0.5, (("b", -0.5), ("c", float("-inf")))),)
    turn = a_turn(
        asked=Conversation().head.add("user", "a"),
        choices=(Choice(0, "b", logprobs=tokens),),
        usage=Usage(1, 2, 3, 4),
        cost=0.5,
        arrivals=(0.1, 0.2),
    )
    conversation = Conversation()
    conversation.add(turn)
    (kept,) = json.loads(JSON.write(conversation))["turns"]
    assert kept["choices"][0]["logprobs"] == [["b", -0.5, [["b", -0.5], ["c", -1e9]]]]
    assert (kept["prompt_tokens"], kept["completion_tokens"], kept["cost"]) == (1, 2, 0.5)
    assert kept["arrivals"] == [0.1, 0.2]


def test_what_json_cannot_say_is_null() -> None:
    """An infinity from a server is null in the file, which every parser then takes."""
    written = JSON.write(talk("a", "b", effective={"x": float("inf")}))
    strict = json.loads(written, parse_constant=lambda text: pytest.fail(f"{text} is not JSON"))
    assert strict["turns"][0]["effective"] == {"x": None}


def test_json_steers_no_terminal() -> None:
    """Control characters and letters that turn text around are escapes in the file."""
    written = JSON.write(talk("\x9b2J\u202e\u2066", "\x1b[0m"))
    assert "\\u009b2J\\u202e\\u2066" in written
    assert not set(written) & {"\x9b", "\x1b", "\u202e", "\u2066"}


# ---- keys


@pytest.mark.parametrize("form", [MARKDOWN, JSON, JSONL, HTML], ids=lambda form: form.name)
def test_no_key_leaves(form: formats.Format) -> None:
    """A key of this run is in no export, wherever it was said: not even one with quotes in it."""
    secrets = ['k"e<y>\\12345', "hidden-value-1"]
    conversation = talk(f"my key is {secrets[0]}", f"it is {secrets[1]}", system=secrets[0])
    conversation.title = secrets[1]
    turn = conversation.turns[0]
    settings = {
        "headers": {"X-A": "hush hush"},
        "base_url": "https://me:pass@example.com/v1?k=v",
        "user": secrets[0],
    }
    conversation.turns[0] = changed(turn, settings=settings)
    written = form.write(archive.without(conversation, secrets))
    for leak in ("12345", "hidden-value", "hush", "pass", "k=v"):
        assert leak not in written
    assert "[key]" in written


def test_a_conversation_without_keys_is_exported_as_it_is() -> None:
    """Where there is nothing to take out, nothing is touched."""
    conversation = talk("a", "b")
    assert archive.without(conversation, ["no-such-key-anywhere"]) is conversation


def test_short_values_are_no_keys() -> None:
    """An empty or short value of the environment takes no words out of the text."""
    assert "is yes" in MARKDOWN.write(archive.without(talk("a", "it is yes"), ["", "yes"]))


# ---- Markdown


def test_markdown_tells_who_what_and_how() -> None:
    """Roles, the system message, model and parameters where they change, and a line of usage."""
    conversation = talk(
        *("Why?", "Because."),
        system="Be terse.",
        model="gpt-4o",
        settings={"model": "gpt-4o", "temperature": 0.2, "system": "Be terse."},
        usage=Usage(12, 3, cached=4),
        first_token=0.25,
        cost=0.001,
        at=1_700_000_000.0,
    )
    assert MARKDOWN.write(conversation) == (
        "# Why?\n\n2023-11-14 22:13 UTC · one turn · $0.0010\n\n## System\n\nBe terse.\n\n## User\n\nWhy?\n\n"
        "## Assistant\n\nBecause.\n\n*gpt-4o · temperature 0.2*\n\n"
        "*12 tokens in (4 cached), 3 out · first token 0.25 s · stop · $0.0010*\n"
    )


def test_markdown_repeats_only_what_changes() -> None:
    """Model, parameters and system message are told again where they are others."""
    conversation = talk("a", "b", "c", "d", model="gpt-4o", system="S")
    conversation.add(
        a_turn(
            asked=conversation.head.add("user", "e"),
            model="gpt-4o",
            settings={"top_p": 0.5},
            choices=(Choice(0, "f"),),
        )
    )
    written = MARKDOWN.write(conversation)
    assert written.count("*gpt-4o*") == 1
    assert written.count("*gpt-4o · top\\_p 0.5*") == 1
    assert written.count("## System") == 2 and "*none*" in written


def test_markdown_tells_nothing_where_nothing_is_known() -> None:
    """A turn of another program, of which neither model nor usage is known, has no line of its own."""
    written = MARKDOWN.write(talk("Why?", "Because.", choices=(Choice(0, "Because."),)))
    assert written.endswith("## Assistant\n\nBecause.\n")


def test_the_branch_in_force_is_written() -> None:
    """What stands on other branches is in the JSON alone."""
    conversation = talk("a", "first answer")
    conversation.add(a_turn(asked=conversation.turns[0].request.asked, choices=(Choice(0, "second answer"),)))
    for form in (MARKDOWN, JSONL, HTML):
        assert "second answer" in form.write(conversation)
        assert "first answer" not in form.write(conversation)
    assert "first answer" in JSON.write(conversation)


def test_a_question_that_failed_is_told() -> None:
    """A question without an answer says what went wrong."""
    from chat.base.errors import RequestFailed

    conversation = Conversation()
    asked = conversation.head.add("user", "Anyone?")
    conversation.add(a_turn(asked=asked, ended=FAILED, error=RequestFailed("no connection")))
    conversation.move(asked)
    assert "failed: no connection" in MARKDOWN.write(conversation)
    assert "failed: no connection" in HTML.write(conversation)


@given(SAID, SAID, TEXTS)
def test_text_for_people_steers_no_terminal(asked: str, answer: str, system: str) -> None:
    """No control character but newline and tab is in Markdown or HTML."""
    conversation = talk(asked, answer or "x", system=system)
    for form in (MARKDOWN, HTML):
        written = form.write(conversation)
        assert not [c for c in written if ord(c) < 32 and c not in "\n\t"]
        assert not set(written) & {chr(code) for code in (*range(0x7F, 0xA0), 0x202E, 0x2066)}


# ---- JSONL


def test_jsonl_is_one_example() -> None:
    """One line of {"messages": […]}, the system message first, as fine-tuning takes it."""
    written = JSONL.write(talk("a", "b", "c", "dé\u2028", system="S"))
    assert written.count("\n") == 1 and written.endswith("\n")
    roles = [(each["role"], each["content"]) for each in json.loads(written)["messages"]]
    assert roles == [
        ("system", "S"),
        ("user", "a"),
        ("assistant", "b"),
        ("user", "c"),
        ("assistant", "dé\u2028"),
    ]
    assert len(written.splitlines()) == 1


def test_jsonl_ends_with_an_answer() -> None:
    """A question that has no answer teaches nothing, and is left out."""
    conversation = talk("a", "b")
    asked = conversation.head.add("user", "and?")
    conversation.add(a_turn(asked=asked, ended=FAILED))
    conversation.move(asked)
    assert [each["role"] for each in json.loads(JSONL.write(conversation))["messages"]] == [
        "user",
        "assistant",
    ]
    conversation.move(conversation.turns[0].request.asked)
    assert JSONL.write(conversation) == ""


def test_jsonl_has_tools_and_calls() -> None:
    """A call of a tool is in the API's form, with the tools that could be called."""
    tools = [{"type": "function", "function": {"name": "f"}}]
    choice = Choice(0, "", tool_calls=(("f", '{"a": 1}'),), finish_reason="tool_calls")
    body = {"tools": tools, "parallel_tool_calls": False}
    example = json.loads(JSONL.write(talk("a", "b", body=body, choices=(choice,))))
    assert (example["tools"], example["parallel_tool_calls"]) == (tools, False)
    (call,) = example["messages"][1]["tool_calls"]
    assert call["function"] == {"name": "f", "arguments": '{"a": 1}'}


def test_jsonl_keeps_weights() -> None:
    """An answer of a few-shot example that is not to be learnt says so, as it did where it came from."""
    unlearnt = {"role": "assistant", "content": "b", "weight": 0}
    asked = Branch().add("user", "a").append(message_of(unlearnt)).add("user", "c")
    turn = a_turn(asked=asked, choices=(Choice(0, "d"),))
    conversation = Conversation()
    conversation.add(turn)
    conversation.move(conversation.turns[0].branches[0])
    assert json.loads(JSONL.write(conversation))["messages"][1] == unlearnt


# ---- parts, calls and results

PICTURE = base64.b64encode(bytes(range(256))).decode()


def looked() -> Conversation:
    """A picture is asked about, a tool is called and answers, after an example that a profile has."""
    found = Conversation()
    parts = [
        text_part("what is <this>?"),
        image_part(f"data:image/png;base64,{PICTURE}", "low"),
        image_part("https://example.com/cat.png"),
        image_part(f"data:image/svg+xml;base64,{PICTURE}"),
        file_part(b"x" * 99, "a.pdf", "application/pdf"),
    ]
    asked = Branch().append(message_of({"role": "user", "name": "Ann", "content": parts}))
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"a": "*1*"}'}}
    choice = Choice(0, "Let me *see*", tool_calls=(("look", '{"a": "*1*"}'),), beside={"tool_calls": [call]})
    first = tuple(
        map(message_of, ({"role": "user", "content": "1+1"}, {"role": "assistant", "content": "2"}))
    )
    found.add(a_turn(asked=asked, choices=(choice,)))
    result = {"role": "tool", "tool_call_id": "c1", "content": "a cat"}
    carried = Carried("Look.", first=first)
    head = found.head.append(message_of(result))
    found.add(a_turn(asked=head, choices=(Choice(0, "A cat."),), carried=carried))
    return found


def test_markdown_names_parts_and_shows_calls() -> None:
    """Bytes are named, not written; an image elsewhere is a link; a call is code, its result has its id."""
    written = MARKDOWN.write(looked())
    assert PICTURE[:40] not in written
    for line in (
        "*image low image/png 256 bytes*",
        "[image](<https://example.com/cat.png>)",
        "*file a.pdf application/pdf 99 bytes*",
        '```\nlook {"a": "*1*"}\n```',
        "## User (Ann)",
        "## tool (c1)\n\na cat",
        "## User (before each request)\n\n1+1",
    ):
        assert line in written, line
    assert written.count("look {") == 1


def test_jsonl_is_the_request_and_its_answer() -> None:
    """An example for fine-tuning has the parts, calls and results as they were sent."""
    messages = json.loads(JSONL.write(looked()))["messages"]
    last = looked().turns[-1]
    assert messages == [*last.request.whole["messages"], {"role": "assistant", "content": "A cat."}]


def test_html_shows_pictures_and_folds_calls() -> None:
    """A picture of which the bytes are there is in the page, one elsewhere a link, an SVG is named; a call
    is folded. Nothing is fetched."""
    written = HTML.write(looked())
    assert written.count("<img ") == 1
    assert f'<img src="data:image/png;base64,{PICTURE}" alt="image low image/png 256 bytes">' in written
    assert "[image image/svg+xml 256 bytes]" in written
    assert '<a href="https://example.com/cat.png" rel=' in written
    assert "<details><summary>calls look</summary>" in written
    assert "&quot;a&quot;: &quot;*1*&quot;" in written
    assert "what is &lt;this&gt;?" in written
    assert "img-src data:" in written


# ---- HTML


class Page(HTMLParser):
    """What is in a page: its elements, and everything that could fetch, run or lead somewhere."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.odd: list[str] = []
        self.text = ""
        self.feed(written)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if tag == "a" and name == "href":
                self.links.append(value or "")
            elif name in ("src", "srcset", "href", "action", "data", "poster") or name.startswith("on"):
                self.odd.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        self.text += data


ELEMENTS = {
    *"html head meta title style body h1 h2 h3 h4 h5 h6 p main article header div aside ul ol li details".split(),
    *"summary pre code em strong s a blockquote hr br table thead tbody tr th td".split(),
}
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=https://evil.example/x onerror=alert(1)>",
    "![x](https://evil.example/x.png)",
    "[x](javascript:alert(1)) [y](data:text/html,x) [z](file:///etc/passwd) [w](//evil.example/x)",
    "[x]: https://evil.example/x.png\n\n![x]",
    '"><svg onload=alert(1)>',
    "</style><script>1</script>",
    "<https://fine.example> <javascript:alert(1)>",
    "$title $turns ${style} </article></main>",
    '```"><script>alert(1)</script>\nx\n```',
    "|a|\n|-|\n|<iframe src=x>|",
]


def hostile_page(text: str) -> str:
    conversation = talk(text, text, system=text, model=text, settings={"stop": [text]})
    conversation.title = text
    choice = Choice(0, text, text, "", ((text, text),), text)
    conversation.add(a_turn(asked=conversation.head.add("user", text), choices=(choice, Choice(1, text))))
    return HTML.write(conversation)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_page_runs_and_fetches_nothing(text: str) -> None:
    """Whatever was said, the page has no script, no picture, no frame, no handler and no other address
    than links to the web and to mail; what was said is there as text."""
    written = hostile_page(text)
    page = Page(written)
    assert set(page.tags) <= ELEMENTS
    assert page.odd == []
    assert all(link.startswith(("https://", "http://", "mailto:")) for link in page.links)
    assert "".join(text.split()) in "".join(page.text.split())
    assert "url(" not in written and "@import" not in written
    assert "default-src 'none'" in written


@given(
    st.one_of(
        st.text("<>&\"'`[]()!:/*_#|\\\n$ abjs", max_size=40), st.lists(st.sampled_from(HOSTILE)).map("".join)
    )
)
def test_no_text_breaks_out_of_a_page(text: str) -> None:
    """Any text leaves the page's own frame as it is."""
    page = Page(hostile_page(text or "x"))
    assert set(page.tags) <= ELEMENTS and page.odd == []
    assert page.tags.count("main") == page.tags.count("body") == page.tags.count("style") == 1


def test_a_page_shows_parameters_and_usage_beside_each_turn() -> None:
    """Beside an answer stand its model, its parameters, its tokens and its cost; Markdown is drawn."""
    conversation = talk(
        *("q", "**bold** and\n\n| a |\n|---|\n| 1 |"),
        model="gpt-4o",
        settings={"temperature": 0.2},
        usage=Usage(5, 7),
        cost=0.5,
    )
    written = HTML.write(conversation)
    (beside,) = [part.partition("</aside>")[0] for part in written.split("<aside")[1:]]
    assert "<li>gpt-4o</li><li>temperature 0.2</li><li>5 tokens in, 7 out</li>" in beside
    assert "<li>$0.5000</li>" in beside
    assert "<strong>bold</strong>" in written and "<td>1</td>" in written


def test_a_page_fits_a_phone_and_the_night() -> None:
    """The page has a viewport, another layout for narrow windows, and colours for the dark."""
    written = HTML.write(talk("a", "b"))
    for part in ('name="viewport"', "prefers-color-scheme: dark", "@media (max-width:"):
        assert part in written


# ---- formats and names


@pytest.mark.parametrize(
    ("text", "form", "file"),
    [
        ("md", "md", ""),
        ("HTML", "html", ""),
        ("markdown x y.txt", "md", "x y.txt"),
        ("json -", "json", "-"),
        ("notes.html", "html", "notes.html"),
        ("my notes.jsonl", "jsonl", "my notes.jsonl"),
        ('"my notes.json"', "json", "my notes.json"),
        ("md 'a b.md'", "md", "a b.md"),
        ("-", "md", "-"),
        ("folder/", "md", "folder/"),
    ],
)
def test_what_is_typed_is_understood(text: str, form: str, file: str) -> None:
    """A format, a file, or both; a file's ending says its format."""
    found, name = formats.understood(text)
    assert (found.name, name) == (form, file)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pdf", "no format pdf"),
        ("htlm", "no format htlm; did you mean html?"),
        ("x.pdf", "x.pdf: in which format?"),
        (".md", ".md: in which format?"),
    ],
)
def test_what_is_not_understood_is_told(text: str, told: str) -> None:
    """What is neither a format nor a file of one is refused."""
    with pytest.raises(BadInput) as caught:
        formats.understood(text)
    assert caught.value.message == told


@given(st.text(max_size=300))
def test_a_title_makes_a_harmless_name(title: str) -> None:
    """A file's name has letters, digits, dashes and an ending, whatever the title."""
    name = formats.file_name(Conversation(title=title, number=7), "md")
    stem = name.removesuffix(".md")
    assert stem and name.endswith(".md") and not name.startswith(("-", "."))
    assert all(c.isalnum() or c == "-" for c in stem)
    assert len(name.encode()) < 100 and Path(name).name == name


def test_names_of_files() -> None:
    """The title's words, or the conversation's number where it has none."""
    assert formats.file_name(Conversation(title="Why is ../the sky blue?"), "md") == "Why-is-the-sky-blue.md"
    assert formats.file_name(Conversation(title="…", number=7), "html") == "conversation-7.html"
    long = formats.file_name(Conversation(title="words " * 30), "md")
    assert long == "-".join(["words"] * 10) + ".md"
    assert formats.file_name(Conversation(title="空" * 50), "md") == "空" * 20 + ".md"


# ---- numbers


@given(conversations())
def test_new_numbers_change_nothing_else(conversation: Conversation) -> None:
    """A conversation with new numbers reads the same in every other format, and is in order."""
    again = archive.renumbered(conversation)
    assert archive.in_order(again)
    assert not set(archive.message_numbers(again)) & set(archive.message_numbers(conversation))
    for form in (MARKDOWN, JSONL, HTML):
        assert form.write(again) == form.write(conversation)


def test_deep_values_are_refused() -> None:
    """What is nested more deeply than a person would is refused, not recursed into."""
    deep: object = 0
    for _ in range(500):
        deep = [deep]
    with pytest.raises(BadValue, match="nested too deeply"):
        archive.mapped(deep, str)
