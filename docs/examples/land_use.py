"""Adjust land use: industrial land of the extension becomes R&D land, with labs instead of what was planned there."""

import twin

park = twin.load_park()
land = park.parcels[(park.parcels["tract"] == "extension") & park.parcels["land_use"].isin(["M1", "M4"])]
standing = park.buildings[park.buildings["parcel_id"].isin(land["parcel_id"])]
planned = standing[standing["completed"].isna()]
free = sorted(set(planned["parcel_id"]) - set(standing["parcel_id"][standing["completed"].notna()]))
print(f"{len(land)} parcels, {land.area.sum() / 1e4:.1f} ha; {len(planned)} buildings planned on them without date\n")

# a frame is a list of edits, one a row; what is empty in it stays as it is
rezone = land[["parcel_id"]].assign(edit="rezone", at="2027Q1", land_use="B23", far_limit=land["far_limit"].clip(3.0))
strike = {"edit": "demolish", "at": "2027Q1", "buildings": planned["building_id"].tolist()}  # not begun: struck off
lab = {"edit": "build", "at": "2027Q1", "building_type": "research", "floors": 8}  # as large as the limits allow
labs = [lab | {"parcel": parcel, "building": f"lab_{n}"} for n, parcel in enumerate(free)]
after = park.edit(rezone, strike, labs)
print(park.diff(after).table.groupby(["layer", "change"])["id"].nunique().rename("things").to_string(), "\n")

# the books: floor on R&D land of the extension that is open in 2030Q4
for name, one in {"before": park, "after": after}.items():
    books = twin.ledger_of(one)
    books.check("2030Q4")  # they agree with the geometry within 1 m², or this raises
    open_floor = books.balances("2030Q4").query("zone == 'extension' and land_use == 'B23' and state == 'open'")
    print(f"{name}: {open_floor['m2'].sum() / 1e4:.2f} 万㎡")

# one edit that cannot be done, and why
homes = {"edit": "build", "at": "2029Q1", "building": "homes", "building_type": "talent_housing", "floors": 6}
try:
    after.edit(homes | {"parcel": free[0]})
except twin.EditError as refused:
    print("\n" + str(refused))
