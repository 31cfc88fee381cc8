"""/set, /unset, /reset, /show, and a command for each parameter of the table."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator

from chat.base import escapes, yamlfile
from chat.base.errors import BadInput, BadProfile, BadValue, TemperaError
from chat.base.short import cut
from chat.base.tables import Column, Cut
from chat.conversation import in_effect
from chat.endpoint.address import display_url
from chat.endpoint.memory import PREFERENCES, REJECTED
from chat.parameters import shapes
from chat.parameters.declaration import Parameter
from chat.parameters.kinds import Bias, Flag, OneOf, Texts
from chat.parameters.settings import COMMAND_LINE, HERE, PROFILE, PROMPT, REMEMBERED, UNSET
from chat.parameters.structured import Headers, Json, Pairs
from chat.parameters.table import ALL, find
from chat.prompts.prompt import shown
from chat.session import overflow
from chat.session.state import Session

from ..declare import Argument, Command, Suggestion, command, offer
from ..prompts.showing import side_by_side
from ..screen import Screen


def look_up(name: str) -> Parameter:
    """A parameter, a setting or a preference, by name, alias or unique beginning."""
    return find(name, PREFERENCES)


def value_of(session: Session, parameter: Parameter) -> object:
    """What is in force, or None."""
    if parameter in PREFERENCES:
        return session.preferences.get(parameter.name)
    value: object = session.settings.get(parameter.name)
    return value


def origin_of(session: Session, parameter: Parameter) -> str:
    """Where the value in force comes from, in words."""
    layer = session.settings.origin(parameter.name)
    return layer.name if layer else "kept for every session"


def assign(session: Session, screen: Screen, parameter: Parameter, text: str) -> None:
    """Set what was typed. Raises BadValue, and then leaves the setting as it was."""
    if text == "edit" and isinstance(parameter.kind, Json | Pairs | Headers):
        text = _edited(screen, parameter, value_of(session, parameter))
    try:
        value = parameter.kind.read(text)
    except BadValue as error:
        raise BadValue(f"{parameter.name}: {error.message}", error.hint) from None
    if isinstance(parameter.kind, Json):
        shapes.check(parameter.name, value)
    if parameter.name == "logit_bias":
        check_ids(session, (token for token, _ in value))
    if value_of(session, parameter) == value:
        screen.say(f"{parameter.name} is {cut(parameter.show(value), 60)} already")
    elif parameter in PREFERENCES:
        session.preferences.set(parameter.name, value)
        screen.say(f"{parameter.name} → {parameter.show(value)}, in every session from now on")
    else:
        session.settings = session.settings.set(parameter.name, value)


def check_ids(session: Session, ids: Iterable[str]) -> None:
    """Raises BadInput for a token id that the model in force does not have, where that is known."""
    size = session.vocabulary()
    for token in ids:
        if size is not None and int(token) >= size:
            raise BadInput(f"{session.model} has tokens 0 to {size - 1}, and no #{token}")


def _edited(screen: Screen, parameter: Parameter, value: object) -> str:
    """A structure as the person leaves it in the editor, shown as YAML. Raises BadInput."""
    lines = yamlfile.dump(value) if isinstance(value, dict | list) else ""
    edited = screen.edit(f"# {parameter.name}: {parameter.kind.describe()}, in YAML or JSON\n{lines}")
    if edited is None:
        raise BadInput(f"{parameter.name} is as it was")
    return edited


def assignments(text: str) -> Iterator[tuple[Parameter, str]]:
    """(parameter, value as typed) of `name value`, `name = value` or `a=1 b=2`.

    A missing value is "". All names are looked up before anything is given out.
    """
    first, _, rest = text.partition(" ")
    if first == "parameter" and rest.strip():
        first, _, rest = rest.strip().partition(" ")
        text = f"{first} {rest}"
    if "=" not in first:
        value = rest.strip()
        return iter([(look_up(first), value[1:].strip() if value.startswith("=") else value)])
    pairs = []
    for word in escapes.split(text):
        name, equals, value = text[word.start : word.end].partition("=")
        if not equals:
            raise BadInput(
                f"{word.text} is not name=value", "/set temperature=0.7 top_p=0.9, or one: /set stop END"
            )
        parameter = look_up(name)
        if word.quoted and not isinstance(parameter.kind, Texts | Bias):  # those read quotes themselves
            value = word.text.partition("=")[2]
        pairs.append((parameter, value))
    return iter(pairs)


# ---- suggestions


def names(session: Session, typed: str) -> Iterator[Suggestion]:
    """Parameter names, with the range and what is in force."""
    known = (*ALL, *PREFERENCES)
    return offer(typed, ((each.name, _note(session, each)) for each in known))


def _note(session: Session, parameter: Parameter) -> str:
    value = value_of(session, parameter)
    now = f"now {cut(parameter.show(value), 30)}" if value is not None else "not set"
    refused = f" · not taken by {session.model}" if rejected(session, parameter.name) else ""
    return f"{parameter.kind.describe()} · {now}{refused}"


def rejected(session: Session, name: str) -> bool:
    """Whether the endpoint and model in force are known to refuse a parameter."""
    try:
        known = session.endpoints.verdict(session.endpoint, session.model, name)
    except TemperaError:
        return False
    return known is not None and known.verdict == REJECTED


def values(session: Session, parameter: Parameter, typed: str) -> Iterator[Suggestion]:
    """Values worth trying: those the kind suggests; models and profiles from where they are known."""
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
    """Give the models worth offering: those the endpoint listed, else those the profiles name."""
    listed: list[str] = []
    with contextlib.suppress(TemperaError):
        listed = [entry["id"] for entry in session.server.listed]
    models = (profile.values.get("model", UNSET) for profile in session.profiles.by_name.values())
    named = [model for model in models if model is not UNSET]
    return list(dict.fromkeys(listed or [*filter(None, [session.model]), *named]))


def _suggest_set(session: Session, typed: str) -> Iterator[Suggestion]:
    """`name`, then its value; or `name=value` pairs."""
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
    """`name=value name=value …`: for the last of them."""
    start = typed.rfind(" ") + 1
    name, equals, value = typed[start:].partition("=")
    if equals:
        parameter = look_up(name)
        found = (_one_word(parameter, each) for each in values(session, parameter, value))
        yield from _shifted(start + len(name) + 1, found)
    else:
        yield from (Suggestion(each.text + "=", each.note, start) for each in names(session, typed[start:]))


def _one_word(parameter: Parameter, suggestion: Suggestion) -> Suggestion:
    """The suggestion quoted where it holds blanks, so that it stays one value among pairs."""
    if " " not in suggestion.text or isinstance(parameter.kind, Texts | Bias):
        return suggestion
    return Suggestion(escapes.quote(suggestion.text), suggestion.note, suggestion.start)


def _shifted(start: int, suggestions: Iterable[Suggestion]) -> Iterator[Suggestion]:
    return (Suggestion(each.text, each.note, start + each.start) for each in suggestions)


def _suggest_set_names(session: Session, typed: str) -> Iterator[Suggestion]:
    return offer(typed, ((parameter.name, _note(session, parameter)) for parameter, _ in session.settings))


# ---- commands


@command(Argument("assignment", _suggest_set, optional=True, rest=True, usage="name [value]"))
def set_(session: Session, screen: Screen, text: str | None) -> None:
    """Set a parameter, or show it.

    /set temperature 0.7            one
    /set temperature=0.7 top_p=0.9  several
    /set temperature                shows it
    /set                            shows all
    """
    if text is None:
        show_all(session, screen)
        return
    before = session.settings
    try:
        for parameter, value in assignments(text):
            if value:
                assign(session, screen, parameter, value)
            else:
                describe(session, screen, parameter)
    except TemperaError:
        session.settings = before  # all of them or none
        raise


@command(Argument("names", _suggest_set_names, many=True, usage="name…"))
def unset(session: Session, screen: Screen, wanted: tuple[str, ...]) -> None:
    """No longer send a parameter, even where the profile sets it."""
    found = [look_up(name) for name in wanted]
    for parameter in found:
        if parameter in PREFERENCES:
            session.preferences.set(parameter.name, None)
            screen.say(f"{parameter.name} → {parameter.default}")
        elif session.settings.get(parameter.name) is None:
            screen.say(f"{parameter.name} was not set")
        else:
            session.settings = session.settings.unset(parameter.name)


@command()
def reset(session: Session, screen: Screen) -> None:
    """Back to the profile as it was loaded."""
    if not session.settings.changed:
        screen.say(f"nothing differs from the profile {session.settings.profile}")
    session.settings = session.settings.reset()


@command(Argument("name", names, optional=True), aliases=("params",))
def show(session: Session, screen: Screen, name: str | None) -> None:
    """Show every setting: the API's default, the layers, what is sent, what the server made of it.

    "set here" marks what the command line set by -s, and a model that was picked in place of the
    profile's. "in effect" is what the server says it used in the last turn (llama.cpp's does), or
    what a refusal or /probe has shown; for the model it is the one that the server says answered.
    "unknown" is what nothing has shown yet.
    """
    if name:
        describe(session, screen, look_up(name))
    else:
        show_all(session, screen)


def show_all(session: Session, screen: Screen) -> None:
    """The four layers, and what the server made of them."""
    effect = _effects(session)
    rows = []
    for parameter in (*ALL, *session.settings.extras()):
        value = session.settings.get(parameter.name)
        rows.append(
            (
                parameter.name,
                parameter.default if parameter.field else "",
                _layer(session, parameter, (PROFILE, PROMPT)),
                _layer(session, parameter, (REMEMBERED, COMMAND_LINE, HERE)),
                cut(parameter.show(value), 40) if value is not None and parameter.field else "—",
                effect(parameter, value),
            )
        )
    long = (Column(name, cut=Cut.LONG) for name in ("API default", "profile", "set here", "sent"))
    screen.table((Column("parameter"), *long, Column("in effect")), rows)
    screen.say(f"profile {session.settings.profile} · {where(session)}", dim=True)
    if session.prompt:
        values = session.prompt.prompt.values(session.prompt.given)
        given = ", ".join(f"{name}={cut(shown(value), 30)}" for name, value in values.items())
        screen.say(f"prompt {session.prompt.title}{' · ' + given if given else ''}", dim=True)
        side_by_side(screen, session.prompt)
    leaving = overflow.left_out(session.conversation)
    if leaving:
        screen.say(leaving, dim=True)


#: Fields whose value in effect says nothing of them while they are not set: the same limit is
#: another field's, and how the answer comes is this shell's own choice.
_OF_ANOTHER = ("max_completion_tokens", "stream")


def _layer(session: Session, parameter: Parameter, kinds: tuple[str, ...]) -> str:
    """What the highest layer of these kinds says of a parameter; -s marks the command line's."""
    for layer in reversed(session.settings.layers):
        if parameter.name in layer.values and layer.kind in kinds:
            value = layer.values[parameter.name]
            text = "unset" if value is UNSET else cut(parameter.show(value), 30)
            return {COMMAND_LINE: "-s ", REMEMBERED: "picked ", PROMPT: "prompt "}.get(layer.kind, "") + text
    return ""


def _effects(session: Session) -> Callable[[Parameter, object], str]:
    """What the endpoint and model did with a parameter last time, or are known to do with it."""
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
    """The endpoint and where its key comes from, in words; never the key."""
    try:
        endpoint = session.endpoint
    except BadProfile as error:
        return f"profile {error.name} can't be used"
    except TemperaError as error:
        return error.message
    if endpoint.is_embedded:
        return "embedded, on this machine"
    key = f"key from {endpoint.key_from}" if endpoint.key else "no key"
    return f"{display_url(endpoint.base_url)} · {key}"


def describe(session: Session, screen: Screen, parameter: Parameter) -> None:
    """One parameter: what is in force, where it comes from, and the rule."""
    value = value_of(session, parameter)
    layer = session.settings.origin(parameter.name)
    now = "not set" if value is None else parameter.show(value)
    origin = f" ({layer.name})" if layer and value is not None else ""
    screen.say(f"{parameter.name} {now}{origin}")
    default = f" The API's default is {parameter.default}." if parameter.default and parameter.field else ""
    screen.say(f"{parameter.summary} It takes {parameter.kind.describe()}.{default}", dim=True)
    if parameter.replaced_by:
        screen.say(f"Deprecated by the API in favour of {parameter.replaced_by}.", dim=True)


def parameter_command(parameter: Parameter) -> Command:
    """/temperature 0.7, made from the table; a preference that is a flag is turned over without a value."""
    kept = parameter in PREFERENCES
    flag = kept and isinstance(parameter.kind, Flag)

    def run(session: Session, screen: Screen, text: str | None) -> None:
        if text is None and flag:
            text = "false" if value_of(session, parameter) else "true"
        if text is None:
            describe(session, screen, parameter)
        else:
            assign(session, screen, parameter, text)

    def suggest(session: Session, typed: str) -> Iterator[Suggestion]:
        return values(session, parameter, typed)

    usage = "|".join(parameter.kind.words) if isinstance(parameter.kind, OneOf) else ""
    value = Argument("value", suggest, optional=True, rest=True, usage="true|false" if flag else usage)
    rule = f"It takes {parameter.kind.describe()}{'; without it, the other one' if flag else ''}."
    return Command(parameter.name, run, (value,), parameter.aliases, parameter.summary, rule, listed=kept)


def parameter_commands(taken: Iterable[str]) -> list[Command]:
    """A command for each preference, parameter and other setting, but those that have one of their own."""
    names_taken = set(taken)
    return [parameter_command(each) for each in (*PREFERENCES, *ALL) if each.name not in names_taken]
