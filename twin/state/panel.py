"""Empty panels for what is counted."""

from __future__ import annotations

import numpy as np

from twin.engine.arrays import (
    BOUND_COLUMNS,
    CHALLENGE_COLUMNS,
    CLAIM_COLUMNS,
    CONTRACT_COLUMNS,
    FAIR_COLUMNS,
    HOUSING_COLUMNS,
    PEOPLE_COLUMNS,
    RELET_COLUMNS,
    REVIEW_COLUMNS,
    SCENE_COLUMNS,
    SERVICE_COLUMNS,
    Panel,
    State,
)
from twin.engine.kinds import Item, Reason
from twin.state.filling import zeros


def build_panel(state: State, quarters: int) -> Panel:
    """Empty panels for so many quarters."""
    kinds, c, i, g = state.tally.flows.shape
    b, v, u, q = len(state.buildings.stock_m2), len(state.services.slots), len(state.tally.failures), quarters
    tiers, x = len(state.ladder.queue), len(state.linkage.anchors)
    return Panel(
        firms=zeros((q, c, i, g), np.int32),
        remote=zeros((q, c, i, g), np.int32),
        dormant=zeros((q, c, i, g), np.int32),
        staff=zeros((q, c, i, g)),
        floor_m2=zeros((q, c, i, g)),
        revenue_cny=np.zeros((q, c, i, g)),
        rent_bill_cny=np.zeros((q, c, i, g)),
        expiring_m2=zeros((q, c, i, g)),
        leading_m2=zeros((q, c, i, g)),
        rd_cny=np.zeros((q, c, i, g)),
        tax_cny=np.zeros((q, c, i, g)),
        tiers=zeros((q, tiers, c, i), np.int32),
        reviews=np.zeros((q, tiers, len(REVIEW_COLUMNS))),
        purse_cny=np.zeros((q, len(Item))),
        flows=zeros((q, kinds, c, i, g), np.int32),
        stock_m2=zeros((q, b)),
        let_m2=zeros((q, b)),
        offline_m2=zeros((q, b)),
        held_m2=zeros((q, b)),
        kept_m2=zeros((q, b)),
        hosted=zeros((q, b), np.int32),
        leading=zeros((q, b), np.int8),
        tenants=zeros((q, b), np.int32),
        jobs=zeros((q, b), np.int32),
        works_m2=zeros((q, b)),
        renovated_m2=zeros((q, b)),
        finding=zeros((q, b), np.int8),
        rent_cny_m2_day=np.zeros((q, b)),
        arrivals=zeros((q, b), np.int32),
        departures=zeros((q, b), np.int32),
        services=np.zeros((q, v, len(SERVICE_COLUMNS))),
        began=zeros((q, i, g), np.int32),
        failures=zeros((q, u, i, g), np.int32),
        unmet_firms=zeros((q, len(Reason), i), np.int32),
        unmet_m2=zeros((q, len(Reason), i)),
        waiting=zeros((q, i), np.int32),
        node_firms=zeros((q, x), np.int32),
        node_remote=zeros((q, x), np.int32),
        node_anchors=zeros((q, x), np.int32),
        node_staff=zeros((q, x)),
        ordered=zeros((q, i, g), np.int32),
        scenes=np.zeros((q, len(state.scenes.calls), len(SCENE_COLUMNS))),
        challenges=np.zeros((q, len(state.challenges.projects), len(CHALLENGE_COLUMNS))),
        fairs=np.zeros((q, i, len(FAIR_COLUMNS))),
        people=np.zeros((q, len(state.people.demand), len(PEOPLE_COLUMNS))),
        housing=np.zeros((q, len(state.people.homes), len(HOUSING_COLUMNS))),
        agreed=zeros((q, i), np.int32),
        warned=zeros((q, i), np.int32),
        contracts=np.zeros((q, i, len(CONTRACT_COLUMNS))),
        bounds=np.zeros((q, len(state.contracts.bound), len(BOUND_COLUMNS))),
        relet=np.zeros((q, b, len(RELET_COLUMNS))),
        claims=np.zeros((q, i, len(CLAIM_COLUMNS))),
    )
