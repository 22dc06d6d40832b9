"""The park: zones, parcels, buildings, firms and services as (Geo)DataFrames, read, checked and never changed."""

from __future__ import annotations

from twin.park.cells import Cells
from twin.park.edits import Diff, Edit
from twin.park.load import load_park, park_from_tables, stocks_of
from twin.park.model import About, Park
from twin.park.save import save_park

__all__ = ["About", "Cells", "Diff", "Edit", "Park", "load_park", "park_from_tables", "save_park", "stocks_of"]
