"""What a building's row does not say, worked out from what it does, by rules that are rows of a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.catalog import Catalog
from twin.park.intake import words
from twin.park.intake.attributes import EXAMPLES, OTHER_KIND
from twin.park.intake.report import Log
from twin.park.intake.values import PLANNED
from twin.units import Quarter

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: What is needed of a building besides its outline.
NUMBERS = ("floors", "height_m", "gfa_m2", "lettable_m2", "rent_cny_m2_day", "quality")

#: The type of what no type of the catalog is: not for firms, and with nothing to let.
NOT_FOR_FIRMS = "retail"
USUAL_TYPE = "office"

MOST_FLOORS = 200

#: Storeys tell the unit of heights from this many on: a hall of one or two may be as high as it likes.
TELLING_FLOORS = 3
ROWS_THAT_TELL = 3


def check_units(buildings: gpd.GeoDataFrame, log: Log) -> None:
    """Say where heights or floor areas can hardly be in metres, unless their unit was named."""
    frame = buildings.reindex(columns=[*buildings.columns, *(name for name in NUMBERS if name not in buildings)])
    united = buildings.attrs.get("united", set())
    floors, height, gfa = (frame[name].to_numpy(dtype=float) for name in ("floors", "height_m", "gfa_m2"))
    floors = np.where(floors > 0, floors, np.nan)
    storey = height / floors
    telling = storey[(floors >= TELLING_FLOORS) & np.isfinite(height)]
    if "height_m" in united or not _check_storey(telling, log):
        _check_rows(STOREY, storey, frame, log, named="height_m" in united)
    ratio = gfa / (floors * buildings.area.to_numpy())
    if not _check_ratio(ratio[np.isfinite(ratio)], log, named="gfa_m2" in united):
        _check_rows(AREA, ratio, frame, log, named="gfa_m2" in united)


class _Odd(NamedTuple):
    """What is said of rows whose ratio is odd."""

    column: str
    bounds: tuple[str, str]  #: names of the assumed values between which the ratio is usual
    rule: str  #: said outside of them
    refused: str  #: said where the ratio is so far off that the column must be in another unit


STOREY = _Odd("height_m", ("odd_storey_low", "odd_storey_high"), "storey_odd_row", "storey_far_off")
AREA = _Odd("gfa_m2", ("odd_area_low", "odd_area_high"), "area_odd_row", "area_far_off")


def _check_rows(odd_: _Odd, found: Floats, frame: pd.DataFrame, log: Log, *, named: bool) -> None:
    """Say of each row that its ratio is odd, or refuse it, unless the unit of its column was named."""
    low, high = (words.value(bound) for bound in odd_.bounds)
    usual, factor = np.sqrt(low * high), words.value("far_off_factor")
    odd = (found < low) | (found > high)
    far = odd & ((found < usual / factor) | (found > usual * factor)) & (not named)
    values = [f"{one:.3g}" for one in found]
    for rule, rows in ((odd_.refused, far), (odd_.rule, odd & ~far)):
        log.say_rows(rule, "buildings", rows, frame["row"], column=odd_.column, values=values)


def _check_storey(storeys: Floats, log: Log) -> bool:
    """Say where storeys are so high or low that heights must be in another unit; whether anything was said."""
    if len(storeys) < ROWS_THAT_TELL:
        return False
    middle = float(np.median(storeys))
    told: dict[str, Any] = {"value": f"{middle:.1f} m", "rows": len(storeys)}
    if middle > words.value("largest_storey_m"):
        log.say("height_in_feet", "buildings", column="height_m", metres=f"{middle * 0.3048:.1f}", **told)
    elif middle < words.value("odd_storey_low"):
        log.say("height_too_low", "buildings", column="height_m", **told)
    else:
        return False
    return True


def _check_ratio(ratios: Floats, log: Log, *, named: bool) -> bool:
    """Say where floor area over footprint times floors is what another unit would make of 1; whether it was said."""
    if len(ratios) < ROWS_THAT_TELL:
        return False
    ratio, rows = float(np.median(ratios)), len(ratios)
    band = words.value("unit_ratio_band")
    factors = {unit: 1.0 / factor for unit, factor in words.units("area").values() if factor != 1.0}
    near = {unit: abs(np.log(ratio / factor)) for unit, factor in factors.items() if ratio > 0}
    told: dict[str, Any] = {"value": f"{ratio:.3g}", "rows": rows}
    likely = min(near, key=lambda unit: near[unit], default="")
    if abs(np.log(ratio / SQUARE_FOOT_M2)) < band:
        log.say("outlines_in_feet", "buildings", **told)
    elif likely and near[likely] < band and not named:
        log.say("area_unit", "buildings", column="gfa_m2", unit=likely, **told)
    elif not 1 / ODD_RATIO < ratio < ODD_RATIO:
        log.say("area_odd", "buildings", column="gfa_m2", **told)
    else:
        return False
    return True


#: What footprint times floors is of floor area where the outlines are drawn in feet, but said to be in metres.
SQUARE_FOOT_M2 = 0.09290304

#: Floor area is rarely so many times more or less than footprint times floors.
ODD_RATIO = 4.0


class Estimates:
    """Buildings, completed column by column; each estimate is marked on its row and said once a rule."""

    def __init__(self, buildings: gpd.GeoDataFrame, log: Log, start: Quarter, catalog: Catalog) -> None:
        self._log, self._start, self._catalog = log, start, catalog
        missing: dict[str, Any] = {name: np.nan for name in NUMBERS if name not in buildings.columns}
        absent = {name: None for name in ("building_type", "completed") if name not in buildings.columns}
        self.frame = buildings.assign(**missing, **absent)
        self.derived: Mask = np.zeros(len(buildings), np.bool_)
        self._footprint: Floats = np.asarray(buildings.area, np.float64)

    def complete(self, land_use: pd.Series[Any]) -> gpd.GeoDataFrame:
        """The buildings with every needed value; `land_use` is that of the parcel each stands on, where it is known."""
        self._types(land_use)
        self._floors()
        self._numbers()
        self._dates()
        given = self.frame["provenance"] if "provenance" in self.frame else pd.Series("unstated", self.frame.index)
        return self.frame.assign(provenance=np.where(self.derived, "derived", given))

    def _types(self, land_use: pd.Series[Any]) -> None:
        of_land = {row["land_use"]: row["building_type"] for row in words.table("types")}
        other = (self.frame["building_type"] == OTHER_KIND).to_numpy()
        self.frame["building_type"] = self.frame["building_type"].mask(other, NOT_FOR_FIRMS)
        self.frame["lettable_m2"] = self.frame["lettable_m2"].mask(other, 0.0)
        self._fill("est_type_land", "building_type", lambda: land_use.map(of_land).to_numpy(dtype=object))
        self._fill("est_type_usual", "building_type", lambda: np.full(len(self.frame), USUAL_TYPE, dtype=object))

    def _floors(self) -> None:
        frame, storey = self.frame, self._by_type("storey_height_m")
        given = frame["floors"].to_numpy(dtype=float)
        broken = np.isfinite(given) & (given != np.floor(given))
        if broken.any():
            self._log.say("floors_rounded", "buildings", column="floors", rows=int(broken.sum()))
        frame["floors"] = np.where(broken, np.maximum(np.round(given), 1), given)
        self._fill("est_floors_height", "floors", lambda: _storeys(frame["height_m"].to_numpy(float) / storey))
        per_floor = self._footprint * words.value("gfa_per_footprint_floor")
        self._fill("est_floors_gfa", "floors", lambda: _storeys(frame["gfa_m2"].to_numpy(float) / per_floor))
        self._fill("est_floors_usual", "floors", lambda: frame["building_type"].map(words.values("usual_floors")))

    def _numbers(self) -> None:
        frame, per_floor = self.frame, words.value("gfa_per_footprint_floor")
        self._fill("est_height", "height_m", lambda: frame["floors"] * self._by_type("storey_height_m"))
        self._fill("est_gfa", "gfa_m2", lambda: np.round(self._footprint * frame["floors"] * per_floor, 1))
        self._fill("est_lettable", "lettable_m2", lambda: np.floor(frame["gfa_m2"] * self._by_type("lettable_ratio")))
        over = (frame["lettable_m2"] > frame["gfa_m2"] * (1 + ROUNDING)).to_numpy()
        self._log.say_rows(
            "lettable_over_gfa", "buildings", over, frame["row"], column="lettable_m2", values=frame["lettable_m2"]
        )
        rents = frame["rent_cny_m2_day"].groupby(frame["building_type"])
        enough = rents.transform("count") >= words.value("known_rents_needed")
        self._fill("est_rent_known", "rent_cny_m2_day", lambda: rents.transform("median").where(enough))
        self._fill("est_rent_usual", "rent_cny_m2_day", lambda: self._by_type("asking_rent_cny_m2_day"))
        self._fill("est_quality", "quality", lambda: self._by_type("building_quality"))

    def _dates(self) -> None:
        stands = self._start.plus(-4 * int(words.value("stands_since_years")))
        usual = np.full(len(self.frame), str(stands), dtype=object)
        if "closed" in self.frame:  # closed before the assumed date: it stood before that
            closed = self.frame["closed"].fillna("9999Q4").to_numpy()
            early = [str(Quarter.parse(text).plus(-1)) for text in closed]
            usual = np.where(closed <= str(stands), early, usual)
        none = self.frame["completed"].isna().all()
        self._fill("est_completed" if none else "est_completed_some", "completed", lambda: usual)
        dates = [name for name in ("started", "completed", "closed") if name in self.frame]
        for name in dates:  # a park says of what is planned without a date that it has none
            self.frame[name] = self.frame[name].astype(object).where(self.frame[name] != PLANNED, None)

    def _by_type(self, name: str) -> Floats:
        """The catalog's value for the type of each building."""
        known = {kind: self._catalog.value(name, kind) for kind in self._catalog.building_types}
        return np.asarray(self.frame["building_type"].map(known), dtype=np.float64)

    def _fill(self, rule: str, column: str, guess: Callable[[], Any]) -> None:
        """Fill what is empty in a column, where the guess knows something; mark and say it."""
        empty = self.frame[column].isna().to_numpy()
        if not empty.any():
            return
        found = pd.Series(np.asarray(guess()), index=self.frame.index)
        filled = empty & found.notna().to_numpy()
        if not filled.any():
            return
        self.frame[column] = self.frame[column].where(~filled, found)
        self.derived |= filled
        first = self.frame.loc[filled, ["row", column]].head(EXAMPLES)
        examples = ", ".join(f"{row}: {_shown(value)}" for row, value in zip(first["row"], first[column], strict=True))
        self._log.say(rule, "buildings", column=column, value=examples, rows=int(filled.sum()))


#: Areas given to a whole m² may exceed one another by rounding.
ROUNDING = 1e-3


def _storeys(floors: Floats) -> Floats:
    counted = np.clip(np.round(floors), 1, MOST_FLOORS)
    return np.asarray(np.where(np.isfinite(floors), counted, np.nan), dtype=np.float64)


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
