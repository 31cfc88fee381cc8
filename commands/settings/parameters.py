"""/set, /unset, /reset, /show, and a command for each parameter of the table."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping

from chat.base import escapes
from chat.base.errors import BadProfile, TemperaError
from chat.base.short import cut, several
from chat.base.tables import Cut, TableColumn
from chat.conversation import in_effect
from chat.endpoint.address import display_url
from chat.endpoint.memory import PREFERENCES, REJECTED
from chat.parameters import notation
from chat.parameters.declaration import Parameter
from chat.parameters.kinds import Flag, OneOf, Texts
from chat.parameters.server_kinds import title
from chat.parameters.settings import COMMAND_LINE, HERE, PROFILE, PROMPT, REMEMBERED, UNSET
from chat.parameters.table import ALL
from chat.parameters.weights import Bias
from chat.prompts.prompt import shown
from chat.session import overflow
from chat.session.state import Session

from ..declare import Argument, Command, Suggestion, command, offer
from ..prompts.showing import side_by_side
from ..screen import Screen
from .assigning import (
    assign_all,
    assignments,
    describe,
    look_up,
    own,
    take_back,
    value_of,
)
from .dialects import server_defaults

# ---- suggestions


def names(session: Session, typed: str) -> Iterator[Suggestion]:
    """Suggest parameter names, each with its range and its value in force."""
    kind = session.server_kind
    known = (*ALL, *PREFERENCES)
    near = [each for each in known if not each.servers or each.taker(kind)]
    begun = [each for each in near if each.name.startswith(typed.lower())]
    return offer(typed, ((each.name, _note(session, each)) for each in (near if begun else known)))


def _note(session: Session, parameter: Parameter) -> str:
    value = value_of(session, parameter)
    now = f"now {cut(parameter.show(value), 30)}" if value is not None else "not set"
    refused = f" · not taken by {session.model}" if rejected(session, parameter.name) else ""
    return f"{parameter.kind.describe()} · {now}{refused}"


def rejected(session: Session, name: str) -> bool:
    """Tell whether the endpoint and model in force are known to refuse a parameter."""
    try:
        known = session.endpoints.verdict(session.endpoint, session.model, name)
    except TemperaError:
        return False
    return known is not None and known.verdict == REJECTED


def values(session: Session, parameter: Parameter, typed: str) -> Iterator[Suggestion]:
    """Suggest values worth trying: those of the kind; models and profiles from where they are known."""
    suggested: Iterable[str] = parameter.kind.suggest()
    if parameter.name == "model":
        suggested = model_names(session)
    elif parameter.name == "base_url":
        suggested = ("embedded",)
    elif parameter.name == "api_key_env":
        suggested = sorted(name for name in session.environ if name.endswith("_API_KEY"))
    current = value_of(session, parameter)
    now = None if current is None else parameter.show(current)
    return offer(typed, ((each, "now" if each == now else _about(parameter, each)) for each in suggested))


def _about(parameter: Parameter, text: str) -> str:
    return "the API's default" if parameter.default and text == parameter.default else ""


def model_names(session: Session) -> list[str]:
    """List the models worth offering: those that the endpoint listed, else those that the profiles name."""
    listed: list[str] = []
    with contextlib.suppress(TemperaError):
        listed = [entry["id"] for entry in session.server.listed]
    models = (profile.values.get("model", UNSET) for profile in session.profiles.by_name.values())
    named = [model for model in models if model is not UNSET]
    return list(dict.fromkeys(listed or [*filter(None, [session.model]), *named]))


def _suggest_set(session: Session, typed: str) -> Iterator[Suggestion]:
    """Suggest a name, then its value; or `name=value` pairs."""
    offset = len("parameter ") if typed.startswith("parameter ") else 0
    text = typed[offset:]
    if " " not in text and "=" not in text:
        yield from _shifted(offset, names(session, text))
        return
    first = text.split(" ", 1)[0]
    if "=" in first:
        yield from _shifted(offset, suggest_pairs(session, text))
        return
    value = text[len(first) :].lstrip()
    yield from _shifted(offset + len(text) - len(value), values(session, look_up(first), value))


def suggest_pairs(session: Session, typed: str) -> Iterator[Suggestion]:
    """Suggest for the last pair of `name=value name=value …`."""
    start = typed.rfind(" ") + 1
    name, equals, value = typed[start:].partition("=")
    if equals:
        parameter = look_up(name)
        found = (_one_word(parameter, each) for each in values(session, parameter, value))
        yield from _shifted(start + len(name) + 1, found)
    else:
        yield from (Suggestion(each.text + "=", each.note, start) for each in names(session, typed[start:]))


def _one_word(parameter: Parameter, suggestion: Suggestion) -> Suggestion:
    """Return the suggestion, in quotes if it holds blanks, so that it stays one value among pairs."""
    if " " not in suggestion.text or isinstance(parameter.kind, Texts | Bias):
        return suggestion
    return Suggestion(escapes.quote(suggestion.text), suggestion.note, suggestion.start)


def _shifted(start: int, suggestions: Iterable[Suggestion]) -> Iterator[Suggestion]:
    return (Suggestion(each.text, each.note, start + each.start) for each in suggestions)


def _suggest_set_names(session: Session, typed: str) -> Iterator[Suggestion]:
    found = [(parameter.name, _note(session, parameter)) for parameter, _ in session.settings]
    return offer(typed, [*found, ("all", "but the model")] if len(found) > 1 else found)


# ---- commands


@command(Argument("assignment", _suggest_set, optional=True, rest=True, usage="name [value]"))
def set_(session: Session, screen: Screen, text: str | None) -> None:
    """Set a parameter, or show it.

    /set temperature 0.7            one
    /set temperature=0.7 top_p=0.9  several; temperature: 0.7, or "temperature": 0.7, will do, too
    /set {"temperature": 0.7, "stop": ["x"]}    as the API has it; null is not set
    /set temperature                shows it
    /set                            shows what is set
    """
    if text is None:
        show_settings(session, screen)
        return
    assign_all(session, screen, assignments(text))


@command(Argument("names", _suggest_set_names, many=True, usage="name…"))
def unset(session: Session, screen: Screen, wanted: tuple[str, ...]) -> None:
    """No longer send a parameter, even where the profile sets it.

    /unset all      nothing is set of a request, the system message and bias included; where it goes stays
    """
    if "all" in wanted:
        for parameter, _ in session.settings:
            part = parameter.field or parameter.name in ("system", "bias", "instruction_role")
            if part and parameter.name != "model":
                session.settings = session.settings.unset(parameter.name)
        return
    for parameter in [look_up(name) for name in wanted]:
        take_back(session, screen, parameter)


@command()
def reset(session: Session, screen: Screen) -> None:
    """Go back to the profile as it was loaded."""
    if not session.settings.changed:
        screen.say("the conversation goes on; /clear begins a new one", dim=True)
        screen.say(f"nothing differs from the profile {session.settings.profile}")
    session.settings = session.settings.reset()


def _suggest_show(session: Session, typed: str) -> Iterator[Suggestion]:
    yield from names(session, typed)
    yield from (
        each for each in offer(typed, [("all", "what is not set, too")]) if each.text.startswith(typed)
    )


@command(Argument("name", _suggest_show, optional=True), aliases=("params", "parameters"))
def show(session: Session, screen: Screen, name: str | None) -> None:
    """Show what is set: the default, the layers, what is sent, what the server made of it.

    /show all has every parameter that is OpenAI's or known to be this server's. The default is the
    API's, or the server's own where it tells it (llama.cpp's does). "set here" marks what the command
    line set by -s, and a model that was picked in place of the profile's. "in effect" is what the server
    says it used in the last turn (llama.cpp's does), or what a refusal or /probe has shown; for the model
    it is the one that the server says answered. "unknown" is what nothing has shown yet.
    """
    if name and name.lower() != "all":
        describe(session, screen, look_up(name))
    else:
        show_settings(session, screen, every=name is not None)


def show_settings(session: Session, screen: Screen, every: bool = False) -> None:
    """Show the four layers of all parameters that some layer names, or of `every` parameter, and what the
    server made of them."""
    effect = _effects(session)
    kind, theirs = session.server_kind, server_defaults(session)
    known = [
        each for each in ALL if not each.servers or each.taker(kind) or session.settings.origin(each.name)
    ]
    known += session.settings.extras()
    listed = [each for each in known if every or session.settings.origin(each.name)]
    rows = []
    sent = session.declared(session.settings)
    for parameter in listed:
        value = sent.get(parameter.name)
        rows.append(
            (
                parameter.name,
                default_of(parameter, theirs),
                _layer(session, parameter, (PROFILE, PROMPT)),
                _layer(session, parameter, (REMEMBERED, COMMAND_LINE, HERE)),
                cut(parameter.show(value), 40) if value is not None and parameter.field else "—",
                effect(parameter, value),
            )
        )
    long = (TableColumn(name, cut=Cut.LONG) for name in ("default", "profile", "set here", "sent"))
    screen.table((TableColumn("parameter"), *long, TableColumn("in effect")), rows)
    if any(row[1].endswith(_THEIRS) for row in rows):
        screen.say(f"{_THEIRS} server's default, by its own word", dim=True)
    if len(listed) < len(known):
        screen.say(f"{several(len(known) - len(listed), 'parameter')} not set: /show all", dim=True)
    screen.say(f"profile {session.settings.profile} · {where(session)}", dim=True)
    if session.prompt:
        values = session.prompt.prompt.values(session.prompt.given)
        given = ", ".join(f"{name}={cut(shown(value), 30)}" for name, value in values.items())
        screen.say(f"prompt {session.prompt.title}{' · ' + given if given else ''}", dim=True)
        side_by_side(screen, session.prompt)
    leaving = overflow.left_out(session.conversation)
    if leaving:
        screen.say(leaving, dim=True)


def default_of(parameter: Parameter, theirs: Mapping[str, object]) -> str:
    """Give what is taken where a parameter is not sent: by the server's own word, of which `theirs` is all
    that is known, else the API's."""
    if not parameter.field:
        return ""
    own = None if parameter.name in _OF_ANOTHER else in_effect.in_effect(parameter.name, theirs)
    return parameter.default if own is None else f"{cut(in_effect.written(own), 24)}{_THEIRS}"


#: What marks a default that the server itself tells.
_THEIRS = "*"


#: Fields whose value in effect says nothing of them while they are not set: the same limit is
#: another field's, and how the answer comes is this shell's own choice.
_OF_ANOTHER = ("max_completion_tokens", "stream")


def _layer(session: Session, parameter: Parameter, kinds: tuple[str, ...]) -> str:
    """Return what the highest layer of these kinds says of a parameter. -s marks the command line's."""
    for layer in reversed(session.settings.layers):
        if parameter.name in layer.values and layer.kind in kinds:
            value = layer.values[parameter.name]
            text = "unset" if value is UNSET else cut(parameter.show(value), 30)
            return {COMMAND_LINE: "-s ", REMEMBERED: "picked ", PROMPT: "prompt "}.get(layer.kind, "") + text
    return ""


def _effects(session: Session) -> Callable[[Parameter, object], str]:
    """Return what the endpoint and model did with a parameter last time, or are known to do with it."""
    told = [turn for turn in reversed(session.turns) if not session.conversation.hides(turn)]
    last = next((turn for turn in told if turn.answer.effective), None)
    asked = (turn.answer.model for turn in told if turn.request.model == session.model)
    answered = cut(next(asked, ""), 40)
    try:
        verdicts = session.endpoints.verdicts(session.endpoint, session.model)
        defaults = session.server.defaults()
    except TemperaError:
        verdicts, defaults = {}, None

    def effect(parameter: Parameter, value: object) -> str:
        if not parameter.field:
            return ""
        if parameter.name == "model":
            return answered or "unknown"
        known = verdicts.get(parameter.name)
        now = in_effect.in_effect(parameter.name, last.answer.effective if last else defaults)
        if value is None and parameter.name in _OF_ANOTHER:
            now = None
        if known and (known.verdict == REJECTED or now is None):
            return known.verdict
        if now is not None:
            return cut(in_effect.written(now), 24)
        return "unknown" if value is not None else ""

    return effect


def where(session: Session) -> str:
    """Give the endpoint and where its key comes from, in words; never the key."""
    try:
        endpoint = session.endpoint
    except BadProfile as error:
        return f"profile {error.name} can't be used"
    except TemperaError as error:
        return error.message
    if endpoint.is_embedded:
        return "embedded llama.cpp, on this machine"
    key = f"key from {endpoint.key_from}" if endpoint.key else "no key"
    kind = "" if endpoint.is_openai else session.server_kind
    return " · ".join(filter(None, (display_url(endpoint.base_url), title(kind), key)))


def parameter_command(parameter: Parameter) -> Command:
    """Make a command for one parameter, such as /temperature 0.7. A preference that is a flag is toggled if
    no value is typed."""
    kept = parameter in PREFERENCES
    flag = kept and isinstance(parameter.kind, Flag)

    def run(session: Session, screen: Screen, text: str | None) -> None:
        if text is None and flag:
            text = "false" if value_of(session, parameter) else "true"
        if text is None:
            describe(session, screen, parameter)
        else:
            assign_all(session, screen, own(parameter, text))

    def suggest(session: Session, typed: str) -> Iterator[Suggestion]:
        return values(session, parameter, typed)

    usage = "|".join(parameter.kind.words) if isinstance(parameter.kind, OneOf) else ""
    value = Argument("value", suggest, optional=True, rest=True, usage="true|false" if flag else usage)
    rule = f"It takes {parameter.kind.describe()}{'; without it, the other one' if flag else ''}."
    return Command(
        parameter.name,
        run,
        (value,),
        parameter.aliases,
        parameter.summary,
        rule,
        listed=kept,
        takes=lambda text: notation.takes(parameter, text),
        servers=tuple(each.server for each in parameter.servers),
    )


def parameter_commands(taken: Iterable[str]) -> list[Command]:
    """Give a command for each preference, parameter and other setting, but those that have one of their
    own."""
    names_taken = set(taken)
    return [parameter_command(each) for each in (*PREFERENCES, *ALL) if each.name not in names_taken]
