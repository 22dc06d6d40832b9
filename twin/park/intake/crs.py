"""Where a layer lies: its declared CRS held against its coordinates, and everything brought into one CRS in metres."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError, ProjError

from twin.park.intake import offsets, words
from twin.park.intake.report import Log

Bounds = tuple[float, float, float, float]

#: Names that tell coordinates of Chinese web maps.
SHIFTED_NAMES = {
    "GCJ-02": re.compile(r"gcj[-_ ]?0?2?|火星|高德|腾讯|amap|autonavi|tencent|qqmap", re.IGNORECASE),
    "BD-09": re.compile(r"bd[-_ ]?09|百度|baidu", re.IGNORECASE),
}

#: Data whose true place only survey parameters give.
OLD_DATUMS = {
    "xian1980": "Xian 1980 西安80",
    "beijing1954": "Beijing 1954 北京54",
    "newbeijing": "New Beijing 新北京54",
}

#: CGCS2000 in three-degree zones, by the zone: the first EPSG code of each kind, and the first zone.
ZONE_WITH_PREFIX, ZONE_WITHOUT_PREFIX, FIRST_ZONE, LAST_ZONE, ZONE_DEG = 4513, 4534, 25, 45, 3
MILLION = 1e6

#: UTM zones of both hemispheres by their EPSG codes, and what is added to northings in the south.
UTM_NORTH, UTM_SOUTH, UTM_ZONES, FALSE_NORTHING_M = 32600, 32700, range(1, 61), 1e7

#: What is said of coordinates that are true, but in the CRS of a neighbouring zone.
FAR_ZONE = "coordinates_far_zone"

GEOGRAPHIC, METRE = "EPSG:4326", 1.0
MAINLAND_CHINA = (73.5, 17.5, 135.1, 53.6)  #: degrees; the area of use of EPSG:4490
FOOT_M = 0.3048
HALF_TURN_DEG = 180.0

#: Degrees around an area of use that still count as inside: borders of areas of use are rounded.
MARGIN_DEG = 0.5

#: So many degrees east or west of its area of use, as far as the next zones, a CRS of a zone may still be the true one.
FAR_ZONE_DEG = 6.0

#: Coordinates of a drawing around its own origin lie within so many metres of it.
LOCAL_M = 20_000.0


@dataclass(frozen=True)
class Placed:
    """One layer with the CRS its coordinates are in."""

    name: str
    frame: gpd.GeoDataFrame
    crs: pyproj.CRS
    shifted: str = ""  #: GCJ-02 or BD-09, where it is one of them


@cache
def parse(text: str) -> pyproj.CRS | None:
    """The CRS that a text names, None where it names none."""
    try:
        return pyproj.CRS.from_user_input(text)
    except CRSError:
        return None


def place(name: str, frame: gpd.GeoDataFrame, declared: str, target: pyproj.CRS | None, log: Log) -> Placed | None:
    """A layer with its CRS, or None where that cannot be used; everything found wrong is said.

    `declared` is what the mapping says of the layer; else its file counts; else the park's own CRS, if it is named.
    """
    if declared in offsets.SHIFTS:
        return _checked(Placed(name, frame, pyproj.CRS(GEOGRAPHIC), declared), log)
    crs = parse(declared) if declared else frame.crs
    if declared and crs is None:
        log.say("crs_unknown", name, value=declared)
        return None
    if crs is None and target is not None:
        crs = target
        log.say("crs_taken", name, crs=_called(crs))
    if crs is None:
        log.say("crs_missing", name, guess=_guess(_bounds(frame)))
        return None
    usable = _horizontal(name, pyproj.CRS(crs), log)
    return None if usable is None else _checked(_north_of_the_equator(Placed(name, frame, usable), log), log)


def _north_of_the_equator(placed: Placed, log: Log) -> Placed:
    """A layer in a southern UTM zone that lies in the north, without the southern zones' false northing."""
    code = placed.crs.to_epsg() or 0
    middle = _middle(placed.frame)
    if code - UTM_SOUTH not in UTM_ZONES or middle is None or middle[1] <= FALSE_NORTHING_M:
        return placed
    north = pyproj.CRS.from_epsg(code - UTM_SOUTH + UTM_NORTH)
    log.say("northern_zone", placed.name, crs=_called(placed.crs), north=_called(north))
    moved = placed.frame.geometry.translate(yoff=-FALSE_NORTHING_M)
    return Placed(placed.name, placed.frame.set_geometry(moved.set_crs(north, allow_override=True)), north)


def _horizontal(name: str, crs: pyproj.CRS, log: Log) -> pyproj.CRS | None:
    """The horizontal part of a CRS; None, and said, where it gives no place on the earth."""
    if crs.is_compound or len(crs.axis_info) > 2:  # noqa: PLR2004  # more axes than two
        flat = crs.sub_crs_list[0] if crs.is_compound else crs.to_2d()
        if not crs.is_geocentric:
            log.say("crs_vertical", name, crs=_called(crs), horizontal=_called(flat))
            crs = flat
    datum = re.sub(r"[^a-z0-9]", "", f"{crs.geodetic_crs and crs.geodetic_crs.name}{crs.datum}".casefold())
    for old, called in OLD_DATUMS.items():
        if old in datum:
            log.say("crs_old_datum", name, crs=_called(crs), datum=called)
            return None
    if not (crs.is_geographic or crs.is_projected):
        log.say("crs_local", name, crs=_called(crs))
        return None
    return crs


def _checked(placed: Placed, log: Log) -> Placed | None:
    """The layer, if its coordinates may be in its CRS; else None, and said what they look like."""
    coordinates = shapely.get_coordinates(placed.frame.geometry.to_numpy())
    if not len(coordinates):
        return placed
    broken = ~np.isfinite(coordinates).all(axis=1)
    if broken.any():
        _, rows = shapely.get_coordinates(placed.frame.geometry.to_numpy(), return_index=True)
        bad = np.isin(np.arange(len(placed.frame)), rows[broken])
        log.say_rows("coordinates_not_finite", placed.name, bad, np.arange(len(bad)))
        return None
    x, y = (float(middle) for middle in np.median(coordinates, axis=0))
    if _inside(x, y, placed.crs):
        return placed
    rule, told = _diagnosis(x, y, placed.crs)
    log.say(rule, placed.name, value=f"{x:.6g} {y:.6g}", crs=_called(placed.crs), **told)
    return placed if rule == FAR_ZONE else None


def _inside(x: float, y: float, crs: pyproj.CRS, beyond_deg: float = MARGIN_DEG) -> bool:
    """Whether a point lies in the area of use of its CRS, or so little east or west of it."""
    if crs.is_geographic and not _on_the_globe(x, y):
        return False
    try:
        lon, lat = _transformer(crs.to_wkt(), GEOGRAPHIC).transform(x, y, errcheck=True)
    except ProjError:
        return False
    if crs.area_of_use is None or not _on_the_globe(lon, lat):
        return _on_the_globe(lon, lat)
    west, south, east, north = crs.area_of_use.bounds
    within = west - beyond_deg <= lon <= east + beyond_deg
    if west > east:  # across the date line
        within = lon >= west - beyond_deg or lon <= east + beyond_deg
    return within and south - MARGIN_DEG <= lat <= north + MARGIN_DEG


def _on_the_globe(lon: float, lat: float) -> bool:
    return abs(lon) <= HALF_TURN_DEG and abs(lat) <= HALF_TURN_DEG / 2


def _diagnosis(x: float, y: float, crs: pyproj.CRS) -> tuple[str, dict[str, Any]]:
    """What coordinates outside the area of use of their CRS look like: the rule, and what it tells."""
    found: tuple[str, dict[str, Any]] = "coordinates_elsewhere", {"guess": _guess((x, y, x, y))}
    if _inside(y, x, crs):
        found = "coordinates_swapped", {}
    if crs.is_projected:
        found = _diagnosis_in_metres(x, y, crs) or found
    return found


def _diagnosis_in_metres(x: float, y: float, crs: pyproj.CRS) -> tuple[str, dict[str, Any]] | None:
    """The same for a projected CRS, None where nothing speaks for any."""
    zone, rest = divmod(x, MILLION)
    own = _zone_of(crs)
    if abs(x) <= HALF_TURN_DEG and abs(y) <= HALF_TURN_DEG:
        return "coordinates_degrees", {"guess": GEOGRAPHIC}
    if FIRST_ZONE <= zone <= LAST_ZONE and _inside(rest, y, crs):
        guess = f"EPSG:{ZONE_WITH_PREFIX + int(zone) - FIRST_ZONE}"
        return "coordinates_zone_prefix", {"zone": f"{zone:.0f}", "guess": guess}
    if own and _inside(x + own * MILLION, y, crs):
        return "coordinates_no_zone_prefix", {"zone": own, "guess": f"EPSG:{ZONE_WITHOUT_PREFIX + own - FIRST_ZONE}"}
    if abs(x) <= LOCAL_M and abs(y) <= LOCAL_M:
        return "coordinates_local", {}
    if _inside(x, y, crs, FAR_ZONE_DEG):
        return FAR_ZONE, {}
    return ("coordinates_feet", {}) if _inside(x * FOOT_M, y * FOOT_M, crs) else None


def _zone_of(crs: pyproj.CRS) -> int:
    """The zone whose number an EPSG code of CGCS2000 puts before its eastings; 0 for any other CRS."""
    code = crs.to_epsg() or 0
    zone = code - ZONE_WITH_PREFIX + FIRST_ZONE
    return zone if FIRST_ZONE <= zone <= LAST_ZONE else 0


def _guess(bounds: Bounds | None) -> str:
    """What coordinates without a CRS look like, in both languages."""
    if bounds is None:
        return "no coordinates 无坐标"
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    if _on_the_globe(x, y):
        return (
            "degrees: EPSG:4326, EPSG:4490, or GCJ-02 from a web map 经纬度：EPSG:4326、EPSG:4490，或网络地图的 GCJ-02"
        )
    zone = x // MILLION
    if FIRST_ZONE <= zone <= LAST_ZONE:
        epsg = ZONE_WITH_PREFIX + int(zone) - FIRST_ZONE
        return f"CGCS2000 with zone {zone:.0f} before the easting: EPSG:{epsg} 带号 {zone:.0f}：EPSG:{epsg}"
    if y < MILLION < x < FALSE_NORTHING_M:  # northing first
        return "northing before easting: swap the axes 纵坐标在前：请交换坐标轴"
    return "metres of some projected CRS, such as EPSG:4548 for Beijing 某投影坐标（米），例如北京用 EPSG:4548"


def choose_target(wanted: str, layers: Sequence[Placed], log: Log) -> pyproj.CRS | None:
    """The CRS of the park: as wanted, proposed for `auto`, or that of the buildings, if it can be used as it is."""
    home = layers[0]
    if wanted not in {"", "auto"}:
        target = parse(wanted)
        if target is None or not target.is_projected or _metres(target) != METRE:
            log.say("target_unusable", "--crs", value=wanted, proposals=_proposals(home))
            return None
        return target
    if wanted == "auto":
        target = pyproj.CRS(_proposed_codes(home)[0])
        log.say("target_proposed", home.name, crs=_called(target))
        return target
    if not _usable(home, log):
        return None
    code = home.crs.to_epsg()
    return pyproj.CRS.from_epsg(code) if code else home.crs  # by its number, which reads better than its definition


def _usable(home: Placed, log: Log) -> bool:
    """Whether the buildings' own CRS may be the park's."""
    told: dict[str, Any] = {"crs": _called(home.crs), "proposals": _proposals(home)}
    if home.shifted or home.crs.is_geographic:
        log.say("crs_geographic", home.name, **told)
        return False
    if _metres(home.crs) != METRE:
        log.say("crs_not_metres", home.name, unit=home.crs.axis_info[0].unit_name, **told)
        return False
    return True


def check_distortion(name: str, target: pyproj.CRS, around: tuple[float, float], log: Log) -> None:
    """Say where areas in the park's CRS are not those on the ground."""
    x, y = around
    side = 1000.0
    square = shapely.segmentize(shapely.box(x - side / 2, y - side / 2, x + side / 2, y + side / 2), side / 10)
    lon, lat = _transformer(target.to_wkt(), GEOGRAPHIC).transform(*shapely.get_coordinates(square).T)
    area, _ = pyproj.Geod(ellps="GRS80").polygon_area_perimeter(lon, lat)
    error = side**2 / abs(area) - 1.0 if np.isfinite(area) else np.inf  # so far off that nothing is left of the square
    mercator = "mercator" in target.name.casefold() and abs(error) > words.value("distortion_refuse_share")
    proposals = ", ".join(_codes_at(float(np.mean(lon)), float(np.mean(lat))))
    told: dict[str, Any] = {"crs": _called(target), "percent": f"{error:+.1%}", "proposals": proposals}
    if mercator and "transverse" not in target.name.casefold():
        log.say("crs_web_mercator", name, **told)
    elif abs(error) > words.value("distortion_refuse_share"):
        log.say("crs_distorts", name, **told)
    elif abs(error) > words.value("distortion_warn_share"):
        log.say("crs_distorts_little", name, **told)
    elif not _inside(x, y, target):
        log.say("crs_for_elsewhere", name, **told)


def brought_to(placed: Placed, target: pyproj.CRS, log: Log) -> gpd.GeoDataFrame:
    """The layer in the park's CRS, without a third dimension."""
    shapes = placed.frame.geometry.to_numpy()
    deep = shapely.has_z(shapes) | shapely.has_m(shapes)
    if deep.any():
        log.say("third_dimension", placed.name, rows=int(deep.sum()))
        shapes = shapely.force_2d(shapes)
    if placed.shifted:
        shapes = shapely.transform(shapes, lambda xy: np.column_stack(offsets.to_wgs84(placed.shifted, *xy.T)))
        log.say("shift_removed", placed.name, shift=placed.shifted)
    if not placed.crs.equals(target, ignore_axis_order=True):
        through = _transformer(placed.crs.to_wkt(), target.to_wkt())
        close = f"{through.accuracy:g} m" if through.accuracy >= 0 else "? m"
        log.say("reprojected", placed.name, source=_called(placed.crs), target=_called(target), close=close)
        shapes = shapely.transform(shapes, lambda xy: np.column_stack(through.transform(*xy.T)))
    return gpd.GeoDataFrame(placed.frame.drop(columns=placed.frame.geometry.name), geometry=shapes, crs=target)


def check_together(frames: Mapping[str, gpd.GeoDataFrame], home: str, log: Log) -> None:
    """Say of every layer that lies far from the buildings what it is likely to be."""
    centre = _middle(frames[home])
    if centre is None:
        return
    for name, frame in frames.items():
        middle = _middle(frame)
        if name == home or middle is None:
            continue
        away = float(np.hypot(middle[0] - centre[0], middle[1] - centre[1]))
        if away > words.value("far_apart_m"):
            log.say("layer_elsewhere", name, km=f"{away / 1000:,.0f}", home=home)


def said_to_be_shifted(names: str) -> str:
    """GCJ-02 or BD-09, where names of files, layers or columns speak of it."""
    return next((shift for shift, pattern in SHIFTED_NAMES.items() if pattern.search(names)), "")


def in_shifted_country(placed: Placed) -> bool:
    """Whether a layer lies where web maps are shifted."""
    middle = _middle(placed.frame)
    if middle is None:
        return False
    lon, lat = _transformer(placed.crs.to_wkt(), GEOGRAPHIC).transform(*middle)
    west, south, east, north = MAINLAND_CHINA
    return bool(west < lon < east and south < lat < north)


def lon_lat(frame: gpd.GeoDataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """WGS 84 longitudes and latitudes of a point inside each geometry."""
    points = shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()))
    lon, lat = _transformer(pyproj.CRS(frame.crs).to_wkt(), GEOGRAPHIC).transform(*points.T)
    return np.asarray(lon), np.asarray(lat)


def _middle(frame: gpd.GeoDataFrame) -> tuple[float, float] | None:
    coordinates = shapely.get_coordinates(frame.geometry.to_numpy())
    return None if not len(coordinates) else (float(np.median(coordinates[:, 0])), float(np.median(coordinates[:, 1])))


def middle_of(frame: gpd.GeoDataFrame) -> tuple[float, float]:
    """The middle coordinates of a layer that has some."""
    found = _middle(frame)
    return found if found is not None else (0.0, 0.0)


def _bounds(frame: gpd.GeoDataFrame) -> Bounds | None:
    found = tuple(float(edge) for edge in frame.total_bounds)
    return None if not np.isfinite(found).all() else (found[0], found[1], found[2], found[3])


def _proposals(placed: Placed) -> str:
    return ", ".join(_proposed_codes(placed))


def _proposed_codes(placed: Placed) -> list[str]:
    x, y = middle_of(placed.frame)
    return _codes_at(*_transformer(placed.crs.to_wkt(), GEOGRAPHIC).transform(x, y))


def _codes_at(lon: float, lat: float) -> list[str]:
    """The CRS in metres that suit a place: the CGCS2000 three-degree zone in China, and the UTM zone."""
    west, south, east, north = MAINLAND_CHINA
    utm = gpd.GeoSeries([shapely.Point(lon, lat)], crs=GEOGRAPHIC).estimate_utm_crs().to_string()
    if not (west < lon < east and south < lat < north):
        return [utm]
    zone = int(np.clip(round(lon / ZONE_DEG), FIRST_ZONE, LAST_ZONE))
    return [f"EPSG:{ZONE_WITHOUT_PREFIX + zone - FIRST_ZONE}", utm]


def _metres(crs: pyproj.CRS) -> float:
    return float(crs.axis_info[0].unit_conversion_factor)


def _called(crs: pyproj.CRS) -> str:
    """A CRS as people name it."""
    authority = crs.to_authority()
    return f"{':'.join(authority)} ({crs.name})" if authority else crs.name


@cache
def _transformer(source: str, target: str) -> Any:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)
