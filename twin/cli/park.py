"""Commands that look at a park: its zones, its pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.cli.app import DONE, out, park_app
from twin.cli.shown import print_json, wide

if TYPE_CHECKING:
    from twin.park import Park
    from twin.units import Quarter


@park_app.command
def show(
    name: str = "shijingshan",
    /,
    *,
    at: str | None = None,
    start: str | None = None,
    pipeline: bool = False,
    json: bool = False,
) -> int:
    """Print a park's zones and totals at a date, or what its pipeline builds.

    Parameters
    ----------
    name
        The shipped park or a park folder.
    at
        A quarter, such as 2024Q4; the park's start if none is given.
    start
        Of several stocks of firms, the one counted at the beginning of this quarter.
    pipeline
        Print the projects that open after the start, with how sure their dates are.
    json
        Print JSON.
    """
    from rich.markup import escape
    from rich.table import Table

    from twin.park import load_park
    from twin.units import WAN_M2

    park = load_park(name, start=start)
    quarter = quarter_of(at, park)
    if pipeline:
        _print_pipeline(park, as_json=json)
        return DONE
    zones = park.at(quarter)
    rows = zones[["zone_id", "name_zh", "name_en", "kind", "area_km2"]].to_dict("records")
    if json:
        print_json(rows)
        return DONE
    title = f"{park.about.name_zh} {park.about.name_en}, {quarter}"
    listed = Table("zone", "名称", "name", "kind", "km²", box=None, title=escape(title), title_justify="left")
    for row in rows:
        listed.add_row(*(escape(str(v)) for v in list(row.values())[:-1]), f"{row['area_km2']:.2f}")
    out.print(listed)
    lettable = park.firm_buildings["lettable_m2"].sum() / WAN_M2
    out.print(
        f"{len(park.parcels_at(quarter))} parcels, {len(park.buildings_at(quarter))} buildings "
        f"({lettable:.0f} 万㎡ for firms, planned included), "
        f"{int(park.firms['resident'].astype(bool).sum())} resident firms of {len(park.firms)}",
        highlight=False,
    )
    return DONE


def quarter_of(text: str | None, park: Park) -> Quarter:
    """The quarter named on the command line, the park's start where none is. Raises ParkError."""
    from twin.errors import Fault, ParkError
    from twin.units import Quarter

    try:
        return Quarter.parse(text) if text else park.start
    except ValueError as error:
        raise ParkError([Fault("--at", *str(error).split("; "))]) from None


def _print_pipeline(park: Park, *, as_json: bool) -> None:
    """What opens after the start, one row a date, project and confidence."""
    import numpy as np
    import pandas as pd

    from twin.park.held import buildings_in

    columns = ["completed", "started", "project", "date_confidence"]
    coming, zones = park.pipeline, park.at(park.start).sort_values("area_km2", ignore_index=True)
    building, zone = buildings_in(coming, zones)
    smallest = np.full(len(coming), len(zones))
    np.minimum.at(smallest, building, zone)  # zones in order of area
    place = pd.Series([*zones["name_zh"], ""], dtype=object).iloc[smallest].set_axis(coming.index)
    named = coming["name_zh"] if "name_zh" in coming.columns else place
    project = named.str.replace(r"[0-9]+号楼$", "", regex=True)
    told = coming.assign(project=project.where(project.notna() & (project != ""), place))
    told = told.fillna(dict.fromkeys(columns, ""))
    sums = told.groupby(columns)[["gfa_m2", "lettable_m2"]].sum()
    found = sums.assign(buildings=told.groupby(columns).size()).reset_index()
    if as_json:
        print_json(found.to_dict("records"))
        return
    from rich.markup import escape
    from rich.table import Table

    from twin.units import WAN_M2

    heads = [
        "opens 竣工",
        "begun 开工",
        "project 项目",
        "confidence 可信度",
        "buildings 栋",
        "万㎡",
        "lettable 可租 万㎡",
    ]
    shown = Table(*heads, box=None)
    for row in found.to_dict("records"):
        floor = [f"{row[name] / WAN_M2:,.2f}" for name in ("gfa_m2", "lettable_m2")]
        shown.add_row(*(escape(str(row[name])) for name in columns), str(row["buildings"]), *floor)
    wide().print(shown)
