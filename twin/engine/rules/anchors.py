"""What planners do for chains: anchors are brought, firms recruited for a link, alliances founded, chiefs appointed."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.draws import child_key
from twin.engine.kinds import Draw, Kind
from twin.engine.note import NOWHERE, note
from twin.engine.rules.entry import come_for, stage_at_entry, write_down
from twin.engine.rules.growth import set_size
from twin.engine.rules.linkage import relink

FIRST = int64(0)


@njit(cache=True)
def bring_anchor(state: State, now: float, node: int, outbox: Outbox) -> None:
    """An anchor of a link comes, of the last stage; it seeks room as other firms do, waits for it, or gives up.

    It is registered in the park, and wants room for certain.
    """
    linkage = state.linkage
    key = child_key(node, Draw.ANCHOR, linkage.arrived[node])
    linkage.arrived[node] += 1
    firm = write_down(state, key, int64(state.chain.industry[node]), node, int64(len(state.stages.services) - 1))
    state.firms.anchor[firm] = True
    set_size(state, firm, linkage.anchor_staff[0])
    come_for(state, now, firm, True, True, outbox)


@njit(cache=True)
def recruit(state: State, now: float, node: int, outbox: Outbox) -> None:
    """A firm of a link comes that has been won for the park: registered, and for room."""
    industry, key = int64(state.chain.industry[node]), child_key(node, Draw.RECRUITED, FIRST)
    firm = write_down(state, key, industry, node, stage_at_entry(state, key, industry))
    note(state, now, Kind.LIST, firm, NOWHERE, float(state.firms.staff[firm]))
    note(state, now, Kind.WIN, firm, NOWHERE, float(state.firms.staff[firm]))
    come_for(state, now, firm, True, True, outbox)


@njit(cache=True)
def ally(state: State, now: float, industry: int, share: float, outbox: Outbox) -> None:
    """From now on a share of an industry's alliance is there."""
    state.linkage.alliance[industry] = share
    relink(state, now, outbox)


@njit(cache=True)
def appoint(state: State, now: float, industry: int, share: float, outbox: Outbox) -> None:
    """From now on an industry has a share of a chain chief."""
    state.linkage.chief[industry] = share
    relink(state, now, outbox)
