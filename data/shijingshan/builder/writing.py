"""Parquet files whose bytes depend on nothing but their content."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from builder import ground


def write_layer(layer: gpd.GeoDataFrame, columns: list[str], path: Path) -> None:
    """A layer as GeoParquet (zstd, WKB) with coordinates on the grid."""
    shapes = shapely.normalize(shapely.set_precision(layer.geometry.to_numpy(), ground.GRID_M, mode="pointwise"))
    frame = gpd.GeoDataFrame(tidy(layer[columns]), geometry=shapes, crs=ground.CRS)
    frame.to_parquet(path, index=False, compression="zstd", geometry_encoding="WKB", schema_version="1.1.0")


def write_table(frame: pd.DataFrame, columns: list[str], path: Path) -> None:
    """A table without geometry as Parquet (zstd)."""
    tidy(frame[columns]).to_parquet(path, index=False, compression="zstd")


def tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Plain object strings with None for what is missing, so that files do not depend on pandas' string type."""
    frame = pd.DataFrame(frame).reset_index(drop=True)
    for column in frame.columns:
        if not (pd.api.types.is_numeric_dtype(frame[column]) or pd.api.types.is_bool_dtype(frame[column])):
            values = [None if pd.isna(value) else str(value) for value in frame[column]]
            frame[column] = pd.Series(values, dtype=object)
    return frame
