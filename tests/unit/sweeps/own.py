"""Processes of a user's own that do what they should not, where the trend of entries is above a number."""

import os
from collections.abc import Generator
from typing import Annotated, Any

from pydantic import Field

import twin

Above = Annotated[float, Field(ge=0, le=1)]


@twin.process
def break_off(env: twin.ParkEnvironment, *, above: Above) -> Generator[Any, Any, None]:
    """Raise an error."""
    yield env.at(0.5, twin.Kind.ACTION)
    if env.state.sources.trend_per_year[0] > above:
        raise ValueError("so it had to be")


@twin.process
def end_python(env: twin.ParkEnvironment, *, above: Above) -> Generator[Any, Any, None]:
    """End the process in which the run is."""
    yield env.at(0.5, twin.Kind.ACTION)
    if env.state.sources.trend_per_year[0] > above:
        os._exit(9)
