"""The tracts of the park: guide polygons between river, railway and roads, cut so that published areas are met."""

from dataclasses import dataclass

import pandas as pd
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from builder import figures, ground
from builder.figures import parameter, table


@dataclass(frozen=True)
class Piece:
    """One connected part of a tract, with the row of figures it comes from."""

    figure: pd.Series
    shape: Polygon

    @property
    def tract(self) -> str:
        """The zone the piece belongs to."""
        return str(self.figure["tract"])

    @property
    def name(self) -> str:
        """The name of the piece itself."""
        return str(self.figure["piece"])


def lay_out_pieces() -> list[Piece]:
    """All pieces of all tracts, disjoint, each with its published or derived area."""
    guides = table("tract_guides").set_index("piece")["path"]
    taken: BaseGeometry = west_of_the_bank()
    pieces = []
    for _, figure in table("tracts").iterrows():
        free = figures.polygon(guides[figure["piece"]]).difference(taken)
        if pd.notna(figure["area_km2"]):
            free = ground.cut_to_area(free, figure["area_km2"] * 1e6, figure["cut_bearing_deg"])
        # a cut along a wavy bank may leave crumbs behind: the piece is the largest part
        shape = ground.largest(ground.snap(free))
        pieces.append(Piece(figure, shape))
        taken = ground.union([taken, shape])
    return pieces


def west_of_the_bank() -> Polygon:
    """The river and everything beyond it."""
    bank = list(figures.river_bank().coords)
    (north_x, north_y), (south_x, south_y) = bank[0], bank[-1]
    return Polygon([*bank, (south_x - ground.FAR_M, south_y), (north_x - ground.FAR_M, north_y)])


def river() -> Polygon:
    """The Yongding River as a band west of its eastern bank."""
    bank = figures.river_bank()
    # the western bank is a smoothed copy of the eastern one: small bays do not cross the river
    western = ground.rounded(LineString(bank.simplify(90).coords)).offset_curve(
        -parameter("river_width_m"), join_style="round"
    )
    band = Polygon([*bank.coords, *reversed(western.coords)])
    return ground.largest(ground.snap(shapely.make_valid(band)))


def district(pieces: list[Piece]) -> BaseGeometry:
    """The generalised outline of the district, its river side moved to the bank the tracts know better."""
    outline = figures.district_outline().difference(west_of_the_bank())
    return ground.union([outline, *(piece.shape for piece in pieces)])
