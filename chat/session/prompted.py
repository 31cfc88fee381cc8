"""Put a prompt in force: take it, fill it with values, make one of what is in force, keep it as a version."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..base.errors import BadInput, StoreFailed
from ..conversation.body import system_of
from ..conversation.tree import Conversation
from ..parameters.settings import PROMPT, UNSET, Settings
from ..parameters.table import ALL
from ..prompts import template
from ..prompts.loaded import LoadedPrompt
from ..prompts.prompt import REFUSED, Prompt, mapping, read, version
from ..store.prompts import PromptVersion
from .state import Session


def take(session: Session, loaded: LoadedPrompt) -> None:
    """Put a prompt in force. Its profile, parameters and system message go below what is set here later,
    and its messages begin a new conversation. What it does not name stays. Raises BadInput."""
    loaded = loaded.filled(loaded.given)
    settings = session.settings
    if loaded.prompt.profile:
        settings = session.profile_settings(loaded.prompt.profile)
    settings = settings.without_opened().without_here({"system", *loaded.prompt.parameters})
    _put(session, loaded, settings)
    if loaded.prompt.messages:
        session.begin(Conversation(head=loaded.start, title=loaded.name))


def _put(session: Session, loaded: LoadedPrompt, settings: Settings) -> None:
    values = {**loaded.prompt.parameters, "system": loaded.system or UNSET}
    name = f"prompt {loaded.title}"
    session.settings = session.with_stand_in(settings.with_layer(PROMPT, name, values))
    session.prompt = loaded


def put_in_place(session: Session, loaded: LoadedPrompt) -> None:
    """Put a prompt in force that says what is in force already. Nothing that was said changes."""
    names = {"system", *loaded.prompt.parameters}
    _put(session, loaded, session.settings.without_here(names))


def fill(session: Session, given: Mapping[str, Any]) -> bool:
    """Fill the prompt in force with these values. Return whether the conversation begins anew, which it
    does if answers followed the former values. Raises BadInput, and then all is as it was."""
    assert session.prompt is not None
    return replace_prompt(session, session.prompt.filled(given))


def replace_prompt(session: Session, loaded: LoadedPrompt) -> bool:
    """Replace the text or the values of the prompt in force. Return whether the conversation begins anew."""
    before = session.prompt
    _put(session, loaded, session.settings)
    if not loaded.prompt.messages:
        return False
    conversation = session.conversation
    went_on = before is None or conversation.head != before.start
    conversation.move(loaded.start)
    session.kept_place()
    return went_on and bool(conversation.turns)


def close(session: Session) -> None:
    """Take the prompt out of force. What was said, and what was set here, stays."""
    session.settings = session.with_stand_in(session.settings.with_layer(PROMPT, "", {}))
    session.prompt = None


def present(session: Session) -> Prompt:
    """Make a prompt of what is in force: the text, the messages, and the parameters that differ from the
    profile's. Braces in plain text stay as they are."""
    loaded, settings = session.prompt, session.settings
    prompt = loaded.prompt if loaded else Prompt()
    origin = settings.origin("system")
    if loaded is None or origin is None or origin.kind != PROMPT:
        system = system_of(settings)
        if prompt.template and template.names_in(system):
            prompt = template.quoted(replace(prompt, system=system), [v.name for v in prompt.variables])
        prompt = replace(prompt, system=system)
    if loaded is None:
        prompt = replace(prompt, messages=_messages(session))
    below = settings.of_profile()
    parameters: dict[str, Any] = {}
    for parameter in (*ALL, *settings.extras()):
        value, before = settings.get(parameter.name), below.get(parameter.name)
        part = parameter.field or parameter.name in ("bias", "instruction_role")
        if part and parameter.name not in REFUSED and value != before:
            parameters[parameter.name] = UNSET if value is None else value
    return replace(prompt, parameters=parameters)


def _messages(session: Session) -> tuple[Mapping[str, Any], ...]:
    """Return the messages so far, without a final answer."""
    head = session.branch
    if head.last and head.last.role == "assistant" and session.conversation.owner(head) is not None:
        head = head.before or head
    return tuple(message.sent() for message in head)


def declare(session: Session, names: list[str]) -> None:
    """Make a template of the text in force, with these names as variables. Raises BadInput if it holds none
    of them."""
    prompt = present(session)
    there = {name for text in template.texts_of(prompt) for name in template.names_in(text)}
    lacking = [name for name in names if name not in there]
    if lacking:
        raise BadInput(
            "there is no {{" + lacking[0] + "}} in the system message or the messages",
            "/prompt NAME loads a prompt with variables; /system and /edit change the text",
        )
    parameters = prompt.parameters
    loaded = LoadedPrompt(template.quoted(prompt, names)).filled({})
    settings = session.settings.without_here({"system", *parameters})
    _put(session, loaded, settings)
    if loaded.prompt.messages:
        session.conversation.move(loaded.start)


def set_system(session: Session, text: str) -> bool:
    """Change the system message of a template in force. Return False if there is none. Raises BadInput."""
    if session.prompt is None or not session.prompt.prompt.template:
        return False
    changed = template.declared(replace(session.prompt.prompt, system=text))
    session.settings = session.settings.without_here({"system"})
    replace_prompt(session, session.prompt.with_prompt(changed))
    return True


def take_up(session: Session) -> bool:
    """Put the prompt in force that the last answer of a conversation was made of, as that version was, with
    its values; whether there is one, and it says what is in force. Nothing said changes, and nothing set."""
    conversation = session.conversation
    answered = conversation.path()
    record = conversation.turns[answered[-1]].request.template if answered else {}
    try:
        loaded = _recorded(session, record)
    except (BadInput, StoreFailed):
        return False
    if loaded is None or not loaded.made(system_of(session.settings), session.branch):
        return False
    before = session.settings
    put_in_place(session, loaded)
    for name in ("system", *loaded.prompt.parameters):
        if session.settings.get(name) != before.get(name):
            value = before.get(name)
            now = session.settings
            session.settings = now.unset(name) if value is None else now.set(name, value)
    return True


def _recorded(session: Session, record: Mapping[str, Any]) -> LoadedPrompt | None:
    """Give the prompt that a turn names, filled as it was, its messages those of the branch. Raises
    BadInput, StoreFailed."""
    path, values = str(record.get("path") or ""), record.get("values")
    kept = session.store.prompt_versions(path) if path else []
    found = next((each for each in kept if each.version == record.get("version")), None)
    if found is None or not isinstance(values, Mapping):
        return None
    prompt = read(found.content)
    known = {each.name for each in prompt.variables}
    given = {name: value for name, value in values.items() if name in known}
    loaded = LoadedPrompt(prompt, str(record.get("name") or ""), Path(path)).filled(given)
    nodes = [node for node in session.branch.backwards() if node.length == loaded.start.length]
    same = bool(nodes) and [each.sent() for each in nodes[0]] == [each.sent() for each in loaded.start]
    return replace(loaded, start=nodes[0]) if same else loaded


def keep_version(session: Session, path: Path | str, prompt: Prompt, note: str = "") -> None:
    """Keep a version of a prompt file. Raises StoreFailed."""
    session.store.keep_prompt(PromptVersion(str(path), version(prompt), time.time(), note, mapping(prompt)))


def keep_sent(session: Session) -> None:
    """Keep the version that is in force, if the disk lets it: a turn names it."""
    loaded = session.prompt
    if loaded and loaded.path:
        with suppress(StoreFailed):
            known = session.store.prompt_versions(str(loaded.path))
            if all(each.version != loaded.version for each in known):
                keep_version(session, loaded.path, loaded.prompt, "sent, not saved")
