"""The record of one small fixed run, known by its hash: whatever moves a result shows here.

`python -m tests.golden.test_golden > tests/golden/small_run.txt` writes the file anew; the changelog then says under
[RESULT] what moved, how far, and why. Hashes are to the bit, and so hold for one machine and C library only (Linux on
x86-64): elsewhere a logarithm may differ in its last bit. There the indicators below the hash are compared instead.
"""

import platform
import sys
from pathlib import Path

import pytest

from tests.oracle.cases import ACTIONS, mixed_park, mixed_scenario
from twin.record import Record
from twin.simulation import simulate

FILE = Path(__file__).parent / "small_run.txt"

HEADING = """\
The record of a small run of three years with every lever pulled: see tests/golden/test_golden.py.
Renew with: python -m tests.golden.test_golden > tests/golden/small_run.txt
A change needs a line under [RESULT] in CHANGELOG.md.
"""


@pytest.fixture(scope="module")
def record() -> Record:
    """The run."""
    return small_run()


def small_run() -> Record:
    """Three years of a mixed park."""
    return simulate(mixed_park(), mixed_scenario(20260101, entry_per_year=12, years=3, actions=ACTIONS))


def indicators(record: Record) -> dict[str, float]:
    """A handful of results that a planner would recognise; of the last quarter, or over the run."""
    groups, buildings, services = record.groups, record.buildings, record.services
    last = groups[groups["quarter"] == groups["quarter"].iloc[-1]]
    exits = groups[["failed", "left_stage", "closed", "absorbed", "moved_out"]]
    assert record.events is not None
    return {
        "resident firms": float(last["resident_firms"].sum()),
        "staff": float(last["staff"].sum()),
        "revenue_cny": float(last["revenue_cny"].sum()),
        "let_m2": float(buildings.loc[buildings["quarter"] == buildings["quarter"].iloc[-1], "let_m2"].sum()),
        "entered": float(groups["entered"].sum()),
        "exits": float(exits.to_numpy().sum()),
        "moved": float(groups["moved"].sum()),
        "gave up": float(record.unmet["firms"].sum()),
        "unmet_m2": float(record.unmet["m2"].sum()),
        "waited_years": float(services["waited_years"].sum()),
        "busy_years": float(services["busy_years"].sum()),
        "happenings": float(len(record.events)),
    }


def lines(record: Record) -> str:
    """What the file says."""
    values = "".join(f"{name}: {value:.10g}\n" for name, value in indicators(record).items())
    return f"{HEADING}\nsha256: {record.sha256()}\n{values}"


def stored() -> dict[str, str]:
    """The lines of the file by name."""
    _, _, body = FILE.read_text(encoding="utf-8").partition("\n\n")
    return dict(line.split(": ") for line in body.splitlines())


@pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"), reason="hashes are of Linux on x86-64"
)
def test_the_record_is_the_same_to_the_bit(record: Record) -> None:
    assert record.sha256() == stored()["sha256"], "explain under [RESULT] in CHANGELOG.md, then renew"


def test_the_indicators_are_the_same(record: Record) -> None:
    expected = {name: float(value) for name, value in stored().items() if name != "sha256"}
    assert indicators(record) == pytest.approx(expected, rel=1e-8)


if __name__ == "__main__":
    sys.stdout.write(lines(small_run()))
