"""Honouring of policies 政策兑现: what firms are entitled to, who applies, and what waiting for the money does."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import CLAIM_COLUMNS, Flags, Floats, Ints, Outbox, Panel, State, TinyInts, int64
from twin.engine.clocks import LATE
from twin.engine.draws import uniform
from twin.engine.kinds import Draw, Item, Status
from twin.engine.rules.agreements import put_under
from twin.engine.rules.money import rd_cny, revenue_cny
from twin.engine.rules.purse import spend

APPLIED, PAID, WITHDRAWN, PAID_CNY, _, WAITED_YEARS, QUEUE, LATE_CLAIMS = range(len(CLAIM_COLUMNS))

#: How a firm's application stands.
NONE, OPEN, OVERDUE = 0, 1, 2


@njit(nogil=True, cache=True)
def claim(
    state: State,
    now: float,
    call: int,
    known: Ints,
    standing: TinyInts,
    rows: Ints,
    cny: Floats,
    outbox: Outbox,
) -> int:
    """Firms apply at a yearly call for what they are entitled to, each by its own lot; returns how many.

    Their rows and what they are entitled to are written. `known` has the tiers that each firm has held at a call: for
    those it has won since it gets a lump sum, once. Who still waits for money does not apply again.
    """
    firms, honouring, count = state.firms, state.honouring, 0
    for firm in range(firms.used[0]):
        status, tiers = firms.status[firm], int64(firms.tiers[firm])
        if status not in (Status.RESIDENT, Status.REMOTE) or standing[firm] != NONE or not firms.registered[firm]:
            continue
        won, known[firm] = tiers & ~known[firm], known[firm] | tiers
        entitled = entitled_cny(state, now, firm, won) if tiers else 0.0
        if entitled > 0.0 and uniform(state.seed, firms.key[firm], Draw.CLAIM, call) < honouring.claim_share[0]:
            rows[count], cny[count], standing[firm] = firm, entitled, OPEN
            honouring.counted[firms.industry[firm], APPLIED] += 1.0
            honouring.counted[firms.industry[firm], QUEUE] += 1.0
            count += 1
    return count


@njit()
def entitled_cny(state: State, now: float, firm: int, won: int) -> float:
    """Lump sums for tiers won since the last call, and a holder's share of its R&D up to a cap, CNY."""
    honouring, tier = state.honouring, 0
    rd = rd_cny(state, now, firm, revenue_cny(state, now, firm))
    total = min(honouring.rd_share[state.firms.stage[firm]] * rd, honouring.cap_cny[0])
    while won > 0:
        total += honouring.lump_cny[tier] * (won & 1)
        won, tier = won >> 1, tier + 1
    return float(total)


@njit(cache=True)
def withdraw(state: State, now: float, rows: Ints, standing: TinyInts, stays: Flags, outbox: Outbox) -> None:
    """Strike out the applications of firms that have gone; write which stay."""
    for n in range(len(rows)):
        firm = rows[n]
        stays[n] = state.firms.status[firm] in (Status.RESIDENT, Status.REMOTE)
        if not stays[n]:
            end_claim(state, firm, standing)
            state.honouring.counted[state.firms.industry[firm], WITHDRAWN] += 1.0


@njit()
def end_claim(state: State, firm: int, standing: TinyInts) -> None:
    """A firm's application is no longer among those without payment."""
    counted = state.honouring.counted[state.firms.industry[firm]]
    counted[QUEUE] -= 1.0
    counted[LATE_CLAIMS] -= 1.0 if standing[firm] == OVERDUE else 0.0
    standing[firm] = NONE


@njit(cache=True)
def pay(state: State, now: float, rows: Ints, cny: Floats, since: Floats, standing: TinyInts, outbox: Outbox) -> None:
    """Applications come to their end: who is still there is paid, and waits no more."""
    firms = state.firms
    for n in range(len(rows)):
        firm, counted = rows[n], state.honouring.counted[firms.industry[rows[n]]]
        end_claim(state, firm, standing)
        strains = int64(firms.strains[firm])
        if firms.status[firm] not in (Status.RESIDENT, Status.REMOTE):
            counted[WITHDRAWN] += 1.0
            continue
        counted[PAID] += 1.0
        counted[PAID_CNY] += cny[n]
        counted[WAITED_YEARS] += now - since[n]
        spend(state, Item.HONOURING, cny[n])
        if strains & LATE:
            put_under(state, now, firm, strains & ~LATE, outbox)


@njit(cache=True)
def fall_due(state: State, now: float, rows: Ints, standing: TinyInts, outbox: Outbox) -> None:
    """The promised time is over: those of these firms that have not been paid wait for a late payment."""
    for firm in rows:
        if standing[firm] == OPEN:
            standing[firm] = OVERDUE
            state.honouring.counted[state.firms.industry[firm], LATE_CLAIMS] += 1.0
            if state.firms.status[firm] in (Status.RESIDENT, Status.REMOTE):
                put_under(state, now, firm, int64(state.firms.strains[firm]) | LATE, outbox)


@njit()
def count_claims(state: State, panel: Panel, quarter: int) -> None:
    """The quarter's applications and payments, and those without payment at its end."""
    counted = state.honouring.counted
    panel.claims[quarter] = counted
    counted[:, :QUEUE] = 0.0


@njit(cache=True)
def open_windows(state: State, now: float, more: int, outbox: Outbox) -> None:
    """Open service windows, or close them; fewer than none are none."""
    state.honouring.windows[0] += more


@njit(cache=True)
def scale_honouring(state: State, now: float, factor: float, outbox: Outbox) -> None:
    """Multiply the time from being taken to being paid, of what is taken from now on."""
    state.honouring.years[0] *= factor
    state.honouring.speed[0] *= factor
