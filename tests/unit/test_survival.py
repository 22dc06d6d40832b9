"""Competing exits with firms seen late and firms still there: numbers by hand, identities, laws, and runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.parks import small_park, stock_of
from tests.theory.quiet import LIMIT, PLANTED, quiet, stock_of_all
from tests.unit.facts.made import firms_of, made
from twin.errors import InputError
from twin.record import Record
from twin.simulation import simulate
from twin.study.survival import CAUSES, aalen_johansen, exits_by_age, exits_of_entrants, lives

TIMES = [1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0]
ENDS = ["c1", "", "c2", "c1", "", "c2", "c1", ""]


def by_hand(ends: list[str]) -> list[float]:
    """Incidence of c1 and c2 and survival, at 6 and at 4."""
    found = aalen_johansen(TIMES, ends, causes=["c1", "c2"]).at([6.0, 4.0])
    incidence, survival = found["incidence"].tolist(), found["survival"].tolist()
    return [incidence[0], incidence[2], survival[0], incidence[1], incidence[3], survival[1]]


def test_the_case_by_hand() -> None:
    assert by_hand(ENDS) == pytest.approx([0.475, 0.325, 0.20, 0.275, 0.125, 0.60])


@pytest.mark.parametrize("planted", range(7))
def test_an_end_that_is_mistaken_is_seen(planted: int) -> None:
    ends = [*ENDS]
    ends[planted] = {"c1": "c2", "c2": "", "": "c1"}[ends[planted]]
    assert by_hand(ends) != pytest.approx([0.475, 0.325, 0.20, 0.275, 0.125, 0.60])


def test_those_at_risk_are_those_seen() -> None:
    """The first is seen from 0 to 2, the second from 1 to 3, the third from 2 on: at 2 it is not at risk yet."""
    found = aalen_johansen([2.0, 3.0, 4.0], ["a", "a", ""], [0.0, 1.0, 2.0])
    assert found.at_risk.tolist() == [2, 2]
    assert found.survival == pytest.approx([0.5, 0.25])
    assert found.at([0.5, 1.5, 2.0, 9.0])["at_risk"].tolist() == [1, 2, 2, 0]


def test_where_all_at_risk_end_nothing_is_left() -> None:
    """The trap of late entry: one is seen early and ends, ninety-nine come later, and none of them counts."""
    found = aalen_johansen([1.0, *[9.0] * 99], ["a", *[""] * 99], [0.0, *[2.0] * 99])
    assert found.survival.tolist() == [0.0]
    late = aalen_johansen([9.0] * 99, [""] * 98 + ["a"], [2.0] * 99)
    assert late.survival == pytest.approx([98 / 99])


SEEN = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 9), st.sampled_from(["", "a", "b", "c"])), min_size=1, max_size=40
)


@given(SEEN)
def test_survival_and_incidences_add_up_to_one(seen: list[tuple[int, int, str]]) -> None:
    since = np.array([float(first) for first, _, _ in seen])
    until = since + [float(length) for _, length, _ in seen]
    found = aalen_johansen(until, [cause for _, _, cause in seen], since)
    np.testing.assert_allclose(found.survival + found.incidence.sum(axis=0), 1.0)
    assert (np.diff(found.incidence, axis=1) >= 0).all()
    assert (found.at_risk >= 1).all()
    assert (found.variance >= 0).all()


@given(SEEN)
def test_it_is_what_a_plain_loop_over_times_finds(seen: list[tuple[int, int, str]]) -> None:
    spans = [(first, first + length, cause) for first, length, cause in seen]
    left, gone = 1.0, dict.fromkeys("abc", 0.0)
    for time in sorted({last for _, last, cause in spans if cause}):
        at_risk = sum(first < time <= last for first, last, _ in spans)
        ended = [cause for _, last, cause in spans if last == time and cause]
        for cause in ended:
            gone[cause] += left / at_risk
        left *= 1.0 - len(ended) / at_risk
    since, until, causes = zip(*spans, strict=True)
    found = aalen_johansen(until, causes, since, causes="abc").at(99.0)
    assert found["incidence"].tolist() == pytest.approx(list(gone.values()))
    assert found["survival"].iloc[0] == pytest.approx(left)


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=40))
def test_survival_is_that_of_kaplan_and_meier(seen: list[tuple[int, bool]]) -> None:
    """As SciPy has it, for whom nobody is seen late."""
    until, ends = np.array([float(time) for time, _ in seen]), np.array([ended for _, ended in seen])
    found = aalen_johansen(until, ["a" if ended else "" for ended in ends], causes=["a"])
    other = stats.ecdf(stats.CensoredData.right_censored(until, ~ends)).sf.evaluate(found.times)
    np.testing.assert_allclose(found.survival, other, atol=1e-12)


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from("abc")), min_size=1, max_size=40))
def test_without_censoring_it_is_the_share_that_ended(seen: list[tuple[int, str]]) -> None:
    """And its variance is the binomial one, F(1 - F)/n."""
    until, cause = np.array([float(time) for time, _ in seen]), np.array([name for _, name in seen], dtype=object)
    found = aalen_johansen(until, list(cause), causes="abc")
    for k, name in enumerate("abc"):
        share = np.array([((until <= time) & (cause == name)).mean() for time in found.times])
        np.testing.assert_allclose(found.incidence[k], share, atol=1e-12)
        np.testing.assert_allclose(found.variance[k], share * (1 - share) / len(seen), atol=1e-9)


def test_order_and_names_do_not_matter() -> None:
    found = aalen_johansen(TIMES[::-1], [{"c1": "x", "c2": "y"}.get(cause, "") for cause in ENDS[::-1]])
    np.testing.assert_allclose(found.incidence, aalen_johansen(TIMES, ENDS).incidence)


HAZARDS = {"close": 0.08, "absorb": 0.05, "move": 0.12}


def sample(n: int, luck: np.random.Generator, slip: float = 1.0) -> pd.DataFrame:
    """Firms with constant hazards that are seen from 0 to 4 years of age on, for 0 to 6 years; the rest is not seen."""
    total = sum(HAZARDS.values()) * slip
    life, first, length = luck.exponential(1 / total, n), luck.uniform(0, 4, n), luck.uniform(0, 6, n)
    why = luck.choice(list(HAZARDS), p=[h * slip / total for h in HAZARDS.values()], size=n)
    last = first + length
    frame = pd.DataFrame({"since": first, "until": np.minimum(life, last), "cause": np.where(life <= last, why, "")})
    return frame[life > first]


@pytest.mark.parametrize("slip", [1.0, PLANTED], ids=["true", "planted"])
def test_constant_hazards_are_found_though_firms_are_seen_late(slip: float) -> None:
    """CIF_k = h_k / H (1 - exp(-H t)): .228318 .142699 .342478 at t = 5, of 200,000 firms (Prentice et al. 1978)."""
    seen = sample(200_000, np.random.default_rng(5), slip)
    found = aalen_johansen(seen["until"], seen["cause"].tolist(), seen["since"], causes=list(HAZARDS))
    step = np.searchsorted(found.times, 5.0, side="right") - 1
    expected = np.array([0.228318, 0.142699, 0.342478])
    z = (found.incidence[:, step] - expected) / np.sqrt(found.variance[:, step])
    ended = aalen_johansen(seen["until"], ["any" if cause else "" for cause in seen["cause"]], seen["since"])
    left = (found.survival[step] - 0.286505) / np.sqrt(ended.variance[0, step])
    worst = max(np.abs(z).max(), abs(left))
    assert (worst < LIMIT) if slip == 1.0 else (worst > LIMIT)
    naive = aalen_johansen(seen["until"], seen["cause"].tolist(), causes=list(HAZARDS))
    missed = (naive.incidence[:, np.searchsorted(naive.times, 5.0) - 1] - expected) / np.sqrt(found.variance[:, step])
    assert np.abs(missed).max() > 3 * LIMIT, "who takes the late for early does not notice it"


def test_intervals_cover_what_they_say() -> None:
    luck, n, hit = np.random.default_rng(23), 300, 0
    for _ in range(n):
        seen = sample(200, luck)
        found = aalen_johansen(seen["until"], seen["cause"].tolist(), seen["since"], causes=list(HAZARDS)).at(5.0)
        row = found[found["cause"] == "move"].iloc[0]
        hit += bool(row["low"] <= 0.342478 <= row["high"])
    assert 0.90 <= hit / n <= 0.99


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "nobody": ({"until": [], "cause": []}, "at least one is needed"),
    "other lengths": ({"until": [1.0, 2.0], "cause": ["a"]}, "one of each for everybody"),
    "no time": ({"until": [2.0], "cause": ["a"], "since": [2.0]}, "row 0 is seen from 2 to 2"),
    "before the beginning": ({"until": [2.0], "cause": ["a"], "since": [-1.0]}, "row 0 is seen from -1 to 2"),
    "no number": ({"until": [float("nan")], "cause": ["a"]}, "row 0 is seen from 0 to nan"),
    "endless": ({"until": [float("inf")], "cause": [""]}, "row 0 is seen from 0 to inf"),
    "another cause": ({"until": [1.0], "cause": ["b"], "causes": ["a"]}, "cause 'b' is none of a"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused(name: str) -> None:
    given_, said = BAD[name]
    with pytest.raises(ValueError, match=said):
        aalen_johansen(**given_)


def test_nobody_ends() -> None:
    found = aalen_johansen([1.0, 2.0], ["", ""], causes=["a"]).at([1.0, 5.0])
    assert found["incidence"].tolist() == [0.0, 0.0]
    assert found["survival"].tolist() == [1.0, 1.0]
    assert found["at_risk"].tolist() == [2, 0]


# From runs


def small_run() -> Record:
    """Four firms over ten years: a stock firm founded at -3, and three that come at 1, 2 and 4; one waits till 3.

    The first closes at 5, the second moves out at 4, the third waits from 2 to 3 and is still there, the fourth gives
    up waiting.
    """
    firms = firms_of([-3.0, 1.0, 1.0, 4.0], came=[-3.0, 1.0, 2.0, 4.0], gone=[5.0, 4.0, np.inf, 4.5])
    firms["status"] = ["gone", "gone", "resident", "gone"]
    events = [
        (1.0, "enter", 1, None, "lab", 1.0),
        (2.0, "enter", 2, None, "lab", 1.0),
        (2.0, "wait", 2, None, "lab", 1.0),
        (3.0, "settle", 2, "b0", "lab", 1.0),
        (4.0, "move_out", 1, None, "lab", 1.0),
        (4.0, "enter", 3, None, "lab", 1.0),
        (4.0, "wait", 3, None, "lab", 1.0),
        (4.5, "give_up", 3, None, "lab", 1.0),
        (5.0, "close", 0, None, "lab", 1.0),
    ]
    return made(firms=firms, events=events).record


def test_lives_begin_when_there_is_room() -> None:
    run = small_run()
    assert run.firms is not None
    assert run.events is not None
    found = lives(run.firms, run.events).set_index("firm")
    assert found["begins"].to_dict() == {0: -3.0, 1: 1.0, 2: 3.0}
    assert found["cause"].to_dict() == {0: "close", 1: "move_out", 2: ""}


def test_exits_by_age_by_hand() -> None:
    """Seen by age: the stock firm from 3 to 8, the second from 0 to 3, the third from 2 to 9."""
    found = exits_by_age(small_run())
    assert found.times.tolist() == [3.0, 8.0]
    assert found.at_risk.tolist() == [2, 2]
    ends = found.at([3.0, 8.0]).set_index(["cause", "time"])["incidence"]
    assert ends["moved_out"].tolist() == [0.5, 0.5]
    assert ends["closed"].tolist() == [0.0, 0.25]
    assert found.causes == CAUSES


def test_exits_from_an_age_on_are_of_those_who_reach_it() -> None:
    found = exits_by_age(small_run(), from_age=5.0)
    assert found.times.tolist() == [8.0]
    assert found.survival.tolist() == [0.5]


def test_exits_of_entrants_leave_the_stock_out() -> None:
    """In the park: the second for 3 years, the third for 7 and still there."""
    found = exits_of_entrants(small_run())
    assert found.times.tolist() == [3.0]
    assert found.at_risk.tolist() == [2]
    assert found.at(10.0).set_index("cause").loc["moved_out", "incidence"] == 0.5


def test_several_runs_are_taken_together() -> None:
    once, twice = exits_by_age(small_run()), exits_by_age([small_run(), small_run()])
    np.testing.assert_allclose(twice.incidence, once.incidence)
    np.testing.assert_allclose(twice.variance, once.variance / 2)


def test_what_cannot_be_told_is_refused() -> None:
    with pytest.raises(InputError, match="no firm is seen"):
        exits_by_age(small_run(), from_age=50.0)
    with pytest.raises(InputError, match="no firm is seen"):
        exits_by_age([])
    silent = simulate(small_park([100.0], firms=stock_of(2)), quiet({}), events=False)
    with pytest.raises(InputError, match="kept no events"):
        exits_of_entrants(silent)


@pytest.mark.parametrize("slip", [1.0, PLANTED], ids=["true", "planted"])
def test_exits_of_a_run_follow_their_hazards(slip: float) -> None:
    """Absorbed at .05 and moved out at .12 a year, all else off: 35,000 firms of the stock, each six years old.

    F_k = h_k / H (1 - exp(-H t)) after 2 years, in ages from 6 to 8.
    """
    scenario = quiet({"absorb_per_year": 0.05, "move_out_per_year": 0.12 * slip}, quarters=8)
    run = simulate(stock_of_all(5_000), scenario, events=True)
    found = exits_by_age(run)
    gone = 1.0 - np.exp(-0.17 * 2.0)
    z = {}
    for cause, hazard in (("absorbed", 0.05), ("moved_out", 0.12)):
        k = found.causes.index(cause)
        z[cause] = (found.incidence[k, -1] - hazard / 0.17 * gone) / np.sqrt(found.variance[k, -1])
    worst = max(abs(value) for value in z.values())
    assert (worst < LIMIT) if slip == 1.0 else (worst > LIMIT), z
    assert found.survival[-1] + found.incidence[:, -1].sum() == pytest.approx(1.0)
