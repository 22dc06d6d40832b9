"""A process of one's own: a fund that answers what firms do, and a review on a fixed date."""

from collections.abc import Generator
from typing import Any

import twin
from twin.engine.rules.letting import open_slots
from twin.engine.rules.policy import scale_service_time

park = twin.load_park()
base = twin.load_scenario("baseline").with_changes(end="2027Q4")
pilot_line = park.catalog.services.index("pilot_line")


def answer_losses(env: twin.ParkEnvironment) -> Generator[Any, Any, None]:
    """Spend a budget of four pilot-line slots: one whenever ten more firms have moved out of the park."""
    for _ in range(4):
        for _ in range(10):
            yield env.on(twin.Kind.MOVE_OUT)
        env.rule(open_slots, pilot_line, 1)
        print(f"year {env.now:.3f}: ten firms have moved out; slots now {env.state.services.slots[pilot_line]}")


def review(env: twin.ParkEnvironment) -> Generator[Any, Any, None]:
    """Shorten the time on a pilot line by a fifth at the first half-year at which firms queue for it."""
    date, waiting = 0.0, 0
    while waiting == 0:
        date += 0.5
        yield env.at(date, twin.Kind.ACTION)
        waiting = int(env.state.services.queue[pilot_line])
        print(f"year {env.now:.3f}: review, firms in the queue: {waiting}")
    env.rule(scale_service_time, pilot_line, 0.8)


study = twin.replicate(park, base, replications=1, processes=[answer_losses, review])
wait = study.by_year().query("indicator == 'service_wait' and part == 'pilot_line'")
print(wait[["year", "median"]].round(3).to_string(index=False))
