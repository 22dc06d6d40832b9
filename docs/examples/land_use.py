"""What do the 1.06 km² taken in with the extension buy as R&D land? Rezone it, compare, and read the books."""

import twin

park = twin.load_park()
land = park.parcels[(park.parcels["tract"] == "extension") & park.parcels["land_use"].isin(["M1", "M4"])]
works = park.parcels_at("2027Q1").merge(land[["parcel_id"]])
print(f"{len(works)} parcels of light industry and industrial R&D, {works['area_m2'].sum() / 1e4:.1f} ha")

# a frame of parcels becomes edits: one a row; another use, with the floor area ratio usual for it where it is higher
edits = land[["parcel_id"]].assign(
    edit="rezone", at="2027Q1", land_use="B23", far_limit=land["far_limit"].clip(lower=3)
)
after = park.edit(edits)

changed = park.diff(after).table
print(changed.groupby(["layer", "field"]).size().to_string(), "\n")

# the books: what the rezoning moved from one account to another, within the park
books = twin.ledger_of(after)
entries = books.journal.query("quarter == '2027Q1' and zone == 'park' and book == 'land' and entry != 'as planned'")
print((entries.groupby("land_use")["m2"].sum() / 1e4).round(2).rename("ha").to_string(), "\n")
books.check("2030Q4")  # they agree with the geometry within 1 m², or this raises

# a building on one of the parcels, as a dated action of a scenario
parcel = works.sort_values("area_m2")["parcel_id"].iloc[-1]
room = {
    "edit": "demolish",
    "at": "2027Q1",
    "buildings": list(park.buildings_at("2026Q1").query("parcel_id == @parcel and state == 'open'")["building_id"]),
}
print("standing there now:", room["buildings"])
try:
    after.edit(
        {
            "edit": "build",
            "at": "2027Q1",
            "parcel": parcel,
            "building": "lab",
            "building_type": "talent_housing",
            "floors": 6,
        }
    )
except twin.EditError as refused:
    print(str(refused).split(";")[0])
