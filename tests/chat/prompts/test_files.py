"""Prompt files: written and read back, found, refused with a line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadFile, UnknownName
from chat.prompts import files
from chat.prompts.prompt import JINJA, PLAIN, Prompt, Variable, mapping, read, version
from chat.prompts.template import declared

from ...support.examples import times

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n {}:#'\"-"), max_size=30)
VARIABLES = st.builds(
    Variable,
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}", fullmatch=True),
    description=TEXT,
    default=st.none() | TEXT,
    example=st.none() | TEXT,
    required=st.booleans(),
)
MESSAGES = st.lists(
    st.builds(
        lambda role, text: {"role": role, "content": text}, st.sampled_from(("user", "assistant")), TEXT
    )
    | TEXT.map(lambda text: {"role": "user", "content": [{"type": "text", "text": text}]}),
    max_size=4,
)
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.sampled_from((0.0, 0.7, 1.0)),
        "stop": st.just(("END",)),
        "top_k": st.integers(0, 9),
        "metadata": st.just({"a": "b"}),
    },
)


@st.composite
def prompts(draw: st.DrawFn) -> Prompt:
    template = draw(st.sampled_from(("", PLAIN)))
    variables = draw(st.lists(VARIABLES, max_size=3, unique_by=lambda each: each.name)) if template else []
    return Prompt(
        draw(TEXT),
        tuple(draw(MESSAGES)),
        draw(PARAMETERS),
        tuple(variables),
        template,
        draw(st.sampled_from(("", "default"))),
        draw(TEXT),
    )


@times(0.5)
@given(prompts())
def test_what_is_written_is_read_back(prompt: Prompt) -> None:
    """A prompt comes back from its file as it was, by the same version, and the schema takes it."""
    text = files.dumped(prompt)
    assert read(json.loads(json.dumps(mapping(prompt)))) == prompt
    if prompt.system or prompt.messages:
        back = files.loads(Path("a.prompt.yaml"), text).prompt
        assert mapping(back) == mapping(declared(prompt))
        assert version(back) == version(declared(prompt))
        jsonschema.validate(mapping(back), files.json_schema())


BAD = (
    ("system: a\nsystm: b\n", 2, "did you mean system"),
    ("system: a\nparameters:\n  temperature: 9\n", 2, "temperature"),
    ("system: a\nparameters:\n  base_url: http://evil.example\n", 2, "base_url"),
    ("system: a\nparameters:\n  api_key_env: OPENAI_API_KEY\n", 2, "api_key_env"),
    ("system: a\nparameters:\n  headers: {Authorization: x}\n", 2, "headers"),
    ("system: a\nvariables:\n  b: {}\n", 2, "template: true"),
    ("system: a\ntemplate: mustache\n", 2, "jinja"),
    ("template: true\nsystem: a\nvariables:\n  1x: {}\n", 3, "1x"),
    ("template: true\nsystem: a\nvariables:\n  x: {type: date}\n", 3, "type"),
    ("template: true\nsystem: a\nvariables:\n  x: {type: integer, default: '3'}\n", 3, "integer"),
    ("template: true\nsystem: a\nvariables:\n  x: {default: 3}\n", 3, "string"),
    ("messages:\n- content: a\n", 1, "role"),
    ("messages:\n- {role: robot, content: a}\n", 1, "robot"),
    ("description: nothing else\n", None, "neither"),
    ("- a\n- b\n", 1, "mapping"),
    ("system: 3\n", 1, "text"),
    ("system: &a x\n", 1, "anchors"),
    ("template: jinja\nsystem: '{% for'\n", None, "jinja"),
)


@pytest.mark.parametrize(("text", "line", "said"), BAD)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int | None, said: str) -> None:
    """A file that holds no sound prompt is refused: which key, in which line, and the rule."""
    with pytest.raises(BadFile) as caught:
        files.loads(Path("a.prompt.yaml"), text)
    assert said in caught.value.message + caught.value.hint
    assert caught.value.line == line


def _write(path: Path, text: str = "system: hi\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_prompts_are_found_in_the_project_and_at_home(tmp_path: Path) -> None:
    """The project's folder is found upwards to the repository's root, and wins over the person's own."""
    own, repository = tmp_path / "home" / "prompts", tmp_path / "code"
    here = repository / "src" / "deep"
    here.mkdir(parents=True)
    (repository / ".git").mkdir()
    _write(own / "both.prompt.yaml", "system: own\n")
    mine = _write(own / "mine.prompt.yaml")
    _write(tmp_path / "prompts" / "outside.prompt.yaml")
    both = _write(repository / "prompts" / "both.prompt.yaml", "system: project\n")
    other = _write(repository / "prompts" / "other.prompty", "system:\nhi\n")
    _write(repository / "prompts" / "notes.txt")
    assert files.paths(own, here) == {"both": both, "mine": mine, "other": other}
    assert files.paths(own, tmp_path).keys() == {"both", "mine", "outside"}
    (tmp_path / "empty").mkdir()
    assert files.paths(own, tmp_path / "empty").keys() == {"both", "mine"}
    assert files.locate("oth", own, here) == other
    with pytest.raises(UnknownName, match="did you mean mine"):
        files.locate("mien", own, here)


def test_saving_keeps_comments_and_what_did_not_change(tmp_path: Path) -> None:
    """A prompt that is saved again changes the keys that changed; remarks and the rest stay as they were."""
    path = _write(
        tmp_path / "a.prompt.yaml", "# mine\nsystem: >\n  folded\n  text\nparameters:\n  n: 2 # two\n"
    )
    prompt = files.load(path).prompt
    changed = Prompt(prompt.system, parameters={"n": 2, "temperature": 0.5})
    files.save(path, changed)
    text = path.read_text(encoding="utf-8")
    assert "# mine" in text and "# two" in text and "  folded\n  text" in text
    assert files.load(path).prompt == changed
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / files.SCHEMA).exists()


def test_a_broken_file_is_written_anew_and_an_odd_one_refused(tmp_path: Path) -> None:
    """Saving over what can't be read makes a sound file of it; a folder or a pipe of that name is refused."""
    path = _write(tmp_path / "a.prompt.yaml", "system: [\n")
    files.save(path, Prompt("hi"))
    assert files.load(path).prompt == Prompt("hi")
    os.mkfifo(tmp_path / "b.prompt.yaml")
    with pytest.raises(BadFile, match="pipe"):
        files.save(tmp_path / "b.prompt.yaml", Prompt("hi"))
    with pytest.raises(BadFile, match="pipe"):
        files.load(tmp_path / "b.prompt.yaml")


def test_jinja_declares_what_it_names(tmp_path: Path) -> None:
    """The variables of a jinja template are found, its own names left out."""
    made = files.loads(
        Path("a.prompt.yaml"),
        "template: jinja\nsystem: '{% for x in cases %}{{ x }}{{ tone }}{% endfor %}'\n",
    ).prompt
    assert made.template == JINJA
    assert {each.name for each in made.variables} == {"cases", "tone"}


def test_the_schema_is_one() -> None:
    """What editors check by is a JSON Schema, and refuses what the reader refuses."""
    schema = files.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    bad: tuple[Any, ...] = (
        {"systm": "a"},
        {"parameters": {"base_url": "x"}},
        {"messages": [{"content": "x"}]},
    )
    for each in bad:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(each, schema)
