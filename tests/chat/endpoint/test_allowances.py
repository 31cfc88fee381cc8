"""What is left of a server's limits, as its headers say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.endpoint.allowances import Allowance, allowances, seconds
from tests.support.examples import times

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("6m0s", 360),
        ("1s", 1),
        ("20ms", 0.02),
        ("2m59.56s", 179.56),
        ("1h2m3s", 3723),
        ("1d", 86400),
        ("55", 55),
        ("0", 0),
        ("7.66", 7.66),
        ("1800000012", 12),
        ("1800000012500", 12.5),
        ("1700000000", 0),
        ("2027-01-15T08:00:30Z", 30),
        ("2027-01-15T08:00:30.500000+00:00", 30.5),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("6m0s!", None),
        ("nan", None),
    ],
)
def test_the_time_until_a_limit_is_whole_again(text: str, found: float | None) -> None:
    """Servers say how long, or when."""
    assert seconds(text, NOW) == (found if found is None else pytest.approx(found, abs=1e-6))


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (  # OpenAI
            {
                "x-ratelimit-limit-requests": "500",
                "x-ratelimit-remaining-requests": "499",
                "x-ratelimit-reset-requests": "120ms",
                "x-ratelimit-limit-tokens": "30000",
                "x-ratelimit-remaining-tokens": "29000",
                "x-ratelimit-reset-tokens": "2s",
            },
            [Allowance(False, 499, 0.12), Allowance(True, 29000, 2)],
        ),
        (  # Cerebras: a limit of a day and one of a minute
            {
                "x-ratelimit-remaining-requests-day": "14399",
                "x-ratelimit-reset-requests-day": "33011.382867",
                "x-ratelimit-remaining-tokens-minute": "59000",
                "x-ratelimit-reset-tokens-minute": "11.38",
            },
            [Allowance(False, 14399, 33011.382867), Allowance(True, 59000, 11.38)],
        ),
        (  # OpenRouter
            {"x-ratelimit-limit": "20", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000030000"},
            [Allowance(False, 0, 30)],
        ),
        # Azure, where it says nothing, and where it says too little
        ({"x-ratelimit-remaining-tokens": "-1", "x-ratelimit-reset-tokens": "0"}, []),
        ({"x-ratelimit-remaining-requests": "49"}, []),
        ({"x-rate-limit-reset-tokens": "55"}, [Allowance(True, 0, 55)]),
        ({"content-type": "text/event-stream"}, []),
    ],
)
def test_headers_of_servers(headers: dict[str, str], found: list[Allowance]) -> None:
    """What a server tells of its limits is read, and what is half told is left out."""
    assert allowances(headers, NOW) == found


@times(4)
@given(st.text(), st.text())
def test_no_header_breaks_it(remaining: str, reset: str) -> None:
    """Whatever a server sends, what comes out is numbers from 0."""
    headers = {"x-ratelimit-remaining-tokens": remaining, "x-ratelimit-reset-tokens": reset}
    for each in allowances(headers, NOW):
        assert each.remaining >= 0 and each.reset >= 0
