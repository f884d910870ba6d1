"""From a folder of tables, or one GeoPackage, to a workspace: read, validate, collect every fault in one table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput, Message
from ipps_geo.files import HASHES
from ipps_geo.intake.datum import normalised_datum
from ipps_geo.intake.mapping import MAPPING_FILE, load_mappings
from ipps_geo.intake.problems import problem_clause, problem_record, problem_table
from ipps_geo.regions import Region, load_region
from ipps_geo.settings import MANIFEST, WORKSPACE_FILE, data_root
from ipps_geo.workspace.check import REFERENCES, check_references, check_tables
from ipps_geo.workspace.finding import Plan, find_parts
from ipps_geo.workspace.holders import resolve_holders
from ipps_geo.workspace.loaded import LEFT_OUT_FILE, LoadReport, Unread, read_left_out
from ipps_geo.workspace.model import Workspace
from ipps_geo.workspace.reading import read_parts
from ipps_geo.workspace.sources import differences, sources_of
from ipps_geo.workspace.tables import conform, empty

_SHOWN = 3


def load_workspace(
    path: str | Path | None = None,
    *,
    accept_partial: bool = False,
    sandbox: bool = True,
    datum: str | None = None,
    region: Region | str | Path | None = None,
) -> Workspace:
    """Return the workspace at ``path``, or the embedded demonstration.

    Parameters
    ----------
    path
        A folder of tables (CSV, Excel, GeoJSON, GeoPackage, GeoParquet), one GeoPackage with a layer per table, or one
        workbook with a sheet per table. In a folder the file ``workspace.toml`` may name the file, or files, of each
        table; otherwise a file belongs to the table whose name, or Chinese name, is its stem, else its columns tell.
        The file ``columns.toml`` may say how headers are read (:func:`ipps_geo.intake.mapping.save_mapping`).
        None stands for the embedded workspace.
    accept_partial
        Leave out what has errors instead of refusing the workspace; the errors stay in ``problems``.
    sandbox
        Read the files in a worker process that is held to limits and can be killed. False for files that are known,
        which saves seconds; the embedded ones are.
    datum
        Reference system of the coordinates of all files that do not state their own (wgs84, cgcs2000, gcj02, bd09,
        EPSG:nnnn). ``workspace.toml`` may state it too: ``datum`` for all files, ``[datums]`` for single ones. Where
        nobody states it, the evidence of all files together decides.
    region
        The region, or its folder, that the workspace lies in, whatever its ``workspace.toml`` names; the one that
        comes with the package where neither does.

    Raises
    ------
    BadInput
        If there is no workspace, a table that is needed is missing, anything has an error, or somebody saved into the
        folder while it was read.
    """
    root = data_root() if path is None else Path(path)
    before = _stamp(root)
    try:
        made = _load(
            root, accept_partial=accept_partial, trusted=path is None or not sandbox, datum=datum, region=region
        )
    except (OSError, BadInput) as error:
        if _stamp(root) != before:
            raise BadInput("workspace.changed_while_read", where=str(root)) from error
        raise
    if _stamp(root) != before:
        raise BadInput("workspace.changed_while_read", where=str(root))
    return made


def _stamp(root: Path) -> tuple[object, ...]:
    """Return what changes when a folder, or what a saver writes in it, is replaced while it is read."""
    watched = [root, *(root / name for name in (HASHES, WORKSPACE_FILE, MANIFEST))] if root.is_dir() else [root]
    found = [path.stat() for path in watched if path.exists()]
    return tuple((each.st_ino, each.st_mtime_ns, each.st_size) for each in found)


def _load(
    root: Path, *, accept_partial: bool, trusted: bool, datum: str | None, region: Region | str | Path | None
) -> Workspace:
    plan = find_parts(root)
    given_region = region if region is not None else plan.region
    here = given_region if isinstance(given_region, Region) else load_region(given_region)
    kept = plan.root / MAPPING_FILE
    mappings = load_mappings(kept) if kept.is_file() else {}
    stated = plan.datum if datum is None else normalised_datum(datum)
    parts, strays, unread = read_parts(
        plan.parts,
        trusted=trusted,
        mappings=mappings,
        datum=stated,
        datums=plan.datums,
        every_sheet=not plan.listed,
        region=here,
    )
    if datum is not None and stated != "wgs84" and stated not in {part.datum.datum for part in parts}:
        raise BadInput("datum.no_effect", where=str(plan.root), name=str(datum))
    missing = [name for name, table in TABLES.items() if not table.optional and name not in {p.table for p in parts}]
    if missing:
        raise BadInput("workspace.tables_missing", where=str(plan.root), tables=", ".join(missing))
    given = {name: _together(name, [part.frame for part in parts if part.table == name]) for name in TABLES}
    origins = {name: [part.origin for part in parts if part.table == name] for name in TABLES}
    given["rosters"], _, _ = resolve_holders(given["rosters"], given["institutions"], given["applications"])
    sound, invalid = check_tables(given)
    tables, loose = check_references(sound)
    faults = pd.concat([_placed(invalid, origins), _placed(loose, origins)], ignore_index=True)
    problems = pd.concat(
        [*(part.problems for part in parts), strays, _not_listed(plan.unread), faults], ignore_index=True
    )
    if not accept_partial:
        _refuse_errors(problems, plan)
    earlier = plan.root / LEFT_OUT_FILE
    report = read_left_out(earlier) if earlier.is_file() else LoadReport()
    report = report.joined(LoadReport(unread=(*plan.unread, *unread)))
    for part in parts:
        report = report.joined(_with_holders(part.loaded, given))
    report = report.joined(LoadReport(rows=_dropped(given, tables, origins, faults), cells=_blanked(sound, tables)))
    return Workspace(
        name=plan.name,
        **{name: frame.reset_index(drop=True) for name, frame in tables.items()},
        sources=sources_of(
            plan.root,
            {part.part.label: part.part.path for part in parts},
            {part.part.label: _data_class(part.frame) for part in parts},
            {part.part.label: part.datum for part in parts if part.datum.basis != "none"},
        ),
        problems=problems,
        data_date=plan.data_date or latest_day(tables),
        planted=plan.planted,
        mappings=mappings,
        loaded=replace(report, differences=differences(plan.root, report)),
        region=here,
    )


def _with_holders(report: LoadReport, given: Mapping[str, pd.DataFrame]) -> LoadReport:
    """Return a report whose rows left out of rosters name their stations by id, as those that were used do."""
    left = report.rows.get("rosters")
    if left is None or "holder_id" not in left:
        return report
    named, _, _ = resolve_holders(left, given["institutions"], given["applications"])
    return replace(report, rows={**report.rows, "rosters": named})


def _not_listed(unread: Sequence[Unread]) -> pd.DataFrame:
    """Return one problem per table in the folder that ``workspace.toml`` does not list."""
    return problem_table([problem_record(entry.file, "not_listed") for entry in unread if entry.reason == "not_listed"])


def _dropped(
    given: Mapping[str, pd.DataFrame],
    kept: Mapping[str, pd.DataFrame],
    origins: Mapping[str, Sequence[pd.DataFrame]],
    faults: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Return, by table, the rows that were read and then left out because the tables do not fit together."""
    dropped = {}
    for name, frame in given.items():
        gone = frame.index.difference(kept[name].index)
        if not len(gone):
            continue
        rows = pd.DataFrame(frame.loc[gone].drop(columns="geometry", errors="ignore")).reset_index(drop=True)
        places = pd.concat(origins[name], ignore_index=True).loc[gone].reset_index(drop=True)
        keys = ["file", "sheet", "row", "feature"]
        told = faults[faults["severity"] == "error"]
        own = told[keys].astype(object).where(told[keys].notna(), "").astype("str").assign(code=told["code"])
        codes = own.groupby(keys)["code"].agg(lambda each: ";".join(dict.fromkeys(each))).rename("reasons")
        named = places[keys].astype(object).where(places[keys].notna(), "").astype("str")
        reasons = named.join(codes, on=keys)["reasons"].fillna("").astype("str")
        dropped[name] = pd.concat([rows, places, reasons.fillna("").astype("str")], axis="columns")
    return dropped


def _blanked(sound: Mapping[str, pd.DataFrame], kept: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str], int]:
    """Return how many values were left out, by table and column, because they name nothing."""
    blanked = {}
    for name, column, _, severity in REFERENCES:
        if severity == "error":
            before, after = sound[name][column].notna(), kept[name][column].notna()
            count = int((before.loc[after.index] & ~after).sum())
            if count:
                blanked[name, column] = count
    return blanked


def latest_day(tables: Mapping[str, pd.DataFrame]) -> dt.date | None:
    """Return the latest day on which something happened, as far as the tables know; planned days do not count."""
    happened = {
        "enterprises": ("need_date",),
        "institutions": ("established_on", "revoked_on", "revocation_notified_on", "service_data_until"),
        "rosters": ("need_date", "listed_on", "delisted_on"),
        "applications": ("applied_on", "inspected_on", "recommended_on", "decided_on", "filed_on"),
        "evaluations": ("evaluated_on", "rectified_on"),
        "conduct": ("found_on",),
    }
    days = [tables[name][column].max() for name, columns in happened.items() for column in columns]
    known = [day for day in days if pd.notna(day)]
    return max(known).date() if known else None


def _together(name: str, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    if not frames:
        return empty(name)
    return frames[0] if len(frames) == 1 else conform(name, pd.concat(frames, ignore_index=True))


def _placed(problems: pd.DataFrame, origins: Mapping[str, Sequence[pd.DataFrame]]) -> pd.DataFrame:
    """Return problems of tables with the file, sheet and row (or feature) that each row came from."""
    if problems.empty:
        return problems
    placed = problems.reset_index(drop=True)
    for name in sorted(set(placed["file"])):
        here = placed.index[(placed["file"] == name) & placed["row"].notna()]
        whole = pd.concat(origins[name], ignore_index=True)
        places = whole.iloc[(placed.loc[here, "row"] - 1).to_numpy(dtype="int64")]
        for column in ("file", "sheet", "row", "feature"):
            placed.loc[here, column] = places[column].array
    return placed


def _data_class(frame: pd.DataFrame) -> str:
    classes = sorted(set(frame["data_class"])) if "data_class" in frame and len(frame) else []
    return classes[0] if len(classes) == 1 else ""


def _refuse_errors(problems: pd.DataFrame, plan: Plan) -> None:
    errors = problems[problems["severity"] == "error"]
    if errors.empty:
        return
    faults: list[Message] = []
    for problem in errors.head(_SHOWN).to_dict("records"):
        parts = [word for word in ("sheet", "row", "feature", "column") if pd.notna(problem[word])]
        place = tuple(Message(f"place.{word}", {"name": str(problem[word])}) for word in parts)
        told = {"file": str(problem["file"]), "problem": problem_clause(problem)}
        faults.append(
            Message("workspace.fault", {**told, "place": place}) if place else Message("workspace.fault_of_file", told)
        )
    if len(errors) > _SHOWN:
        faults.append(Message("workspace.more_faults", {"n": len(errors) - _SHOWN}))
    raise BadInput("workspace.faults", where=str(plan.root), n=len(errors), faults=tuple(faults))
