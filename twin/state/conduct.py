"""What is common to the firms of an industry, a stage or an age, and to all."""

from __future__ import annotations

import numpy as np

from twin.catalog import Catalog, cause_share
from twin.engine.arrays import Ages, Conduct, Floats, Industries, Stages
from twin.state.filling import by, zeros


def industries_of(catalog: Catalog) -> Industries:
    """What is common to the firms of each industry."""
    names = catalog.industries
    shares = by(catalog, "stage_share", catalog.stages)
    return Industries(
        entry_jobs_elasticity=by(catalog, "entry_jobs_elasticity", names),
        jobs_at_start=zeros(len(names)),
        stage_mix=np.tile(np.cumsum(shares) / shares.sum(), (len(names), 1)),
        resident_share=by(catalog, "resident_share", names),
        registered_share=by(catalog, "registered_share", names),
        m2_per_head=by(catalog, "m2_per_head", names),
        revenue_per_head_cny=by(catalog, "revenue_per_head_cny", names),
        productivity_sigma=by(catalog, "productivity_sigma", names),
        growth_mean=by(catalog, "growth_mean", names),
        search_patience_years=by(catalog, "search_patience_years", names),
        absorb_per_year=by(catalog, "absorb_per_year", names),
        move_out_per_year=by(catalog, "move_out_per_year", names),
        come_per_year=by(catalog, "come_per_year", names),
        spin_off_per_year=by(catalog, "spin_off_per_year", names),
        followers_per_firm=by(catalog, "followers_per_firm", names),
        lease_years=by(catalog, "lease_years", names),
        closing_factor=by(catalog, "closing_factor", names),
        dormancy_factor=by(catalog, "dormancy_factor", names),
        taste_rent=by(catalog, "taste_rent", names),
        taste_jobs=by(catalog, "taste_jobs", names),
        taste_metro=by(catalog, "taste_metro", names),
        taste_quality=by(catalog, "taste_quality", names),
        taste_leading=by(catalog, "taste_leading", names),
    )


def ages_of(catalog: Catalog) -> Ages:
    """The laws of age."""
    return Ages(*law_of_age(catalog, "closing_by_age"), *law_of_age(catalog, "dormant_by_age"))


def law_of_age(catalog: Catalog, quantity: str) -> tuple[Floats, Floats]:
    """Ages in years and the cumulative hazard at them, -ln of survival; the last year's hazard goes on."""
    ages = catalog.scopes(quantity)
    # neither an infinite hazard nor none: a clock must have a date, and something left on it when the hazard changes
    q = np.clip([catalog.value(quantity, age) for age in ages], 1e-12, 1.0 - 1e-12)
    knots = np.concatenate([[0.0], np.array(ages, dtype=float)])
    return knots, np.concatenate([[0.0], np.cumsum(-np.log1p(-q))])


def stages_of(catalog: Catalog) -> Stages:
    """What is common to the firms of each stage."""
    names, across = catalog.stages, len(catalog.industries)
    shares = np.array([by(catalog, cause_share(cause), names) for cause in catalog.failures])
    return Stages(
        advance_per_year=np.tile(by(catalog, "advance_per_year", names), (across, 1)),
        fail_per_year=np.tile(by(catalog, "fail_per_year", names), (across, 1)),
        leave_per_year=np.tile(by(catalog, "leave_per_year", names), (across, 1)),
        closing_factor=by(catalog, "age_closing_factor", names),
        floor_factor=by(catalog, "floor_factor", names),
        least_m2=by(catalog, "least_m2", names).astype(np.int64),
        revenue_factor=by(catalog, "revenue_factor", names),
        newborn_share=by(catalog, "newborn_share", names),
        age_at_entry_years=by(catalog, "age_at_entry_years", names),
        entry_staff=by(catalog, "entry_staff", names),
        entry_staff_sigma=by(catalog, "entry_staff_sigma", names),
        services=np.array(
            [sum(1 << catalog.services.index(service) for service in catalog.services_of(stage)) for stage in names]
        ),
        cause_share=shares / shares.sum(axis=0),
    )


def conduct_of(catalog: Catalog) -> Conduct:
    """How firms behave, whatever their industry."""
    return Conduct(**{name: np.array([catalog.value(name)]) for name in Conduct._fields})
