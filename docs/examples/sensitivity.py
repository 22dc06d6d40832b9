"""Which of three levers matter to what in two years: trajectories through their ranges, screened against luck."""

import twin
from twin.analysis.screening import screening
from twin.indicators import yearly
from twin.indicators.asked import Figure
from twin.sweeps.sampling import morris_trajectories

park = twin.load_park()
base = twin.load_scenario("baseline").with_changes(end="2027Q4")

# what is tried: 1 is the top of a lever's range, 0 its bottom
ranges = {"entry_rate": (0.5, 1.5), "rent": (-0.2, 0.2), "honour_time": (0.5, 1.5)}
sample = morris_trajectories(4, len(ranges), levels=4, seed=1)

tables = []
for number, (point, luck) in enumerate(zip(sample.unit, sample.luck, strict=True)):
    actions = [
        {"at": "2026Q2", "lever": lever, "value": low + share * (high - low)}
        for share, (lever, (low, high)) in zip(point, ranges.items(), strict=True)
    ]
    scenario = base.with_actions(*actions, name=f"point_{number}")
    record = twin.simulate(park, scenario, replication=int(luck), events=False)
    tables.append(yearly(twin.measure(record)))

for figure in ("entries@2027", "rent_paid@2027"):
    values = [Figure.parse(figure).of(table).iloc[0] for table in tables]
    found = screening(values, sample.unit, list(ranges))
    print(figure)
    print(found[["factor", "mu", "mu_star", "sigma", "luck", "moved", "clear"]].round(3).to_string(index=False))
