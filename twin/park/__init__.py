"""The park: zones, parcels, buildings, firms and services as (Geo)DataFrames, read, checked and never changed."""

from __future__ import annotations

from twin.park.cells import Cells
from twin.park.load import load_park
from twin.park.model import Park

__all__ = ["Cells", "Park", "load_park"]
