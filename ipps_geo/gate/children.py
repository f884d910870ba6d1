"""How a child process of this package starts: our code and Python's, a fixed list of variables, no current folder.

Python puts the current folder, or what ``PYTHONPATH`` names, before its own library: a file ``queue.py`` that lies
where somebody works would run. Children start with ``-P``, find this very package behind Python's own library, also
where another version is installed, and see no variable but those named here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

PACKAGES = ("site-packages", "dist-packages")
SYSTEM = (
    "PATH",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "COMSPEC",
    "LD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
)
"""What the loader, the C library and the clock need."""
OWN = (
    *("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"),
    *("TMPDIR", "TEMP", "TMP", "NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "MPLCONFIGDIR"),
    "IPPS_GEO_DEBUG",
)
"""What a child that works for its user may know besides: where caches and temporary files are, how many threads."""
SCREEN = (
    *("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "XDG_SESSION_TYPE", "DBUS_SESSION_BUS_ADDRESS"),
    *("BROWSER", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMDATA", "PATHEXT"),
)
"""What opening a browser needs."""
SETTINGS = (
    *("IPPS_GEO_LEDGER", "IPPS_GEO_LEDGER_KEY", "IPPS_GEO_SCENARIOS", "IPPS_GEO_TIANDITU_KEY", "IPPS_GEO_BASE_MAP"),
    *("IPPS_GEO_LAYERS", "IPPS_GEO_OWNER", "XDG_STATE_HOME"),
)
"""What people set for this program."""
_START = (
    "import sys; at = [part.endswith({packages!r}) for part in (*sys.path, {packages!r}[0])].index(True); "
    "sys.path[at:at] = {path!r}; from {module} import {name}; {name}()"
)


def python_command(entry: str, *arguments: str) -> list[str]:
    """Return the command of a Python process that calls ``entry`` (``"package.module:function"``).

    >>> command = python_command("ipps_geo.gate.worker:main")
    >>> command[1], command[-1].endswith("from ipps_geo.gate.worker import main; main()")
    ('-P', True)
    """
    module, _, name = entry.partition(":")
    start = _START.format(packages=PACKAGES, path=import_path(), module=module, name=name)
    return [sys.executable, "-P", "-c", start, *arguments]


def import_path() -> list[str]:
    """Return where the package and the packages that it needs lie; never the current folder."""
    installed = [entry for entry in sys.path if Path(entry).name in PACKAGES and Path(entry).is_absolute()]
    return list(dict.fromkeys([str(package_folder().parent), *installed]))


def package_folder() -> Path:
    """Return the folder of the package."""
    return Path(__file__).resolve().parents[1]


def environment(*more: str) -> dict[str, str]:
    """Return the variables of a child that works for its user: :data:`SYSTEM`, :data:`OWN`, and those named."""
    return {name: os.environ[name] for name in (*SYSTEM, *OWN, *more) if name in os.environ} | {"PYTHONUTF8": "1"}


def reader_environment(folder: Path) -> dict[str, str]:
    """Return the variables of a process that reads the files of strangers: nothing of this one but its system's."""
    kept = {name: os.environ[name] for name in SYSTEM if name in os.environ}
    private = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), str(folder))
    return kept | private | _QUIET | _GDAL | {"NUMBA_CACHE_DIR": str(folder / "numba"), "MPLCONFIGDIR": str(folder)}


_QUIET = {
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    # One thread each: their stacks and arenas would eat the address space that is limited.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
_SKIPPED = (
    *("PCIDSK", "PDS4", "VICAR", "PDF", "MBTiles", "EEDA", "OGCAPI", "GDALG", "LVBAG", "S57"),
    *("DGN", "OGR_VRT", "VRT", "CSV", "GML", "GPX", "LIBKML", "KML", "GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON"),
    *("OGR_GMT", "GPKG", "SQLite", "WAsP", "DXF", "FlatGeobuf", "GeoRSS", "VFK", "PGDUMP", "OSM"),
    *("GPSBabel", "OGR_PDS", "WFS", "OAPIF", "EDIGEO", "Idrisi", "ODS", "XLSX", "XLS", "Elasticsearch", "Carto"),
    *("AmigoCloud", "SXF", "Selafin", "JML", "PLSCENES", "CSW", "VDV", "MVT", "NGW", "MapML", "GTFS", "PMTiles"),
    *("JSONFG", "MiraMonVector", "ADBC", "AVCBin", "AVCE00", "AIVector", "HTTP", "netCDF", "HDF5", "Parquet", "Arrow"),
    *("PostgreSQL", "MySQL", "ODBC", "MSSQLSpatial", "OCI", "MongoDBv3", "HANA", "SOSI", "Interlis 1", "Interlis 2"),
    *("NAS", "GMLAS", "CAD", "DWG", "FileGDB", "PGeo", "TIGER", "GPSTrackMaker", "UK .NTF", "SVG", "XODR"),
)
READ_BY_GDAL = frozenset({"ESRI Shapefile", "OpenFileGDB", "MapInfo File", "MEM"})
"""The drivers that a reader of strangers' files has."""
_GDAL = {
    # GDAL reads shapefiles, FileGDB and MapInfo, nothing else: every driver but these and its own memory is left out,
    # plug-ins are not loaded, addresses are not called, no file may carry code.
    "GDAL_SKIP": ",".join(_SKIPPED),
    "GDAL_DRIVER_PATH": "disable",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "OGR_SQLITE_LOAD_EXTENSIONS": "",
    "OGR_SQLITE_STATIC_VIRTUAL_OGR": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "{none}",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_HTTP_CONNECTTIMEOUT": "1",
    "GDAL_HTTP_MAX_RETRY": "0",
}
