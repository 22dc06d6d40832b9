"""Files and frames read into layers: every format, every layer of a file, text in whatever encoding it was written."""

from __future__ import annotations

import csv
import io
import re
import tempfile
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

#: The first byte that is no ASCII; the share of such bytes that may be cut characters; and the share of common
#: characters from which text is taken for Chinese: Latin letters with accents make rare ones, or none.
FIRST_FOREIGN, CUT_SHARE, COMMON_SHARE = 0x80, 0.1, 0.8

#: Where the common characters of Chinese encodings lie, as patterns of their bytes: GB 2312 and the units of GBK (㎡);
#: the symbols and the first level of Big5.
COMMON = {
    "gb18030": re.compile(rb"[\xa1-\xf7][\xa1-\xfe]|[\xa8\xa9][\x40-\xa0]"),
    "big5": re.compile(rb"[\xa1-\xc6][\x40-\x7e\xa1-\xfe]"),
}

#: What a file of UTF-16 begins with.
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

#: A row with fewer filled cells, above a header, is a title; so many rows are looked at.
LEAST_HEADER_CELLS, MOST_TITLE_ROWS = 2, 10

#: How a spreadsheet's columns without a name are called by its reader.
UNNAMED = re.compile(r"Field[0-9]+")

#: What makes up a shapefile or lies beside layers without being one, and so is not missed.
BESIDE = {".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".qmd", ".xml", ".ini", ".db", ".yaml"}

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
            rest = sorted(one.name for one in path.iterdir() if one not in inside and _is_missed(one))
            if rest:
                log.say("files_passed_over", str(path), value=", ".join(rest), rows=len(rest))
        elif path.exists():
            files.append((path, True))
        else:
            log.say("file_missing", str(path))
    return files


def _is_source(path: Path) -> bool:
    ending = path.suffix.lower()
    if path.name.startswith((".", "~$")) or (ending == ".dbf" and _sibling(path, ".shp")):
        return False
    return ending in {*SPATIAL, *PARQUET, *SHEETS, ".csv", ".dbf", ".zip"}


def _is_missed(path: Path) -> bool:
    """Whether what is no source may have been meant as one."""
    return not path.name.startswith((".", "~$")) and (path.is_dir() or path.suffix.lower() not in BESIDE)


def _sibling(path: Path, ending: str) -> Path | None:
    """The file of the same name with another ending, in whatever case."""
    beside = (one for one in path.parent.iterdir() if one.stem == path.stem and one.suffix.lower() == ending)
    return next(beside, None)


def _read(path: Path, log: Log, encodings: Mapping[str, str]) -> list[Layer]:
    ending = path.suffix.lower()
    if ending in PARQUET:
        return [Layer(path.name, path.stem, path.name, _read_parquet(path))]
    if ending == ".csv":
        return [Layer(path.name, path.stem, path.name, _read_csv(path, log, encodings.get(path.name)))]
    if ending == ".zip":
        return _read_zip(path, log, encodings)
    names = [str(name) for name, _ in pyogrio.list_layers(path)]
    several = len(names) > 1
    layers = []
    for name in names:
        known = f"{path.name}:{name}" if several else path.name
        if ending in SHEETS:
            frame = _read_sheet(path, name, known, log)
        else:
            frame = _read_ogr(path, name, log, encodings.get(known))
        layers.append(Layer(known, f"{path.stem} {name}", path.name, frame, truncated=ending in SHAPEFILE))
    return layers


def _read_zip(path: Path, log: Log, encodings: Mapping[str, str]) -> list[Layer]:
    """The layers of the files in an archive, and in its folders, called by the archive."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        inside = sorted(one for one in Path(folder).rglob("*") if _is_source(one))
        if not inside:
            log.say("folder_empty", path.name)
        own = {name.removeprefix(f"{path.name}:"): code for name, code in encodings.items()}
        if len(inside) == 1 and path.name in encodings:
            own[inside[0].name] = encodings[path.name]
        layers = [layer for one in inside for layer in _read(one, log, own)]
    names = [path.name] if len(layers) == 1 else [f"{path.name}:{layer.name}" for layer in layers]
    return [
        replace(layer, name=name, words=f"{path.stem} {layer.words}", file=f"{path.name} {layer.file}")
        for name, layer in zip(names, layers, strict=True)
    ]


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
    above = _title_rows([_cells(line) for line in text.splitlines()[: MOST_TITLE_ROWS + 1]], path.name, log)
    text = "".join(text.splitlines(keepends=True)[above:])
    return pd.read_csv(io.StringIO(text), dtype=str, sep=_separator(text), skipinitialspace=True, keep_default_na=False)


def _separator(text: str) -> str:
    header = text.partition("\n")[0]
    return max(SEPARATORS, key=header.count)


def _cells(line: str) -> list[str]:
    return next(csv.reader([line], delimiter=_separator(line)), [])


def _title_rows(rows: Sequence[Sequence[str]], name: str, log: Log) -> int:
    """How many of the first rows are a title above the header, which fills more than one cell; said."""
    filled = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    above = next((n for n, cells in enumerate(filled) if len(cells) >= LEAST_HEADER_CELLS), 0)
    titles = [cells[0] for cells in filled[:above] if cells]
    if titles:
        log.say("title_skipped", name, value=" / ".join(titles), rows=above)
    return above


def _read_sheet(path: Path, layer: str, name: str, log: Log) -> pd.DataFrame:
    """A sheet with the names of its header row, which a title may stand above; all of it text."""
    frame = pyogrio.read_dataframe(path, layer=layer, HEADERS="FORCE", FIELD_TYPES="STRING")
    if (
        not all(UNNAMED.fullmatch(str(column)) for column in frame.columns[1:])
        or len(frame.columns) < LEAST_HEADER_CELLS
    ):
        return frame
    bare = pyogrio.read_dataframe(path, layer=layer, HEADERS="DISABLE", FIELD_TYPES="STRING")
    above = _title_rows(bare.head(MOST_TITLE_ROWS + 1).fillna("").astype(str).to_numpy().tolist(), name, log)
    if not above:
        return frame
    header = bare.iloc[above].fillna(pd.Series(bare.columns, index=bare.columns)).astype(str)
    again = header.groupby(header).cumcount()
    header = header.where(again == 0, header + "." + again.astype(str))
    return bare.iloc[above + 1 :].set_axis(header, axis=1).reset_index(drop=True)


def _read_ogr(path: Path, layer: str, log: Log, encoding: str | None) -> pd.DataFrame:
    if path.suffix.lower() in SHAPEFILE:
        # byte for byte, and decoded here: the format cuts names after ten bytes, within a character too
        frame = pyogrio.read_dataframe(path, layer=layer, encoding="ISO-8859-1")
        return _decoded(frame, encoding or _shapefile_encoding(path, log))
    return pyogrio.read_dataframe(path, layer=layer, encoding=encoding)


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
    """The bytes of one of the files that make up a shapefile; none where it is missing."""
    file = _sibling(path, ending)
    return file.read_bytes() if file else b""


def is_encoding(name: str) -> bool:
    """Whether text can be read in an encoding of that name."""
    try:
        "a".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def _fits(encoding: str, content: bytes) -> bool:
    """Whether text reads in an encoding, but for characters that a field's end has cut."""
    try:
        text = content.decode(encoding, errors="replace")
    except LookupError:  # a code page nobody knows
        return False
    foreign = sum(byte >= FIRST_FOREIGN for byte in content) if not content.isascii() else 0
    return text.count("\ufffd") <= CUT_SHARE * foreign


def _encoding_of(content: bytes) -> str:
    """UTF-16 where it is marked, UTF-8, GB 18030 or Big5 where the bytes read so, else Windows 1252."""
    if content.startswith(UTF16_MARKS):
        return "utf-16"
    if _fits("utf-8", content):
        return "utf-8"
    return next((name for name in COMMON if _fits(name, content) and _common(name, content)), "cp1252")


def _common(encoding: str, content: bytes) -> bool:
    """Whether most characters that are no ASCII are common ones of a Chinese encoding."""
    written = content.decode(encoding, errors="ignore")
    foreign = [character.encode(encoding) for character in dict.fromkeys(written) if not character.isascii()]
    return sum(bool(COMMON[encoding].fullmatch(one)) for one in foreign) >= COMMON_SHARE * len(foreign)


def _told_apart(layers: list[Layer]) -> list[Layer]:
    """Layers of files of one name in several folders get a number."""
    seen: dict[str, int] = {}
    named = []
    for layer in layers:
        seen[layer.name] = seen.get(layer.name, 0) + 1
        count = seen[layer.name]
        named.append(layer if count == 1 else replace(layer, name=f"{layer.name} ({count})"))
    return named
