"""A park of one's own from tables in memory: two buildings, one of them opening in the second year."""

import geopandas as gpd
import pandas as pd
import shapely

import twin
from twin.park import About, park_from_tables

CRS = "EPSG:4548"
ground = shapely.box(480_000, 4_410_000, 480_200, 4_410_100)
west, east = (shapely.box(x, 4_410_000, x + 100, 4_410_100) for x in (480_000, 480_100))

zones = gpd.GeoDataFrame(
    {
        "zone_id": ["park"],
        "version": [1],
        "name_zh": ["试验园区"],
        "name_en": ["Test park"],
        "kind": ["park"],
        "valid_from": [None],
        "valid_to": [None],
        "setting": [None],
    },
    geometry=[ground],
    crs=CRS,
)
parcels = gpd.GeoDataFrame(
    {"parcel_id": ["west", "east"], "land_use": ["B23", "M4"], "far_limit": [3.0, 2.0], "height_limit_m": [60.0, 40.0]},
    geometry=[west, east],
    crs=CRS,
)
buildings = gpd.GeoDataFrame(
    {
        "building_id": ["incubator", "hall"],
        "parcel_id": ["west", "east"],
        "building_type": ["incubator", "pilot_hall"],
        "floors": [8, 3],
        "height_m": [32.0, 24.0],
        "gfa_m2": [22_000.0, 11_000.0],
        "lettable_m2": [20_000.0, 10_000.0],
        "completed": ["2020Q1", "2027Q1"],
        "rent_cny_m2_day": [3.0, 2.5],
        "quality": [0.6, 0.5],
    },
    geometry=[west.buffer(-20), east.buffer(-20)],
    crs=CRS,
)
services = pd.DataFrame({"facility_id": ["line"], "service": ["pilot_line"], "slots": [4], "opens": ["2027Q1"]})

park = park_from_tables(
    {"zones": zones, "parcels": parcels, "buildings": buildings, "services": services},
    about=About(name_zh="试验园区", name_en="Test park"),
)
scenario = twin.Scenario(name="own", end="2029Q4", parameters={"entry_per_year": 20.0, "entry_per_year.finance": 0.0})
study = twin.replicate(park, scenario, replications=10)

columns = ["floor_stock", "floor_let", "resident_firms", "waiting_firms", "service_wait"]
medians = study.by_year().query("part in ['', 'pilot_line']")
table = medians.pivot_table(index="year", columns="indicator", values="median")
print(table[columns].round(2).to_string())
