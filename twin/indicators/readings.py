"""What depends on how the park's documents are read where they leave it open: see the settings of a scenario."""

from __future__ import annotations

from twin.indicators.figures import Figures, Floats
from twin.indicators.ladder import tier_holders
from twin.indicators.registry import indicator, ratio


@indicator(name_zh="园区企业", name_en="Firms of the park", unit="firms", better="more")
def firms(f: Figures) -> Floats:
    """Firms as the setting `firms` counts them: those with room in the park, or also those only registered there."""
    return _counted(f).sum(axis=1)


@indicator(name_zh="特色产业企业占比", name_en="Feature industries: share of firms", unit="share", better="more")
def feature_firm_share(f: Figures) -> Floats:
    """Share of the feature industries, as the setting `industries` names them, in the firms of the place."""
    counted = _counted(f)
    return ratio(counted @ f.readings.feature, counted.sum(axis=1))


@indicator(name_zh="特色产业营收占比", name_en="Feature industries: share of revenue", unit="share", better="more")
def feature_revenue_share(f: Figures) -> Floats:
    """Share of the feature industries, as the setting `industries` names them, in the revenue of the place."""
    revenue_cny = f.by_industry("revenue_cny")
    return ratio(revenue_cny @ f.readings.feature, revenue_cny.sum(axis=1))


@indicator(
    name_zh="梯队企业（公布口径）",
    name_en="Holders of tiers, as published",
    unit="firms",
    better="more",
    parts="tiers",
    park_only=True,
    source="S2: 26 little giants, 441 specialised SMEs, some 1,100 high-tech enterprises in the district (全区)",
)
def published_tiers(f: Figures) -> Floats:
    """Holders of a tier in what published counts are of, by the setting `tier_scope`: the district, or the park.

    The district has those of the park over the park's share, `tier_park_share`.
    """
    return tier_holders(f) / f.readings.tier_park_share


def _counted(f: Figures) -> Floats:
    """(Q, I): the firms of the place that count, by industry."""
    resident = f.by_industry("resident_firms")
    return resident + f.by_industry("remote_firms") if f.readings.everyone else resident
