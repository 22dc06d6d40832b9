"""Files and frames read into layers: every format, every layer of a file, text in whatever encoding it was written."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.lib
import pyogrio
from pyproj.exceptions import CRSError
from shapely.errors import GEOSException

from twin.park.intake.report import Log

PathLike = str | Path
Sources = PathLike | Sequence[PathLike] | Mapping[str, pd.DataFrame]

SHAPEFILE = (".shp", ".dbf")
PARQUET = (".parquet", ".geoparquet", ".pq")
SHEETS = (".xlsx", ".ods")
SPATIAL = (".gpkg", ".geojson", ".json", ".fgb", ".gdb", ".shp")

#: The first byte that is no ASCII; the share of such bytes that may be cut characters; and the share of runs of them
#: of even length from which text is taken for GB 18030, whose common characters are pairs (Latin letters stand alone).
FIRST_FOREIGN, CUT_SHARE, PAIRED_SHARE = 0x80, 0.1, 0.8

#: What stands between the columns of a table of text.
SEPARATORS = (",", ";", "\t")

#: So much of a reader's own words is passed on.
LONGEST_ERROR = 200

UNREADABLE = (
    ValueError,
    OSError,
    RuntimeError,
    pyogrio.errors.DataSourceError,
    pyarrow.lib.ArrowException,
    zipfile.BadZipFile,
    GEOSException,
    CRSError,
)


@dataclass(frozen=True)
class Layer:
    """One layer as it was read: nothing renamed, repaired or moved."""

    name: str  #: as mappings and reports call it: the file, and the layer in it where there are several
    words: str  #: what its name says about its content
    file: str
    frame: pd.DataFrame
    truncated: bool = False  #: whether column names end after ten bytes

    @property
    def spatial(self) -> bool:
        """Whether its rows have a geometry."""
        return isinstance(self.frame, gpd.GeoDataFrame)


def read_layers(sources: Sources, log: Log, *, encodings: Mapping[str, str] | None = None) -> list[Layer]:
    """All layers of files, folders or named frames; what cannot be read is said to the log.

    `encodings` names the encoding of a layer's text where neither the file nor its bytes say it.
    """
    if isinstance(sources, Mapping):
        return [Layer(name, name, name, frame) for name, frame in sources.items()]
    listed = [sources] if isinstance(sources, str | Path) else list(sources)
    layers: list[Layer] = []
    for path, asked_for in _files(listed, log):
        try:
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                layers += _read(path, log, encodings or {})
            for warning in warned:
                log.say("file_warned", path.name, warning=str(warning.message)[:LONGEST_ERROR])
        except UNREADABLE as error:
            rule = "file_unreadable" if asked_for or path.suffix.lower() != ".json" else "file_passed_over"
            log.say(rule, path.name, error=str(error).strip().splitlines()[0][:LONGEST_ERROR])
    return _told_apart(layers)


def _files(paths: Sequence[PathLike], log: Log) -> list[tuple[Path, bool]]:
    """The files to read, those of folders in order of their names, and whether each was asked for by its name."""
    files: list[tuple[Path, bool]] = []
    for path in map(Path, paths):
        if path.is_dir() and path.suffix != ".gdb":
            inside = sorted(one for one in path.iterdir() if _is_source(one))
            if not inside:
                log.say("folder_empty", str(path))
            files += [(one, False) for one in inside]
        elif path.exists():
            files.append((path, True))
        else:
            log.say("file_missing", str(path))
    return files


def _is_source(path: Path) -> bool:
    ending = path.suffix.lower()
    if path.name.startswith(".") or (ending == ".dbf" and path.with_suffix(".shp").exists()):
        return False
    return ending in {*SPATIAL, *PARQUET, *SHEETS, ".csv", ".dbf", ".zip"}


def _read(path: Path, log: Log, encodings: Mapping[str, str]) -> list[Layer]:
    ending = path.suffix.lower()
    if ending in PARQUET:
        return [Layer(path.name, path.stem, path.name, _read_parquet(path))]
    if ending == ".csv":
        return [Layer(path.name, path.stem, path.name, _read_csv(path, log, encodings.get(path.name)))]
    names = [str(name) for name, _ in pyogrio.list_layers(path)]
    several = len(names) > 1
    layers = []
    for name in names:
        known = f"{path.name}:{name}" if several else path.name
        frame = _read_ogr(path, name, log, encodings.get(known))
        words = f"{path.stem} {name}" if several or name == path.stem else f"{name} {path.stem}"
        layers.append(Layer(known, words, path.name, frame, truncated=ending in {*SHAPEFILE, ".zip"}))
    return layers


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return gpd.read_parquet(path)
    except ValueError:  # a table without geometry
        return pd.read_parquet(path)


def _read_csv(path: Path, log: Log, encoding: str | None) -> pd.DataFrame:
    content = path.read_bytes()
    chosen = encoding or _encoding_of(content)
    if not encoding and chosen != "utf-8":
        log.say("encoding_guessed", path.name, encoding=chosen)
    text = content.decode("utf-8-sig" if chosen == "utf-8" else chosen, errors="replace")
    header = text.partition("\n")[0]
    between = max(SEPARATORS, key=header.count)
    return pd.read_csv(io.StringIO(text), dtype=str, sep=between, skipinitialspace=True, keep_default_na=False)


def _read_ogr(path: Path, layer: str, log: Log, encoding: str | None) -> pd.DataFrame:
    ending = path.suffix.lower()
    if ending in SHAPEFILE or (ending == ".zip" and _part(path, ".dbf")):
        # byte for byte, and decoded here: the format cuts names after ten bytes, within a character too
        frame = pyogrio.read_dataframe(path, layer=layer, encoding="ISO-8859-1")
        return _decoded(frame, encoding or _shapefile_encoding(path, log))
    options = {"HEADERS": "FORCE", "FIELD_TYPES": "STRING"} if ending in SHEETS else {}
    return pyogrio.read_dataframe(path, layer=layer, encoding=encoding, **options)


def _decoded(frame: pd.DataFrame, encoding: str) -> pd.DataFrame:
    """A frame whose bytes were read as if each were a character, with its text decoded."""
    shape = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    texts = [name for name in frame.columns if name != shape and pd.api.types.is_string_dtype(frame[name])]
    read = {name: frame[name].str.encode("iso-8859-1").str.decode(encoding, errors="ignore") for name in texts}
    names = {name: str(name).encode("iso-8859-1").decode(encoding, errors="ignore") for name in frame.columns}
    return frame.assign(**read).rename(columns={name: names[name] for name in names if name != shape})


def _shapefile_encoding(path: Path, log: Log) -> str:
    """The encoding in which a shapefile's text can be read: the one it declares, unless its bytes say otherwise."""
    content, page = _part(path, ".dbf"), _part(path, ".cpg")
    header = int.from_bytes(content[8:10], "little") if len(content) >= 10 else 0  # noqa: PLR2004  # two bytes at 8
    names = b" ".join(content[n : n + 11].split(b"\0")[0] for n in range(32, header - 1, 32))
    written = names + b" " + content[header:]
    found = _encoding_of(written)
    declared = page.decode("ascii", errors="replace").strip()
    if declared and _fits(declared, written):
        return declared
    if declared:
        log.say("encoding_wrong", path.name, declared=declared, encoding=found)
    elif found != "utf-8":
        log.say("encoding_guessed", path.name, encoding=found)
    return found


def _part(path: Path, ending: str) -> bytes:
    """The bytes of one of the files that make up a shapefile, zipped or not; none where it is missing."""
    if path.suffix.lower() != ".zip":
        file = path.with_suffix(ending)
        return file.read_bytes() if file.is_file() else b""
    with zipfile.ZipFile(path) as archive:
        found = [name for name in archive.namelist() if name.lower().endswith(ending)]
        return archive.read(found[0]) if found else b""


def _fits(encoding: str, content: bytes) -> bool:
    """Whether text reads in an encoding, but for characters that a field's end has cut."""
    try:
        text = content.decode(encoding, errors="replace")
    except LookupError:  # a code page nobody knows
        return False
    foreign = sum(byte >= FIRST_FOREIGN for byte in content) if not content.isascii() else 0
    return text.count("\ufffd") <= CUT_SHARE * foreign


def _encoding_of(content: bytes) -> str:
    """UTF-8 where the bytes read so, GB 18030 where its two-byte characters fill them, else Windows 1252."""
    if _fits("utf-8", content):
        return "utf-8"
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", content)]
    pairs = sum(length % 2 == 0 for length in runs)
    return "gb18030" if pairs >= PAIRED_SHARE * len(runs) else "cp1252"


def _told_apart(layers: list[Layer]) -> list[Layer]:
    """Layers of files of one name in several folders get a number."""
    seen: dict[str, int] = {}
    named = []
    for layer in layers:
        seen[layer.name] = seen.get(layer.name, 0) + 1
        count = seen[layer.name]
        named.append(layer if count == 1 else replace(layer, name=f"{layer.name} ({count})"))
    return named
