"""Commands that look at a scenario: all it holds, where each value comes from, and the schema of its file."""

from __future__ import annotations

from cyclopts import App

from twin.cli.app import DONE, Own, ParkName, Set, app, load_own, out
from twin.cli.shown import print_json

scenario_app = App(name="scenario", help="Show what a scenario holds, or what its file may hold. 情景")
app.command(scenario_app)


@scenario_app.command
def show(
    scenario: str,
    /,
    *,
    origin: bool = False,
    park: ParkName = None,
    changes: Set = (),
    processes: Own = (),
    json: bool = False,
) -> int:
    """Print a scenario with all that it extends, as a file that says the same by itself.

    Parameters
    ----------
    scenario
        Name or file of the scenario.
    origin
        Say beside each value where it stands: file, line and column, `--set`, or that it is the default.
    json
        Print JSON.
    """
    from twin.scenario import resolved, resolved_yaml
    from twin.simulation import load_and_check

    load_own(processes)
    _, wanted = load_and_check(scenario, park=park, changes=changes)
    if json:
        print_json(resolved(wanted))
    else:
        out.print(resolved_yaml(wanted, origins=origin), markup=False, highlight=False, end="", soft_wrap=True)
    return DONE


@scenario_app.command
def schema() -> int:
    """Print the JSON Schema of a scenario file, for editors that check while one writes."""
    from twin.scenario import scenario_schema

    print_json(scenario_schema())
    return DONE
