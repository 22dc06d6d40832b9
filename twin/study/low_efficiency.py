"""The low-efficiency stock of a run: which buildings, why, what works on them would cost and bring, the best first."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twin.catalog import Catalog
from twin.errors import Fault, InputError
from twin.park import Park
from twin.processes.revitalisation import Stock, ranked
from twin.record import Record
from twin.state import PLANT_MARKET, revitalisation_rules
from twin.units import Quarter


def low_efficiency(park: Park, catalog: Catalog, record: Record, quarter: str) -> pd.DataFrame:
    """The ranked list at the end of a quarter of a run, as its works were chosen from.

    One row a building: building_id, names, building_type, finding, stock_m2, let_m2, let_share, rent_cny_m2_day,
    cost_cny, public_cny, gain_cny_year, score (rent gained in a year over public money). Park and catalog are those the
    run was made with. Raises InputError where the quarter was not counted.
    """
    counted = record.buildings
    quarters = list(counted["quarter"].cat.categories)
    if quarter not in quarters:
        raise InputError([Fault("--at", f"{quarter} was not counted", f"from {quarters[0]} to {quarters[-1]}")])
    counted = counted[counted["quarter"] == quarter].reset_index(drop=True)
    markets = {row["id"]: row["market"] for row in catalog.tables["building_types"]}
    known = park.buildings_at(Quarter.parse(quarter)).set_index("building_id")
    named = known.reindex(counted["building_id"].astype(str))[["building_type"]].assign(name_zh="", name_en="")
    for name in ("name_zh", "name_en"):
        if name in known:
            named[name] = known[name].reindex(named.index).fillna("")
    stock = Stock(
        counted["finding"].cat.codes.to_numpy().astype(np.int64),
        counted["stock_m2"].to_numpy(dtype=np.int64),
        counted["let_m2"].to_numpy(dtype=np.int64),
        counted["rent_cny_m2_day"].to_numpy(dtype=float),
        np.array([markets.get(kind, "") == PLANT_MARKET for kind in named["building_type"]], dtype=np.bool_),
    )
    rules = revitalisation_rules(catalog, Quarter.parse(quarters[0]))
    found = pd.DataFrame(ranked(stock, rules, catalog.value("structural_vacancy")), columns=COLUMNS)
    row = found["building"].to_numpy(dtype=np.int64)
    told = counted[["building_id", "finding", "stock_m2", "let_m2", "rent_cny_m2_day"]].iloc[row].reset_index(drop=True)
    told = told.assign(let_share=told["let_m2"] / told["stock_m2"])
    names = named.iloc[row].reset_index(drop=True)
    money = found[["cost_cny", "public_cny", "gain_cny_year", "score"]]
    return pd.concat([told, names, money], axis=1).assign(rank=np.arange(1, len(found) + 1))


#: Fields of `twin.processes.revitalisation.Candidate`.
COLUMNS = ["building", "finding", "cost_cny", "public_cny", "gain_cny_year", "score"]
