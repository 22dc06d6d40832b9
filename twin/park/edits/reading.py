"""Edits read from what people have: a YAML file, mappings, the rows of a frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import ValidationError

from twin.catalog import nearest
from twin.documents import Positions, Steps, read_list_or_table
from twin.errors import EditError, Fault, InputError
from twin.park.edits.records import KINDS, Edit

#: An edit, a mapping that says one, a YAML file of them, a frame with one a row, or several of these.
Edits: TypeAlias = "Edit | Mapping[str, Any] | str | Path | pd.DataFrame | Iterable[Edits]"

#: Of a value that is refused, so many characters are told.
LONGEST_TOLD = 80

#: Columns of a park's frames, and the fields of edits that name such things.
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "parcel_id": ("parcel", "parcels"),
    "building_id": ("building", "buildings"),
    "zone_id": ("zone",),
    "geometry": ("shape",),
}


def read_edits(given: Edits, taken: Iterable[str] = (), crs: Any = None) -> tuple[list[Edit], dict[str, str]]:
    """Edits, each with an id of its own, and where each was read. Raises EditError with every fault.

    `taken` are ids that other edits have; frames with another CRS than `crs`, the park's, are brought into it.
    """
    said: list[tuple[Any, str, Positions]] = []
    _collect(given, said, "edits", crs)
    edits: list[Edit] = []
    places: dict[str, str] = {}
    faults: list[Fault] = []
    used = list(taken)
    for n, (one, place, positions) in enumerate(said):
        here = place if place != "edits" else f"edit {n + 1}"
        try:
            edit = one if isinstance(one, Edit) else edit_of(one, here, positions, EditError)
        except EditError as error:
            faults += error.faults
            continue
        if not edit.id:
            edit = edit.model_copy(update={"id": _unused(edit.edit, used)})
        elif edit.id in used:
            faults.append(Fault(here, f"id {edit.id!r} a second time", "an id of its own for each edit"))
        used.append(edit.id)
        edits.append(edit)
        places[edit.id] = here
    if faults:
        raise EditError(faults)
    return edits, places


def edit_of(said: Any, place: str, positions: Positions, error: type[InputError]) -> Edit:
    """The edit that a mapping says; `positions` are those of its values. Every fault is raised as an `error`."""
    if not isinstance(said, Mapping):
        raise error([Fault(place, f"{said!r} is no edit", "a table such as {edit: rezone, at: 2027Q1, …}")])
    kind = said.get("edit")
    if not isinstance(kind, str) or kind not in KINDS:
        what = f"unknown edit {kind!r}" if kind else "an edit that does not say its kind"
        raise error([Fault(positions.get(("edit",), place), what, nearest(str(kind or ""), KINDS))])
    try:
        return KINDS[kind].model_validate(dict(said))
    except ValidationError as problem:
        raise error([_fault(item, kind, place, positions) for item in problem.errors()]) from None


def edits_as_yaml(edits: Sequence[Edit]) -> str:
    """Edits as a YAML file that reads back as them."""
    from io import StringIO

    from ruamel.yaml import YAML

    writer = YAML()
    writer.width = 120
    writer.default_flow_style = None
    stream = StringIO()
    writer.dump({"edits": [_plain(edit) for edit in edits]}, stream)
    return stream.getvalue()


def _plain(edit: Edit) -> dict[str, Any]:
    said = edit.model_dump(mode="json", exclude_defaults=True)
    return {"id": edit.id, "at": edit.at, "edit": edit.edit} | said


def _fault(item: Mapping[str, Any], kind: str, place: str, positions: Positions) -> Fault:
    path = tuple(item["loc"])
    where = next((positions[path[:n]] for n in range(len(path), 0, -1) if path[:n] in positions), place)
    dotted = ".".join(str(part) for part in path)
    if item["type"] == "extra_forbidden":
        return Fault(where, f"unknown key {dotted!r} of {kind}", nearest(str(path[-1]), KINDS[kind].model_fields))
    got = "" if item["type"] in {"missing", "value_error"} and not path else f" (got {_short(item['input'])})"
    if item["type"] == "missing":
        return Fault(where, f"{kind} without {dotted}", f"{dotted}: …")
    told, cure = _PLAIN.get(item["type"], (str(item["msg"]).removeprefix("Value error, "), ""))
    return Fault(where, f"{dotted or kind}: {told}{got}", cure)


#: What pydantic finds, in words of ours, and the cure.
_PLAIN: Mapping[str, tuple[str, str]] = {
    "string_type": ("no text", "text, in quotation marks where it looks like a number"),
    "string_pattern_mismatch": ("not a name", "a name without blanks, @ and quotation marks"),
    "tuple_type": ("no list", "a list, such as [a, b]"),
    "int_type": ("no whole number", "a whole number"),
    "float_type": ("no number", "a number"),
}


def _short(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= LONGEST_TOLD else f"{told[:LONGEST_TOLD]}…"


def _collect(given: Edits, said: list[tuple[Any, str, Positions]], place: str, crs: Any) -> None:
    """All edits of what was given, each with its place."""
    if isinstance(given, str | Path):
        said += _of_file(Path(given))
    elif isinstance(given, pd.DataFrame):
        said += [(row, f"row {n}", {}) for n, row in enumerate(_of_frame(given, crs))]
    elif isinstance(given, Edit | Mapping) or not isinstance(given, Iterable):
        said.append((given, place, {}))
    else:
        for one in given:
            _collect(one, said, place, crs)


def _of_file(file: Path) -> list[tuple[Any, str, Positions]]:
    """The edits in a file: a list of them, a table with that list under `edits`, or a single one."""
    wanted = "`edits:` and a list of them"
    content, positions = read_list_or_table(file, EditError, wanted)
    if isinstance(content, dict) and "edit" in content:
        return [(content, str(file), positions)]
    path: Steps = ()
    listed = content
    if isinstance(content, dict):
        path, listed = ("edits",), content.pop("edits", None)
        if content or not isinstance(listed, list):
            key = next(iter(content), "")
            what = f"unknown key {key!r}" if content else "no list of edits"
            raise EditError([Fault(positions.get((key,), str(file)), what, wanted)])
    found: list[tuple[Any, str, Positions]] = []
    for n, one in enumerate(listed):
        here = (*path, n)
        within = {steps[len(here) :]: place for steps, place in positions.items() if steps[: len(here)] == here}
        found.append((one, positions[here], within))
    return found


def _of_frame(frame: pd.DataFrame, crs: Any) -> list[dict[str, Any]]:
    """The rows of a frame as edits: what is empty is not said, and ids and geometry may be named as the park does."""
    if isinstance(frame, gpd.GeoDataFrame):
        there = frame if frame.crs is None or crs is None else frame.to_crs(crs)
        wkt = there.geometry.to_wkt(rounding_precision=-1)
        frame = pd.DataFrame(frame.drop(columns=frame.geometry.name)).assign(geometry=wkt)
    return [_of_row(row) for row in frame.to_dict("records")]


def _of_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    kind = KINDS.get(str(row.get("edit")))
    fields = kind.model_fields if kind else {}
    said: dict[str, Any] = {}
    for column, cell in row.items():
        value = _plain_value(cell)
        if not isinstance(value, list | tuple) and (value is None or pd.isna(value)):
            continue
        names = [name for name in _SYNONYMS.get(str(column), (str(column),)) if name in fields]
        if not names and column in _SYNONYMS and "edit" in row:
            continue  # an edit of that kind is not about such a thing
        name = names[0] if names else str(column)
        several = name in {"parcels", "buildings", "add", "remove"} and not isinstance(value, list | tuple)
        said[name] = [value] if several else value
    return said


def _plain_value(value: Any) -> Any:
    """A cell of a frame as Python has it; in a column with empty cells, whole numbers come as floats."""
    plain = value.tolist() if isinstance(value, np.generic | np.ndarray) else value
    return int(plain) if isinstance(plain, float) and plain.is_integer() else plain


def _unused(kind: str, used: Sequence[str]) -> str:
    n = 1
    while f"{kind}-{n}" in used:
        n += 1
    return f"{kind}-{n}"
