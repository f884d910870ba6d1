"""A feed drawn by hand, and the minutes that its timetable means.

    direction 0 of M1 (07:00, 07:20, 07:40, ... 08:40: six trips, every 20 min; mean wait 10)
        A ──10── B ──(stands 1)──5── C          A dep 0, B arr 10, B dep 11, C arr 16

    M2 repeats by frequencies.txt every 10 min (mean wait 5):   b2 ──7── D

B has two stops, b1 (of M1) and b2 (of M2), under the station B. The change there from M1 to M2 takes 2 minutes
(transfers.txt), from M2 to M1 the default 4. Stations lie some 10 km apart, so nobody walks between them.

    A to C:  wait 10 + ride 10 + (stand 1 + 5)               = 26
    A to D:  wait 10 + ride 10 + walk 2 + wait 5 + ride 7    = 34
"""

import datetime as dt
import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from ipps_geo.errors import BadInput
from ipps_geo.intake.limits import Limits
from ipps_geo.reach.gtfs import read_gtfs
from ipps_geo.reach.gtfs_files import read_feed
from ipps_geo.reach.transit import transit_reach

SUNDAY, MONDAY = dt.date(2026, 3, 1), dt.date(2026, 3, 2)


def clock(minutes):
    return f"{minutes // 60:02d}:{minutes % 60:02d}:00"


def feed(**changed):
    """Return the files of the drawn feed; a changed one replaces its file, None leaves it out."""
    starts = range(420, 540, 20)
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


def between(network):
    return pd.DataFrame(network.between_min, list(network.stations), list(network.stations))


def test_minutes_are_those_of_the_docstring(tmp_path):
    network = read_gtfs(
        folder(tmp_path, transfers="from_stop_id,to_stop_id,transfer_type,min_transfer_time\nb1,b2,2,120\n")
    )
    minutes = between(network)
    assert set(network.stations) == set("ABCD")
    assert minutes.loc["A", "C"] == pytest.approx(10 + 10 + 1 + 5)
    assert minutes.loc["A", "D"] == pytest.approx(10 + 10 + 2 + 5 + 7)
    assert minutes.loc["B", "D"] == pytest.approx(5 + 7)
    assert minutes.loc["C", "A"] == pytest.approx(60 + 5 + 11), "one trip in two hours: half of 120 minutes"
    assert np.isinf(minutes.loc["D", "A"]), "line 2 has no way back"
    assert set(network.platform_line) == {"1号线", "2号线"}
    assert network.as_of == "2026-03-02 07:00-09:00", "the busiest day of the first weeks is the first Monday"


def test_door_to_door_adds_the_walks(tmp_path):
    network = read_gtfs(folder(tmp_path))
    place = dict(zip(network.stations, network.station_xy, strict=True))
    reach = transit_reach(network, [place["A"] + [0, 400]], [place["D"] - [0, 800]], 60)
    assert reach.pairs.toarray()[0, 0] == pytest.approx(400 * 1.3 / 80 + 34 + 800 * 1.3 / 80)
    assert reach.as_of == network.as_of


def test_zip_and_folder_and_a_folder_inside_a_zip_are_one(tmp_path):
    inside = tmp_path / "plain"
    inside.mkdir()
    expected = between(read_gtfs(folder(inside)))
    for prefix in ("", "feed/"):
        archive = tmp_path / f"feed{len(prefix)}.zip"
        with zipfile.ZipFile(archive, "w") as made:
            for name, text in feed().items():
                made.writestr(prefix + name, "\ufeff" + text)
        pd.testing.assert_frame_equal(between(read_gtfs(archive)), expected)


def test_day_and_window_choose_what_runs(tmp_path):
    path = folder(tmp_path)
    sunday = between(read_gtfs(path, day=SUNDAY))
    assert sunday.loc["A", "C"] == pytest.approx(60 + 16), "one Sunday trip in the window"
    assert "D" not in sunday.columns
    late = between(read_gtfs(path, day=MONDAY, window=("08:00:00", "09:00:00")))
    assert late.loc["A", "B"] == pytest.approx(10 + 10)
    with pytest.raises(BadInput, match="nothing runs"):
        read_gtfs(path, day=dt.date(2027, 5, 1))


def test_exceptions_of_the_calendar_count(tmp_path):
    extra = "service_id,date,exception_type\nweek,20260301,1\nsunday,20260301,2\n"
    path = folder(tmp_path, calendar_dates=extra)
    assert between(read_gtfs(path, day=SUNDAY)).loc["A", "C"] == pytest.approx(26)


def test_without_directions_the_ends_of_a_trip_tell_them(tmp_path):
    trips = "\n".join(line.rsplit(",", 1)[0] for line in feed()["trips.txt"].splitlines())
    assert between(read_gtfs(folder(tmp_path, trips=trips))).loc["A", "C"] == pytest.approx(26)


def test_stops_without_times_share_the_way_evenly(tmp_path):
    times = feed()["stop_times.txt"]
    for start in range(420, 540, 20):
        times = times.replace(f"m1-{start},b1,2,{clock(start + 10)},{clock(start + 11)}", f"m1-{start},b1,2,,")
    minutes = between(read_gtfs(folder(tmp_path, stop_times=times)))
    assert minutes.loc["A", "B"] == pytest.approx(10 + 8)


def test_a_trip_without_a_time_at_its_end_is_named(tmp_path):
    times = feed()["stop_times.txt"].replace("back,a,3,08:16:00,08:16:00", "back,a,3,,")
    with pytest.raises(BadInput, match="trip back has no time"):
        read_gtfs(folder(tmp_path, stop_times=times))


def test_a_forbidden_change_is_none(tmp_path):
    path = folder(tmp_path, transfers="from_stop_id,to_stop_id,transfer_type\nb1,b2,3\n")
    assert np.isinf(between(read_gtfs(path)).loc["A", "D"])


def test_stations_close_by_are_joined_on_foot(tmp_path):
    """D moves 200 m north of A: from there one walks over and takes line 1."""
    stops = feed()["stops.txt"].replace("d,D,116.42,40.0", "d,D,116.3,39.9018")
    near = between(read_gtfs(folder(tmp_path, stops=stops)))
    # Boarding at D itself is as bad as waiting out the window: line 2 ends there.
    assert near.loc["B", "D"] == pytest.approx(5 + 7)
    assert near.loc["D", "C"] == pytest.approx(120 + 200 * 1.3 / 80 + 10 + 16, abs=0.1)
    apart = between(read_gtfs(folder(tmp_path, stops=stops), walk_m=100))
    assert np.isinf(apart.loc["D", "C"])


@pytest.mark.parametrize(
    ("changed", "where", "message"),
    [
        ({"stops": None}, "", "no stops.txt"),
        ({"calendar": None}, "", "neither calendar"),
        ({"trips": "trip_id,route_id\nm2,M2\n"}, "trips.txt", "no column service_id"),
        ({"frequencies": "trip_id,start_time,end_time,headway_secs\nm2,5 am,23:00:00,600\n"},
         "frequencies.txt: start_time", "'5 am' is not a time"),
        ({"frequencies": "trip_id,start_time,end_time,headway_secs\nm2,05:00:00,23:00:00,0\n"},
         "frequencies.txt: headway_secs", "0 seconds"),
        ({"transfers": "from_stop_id,to_stop_id\nb1,zz\n"}, "transfers.txt: to_stop_id", "stop zz"),
        ({"stops": "stop_id,stop_name,stop_lon,stop_lat\na,A,116.3,39.9\n"}, "stop_times.txt: stop_id", "stop b1"),
    ],
)  # fmt: skip
def test_a_fault_names_its_file_and_column(tmp_path, changed, where, message):
    with pytest.raises(BadInput, match=message) as raised:
        read_gtfs(folder(tmp_path, **changed))
    assert raised.value.where.endswith(where)


def test_a_place_that_is_none_is_named(tmp_path):
    stops = feed()["stops.txt"].replace("c,C,116.54", "c,C,east")
    with pytest.raises(BadInput, match="stop c has no place") as raised:
        read_gtfs(folder(tmp_path, stops=stops))
    assert raised.value.where.endswith("stops.txt: stop_lon")


def test_feeds_that_are_unsafe_or_too_large_are_refused(tmp_path):
    outside = tmp_path / "outside.zip"
    with zipfile.ZipFile(outside, "w") as made:
        made.writestr("../stops.txt", "stop_id\na\n")
    with pytest.raises(BadInput):
        read_feed(outside)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("stops.txt", "stop_id\n" + "0" * 20_000_000)
    with pytest.raises(BadInput):
        read_feed(bomb)
    small = Limits(max_file_bytes=100, max_unpacked_bytes=100)
    with pytest.raises(BadInput, match="more than 0"):
        read_feed(folder(tmp_path), small)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(io.BytesIO(b"not a zip").read())
    with pytest.raises(BadInput):
        read_feed(broken)
