"""The reference tables: industries, stages, services, types, fits, and every assumed number with its source."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from twin.bundled import bundled
from twin.errors import CatalogError, Fault
from twin.units import is_quarter

Row = Mapping[str, str]

TABLES = (
    "industries",
    "chain_nodes",
    "chain_edges",
    "stages",
    "services",
    "failures",
    "tiers",
    "tier_rules",
    "building_types",
    "fits",
    "land_uses",
    "operators",
    "skills",
    "quantities",
    "parameters",
    "scenes",
    "contract_rules",
    "industry_sets",
)

#: A set of services or of tiers has a bit for each in 16, one of which is a sign.
MOST_IN_A_SET = 15


@dataclass(frozen=True)
class Catalog:
    """The tables as read, and the values in force: those of the tables but for what a scenario changed."""

    tables: Mapping[str, Sequence[Row]]
    values: Mapping[tuple[str, str], float]
    sha256: str

    @cached_property
    def industries(self) -> list[str]:
        """Ids in the order of the table, which is the order of every industry axis."""
        return [row["id"] for row in self.tables["industries"]]

    @cached_property
    def chain_nodes(self) -> list[str]:
        """Ids of the links of the industries' chains, industry by industry."""
        return [row["id"] for row in self.tables["chain_nodes"]]

    @cached_property
    def industry_sets(self) -> dict[str, list[str]]:
        """Industries by the name of the set in which a document puts them."""
        rows = self.tables["industry_sets"]
        return {
            name: [row["industry"] for row in rows if row["set"] == name] for name in {row["set"]: 0 for row in rows}
        }

    def nodes_of(self, industry: str) -> list[str]:
        """Ids of the links of an industry's chain, none where its chain is not told."""
        return [row["id"] for row in self.tables["chain_nodes"] if row["industry"] == industry]

    def node_shares(self, industry: str) -> dict[str, float]:
        """Shares of an industry's entrants by link of its chain, adding up to 1; empty where its chain is not told."""
        weights = {node: self.value("node_share", node) for node in self.nodes_of(industry)}
        return {node: weight / sum(weights.values()) for node, weight in weights.items()}

    @cached_property
    def stages(self) -> list[str]:
        """Ids from 0→1 to established; the order of every stage axis."""
        return [row["id"] for row in self.tables["stages"]]

    @cached_property
    def services(self) -> list[str]:
        """Ids of the services with finite slots."""
        return [row["id"] for row in self.tables["services"]]

    @cached_property
    def funds(self) -> list[str]:
        """Ids of the services that are funds."""
        return [row["id"] for row in self.tables["services"] if row["kind"] == "fund"]

    @cached_property
    def supports(self) -> list[str]:
        """Ids of the services that firms of the park ask for."""
        return [row["id"] for row in self.tables["services"] if row["kind"] != "recruitment"]

    @cached_property
    def office(self) -> str:
        """Id of the service that works on prospects, "" none."""
        return next((row["id"] for row in self.tables["services"] if row["kind"] == "recruitment"), "")

    @cached_property
    def failures(self) -> list[str]:
        """Ids of the causes of failure."""
        return [row["id"] for row in self.tables["failures"]]

    def services_of(self, stage: str) -> list[str]:
        """Ids of the services that the firms of a stage may ask for."""
        return [row["id"] for row in self.tables["services"] if stage in row["stages"].split()]

    @cached_property
    def tiers(self) -> list[str]:
        """Ids of the tiers of recognition."""
        return [row["id"] for row in self.tables["tiers"]]

    @cached_property
    def scenes(self) -> list[str]:
        """Ids of the demonstration scenes."""
        return [row["id"] for row in self.tables["scenes"]]

    @cached_property
    def building_types(self) -> list[str]:
        """Ids of the building types."""
        return [row["id"] for row in self.tables["building_types"]]

    @cached_property
    def firm_types(self) -> list[str]:
        """Building types whose floor is let to firms."""
        return [row["id"] for row in self.tables["building_types"] if row["for_firms"] == "1"]

    @cached_property
    def home_types(self) -> list[str]:
        """Building types that are homes for people who work in the park."""
        return [row["id"] for row in self.tables["building_types"] if row["for_homes"] == "1"]

    @cached_property
    def skills(self) -> list[str]:
        """Ids of the groups of skills; the order of every skill axis."""
        return [row["id"] for row in self.tables["skills"]]

    def skill_shares(self, industry: str) -> list[float]:
        """Shares of the skills in an industry's staff, adding up to 1."""
        weights = [self.value("skill_share", f"{industry}.{skill}") for skill in self.skills]
        return [weight / sum(weights) for weight in weights]

    @cached_property
    def markets(self) -> list[str]:
        """Markets of floor for firms, in the order in which types of building name them."""
        return list(dict.fromkeys(row["market"] for row in self.tables["building_types"] if row["market"]))

    @cached_property
    def public_operators(self) -> list[str]:
        """Operators of buildings that are public, by id and names: the state's, or a company's that the state owns."""
        public = [row for row in self.tables["operators"] if row["public"] == "1"]
        return [row[name] for row in public for name in ("id", "name_zh", "name_en")]

    def names(self, table: str, lang: str = "en") -> dict[str, str]:
        """Names of the rows of a table by id, in `en` or `zh`."""
        return {row["id"]: row[f"name_{lang}"] for row in self.tables[table]}

    def colours(self, table: str) -> dict[str, str]:
        """Colours of the rows of a table by id, as `#rrggbb`."""
        return {row["id"]: row["colour"] for row in self.tables[table]}

    def fits(self, industry: str, stage: str) -> set[str]:
        """Building types that suit an industry's firms at a stage; a row for the industry goes before one for all."""
        rows = {(row["stage"], row["industry"]): row["building_types"].split() for row in self.tables["fits"]}
        return set(rows.get((stage, industry), rows.get((stage, "*"), [])))

    def permits(self, land_use: str) -> list[str]:
        """Building types that a land use takes."""
        return next(row["building_types"].split() for row in self.tables["land_uses"] if row["id"] == land_use)

    def scopes(self, quantity: str) -> list[str]:
        """For which industries, links, stages, segments (industry.stage), services, tiers … a quantity may be given.

        `[""]` for a quantity of the park as a whole.
        """
        scope = self._quantities[quantity]["scope"]
        if scope == "age":
            return sorted((s for q, s in self.values if q == quantity), key=float)
        return {
            "industry": self.industries,
            "chain_node": self.chain_nodes,
            "stage": self.stages,
            "service": self.services,
            "support": self.supports,
            "fund": self.funds,
            "tier": self.tiers,
            "scene": self.scenes,
            "building_type": self.building_types,
            "segment": [f"{industry}.{stage}" for industry in self.industries for stage in self.stages],
            "skill": self.skills,
            "industry_skill": [f"{industry}.{skill}" for industry in self.industries for skill in self.skills],
        }.get(scope, [""])

    def law_of_age(self, quantity: str) -> bool:
        """Whether a quantity is a law of age, given whole as a table."""
        return self._quantities[quantity]["scope"] == "age"

    def value(self, quantity: str, scope: str = "") -> float:
        """The value in force of a quantity for a scope, or, where it is not given by scope, for all."""
        return _in_force(self.values, quantity, scope)

    def with_values(self, changes: Mapping[str, float | Mapping[str, float]]) -> Catalog:
        """The catalog with other values.

        Keys are `quantity` (for every scope) or `quantity.scope`. A law of age is given whole, as a mapping from age
        in years to the probability of closing between the age before and this one. Raises CatalogError with every
        fault.
        """
        values = dict(self.values)
        faults: list[Fault] = []
        for key, change in changes.items():
            try:
                values = self._changed(values, key, change)
            except CatalogError as error:
                faults += error.faults
        if not faults:
            if not any(values["stage_share", stage] for stage in self.stages):
                faults.append(Fault("parameters.stage_share", "stage_share is 0 for every stage", "one above 0"))
            for industry in self.industries:
                nodes = self.nodes_of(industry)
                if nodes and not any(_in_force(values, "node_share", node) for node in nodes):
                    what = f"node_share is 0 for every link of {industry}"
                    faults.append(Fault("parameters.node_share", what, "one above 0"))
                if not any(_in_force(values, "skill_share", f"{industry}.{skill}") for skill in self.skills):
                    what = f"skill_share is 0 for every skill of {industry}"
                    faults.append(Fault("parameters.skill_share", what, "one above 0"))
            faults += self._check_causes(values) + _check_order(values)
        if faults:
            raise CatalogError(faults)
        return replace(self, values=values)

    def _check_causes(self, values: Mapping[tuple[str, str], float]) -> list[Fault]:
        """A fault for each stage at which no cause of failure has a share."""
        return [
            Fault(f"parameters.{causes[0]}.{stage}", f"no cause of failure has a share at {stage}", "one above 0")
            for causes in [[cause_share(cause) for cause in self.failures]]
            for stage in self.stages
            if not any(values.get((cause, stage), values.get((cause, ""), 0.0)) for cause in causes)
        ]

    @cached_property
    def _quantities(self) -> dict[str, Row]:
        return {row["id"]: row for row in self.tables["quantities"]}

    def _changed(
        self, values: dict[tuple[str, str], float], key: str, change: float | Mapping[str, float]
    ) -> dict[tuple[str, str], float]:
        quantity, _, scope = key.partition(".")
        where = f"parameters.{key}"
        if quantity not in self._quantities:
            raise CatalogError([Fault(where, f"unknown parameter {quantity!r}", nearest(quantity, self._quantities))])
        row = self._quantities[quantity]
        kept = {name: value for name, value in values.items() if name[0] != quantity}
        if isinstance(change, Mapping):
            if row["scope"] != "age":
                cure = f"one number, or one for each scope as {quantity}.{self.scopes(quantity)[0]}"
                raise CatalogError([Fault(where, "a table of values", cure)])
            _check_ages(where, change, row)
            return kept | {(quantity, str(age)): float(value) for age, value in change.items()}
        if row["scope"] == "age":
            raise CatalogError([Fault(where, "one number", "give the whole table, age in years: probability")])
        _check_bounds(where, change, row)
        if not scope:
            return kept | {(quantity, s): float(change) for s in self.scopes(quantity)}
        if scope not in self.scopes(quantity):
            known = self.scopes(quantity)
            cure = nearest(scope, known) if known != [""] else "it has one value, write it without a scope"
            raise CatalogError([Fault(where, f"unknown scope {scope!r} of {quantity}", cure)])
        return values | {(quantity, scope): float(change)}


#: Quantities of which none may be above the next.
RISING = (
    ("dormant_least_years", "dormant_most_years"),
    ("renovation_least_years", "renovation_years", "renovation_most_years"),
)


def _check_order(values: Mapping[tuple[str, str], float]) -> list[Fault]:
    """A fault for each quantity above one that it may not be above."""
    return [
        Fault(f"parameters.{less}", f"{less} {values[less, '']:g} is above {more} {values[more, '']:g}", "no more")
        for names in RISING
        for less, more in pairwise(names)
        if values[less, ""] > values[more, ""]
    ]


def _in_force(values: Mapping[tuple[str, str], float], quantity: str, scope: str) -> float:
    """The value of a quantity for a scope, or, where it is not given by scope, for all."""
    found = values.get((quantity, scope))
    return values[quantity, ""] if found is None else found


def load_catalog(folder: Path | None = None) -> Catalog:
    """The catalog in a folder, the shipped one if none is given. Raises CatalogError with every fault found."""
    folder = folder or bundled("data") / "catalog"
    tables, digest = {}, hashlib.sha256()
    for name in TABLES:
        try:
            content = (folder / f"{name}.csv").read_bytes()
        except OSError as error:
            fault = Fault(str(folder / f"{name}.csv"), f"cannot be read: {error.strerror}", "the table")
            raise CatalogError([fault]) from None
        digest.update(content)
        tables[name] = list(csv.DictReader(content.decode("utf-8").splitlines()))
    faults = _check_columns(tables, folder)
    if faults:
        raise CatalogError(faults)
    values: dict[tuple[str, str], float] = {}
    quantities = {row["id"]: row for row in tables["quantities"]}
    for line, row in enumerate(tables["parameters"], start=2):
        where = f"{folder / 'parameters.csv'}:{line}"
        if row["id"] not in quantities:
            faults.append(Fault(where, f"unknown quantity {row['id']!r}", nearest(row["id"], quantities)))
        elif not _is_number(row["value"]):
            faults.append(Fault(where, f"value {row['value']!r} of {row['id']}", "a number"))
        elif (row["id"], row["scope"]) in values:
            faults.append(Fault(where, f"{row['id']} for {row['scope'] or 'all'} a second time", "one row each"))
        else:
            values[row["id"], row["scope"]] = float(row["value"])
    faults += [
        Fault(str(folder / "quantities.csv"), f"{name!r} has no value", "a row in parameters.csv")
        for name in quantities
        if name not in {quantity for quantity, _ in values}
    ]
    faults += _check_tables(tables, folder)
    if faults:
        raise CatalogError(faults)
    return Catalog(tables, values, digest.hexdigest())


def cause_share(cause: str) -> str:
    """The quantity that holds a cause's share of the failures at each stage."""
    return f"fail_{cause}_share"


#: What a rule of a tier may ask for: the names of `twin.engine.kinds.Measure`, which loading takes long.
MEASURES = (
    "age_years",
    "revenue_cny",
    "rd_cny",
    "rd_share",
    "valuation_cny",
    "staff",
    "growth_2y",
    "growth_4y",
    "revenue_4y_ago_cny",
)
#: Measures that are known of a firm of the stock before it lives in the park.
OF_SIZE = ("revenue_cny", "staff")
#: By what a firm of the stock may hold a tier that its highest does not require: how much it earns, or its rules.
HELD_BY = ["revenue", "rules"]
CRITERIA = {f"{bound}_{measure}" for bound in ("least", "most") for measure in MEASURES}

#: What a rule of a performance agreement may be about: the names of `twin.engine.kinds.Output`.
OUTPUTS = ("revenue_per_m2", "tax_per_m2", "rd_share", "chain_fit")

#: Columns that each table needs.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "industries": ("id", "name_zh", "name_en", "colour"),
    "chain_nodes": ("id", "industry", "name_zh", "name_en"),
    "chain_edges": ("supplier", "buyer"),
    "stages": ("id", "name_zh", "name_en"),
    "services": ("id", "name_zh", "name_en", "stages", "kind", "relieves"),
    "failures": ("id", "name_zh", "name_en"),
    "tiers": ("id", "name_zh", "name_en", "colour", "held_by", "requires", "industries", "stages"),
    "tier_rules": ("tier", "criterion", "industries", "above_revenue_cny", "to_revenue_cny", "value", "valid_from"),
    "building_types": ("id", "name_zh", "name_en", "for_firms", "market", "for_homes"),
    "fits": ("stage", "industry", "building_types"),
    "land_uses": ("id", "name_zh", "name_en", "colour", "building_types"),
    "operators": ("id", "name_zh", "name_en", "public"),
    "skills": ("id", "name_zh", "name_en", "colour"),
    "quantities": ("id", "scope", "unit", "minimum", "maximum"),
    "parameters": ("id", "scope", "value"),
    "scenes": ("id", "name_zh", "name_en", "kind", "chain_nodes", "industries", "stages", "source"),
    "contract_rules": (
        *("id", "name_zh", "name_en", "measure", "value", "industries", "stages", "building_types", "ends"),
        "valid_from",
    ),
    "industry_sets": ("set", "industry", "named"),
}

#: What a demonstration scene may be: of the core zone, of the extension zone, or of an action of the whole park.
SCENE_KINDS = ("core", "extension", "action")


def _check_columns(tables: Mapping[str, Sequence[Row]], folder: Path) -> list[Fault]:
    return [
        Fault(str(folder / f"{name}.csv"), f"column {column!r} is missing", "that column")
        for name, columns in COLUMNS.items()
        for column in columns
        if tables[name] and column not in tables[name][0]
    ]


def _check_tables(tables: Mapping[str, Sequence[Row]], folder: Path) -> list[Fault]:
    """Ids that no table has, and values out of bounds."""
    names = (
        "industries",
        "chain_nodes",
        "stages",
        "services",
        "failures",
        "tiers",
        "building_types",
        "scenes",
        "skills",
    )
    ids = {name: [row["id"] for row in tables[name]] for name in names}
    scopes = {
        name.removesuffix("s"): ids[name]
        for name in ("chain_nodes", "stages", "services", "tiers", "building_types", "scenes", "skills")
    }
    scopes["industry"] = ids["industries"]
    scopes["fund"] = [row["id"] for row in tables["services"] if row["kind"] == "fund"]
    scopes["support"] = [row["id"] for row in tables["services"] if row["kind"] != "recruitment"]
    scopes["industry_skill"] = [f"{industry}.{skill}" for industry in ids["industries"] for skill in ids["skills"]]
    scopes["segment"] = [f"{industry}.{stage}" for industry in ids["industries"] for stage in ids["stages"]]
    quantities = {row["id"]: row for row in tables["quantities"]}
    of_services = folder / "services.csv"
    named = [(of_services, stage, ids["stages"]) for row in tables["services"] for stage in row["stages"].split()]
    named += [(of_services, row["relieves"], ids["failures"]) for row in tables["services"] if row["relieves"]]
    named += [(of_services, row["kind"], ["facility", "fund", "recruitment"]) for row in tables["services"]]
    named += [(folder / "chain_nodes.csv", row["industry"], ids["industries"]) for row in tables["chain_nodes"]]
    named += [
        (folder / "chain_edges.csv", row[end], ids["chain_nodes"])
        for row in tables["chain_edges"]
        for end in ("supplier", "buyer")
    ]
    shares = [cause_share(cause) for cause in ids["failures"]]
    named += [(folder / "failures.csv", share, list(quantities)) for share in shares]
    named += _named_by_tiers(tables, ids, folder)
    named += [
        (folder / "scenes.csv", name, ids[column])
        for row in tables["scenes"]
        for column in ("chain_nodes", "industries", "stages")
        for name in row[column].split()
    ]
    named += [(folder / "scenes.csv", row["kind"], list(SCENE_KINDS)) for row in tables["scenes"]]
    named += _named_by_contracts(tables, ids, folder)
    named += [(folder / "industry_sets.csv", row["industry"], ids["industries"]) for row in tables["industry_sets"]]
    for row in tables["land_uses"]:
        named += [(folder / "land_uses.csv", name, ids["building_types"]) for name in row["building_types"].split()]
    for row in tables["fits"]:
        named += [(folder / "fits.csv", name, ids["building_types"]) for name in row["building_types"].split()]
    for row in tables["parameters"]:
        quantity = quantities.get(row["id"])
        if quantity is not None and row["scope"] and quantity["scope"] in scopes:
            named.append((folder / "parameters.csv", row["scope"], scopes[quantity["scope"]]))
    faults = [
        Fault(str(file), f"unknown {name!r}", nearest(name, known)) for file, name, known in named if name not in known
    ]
    faults += [
        Fault(str(folder / f"{name}.csv"), f"{len(ids[name])} {name}", f"at most {MOST_IN_A_SET}")
        for name in ("services", "tiers")
        if len(ids[name]) > MOST_IN_A_SET
    ]
    faults += _check_offices(tables, of_services)
    if not ids["failures"]:
        faults.append(Fault(str(folder / "failures.csv"), "no cause of failure", "at least one"))
    for line, row in enumerate(tables["parameters"], start=2):
        if row["id"] in quantities and _is_number(row["value"]):
            try:
                _check_bounds(f"{folder / 'parameters.csv'}:{line}", float(row["value"]), quantities[row["id"]])
            except CatalogError as error:
                faults += [fault._replace(what=f"{row['id']}: {fault.what}") for fault in error.faults]
    return faults + _check_tier_rules(tables, folder) + _check_contract_rules(tables, folder)


def _check_offices(tables: Mapping[str, Sequence[Row]], file: Path) -> list[Fault]:
    """Recruitment offices: there is at most one, and no firm of the park asks for it."""
    offices = [row for row in tables["services"] if row["kind"] == "recruitment"]
    faults = [Fault(str(file), f"{len(offices)} services of kind recruitment", "one at most")] if offices[1:] else []
    cure = "none: prospects ask for it"
    return faults + [Fault(str(file), f"{row['id']} has stages", cure) for row in offices if row["stages"]]


def _named_by_tiers(
    tables: Mapping[str, Sequence[Row]], ids: Mapping[str, list[str]], folder: Path
) -> list[tuple[Path, str, list[str]]]:
    """Names that the tiers and their rules use, with the file and the names there are."""
    tiers, rules = folder / "tiers.csv", folder / "tier_rules.csv"
    named = [
        (tiers, name, ids[table])
        for row in tables["tiers"]
        for column, table in (("requires", "tiers"), ("industries", "industries"), ("stages", "stages"))
        for name in row[column].split()
    ]
    named += [(tiers, row["held_by"], HELD_BY) for row in tables["tiers"] if row["held_by"]]
    for row in tables["tier_rules"]:
        named.append((rules, row["tier"], ids["tiers"]))
        named.append((rules, row["criterion"], sorted(CRITERIA)))
        named += [(rules, name, ids["industries"]) for name in row["industries"].split() if name != "*"]
    return named


def _check_tier_rules(tables: Mapping[str, Sequence[Row]], folder: Path) -> list[Fault]:
    """Bounds of rules that are no numbers, and dates that are no quarters."""
    faults = []
    by_rules = {row["id"] for row in tables["tiers"] if row["held_by"] == "rules"}
    for line, row in enumerate(tables["tier_rules"], start=2):
        where = f"{folder / 'tier_rules.csv'}:{line}"
        if row["tier"] in by_rules and row["criterion"].partition("_")[2] not in OF_SIZE:
            cure = f"a bound on {' or '.join(OF_SIZE)}, as the stock holds {row['tier']} by its rules"
            faults.append(Fault(where, f"criterion {row['criterion']!r}", cure))
        optional = [name for name in ("above_revenue_cny", "to_revenue_cny") if row[name]]
        faults += [
            Fault(where, f"{column} {row[column]!r}", "a number")
            for column in ("value", *optional)
            if not _is_number(row[column])
        ]
        if not is_quarter(row["valid_from"]):
            faults.append(Fault(where, f"valid_from {row['valid_from']!r}", "a quarter such as 2022Q3"))
    return faults


def _named_by_contracts(
    tables: Mapping[str, Sequence[Row]], ids: Mapping[str, list[str]], folder: Path
) -> list[tuple[Path, str, list[str]]]:
    """Names that the rules of performance agreements use, with the file and the names there are."""
    file, rows = folder / "contract_rules.csv", tables["contract_rules"]
    named = [(file, row["measure"], list(OUTPUTS)) for row in rows]
    named += [(file, row["ends"], ["0", "1"]) for row in rows]
    columns = ("industries", "stages", "building_types")
    named += [(file, name, ["*", *ids[column]]) for row in rows for column in columns for name in row[column].split()]
    return named


def _check_contract_rules(tables: Mapping[str, Sequence[Row]], folder: Path) -> list[Fault]:
    """Rules of performance agreements without a bound that is a number, or a date that is a quarter."""
    faults = []
    for line, row in enumerate(tables["contract_rules"], start=2):
        where = f"{folder / 'contract_rules.csv'}:{line}"
        if not _is_number(row["value"]):
            faults.append(Fault(where, f"value {row['value']!r}", "a number"))
        if not is_quarter(row["valid_from"]):
            faults.append(Fault(where, f"valid_from {row['valid_from']!r}", "a quarter such as 2022Q3"))
    return faults


def nearest(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    """A cure for a misspelt name: the nearest known one, or all of them."""
    import difflib

    names = [str(one) for one in known]
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known are {', '.join(names[:40])}" if names else "there are none"


def _check_ages(where: str, law: Mapping[str, float], row: Row) -> None:
    """Raise CatalogError where a law of age is none: ages above 0, each once, with a value within bounds."""
    if not law:
        raise CatalogError([Fault(where, f"{row['id']} without an age", "age in years: probability")])
    seen = set()
    for age, value in law.items():
        if not _is_number(age) or not 0 < float(age) < math.inf:
            raise CatalogError([Fault(where, f"age {age!r}", "ages are years above 0")])
        if float(age) in seen:
            raise CatalogError([Fault(where, f"age {age!r} a second time", "each age once")])
        seen.add(float(age))
        _check_bounds(f"{where}.{age}", value, row)


def _check_bounds(where: str, value: object, row: Row) -> None:
    low, high = float(row["minimum"]), float(row["maximum"])
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise CatalogError(
            [Fault(where, f"{value!r} is not a number", f"a number from {low:g} to {high:g} {row['unit']}")]
        )
    if not low <= value <= high:
        raise CatalogError([Fault(where, f"{value:g} is out of bounds", f"from {low:g} to {high:g} {row['unit']}")])


def _is_number(text: object) -> bool:
    try:
        return not math.isnan(float(str(text)))
    except ValueError:
        return False
