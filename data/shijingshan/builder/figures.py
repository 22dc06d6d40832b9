"""The figures the park is made of: small tables with source, year, licence and provenance in every row."""

import json
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray
from shapely import LineString, Polygon
from shapely.geometry import shape

from builder import ground

FIGURES = Path(__file__).resolve().parent.parent / "figures"
CATALOG = FIGURES.parent.parent / "catalog"


@cache
def table(name: str) -> pd.DataFrame:
    """Rows of figures/<name>.csv; empty cells are missing values."""
    return pd.read_csv(FIGURES / f"{name}.csv", keep_default_na=False, na_values=[""])


@cache
def parameter(name: str) -> float:
    """The value of one row of parameters.csv, in the unit of that row."""
    values = table("parameters").set_index("id")["value"]
    return float(values[name])


@cache
def reference(name: str) -> pd.DataFrame:
    """Rows of a table of the catalog that every park shares; empty cells are missing values."""
    return pd.read_csv(CATALOG / f"{name}.csv", keep_default_na=False, na_values=[""])


@cache
def tiers() -> pd.DataFrame:
    """Rows of figures/tiers.csv in the order in which tiers are awarded, with what the catalog says of each tier.

    `industries` and `stages` that may hold it, and `counts`: the tiers whose holders hold it too.
    """
    known = reference("tiers").set_index("id")
    requires = known["requires"].fillna("").str.split()

    def held(tier: str) -> set[str]:
        return {tier}.union(*(held(other) for other in requires[tier]))

    rows = table("tiers").sort_values("order").join(known[["industries", "stages"]], on="tier")
    counts = [" ".join(other for other in known.index if tier in held(other)) for tier in rows["tier"]]
    return rows.assign(counts=counts)


@cache
def catalog(quantity: str, scope: str = "") -> float:
    """The value of a quantity in the catalog's parameters, in the unit of its row; for all scopes where it has none."""
    rows = reference("parameters")
    values = rows[rows["id"] == quantity].assign(scope=rows["scope"].fillna("")).set_index("scope")["value"]
    return float(values[scope] if scope in values.index else values[""])


def by_scope(quantity: str, scopes: pd.Series) -> NDArray[np.float64]:
    """The catalog's values of a quantity for the industry, stage or building type in each row."""
    values = {scope: catalog(quantity, scope) for scope in scopes.unique()}
    return scopes.map(values).to_numpy(dtype=float)


@cache
def stock(start: str) -> pd.Series:
    """The totals of the firms at the beginning of a quarter, by the id of their row in stock.csv."""
    rows = table("stock")
    return rows[rows["start"] == start].set_index("id")["value"].astype(float)


def starts() -> list[str]:
    """The quarters at whose beginning there is a stock of firms, the earliest first."""
    return sorted(table("stock")["start"].unique())


def stream(*key: int) -> Generator:
    """A random generator of its own for one tract or one task: what happens elsewhere does not move it."""
    return np.random.default_rng([int(parameter("seed")), *key])


def weights(text: str) -> dict[str, float]:
    """The shares in a cell like "office:0.7;retail:0.3", normalised to one."""
    pairs = [part.split(":") for part in text.split(";")]
    total = sum(float(share) for _, share in pairs)
    return {word: float(share) / total for word, share in pairs}


def path(text: str) -> LineString:
    """The projected line of a cell like "116.15 39.90;116.16 39.91" (lon lat degrees)."""
    lon_lat = np.array([[float(x) for x in pair.split()] for pair in text.split(";")])
    return LineString(ground.project(lon_lat))


def polygon(text: str) -> Polygon:
    """The projected polygon of a cell like that of `path`."""
    return Polygon(path(text).coords)


@cache
def district_outline() -> Polygon:
    """The generalised outline of the district, projected."""
    feature = json.loads((FIGURES / "district_outline.geojson").read_text(encoding="utf-8"))["features"][0]
    outline = cast(Polygon, shape(feature["geometry"]))
    return Polygon(ground.project(np.array(outline.exterior.coords)))


@cache
def river_bank() -> LineString:
    """The eastern bank of the Yongding River from north to south, projected, its corners rounded."""
    bank = table("river_bank").sort_values("seq")
    return ground.rounded(LineString(ground.project(bank[["lon", "lat"]].to_numpy())))
