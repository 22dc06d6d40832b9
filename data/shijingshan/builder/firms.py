"""Firms at the end of 2025: who they are, how many they employ, where they sit and what they earn."""

import math

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from builder import buildings as raising
from builder import figures, ground
from builder.figures import parameter, table

Floats = NDArray[np.float64]


def settle_firms(buildings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Resident firms in open space, then firms that are only registered; one row each."""
    rng = figures.stream(20)
    homes = open_homes(buildings, zones, rng)
    residents = draw_firms(int(parameter("resident_firms")), rng)
    residents = draw_staff(residents, rng)
    residents = draw_floor(residents, float(homes["room_m2"].sum()), rng)
    residents = take_floor(residents, homes, rng)
    registered_only = draw_registered_only(rng)
    firms = pd.concat([residents, registered_only], ignore_index=True)
    firms = draw_history(firms, rng)
    firms = scale_revenue(firms, rng)
    firms.insert(0, "firm_id", np.arange(1, len(firms) + 1, dtype=np.int64))
    firms["name_zh"] = None
    firms["provenance"] = "synthetic"
    return firms


def open_homes(buildings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, rng: Generator) -> pd.DataFrame:
    """Open firm-space buildings with the floor (m2) let at the start, and the leading industry of their zone."""
    firm_space = buildings["building_type"].isin(raising.FIRM_TYPES) & (buildings["lettable_m2"] > 0)
    homes = buildings[firm_space & raising.is_open(buildings)].copy()
    age = raising.age_y(homes["completed"])
    let = parameter("occupancy_old") * (1 - np.exp(-age / parameter("lease_up_tau_y"))) + rng.normal(
        0, 0.05, len(homes)
    )
    lettable = homes["lettable_m2"].to_numpy()
    let = np.clip(let, 0.03, 0.985)
    # move all shares together on the logit scale until the total is met, which keeps new buildings emptier
    logit = np.log(let / (1 - let))
    target = parameter("occupancy_total") * lettable.sum()
    low, high = -4.0, 4.0
    for _ in range(60):
        shift = (low + high) / 2
        total = (lettable / (1 + np.exp(-(logit + shift)))).sum()
        low, high = (shift, high) if total < target else (low, shift)
    homes["room_m2"] = np.floor(lettable / (1 + np.exp(-(logit + high))))
    homes["leading"] = None
    for _, zone in zones[zones["leading_industry"].notna()].iterrows():
        homes.loc[homes.representative_point().within(zone.geometry), "leading"] = zone["leading_industry"]
    return pd.DataFrame(homes[["building_id", "building_type", "lettable_m2", "room_m2", "leading"]]).reset_index(
        drop=True
    )


def draw_firms(count: int, rng: Generator) -> pd.DataFrame:
    """Industry and stage of each firm; a few are anchors."""
    industries, stages = table("industries"), table("stages")
    industry = rng.choice(industries["industry"].to_numpy(dtype=object), count, p=industries["firm_share"])
    stage = rng.choice(stages["stage"].to_numpy(dtype=object), count, p=stages["firm_share"])
    # lenders and brokers do not come out of a laboratory
    stage = np.where((industry == "finance") & (stage != "scale"), "mature", stage)
    anchors = np.zeros(count, dtype=bool)
    anchors[rng.choice(np.flatnonzero(stage == "mature"), int(parameter("anchor_firms")), replace=False)] = True
    return pd.DataFrame({"industry": industry, "stage": stage, "anchor": anchors})


def draw_staff(firms: pd.DataFrame, rng: Generator) -> pd.DataFrame:
    """Head counts with a heavy tail, scaled to the total of residents."""
    stage = table("stages").set_index("stage").reindex(firms["stage"])
    factor = table("industries").set_index("industry")["staff_factor"].reindex(firms["industry"]).to_numpy()
    staff = stage["staff_median"].to_numpy() * factor * rng.lognormal(0, stage["staff_spread_log"].to_numpy())
    staff = np.minimum(staff, parameter("largest_other_staff"))
    anchors = rng.uniform(parameter("anchor_staff_low"), parameter("anchor_staff_high"), len(firms))
    staff = np.where(firms["anchor"], anchors, staff)
    loose = ~firms["anchor"].to_numpy()
    spare = parameter("resident_staff") - staff[~loose].sum()
    staff[loose] *= spare / staff[loose].sum()
    return firms.assign(staff=np.maximum(2, np.round(staff)).astype(np.int64))


def draw_floor(firms: pd.DataFrame, room_m2: float, rng: Generator) -> pd.DataFrame:
    """Floor of each firm (m2) by need, with the slack that fills the let space of the park."""
    stages, industries = table("stages").set_index("stage"), table("industries").set_index("industry")
    stage = stages.reindex(firms["stage"])
    per_head = industries.reindex(firms["industry"])["m2_per_head"].to_numpy()
    need = firms["staff"].to_numpy() * per_head * stage["floor_factor"].to_numpy()
    need = np.maximum(need, stage["min_floor_m2"].to_numpy())
    luck, most = rng.random(len(firms)), parameter("floor_slack") - 1

    def floor_m2(generosity: float) -> Floats:
        return np.asarray(np.ceil(need * (1 + most * luck ** (1 / generosity))), dtype=np.float64)

    generosity = ground.solve(lambda value: float(floor_m2(value).sum()), 0.999 * room_m2, 0.02, 50.0)
    return firms.assign(floor_m2=floor_m2(generosity).astype(np.int64))


def take_floor(firms: pd.DataFrame, homes: pd.DataFrame, rng: Generator) -> pd.DataFrame:
    """A building for each firm, the largest first: fit of type, leading industry and free room decide."""
    allowed = {
        stage: set(types.split(";")) for stage, types in table("stages").set_index("stage")["building_types"].items()
    }
    kind = homes["building_type"].to_numpy()
    leading, led = homes["leading"].to_numpy(), homes["leading"].notna().to_numpy()
    pull, push = parameter("leading_pull"), parameter("leading_push")
    room, free = homes["room_m2"].to_numpy().copy(), homes["lettable_m2"].to_numpy().copy()
    chosen = np.full(len(firms), -1)
    for row in firms["floor_m2"].sort_values(ascending=False, kind="stable").index:
        firm = firms.loc[row]
        types = allowed[firm["stage"]]
        if firm["industry"] == "finance":
            # banks and insurers take no laboratories or workshops
            types = types & {"office", "heritage"}
        fits = np.isin(kind, sorted(types))
        weight = np.where(fits & (room >= firm["floor_m2"]), room, 0.0)
        if not weight.any():
            # the last metres of room are scattered: use what the building has beyond its target
            weight = np.where(fits & (free >= firm["floor_m2"]), free, 0.0)
        if not weight.any():
            message = f"no building has {firm['floor_m2']} m2 free for a {firm['stage']} firm of {firm['industry']}"
            raise ValueError(message)
        weight = weight * np.where(leading == firm["industry"], pull, np.where(led, push, 1.0))
        pick = int(rng.choice(len(homes), p=weight / weight.sum()))
        chosen[row] = pick
        room[pick] -= firm["floor_m2"]
        free[pick] -= firm["floor_m2"]
    firms = firms.assign(building_id=homes["building_id"].to_numpy()[chosen], resident=True)
    return firms.assign(registered=(rng.random(len(firms)) < parameter("registered_share")) | firms["anchor"])


def draw_registered_only(rng: Generator) -> pd.DataFrame:
    """Firms that book their revenue here and sit elsewhere."""
    firms = draw_firms(int(parameter("registered_only_firms")), rng).assign(anchor=False)
    staff = np.maximum(2, np.round(parameter("registered_only_staff") * rng.lognormal(0, 1.0, len(firms)))).astype(
        np.int64
    )
    return firms.assign(staff=staff, floor_m2=np.int64(0), building_id=None, resident=False, registered=True)


def draw_history(firms: pd.DataFrame, rng: Generator) -> pd.DataFrame:
    """Founding dates as fractional years: young laboratories, old mature firms."""
    stage = table("stages").set_index("stage").reindex(firms["stage"])
    young, middle = stage["share_under_5_y"].to_numpy(), stage["share_5_to_10_y"].to_numpy()
    luck, count = rng.random(len(firms)), len(firms)
    old = np.minimum(10 + rng.gamma(2.0, 4.0, count), 38.0)
    grown = np.where(luck < young + middle, rng.uniform(5, 10, count), old)
    age = np.where(luck < young, rng.uniform(0.2, 5, count), grown)
    return firms.assign(founded_year=np.round(2026.0 - age, 2))


def scale_revenue(firms: pd.DataFrame, rng: Generator) -> pd.DataFrame:
    """Productivity as a factor on the catalogue's revenue per head, scaled to the revenue of the park."""
    sigma = parameter("productivity_sigma")
    productivity = np.exp(rng.normal(-sigma * sigma / 2, sigma, len(firms)))
    # large firms are closer to the norm: the spread of a mean over many heads
    norm = np.minimum(1.0, (firms["staff"].to_numpy() / 600) ** 0.5)
    productivity = productivity ** (1 - 0.6 * norm)
    anchor = revenue_anchor_cny(firms)
    booked = firms["registered"].to_numpy()
    productivity *= parameter("revenue_2025") / float((productivity * anchor)[booked].sum())
    return firms.assign(productivity=productivity.round(6))


def revenue_anchor_cny(firms: pd.DataFrame) -> Floats:
    """Revenue (CNY a year) of each firm at productivity one."""
    per_head = table("industries").set_index("industry")["revenue_mcny_head"].reindex(firms["industry"]).to_numpy()
    factor = table("stages").set_index("stage")["revenue_factor"].reindex(firms["stage"]).to_numpy()
    return np.asarray(firms["staff"].to_numpy() * 1e6 * per_head * factor, dtype=np.float64)


def concentration(firms: pd.DataFrame) -> float:
    """Herfindahl index of booked revenue, between 0 and 1."""
    revenue = (revenue_anchor_cny(firms) * firms["productivity"])[firms["registered"]]
    return math.fsum((revenue / revenue.sum()) ** 2)
