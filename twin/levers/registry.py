"""What a lever is, and the register of all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from twin.catalog import Catalog
from twin.engine.environment import ParkEnvironment
from twin.engine.kinds import Kind


class Rows(NamedTuple):
    """What an action applies to, as rows of the state's arrays."""

    industries: list[int]
    chain_nodes: list[int]  #: none given, all
    stages: list[int]
    services: list[int]
    buildings: list[int]
    funds: list[int]  #: rows of services
    tiers: list[int]
    scenes: list[int]  #: those that reach the industries, or the links
    skills: list[int]
    places: list[int]  #: of homes and work, as `twin.park.places` has them; none given, none


Change = Callable[[ParkEnvironment, Rows, float], None]

#: Happenings in which a firm looks at rooms and rents.
CHOICES = (
    Kind.SETTLE,
    Kind.COME,
    Kind.WAIT,
    Kind.GIVE_UP,
    Kind.MOVE,
    Kind.RESIZE,
    Kind.LEASE_END,
    Kind.RENEW,
)

CLOSING = (Kind.DISPLACE, Kind.LOSE)
QUEUE = (Kind.START, Kind.TIRED)

#: How pulls of a lever add up: a factor on what is in force, a relative change of it, an amount added to it, or a level
#: that takes its place. "": they do not, since what is pulled at depends on the instant.
Ramp = Literal["times", "change", "more", "level", ""]


@dataclass(frozen=True)
class Lever:
    """A dial with its bounds."""

    name: str
    name_zh: str
    name_en: str
    unit: str
    low: float
    high: float
    where: tuple[str, ...]  #: what an action may narrow it to
    needs: tuple[str, ...]  #: what an action has to say
    whole: bool  #: whether only whole numbers mean something
    ramp: Ramp  #: how pulls of it add up, so that it may take effect little by little; "" at once only
    multiplies: str  #: the catalog quantity that it is a factor on, where that may be 0; "" none
    lead: str  #: the catalog quantity that says how many years pass between the action and its effect; "" none
    chains: bool  #: whether it is about chains, so that industries without one are none of its
    public: bool  #: whether it is about buildings of public landlords alone
    joint: bool  #: whether the district and a company of the city decide on it together, where it concerns both
    homes: bool  #: whether it is about homes of a zone, whatever buildings for firms there are in it
    cost: str  #: the catalog quantity that says what pulling it costs the public; "" nothing
    shows: tuple[Kind, ...]  #: in which happenings it may show by itself, and not through numbers that all firms share
    clauses: tuple[str, ...]  #: ids of `twin.clauses` that ask for it, one at least
    change: Change


_LEVERS: dict[str, Lever] = {}

#: All levers by name.
LEVERS: Mapping[str, Lever] = MappingProxyType(_LEVERS)


def lever(
    *,
    name_zh: str,
    name_en: str,
    unit: str,
    low: float,
    high: float,
    ramp: Ramp,
    cost: str = "",
    shows: tuple[Kind, ...] = (),
    clauses: tuple[str, ...],
    where: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    whole: bool = False,
    multiplies: str = "",
    lead: str = "",
    chains: bool = False,
    public: bool = False,
    joint: bool = False,
    homes: bool = False,
) -> Callable[[Change], Change]:
    """Register a function as a lever under its own name."""

    def register(change: Change) -> Change:
        name = change.__name__
        _LEVERS[name] = Lever(
            *(name, name_zh, name_en, unit, low, high, where, needs, whole, ramp, multiplies, lead),
            *(chains, public, joint, homes, cost, shows, clauses, change),
        )
        return change

    return register


def cost_of(lever: Lever, catalog: Catalog) -> str:
    """What pulling a lever costs the public: the quantity, its value, or span of values, and unit; "" nothing."""
    if not lever.cost:
        return ""
    unit = next(row["unit"] for row in catalog.tables["quantities"] if row["id"] == lever.cost)
    values = [catalog.value(lever.cost, scope) for scope in catalog.scopes(lever.cost)]
    span = dict.fromkeys((min(values), max(values)))
    return f"{lever.cost}: {' … '.join(f'{value:,.10g}' for value in span)} {unit}"
