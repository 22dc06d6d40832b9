"""What a record is worth: indicators over a slice of it, registered under `@indicator`, measured once for all."""

from __future__ import annotations

from twin.indicators import contracts, firms, ladder, money, purse, recruitment, services, space, structure
from twin.indicators.measuring import INDICATORS, Indicator, measure, yearly

__all__ = [
    "INDICATORS",
    "Indicator",
    "contracts",
    "firms",
    "ladder",
    "measure",
    "money",
    "purse",
    "recruitment",
    "services",
    "space",
    "structure",
    "yearly",
]
