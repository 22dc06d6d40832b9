"""The program itself: its commands' home, exit codes, consoles, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

from twin import __version__

#: Exit codes; 1, a run that failed, is what Python leaves with after a traceback.
DONE, FAILED, USAGE, INVALID, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 4, 130

app = App(
    name="twin",
    version=__version__,
    help="Simulate an industrial park, quarter by quarter: firms, space, services, policies. 产业园区数字孪生仿真引擎",
)
park_app = App(name="park", help="The geospatial side of a park.")
check_app = App(name="check", help="Check inputs, or what a scenario makes of what is known of parks.")
app.command(park_app)
app.command(check_app)

out, err = Console(), Console(stderr=True)

Set = Annotated[tuple[str, ...], Parameter(name="--set", help="Change one thing: key=value, such as replications=5.")]
ParkName = Annotated[str | None, Parameter(help="The shipped park `shijingshan`, or a park folder.")]
Own = Annotated[
    tuple[Path, ...],
    Parameter(name="--processes", help="A Python file of your own with processes for scenarios to name."),
]


def load_own(files: Sequence[Path]) -> None:
    """Register the processes in the files that a person names."""
    from twin.named import load_file

    for file in files:
        load_file(file)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    try:
        code = app(arguments, exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:
        code = USAGE
    except KeyboardInterrupt:
        err.print("interrupted")
        code = INTERRUPTED
    except Exception as error:
        from twin.errors import TwinError

        if not isinstance(error, TwinError | OSError):
            raise
        err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        code = INVALID
    sys.exit(code if isinstance(code, int) else DONE)
