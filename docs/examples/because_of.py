"""Because of the lever, firm by firm: an anchor leaves, rents fall in the core; who differs, why, who only moved."""

import twin

park = twin.load_park()
base = twin.load_scenario("baseline").with_changes(end="2027Q4")
leaves, relief = (twin.load_scenario(name).with_changes(end="2027Q4") for name in ("anchor_leaves", "rent_relief"))
result = twin.compare(park, base, leaves, relief, replications=2)

# the same actions without effect leave every bit as it was
print(result.placebo)

# in the first pair of runs: how many firms differ in the end, and of how many the chain back to the lever is known
causes = result.causes("anchor_leaves")
print(f"{len(causes.table)} firms differ, {causes.traced:.0%} of them by a known chain")
print(causes.table["via"].value_counts().to_string())

# the chain of one of them back to the lever, which is four links away
firm = int(causes.table.query("steps == 4")["firm"].iloc[0])
print(causes.chain_of(firm)[["firm", "first_quarter", "first_base", "first_other", "via", "steps"]].to_string())
print(causes.sentence(firm))
print(causes.sentence(firm, "zh"))

# of the firms that lower rents bring into the core, those that are new to the park, and those from elsewhere in it
core = result.displacement("rent_relief").query("place == 'core' and measure == 'firms'").set_index("part")
print(core.loc[["change", "net_new", "moved"], ["mean", "low", "high"]].round(1).to_string())

# and on the map: mean differences by building, parcel and zone, as GeoDataFrames
gained = result.buildings("rent_relief").nlargest(3, "let_m2_mean")
print(gained[["building_id", "let_m2_mean", "let_m2_low", "let_m2_high"]].round(0).to_string(index=False))
