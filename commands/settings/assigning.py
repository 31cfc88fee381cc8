"""Setting what is typed for a parameter: looked up, read, checked, and kept where it belongs."""

from __future__ import annotations

from collections.abc import Iterable

from chat.base import yamlfile
from chat.base.errors import BadInput, TemperaError
from chat.base.short import cut
from chat.endpoint.memory import PREFERENCES
from chat.parameters import notation, references, shapes
from chat.parameters.declaration import Parameter
from chat.parameters.structured import Headers, Json, Pairs
from chat.parameters.table import find
from chat.session.state import Session

from ..screen import Screen

#: Models of a list that a person is asked to pick from, where a name is near several.
_NEAR = 30


def look_up(name: str, typed: str = "") -> Parameter:
    """Find a parameter, a setting or a preference, by name, alias or unique beginning. Raises BadInput,
    which names a near one only if it could take what was `typed`."""
    return find(name, PREFERENCES, lambda parameter: notation.takes(parameter, typed))


def value_of(session: Session, parameter: Parameter) -> object:
    """Return the value in force, or None."""
    if parameter in PREFERENCES:
        return session.preferences.get(parameter.name)
    value: object = session.settings.get(parameter.name)
    return value


def origin_of(session: Session, parameter: Parameter) -> str:
    """Tell where the value in force comes from, in words."""
    layer = session.settings.origin(parameter.name)
    return layer.name if layer else "kept for every session"


def assign(session: Session, screen: Screen, parameter: Parameter, text: str) -> None:
    """Set what was typed, or unset for null. Raises BadValue, and then leaves the setting as it was."""
    if text == "edit" and isinstance(parameter.kind, Json | Pairs | Headers):
        text = _edited(screen, parameter, value_of(session, parameter))
    value = notation.read(parameter, text)
    if value is None:
        take_back(session, screen, parameter)
        return
    if isinstance(parameter.kind, Json):
        naming = references.within(parameter.name, value)
        shapes.check(parameter.name, [each for each in value if each not in naming] if naming else value)
    if parameter.name == "logit_bias":
        check_ids(session, (token for token, _ in value))
    if parameter.name == "model":
        value = listed_model(session, screen, value)
    if value_of(session, parameter) == value:
        screen.say(f"{parameter.name} is {cut(parameter.show(value), 60)} already")
    elif parameter in PREFERENCES:
        session.preferences.set(parameter.name, value)
        screen.say(f"{parameter.name} → {parameter.show(value)}, in every session from now on")
    else:
        session.settings = session.settings.set(parameter.name, value)


def take_back(session: Session, screen: Screen, parameter: Parameter) -> None:
    """Let a parameter no longer be sent."""
    if parameter in PREFERENCES:
        session.preferences.set(parameter.name, None)
        screen.say(f"{parameter.name} → {parameter.default}")
    elif session.settings.get(parameter.name) is None:
        screen.say(f"{parameter.name} was not set")
    else:
        session.settings = session.settings.unset(parameter.name)


def assign_all(session: Session, screen: Screen, pairs: Iterable[tuple[Parameter, str]]) -> None:
    """Set what was typed for each, all of them or none. Describe the one that has no value. Raises
    TemperaError."""
    before = session.settings
    try:
        for parameter, typed in pairs:
            if typed:
                assign(session, screen, parameter, typed)
            else:
                describe(session, screen, parameter)
    except TemperaError:
        session.settings = before
        raise


def listed_model(session: Session, screen: Screen, name: str) -> str:
    """Return the model that a name means: the name itself if the server lists it or nothing near it, else
    the listed one whose name holds it. The person picks if there are several."""
    try:
        near = session.server.named_like(name)
    except TemperaError:
        return name
    if len(near) > 1 and screen.scripted:
        raise BadInput(f"the server lists no {name}", f"it has {', '.join(near[:5])}: say which")
    if len(near) < 2 or not screen.interactive:
        return near[0] if len(near) == 1 else name
    screen.say(f"the server lists no {name}, which is taken as it stands where none of these is meant:")
    index = screen.choose("which model?", near[:_NEAR])
    return name if index is None else near[index]


def check_ids(session: Session, ids: Iterable[str]) -> None:
    """Raise BadInput for a token id that the model in force is known not to have."""
    size = session.vocabulary()
    for token in ids:
        if size is not None and int(token) >= size:
            raise BadInput(f"{session.model} has tokens 0 to {size - 1}, and no #{token}")


def _edited(screen: Screen, parameter: Parameter, value: object) -> str:
    """Give a structure as the person leaves it in the editor, shown as YAML. Raises BadInput where they
    leave nothing."""
    lines = yamlfile.dump(value) if isinstance(value, dict | list) else ""
    edited = screen.edit(f"# {parameter.name}: {parameter.kind.describe()}, in YAML or JSON\n{lines}")
    if edited is None or all(line.lstrip().startswith("#") for line in edited.splitlines() if line.strip()):
        raise BadInput(f"{parameter.name} is as it was")
    return edited


def assignments(text: str) -> list[tuple[Parameter, str]]:
    """Split what is typed into parameters and their values, by chat.parameters.notation. Raises BadInput
    before it yields anything."""
    word, _, rest = text.strip().partition(" ")
    return notation.pairs(rest if word == "parameter" and rest.strip() else text, look_up)


def own(parameter: Parameter, text: str) -> list[tuple[Parameter, str]]:
    """Split what is typed after a parameter's own command: its value, and any pairs that follow."""
    joined = "" if text[:1] in ("=", ":") else " "
    return notation.pairs(f"{parameter.name}{joined}{text}", look_up)


def describe(session: Session, screen: Screen, parameter: Parameter) -> None:
    """Describe one parameter: its value in force, where that comes from, and the rule."""
    value = value_of(session, parameter)
    layer = session.settings.origin(parameter.name)
    now = "not set" if value is None else parameter.show(value)
    origin = f" ({layer.name})" if layer and value is not None else ""
    screen.say(f"{parameter.name} {now}{origin}")
    default = f" The API's default is {parameter.default}." if parameter.default and parameter.field else ""
    screen.say(f"{parameter.summary} It takes {parameter.kind.describe()}.{default}", dim=True)
    if parameter.replaced_by:
        screen.say(f"Deprecated by the API in favour of {parameter.replaced_by}.", dim=True)
