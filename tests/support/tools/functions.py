"""A person's functions, good and bad, as tests give them to a model."""

import os
import subprocess
import sys
from enum import Enum
from typing import Annotated, Literal

from pydantic import BaseModel, Field


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Place(BaseModel):
    city: str
    country: str = "de"


def weather(city: str, days: int = 1) -> dict[str, object]:
    """Say what the weather of a city will be.

    Args:
        city: Where.
        days (int): How many days
            from today.
    """
    print("a line that is no reply")
    return {"city": city, "days": days, "sky": "blue"}


def fitted(place: Place, size: Size, colour: Literal["red", "blue"] = "red") -> str:
    """Fit.

    :param place: Where to.
    """
    assert isinstance(place, Place) and isinstance(size, Size)
    return f"{place.city} {place.country} {size.value} {colour}"


def schema(copy: Annotated[int, Field(description="Of a name that pydantic has.")], **more: int) -> int:
    return copy + sum(more.values())


async def later(number: int) -> int:
    return number + 1


def unnamed(first: int, /) -> int:
    return first


def raises() -> None:
    raise ValueError("no \x1b[31m way \ud83d")


def leaves() -> None:
    sys.exit(3)


def dies() -> None:
    os._exit(3)


def loops() -> None:
    while True:
        pass


def floods() -> str:
    for _ in range(200):
        print("x" * 1_000_000)
    return "y" * 5_000_000


def forks() -> str:
    return "the child" if os.fork() == 0 else "the parent"


def leaves_a_process() -> int:
    return subprocess.Popen(["sleep", "600"], start_new_session=True).pid


def seen() -> list[str]:
    return [*sorted(os.environ), os.getcwd()]
