"""Industries: shares, concentration, specialisation."""

from __future__ import annotations

from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator, ratio


@indicator(name_zh="产业构成", name_en="Industry shares of staff", unit="share", parts="industries")
def industry_share(f: Figures) -> Floats:
    """Shares of the industries in the staff of the place."""
    jobs = f.by_industry("staff")
    return ratio(jobs, jobs.sum(axis=1, keepdims=True))


@indicator(
    name_zh="产业集中度 HHI",
    name_en="Industry concentration (HHI)",
    unit="1",
    source="Hirschman 1964, American Economic Review 54(5)",
)
def industry_hhi(f: Figures) -> Floats:
    """Sum of the squared industry shares of staff: 1 for a single industry, 1/n for n equal ones."""
    return (industry_share(f) ** 2).sum(axis=1)


@indicator(
    name_zh="区位商 LQ",
    name_en="Location quotient",
    unit="1",
    parts="industries",
    source="Florence 1939; share of an industry in the place over its share in the park",
)
def location_quotient(f: Figures) -> Floats:
    """LQ = (E_ij / E_j) / (E_i / E): above 1 where a place is specialised; 1 for the park itself."""
    return ratio(industry_share(f), industry_share(f.park or f))
