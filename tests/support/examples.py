"""How many examples a property is held against: what the profile in force says, or a multiple of it.

A fixed number in a test would defeat the profiles (see tests/conftest.py), so none stands there.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

#: What says nothing about the code: how long an example takes, and how many are thrown away.
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)

#: `quick` is for the person who writes the code; CI takes the same examples each time, since what new ones
#: find has nothing to do with the change at hand; the nightly run looks further.
settings.register_profile("quick", max_examples=25, deadline=None, suppress_health_check=_SLOW)
settings.register_profile(
    "ci", max_examples=40, deadline=None, suppress_health_check=_SLOW, derandomize=True, database=None
)
settings.register_profile("nightly", max_examples=1000, deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if "CI" in os.environ else "quick"))


def times(factor: float) -> settings:
    """Take this many times the examples of the profile: more for what is cheap, fewer for what is dear."""
    return settings(max_examples=max(1, round(factor * settings().max_examples)))


#: The fixture of a test serves all its examples: each of them leaves it as it was.
shared_fixture = settings(suppress_health_check=[*_SLOW, HealthCheck.function_scoped_fixture])
