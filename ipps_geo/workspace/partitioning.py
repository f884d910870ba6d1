"""From any workspace to a partitioned one: enterprises spread over folders, every row of an entity in one file.

Map: each source (the table of a workspace, or the files of a folder) is validated and says of each row which entity it
is and where it belongs. Reduce: an entity whose rows disagree goes where its own row, else its first place, is. Map:
each source writes its rows by folder; each folder is sorted and cut into files. No step holds more than one source or
one folder.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ipps_geo import identity
from ipps_geo.errors import BadInput, Message
from ipps_geo.executors import InProcess, gathered
from ipps_geo.files import write_text, written_set
from ipps_geo.intake.problems import no_problems, problem_clause
from ipps_geo.settings import PARTITIONS_FILE
from ipps_geo.workspace import namesakes
from ipps_geo.workspace.check import check_tables
from ipps_geo.workspace.load import load_workspace
from ipps_geo.workspace.location import locate_units
from ipps_geo.workspace.partitions import (
    ENTERPRISES_FOLDER,
    TABLES_FOLDER,
    Partition,
    PartitionedWorkspace,
    box_of,
    hashes_of_texts,
    list_text,
    open_partitions,
    read_partition,
)
from ipps_geo.workspace.reading import Part, read_parts
from ipps_geo.workspace.save import save_workspace
from ipps_geo.workspace.sources import sha256_of
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ipps_geo.workspace.model import Workspace

By = Literal["province", "city", "unit", "cell", "nothing"]

DIGITS = {"province": 2, "city": 4, "unit": 6}
"""How many digits of a unit's code (GB/T 2260) its rows have in common."""

CELL_RESOLUTION = 4
"""Resolution of the H3 cells of ``by="cell"``: about 1,770 square kilometres each."""

MOST_ROWS = 1_000_000
"""Rows of one file, unless something else is asked for: about 1.5 GB of memory while it is judged."""

MOST_DEGREES = 5.0
"""Degrees of longitude up to which one reference system measures a network; wider ones are measured zone by zone."""

UNKNOWN = "unknown"
"""Where the rows go of which nobody knows the place."""


@dataclass(frozen=True)
class _Source:
    """One table of enterprises: a file, checked or not yet, as one table of ``network``."""

    path: Path
    label: str
    network: Workspace
    by: By
    draft: Path
    checked: bool = True
    register: pd.DataFrame | None = None
    moved: Mapping[int, str] | None = None

    @property
    def kept(self) -> Path:
        """Where the sound rows are kept once they are checked."""
        if self.checked:
            return self.path
        digest = hashlib.sha256(str(self.path.absolute()).encode()).hexdigest()[:16]
        return self.draft.with_name(f"{self.draft.name}-{digest}.parquet")


@dataclass(frozen=True)
class _Seen:
    """What a source says of its rows: entity and id as 64 bits, folder, whether it is the entity's own row.

    ``named`` are the rows that rosters may name, ``first`` is some row.
    """

    entity: NDArray[np.uint64]
    row_id: NDArray[np.uint64]
    folder: NDArray[np.object_]
    own: NDArray[np.bool_]
    named: pd.DataFrame
    first: pd.DataFrame


def partition_workspace(
    source: Workspace | PartitionedWorkspace,
    folder: str | Path,
    *,
    by: By = "city",
    most_rows: int = MOST_ROWS,
    files: Sequence[Path] = (),
    executor: Executor | None = None,
    done: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    force: bool = False,
) -> PartitionedWorkspace:
    """Write ``source`` into ``folder`` as a partitioned workspace, and return it as it can be opened.

    Parameters
    ----------
    by
        What the rows of a folder have in common: the province, city or unit of their place by the code of its unit, an
        H3 cell, or nothing.
    most_rows
        Most rows of a file; an entity is never cut.
    files
        Tables of enterprises (any format that the intake reads, by far fastest GeoParquet) that take the place of those
        of ``source``: each is read in the sandbox and validated like the table of any workspace.

    Raises
    ------
    BadInput
        The folder may not be replaced, a table has errors, or an id or a place is stated twice.
    Stopped
        ``should_stop`` asked to stop.
    """
    if most_rows < 1:
        raise BadInput("partitions.no_rows", where="most_rows", rows=most_rows)
    network = source if not isinstance(source, PartitionedWorkspace) else source.network
    metric = source.metric_crs if isinstance(source, PartitionedWorkspace) else _metric_crs(network)
    work = executor or InProcess()
    with (
        written_set(folder, "partitions", force=force) as draft,
        tempfile.TemporaryDirectory(prefix=".ipps-shuffle-", dir=draft.parent) as aside,
    ):
        shuffle = Path(aside) / "folders"
        shuffle.mkdir()
        sources = _sources(source, files, network, by, shuffle)
        found = gathered(work, _branches, sources, done=done, should_stop=should_stop)
        _refuse([problems for _, problems in found], [each.label for each in sources])
        register = pd.concat([branches for branches, _ in found], ignore_index=True)
        sources = [replace(each, path=each.kept, checked=True, register=register) for each in sources]
        seen = gathered(work, _look, sources, done=done, should_stop=should_stop)
        _refuse_doubles(seen)
        moved = _settled(seen)
        gathered(work, _spread, [replace(each, moved=moved) for each in sources], done=done, should_stop=should_stop)
        tasks = [
            (path, draft / ENTERPRISES_FOLDER / path.name, most_rows, register) for path in sorted(shuffle.iterdir())
        ]
        made = gathered(work, _cut, tasks, done=done, should_stop=should_stop)
        partitions = [
            Partition(path.relative_to(draft).as_posix(), path, rows, box, digest)
            for group in made
            for path, rows, box, digest in group
        ]
        small = network.replace(enterprises=_named(seen))
        save_workspace(small, draft / TABLES_FOLDER)
        written = load_workspace(draft / TABLES_FOLDER, sandbox=False)
        write_text(draft / PARTITIONS_FILE, list_text(network.name, by, metric, written.content_hash, partitions))
    return open_partitions(folder, sandbox=False)


def files_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return the tables that are given as files, or as folders whose GeoParquet files they are, sorted within each.

    Raises
    ------
    BadInput
        One does not exist, or a folder has none.
    """
    files: list[Path] = []
    for path in paths:
        found = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
        if not found or not all(file.is_file() for file in found):
            raise BadInput("partitions.no_tables", where=str(path))
        files += found
    return tuple(files)


def _metric_crs(network: Workspace) -> str | None:
    """The system in which lengths of a network are measured: one for a city, none for a country (zone by zone)."""
    west, _, east, _ = network.service_units.total_bounds
    return network.region.metric_crs if east - west <= MOST_DEGREES else None


def _sources(
    source: Workspace | PartitionedWorkspace, files: Sequence[Path], network: Workspace, by: By, draft: Path
) -> list[_Source]:
    # What a worker needs of the network is small: its units, and what rosters name.
    light = network.replace(enterprises=network.enterprises.iloc[:0])
    if files:
        return [_Source(path, path.name, light, by, draft, checked=False) for path in files]
    if isinstance(source, PartitionedWorkspace):
        return [_Source(part.path, part.label, light, by, draft) for part in source.partitions]
    whole = draft.parent / f"{draft.name}.parquet"
    source.enterprises.to_parquet(whole, index=False)
    return [_Source(whole, "enterprises", light, by, draft)]


# ---------------------------------------------------------------------- what a worker does
def _rows(source: _Source) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return (the rows of a source, its problems)."""
    if source.checked:
        return read_partition(Partition(source.label, source.path, 0, None, "")), no_problems()
    parts, strays, _ = read_parts(
        [Part("enterprises", source.path, source.label)], trusted=False, region=source.network.region
    )
    problems = [strays, *(part.problems for part in parts)]
    frame = parts[0].frame if parts else conform("enterprises", pd.DataFrame())
    sound, invalid = check_tables({"enterprises": frame})
    rows = sound["enterprises"].reset_index(drop=True)
    rows.to_parquet(source.kept, index=False)
    return rows, pd.concat([*problems, invalid], ignore_index=True)


def _branches(source: _Source) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows that name a parent (who belongs to whom all sources say together), and what is wrong."""
    frame, problems = _rows(source)
    told = frame.loc[frame["parent_uscc"].notna(), ["uscc", "parent_uscc", "legal_form"]]
    return pd.DataFrame(told).drop_duplicates(), problems


def _look(source: _Source) -> _Seen:
    """Say of every row which entity it is and in which folder it belongs."""
    frame, _ = _rows(source)
    keys = identity.entity_keys(frame, source.register)
    own = (identity.clean_uscc(frame["uscc"]) == keys).to_numpy(dtype=bool, na_value=False)
    named = pd.DataFrame(frame[_may_be_named(frame, keys, source.network)])
    return _Seen(
        hashes_of_texts(keys),
        hashes_of_texts(frame["enterprise_id"]),
        _folders(frame, source),
        own,
        named,
        pd.DataFrame(frame.sort_values("enterprise_id").iloc[:1]),
    )


def _folders(frame: gpd.GeoDataFrame, source: _Source) -> NDArray[np.object_]:
    """Return the folder of each row by its place, else by the unit that it declares."""
    if source.by == "nothing":
        return np.full(len(frame), "all", dtype=object)
    if source.by == "cell":
        import h3

        known = ~(frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
        cells = np.full(len(frame), UNKNOWN, dtype=object)
        x, y = frame.geometry[known].x, frame.geometry[known].y
        cells[known] = [h3.latlng_to_cell(lat, lon, CELL_RESOLUTION) for lon, lat in zip(x, y, strict=True)]
        return np.array([f"cell={cell}" for cell in cells], dtype=object)
    located = locate_units(frame.geometry, source.network.service_units)
    units = located.where(located.notna(), frame["unit"]).fillna(UNKNOWN).to_numpy(dtype=object)
    digits = DIGITS[source.by]
    return np.array([f"{source.by}={unit if unit == UNKNOWN else unit[:digits]}" for unit in units], dtype=object)


def _may_be_named(frame: pd.DataFrame, keys: pd.Series, network: Workspace) -> NDArray[np.bool_]:
    """Return the rows of the entities that a roster row, or one that a load left out, may name by code, id or name."""
    rosters = [network.rosters[["uscc", "parent_uscc", "enterprise_id", "name"]]]
    left = network.loaded.left_out("rosters")
    if len(left):
        rosters.append(pd.DataFrame(left).reindex(columns=rosters[0].columns))
    told = pd.concat(rosters, ignore_index=True).astype("str")
    codes = pd.concat([identity.clean_uscc(told["uscc"]), identity.clean_uscc(told["parent_uscc"])]).dropna()
    chosen = keys.isin(codes) | identity.clean_uscc(frame["uscc"]).isin(codes)
    chosen |= frame["enterprise_id"].isin(told["enterprise_id"].dropna())
    names = told["name"].fillna("").drop_duplicates()
    nobody, branch = np.zeros(len(names), bool), np.ones(len(names), bool)
    wanted = {*namesakes.name_keys(names, nobody), *namesakes.name_keys(names, branch)} - {""}
    if wanted:
        chosen |= frame["name"].map(identity.normalise_name).isin(wanted)
        former = frame["former_names"].dropna().str.split(";").explode().map(identity.normalise_name)
        chosen.loc[former.index[former.isin(wanted)]] = True
    return np.asarray(keys.isin(keys[chosen]).to_numpy(), dtype=bool)


def _spread(source: _Source) -> int:
    """Write the rows of a source by folder."""
    frame, _ = _rows(source)
    keys = identity.entity_keys(frame, source.register)
    folders = _folders(frame, source)
    moved = source.moved or {}
    if moved:
        hashes = hashes_of_texts(keys)
        at = np.flatnonzero(np.isin(hashes, np.fromiter(moved, np.uint64, len(moved))))
        folders[at] = [moved[int(entity)] for entity in hashes[at]]
    for name in sorted(set(folders)):
        target = source.draft / str(name)
        target.mkdir(exist_ok=True)
        digest = sha256_of(source.path)[:16]
        frame[folders == name].to_parquet(target / f"{digest}.parquet", index=False)
    return len(frame)


def _cut(task: tuple[Path, Path, int, pd.DataFrame]) -> list[tuple[Path, int, Any, str]]:
    """Sort the rows of a folder by entity and cut them into files."""
    import geopandas as gpd

    source, target, most_rows, register = task
    frames = [gpd.read_parquet(path) for path in sorted(source.glob("*.parquet"))]
    frame = conform("enterprises", pd.concat(frames, ignore_index=True))
    keys = identity.entity_keys(frame, register).to_numpy(dtype=str)
    order = np.lexsort((frame["enterprise_id"].to_numpy(dtype=str), keys))
    frame, keys = frame.iloc[order].reset_index(drop=True), keys[order]
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))  # where an entity begins
    cuts, begin = [0], 0
    while len(frame) - begin > most_rows:
        begin = int(first[first <= begin + most_rows].max())
        begin = begin if begin > cuts[-1] else int(first[first > cuts[-1]].min(initial=len(frame)))
        cuts.append(begin)
    made = []
    target.mkdir(parents=True, exist_ok=True)
    for number, (low, high) in enumerate(zip(cuts, [*cuts[1:], len(frame)], strict=True)):
        if low == high:
            continue
        path = target / f"part-{number:04d}.parquet"
        part = frame.iloc[low:high].reset_index(drop=True)
        part.to_parquet(path, compression="zstd", index=False)
        made.append((path, len(part), box_of(part), sha256_of(path)))
    return made


# ---------------------------------------------------------------------- what is known of all sources together
def _settled(seen: Sequence[_Seen]) -> dict[int, str]:
    """Return the folder of every entity whose rows would go to several: where its own row is, else the first folder."""
    frame = pd.DataFrame(
        {
            "entity": np.concatenate([each.entity for each in seen]),
            "folder": pd.Categorical(np.concatenate([each.folder for each in seen])),
            "other": ~np.concatenate([each.own for each in seen]),
        }
    ).drop_duplicates()
    several = frame[frame["entity"].duplicated(keep=False)]
    several = several.assign(
        folder=several["folder"].astype(str), lost=several["folder"].astype(str).str.endswith(UNKNOWN)
    )
    first = several.sort_values(["entity", "lost", "other", "folder"]).drop_duplicates("entity")
    return dict(zip(first["entity"].tolist(), first["folder"], strict=True))


def _refuse_doubles(seen: Sequence[_Seen]) -> None:
    ids = np.sort(np.concatenate([each.row_id for each in seen]))
    doubles = int((ids[1:] == ids[:-1]).sum())
    if doubles:
        raise BadInput("partitions.ids_twice", where="enterprise_id", n=doubles)


def _named(seen: Sequence[_Seen]) -> gpd.GeoDataFrame:
    """Return the enterprises that rosters name, in the order of their ids; one where they name nobody."""
    named = pd.concat([each.named for each in seen], ignore_index=True)
    if named.empty:  # a table of enterprises has a row
        named = pd.concat([each.first for each in seen], ignore_index=True).sort_values("enterprise_id").iloc[:1]
    return conform("enterprises", named.sort_values("enterprise_id", kind="stable"))


def _refuse(problems: Sequence[pd.DataFrame], labels: Sequence[str]) -> None:
    told = [
        problem
        for table in problems
        if len(table)
        for problem in table[table["severity"] == "error"].to_dict("records")
    ]
    if told:
        faults = tuple(
            Message("workspace.fault_of_file", {"file": str(problem["file"]), "problem": problem_clause(problem)})
            for problem in told[:3]
        )
        more = (Message("workspace.more_faults", {"n": len(told) - 3}),) if len(told) > 3 else ()
        raise BadInput("workspace.faults", where=", ".join(labels[:3]), n=len(told), faults=faults + more)
