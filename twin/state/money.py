"""The ladder of tiers, what firms spend and pay, and the public purse."""

from __future__ import annotations

import numpy as np

from twin.catalog import Catalog
from twin.engine.arrays import Floats, Ladder, Money, Purse
from twin.engine.kinds import Item
from twin.state.filling import by, zeros
from twin.tiers import rules_of
from twin.units import Quarter


def ladder_of(catalog: Catalog, start: Quarter) -> Ladder:
    """Tiers, with their criteria one after another."""
    names = catalog.tiers
    n = len(names)
    return Ladder(
        apply_share=by(catalog, "apply_share", names),
        renew_share=by(catalog, "renew_share", names),
        approve_share=by(catalog, "approve_share", names),
        capacity=by(catalog, "desk_capacity", names),
        review_years=by(catalog, "review_years", names),
        interval_years=by(catalog, "review_interval_years", names),
        phase_years=by(catalog, "review_phase_years", names),
        valid_years=by(catalog, "tier_valid_years", names),
        valuation_ratio=np.array([catalog.value("valuation_ratio")]),
        **rules_of(catalog, start),
        queue=zeros(n),
        applied=zeros(n),
        recognised=zeros(n),
        refused=zeros(n),
        withdrawn=zeros(n),
        lapsed=zeros(n),
        waited_years=np.zeros(n),
    )


def money_of(catalog: Catalog) -> Money:
    """What firms spend on R&D and pay in tax."""
    industries = catalog.industries
    return Money(
        rd_share=by(catalog, "rd_share", industries),
        rd_sigma=by(catalog, "rd_sigma", industries),
        rd_stage_factor=by(catalog, "rd_stage_factor", catalog.stages),
        rd_size_exponent=np.array([catalog.value("rd_size_exponent")]),
        tax_share=by(catalog, "tax_share", industries),
        profit_share=by(catalog, "profit_share", industries),
        profit_tax_rate=np.array([catalog.value("profit_tax_rate")]),
        tier_profit_tax_rate=by(catalog, "tier_profit_tax_rate", catalog.tiers),
    )


def purse_of(catalog: Catalog, *, buildings: int, sources: int) -> Purse:
    """Unit costs, and factors by which no lever has multiplied anything yet."""

    def park_wide(quantity: str) -> Floats:
        return np.array([catalog.value(quantity)])

    return Purse(
        spent_cny=np.zeros(len(Item)),
        slot_cost_cny_year=by(catalog, "slot_cost_cny_year", catalog.services),
        recruit_cost_cny=park_wide("recruit_cost_cny"),
        prospect_cost_cny=park_wide("prospect_cost_cny"),
        coaching_cost_cny_year=park_wide("coaching_cost_cny_year"),
        space_cost_cny_m2=park_wide("space_cost_cny_m2"),
        spin_off_cost_cny=park_wide("spin_off_cost_cny"),
        outreach_cost_cny=by(catalog, "outreach_cost_cny", catalog.tiers),
        review_cost_cny=by(catalog, "review_cost_cny", catalog.tiers),
        displacement_cost_cny_m2=park_wide("displacement_cost_cny_m2"),
        displacement_cost_cny_job=park_wide("displacement_cost_cny_job"),
        recruiting=np.ones(sources),
        persuading=np.ones(len(catalog.industries)),
        spinning=np.ones(len(catalog.industries)),
        following=np.ones(len(catalog.industries)),
        coaching=np.ones((len(catalog.industries), len(catalog.stages))),
        relief=np.ones(buildings),
        service_time=np.ones(len(catalog.services)),
        outreach=np.ones(len(catalog.tiers)),
        review_time=np.ones(len(catalog.tiers)),
    )
