"""How many examples a property is held against: what the profile in force says, or a multiple of it.

A fixed number in a test would defeat the profiles (see tests/conftest.py), so none stands there.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

#: What says nothing about the code: how long an example takes, and how many are thrown away.
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)

#: `quick` is for the person who writes the code; CI takes the same examples each time, since what new ones
#: find has nothing to do with the change at hand; the nightly run looks further.
settings.register_profile("quick", max_examples=25, deadline=None, suppress_health_check=_SLOW)
settings.register_profile(
    "ci", max_examples=40, deadline=None, suppress_health_check=_SLOW, derandomize=True, database=None
)
settings.register_profile("nightly", max_examples=1000, deadline=None, suppress_health_check=_SLOW)
_PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if "CI" in os.environ else "quick")
settings.load_profile(_PROFILE)


def _draw_nothing_from_the_program() -> None:
    """Keep hypothesis from drawing constants that stand in the program's modules. It parses all of them to
    find these, in each worker, seconds where they were never parsed before; and what it draws depends on
    the modules that other tests have imported, so that no two runs have the same examples. There is no
    setting for it."""
    known = getattr(providers, "_local_constants", None)
    if known is not None and hasattr(providers, "_get_local_constants"):
        providers._get_local_constants = lambda: known


if _PROFILE != "nightly":
    _draw_nothing_from_the_program()


def times(factor: float) -> settings:
    """Take this many times the examples of the profile: more for what is cheap, fewer for what is dear."""
    return settings(max_examples=max(1, round(factor * settings().max_examples)))


#: The fixture of a test serves all its examples: each of them leaves it as it was.
shared_fixture = settings(suppress_health_check=[*_SLOW, HealthCheck.function_scoped_fixture])
