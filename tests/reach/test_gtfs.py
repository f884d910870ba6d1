"""A feed drawn by hand, and the minutes that its timetable means.

    direction 0 of M1 (06:40, 07:00, 07:20, ... 09:20: every 20 min)
        A ──10── B ──(stands 1)──5── C          A dep 0, B arr 10, B dep 11, C arr 16

    M2 repeats by frequencies.txt every 10 min:   b2 ──7── D

B has two stops, b1 (of M1) and b2 (of M2), under the station B. The change there from M1 to M2 takes 2 minutes
(transfers.txt), from M2 to M1 the default 4. Stations lie some 10 km apart, so nobody walks between them. Who leaves at
each minute waits 0 to 19 minutes for M1: of 120 sorted waits the one that counts is the 61st, 10 minutes.

    A to C:  wait 10 + ride 10 + (stand 1 + 5)                      = 26
    A to D:  wait 10 + ride 10 + walk 2 + wait 8 + ride 7           = 37     (M1 comes at :10, M2 leaves at :20)
    B to D:  wait 5 + ride 7                                        = 12
"""

import datetime as dt
import zipfile

import numpy as np
import pandas as pd
import pytest

from ipps_geo.errors import BadInput
from ipps_geo.intake.limits import Limits
from ipps_geo.reach.gtfs import read_gtfs, read_gtfs_here, window_seconds
from ipps_geo.reach.gtfs_files import open_feeds
from ipps_geo.reach.transit import transit_reach

SUNDAY, MONDAY = dt.date(2026, 3, 1), dt.date(2026, 3, 2)


def clock(minutes):
    return f"{minutes // 60:02d}:{minutes % 60:02d}:00"


def feed(**changed):
    """Return the files of the drawn feed; a changed one replaces its file, None leaves it out."""
    starts = range(400, 580, 20)
    trips = [f"m1-{start},M1,week,0" for start in starts] + ["m1-sun,M1,sunday,0", "m2,M2,week,0", "back,M1,week,1"]
    times = []
    for trip, start in [*((f"m1-{start}", start) for start in starts), ("m1-sun", 420)]:
        times += [f"{trip},a,1,{clock(start)},{clock(start)}", f"{trip},b1,2,{clock(start + 10)},{clock(start + 11)}"]
        times += [f"{trip},c,3,{clock(start + 16)},{clock(start + 16)}"]
    times += ["m2,b2,1,00:00:00,00:00:00", "m2,d,2,00:07:00,00:07:00"]
    times += ["back,c,1,08:00:00,08:00:00", "back,b1,2,08:05:00,08:06:00", "back,a,3,08:16:00,08:16:00"]
    files = {
        "stops": "stop_id,stop_name,stop_lon,stop_lat,parent_station,location_type\na,A,116.3,39.9,,0\n"
        "B,B,116.42,39.9,,1\nb1,B platform 1,116.42,39.9,B,0\nb2,B platform 2,116.4201,39.9,B,0\n"
        "c,C,116.54,39.9,,0\nd,D,116.42,40.0,,0\n",
        "routes": "route_id,route_short_name,route_type\nM1,1号线,1\nM2,2号线,1\n",
        "trips": "trip_id,route_id,service_id,direction_id\n" + "\n".join(trips),
        "stop_times": "trip_id,stop_id,stop_sequence,arrival_time,departure_time\n" + "\n".join(times),
        "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "week,1,1,1,1,1,0,0,20260301,20261231\nsunday,0,0,0,0,0,0,1,20260301,20261231\n",
        "transfers": "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nb1,b2,2,120\n",
        "frequencies": "trip_id,start_time,end_time,headway_secs\nm2,05:00:00,23:00:00,600\n",
    } | changed
    return {f"{name}.txt": text for name, text in files.items() if text is not None}


def folder(tmp_path, **changed):
    for name, text in feed(**changed).items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def read(path, window=("07:00", "09:00"), day=None, percentile=50, walk_m=250.0):
    """Read in this process: what the process of its own does, without the second that it takes to start."""
    return read_gtfs_here([path], window, day, percentile, 4.0, walk_m, "")


def between(network):
    return pd.DataFrame(network.between_min, list(network.stations), list(network.stations))


def test_minutes_are_those_of_the_docstring(tmp_path):
    network = read_gtfs(folder(tmp_path))
    minutes = between(network)
    assert set(network.stations) == set("ABCD")
    assert minutes.loc["A", "C"] == 26
    assert minutes.loc["A", "D"] == 37
    assert minutes.loc["B", "D"] == 12
    assert minutes.loc["C", "A"] == 60 + 16, (
        "one trip at 08:00 takes those of 61 minutes along, a minute more than half"
    )
    assert np.isinf(between(network.asked(51)).loc["C", "A"])
    assert between(network.asked(25)).loc["C", "A"] == 30 + 16
    assert np.isinf(minutes.loc["D", "A"]), "line 2 has no way back"
    assert network.checks() | {"stations": 4, "lines": 2, "left_out_rows": 0} == network.checks()
    assert network.as_of == "2026-03-02 07:00-09:00", "the busiest day is the first Monday"


def test_door_to_door_adds_the_walks(tmp_path):
    """Walks of 5 and 13 minutes at the ends; the first shifts who catches which train, and no other wait."""
    network = read(folder(tmp_path))
    place = dict(zip(network.stations, network.station_xy, strict=True))
    reach = transit_reach(network, [place["A"] + [0, 5 * 80 / 1.3]], [place["D"] - [0, 800]], 60)
    assert reach.pairs.toarray()[0, 0] == pytest.approx(5 + 37 + 13)
    assert reach.as_of == network.as_of


def test_zip_and_folder_and_a_folder_inside_a_zip_are_one(tmp_path):
    inside = tmp_path / "plain"
    inside.mkdir()
    expected = between(read(folder(inside)))
    for prefix in ("", "feed/"):
        archive = tmp_path / f"feed{len(prefix)}.zip"
        with zipfile.ZipFile(archive, "w") as made:
            for name, text in feed().items():
                made.writestr(prefix + name, "\ufeff" + text)
        pd.testing.assert_frame_equal(between(read(archive)), expected)


def test_day_and_window_choose_what_runs(tmp_path):
    path = folder(tmp_path)
    sunday = between(read(path, day=SUNDAY, window=("06:50", "07:10")))
    assert sunday.loc["A", "C"] == 10 + 16, "one Sunday trip, at 07:00: of 20 minutes the eleventh decides"
    assert "D" not in sunday.columns
    late = between(read(path, day=MONDAY, window=("08:00", "09:00:00")))
    assert late.loc["A", "B"] == 10 + 10
    with pytest.raises(BadInput, match="nothing runs on 2027-05-01"):
        read(path, day=dt.date(2027, 5, 1))
    with pytest.raises(BadInput, match="from 05:00 until 22:50"):
        read(path, day=MONDAY, window=("02:00", "03:00"))


def test_the_default_day_is_the_busiest_in_the_window_over_the_whole_calendar(tmp_path):
    """A placeholder of the year 2000 and a weekend service that began years before hide nothing."""
    old = "old,1,1,1,1,1,1,1,20000101,20001231\nsunday,0,0,0,0,0,0,1,20140301,20261231\n"
    week = feed()["calendar.txt"].replace("sunday,0,0,0,0,0,0,1,20260301,20261231\n", old)
    path = folder(tmp_path, calendar=week, trips=feed()["trips.txt"] + "\nx,M1,old,0")
    assert read(path).as_of.startswith("2026-03-02")
    # In the night only the repeated line runs, every day of the week's pattern alike; on Sundays nothing does.
    assert read(path, window=("21:00", "22:00")).as_of.startswith("2026-03-02")
    with pytest.raises(BadInput, match="nothing runs from 02:00 until 03:00 on any day"):
        read(path, window=("02:00", "03:00"))


def test_exceptions_of_the_calendar_count(tmp_path):
    extra = "service_id,date,exception_type\nweek,20260301,1\nsunday,20260301,2\n"
    path = folder(tmp_path, calendar_dates=extra)
    assert between(read(path, day=SUNDAY)).loc["A", "C"] == 26


def test_trips_of_the_day_before_run_on_past_midnight(tmp_path):
    """The trip of Sunday night at 24:30 is the one that a Monday at 00:10 waits for, and the next window's too."""
    trips, times = feed()["trips.txt"] + "\nlate,M1,sunday,0", feed()["stop_times.txt"]
    times += "\nlate,a,1,24:30:00,24:30:00\nlate,c,2,24:50:00,24:50:00"
    path = folder(tmp_path, trips=trips, stop_times=times)
    monday = between(read(path, day=MONDAY, window=("00:10", "00:11")))
    assert monday.loc["A", "C"] == 40
    sunday = between(read(path, day=SUNDAY, window=("24:10", "24:11")))
    assert sunday.loc["A", "C"] == 40


def test_stops_without_times_share_the_way_evenly(tmp_path):
    times = feed()["stop_times.txt"]
    for start in range(400, 580, 20):
        times = times.replace(f"m1-{start},b1,2,{clock(start + 10)},{clock(start + 11)}", f"m1-{start},b1,2,,")
    assert between(read(folder(tmp_path, stop_times=times))).loc["A", "B"] == 10 + 8


def test_a_forbidden_change_is_none(tmp_path):
    path = folder(tmp_path, transfers="from_stop_id,to_stop_id,transfer_type\nb1,b2,3\n")
    assert np.isinf(between(read(path)).loc["A", "D"])


def test_getting_on_or_off_may_be_forbidden(tmp_path):
    lines = feed()["stop_times.txt"].splitlines()
    off = [line + (",1" if ",b1,2," in line else ",") for line in lines[1:]]
    times = "\n".join([lines[0] + ",drop_off_type", *off])
    minutes = between(read(folder(tmp_path, stop_times=times)))
    assert np.isinf(minutes.loc["A", "B"])
    assert minutes.loc["A", "C"] == 26


def test_stations_close_by_are_joined_on_foot(tmp_path):
    """D moves 200 m north of A: from there one walks over and takes line 1."""
    stops = feed()["stops.txt"].replace("d,D,116.42,40.0", "d,D,116.3,39.9018")
    times = feed()["stop_times.txt"] + "".join(f"\nd{n},d,2,{n:02d}:00:00,{n:02d}:00:00" for n in range(7, 12))
    times += "".join(f"\nd{n},b2,1,{n - 1:02d}:50:00,{n - 1:02d}:50:00" for n in range(7, 12))
    trips = feed()["trips.txt"] + "".join(f"\nd{n},M2,week,1" for n in range(7, 12))
    path = folder(tmp_path, stops=stops, stop_times=times, trips=trips)
    path = folder(tmp_path, stops=stops, stop_times=times, trips=trips + "\nsun,M2,sunday,1")
    # On a Sunday one train goes from B to D (06:40, 06:50), and one from A to C (07:00, 07:16).
    times = times.replace("m1-sun,b1,2,07:10:00,07:11:00\n", "")
    (path / "stop_times.txt").write_text(times + "\nsun,b2,1,06:40:00,06:40:00\nsun,d,2,06:50:00,06:50:00", "utf-8")
    asked = {"window": ("06:40", "06:41"), "day": SUNDAY}
    minutes = between(read(path, **asked))
    assert minutes.loc["B", "D"] == 10
    assert minutes.loc["B", "C"] == 20 + 16, "3.3 minutes on foot to A"
    assert np.isinf(between(read(path, walk_m=100, **asked)).loc["B", "C"])


def test_two_feeds_in_one_archive_are_told_apart(tmp_path):
    """The same ids stand for other stops in the other feed; both are read, and their folders name them."""
    other = {
        name: text.replace("A,116.3", "甲,116.9").replace("C,116.54", "丙,116.99") for name, text in feed().items()
    }
    archive = tmp_path / "both.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for prefix, files in (("bus/", other), ("rail/", feed())):
            for name, text in files.items():
                made.writestr(prefix + name, text)
    network = read(archive)
    assert {"A", "C", "甲", "丙"} < set(network.stations)
    assert len(network.stations) == len(set(network.stations)) == 8
    minutes = between(network)
    assert minutes.loc["A", "C"] == minutes.loc["甲", "丙"] == 26
    assert minutes.loc["A", "丙"] == 26, "both have a station at B, one changes there within the minute"
    with zipfile.ZipFile(archive, "w") as made:
        for name, text in feed().items():
            made.writestr(("a/" if name == "stops.txt" else "b/") + name, text)
    with pytest.raises(BadInput, match="several folders: a; b"):
        read(archive)


def test_several_feeds_are_one_network(tmp_path):
    """The shuttle of another feed ends where line 1 begins."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    folder(one)
    starts = range(390, 560, 20)
    times = [f"s{s},z,1,{clock(s)},{clock(s)}\ns{s},a,2,{clock(s + 5)},{clock(s + 5)}" for s in starts]
    changed = {
        "stops": "stop_id,stop_name,stop_lon,stop_lat\nz,Z,116.2,39.9\na,A2,116.3,39.9005\n",
        "trips": "trip_id,route_id,service_id,direction_id\n" + "\n".join(f"s{s},S,week,0" for s in starts),
        "routes": "route_id,route_short_name\nS,摆渡\n",
        "stop_times": "trip_id,stop_id,stop_sequence,arrival_time,departure_time\n" + "\n".join(times),
        "frequencies": None,
        "transfers": None,
    }
    folder(two, **changed)
    minutes = between(read_gtfs([one, two], day=MONDAY))
    assert minutes.loc["Z", "C"] == 10 + 10 + 16, "waits 10, comes at :15, walks a minute, line 1 at :20"
    assert set(minutes.columns) == {*"ABCDZ", "A2"}


@pytest.mark.parametrize(
    ("changed", "column", "reason", "value"),
    [
        ({"stop_times": "\nback,gone,4,08:20:00,08:20:00"}, "stop_id", "unknown_stop", "gone"),
        ({"stop_times": "\nlost,a,1,08:20:00,08:20:00"}, "trip_id", "unknown_trip", "lost"),
        ({"stop_times": "\nback,a,x,08:20:00,08:20:00"}, "stop_sequence", "not_a_number", "x"),
        ({"stop_times": "\nback,a,9,8h20,08:20:00"}, "arrival_time", "not_a_time", "8h20"),
        ({"stop_times": "\nback,a,9,,"}, "arrival_time", "no_time_at_end", ""),
        ({"stop_times": "\nback,a,9,08:30:00,08:20:00"}, "arrival_time", "goes_back", "back"),
        ({"stop_times": "\nback,a,3,08:30:00,08:30:00"}, "stop_sequence", "twice", "3"),
        ({"stop_times": "\nback,a,9,08:30:00,08:30:00,more"}, "", "fields", "back,a,9,08:30:00,08:30:00,more"),
        ({"stops": "e,E,east,39.9,,0\n"}, "stop_lon, stop_lat", "no_place", "east, 39.9"),
        ({"trips": "\nnight,M1,never,0"}, "service_id", "unknown_service", "never"),
        ({"calendar": "bad,1,1,1,1,1,1,1,2026-13-01,20261231\n"}, "start_date", "not_a_day", "2026-13-01"),
        ({"frequencies": "m2,5 am,23:00:00,600\n"}, "start_time", "not_a_time", "5 am"),
        ({"frequencies": "m2,05:00:00,23:00:00,0\n"}, "headway_secs", "not_a_number", "0"),
        ({"transfers": "b1,zz,2,60\n"}, "to_stop_id", "unknown_stop", "zz"),
    ],
)  # fmt: skip
def test_a_bad_row_is_left_out_and_told(tmp_path, changed, column, reason, value):
    """The rest of the feed is used as it is."""
    ((name, row),) = changed.items()
    text = feed()[f"{name}.txt"] + row
    network = read(folder(tmp_path, **{name: text}))
    told = network.left_out
    assert network.left_out_rows == len(told) == 1
    assert told.iloc[0].to_dict() == {
        "file": f"{tmp_path.name}/{name}.txt",
        "row": len(text.rstrip("\n").splitlines()),
        "column": column,
        "reason": reason,
        "value": value,
    }
    assert between(network).loc["A", "C"] == 26


def test_a_comma_at_the_end_of_rows_shifts_nothing(tmp_path):
    """Of every row, of some rows, or missing where the last cells are empty."""
    for name in ("stops", "trips", "stop_times"):
        head, *rows = feed()[f"{name}.txt"].splitlines()
        for turn, rows_of in enumerate(([row + "," for row in rows], [rows[0], *(row + "," for row in rows[1:])])):
            inside = tmp_path / f"{name}{turn}"
            inside.mkdir()
            network = read(folder(inside, **{name: "\n".join([head, *rows_of])}))
            assert between(network).loc["A", "D"] == 37
            assert network.left_out_rows == 0


def test_what_is_written_otherwise_means_the_same(tmp_path):
    """Blank lines, quotes, headers in capitals, days with strokes, times without seconds."""
    quoted = {name: "\n".join(",".join(f'"{cell}"' for cell in row.split(",")) for row in text.splitlines())
              for name, text in feed().items()}  # fmt: skip
    ways = {
        "blank": {name: text.replace("\n", "\r\n\r\n") for name, text in feed().items()},
        "quoted": quoted,
        "capitals": {name: text.split("\n")[0].upper() + text[text.index("\n") :] for name, text in feed().items()},
        "strokes": feed() | {"calendar.txt": feed()["calendar.txt"].replace("20261231", "2026/12/31")},
        "minutes": feed() | {"stop_times.txt": feed()["stop_times.txt"].replace(":00,", ",")},
    }
    for way, files in ways.items():
        inside = tmp_path / way
        inside.mkdir()
        for name, text in files.items():
            (inside / name).write_text(text, "utf-8", newline="")
        network = read(inside)
        assert between(network).loc["A", "D"] == 37, way
        assert network.left_out_rows == 0, way


def test_a_quotation_mark_that_is_never_closed_is_named(tmp_path):
    with pytest.raises(BadInput, match="row 6: a quotation mark"):
        read(folder(tmp_path, stops=feed()["stops.txt"].replace("c,C", 'c,"C')))


def test_a_calendar_of_which_nothing_can_be_used_is_the_fault_that_is_named(tmp_path):
    turned = feed()["calendar.txt"].replace("20261231", "20250101")
    with pytest.raises(BadInput, match="2 of 2 rows cannot be used") as raised:
        read(folder(tmp_path, calendar=turned))
    assert raised.value.where.endswith("calendar.txt: end_date")


def test_many_bad_rows_are_another_timetable(tmp_path):
    times = feed()["stop_times.txt"].replace(",b1,", ",gone,")
    with pytest.raises(BadInput, match="11 of 35 rows cannot be used, the first is row 3") as raised:
        read(folder(tmp_path, stop_times=times))
    assert raised.value.where.endswith("stop_times.txt: stop_id")


def test_stops_in_another_datum_are_moved_where_it_is_stated(tmp_path):
    path = folder(tmp_path)
    usual, moved = (read_gtfs_here([path], ("07:00", "09:00"), None, 50, 4.0, 250.0, "", d) for d in ("wgs84", "gcj02"))
    away = np.hypot(*(usual.station_xy - moved.station_xy).T)
    assert ((away > 300) & (away < 800)).all()


def test_a_feed_in_gbk_is_read(tmp_path):
    path = folder(tmp_path)
    stops = feed()["stops.txt"].replace("a,A,", "a,国贸,")
    (path / "stops.txt").write_bytes(stops.encode("gbk"))
    assert "国贸" in read(path).stations


@pytest.mark.parametrize(
    ("window", "message"),
    [
        (("9am", "10:00"), "'9am' is not a time"),
        (("09:00", "08:00"), "ends before it begins"),
        (("07:00", "48:30"), "longer than a day"),
    ],
)
def test_a_window_that_is_none_is_refused(window, message):
    with pytest.raises(BadInput, match=message):
        window_seconds(window)


@pytest.mark.parametrize(
    ("changed", "where", "message"),
    [
        ({"stops": None}, "", "no stops.txt"),
        ({"calendar": None}, "", "neither calendar"),
        ({"trips": "trip_id,route_id\nm2,M2\n"}, "trips.txt", "no column service_id"),
        ({"trips": "trip_id,route_id,service_id,trip_id\nm2,M2,week,x\n"}, "trips.txt", "trip_id stands twice"),
        ({"stop_times": ""}, "stop_times.txt", "empty file"),
    ],
)  # fmt: skip
def test_a_fault_names_its_file_and_column(tmp_path, changed, where, message):
    with pytest.raises(BadInput, match=message) as raised:
        read_gtfs(folder(tmp_path, **changed))
    assert raised.value.where.endswith(where)


def test_feeds_that_are_unsafe_or_too_large_are_refused(tmp_path):
    outside = tmp_path / "outside.zip"
    with zipfile.ZipFile(outside, "w") as made:
        made.writestr("../stops.txt", "stop_id\na\n")
    with pytest.raises(BadInput):
        read_gtfs(outside)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("stops.txt", "stop_id\n" + "0" * 20_000_000)
    with pytest.raises(BadInput):
        read_gtfs(bomb)
    small = Limits(max_file_bytes=100, max_unpacked_bytes=100)
    with pytest.raises(BadInput, match="more than 0"), open_feeds(folder(tmp_path), small):
        pass
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"not a zip")
    with pytest.raises(BadInput):
        read_gtfs(broken)
    with pytest.raises(BadInput, match="no such feed"):
        read_gtfs(tmp_path / "nowhere.zip")
