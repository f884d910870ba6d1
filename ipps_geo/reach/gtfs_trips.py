"""Trips of a feed as rides between one stop and the next, with the repetitions of ``frequencies.txt`` written out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.reach.gtfs_files import NUMBER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from ipps_geo.reach.gtfs_rows import LeftOut


@dataclass(frozen=True, eq=False)
class Rides:
    """Rides between one stop and the next, those of a trip one after the other; seconds of the service day.

    ``tail``, ``head``: stops (positions in ``stops.txt``); ``trip``: position in the trips; ``boards``, ``alights``:
    whether one may get on at the tail and off at the head. ``repeated`` marks the rides of trips that
    ``frequencies.txt`` repeats: they stand for no run of their own.
    """

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    departure: NDArray[np.int32]
    arrival: NDArray[np.int32]
    trip: NDArray[np.int32]
    boards: NDArray[np.bool_]
    alights: NDArray[np.bool_]
    repeated: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.tail)


@dataclass(frozen=True, eq=False)
class Repeats:
    """Runs by headway: of ``trip``, the first leaves at ``first``, the last before ``last``, one every ``every`` s."""

    trip: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    every: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Runs:
    """Rides that really leave, several times each where they are repeated.

    ``ride``, by how many seconds it is ``later``, and ``run``, the number of the vehicle.
    """

    ride: NDArray[np.int64]
    later: NDArray[np.int64]
    run: NDArray[np.int64]


def read_rides(tables: Mapping[str, pd.DataFrame], trips: pd.DataFrame, feed: str, left_out: LeftOut) -> Rides:
    """Return the rides of every trip; what cannot be used goes to ``left_out``.

    A row with an unknown stop or trip, or a time that is none, is left out and its trip passes by; a trip that goes
    back in time is left out as a whole. Stops between two timed ones may have no times: they share the way evenly.
    """
    times, where = tables["stop_times.txt"], f"{feed}/stop_times.txt"
    number = times[NUMBER].to_numpy()
    arrival, departure = (_clock(times[name]) for name in ("arrival_time", "departure_time"))
    order = pd.to_numeric(times["stop_sequence"].cat.categories.to_series(), errors="coerce").to_numpy(np.float64)
    order = order[times["stop_sequence"].cat.codes.to_numpy()]
    stop = _coded(times["stop_id"], pd.Index(tables["stops.txt"]["stop_id"]))
    trip = _coded(times["trip_id"], pd.Index(trips["trip_id"]))
    usable = np.ones(len(times), dtype=bool)
    for column, bad, code in (
        ("trip_id", trip < 0, "unknown_trip"),
        ("stop_id", stop < 0, "unknown_stop"),
        ("stop_sequence", ~(order >= 0), "not_a_number"),
        ("arrival_time", arrival == _WRONG, "not_a_time"),
        ("departure_time", departure == _WRONG, "not_a_time"),
    ):
        rows = np.flatnonzero(bad & usable)
        left_out.add(where, number[rows], column, code, times[column].iloc[rows])
        usable &= ~bad
    kept = np.flatnonzero(usable)
    kept = kept[np.lexsort((order[kept], trip[kept]))]
    twice = np.zeros(len(kept), dtype=bool)
    twice[1:] = (np.diff(trip[kept]) == 0) & (np.diff(order[kept]) == 0)
    left_out.add(where, number[kept[twice]], "stop_sequence", "twice", times["stop_sequence"].iloc[kept[twice]])
    kept = _timed_ends(kept[~twice], trip, arrival, departure, number, where, left_out)
    left_out.refuse_many(where, len(times))
    come, leave = arrival[kept].astype(np.float64), departure[kept].astype(np.float64)
    come[come < 0], leave[leave < 0] = np.nan, np.nan
    come, leave = np.where(np.isnan(come), leave, come), np.where(np.isnan(leave), come, leave)
    untimed = np.isnan(come)
    if untimed.any():
        at = np.arange(len(kept))
        before = np.maximum.accumulate(np.where(untimed, -1, at))
        behind = np.minimum.accumulate(np.where(untimed, len(kept), at)[::-1])[::-1]
        left, right, here = before[untimed], behind[untimed], at[untimed]
        come[untimed] = np.round(leave[left] + (come[right] - leave[left]) * (here - left) / (right - left))
        leave[untimed] = come[untimed]
    of, same = trip[kept], np.zeros(len(kept), dtype=bool)
    same[:-1] = of[:-1] == of[1:]
    back = come > leave
    back[:-1] |= same[:-1] & (leave[:-1] > come[1:])
    faulty = np.unique(of[back])
    turned = np.flatnonzero(back)
    left_out.add(where, number[kept[turned]], "arrival_time", "goes_back", trips["trip_id"].iloc[of[turned]])
    left_out.refuse_many(where, len(times))
    tail = np.flatnonzero(same & ~np.isin(of, faulty))
    gets_on = (times["pickup_type"] != "1").to_numpy()[kept]
    gets_off = (times["drop_off_type"] != "1").to_numpy()[kept]
    repeated = np.isin(of[tail], np.flatnonzero(trips["trip_id"].isin(tables["frequencies.txt"]["trip_id"])))
    return Rides(
        stop[kept[tail]].astype(np.int32),
        stop[kept[tail + 1]].astype(np.int32),
        leave[tail].astype(np.int32),
        come[tail + 1].astype(np.int32),
        of[tail].astype(np.int32),
        gets_on[tail],
        gets_off[tail + 1],
        repeated,
    )


def _timed_ends(
    kept: NDArray[np.int64],
    trip: NDArray[np.int64],
    arrival: NDArray[np.int64],
    departure: NDArray[np.int64],
    number: NDArray[np.int64],
    where: str,
    left_out: LeftOut,
) -> NDArray[np.int64]:
    """Return the rows without those before the first and behind the last timed stop of a trip: nobody knows when."""
    timed = (arrival[kept] >= 0) | (departure[kept] >= 0)
    if timed.all():
        return kept
    at, of = np.arange(len(kept)), trip[kept]
    frame = pd.DataFrame({"trip": of, "first": np.where(timed, at, len(kept)), "last": np.where(timed, at, -1)})
    grouped = frame.groupby("trip")
    outside = (at < grouped["first"].transform("min").to_numpy()) | (at > grouped["last"].transform("max").to_numpy())
    left_out.add(where, number[kept[outside]], "arrival_time", "no_time_at_end", np.repeat("", outside.sum()))
    return kept[~outside]


def read_repeats(tables: Mapping[str, pd.DataFrame], trips: pd.DataFrame, feed: str, left_out: LeftOut) -> Repeats:
    """Return the repetitions of ``frequencies.txt``; rows that cannot be used are left out."""
    table, where = tables["frequencies.txt"], f"{feed}/frequencies.txt"
    first, last = (_clock(table[name].astype("category")) for name in ("start_time", "end_time"))
    every = pd.to_numeric(table["headway_secs"], errors="coerce").to_numpy(np.float64)
    trip = pd.Index(trips["trip_id"]).get_indexer(table["trip_id"])
    usable = np.ones(len(table), dtype=bool)
    for column, bad, code in (
        ("trip_id", trip < 0, "unknown_trip"),
        ("start_time", first < 0, "not_a_time"),
        ("end_time", last < 0, "not_a_time"),
        ("headway_secs", ~(every >= 1), "not_a_number"),
    ):
        rows = np.flatnonzero(bad & usable)
        left_out.add(where, table[NUMBER].to_numpy()[rows], column, code, table[column].iloc[rows])
        usable &= ~bad
    left_out.refuse_many(where, len(table))
    return Repeats(trip[usable], first[usable], last[usable], every[usable].astype(np.int64))


def runs_between(rides: Rides, repeats: Repeats, running: NDArray[np.bool_], begin: int, until: int) -> Runs:
    """Return the rides of the ``running`` trips that leave from ``begin`` (inclusive) until ``until`` (exclusive).

    A repeated trip leaves at the first, and every so many seconds before the last; exact times or not are one.
    """
    plain = np.flatnonzero(
        running[rides.trip] & ~rides.repeated & (rides.departure >= begin) & (rides.departure < until)
    )
    ride, later = [plain], [np.zeros(len(plain), dtype=np.int64)]
    run = [rides.trip[plain].astype(np.int64)]
    next_run = len(running)
    start = np.searchsorted(rides.trip, repeats.trip, side="left")
    end = np.searchsorted(rides.trip, repeats.trip, side="right")
    for trip, low, high, first, last, every in zip(
        repeats.trip, start, end, repeats.first, repeats.last, repeats.every, strict=True
    ):
        if low == high or not running[trip]:
            continue
        starts = np.arange(first, last, every, dtype=np.int64) - int(rides.departure[low])
        which, shift = np.meshgrid(np.arange(low, high), starts, indexing="xy")
        vehicle = np.broadcast_to(next_run + np.arange(len(starts))[:, None], which.shape)
        next_run += len(starts)
        leaves = rides.departure[which] + shift
        inside = (leaves >= begin) & (leaves < until)
        ride.append(which[inside])
        later.append(shift[inside])
        run.append(vehicle[inside])
    return Runs(np.concatenate(ride), np.concatenate(later), np.concatenate(run))


_WRONG = -2
"""A time that is none; -1 is an empty one."""


def _clock(times: pd.Series) -> NDArray[np.int64]:
    """Return ``H:MM:SS`` (or ``H:MM``) of a categorical column as seconds; hours may pass 24."""
    texts = times.cat.categories.to_series().astype("str")
    parts = texts.str.extract(r"^(\d{1,3}):([0-5]\d)(?::([0-5]\d))?$")
    seconds = parts.fillna("0").astype("int64").to_numpy() @ np.array([3600, 60, 1])
    seconds = np.where(parts[0].isna().to_numpy(), np.where(texts == "", -1, _WRONG), seconds)
    return np.append(seconds, -1)[times.cat.codes.to_numpy()].astype(np.int64)


def _coded(column: pd.Series, ids: pd.Index[Any]) -> NDArray[np.int64]:
    """Return the position of each id of a categorical column, -1 for one that is not listed."""
    place = ids.get_indexer(column.cat.categories)
    return np.append(place, -1)[column.cat.codes.to_numpy()].astype(np.int64)
