"""Buildings over many runs: medians, ranges, shares and mixes are those of the runs, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.theory.lively import lively_park, lively_scenario
from twin.study import replicate
from twin.study.portraits import NOBODY, Portrait, portrait, portrait_of
from twin.study.replications import Study
from twin.study.tenants import tenants_of

RUNS = 5


@pytest.fixture(scope="module")
def study() -> Study:
    moving = lively_scenario().with_parameters({"come_per_year": 2.0, "move_out_per_year": 0.3})
    return replicate(lively_park(), moving, replications=RUNS, events=True)


@pytest.fixture(scope="module")
def found(study: Study) -> Portrait:
    return portrait(study)


def panels(study: Study, column: str) -> np.ndarray:
    """(runs, quarters, buildings)."""
    frames = [record.buildings for record in study.records]
    tables = [frame.pivot_table(column, "quarter", "building_id", observed=False) for frame in frames]
    return np.stack([table.to_numpy(dtype=float) for table in tables])


def test_numbers_have_the_median_and_the_range_of_the_runs(study: Study, found: Portrait) -> None:
    stock, let = panels(study, "stock_m2"), panels(study, "let_m2")
    with np.errstate(invalid="ignore"):
        occupancy = let / stock
    assert found.buildings == list(study.records[0].buildings["building_id"].cat.categories)
    there = (stock > 0).any(axis=0)
    for share, told in ((0.5, found.occupancy.median), (0.05, found.occupancy.low), (0.95, found.occupancy.high)):
        expected = np.nanquantile(occupancy[:, there], share, axis=0)
        np.testing.assert_allclose(told[there], expected, rtol=1e-12)
        assert np.isnan(told[~there]).all()
    assert (~there).any(), "some of the buildings open later"
    assert (found.occupancy.high > found.occupancy.low)[-1].any()


def test_shares_are_of_the_runs(study: Study, found: Portrait) -> None:
    assert found.replications == RUNS
    np.testing.assert_array_equal(found.works, (panels(study, "works_m2") > 0).mean(axis=0))
    assert set(np.unique(found.found * RUNS)) <= set(range(RUNS + 1))


def test_what_leads_is_what_leads_in_most_runs(study: Study, found: Portrait) -> None:
    told = [tenants_of(study.park, record) for record in study.records]
    assert found.industries is not None
    assert found.stages is not None
    for mix, counts in (
        (found.industries, [one.floor_m2 for one in told]),
        (found.stages, [one.firms for one in told]),
    ):
        assert mix.leading.shape == (len(found.quarters), len(found.buildings))
        for quarter in (0, len(found.quarters) - 1):
            for building in range(len(found.buildings)):
                rows = [one[quarter, building] for one in counts if one[quarter, building].sum()]
                winners = [int(np.argmax(row)) for row in rows]
                leading = mix.leading[quarter, building]
                if not rows:
                    assert leading == NOBODY
                    assert mix.agreement[quarter, building] == 0.0
                    assert mix.share[quarter, building].sum() == 0.0
                    continue
                assert winners.count(leading) == max(map(winners.count, winners))
                assert mix.agreement[quarter, building] == winners.count(leading) / RUNS
                mean = np.mean([row / row.sum() for row in rows], axis=0)
                np.testing.assert_allclose(mix.share[quarter, building], mean, rtol=1e-12)
    assert (found.industries.agreement[-1] < 1.0).any(), "runs differ in what leads"


def test_without_logs_there_is_no_mix(study: Study) -> None:
    bare = replicate(study.park, lively_scenario(), replications=2)
    told = portrait(bare)
    assert told.industries is None
    assert told.stages is None
    assert told.replications == 2
    with pytest.raises(ValueError, match="no runs"):
        portrait_of(study.park, [])
