"""Demonstration scenes, the open-bid list of R&D projects, events, and what help they are."""

from __future__ import annotations

import numpy as np

from twin.catalog import Catalog
from twin.engine.arrays import Awards, Challenges, Events, Flags, Floats, Helps, Scenes, Sources
from twin.engine.kinds import Help, Origin
from twin.state.filling import by, full, zeros


def scenes_of(catalog: Catalog) -> Scenes:
    """Scenes with whom they are for; a scene that names links is for firms of their industries whose link is not told.

    One that names neither links nor industries is for all.
    """
    rows, n = catalog.tables["scenes"], len(catalog.scenes)
    links = {row["id"]: row["industry"] for row in catalog.tables["chain_nodes"]}
    of_node, of_industry, of_stage = [], [], []
    for row in rows:
        nodes, industries = row["chain_nodes"].split(), row["industries"].split()
        everyone = not nodes and not industries
        of_node.append([everyone or link in nodes or industry in industries for link, industry in links.items()])
        named = {*industries, *(links[node] for node in nodes)}
        of_industry.append([everyone or industry in named for industry in catalog.industries])
        of_stage.append([stage in row["stages"].split() for stage in catalog.stages])
    return Scenes(
        calls_per_year=by(catalog, "scene_calls_per_year", catalog.scenes),
        date_years=by(catalog, "scene_date_years", catalog.scenes),
        orders_per_call=by(catalog, "scene_orders_per_call", catalog.scenes),
        bid_share=by(catalog, "scene_bid_share", catalog.scenes),
        of_node=_flags(of_node, n, len(links)),
        of_industry=_flags(of_industry, n, len(catalog.industries)),
        of_stage=_flags(of_stage, n, len(catalog.stages)),
        order_cny=by(catalog, "order_cny", catalog.stages),
        order_years=_one(catalog, "order_years"),
        public_share=_one(catalog, "order_public_share"),
        call_cost_cny=_one(catalog, "scene_call_cost_cny"),
        calls=zeros(n),
        eligible=zeros(n),
        bids=zeros(n),
        orders=zeros(n),
        ordered_cny=np.zeros(n),
    )


def reaches(catalog: Catalog, scene: int, industries: list[int], nodes: list[int]) -> bool:
    """Whether a scene is for firms of any of some links, or, where none are given, of any of some industries."""
    links, row = (
        {link["id"]: link["industry"] for link in catalog.tables["chain_nodes"]},
        catalog.tables["scenes"][scene],
    )
    named, of_industries = row["chain_nodes"].split(), row["industries"].split()
    if not named and not of_industries:
        return True
    if nodes:
        ids = {catalog.chain_nodes[node] for node in nodes}
        return any(link in named or links[link] in of_industries for link in ids)
    reached = {*of_industries, *(links[link] for link in named)}
    return any(catalog.industries[industry] in reached for industry in industries)


def challenges_of(catalog: Catalog) -> Challenges:
    """The open-bid list."""
    n = len(catalog.chain_nodes)
    return Challenges(
        projects_per_year=by(catalog, "challenge_projects_per_year", catalog.chain_nodes),
        date_years=_one(catalog, "challenge_date_years"),
        bid_share=_one(catalog, "challenge_bid_share"),
        neighbour_ratio=_one(catalog, "challenge_neighbour_ratio"),
        award_cny=_one(catalog, "challenge_award_cny"),
        years=_one(catalog, "challenge_years"),
        projects=zeros(n),
        matched=zeros(n),
        deserted=zeros(n),
    )


def events_of(catalog: Catalog, sources: Sources) -> Events:
    """Events of each industry."""
    n = len(catalog.industries)
    return Events(
        per_year=by(catalog, "events_per_year", catalog.industries),
        date_years=_one(catalog, "event_date_years"),
        prizes=_one(catalog, "event_prizes"),
        prize_cny=_one(catalog, "prize_cny"),
        bid_share=_one(catalog, "event_bid_share"),
        show_share=_one(catalog, "event_show_share"),
        prospect_boost=_one(catalog, "event_prospect_boost"),
        ordinary=np.flatnonzero(sources.origin == Origin.RECRUIT),
        pulse=np.flatnonzero(sources.origin == Origin.EVENT),
        cost_cny=_one(catalog, "event_cost_cny"),
        held=zeros(n),
        competed=zeros(n),
        prized=zeros(n),
        shown=zeros(n),
        prospects=zeros(n),
    )


def helps_of(catalog: Catalog) -> Helps:
    """What each kind of help does: orders and shows are about the market, projects about technology."""
    advance = {Help.ORDER: "order_advance_ratio", Help.PRIZE: "prize_advance_ratio"}
    relief = {
        Help.ORDER: ("market", "order_relief_ratio"),
        Help.PROJECT: ("technical", "challenge_relief_ratio"),
        Help.SHOW: ("market", "event_relief_ratio"),
    }
    causes = [relief[kind][0] if kind in relief else "" for kind in Help]
    return Helps(
        advance_ratio=np.array([catalog.value(advance[kind]) if kind in advance else 1.0 for kind in Help]),
        relieves=np.array(
            [catalog.failures.index(cause) if cause in catalog.failures else -1 for cause in causes], dtype=np.int32
        ),
        relief_ratio=np.array([catalog.value(relief[kind][1]) if kind in relief else 1.0 for kind in Help]),
    )


def no_awards(size: int) -> Awards:
    """No awards, and room for so many; the environment adds when short."""
    return Awards(
        used=zeros(1),
        first=zeros(1),
        kind=zeros(size, np.int8),
        of=zeros(size, np.int32),
        firm=full(size, -1, np.int32),
        stage=zeros(size, np.int8),
        since=np.zeros(size),
        ends=np.zeros(size),
        cny=np.zeros(size),
    )


def _flags(rows: list[list[bool]], count: int, across: int) -> Flags:
    return np.array(rows, dtype=np.bool_).reshape(count, across)


def _one(catalog: Catalog, quantity: str) -> Floats:
    return np.array([catalog.value(quantity)])
