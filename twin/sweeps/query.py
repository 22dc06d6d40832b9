"""A sweep's files as tables of a database, for questions in SQL: an extra, DuckDB, reads them where they lie."""

from __future__ import annotations

from typing import Any

import pandas as pd

from twin.errors import Fault, InputError, TwinError
from twin.sweeps.results import Sweep

#: The tables and their columns.
TABLES = {
    "points": "point and a column for each factor",
    "runs": "run, point, replication, file",
    "indicators": "run, point, replication, place, indicator, part, year, value: of the park, by year",
    "quarters": "run, point, replication, table, quarter, place, indicator, part, value: indicators by quarter; "
    "cells and buildings at the end of each year",
}

#: A row for each of the values that stand as a list in a run's file, with its quarter.
_QUARTERS = """
SELECT run, point, replication, "table", (nth // 4) || 'Q' || (nth % 4 + 1) AS quarter, place, indicator, part, value
FROM (
    SELECT filename, "table", place, indicator, part, unnest("values") AS value,
        CAST(first_quarter[1:4] AS INTEGER) * 4 + CAST(first_quarter[6] AS INTEGER) - 1
            + step_quarters * unnest(range(len("values"))) AS nth
    FROM read_parquet([{files}], filename = true)
) t JOIN runs ON t.filename = runs.file
"""


def query(sweep: Sweep, sql: str) -> pd.DataFrame:
    """What a statement in SQL finds in the tables of a sweep: see TABLES.

    Raises TwinError where DuckDB is not installed, and InputError where it refuses the statement.
    """
    try:
        import duckdb
    except ImportError:
        raise TwinError("questions in SQL need DuckDB: pip install 'twin-park[query]'") from None
    each = sweep.replications
    files = sweep.run_files()
    runs = pd.DataFrame({"run": list(files), "file": [str(file) for file in files.values()]})
    runs.insert(1, "point", runs["run"] // each)
    runs.insert(2, "replication", runs["run"] % each)
    of_run = f"run, run // {each} AS point, run % {each} AS replication"
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as base:
        base.register("runs", runs)
        _see(base, "points", f"SELECT * FROM read_parquet({_quoted(str(sweep.folder / 'plan.parquet'))})")
        parts = _quoted(str(sweep.folder / "parts" / "*.parquet"))
        columns = "place, indicator, part, year, value"
        _see(base, "indicators", f"SELECT {of_run}, {columns} FROM read_parquet({parts})")
        listed = ", ".join(map(_quoted, runs["file"]))
        if listed:
            _see(base, "quarters", _QUARTERS.format(files=listed))
        try:
            return base.sql(sql).df()
        except (duckdb.Error, AttributeError) as error:  # the last where the statement gives no table
            what = f"{' '.join(str(error).split())[:300]}"
            raise InputError([Fault("query", what, f"a SELECT from {', '.join(TABLES)}")]) from None


def _see(base: Any, name: str, statement: str) -> None:
    base.execute(f"CREATE VIEW {name} AS {statement}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
