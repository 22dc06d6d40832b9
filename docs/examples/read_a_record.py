"""Reading a record: events, firms and panels of one run, saved, loaded and measured."""

from pathlib import Path
from tempfile import TemporaryDirectory

import twin

park = twin.load_park()
base = twin.load_scenario("baseline").with_changes(end="2026Q4")
record = twin.replicate(park, base, replications=1, events=True).records[0]

# a saved record is as good as a live one
with TemporaryDirectory() as folder:
    record.save(Path(folder) / "run")
    saved = twin.load_record(Path(folder) / "run")
print("the same to the bit:", saved.sha256() == record.sha256())

if saved.events is None or saved.firms is None:
    raise SystemExit("this record was made without events=True")
events, firms = saved.events, saved.firms
print(events["kind"].value_counts().head(5).to_string())

# the life of one firm: the first that settled
first = events[events["kind"] == "settle"].iloc[0]["firm"]
print(events[events["firm"] == first][["time_years", "kind", "building", "amount"]].round(3).to_string(index=False))
print(firms[firms["firm"] == first][["industry", "stage", "status", "floor_m2", "staff"]].to_string(index=False))

# indicators by zone in the last quarter
zones = twin.measure(saved, by="zone", only=["resident_firms", "occupancy"]).query("quarter == '2026Q4'")
table = zones.pivot_table(index="place", columns="indicator", values="value", sort=False)
print(table.sort_values("resident_firms", ascending=False).head(5).round(3).to_string())
