"""What the values on the command line mean, and what is suggested for them: as the slash commands do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chat.session.state import Session

    from ..declare import Suggest, Suggestion
    from .options import Options


def settings(given: Options) -> dict[str, Any]:
    """Return the settings that the command line asks for. Raises BadInput for a bad value."""
    from chat.base.errors import BadInput
    from chat.endpoint import embedded
    from chat.endpoint.address import EMBEDDED
    from chat.endpoint.memory import PREFERENCES
    from chat.parameters import notation

    from ..settings.assigning import look_up
    from ..settings.system import read_file

    values: dict[str, Any] = {}
    if given.base_url is not None:
        values["base_url"] = _read("base_url", given.base_url, "--base-url: ")
    if given.local is not None:
        address = f"{EMBEDDED}:{given.local}" if given.local else EMBEDDED
        values["base_url"], values["model"] = address, embedded.model_of(address)[0]
    if given.model is not None:
        values["model"] = _read("model", given.model, "-m: ")
    if given.system is not None:
        text = read_file(given.system[1:]) if given.system.startswith("@") else given.system
        values["system"] = look_up("system").kind.check(text)
    if given.format is not None:
        values["response_format"] = _format(given.format)
    for each in given.pairs:
        for parameter, typed in notation.alone(each, look_up):
            if not typed and "=" not in each:
                raise BadInput(f"-s {each} is not name=value")
            if parameter in PREFERENCES:
                raise BadInput(f"{parameter.name} is set in the shell, by /set {parameter.name} …")
            values[parameter.name] = _read(parameter.name, typed, "-s ")
    return values


def _format(text: str) -> Any:
    """Read the form that answers are asked for, as /format does. Raises TemperaError."""
    from chat.parameters import shapes
    from chat.shape import forms

    form = forms.read(text)
    shapes.check("response_format", form)
    return form


def _read(name: str, text: str, where: str) -> Any:
    """Read a typed value. Return UNSET for null. Raises BadValue, which begins with `where`."""
    from chat.base.errors import BadValue
    from chat.parameters import notation
    from chat.parameters.settings import UNSET

    from ..settings.assigning import look_up

    try:
        value = notation.read(look_up(name), text)
    except BadValue as error:
        said = error.message.partition(": ")[2] if where.endswith(": ") else error.message
        raise BadValue(f"{where}{said}", error.hint) from None
    return UNSET if value is None else value


# ---- suggestions: those of the slash commands


def profiles(session: Session, typed: str) -> Iterator[Suggestion]:
    from ..settings.profiles import names

    return names(session, typed)


def prompts(session: Session, typed: str) -> Iterator[Suggestion]:
    from ..prompts.prompt import names

    return names(session, typed)


def models(session: Session, typed: str) -> Iterator[Suggestion]:
    return _values(session, "model", typed)


def addresses(session: Session, typed: str) -> Iterator[Suggestion]:
    return _values(session, "base_url", typed)


def _values(session: Session, name: str, typed: str) -> Iterator[Suggestion]:
    from ..settings.assigning import look_up
    from ..settings.parameters import values

    return values(session, look_up(name), typed)


def pairs(session: Session, typed: str) -> Iterator[Suggestion]:
    """Read `name=value`. One pair alone may hold blanks without quotes."""
    from chat.endpoint.memory import PREFERENCES

    from ..declare import Suggestion
    from ..settings.parameters import names

    name, equals, value = typed.partition("=")
    if equals:
        found = _values(session, name, value)
        return (Suggestion(f"{name}={each.text}", each.note) for each in found)
    refused = {parameter.name for parameter in PREFERENCES}
    return (
        Suggestion(each.text + "=", each.note) for each in names(session, name) if each.text not in refused
    )


def forms(session: Session, typed: str) -> Iterator[Suggestion]:
    from ..declare import offer
    from ..settings.format import schemas

    yield from (each for each in offer(typed, (("json", "any JSON object"),)) if each.text.startswith(typed))
    yield from schemas(typed)


def any_files(session: Session, typed: str) -> Iterator[Suggestion]:
    from ..declare import Suggestion
    from ..settings.system import files

    return (Suggestion(path) for path, _ in files(typed))


def text_files(session: Session, typed: str) -> Iterator[Suggestion]:
    from ..declare import Suggestion
    from ..settings.system import files

    if typed.startswith("@"):
        yield from (Suggestion("@" + path) for path, _ in files(typed[1:]))


def model_files(session: Session, typed: str) -> Iterator[Suggestion]:
    from ..declare import Suggestion
    from ..settings.system import files

    return (Suggestion(path) for path, _ in files(typed) if path.endswith((".gguf", "/")))


# ---- suggestions for the words of `run FILE` and `eval FILE`


def words(session: Session, typed: str, before: Sequence[str] = ()) -> Iterator[Suggestion]:
    """Suggest what may follow the words `before`: nothing in a message."""
    from ..declare import offer

    if not before:
        known = (
            ("run", "the lines of a script, as if they were typed"),
            ("eval", "all cases of an evaluation"),
        )
        yield from (each for each in offer(typed, known) if each.text.startswith(typed))
    elif before[0] == "run":
        yield from any_files(session, typed)
    elif before[0] == "eval":
        yield from _of_eval(session, typed, before[1:])
    elif before == ["batch"]:
        from ..experiments.batch_words import ACTIONS

        yield from (each for each in offer(typed, ACTIONS) if each.text.startswith(typed))
    elif before in (["batch", "write"], ["batch", "read"]):
        yield from _runs_and_files(session, typed) if before[1] == "write" else any_files(session, typed)


def _of_eval(session: Session, typed: str, before: Sequence[str]) -> Iterator[Suggestion]:
    """Suggest what `eval` takes: an action or a file first, then runs or a file with rows."""
    from ..declare import offer
    from ..experiments.eval import ACTIONS, OF_RUNS, could_hold

    first = before[0] if before else ""
    kept = [*_runs(session, typed if before else "")]
    if not before:
        known = [(name.replace(" ", "-"), note) for name, note in ACTIONS if kept or name not in OF_RUNS]
        yield from (each for each in offer(typed, known) if each.text.startswith(typed))
    if first.replace("-", " ") in OF_RUNS:
        yield from kept if len(before) == 1 or first == "diff" else ()
    elif first not in ("list", "new") and len(before) <= (_FILES.get(first, 1)):
        yield from (each for each in any_files(session, typed) if could_hold(each.text))


#: How many files may follow an action, with the action itself.
_FILES = {"check": 2, "now": 2, "write": 3}


def _runs(session: Session, typed: str) -> Iterator[Suggestion]:
    """Suggest the numbers of runs that are kept, the newest first."""
    from chat.store import peek

    from ..declare import Suggestion

    for number, name in peek.newest(session.places.conversations.with_name("evaluations.db"), 20):
        if str(number).startswith(typed):
            yield Suggestion(str(number), name)


def _runs_and_files(session: Session, typed: str) -> Iterator[Suggestion]:
    yield from _runs(session, typed)
    yield from any_files(session, typed)


def _forms(session: Session, typed: str) -> Iterator[Suggestion]:
    from chat.transfer.evals_written import FORMS

    from ..declare import offer

    yield from (each for each in offer(typed, FORMS.items()) if each.text.startswith(typed))


#: What is suggested for the values of the options that only `eval` has.
OF_EVAL: dict[str, Suggest] = {
    "judge": profiles,
    "profiles": profiles,
    "prompts": prompts,
    "against": _runs_and_files,
    "form": _forms,
    **dict.fromkeys(("junit", "csv", "html", "promptfoo"), any_files),
}
