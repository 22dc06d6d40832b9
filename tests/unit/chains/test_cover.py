"""How complete chains are: stocks made by hand, and what one more firm adds."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import cast

import networkx as nx
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parks import small_park, stock_of
from tests.unit.facts.made import made
from twin.catalog import load_catalog
from twin.chains import chain_graph, chain_table, firms_of, node_table
from twin.chains.cover import breaks, cover, empty_nodes, one_more
from twin.chains.graph import central
from twin.chains.measures import Cover
from twin.errors import InputError
from twin.park import Park
from twin.record import Record

CATALOG = load_catalog()


def line() -> nx.DiGraph[str]:
    """a > b > c > d, of weights .1 .2 .3 .4."""
    graph: nx.DiGraph[str] = nx.DiGraph([("a", "b"), ("b", "c"), ("c", "d")])
    nx.set_node_attributes(graph, {"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4}, "weight")
    return graph


def park_of(nodes: dict[str, int], *, industry: str = "ai", remote: int = 0) -> Park:
    """A park with so many firms at nodes, the last `remote` of them registered only."""
    stock = stock_of(sum(nodes.values()), industry=industry, building="b0", floor_m2=10, staff=2)
    stock["chain_node"] = [node for node, n in nodes.items() for _ in range(n)]
    away = stock.index >= len(stock) - remote
    stock["resident"] = ~away
    stock["building_id"] = stock["building_id"].where(~away, None)
    stock["floor_m2"] = stock["floor_m2"].where(~away, 0)
    return small_park([5_000.0], firms=stock)


def test_cover_is_by_hand() -> None:
    found = cover(line(), {"a": 1, "b": 2, "d": 5})
    assert found == pytest.approx(Cover(nodes=0.1 + 0.2 + 0.4, links=1 / 3, resilience=2 / 4))
    assert cover(line(), {}) == (0.0, 0.0, 0.0)
    assert cover(line(), dict.fromkeys("abcd", 2)) == pytest.approx((1.0, 1.0, 1.0))


def test_a_firm_too_many_changes_the_cover() -> None:
    right = (0.7, 1 / 3, 0.5)
    for planted in ({"a": 1, "b": 2, "c": 1, "d": 5}, {"a": 2, "b": 2, "d": 5}, {"a": 1, "b": 2}):
        assert cover(line(), planted) != pytest.approx(right)


def test_breaks_stand_in_the_order_of_need() -> None:
    """b and c lie on two ways each, c is heavier; a and d on none, d is heavier."""
    assert empty_nodes(line(), {}) == ["c", "b", "d", "a"]
    assert empty_nodes(line(), {"c": 1}) == ["b", "d", "a"]
    assert breaks(line(), {}) == ["c", "b"]
    assert breaks(line(), {"c": 1}) == ["b"]
    assert breaks(line(), {"b": 1, "c": 1}) == []


def test_one_more_firm_adds_what_it_adds() -> None:
    here = {"a": 1, "b": 1, "d": 1}
    assert one_more(line(), here, "c") == pytest.approx((0.3, 2 / 3, 0.0))
    assert one_more(line(), here, "a") == pytest.approx((0.0, 0.0, 0.25))
    assert one_more(line(), {"a": 2}, "a") == (0.0, 0.0, 0.0)


def test_a_chain_without_links_has_no_share_of_them() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("a", weight=1.0)
    assert math.isnan(cover(graph, {"a": 1}).links)


def test_a_count_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 at b: a count from 0 up"):
        cover(line(), {"b": -1})


COUNTS = st.fixed_dictionaries({node: st.integers(0, 3) for node in chain_graph(CATALOG, "ai")})


@given(COUNTS, st.sampled_from(list(chain_graph(CATALOG, "ai"))))
def test_one_more_never_makes_a_chain_less_complete(firms: dict[str, int], node: str) -> None:
    graph = chain_graph(CATALOG, "ai")
    added = one_more(graph, firms, node)
    assert all(part >= -1e-12 for part in added)
    assert (added.nodes > 0) == (firms[node] == 0)
    assert (added.resilience > 0) == (firms[node] == 1)
    empty = empty_nodes(graph, firms)
    assert set(empty) == {node for node, n in firms.items() if not n}
    assert set(breaks(graph, firms)) == set(empty) & central(graph)


@given(COUNTS)
def test_names_of_nodes_do_not_matter(firms: dict[str, int]) -> None:
    graph = chain_graph(CATALOG, "ai")
    other = nx.relabel_nodes(graph, {node: f"x{node}" for node in graph})
    assert cover(other, {f"x{node}": n for node, n in firms.items()}) == pytest.approx(cover(graph, firms))


def test_chains_of_a_stock() -> None:
    """A1 > A2 > A6 > A7 with one firm, two, none and one."""
    found = chain_table(park_of({"A1": 1, "A2": 2, "A7": 1})).set_index("chain")
    row = found.loc["ai"]
    weights = chain_graph(CATALOG, "ai").nodes
    assert row["cover"] == pytest.approx(sum(weights[node]["weight"] for node in ("A1", "A2", "A7")))
    assert row["link_cover"] == pytest.approx(1 / 14)
    assert row["resilience"] == pytest.approx(1 / 12)
    assert (row["firms"], row["hhi"]) == (4, pytest.approx(0.375))
    assert str(row["breaks"]).split()[0] == "A6"
    assert row["breaks"] == "A6 A10 A4"
    assert len(str(row["empty"]).split()) == 9
    assert (row["name_zh"], row["name_en"]) == ("人工智能", "Artificial intelligence")
    assert found["hhi"].isna().to_dict() == {chain: chain not in {"ai", "all"} for chain in found.index}
    assert found.loc["all", "cover"] == pytest.approx(row["cover"] / 6)
    assert found.loc["all", "link_cover"] == pytest.approx(1 / 106)


def test_a_missing_node_that_is_recruited_is_no_break_any_more() -> None:
    here = {node: 2 for node in CATALOG.nodes_of("ai") if node != "A6"}
    before = chain_table(park_of(here)).set_index("chain").loc["ai"]
    after = chain_table(park_of({**here, "A6": 1})).set_index("chain").loc["ai"]
    assert (before["breaks"], after["breaks"]) == ("A6", "")
    gained = node_table(park_of(here), chain="ai").set_index("node").loc["A6"]
    assert gained["adds_cover"] == pytest.approx(after["cover"] - before["cover"])
    assert gained["adds_link_cover"] == pytest.approx(after["link_cover"] - before["link_cover"])
    assert (after["cover"], after["link_cover"]) == pytest.approx((1.0, 1.0))
    assert gained["break_rank"] == 1


def test_registered_is_not_resident() -> None:
    park = park_of({"A1": 1, "A2": 1}, remote=1)
    nodes = node_table(park, chain="ai").set_index("node")
    assert nodes[["resident_firms", "remote_firms", "staff"]].loc[["A2"]].to_numpy().tolist() == [[0, 1, 0]]
    assert chain_table(park).set_index("chain").loc["ai", "firms"] == 1
    assert chain_table(park, remote=True).set_index("chain").loc["ai", "firms"] == 2
    assert node_table(park, chain="ai", remote=True).set_index("node").loc["A2", "staff"] == 2


def record_of(statuses: list[str], nodes: list[str | None]) -> Record:
    """A run at whose end there are firms of these statuses at nodes."""
    known = CATALOG.chain_nodes
    frame = pd.DataFrame(
        {
            "firm": range(len(nodes)),
            "chain_node": pd.Categorical(nodes, categories=known),
            "status": pd.Categorical(statuses),
            "staff": 3,
            "building_id": pd.Categorical(["b0"] * len(nodes)),
        }
    )
    return made(firms=frame).record


def test_who_is_gone_asleep_or_still_to_come_is_not_there() -> None:
    run = record_of(
        ["resident", "remote", "gone", "dormant", "waiting", "prospect"], ["A1", "A2", "A3", "A4", "A5", "A6"]
    )
    assert firms_of(run)["chain_node"].tolist() == ["A1", "A2"]
    assert chain_table(run).set_index("chain").loc["ai", "firms"] == 1
    assert chain_table(run, remote=True).set_index("chain").loc["ai", "firms"] == 2


def test_firms_without_a_node_are_in_no_chain() -> None:
    run = record_of(["resident", "resident"], ["A1", None])
    assert chain_table(run)["firms"].tolist()[-1] == 1


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(InputError, match="kept no table of firms"):
        chain_table(cast(Record, SimpleNamespace(firms=None)))
    with pytest.raises(InputError, match="no firm has a chain_node"):
        chain_table(small_park([100.0], firms=stock_of(2)))
    with pytest.raises(InputError, match="unknown chain 'a1'"):
        node_table(park_of({"A1": 1}), chain="a1")
    strange = record_of(["resident"], ["A1"])
    assert strange.firms is not None
    strange.firms["chain_node"] = "Z9"
    with pytest.raises(InputError, match="chain_node Z9 is not in the catalog"):
        chain_table(strange)
