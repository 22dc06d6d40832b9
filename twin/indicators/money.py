"""Revenue, R&D and tax. They are booked where a firm is registered, not where it works: floor says little of them."""

from __future__ import annotations

from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator, ratio
from twin.units import KM2_M2


@indicator(name_zh="总收入", name_en="Revenue", unit="CNY/year", better="more")
def revenue(f: Figures) -> Floats:
    """Yearly revenue of the firms registered in the place, at the pace of the quarter's end."""
    return f.firms("revenue_cny")


@indicator(name_zh="人均收入", name_en="Revenue per head", unit="CNY/person/year", better="more")
def revenue_per_head(f: Figures) -> Floats:
    """Revenue over staff at work in the place."""
    return ratio(f.firms("revenue_cny"), f.firms("staff"))


@indicator(name_zh="单位面积收入", name_en="Revenue per m² let", unit="CNY/m²/year", better="more")
def revenue_per_m2(f: Figures) -> Floats:
    """Revenue over floor let."""
    return ratio(f.firms("revenue_cny"), f.floor["let_m2"])


@indicator(name_zh="地均收入", name_en="Revenue per km²", unit="CNY/km²/year", better="more")
def revenue_per_km2(f: Figures) -> Floats:
    """Revenue over the area within the boundary in force."""
    return ratio(f.firms("revenue_cny"), f.area_km2)


@indicator(name_zh="单位用地从业人员", name_en="Staff per hectare", unit="persons/ha", better="more")
def staff_per_ha(f: Figures) -> Floats:
    """Persons at work over the area within the boundary in force."""
    return ratio(f.firms("staff"), f.area_km2 * KM2_M2 / 1e4)


@indicator(name_zh="研发投入强度", name_en="R&D over revenue", unit="share", better="more")
def rd_intensity(f: Figures) -> Floats:
    """Spending on R&D over revenue of the firms registered in the place."""
    return ratio(f.firms("rd_cny"), f.firms("revenue_cny"))


@indicator(name_zh="税收", name_en="Tax", unit="CNY/year", better="more")
def tax(f: Figures) -> Floats:
    """Taxes a year of the firms registered in the place, at the pace of the quarter's end."""
    return f.firms("tax_cny")


@indicator(name_zh="单位面积税收", name_en="Tax per m² let", unit="CNY/m²/year", better="more")
def tax_per_m2(f: Figures) -> Floats:
    """Tax over floor let."""
    return ratio(f.firms("tax_cny"), f.floor["let_m2"])


@indicator(name_zh="税收占收入比", name_en="Tax over revenue", unit="share")
def tax_over_revenue(f: Figures) -> Floats:
    """Tax over revenue."""
    return ratio(f.firms("tax_cny"), f.firms("revenue_cny"))
