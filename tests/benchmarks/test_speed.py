"""The engine is not slower than half of what was measured when it was built."""

import pytest

from tests.benchmarks.bench_engine import crossings, drivers, estate


@pytest.mark.benchmark
def test_compiled_is_much_faster_than_plain_simpy_and_the_reference() -> None:
    ratios = drivers(estate(), 4, rounds=1)
    assert ratios["story / compiled"] > 15
    assert ratios["reference / compiled"] > 3


@pytest.mark.benchmark
def test_crossings_stay_cheap() -> None:
    costs = crossings(estate(1000), rounds=3)
    assert costs["a timeout, µs"] < 20
    assert costs["a happening waited for, µs"] < 40
