"""What an import found and did, one row a fault, in both languages; and its refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.errors import Fault, ParkError
from twin.park.check import NAMED_ROWS
from twin.park.intake import words

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

COLUMNS = (
    "severity",
    "rule",
    "layer",
    "row",
    "column",
    "value",
    "rows",
    "what_en",
    "what_zh",
    "cure_en",
    "cure_zh",
    "area_before_m2",
    "area_change_m2",
)

#: The gravest first.
SEVERITIES = ("error", "warning", "repaired", "derived", "note")


class IntakeRefusedError(ParkError):
    """A park that cannot be taken in; `report` says all that was found, grave or not."""

    def __init__(self, faults: Sequence[Fault], report: pd.DataFrame) -> None:
        super().__init__(faults)
        self.report = report


class Log:
    """What has been said so far in one import."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []

    def say(
        self,
        rule: str,
        layer: str,
        *,
        row: object = "",
        column: str = "",
        value: object = "",
        rows: int = 1,
        area_m2: tuple[float, float] = (np.nan, np.nan),
        **told: object,
    ) -> None:
        """Say one thing; `area_m2` is the area before and its change, `told` fills the gaps of the rule's words."""
        said = words.rules()[rule]
        gaps = {"layer": layer, "row": row, "column": column, "value": value, "rows": rows, **told}
        texts = {name: said[name].format(**gaps) for name in ("what_en", "what_zh", "cure_en", "cure_zh")}
        place = {"layer": layer, "row": str(row), "column": column, "value": str(value), "rows": rows}
        areas = {"area_before_m2": area_m2[0], "area_change_m2": area_m2[1]}
        self._rows.append({"severity": said["severity"], "rule": rule, **place, **texts, **areas})

    def say_rows(
        self,
        rule: str,
        layer: str,
        bad: Mask,
        names: Sequence[object] | NDArray[Any] | pd.Series[Any],
        *,
        column: str = "",
        values: Sequence[object] | NDArray[Any] | pd.Series[Any] | None = None,
        areas_m2: tuple[Floats, Floats] | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> None:
        """Say one thing of each of the first bad rows, and once how many there are more."""
        found = np.flatnonzero(bad)
        names_, values_ = np.asarray(names, dtype=object), np.asarray(values if values is not None else [""], object)
        value = values_ if values is not None else np.repeat(values_, len(bad))

        def area(rows: NDArray[np.int64]) -> tuple[float, float]:
            return (np.nan, np.nan) if areas_m2 is None else (areas_m2[0][rows].sum(), areas_m2[1][rows].sum())

        for row in found[:NAMED_ROWS]:
            place: dict[str, Any] = {"row": names_[row], "column": column, "value": value[row]}
            self.say(rule, layer, **place, area_m2=area(found[found == row]), **(told or {}))
        rest = found[NAMED_ROWS:]
        if len(rest):
            place = {"row": "…", "column": column, "value": value[rest[0]], "rows": len(rest)}
            self.say(rule, layer, **place, area_m2=area(rest), **(told or {}))
            last = self._rows[-1]
            last["what_en"] = f"{len(rest)} more rows like the last"
            last["what_zh"] = f"另有 {len(rest)} 行同类问题"

    @property
    def refused(self) -> bool:
        """Whether anything has been said for which the park is refused."""
        return any(row["severity"] == "error" for row in self._rows)

    def frame(self) -> pd.DataFrame:
        """Everything said, the gravest first, with the columns of `COLUMNS`."""
        frame = pd.DataFrame(self._rows, columns=list(COLUMNS))
        order = frame["severity"].map(SEVERITIES.index).to_numpy()
        return frame.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)

    def refuse(self) -> None:
        """Raise IntakeRefusedError with every error said so far; nothing where there is none."""
        if self.refused:
            raise IntakeRefusedError([_fault(row) for row in self._rows if row["severity"] == "error"], self.frame())


def _fault(row: Mapping[str, Any]) -> Fault:
    where = f"{row['layer']}, row {row['row']}" if row["row"] else row["layer"]
    where = f"{where}, column {row['column']}" if row["column"] else where
    return Fault(where, f"{row['what_en']} {row['what_zh']}", f"{row['cure_en']} {row['cure_zh']}")
