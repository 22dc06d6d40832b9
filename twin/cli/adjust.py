"""The command that adjusts land use, buildings and zones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from twin.cli.app import DONE, err, park_app
from twin.cli.shown import print_json, wide

if TYPE_CHECKING:
    from twin.park import Diff


@park_app.command
def edit(
    name: str,
    edits: tuple[Path, ...] = (),
    /,
    *,
    undo: tuple[str, ...] = (),
    out: Path | None = None,
    diff: Path | None = None,
    json: bool = False,
) -> int:
    """Adjust land use, buildings and zones by a file of edits; print what changes and write the park that comes out.

    Parameters
    ----------
    name
        The shipped park or a park folder.
    edits
        YAML files with `edits:` and a list of them (see docs/edits.md).
    undo
        Ids of edits made before, to be undone first.
    out
        Folder for the park that comes out; without it nothing is written.
    diff
        GeoPackage for the map of what changes.
    json
        Print what changes as JSON.
    """
    from twin.errors import Fault, InputError
    from twin.park import load_park, save_park
    from twin.park.save import check_park_writable

    if not edits and not undo:
        raise InputError([Fault("park edit", "nothing to do", "a file of edits, or --undo with the id of one")])
    if out is not None:
        check_park_writable(out)
    before = after = load_park(name)
    for one in undo:
        after = after.undo(one)
    after = after.edit(edits)
    found = before.diff(after)
    _print_diff(found, as_json=json)
    if diff is not None:
        _write_map(found, diff)
        err.print(f"{diff}: written", markup=False, highlight=False)
    if out is not None:
        save_park(after, out)
        err.print(f"{out}: written", markup=False, highlight=False)
    return DONE


def _print_diff(found: Diff, *, as_json: bool) -> None:
    if as_json:
        print_json(found.table.to_dict("records"))
        return
    from rich.markup import escape
    from rich.table import Table

    shown = Table(*found.table.columns, box=None)
    for row in found.table.to_dict("records"):
        shown.add_row(*(escape("" if value is None else str(value)) for value in row.values()))
    wide().print(shown)


def _write_map(found: Diff, file: Path) -> None:
    """Write the map of a difference, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    hidden = file.with_name(f".{file.stem}.part.gpkg")
    try:
        found.map.to_file(hidden, layer="diff", driver="GPKG", engine="pyogrio")
        hidden.replace(file)
    finally:
        hidden.unlink(missing_ok=True)
