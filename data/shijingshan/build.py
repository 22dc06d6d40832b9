"""Build the shipped park: from small tables of figures to parcels, buildings, firms and the map around them.

Run `python data/shijingshan/build.py`, or give it another folder to write to; the same figures give the same bytes.
"""

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

from builder import buildings as raising  # noqa: E402  (the folder must be on the path first)
from builder import checks, figures, firms, land, layers, streets, tracts, writing  # noqa: E402

ZONES = [
    "zone_id", "version", "name_zh", "name_en", "kind", "parent", "valid_from", "valid_to", "setting",
    "leading_industry", "area_published_km2", "provenance", "source", "note",
]  # fmt: skip
PARCELS = [
    "parcel_id", "version", "tract", "land_use", "far_limit", "height_limit_m", "owner", "existing_use",
    "provenance", "source",
]  # fmt: skip
BUILDINGS = [
    "building_id", "parcel_id", "name_zh", "name_en", "building_type", "floors", "height_m", "gfa_m2", "gfa_below_m2",
    "lettable_m2", "started", "completed", "date_confidence", "operator", "rent_cny_m2_day", "quality",
    "provenance", "source", "note",
]  # fmt: skip
FIRMS = [
    "firm_id", "name_zh", "industry", "chain_node", "stage", "tier", "staff", "revenue_cny", "productivity",
    "founded_year", "building_id", "floor_m2", "registered", "resident", "anchor", "provenance",
]  # fmt: skip
SERVICES = [
    "facility_id", "service", "name_zh", "name_en", "building_id", "slots", "opens", "provenance", "source",
]  # fmt: skip
STATIONS = ["station_id", "name_zh", "name_en", "lines", "kind", "open"]
RAIL = ["line_id", "line", "name_zh", "name_en", "kind", "colour"]
ROADS = ["road_id", "name_zh", "name_en", "class", "provenance"]
PLACES = ["place_id", "name_zh", "name_en", "kind", "rank", "station_id", "provenance"]
PARK = {
    "name_zh": "中关村石景山园",
    "name_en": "Zhongguancun Shijingshan Park",
    "crs": "EPSG:4548",
    "start": "2026Q1",
    "schema": 2,
    "caveat_zh": "模型合理，与公开总量核对过，未以园区台账标定；地块、楼宇和企业为真实地理中的合成数据",
    "caveat_en": "plausible and checked against published totals, not calibrated on the park's ledgers; "
    "parcels, buildings and firms are synthetic within real geography",
    "credit": "© OpenStreetMap contributors (ODbL)",
}


def main(folder: Path = FOLDER) -> None:
    """Draw the ground, raise the buildings, settle the firms, check everything, and only then write to a folder."""
    pieces = tracts.lay_out_pieces()
    layouts = [streets.divide_piece(piece) for piece in pieces]
    lots = land.allot_blocks(layouts)
    parcels = land.draw_parcels(layouts, lots)
    zones = layers.draw_zones(pieces, parcels)
    buildings = raising.raise_buildings(parcels)
    stocks = {start: firms.settle_firms(buildings, zones, start) for start in figures.starts()}
    services = layers.place_services(buildings)
    roads = layers.draw_roads(layouts)
    water = layers.draw_water(layouts)

    checks.check_park(zones, parcels, buildings, stocks, services, water)
    checks.check_morphology(layouts, parcels, buildings, roads)

    writing.write_layer(zones, ZONES, folder / "zones.parquet")
    writing.write_layer(parcels, PARCELS, folder / "parcels.parquet")
    writing.write_layer(buildings, BUILDINGS, folder / "buildings.parquet")
    writing.write_table(services, SERVICES, folder / "services.parquet")
    writing.write_layer(layers.draw_stations(), STATIONS, folder / "stations.parquet")
    writing.write_layer(layers.draw_rail(), RAIL, folder / "rail.parquet")
    writing.write_layer(roads, ROADS, folder / "roads.parquet")
    writing.write_layer(water, ["water_id", "name_zh", "name_en", "provenance"], folder / "water.parquet")
    writing.write_layer(layers.draw_places(), PLACES, folder / "places.parquet")
    for start, tenants in stocks.items():
        name = "firms.parquet" if start == PARK["start"] else f"firms_{start}.parquet"
        writing.write_table(tenants, FIRMS, folder / name)
    (folder / "park.json").write_text(json.dumps(PARK, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(checks.summary(parcels, buildings, stocks))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
