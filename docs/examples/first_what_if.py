"""A first what-if: two years, with and without twelve more pilot-line slots, under the same luck."""

import twin

park = twin.load_park()
base = twin.load_scenario("baseline").with_changes(end="2027Q4")
slots = {"at": "2026Q3", "lever": "service_slots", "where": {"service": "pilot_line"}, "value": 12}
more_slots = base.with_actions(slots, name="more_slots")

# the whole course of one run, before any comparison
study = twin.replicate(park, base, replications=1)
for row in study.by_year().query("indicator in ['resident_firms', 'staff', 'occupancy']").itertuples():
    print(f"{row.year} {row.indicator:15} {row.median:12,.3f}  (single run)")

# mean difference over paired runs, with its 95 % interval
result = twin.compare(park, base, more_slots, replications=3)
differences = result.by_year().query("year == 2027 and part == 'pilot_line'")
for row in differences.itertuples():
    print(f"{row.indicator:17} {row.mean:+8.3f}  [{row.low:+.3f}, {row.high:+.3f}]")

# who lives another life because of the change, in the first pair of runs
print(result.firms("more_slots")["change"].value_counts().to_string())
