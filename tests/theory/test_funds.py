"""Rounds that a fund pays together with others, as a thinned stream."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.parks import small_park
from tests.theory.quiet import Floats, judge, quiet, replicate, services, z_of_dispersion, z_of_mean, z_of_ratio
from twin.record import Record

FUND = "growth_fund"


@pytest.mark.slow
def test_tickets_are_a_thinned_stream(slip: float) -> None:
    """Of a Poisson stream of firms, each looked at at once, those are paid whose round others join: a Poisson stream.

    Those that are paid and those that are not know nothing of each other (Kingman 1993, *Poisson Processes*, ch. 5).
    The fund pays a fifth of a round, others always come from two fifths on, so that half of the rounds are filled; a
    round is five tickets. The planted error is in the fund's part of a round.
    """
    arrivals, share, sure, ticket = 80.0, 0.2, 0.4, 1e6
    scenario = quiet(
        {
            "entry_per_year": arrivals,
            "stage_share.mature": 0.0,
            "stage_share.scale": 1.0,
            f"service_share.{FUND}": 1.0,
            f"service_years.{FUND}": 1e-6,
            f"fund_capital_cny.{FUND}": 1e12,
            f"fund_ticket_cny.{FUND}": ticket,
            f"fund_share.{FUND}": share * slip,
            f"fund_sure_share.{FUND}": sure,
        },
        quarters=4,
    )

    def seen(record: Record) -> Floats:
        columns = ("finished", "unmatched", "paid_cny", "private_cny")
        return np.array([services(record, column).sum() for column in columns])

    finished, unmatched, paid_cny, private_cny = replicate(
        small_park([100.0], slots={FUND: 1000}), scenario, 300, seen
    ).T
    paid = finished - unmatched
    np.testing.assert_array_equal(paid_cny, paid * ticket)
    np.testing.assert_array_equal(private_cny, paid * (math.floor(ticket / (share * slip)) - ticket))
    both = (paid - paid.mean()) * (unmatched - unmatched.mean())
    z = {
        "paid": z_of_mean(paid, 7 * arrivals * share / sure),
        "dispersion": z_of_dispersion(paid),
        "filled": z_of_ratio(paid, finished, share / sure),
        "covariance": z_of_mean(both, 0.0),
        "private": z_of_mean(private_cny / 1e6, 7 * arrivals * (1.0 - share) / sure),
    }
    judge("rounds", z, slip)


def test_the_more_a_fund_takes_the_less_others_pay_for_a_firm_looked_at() -> None:
    """Ticket x (1 - share) / sure up to the sure share, ticket x (1 / share - 1) beyond: never more for more."""
    sure, shares = 0.4, np.linspace(0.01, 1.0, 100)
    private = np.minimum(1.0, shares / sure) * (1.0 / shares - 1.0)
    assert (np.diff(private) < 0.0).all()
    np.testing.assert_allclose(private[shares < sure], (1.0 - shares[shares < sure]) / sure)
