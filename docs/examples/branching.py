"""Branching: the years until 2028 once, and what might be done from there."""

import twin

park = twin.load_park()
base = twin.load_scenario("baseline").with_changes(end="2029Q4")


def with_slots(slots: int) -> twin.Scenario:
    """The baseline with so many slots of the pilot line more, from 2028 on."""
    more = {"at": "2028Q1", "lever": "service_slots", "where": {"service": "pilot_line"}, "value": slots}
    return base.with_actions(more, name=f"slots_{-slots}_fewer")


# one run, left at the beginning of a quarter; nothing before is run again
past = twin.pause(park, base, at="2028Q1")
for slots in (0, -12, -24):
    record = twin.resume(park, past, with_slots(slots))
    served = twin.measure(record).query("indicator == 'service_served' and part == 'pilot_line'")
    by_year = served.groupby(served["quarter"].astype(str).str[:4])["value"].sum()
    print(f"{slots:+3} slots: served in {', '.join(f'{year} {n:.0f}' for year, n in by_year.items())}  (single run)")

# a branch is the whole run of its scenario, to the bit
branch, whole = twin.resume(park, past, with_slots(-24)), twin.simulate(park, with_slots(-24))
print("the same as a run from the start:", branch.sha256() == whole.sha256())
