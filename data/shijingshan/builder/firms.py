"""The firms at the beginning of a quarter: who they are, how many they employ, where they sit and what they earn."""

import math
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from builder import buildings as raising
from builder import figures, ground
from builder.figures import by_scope, catalog, parameter, reference, stock, table

Floats = NDArray[np.float64]


def settle_firms(buildings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, start: str) -> pd.DataFrame:
    """The anchors, the other residents in open space, and the firms that are only registered; one row each."""
    rng = figures.stream(20, raising.quarter_number(start))
    homes = open_homes(buildings, zones, start, rng)
    residents = pd.concat([anchors_at(start), draw_residents(start, rng)], ignore_index=True)
    residents = draw_staff(residents, start, rng)
    residents = draw_floor(residents, float(homes["room_m2"].sum()), rng)
    residents = take_floor(residents, homes, rng)
    firms = pd.concat([residents, draw_registered_only(start, rng)], ignore_index=True)
    firms = draw_history(firms, start, rng)
    firms = draw_revenue(firms, start, rng)
    firms = draw_chain_nodes(firms, rng)
    firms = award_tiers(firms, start, rng)
    firms.insert(0, "firm_id", np.arange(1, len(firms) + 1, dtype=np.int64))
    return firms


# who is there --------------------------------------------------------------------------------------------------------


def anchors_at(start: str) -> pd.DataFrame:
    """The anchors that were there before a quarter, their revenue in proportion to the park's."""
    anchors = table("anchors")
    anchors = anchors[anchors["since"] < start]
    scale = stock(start)["revenue_cny"] / stock(figures.starts()[-1])["revenue_cny"]
    columns = ["name_zh", "industry", "chain_node", "tract", "complex", "staff", "tier", "provenance"]
    return anchors[columns].assign(stage="mature", anchor=True, revenue_cny=anchors["revenue_cny"] * scale)


def draw_residents(start: str, rng: Generator) -> pd.DataFrame:
    """Industry and stage of all residents that are no anchors."""
    return draw_firms(int(stock(start)["resident_firms"]) - len(anchors_at(start)), start, rng)


def draw_firms(count: int, start: str, rng: Generator) -> pd.DataFrame:
    """Industry and stage of each of so many firms."""
    industries, stages = industries_at(start), table("stages")
    industry = rng.choice(industries.index.to_numpy(dtype=object), count, p=industries["firm_share"])
    stage = rng.choice(stages["stage"].to_numpy(dtype=object), count, p=stages["firm_share"])
    # lenders and brokers do not come out of a laboratory
    stage = np.where((industry == "finance") & (stage != "scale"), "mature", stage)
    return pd.DataFrame({"industry": industry, "stage": stage, "anchor": False, "provenance": "synthetic"})


def industries_at(start: str) -> pd.DataFrame:
    """Shares of firms and relative size by industry at the beginning of a quarter."""
    rows = table("industries")
    return rows[rows["start"] == start].set_index("industry")


def draw_registered_only(start: str, rng: Generator) -> pd.DataFrame:
    """Firms that book their revenue here and sit elsewhere."""
    firms = draw_firms(int(stock(start)["registered_only_firms"]), start, rng)
    staff = np.maximum(2, np.round(parameter("registered_only_staff") * rng.lognormal(0, 1.0, len(firms))))
    return firms.assign(
        staff=staff.astype(np.int64), floor_m2=np.int64(0), building_id=None, resident=False, registered=True
    )


# staff and floor -----------------------------------------------------------------------------------------------------


def draw_staff(firms: pd.DataFrame, start: str, rng: Generator) -> pd.DataFrame:
    """Head counts with a heavy tail, scaled to the total of residents; those of anchors are given."""
    stage = table("stages").set_index("stage").reindex(firms["stage"])
    factor = industries_at(start)["staff_factor"].reindex(firms["industry"]).to_numpy()
    staff = stage["staff_median"].to_numpy() * factor * rng.lognormal(0, stage["staff_spread_log"].to_numpy())
    staff = np.minimum(staff, parameter("largest_other_staff"))
    loose = ~firms["anchor"].to_numpy()
    staff = np.where(loose, staff, firms["staff"].to_numpy(dtype=float))
    spare = stock(start)["resident_staff"] - staff[~loose].sum()
    staff[loose] *= spare / staff[loose].sum()
    return firms.assign(staff=np.maximum(2, np.round(staff)).astype(np.int64))


def draw_floor(firms: pd.DataFrame, room_m2: float, rng: Generator) -> pd.DataFrame:
    """Floor of each firm (m2) by need, with the slack that fills the let space of the park."""
    per_head = figures.by_scope("m2_per_head", firms["industry"]) * figures.by_scope("floor_factor", firms["stage"])
    need = np.maximum(firms["staff"].to_numpy() * per_head, figures.by_scope("least_m2", firms["stage"]))
    luck, most = rng.random(len(firms)), parameter("floor_slack") - 1

    def floor_m2(generosity: float) -> Floats:
        return np.asarray(np.ceil(need * (1 + most * luck ** (1 / generosity))), dtype=np.float64)

    generosity = ground.solve(lambda value: float(floor_m2(value).sum()), 0.999 * room_m2, 0.02, 50.0)
    return firms.assign(floor_m2=floor_m2(generosity).astype(np.int64))


# where they sit ------------------------------------------------------------------------------------------------------


def open_homes(buildings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, start: str, rng: Generator) -> pd.DataFrame:
    """Open firm-space buildings with the floor (m2) let at the start, and the leading industry of their zone."""
    firm_space = raising.for_firms(buildings) & (buildings["lettable_m2"] > 0)
    homes = buildings[firm_space & raising.open_at(buildings, start)].copy()
    age = raising.age_y(homes["completed"], start)
    let = parameter("occupancy_old") * (1 - np.exp(-age / parameter("lease_up_tau_y"))) + rng.normal(
        0, 0.05, len(homes)
    )
    let = np.clip(let, 0.03, 0.985)
    lettable = homes["lettable_m2"].to_numpy()
    # move all shares together on the logit scale until the total is met, which keeps new buildings emptier
    logit = np.log(let / (1 - let))

    def let_m2(shift: float) -> Floats:
        return np.asarray(lettable / (1 + np.exp(-(logit + shift))), dtype=np.float64)

    target = stock(start)["occupancy"] * lettable.sum()
    homes["room_m2"] = np.floor(let_m2(ground.solve(lambda shift: float(let_m2(shift).sum()), target, -4.0, 4.0)))
    homes["leading"] = None
    in_force = (zones["valid_from"].fillna("0000Q1") <= start) & (zones["valid_to"].fillna("9999Q4") > start)
    for _, zone in zones[zones["leading_industry"].notna() & in_force].iterrows():
        homes.loc[homes.representative_point().within(zone.geometry), "leading"] = zone["leading_industry"]
    columns = ["building_id", "building_type", "tract", "complex", "lettable_m2", "room_m2", "leading"]
    return pd.DataFrame(homes[columns]).reset_index(drop=True)


def take_floor(firms: pd.DataFrame, homes: pd.DataFrame, rng: Generator) -> pd.DataFrame:
    """A building for each firm, anchors first and then the largest: type, leading industry and free room decide."""
    kind, leading = homes["building_type"].to_numpy(), homes["leading"].to_numpy()
    led = homes["leading"].notna().to_numpy()
    pull, push = parameter("leading_pull"), parameter("leading_push")
    room, free = homes["room_m2"].to_numpy().copy(), homes["lettable_m2"].to_numpy().copy()
    chosen = np.full(len(firms), -1)
    order = firms.sort_values(["anchor", "floor_m2"], ascending=False, kind="stable").index
    for row in order:
        firm = firms.loc[row]
        fits = np.isin(kind, suiting_types(firm["industry"], firm["stage"])) & at_place(homes, firm)
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
    registered = rng.random(len(firms)) < catalog("registered_share")
    return firms.drop(columns=["tract", "complex"]).assign(
        building_id=homes["building_id"].to_numpy()[chosen], resident=True, registered=registered | firms["anchor"]
    )


@cache
def suiting_types(industry: str, stage: str) -> list[str]:
    """The building types that suit the firms of an industry at a stage: a row for it goes before one for all."""
    rows = figures.reference("fits").set_index(["stage", "industry"])["building_types"]
    own = (stage, industry)
    return str(rows[own if own in rows.index else (stage, "*")]).split()


def at_place(homes: pd.DataFrame, firm: pd.Series) -> NDArray[np.bool_]:
    """Which homes lie where a firm is known to be; all of them when nothing is known."""
    fits = np.ones(len(homes), dtype=bool)
    for column in ("tract", "complex"):
        if isinstance(firm[column], str):
            fits &= (homes[column] == firm[column]).to_numpy(dtype=bool)
    return fits


# age, revenue, chains and tiers --------------------------------------------------------------------------------------


def draw_history(firms: pd.DataFrame, start: str, rng: Generator) -> pd.DataFrame:
    """Founding dates as fractional years: young laboratories, old mature firms."""
    stage = table("stages").set_index("stage").reindex(firms["stage"])
    young, middle = stage["share_under_5_y"].to_numpy(), stage["share_5_to_10_y"].to_numpy()
    luck, count = rng.random(len(firms)), len(firms)
    old = np.minimum(10 + rng.gamma(2.0, 4.0, count), 38.0)
    grown = np.where(luck < young + middle, rng.uniform(5, 10, count), old)
    age = np.where(luck < young, rng.uniform(0.2, 5, count), grown)
    # an anchor is older than its stay
    age = np.where(firms["anchor"], np.maximum(age, 6.0), age)
    return firms.assign(founded_year=np.round(raising.quarter_number(start) / 4 - age, 2))


def draw_revenue(firms: pd.DataFrame, start: str, rng: Generator) -> pd.DataFrame:
    """Yearly revenue (CNY) and productivity, so that what is booked in the park adds up to its total.

    The top tenth of registered firms takes the quantiles of a Pareto law cut off above, in the order of what they
    would earn by heads, industry and luck; below it that is what they earn. Anchors stand outside the law. Quantiles
    instead of draws: with an exponent below 1 a single draw would decide the total.
    """
    normal = revenue_at_par_cny(firms)
    weight = industries_at(start)["revenue_weight"].reindex(firms["industry"]).to_numpy()
    promise = normal * weight * draw_luck(firms["staff"].to_numpy(), rng)
    anchor = firms["anchor"].to_numpy(dtype=bool)
    booked = firms["registered"].to_numpy(dtype=bool) & ~anchor
    order = np.flatnonzero(booked)[np.argsort(-promise[booked], kind="stable")]
    top = order[: round(parameter("tail_share") * len(order))]
    given = firms["revenue_cny"].to_numpy(dtype=float)

    def revenue(least_of_tail_cny: float) -> Floats:
        earned = promise * (least_of_tail_cny / promise[top[-1]])
        earned[top] = pareto_quantiles(len(top), least_of_tail_cny)
        return np.asarray(np.where(anchor, given, earned), dtype=np.float64)

    target = stock(start)["revenue_cny"]
    least_cny = ground.solve(lambda value: float(revenue(value)[booked | anchor].sum()), target, 1e5, 1e10)
    productivity = np.round(revenue(least_cny) / normal, 8)
    return firms.assign(productivity=productivity, revenue_cny=np.round(normal * productivity))


def draw_luck(staff: NDArray[np.int64], rng: Generator) -> Floats:
    """A factor of mean one on revenue per head for each firm, with the catalog's spread."""
    sigma = catalog("productivity_sigma")
    luck = np.exp(rng.normal(-sigma * sigma / 2, sigma, len(staff)))
    # large firms are closer to the norm: the spread of a mean over many heads
    return np.asarray(luck ** (1 - 0.6 * np.minimum(1.0, (staff / 600) ** 0.5)), dtype=np.float64)


def pareto_quantiles(count: int, least_cny: float) -> Floats:
    """The middles of so many equal parts of a Pareto law cut off at the largest revenue, in CNY, descending."""
    exponent, beyond = parameter("tail_exponent"), least_cny / parameter("largest_other_revenue_cny")
    rank = (np.arange(count) + 0.5) / count
    return np.asarray(least_cny * (rank + (1 - rank) * beyond**exponent) ** (-1 / exponent), dtype=np.float64)


def revenue_at_par_cny(firms: pd.DataFrame) -> Floats:
    """Revenue (CNY a year) of each firm at productivity one."""
    per_head = figures.by_scope("revenue_per_head_cny", firms["industry"])
    factor = figures.by_scope("revenue_factor", firms["stage"])
    return np.asarray(firms["staff"].to_numpy() * per_head * factor, dtype=np.float64)


def draw_chain_nodes(firms: pd.DataFrame, rng: Generator) -> pd.DataFrame:
    """The link of its industry's chain that each firm is; none where the industry has no chain, anchors as given."""
    node = firms["chain_node"].to_numpy(dtype=object).copy()
    for industry, rows in reference("chain_nodes").groupby("industry", sort=True):
        mine = np.flatnonzero((firms["industry"] == industry).to_numpy() & firms["chain_node"].isna().to_numpy())
        node[mine] = rng.choice(rows["id"].to_numpy(dtype=object), len(mine), p=by_scope("node_share", rows["id"]))
    return firms.assign(chain_node=node)


def award_tiers(firms: pd.DataFrame, start: str, rng: Generator) -> pd.DataFrame:
    """The highest tier of each registered firm, so that its holders and those of the tiers it counts are as many."""
    tier = np.array(firms["tier"].where(firms["tier"].notna(), ""), dtype=object)
    age = raising.quarter_number(start) / 4 - firms["founded_year"].to_numpy()
    for _, rule in figures.tiers().iterrows():
        eligible = np.flatnonzero(meets(firms, age, rule) & (tier == ""))
        wanted = int(stock(start)[rule["tier"]])
        if rule["tier"] == "above_scale":
            chosen = eligible[np.isin(eligible, largest(firms, wanted))]
        else:
            missing = wanted - int(np.isin(tier, rule["counts"].split()).sum())
            chosen = rng.choice(eligible, missing, replace=False)
        tier[chosen] = rule["tier"]
    tier[(tier == "above_scale") & is_large(firms)] = "strong"
    return firms.assign(tier=np.where(tier == "", None, tier))


def is_large(firms: pd.DataFrame) -> NDArray[np.bool_]:
    """Which firms are large by the catalog's rules of tier `strong`: bounds on persons and revenue by industry."""
    rules, large = reference("tier_rules"), np.ones(len(firms), dtype=bool)
    for _, rule in rules[rules["tier"] == "strong"].iterrows():
        measure = firms["staff" if rule["criterion"] == "least_staff" else "revenue_cny"].to_numpy(dtype=float)
        large &= (measure >= rule["value"]) | ~firms["industry"].isin(rule["industries"].split()).to_numpy()
    return large


def meets(firms: pd.DataFrame, age_y: Floats, rule: pd.Series) -> NDArray[np.bool_]:
    """Which registered firms, anchors left out, keep the rule of a tier."""
    revenue = firms["revenue_cny"].to_numpy()
    within = (age_y >= np.nan_to_num(rule["least_age_y"])) & (revenue >= np.nan_to_num(rule["least_revenue_cny"]))
    within &= (age_y <= bound(rule["most_age_y"])) & (revenue <= bound(rule["most_revenue_cny"]))
    within &= firms["stage"].isin(rule["stages"].split()).to_numpy()
    within &= firms["industry"].isin(rule["industries"].split()).to_numpy()
    return np.asarray(within & firms["registered"].to_numpy(dtype=bool) & ~firms["anchor"].to_numpy(dtype=bool))


def bound(value: float) -> float:
    """An upper bound; infinity where there is none."""
    return math.inf if pd.isna(value) else float(value)


def largest(firms: pd.DataFrame, count: int) -> NDArray[np.int64]:
    """The rows of the so many registered firms with the largest revenue."""
    revenue = np.where(firms["registered"], firms["revenue_cny"], 0.0)
    return np.argsort(-revenue, kind="stable")[:count]


def concentration(firms: pd.DataFrame) -> float:
    """Herfindahl index of booked revenue, between 0 and 1."""
    revenue = firms.loc[firms["registered"], "revenue_cny"]
    return math.fsum((revenue / revenue.sum()) ** 2)
