"""What a run leaves: panels (quarter by place), events of enumerated kinds, firms, and the manifest to do it again.

A saved record is as good as a live one: everything downstream reads the frames here and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from twin import files
from twin.engine.arrays import (
    BOUND_COLUMNS,
    CHALLENGE_COLUMNS,
    CLAIM_COLUMNS,
    CONTRACT_COLUMNS,
    FAIR_COLUMNS,
    HOUSING_COLUMNS,
    PEOPLE_COLUMNS,
    RELET_COLUMNS,
    REVIEW_COLUMNS,
    SCENE_COLUMNS,
    SERVICE_COLUMNS,
    Panel,
    State,
)
from twin.engine.kinds import FIRST_DATE, SERVICE_KINDS, Finding, Help, Item, Kind, Reason, Status
from twin.errors import Fault, ManifestError

#: Happenings that are counted in the quarterly panel, as the columns they become.
FLOWS: Mapping[Kind, str] = {
    Kind.ENTER: "entered",
    Kind.SETTLE: "settled",
    Kind.ADVANCE: "advanced",
    Kind.FAIL: "failed",
    Kind.LEAVE: "left_stage",
    Kind.CLOSE: "closed",
    Kind.ABSORB: "absorbed",
    Kind.MOVE_OUT: "moved_out",
    Kind.GIVE_UP: "gave_up",
    Kind.MOVE: "moved",
    Kind.SLEEP: "fell_dormant",
    Kind.SPIN_OFF: "spun_off",
    Kind.FOLLOW: "followed",
    Kind.DISPLACE: "displaced",
    Kind.LOSE: "displaced_lost",
    Kind.LEASE_END: "leases_ended",
    Kind.RENEW: "renewed",
    Kind.RECOGNISE: "recognised",
    Kind.LAPSE: "lapsed",
    Kind.LIST: "listed",
    Kind.WIN: "won",
    Kind.DECLINE: "declined",
    Kind.FADE: "faded",
    Kind.ORPHAN: "anchors_lost",
    Kind.ORDER: "ordered",
    Kind.AWARD: "awarded",
    Kind.PRIZE: "prized",
    Kind.SHOW: "shown",
    Kind.WARN: "contract_warned",
    Kind.EXPEL: "contract_ended",
}


#: What a building may be found to be, by the number of its Finding.
FINDINGS = [
    "none" if code == Finding.NONE else "+".join(found.name.lower() for found in Finding if code & found)
    for code in range(1 << (len(Finding) - 1))
]

#: Columns of `Record.works`, with their types.
WORKS_COLUMNS: Mapping[str, type] = {
    "building": np.int64,
    "finding": np.int64,
    "score": np.float64,
    "phase": np.int64,
    "phases": np.int64,
    "notice_years": np.float64,
    "starts_years": np.float64,
    "ends_years": np.float64,
    "m2": np.int64,
    "cost_cny": np.float64,
    "public_cny": np.float64,
    "moved": np.int64,
    "lost": np.int64,
    "slots": np.int64,
    "coordination_years": np.float64,
}


#: A table as its columns by name: numbers, ids by their code, or text; not to be written to.
Columns = dict[str, Any]


class Table:
    """A frame of a record, which of a run that has just ended is put together when it is first asked for."""

    def __set_name__(self, owner: type, name: str) -> None:
        """Note under which name a record holds it."""
        self._name = name

    def __get__(self, record: Record | None, owner: type) -> pd.DataFrame:
        """The frame of a record."""
        if record is None:
            raise AttributeError(self._name)  # by which a dataclass sees that there is no default
        held = vars(record)[self._name]
        if isinstance(held, dict):
            held = vars(record)[self._name] = pd.DataFrame(held)
        return cast(pd.DataFrame, held)

    def __set__(self, record: Record, value: pd.DataFrame | Columns) -> None:
        """Hold a frame, or the columns of one; a record is given them once."""
        vars(record)[self._name] = value


@dataclass(frozen=True, kw_only=True)
class Record:
    """One run. Every frame is tidy, one row a cell, quarter first."""

    groups: Table = Table()  #: quarter, cell, industry, stage: firms, staff, floor, money and the quarter's flows
    buildings: Table = Table()  #: quarter, building_id: m² by state, tenants, jobs, rent, arrivals, departures, finding
    services: Table = Table()  #: quarter, service: slots, queue, money, flows and integrals of the quarter
    stages: Table = Table()  #: quarter, industry, stage: firms that began it, firms there that have had an order
    failures: Table = Table()  #: quarter, cause, industry, stage: firms that failed
    unmet: Table = Table()  #: quarter, industry, reason: firms that gave up and the m² they needed
    waiting: Table = Table()  #: quarter, industry: firms without room
    tiers: Table = Table()  #: quarter, tier, cell, industry: firms that hold the tier
    reviews: Table = Table()  #: quarter, tier: applications, decisions, lapses of the quarter, the queue and its waits
    purse: Table = Table()  #: quarter, item: CNY of public money spent in the quarter
    nodes: Table = Table()  #: quarter, link of a chain: its industry and weight there; firms, anchors and their staff
    links: Table = Table()  #: who supplies whom among the links of the chains
    people: Table = Table()  #: quarter, skill: persons wanted, within reach, that came and went, and the share short
    housing: Table = Table()  #: quarter, place: homes, those lived in, who lives in them and works there
    works: Table = Table()  #: works, demolitions, a row a phase: why, rank, dates, m², cost, tenants moved, lost, slots
    scenes: Table = Table()  #: quarter, scene: calls, firms that might have bid, bids, orders and their CNY
    challenges: Table = Table()  #: quarter, link of a chain: R&D projects put up, and those that a firm took up
    fairs: Table = Table()  #: quarter, industry: events held, firms that competed, won prizes, showed; prospects
    awards: Table = Table()  #: orders, projects and prizes: date, who won what, at which stage, CNY, until when
    contracts: Table = Table()  #: quarter, industry: firms under performance agreements, reviewed, warned, penalised
    bounds: Table = Table()  #: quarter, bound of agreements: firms concerned when reviewed, below it, found below it
    claims: Table = Table()  #: quarter, industry: applications for what policies grant, payments, waits, the queue
    zones: pd.DataFrame  #: zone, version, validity, area and the cells it consists of, one row a cell
    events: pd.DataFrame | None  #: time, kind, firm, place, amount; None when no log was kept
    firms: pd.DataFrame | None  #: every firm and prospect that was there, with its end; None when no log was kept
    manifest: Mapping[str, Any]  #: what it takes to do the run again

    def save(self, folder: str | Path) -> Path:
        """Write one Parquet file a frame, and manifest.json; the same record gives the same bytes."""
        with written_whole(Path(folder)) as place:
            for name, frame in self.frames():
                write_frame(frame, place / f"{name}.parquet")
            write_json(self.manifest, place / "manifest.json")
        return Path(folder)

    def column_names(self, table: str) -> list[str]:
        """The names of a table's columns; the frame need not be put together for that."""
        return list(vars(self)[table])

    def column(self, table: str, name: str) -> Any:
        """A column of a table, not to be written to; ids by their code as `pandas.Categorical`, the rest as an array.

        The frame need not be put together for that, so that a sweep measures its runs without frames.
        """
        held = vars(self)[table][name]
        if not isinstance(held, pd.Series):
            return held
        return held.array if isinstance(held.dtype, pd.CategoricalDtype) else held.to_numpy()

    def frames(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The frames by name."""
        for field in fields(self):
            frame = getattr(self, field.name)
            if isinstance(frame, pd.DataFrame):
                yield field.name, frame

    def sha256(self) -> str:
        """Hash of all frames: two runs are the same when these are."""
        digest = hashlib.sha256()
        for name, frame in self.frames():
            digest.update(name.encode())
            for column in frame.columns:
                digest.update(str(column).encode())
                values = frame[column]
                if isinstance(values.dtype, pd.CategoricalDtype):
                    digest.update("\x1f".join(map(str, values.cat.categories)).encode())
                    digest.update(values.cat.codes.to_numpy().tobytes())
                elif values.dtype == object or isinstance(values.dtype, pd.StringDtype):
                    digest.update("\x1f".join(values.astype(str)).encode())
                else:
                    digest.update(np.ascontiguousarray(values.to_numpy()).tobytes())
        return digest.hexdigest()


def load_record(folder: str | Path) -> Record:
    """A saved record. Raises ManifestError where the folder does not hold one."""
    place = Path(folder)
    manifest = read_manifest(place)
    frames: dict[str, pd.DataFrame | None] = {}
    for field in fields(Record):
        if field.name == "manifest":
            continue
        file = place / f"{field.name}.parquet"
        if file.is_file():
            frames[field.name] = read_frame(file)
        elif field.name in {"events", "firms"}:
            frames[field.name] = None
        else:
            raise ManifestError([Fault(str(file), "missing", "the folder of a saved run")])
    return Record(**frames, manifest=manifest)  # type: ignore[arg-type]  # required frames are not None here


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest in a run's folder, or the manifest file itself. Raises ManifestError."""
    file = folder if folder.suffix == ".json" else folder / "manifest.json"
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ManifestError(
            [Fault(str(file), "no such manifest", "the folder of a run, or its manifest.json")]
        ) from None
    except (ValueError, OSError, RecursionError) as error:
        raise ManifestError(
            [Fault(str(file), f"cannot be read: {error}", "a manifest.json as a run writes it")]
        ) from None
    if not isinstance(manifest, dict) or "scenario" not in manifest:
        raise ManifestError([Fault(str(file), "not the manifest of a run", "a manifest.json as a run writes it")])
    return manifest


def record_of(
    state: State,
    panel: Panel,
    *,
    works: Sequence[Any],
    revenue_cny: NDArray[np.float64],
    quarters: list[str],
    names: Mapping[str, list[str]],
    zones: pd.DataFrame,
    manifest: Mapping[str, Any],
) -> Record:
    """The record of a finished run.

    `works` are the phases of `twin.processes.works`, `revenue_cny` is each firm's at the end, `names` holds the ids
    along each axis.
    """
    log = len(state.log.time) > 0
    return Record(
        groups=_groups(panel, quarters, names),
        buildings=_buildings(panel, quarters, names),
        services=_services(panel, quarters, names),
        stages=_stages(panel, quarters, names),
        failures=_failures(panel, quarters, names),
        unmet=_unmet(panel, quarters, names),
        waiting=_waiting(panel, quarters, names),
        tiers=_tiers(panel, quarters, names),
        reviews=_reviews(panel, quarters, names),
        purse=_purse(panel, quarters),
        nodes=_nodes(panel, quarters, names),
        links=_links(names),
        people=_people(panel, quarters, names),
        housing=_housing(panel, quarters, names),
        contracts=_contracts(panel, quarters, names),
        bounds=_bounds(panel, quarters, names),
        claims=_claims(panel, quarters, names),
        works=_works(works, names),
        scenes=_scenes(panel, quarters, names),
        challenges=_challenges(panel, quarters, names),
        fairs=_fairs(panel, quarters, names),
        awards=_awards(state, names),
        zones=zones,
        events=_events(state, names) if log else None,
        firms=_firms(state, names).assign(revenue_cny=revenue_cny) if log else None,
        manifest=manifest,
    )


@lru_cache(maxsize=256)
def _categories(ids: tuple[str, ...]) -> pd.CategoricalDtype[Any]:
    """The type of a column of ids; runs of one scenario share theirs."""
    return pd.CategoricalDtype(list(ids))


def _category(codes: NDArray[np.integer[Any]], ids: list[str]) -> pd.Categorical[Any]:
    """Ids by their code, -1 none."""
    return pd.Categorical.from_codes(codes, dtype=_categories(tuple(ids)))


#: Columns of `Record.buildings` as the panel counts them.
BUILDING_COLUMNS = (
    "stock_m2",
    "let_m2",
    "offline_m2",
    "held_m2",
    "kept_m2",
    "works_m2",
    "renovated_m2",
    "tenants",
    "hosted",
    "jobs",
    "rent_cny_m2_day",
    "arrivals",
    "departures",
)


def _axes(quarters: list[str], **axes: list[str]) -> dict[str, Any]:
    """Every combination of quarters and ids as categorical columns, the last axis fastest."""
    return dict(zip(("quarter", *axes), _combined(tuple(quarters), *map(tuple, axes.values())), strict=True))


@lru_cache(maxsize=64)
def _combined(*ids: tuple[str, ...]) -> list[pd.Categorical[Any]]:
    """Every combination of ids; runs of one scenario share theirs."""
    shape = tuple(len(values) for values in ids)
    codes = np.indices(shape, dtype=np.int16 if max(shape) < 1 << 15 else np.int32).reshape(len(shape), -1)
    return [_category(codes[n], list(values)) for n, values in enumerate(ids)]


def _groups(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    columns = _axes(quarters, cell=names["cells"], industry=names["industries"], stage=names["stages"])
    columns["resident_firms"] = panel.firms.reshape(-1)
    columns["remote_firms"] = panel.remote.reshape(-1)
    columns["dormant_firms"] = panel.dormant.reshape(-1)
    for column in (
        "staff",
        "floor_m2",
        "revenue_cny",
        "rd_cny",
        "tax_cny",
        "rent_bill_cny",
        "expiring_m2",
        "leading_m2",
    ):
        columns[column] = getattr(panel, column).reshape(-1)
    for kind, column in FLOWS.items():
        columns[column] = panel.flows[:, kind].reshape(-1)
    return columns


def _buildings(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    columns = _axes(quarters, building_id=names["buildings"])
    for column in BUILDING_COLUMNS:
        columns[column] = getattr(panel, column).reshape(-1)
    columns |= _listed(panel.relet, RELET_COLUMNS)
    columns["leading_industry"] = _category(panel.leading.reshape(-1), names["industries"])
    columns["finding"] = _category(panel.finding.reshape(-1), FINDINGS)
    columns["cell"] = _category(
        np.tile(np.array(names["cell_of_building"], dtype=np.int32), len(quarters)),
        names["cells"],
    )
    return columns


def _works(phases: Sequence[Any], names: Mapping[str, list[str]]) -> Columns:
    """Phases in the order in which they were announced; ids as text, as a frame without rows forgets its categories."""
    columns: dict[str, Any] = {}
    for name, dtype in WORKS_COLUMNS.items():
        columns[name] = np.array([getattr(phase, name) for phase in phases], dtype=dtype)
    for name, ids in (("building", names["buildings"]), ("finding", FINDINGS)):
        columns[name] = pd.Series([ids[code] for code in columns[name]], dtype="str")
    return {"building_id" if name == "building" else name: column for name, column in columns.items()}


def _services(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    return _axes(quarters, service=names["services"]) | _listed(panel.services, SERVICE_COLUMNS)


def _listed(values: NDArray[np.float64], names: Sequence[str]) -> dict[str, Any]:
    """(quarters, rows, columns) as columns by name: years as they are, counts and money as whole numbers."""
    columns = {name: values[:, :, n].reshape(-1) for n, name in enumerate(names)}
    return {name: column if name.endswith("_years") else column.astype(np.int64) for name, column in columns.items()}


def _stages(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    columns = _axes(quarters, industry=names["industries"], stage=names["stages"])
    return columns | {"began": panel.began.reshape(-1), "have_ordered": panel.ordered.reshape(-1)}


def _failures(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    columns = _axes(quarters, cause=names["failures"], industry=names["industries"], stage=names["stages"])
    return columns | {"firms": panel.failures.reshape(-1)}


def _tiers(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    columns = _axes(quarters, tier=names["tiers"], cell=names["cells"], industry=names["industries"])
    return columns | {"firms": panel.tiers.reshape(-1)}


def _reviews(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    return _axes(quarters, tier=names["tiers"]) | _listed(panel.reviews, REVIEW_COLUMNS)


def _scenes(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    return _axes(quarters, scene=names["scenes"]) | _listed(panel.scenes, SCENE_COLUMNS)


def _challenges(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    return _axes(quarters, chain_node=names["chain_nodes"]) | _listed(panel.challenges, CHALLENGE_COLUMNS)


def _fairs(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    return _axes(quarters, industry=names["industries"]) | _listed(panel.fairs, FAIR_COLUMNS)


def _awards(state: State, names: Mapping[str, list[str]]) -> Columns:
    """Awards in their order; ids as text, as a frame without rows forgets its categories."""
    awards, n = state.awards, int(state.awards.used[0])
    axis = {
        Help.ORDER: names["scenes"],
        Help.PROJECT: names["chain_nodes"],
        Help.PRIZE: names["industries"],
        Help.SHOW: names["industries"],
    }
    every = list(dict.fromkeys(name for kind in Help for name in axis[kind]))
    code, of = {name: n for n, name in enumerate(every)}, np.zeros(n, np.int16)
    for kind in Help:
        of_kind = awards.kind[:n] == kind
        of[of_kind] = np.array([code[name] for name in axis[kind]], np.int16)[awards.of[:n][of_kind]]
    return {
        "time_years": awards.since[:n],
        "kind": _text(awards.kind[:n], [kind.name.lower() for kind in Help]),
        "of": _text(of, every),
        "firm": state.firms.key[awards.firm[:n]],
        "stage": _text(awards.stage[:n], names["stages"]),
        "cny": awards.cny[:n],
        "ends_years": awards.ends[:n],
    }


def _text(codes: NDArray[np.integer[Any]], ids: list[str]) -> pd.Series[str]:
    return pd.Series(np.array(ids, dtype=object)[codes], dtype="str")


def _contracts(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    columns = _axes(quarters, industry=names["industries"])
    columns |= {"agreed": panel.agreed.reshape(-1), "warned_firms": panel.warned.reshape(-1)}
    return columns | _listed(panel.contracts, CONTRACT_COLUMNS)


def _bounds(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    return _axes(quarters, bound=names["bounds"]) | _listed(panel.bounds, BOUND_COLUMNS)


def _claims(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    return _axes(quarters, industry=names["industries"]) | _listed(panel.claims, CLAIM_COLUMNS)


def _unmet(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    columns = _axes(quarters, reason=[reason.name.lower() for reason in Reason], industry=names["industries"])
    return columns | {"firms": panel.unmet_firms.reshape(-1), "m2": panel.unmet_m2.reshape(-1)}


def _waiting(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    return _axes(quarters, industry=names["industries"]) | {"firms": panel.waiting.reshape(-1)}


def _purse(panel: Panel, quarters: list[str]) -> Columns:
    columns = _axes(quarters, item=[item.name.lower() for item in Item])
    return columns | {"cny": panel.purse_cny.reshape(-1)}


def _nodes(panel: Panel, quarters: list[str], names: Mapping[str, Any]) -> Columns:
    columns = _axes(quarters, chain_node=names["chain_nodes"])
    told = len(quarters)
    columns["industry"] = _category(np.tile(np.array(names["chain_of_node"], np.int32), told), names["industries"])
    columns["weight"] = np.tile(np.array(names["weight_of_node"]), told)
    columns["resident_firms"] = panel.node_firms.reshape(-1)
    columns["remote_firms"] = panel.node_remote.reshape(-1)
    columns["anchors"] = panel.node_anchors.reshape(-1)
    columns["staff"] = panel.node_staff.reshape(-1)
    return columns


def _links(names: Mapping[str, Any]) -> Columns:
    ends = {"supplier": names["suppliers"], "buyer": names["buyers"]}
    nodes = names["chain_nodes"]
    return {name: _category(np.array(rows, np.int32), nodes) for name, rows in ends.items()}


def _people(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    columns = {name: panel.people[:, :, n].reshape(-1) for n, name in enumerate(PEOPLE_COLUMNS)}
    return _axes(quarters, skill=names["skills"]) | columns


def _housing(panel: Panel, quarters: list[str], names: Mapping[str, list[str]]) -> Columns:
    columns = {name: panel.housing[:, :, n].reshape(-1) for n, name in enumerate(HOUSING_COLUMNS)}
    return _axes(quarters, place=names["places"]) | columns


def _events(state: State, names: Mapping[str, list[str]]) -> pd.DataFrame:
    log, n = state.log, int(state.log.used[0])
    kind = log.kind[:n]
    at_service = np.isin(kind, [int(k) for k in SERVICE_KINDS])
    place, firm = log.place[:n], log.firm[:n]
    return pd.DataFrame(
        {
            "time_years": log.time[:n],
            "kind": _category(kind, [k.name.lower() for k in Kind]),
            "firm": np.where(firm >= 0, state.firms.key[firm], -1),
            "building": _category(np.where(at_service, -1, place), names["buildings"]),
            "service": _category(np.where(at_service, place, -1), names["services"]),
            "stage": _category(log.stage[:n], names["stages"]),
            "amount": log.amount[:n],
        }
    )


def _firms(state: State, names: Mapping[str, list[str]]) -> pd.DataFrame:
    firms, n = state.firms, int(state.firms.used[0])
    return pd.DataFrame(
        {
            "firm": firms.key[:n],
            "industry": _category(firms.industry[:n], names["industries"]),
            "chain_node": _category(firms.node[:n], names["chain_nodes"]),
            "stage": _category(firms.stage[:n], names["stages"]),
            "status": _category(firms.status[:n], [s.name.lower() for s in Status]),
            "building_id": _category(firms.building[:n], names["buildings"]),
            "floor_m2": firms.floor_m2[:n],
            "staff": firms.staff[:n],
            "founded_years": firms.founded[:n],
            "entered_years": firms.entered[:n],
            "left_years": firms.left[:n],
            "registered": firms.registered[:n],
            "anchor": firms.anchor[:n],
            "rent_paid_cny_m2_day": firms.rent_paid[:n],
            "lease_ends_years": firms.due[:n, Kind.LEASE_END - FIRST_DATE],
            "tiers": _category(firms.tiers[:n], _sets_of(names["tiers"])),
        }
    )


def _sets_of(tiers: list[str]) -> list[str]:
    """The tiers of every set of them, by its bits, as one text."""
    return [" ".join(tier for n, tier in enumerate(tiers) if bits >> n & 1) for bits in range(1 << len(tiers))]


def read_frame(file: Path) -> pd.DataFrame:
    """A frame that was written. Raises ManifestError."""
    try:
        return pq.read_table(file).to_pandas()
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ManifestError([Fault(str(file), f"cannot be read: {error}", "the folder of a saved run")]) from None


def write_frame(frame: pd.DataFrame, file: Path) -> None:
    """A frame as Parquet; the same frame gives the same bytes."""
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), file, compression="zstd", compression_level=1)


def write_json(content: Mapping[str, Any], file: Path) -> None:
    """JSON with sorted keys and a final newline."""
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
    file.write_text(text + "\n", encoding="utf-8", newline="\n")


def check_writable(folder: Path) -> None:
    """Raise OutputError where a folder holds something that no run of ours wrote."""
    files.check_writable(folder, _is_ours, "a run")


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """A hidden folder to write a run into that becomes `folder` when all is written. Raises OutputError."""
    with files.written_whole(folder, _is_ours, "a run") as place:
        yield place


def _is_ours(folder: Path) -> bool:
    """Whether a folder holds a manifest as runs, studies and comparisons write it."""
    try:
        manifest = read_manifest(folder)
    except ManifestError:
        return False
    return "engine_sha256" in manifest or manifest.get("kind") == "comparison"
