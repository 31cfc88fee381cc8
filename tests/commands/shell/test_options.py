"""The command line of the shell: what is asked for, and what is refused before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chat.base.errors import BadFile, BadInput, BadValue, UnknownName
from chat.parameters.settings import UNSET
from commands.shell.option_values import settings
from commands.shell.options import DEFAULT_PROFILE, parse


@pytest.mark.parametrize(
    ("argv", "asked"),
    [
        ([], {}),
        (["hello"], {}),
        (["-p", "haiku"], {}),
        (["-m", "gpt-4o", "hi"], {"model": "gpt-4o"}),
        (["-s", "temp=0.2", "-s", "stop=\\n"], {"temperature": 0.2, "stop": ("\n",)}),
        (["-s", "seed=1", "--set", "seed=2"], {"seed": 2}),
        (["-s", "min_p=0.1", "-s", "extra.tfs_z=1"], {"min_p": 0.1, "extra.tfs_z": 1}),
        (["-s", 'stop=["."]'], {"stop": (".",)}),
        (["-s", 'stop=["\\n","User:"]'], {"stop": ("\n", "User:")}),
        (["-s", 'logit_bias={"1734":-100}'], {"logit_bias": (("1734", -100),)}),
        (["-s", '{"temperature":0.3,"stop":["x"]}'], {"temperature": 0.3, "stop": ("x",)}),
        (["-s", "temperature: 0.3"], {"temperature": 0.3}),
        (["-s", "temp 0.5 top_p 0.5"], {"temperature": 0.5, "top_p": 0.5}),
        (["-s", "system=Use n=2 and seed=1"], {"system": "Use n=2 and seed=1"}),
        (["-s", "stop=null"], {"stop": UNSET}),
        (["-s", "stream=false"], {"stream": False}),
        (["--format", "json"], {"response_format": {"type": "json_object"}}),
        (["--system", "Be kind"], {"system": "Be kind"}),
        (["--system", ""], {"system": ""}),
        (["--base-url", "http://localhost:1/v1"], {"base_url": "http://localhost:1/v1"}),
        (["--local"], {"base_url": "embedded", "model": "SmolLM2-135M-Instruct"}),
        (["--local", "why?"], {"base_url": "embedded", "model": "SmolLM2-135M-Instruct"}),
        (["--local", "dir/my.gguf", "why?"], {"base_url": "embedded:dir/my.gguf", "model": "my"}),
    ],
)
def test_what_is_set(argv: list[str], asked: dict[str, Any]) -> None:
    """Each option becomes a setting of the whole run, under the API's own name and checked."""
    assert settings(parse(argv)) == asked


@pytest.mark.parametrize(
    ("argv", "asked"),
    [
        ([], ("", DEFAULT_PROFILE, False, False)),
        (["two", "words"], ("two words", DEFAULT_PROFILE, False, False)),
        (["/set temperature 2"], ("/set temperature 2", DEFAULT_PROFILE, False, False)),
        (["-p", "haiku"], ("", "haiku", False, False)),
        (["--local", "why?"], ("why?", DEFAULT_PROFILE, False, False)),
        (["--debug"], ("", DEFAULT_PROFILE, True, False)),
        (["--plain", "hi"], ("hi", DEFAULT_PROFILE, False, True)),
    ],
)
def test_what_is_asked_for(argv: list[str], asked: tuple[str, str, bool, bool]) -> None:
    """The message, the profile to begin with, and how the run behaves."""
    given = parse(argv)
    assert (given.message, given.profile, given.debug, given.plain) == asked


def test_the_model_that_is_named_wins_over_that_of_local() -> None:
    """-m beside --local names the model that is asked for."""
    assert settings(parse(["--local", "-m", "mine"]))["model"] == "mine"


def test_the_system_message_of_a_file(tmp_path: Path) -> None:
    """--system @FILE takes the file's text."""
    (tmp_path / "p.txt").write_text("From a file\n")
    assert settings(parse(["--system", f"@{tmp_path / 'p.txt'}"])) == {"system": "From a file"}


@pytest.mark.parametrize(
    ("argv", "kind", "told"),
    [
        (["-s", "temperature=3"], BadValue, "-s temperature: 3.0 is not a number from 0 to 2"),
        (["-s", "temprature=1"], UnknownName, "no parameter temprature; did you mean temperature?"),
        (["-s", "temperature"], BadInput, "-s temperature is not name=value"),
        (["-s", "editing_mode=vi"], BadInput, "editing_mode is set in the shell, by /set editing_mode …"),
        (["-m", "two words"], BadValue, "-m: two words is not a model's name"),
        (["-m", ""], BadValue, "-m: an empty text is not a model's name"),
        (
            ["--base-url", "ftp://x"],
            BadValue,
            "--base-url: that is not an address: ftp:// is not spoken here, http:// and https:// are",
        ),
        (["--system", "@/no/such/file"], BadFile, "/no/such/file: there is no such file"),
    ],
)
def test_a_bad_value_names_the_option_and_the_rule(argv: list[str], kind: Any, told: str) -> None:
    """What can't be taken is refused in the words of the shell."""
    with pytest.raises(kind) as refused:
        settings(parse(argv))
    assert refused.value.message == told


@pytest.mark.parametrize("argv", [["--nothing-such"], ["-s"], ["-p"]])
def test_bad_usage_ends_with_status_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """An option that there is not, or that misses its value, shows the usage on stderr and ends with 2."""
    with pytest.raises(SystemExit) as ended:
        parse(argv)
    assert ended.value.code == 2
    shown = capsys.readouterr()
    assert "usage: python shell.py" in shown.err and not shown.out


@pytest.mark.parametrize("option", ["--key", "--api-key", "-k", "--token"])
def test_a_key_has_no_option(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No option takes a key: a command line is seen by everybody on the machine."""
    with pytest.raises(SystemExit) as ended:
        parse([option, "sk-x"])
    assert ended.value.code == 2


def test_a_key_is_no_setting_either() -> None:
    """api_key_env takes the name of a variable, and refuses what looks like a key."""
    with pytest.raises(BadValue, match="the name of an environment variable, not a key"):
        settings(parse(["-s", "api_key_env=sk-proj-0123456789"]))


@pytest.mark.parametrize(
    ("argv", "message", "literal"),
    [
        (["/show"], "/show", False),
        (["--", "/show"], "/show", True),
        (["-m", "x", "--", "/show", "me"], "/show me", True),
        (["/show", "--", "me"], "/show me", False),
        (["hi", "--"], "hi", False),
    ],
)
def test_behind_two_dashes_a_message_is_taken_as_it_stands(
    argv: list[str], message: str, literal: bool
) -> None:
    """What stands behind -- is no command of the shell's, and only that."""
    given = parse(argv)
    assert (given.message, given.literal) == (message, literal)


@pytest.mark.parametrize(
    ("argv", "way"),
    [
        (["--temperature", "0.5", "hi"], "-s temperature=VALUE"),
        (["--max-tokens=5"], "-s max_tokens=VALUE"),
        (["--top_p", "1"], "-s top_p=VALUE"),
        (["--no-such-thing"], ""),
    ],
)
def test_options_of_other_programs_name_the_way(
    capsys: pytest.CaptureFixture[str], argv: list[str], way: str
) -> None:
    """An option that is a parameter's, as OpenAI's own command line has it, is refused with how it is set."""
    with pytest.raises(SystemExit) as ended:
        parse(argv)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert way in said and ("a parameter is set by" in said) == bool(way)


def test_a_format_may_be_a_schema(tmp_path: Path) -> None:
    """A file's schema is wrapped as /format does it; what is neither a word nor a file is refused."""
    path = tmp_path / "cat.json"
    path.write_text('{"type": "object"}')
    form = {"type": "json_schema", "json_schema": {"name": "cat", "schema": {"type": "object"}}}
    assert settings(parse(["--format", str(path)])) == {"response_format": form}
    with pytest.raises(BadInput, match="xml is not a form"):
        settings(parse(["--format", "xml"]))


@pytest.mark.parametrize(
    ("argv", "script", "message"),
    [
        (["run", "f"], ("f",), ""),
        (["run", "f", "a", "b c"], ("f", "a", "b c"), ""),
        (["run", "f", "--json", "a"], ("f", "a"), ""),
        (["--json", "run", "f"], ("f",), ""),
        (["-m", "x", "--local", "run", "f"], ("f",), ""),
        (["run", "f", "--", "--json", "-x"], ("f", "--json", "-x"), ""),
        (["-"], ("-",), ""),
        (["-", "a"], ("-", "a"), ""),
        (["run", "-"], ("-",), ""),
        (["--", "run", "fast"], (), "run fast"),
        (["run fast"], (), "run fast"),
        (["--", "-"], (), "-"),
        (["- one\n- two"], (), "- one\n- two"),
        (["why", "run", "f"], (), "why run f"),
        (["why", "--json", "is", "--local", "it"], (), "why is it"),
    ],
)
def test_run_and_a_dash_begin_a_script(argv: list[str], script: tuple[str, ...], message: str) -> None:
    """`run FILE` and `-` do a script with its arguments; behind --, and within a message, they are words."""
    given = parse(argv)
    assert (given.script, given.message) == (script, message)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["run"], "run takes a FILE"),
        (["run", "f", "--prompt", "p"], "not by options"),
        (["-c", "hi", "--open", "f"], "not by options"),
        (["-c", "hi", "run", "f"], "not run together"),
        (["--yes", "hi"], "are for scripts"),
        (["--keep-going"], "are for scripts"),
    ],
)
def test_what_goes_with_no_script_is_refused(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Options that would mean nothing end the program with 2, and say so."""
    with pytest.raises(SystemExit, match="2"):
        parse(argv)
    assert said in capsys.readouterr().err


def test_lines_are_kept_in_their_order() -> None:
    """-c may be repeated, and have a message beside it."""
    given = parse(["-c", "/set seed 1; hi", "-c", "there", "and", "this"])
    assert given.lines == ("/set seed 1; hi", "there") and given.message == "and this"
