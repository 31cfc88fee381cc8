"""The one mutable object: what is set, what was said, and the endpoint in force.

It prints nothing and asks nothing; commands do, and then change it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..base.dataclass import dataclass
from ..base.errors import BadProfile, TemperaError
from ..base.interrupts import Interrupts, Unguarded
from ..base.places import Places
from ..base.redact import secrets_in
from ..base.short import shorten
from ..conversation.body import Carried, first_of, role_of, system_of
from ..conversation.branch import Branch
from ..conversation.folding import Consumer
from ..conversation.tree import Conversation
from ..conversation.turn import COMPLETE, FAILED, INTERRUPTED, Turn
from ..endpoint import recognise
from ..endpoint.address import Endpoint, resolve
from ..endpoint.memory import Endpoints, File, Preferences
from ..endpoint.servers import Server, Servers
from ..endpoint.target import Target
from ..parameters import profiles as profile_files
from ..parameters import references
from ..parameters.profiles import Profiles
from ..parameters.settings import COMMAND_LINE, PROFILE, PROMPT, REMEMBERED, Settings
from ..prompts.loaded import LoadedPrompt
from ..store.conversations import Store
from ..tokens import prices
from ..tokens.bias import WordTokens
from ..tokens.counting import Tokenizers
from .attached import Pending
from .changes import Setting, SettingsHistory
from .size import RequestPrompt, Sizes, prompt_of

if TYPE_CHECKING:
    from ..tools.toolbox import Toolbox


@dataclass
class Session:
    """Everything one run of the shell knows. `ephemeral`: what is learnt of endpoints is not kept."""

    places: Places
    profiles: Profiles
    settings: Settings = field(default_factory=Settings)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    store: Store = field(default_factory=lambda: Store(None), repr=False)
    conversation: Conversation = field(default_factory=Conversation, repr=False)
    typed_key: str = field(default="", repr=False)
    prompt: LoadedPrompt | None = field(default=None, repr=False)
    prefill: str = ""  # how the next answer is to begin
    waiting: Pending = field(default_factory=Pending, repr=False)  # what goes with the next message
    edited: Branch | None = field(default=None, repr=False)  # where /edit came from, while it is edited
    ephemeral: bool = False
    estimates: bool = True  # prompts are counted here also where the server tells
    warned: set[tuple[str, ...]] = field(default_factory=set, repr=False)  # of what, once a run
    interrupts: Interrupts = field(default_factory=Unguarded, repr=False)
    hears: Consumer | None = field(default=None, repr=False)  # is told of each event of a message's answer

    def __post_init__(self) -> None:
        self.tokenizers = Tokenizers(self.places.cache / "tiktoken")
        self.words = WordTokens(self.tokenizers)
        self.sizes = Sizes(self.tokenizers)
        self.endpoints = Endpoints(File(self.places.endpoints, keep=not self.ephemeral))
        self.preferences = Preferences(File(self.places.preferences))
        self.servers = Servers(prices.window)
        self._answering: Branch | None = None
        self._carries: Branch | None = None  # the message that what was waiting went with
        self.changes = SettingsHistory()
        self._unanswered: Branch | None = None
        self._meant: set[tuple[str, str]] = set()
        self._changed: list[tuple[Branch, Branch, str]] = []  # (after, before, on) of each change by hand
        self.told_of: set[tuple[str, str]] = set()  # (address, parameter) that the person was told of

    # ---- settings

    def load_profile(self, name: str) -> None:
        """Load the settings of the profile of that name, or of that unique beginning. Raises BadInput, or
        BadProfile if it is broken: then nothing is sent until another is loaded."""
        try:
            self.settings = self.profile_settings(self.profiles.find(name).name)
        except BadProfile as error:
            self.settings = self.settings.without_profile(error)
            raise
        self.prompt = None

    def profile_settings(self, name: str) -> Settings:
        """Return the settings that a profile would put in force. If the profile names its own endpoint, the
        command line's address and model no longer hold. Raises BadProfile, BadInput."""
        profile = self.profiles.exact(name)
        chain = self.profiles.chain(profile.name)
        settings = self.settings.with_profile(profile.name, chain)
        if Settings().with_profile("", chain).get("base_url") is not None:
            line = settings.layer(COMMAND_LINE)
            kept = {
                key: value
                for key, value in line.items()
                if key not in ("base_url", "model", "api_key_env", "server")
            }
            settings = settings.with_layer(COMMAND_LINE, "command line", kept)
        return self.with_stand_in(settings)

    def with_stand_in(self, settings: Settings) -> Settings:
        """Give settings with the model that was picked here for one the endpoint does not have."""
        settings = settings.with_layer(REMEMBERED, "", {})
        with contextlib.suppress(TemperaError):
            endpoint = resolve(settings, self.environ)
            model = settings.get("model")
            stand_in = self.endpoints.stand_in(endpoint, model) if model else None
            if stand_in and stand_in != model:
                return settings.with_layer(
                    REMEMBERED, f"picked here in place of {model}", {"model": stand_in}
                )
        return settings

    def unlisted(self, target: Target) -> bool:
        """Tell whether the server has listed its models, without the one that is set, and nobody has
        confirmed that one yet."""
        model = target.model
        if (target.endpoint.base_url, model) in self._meant:
            return False
        return target.server.lacks(model) and self.endpoints.stand_in(target.endpoint, model) != model

    def mean(self, target: Target) -> None:
        """Confirm that the model that is set is meant, though the server does not list it: from now on, at
        this endpoint. Raises BadFile if that can't be kept for later runs."""
        self._meant.add((target.endpoint.base_url, target.model))
        self.endpoints.remember_model(target.endpoint, target.model, target.model)

    def instead(self, target: Target, model: str) -> tuple[Settings, str]:
        """Return the settings with another model. If the present model came from the profile, the pick is
        remembered for the endpoint, and the profile's model is returned as well. Raises BadFile."""
        below = target.settings.with_layer(REMEMBERED, "", {})
        origin = below.origin("model")
        wanted = str(below.get("model") or "")
        if origin is None or origin.kind != PROFILE:
            return target.settings.set("model", model), ""
        self.endpoints.remember_model(target.endpoint, wanted, model)
        return self.with_stand_in(target.settings), wanted

    def use(self, values: Mapping[str, Any]) -> None:
        """Set values for the whole run, whatever profile is loaded: the command line's layer."""
        line = {**self.settings.layer(COMMAND_LINE), **values}
        self.settings = self.with_stand_in(self.settings.with_layer(COMMAND_LINE, "command line", line))

    @property
    def setting(self) -> Setting:
        """Return what is set now, as it is remembered for /undo set."""
        return Setting(self.settings, self.prompt)

    def put_back(self, setting: Setting) -> None:
        """Set what was set at another time."""
        self.settings, self.prompt = setting.settings, setting.prompt

    def memory_complaints(self) -> list[TemperaError]:
        """Return what is wrong with the files that the shell keeps for itself."""
        files = (self.endpoints.file, self.preferences.file)
        return [file.complaint for file in files if file.complaint]

    def reload_profiles(self) -> None:
        """Read the files again, after one of them was written."""
        self.profiles = profile_files.load(self.profiles.shipped, self.profiles.own)

    @property
    def model(self) -> str:
        return str(self.settings.get("model") or "")

    # ---- the endpoint

    @property
    def endpoint(self) -> Endpoint:
        """Return the endpoint as it is set: `embedded` stays `embedded`. Raises BadEndpoint."""
        return resolve(self.settings, self.environ, self.typed_key)

    @property
    def server(self) -> Server:
        """Return the server that the present settings lead to. Nothing is asked of it. Raises BadEndpoint."""
        return self.servers.at(self.endpoint)

    def target(self, settings: Settings | None = None) -> Target:
        """Fix where a request goes, with these settings, or with the present ones. Raises BadEndpoint."""
        settings = self.declared(self.settings if settings is None else settings)
        return Target(settings, self.servers.at(resolve(settings, self.environ, self.typed_key)))

    @cached_property
    def toolbox(self) -> Toolbox:
        """Give what answers the tools that are declared; nothing of it is loaded before it is used."""
        from ..tools.toolbox import Toolbox

        return Toolbox(self.environ)

    def declared(self, settings: Settings) -> Settings:
        """Give settings with the tools as the API has them, as far as their sources have been asked."""
        entries = settings.get("tools")
        if not references.within("tools", entries):
            return settings
        return settings.set("tools", self.toolbox.forms(entries))

    def kind_of(self, target: Target) -> str:
        """Tell what kind of server answers there: what is set, else its own word, of now or of then; "" where
        nothing tells. Nothing is asked."""
        return self._kind(target.settings, target.server)

    def _kind(self, settings: Settings, server: Server) -> str:
        said = settings.get("server")
        return str(said) if said else server.kind or self.endpoints.kind(server.endpoint)

    @property
    def server_kind(self) -> str:
        """Return the kind of the server in force; "" where nothing tells."""
        try:
            return self._kind(self.settings, self.server)
        except TemperaError:
            return ""

    def learn_kind(self, target: Target, fingerprint: str) -> None:
        """Learn from an answer what kind of server gave it, and keep that for later runs. Raises BadFile."""
        target.server.heard(fingerprint)
        kind, endpoint = target.server.kind, target.endpoint
        told = kind and not recognise.by_address(endpoint.base_url) and not endpoint.is_embedded
        if told and kind != self.endpoints.kind(endpoint):
            self.endpoints.remember_kind(endpoint, kind)

    def vocabulary(self) -> int | None:
        """Tell how many tokens the model in force knows, or None where nothing says."""
        if self.tokenizers.exact(self.model):
            return self.tokenizers.vocabulary(self.model)
        return self.server.vocabulary

    def window(self) -> int | None:
        """Return the context window of the model in force, in tokens, as far as it is known by now."""
        with contextlib.suppress(TemperaError):
            return self.server.window(self.model)
        return None

    def warm(self, target: Target) -> None:
        """Load what counts tokens, and find out what the server tells: for a thread of its own. Fails
        silently."""
        with contextlib.suppress(Exception):
            self.tokenizers.vocabulary(target.model)
        target.server.warm(target.model)

    def secrets(self) -> list[str]:
        """Return the secrets that must never be written."""
        return [*secrets_in(self.environ), self.typed_key]

    def close(self) -> None:
        if "toolbox" in self.__dict__:
            self.toolbox.close()
        self.store.close()
        self.servers.close()

    # ---- a turn

    def carried(self, branch: Branch, prefill: str = "", settings: Settings | None = None) -> Carried:
        """Return what a request for this branch carries beside its messages, with these settings, or with
        the present ones."""
        left_out = self.conversation.after
        settings = self.settings if settings is None else settings
        system, role, first = system_of(settings), role_of(settings), first_of(settings)
        if not left_out.length or not branch.goes_through(left_out):
            return Carried(system, prefill=prefill, role=role, first=first)
        return Carried(system, left_out, self.conversation.summary, prefill, role, first)

    def next_prompt(self, typed: str = "") -> RequestPrompt:
        """Return what the next request puts before the model, with this message. Raises BadEndpoint."""
        carried = self.carried(self.branch, self.prefill)
        return prompt_of(self.target(), self.branch, carried, typed, self.waiting)

    def asked(self, text: str) -> Branch:
        """Give the branch with this message, and what is waiting to go with it. The same again after an
        answer that was cut off asks again in its place."""
        message = self.waiting.message(text)
        if self._answering and self._answering.last == message:
            branch = self._answering
        else:
            branch = self.branch.append(message)
        self._carries = branch if self.waiting else None
        return branch

    def last_asked(self) -> Branch:
        """Give the message that was sent last from here, be it in vain. Raises TemperaError."""
        if (
            self._unanswered
            and self._unanswered != self.branch
            and self._unanswered.goes_through(self.branch)
        ):
            return self._unanswered
        last = self.branch.last
        if last and last.role != "assistant" and self.conversation.owner(self.branch) is None:
            return self.branch  # of a request that was opened
        return self.conversation.last_asked()

    def take(self, turn: Turn, move: bool = True) -> Turn:
        """Put a turn that is over into the conversation and into the store. With `move`, the conversation
        goes on with it."""
        turn = self.conversation.add(turn, move)
        if _went(turn):
            self.let_go(turn.request.asked)
        self.store.add_turn(self.conversation, turn, move=move)
        if self.conversation.beside(turn):
            return turn
        cut_off = turn.answer.ended == FAILED and turn.answer.answered
        self._answering = turn.request.asked if cut_off else None
        self._unanswered = turn.request.asked if move and not turn.branches else None
        return turn

    def let_go(self, asked: Branch) -> None:
        """Let what was waiting to go with a message wait no longer: the message went out."""
        if asked == self._carries:
            self.waiting, self._carries = replace(self.waiting, files=()), None

    # ---- conversations

    @property
    def branch(self) -> Branch:
        """Return the branch on which the conversation goes on."""
        return self.conversation.head

    @property
    def turns(self) -> list[Turn]:
        return self.conversation.turns

    @property
    def cost(self) -> float | None:
        return self.conversation.cost

    def begin(self, conversation: Conversation | None = None) -> None:
        """Begin a new conversation, or this one. What is set stays. A new one begins with the messages of
        the prompt in force."""
        self._answering = self._unanswered = None
        self._changed.clear()
        start = self.prompt.start if self.prompt else Branch()
        self.conversation = conversation or Conversation(head=start)

    def change(self, head: Branch) -> str:
        """Go on with messages that were changed by hand. What was there stays, under a name where nothing
        else leads back to it; the name, "" where none was needed. /undo goes back."""
        conversation, before = self.conversation, self.branch
        self._answering = self._unanswered = None
        self._changed.append((head, before, conversation.on))
        name = "" if head.goes_through(before) else conversation.keep()
        conversation.move(head)
        if not conversation.title and head.last:
            conversation.title = shorten(head.last.content)
        self.store.move_by_hand(conversation)
        return name

    def take_back(self) -> bool:
        """Go back before the last change by hand, if the conversation is where that led; whether so."""
        if not self._changed or self._changed[-1][0] != self.branch:
            return False
        _, before, on = self._changed.pop()
        self.conversation.on = ""
        self.conversation.move(before)
        if on:
            self.conversation.on = on
            self.conversation.names[on] = before
        self.store.move_by_hand(self.conversation)
        return True

    def kept_place(self) -> None:
        """Store where the conversation goes on, after a prompt moved it."""
        self._answering = self._unanswered = None
        self.store.move_head(self.conversation)

    def resume(self, conversation: Conversation, settings: bool = True) -> list[str]:
        """Go on with a conversation as it was left, with its `settings` of then. The command line still
        holds. An endpoint in these settings is the person's own, since strangers' files are imported
        without. Return what a person should know of settings that are not as they were."""
        self._answering = self._unanswered = None
        self._changed.clear()
        self.conversation, self.prompt = conversation, None
        self.settings = self.settings.with_layer(PROMPT, "", {})
        answered = conversation.path()
        if settings and answered:
            turn = conversation.turns[answered[-1]]
            profile = turn.request.profile
            restored, told = profile_files.restored(
                self.profiles, self.settings, profile, turn.request.settings
            )
            self.settings = self.with_stand_in(_without_sources(restored))
            told = [f"not taken over: {sentence}" for sentence in told]
            if restored.broken:
                told.append(restored.broken.message)
            elif restored.profile != profile and profile not in ("", Settings.profile):
                told.append(f"the profile {profile} is no longer there: what it set then is set here")
            return told
        return []


def _without_sources(settings: Settings) -> Settings:
    """Give settings that were restored without what names programs to be run: a stranger's file may."""
    entries, origin = settings.get("tools"), settings.origin("tools")
    naming = references.within("tools", entries)
    if not naming or origin is None or origin.kind == PROFILE:
        return settings
    kept = [each for each in entries if each not in naming]
    return settings.set("tools", kept) if kept else settings.unset("tools")


def _went(turn: Turn) -> bool:
    """Tell whether a message is part of the conversation now: it was answered, if only in part."""
    ended, answered = turn.answer.ended, turn.answer.answered
    return ended == COMPLETE or (ended == INTERRUPTED and answered)
