"""The park: zones, parcels, buildings, firms and services as (Geo)DataFrames, read, checked and never changed."""

from __future__ import annotations

from twin.park.cells import Cells
from twin.park.load import load_park, park_from_tables
from twin.park.model import About, Park

__all__ = ["About", "Cells", "Park", "load_park", "park_from_tables"]
