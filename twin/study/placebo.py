"""A placebo: the same actions without effect, which must leave every bit of a run as it was."""

from __future__ import annotations

from collections.abc import Sequence

from twin.errors import ScenarioError
from twin.levers import LEVERS, neutral
from twin.park import Park
from twin.record import Record
from twin.scenario import Action, Scenario, check_scenario
from twin.simulation import simulate
from twin.study.beside import beside
from twin.study.replications import Study


def placebo(scenario: Scenario, base: Scenario) -> Scenario | None:
    """A base with the levers that a scenario pulls beside it, each at the value at which it does nothing.

    Edits have no such value, and what else is assumed has none: they are left out; so is a lever that sets what the
    base has set before. None where nothing is left.
    """
    in_force = {action.lever for action in base.pulls.values() if LEVERS[action.lever].ramp == "level"}
    pulled = beside(scenario.pulls, base.pulls.values()).values()
    values = [(action, neutral(LEVERS[action.lever])) for action in pulled if action.lever not in in_force]
    nothing = [action.model_copy(update={"value": nil}) for action, nil in values if nil is not None]
    return base.with_actions(*nothing) if nothing else None


def _fits(action: Action, base: Study) -> bool:
    """Whether an action can be carried out in a base."""
    try:
        check_scenario(base.scenario.with_changes(actions=[action]), base.park)
    except ScenarioError:
        return False
    return True


def frames_that_differ(record: Record, other: Record) -> tuple[str, ...]:
    """The names of the frames that are not the same to the bit in two records; none where the records are the same."""
    if record.sha256() == other.sha256():
        return ()
    frames, others = dict(record.frames()), dict(other.frames())
    unlike = [name for name in frames if name not in others or not frames[name].equals(others[name])]
    return tuple(unlike) or ("order of ids",)


def placebos(park: Park, base: Study, others: Sequence[Scenario]) -> dict[str, tuple[str, ...]]:
    """For each scenario that pulls levers, the frames in which its placebo is not the base; one run of each.

    One is enough: under the same luck a run with levers that do nothing is the same run. Levers that cannot be pulled
    in the base, such as those of a building that only the scenario builds, are left out.
    """
    found = {}
    for scenario in others:
        fitting = [action for action in scenario.pulls.values() if _fits(action, base)]
        nothing = placebo(scenario.with_changes(actions=fitting), base.scenario)
        if nothing is not None:
            found[scenario.name] = frames_that_differ(base.records[0], simulate(park, nothing))
    return found
