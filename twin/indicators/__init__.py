"""What a record is worth: indicators over a slice of it, registered under `@indicator`, measured once for all."""

from __future__ import annotations

from twin.indicators import (
    chains,
    contracts,
    firms,
    ladder,
    money,
    people,
    purse,
    readings,
    recruitment,
    scenes,
    services,
    space,
    structure,
)
from twin.indicators.measuring import INDICATORS, Indicator, Measured, measure, measured_values, yearly

__all__ = [
    "INDICATORS",
    "Indicator",
    "Measured",
    "chains",
    "contracts",
    "firms",
    "ladder",
    "measure",
    "measured_values",
    "money",
    "people",
    "purse",
    "readings",
    "recruitment",
    "scenes",
    "services",
    "space",
    "structure",
    "yearly",
]
