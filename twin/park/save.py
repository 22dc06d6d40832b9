"""A park written as the folder it can be loaded from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from twin.files import check_writable, written_whole
from twin.park.edits import edits_as_yaml
from twin.park.model import Park
from twin.park.tables import EDITS, GRID_M, TABLES


def save_park(park: Park, folder: str | Path) -> Path:
    """Write a park folder, whole or not at all; the same park gives the same bytes. Raises OutputError.

    The tables are those of the park before its edits, which are written beside them: they can be read, and undone.
    """
    with written_whole(Path(folder), is_park_folder, "a park") as place:
        for table in TABLES:
            frame: pd.DataFrame = getattr(park.base, table.name)
            if len(frame) or not table.optional:
                _write(frame, place / f"{table.name}.parquet")
        about = asdict(park.about) | {"schema": 2}
        for start, file in park.stocks.items():
            if start != park.about.start and file.is_file():
                shutil.copyfile(file, place / f"firms_{start}.parquet")
        if park.edits:
            (place / EDITS).write_text(edits_as_yaml(park.edits), encoding="utf-8", newline="\n")
        (place / "park.json").write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return Path(folder)


def check_park_writable(folder: Path) -> None:
    """Raise OutputError where a folder holds something other than a park."""
    check_writable(folder, is_park_folder, "a park")


def is_park_folder(folder: Path) -> bool:
    """Whether a folder is one that parks are loaded from."""
    return (folder / "park.json").is_file()


def _write(frame: pd.DataFrame, file: Path) -> None:
    plain = _tidy(pd.DataFrame(frame))
    if not isinstance(frame, gpd.GeoDataFrame):
        plain.to_parquet(file, index=False, compression="zstd")
        return
    shapes = shapely.set_precision(frame.geometry.to_numpy(), GRID_M, mode="pointwise")
    layer = gpd.GeoDataFrame(plain.drop(columns=frame.geometry.name), geometry=shapes, crs=frame.crs)
    layer.to_parquet(file, index=False, compression="zstd", geometry_encoding="WKB", schema_version="1.1.0")


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Text as plain strings with None for what is missing, so that files do not depend on pandas' string type."""
    text = [name for name in frame.columns if frame[name].dtype.kind not in "biuf" and name != "geometry"]
    plain: Mapping[str, pd.Series] = {
        name: frame[name].astype(object).where(frame[name].notna(), None) for name in text
    }
    return frame.assign(**plain).reset_index(drop=True)
