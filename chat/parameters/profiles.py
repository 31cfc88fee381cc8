"""Profiles: named layers of settings. Two files in, layers and complaints out.

The person's own profiles win over those that ship. A profile that is broken is never replaced by
another: its name raises BadProfile, and so does whatever extends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadFile, BadInput, BadProfile, UnknownName
from . import profile_entries
from .profile_entries import Profile
from .settings import COMMAND_LINE, PROFILE, Layer, Settings
from .table import named


@dataclass(frozen=True)
class Profiles:
    """All profiles that are sound, by name, and what is wrong with the others. `complaints`: each
    fault of the files once, though several profiles may be broken by it."""

    by_name: Mapping[str, Profile] = field(default_factory=dict)
    shipped: Path = Path("profiles.yaml")
    own: Path = Path("own/profiles.yaml")
    complaints: tuple[BadFile, ...] = ()
    broken: Mapping[str, BadFile] = field(default_factory=dict)
    unread: BadFile | None = None  # why any name at all may be one of the person's

    @property
    def names(self) -> list[str]:
        return list(self.by_name)

    def exact(self, name: str) -> Profile:
        """Give the profile of that name. Raises BadProfile where it is broken, UnknownName."""
        if name in self.broken:
            raise BadProfile(name, self.broken[name])
        if name not in self.by_name and self.unread:
            raise BadProfile(name, self.unread)
        if name not in self.by_name:
            raise UnknownName("profile", name, [*self.by_name, *self.broken])
        return self.by_name[name]

    def find(self, name: str) -> Profile:
        """Give the profile of that name, or of that unique beginning. Raises BadProfile where that is
        a broken one, BadInput."""
        if name in self.by_name or name in self.broken:
            return self.exact(name)
        begun = [known for known in (*self.by_name, *self.broken) if name and known.startswith(name)]
        if len(begun) > 1:
            raise BadInput(f"{name} could be {', '.join(begun)}")
        return self.exact(begun[0] if begun else name)

    def chain(self, name: str) -> tuple[Layer, ...]:
        """Return the profile's layers, the profiles that it extends first. Raises BadProfile, BadInput."""
        layers: list[Layer] = []
        profile: Profile | None = self.find(name)
        while profile is not None:
            layers.append(Layer(PROFILE, f"profile {profile.name}", profile.values))
            profile = self.by_name[profile.extends] if profile.extends else None
        return tuple(layers[::-1])

    def is_own(self, name: str) -> bool:
        """Tell whether the person's own file has it, broken or not."""
        found = self.broken.get(name) or self.by_name.get(name)
        return found is not None and found.path == self.own


def load(shipped: Path, own: Path) -> Profiles:
    """Read both files' profiles; the person's own win over shipped ones of the same name."""
    first, second = profile_entries.read(shipped), profile_entries.read(own)
    found, broken = dict(first.profiles), dict(first.broken)
    for name, profile in second.profiles.items():
        # A profile of one's own that extends its own name builds on the shipped one below it.
        if profile.extends == name and name in found:
            below = found[name]
            merged = {**below.values, **profile.values}
            profile = Profile(name, MappingProxyType(merged), below.extends, profile.path, profile.line)
        found[name] = profile
        broken.pop(name, None)
    for name, error in second.broken.items():
        found.pop(name, None)
        broken[name] = error
    if second.unread:  # any of these may be in it
        broken.update(dict.fromkeys(found, second.unread))
        found.clear()
    faults = _unresolved(found, broken)
    return Profiles(
        MappingProxyType(found),
        shipped,
        own,
        (*first.complaints, *second.complaints, *faults),
        MappingProxyType(broken),
        second.unread,
    )


def _unresolved(found: dict[str, Profile], broken: dict[str, BadFile]) -> list[BadFile]:
    """Move profiles to the broken ones if their chain has no end, or a broken profile in it. Return the
    faults. Each profile is looked at once, so that the time grows with their number."""
    faults: list[BadFile] = []
    sound: set[str] = set()
    cause: dict[str, str] = {}  # the profile in whose own lines the fault is
    for start in list(found):
        trail: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in trail and at in found and at not in sound:
            trail[at] = None
            at = found[at].extends
        if at is None or at in sound:
            sound.update(trail)
            continue
        if not trail:
            continue
        if at in trail or at not in broken:
            last = at if at in trail else next(reversed(trail))
            faults.append(_fault(found[last], at, list(trail)))
            broken[last] = faults[-1]
            at = last
        root = cause.get(at, at)
        for name in reversed(trail):
            profile = found.pop(name)
            if name not in broken:
                problem = f"{name}: extends {root}, which is broken: {broken[root].message}"
                if profile.extends != root:
                    problem = f"{name}: builds on {root}, which is broken: {broken[root].message}"
                broken[name] = BadFile(profile.path, problem, profile.line)
            cause[name] = root
    return faults


def _fault(profile: Profile, to: str, trail: list[str]) -> BadFile:
    """Say why a chain has no end: it goes `to` nothing, or back to one that it has been at."""
    if to not in trail:
        problem = f"{profile.name}: extends {to}, which is not a profile that loads"
    else:
        circle = [*trail[trail.index(to) :], to]
        way = circle if len(circle) < 9 else [*circle[:4], "…", *circle[-3:]]
        problem = f"{profile.name}: extends goes in a circle: {' → '.join(way)}"
    return BadFile(profile.path, problem, profile.line)


def restored(
    profiles: Profiles, now: Settings, profile: str, values: Mapping[str, Any], exactly: bool = False
) -> tuple[Settings, list[str]]:
    """Restore settings as they were in force once: that profile, if it still exists, with what differed
    from it set here. The command line still decides what it names, unless they are wanted `exactly`. Values
    that are no longer sound are left out and named in the list. If the profile is broken now, nothing can
    be sent with these settings."""
    settings = now.reset()
    try:
        found = profiles.exact(profile)
        settings = now.with_profile(found.name, profiles.chain(found.name))
    except BadProfile as error:
        settings = settings.without_profile(error)
    except BadInput:
        pass  # the values are all there
    wanted: dict[str, Any] = {}
    left_out: list[str] = []
    for name, value in values.items():
        try:
            parameter = named(name)
            wanted[parameter.name] = parameter.kind.check(value)
        except BadInput as error:
            left_out.append(f"{name}: {error.message}")
    fixed = {} if exactly else settings.layer(COMMAND_LINE)
    for name in {*wanted, *(parameter.name for parameter, _ in settings)} - set(fixed):
        if settings.get(name) != wanted.get(name):
            settings = settings.set(name, wanted[name]) if name in wanted else settings.unset(name)
    return settings, left_out
