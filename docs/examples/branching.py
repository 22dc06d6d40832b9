"""Branching: the years until 2028 once, and what might be done from there."""

import twin

park = twin.load_park()
base = twin.load_scenario("baseline").with_changes(end="2029Q4")

# one run, left at the beginning of a quarter
past = twin.pause(park, base, at="2028Q1")

# what may be done then; nothing before is run again
for slots in (0, -12, -24):
    more = {"at": "2028Q1", "lever": "service_slots", "where": {"service": "pilot_line"}, "value": slots}
    record = twin.resume(park, past, base.with_actions(more, name=f"slots_{-slots}"))
    served = twin.measure(record).query("indicator == 'service_served' and part == 'pilot_line'")
    by_year = served.groupby(served["quarter"].astype(str).str[:4])["value"].sum()
    print(f"{slots:+3} slots: served in {', '.join(f'{year} {n:.0f}' for year, n in by_year.items())}  (single run)")

# a branch is the whole run of its scenario, to the bit
whole = twin.simulate(park, base.with_actions(more, name="slots_24"))
print("the same as a run from the start:", record.sha256() == whole.sha256())
