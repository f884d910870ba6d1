"""One roster in every format that offices have: each gives the same table, and tells what its own kind can hide."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from ipps_geo.errors import IppsGeoError
from ipps_geo.intake import Limits, TableRead, read_table
from ipps_geo.workspace import load_workspace

DATA = Path(__file__).resolve().parents[1] / "data" / "intake"
HEADERS = ["工作站编号", "企业名称", "统一社会信用代码", "有明确需求"]
CODES = [
    "91110108XH0030009N",
    "91110108XH0030017H",
    "91110108XH0030025C",
    "91110108XH00300337",
    "91110108XH00300412",
    "91110108XH003005XR",
]
ROWS = [["WS01", f"北京市试点{n}号科技有限公司", code, "否" if n % 3 == 2 else "是"] for n, code in enumerate(CODES)]
NEEDS = ["no" if n % 3 == 2 else "yes" for n in range(len(CODES))]


def text(delimiter: str = ",") -> str:
    return "\n".join(delimiter.join(row) for row in [HEADERS, *ROWS]) + "\n"


def html(title: str = "") -> bytes:
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in [HEADERS, *ROWS])
    page = f'<html><head><meta charset="gb2312"></head><body>{title}<table>{cells}</table></body></html>'
    return page.encode("gbk")


def spreadsheet_xml() -> bytes:
    rows = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in row) + "</Row>"
        for row in [HEADERS, *ROWS]
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    sheet = f'<Worksheet ss:Name="名册"><Table>{rows}</Table></Worksheet>'
    book = f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}">{sheet}</Workbook>'
    return book.encode()


def console() -> bytes:
    lines = [" | ".join(f"{cell:12}" for cell in row) for row in [HEADERS, *ROWS]]
    return "\n".join([lines[0], "-------------+------+-----+----", *lines[1:], "(6 rows)"]).encode()


def boxed() -> bytes:
    rule = "+------+------+------+------+"
    lines = ["| " + " | ".join(row) + " |" for row in [HEADERS, *ROWS]]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule, "6 rows in set (0.00 sec)"]).encode()


def records() -> list[dict[str, str]]:
    return [dict(zip(HEADERS, row, strict=True)) for row in ROWS]


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


FORMATS: dict[str, Callable[[], bytes]] = {
    "名册.csv": lambda: text().encode("gbk"),
    "名册.txt": lambda: text("\t").encode(),
    "系统导出.xls": html,
    "另存.xls": spreadsheet_xml,
    "文本.xls": lambda: text("\t").encode("gbk"),
    "psql.txt": console,
    "mysql.txt": boxed,
    "list.json": lambda: json.dumps(records(), ensure_ascii=False).encode(),
    "wrapped.json": lambda: json.dumps({"code": 0, "data": records()}, ensure_ascii=False).encode(),
    "lines.jsonl": lambda: "\n".join(json.dumps(record, ensure_ascii=False) for record in records()).encode(),
    "名册.xlsx": lambda: workbook(名册=[HEADERS, *ROWS]),
    "名册.zip": lambda: packed({"材料/名册.xlsx": workbook(名册=[HEADERS, *ROWS]), "材料/说明.pdf": b"%PDF-1.7"}),
}


def read(path: Path, content: bytes | None = None, **arguments: Any) -> TableRead:
    if content is not None:
        path.write_bytes(content)
    return read_table(path, sandbox=False, accept_partial=True, **arguments)


def codes(found: TableRead) -> set[str]:
    return set(found.problems["code"])


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_roster_in_every_format(name: str, tmp_path: Path) -> None:
    found = read(tmp_path / name, FORMATS[name]())
    assert found.table == "rosters", found.problems
    assert found.frame["uscc"].tolist() == CODES
    assert found.frame["explicit_need"].tolist() == NEEDS
    assert set(found.frame["holder_id"]) == {"WS01"}
    assert not found.has_errors


@pytest.mark.parametrize("name", ["old_workbook.xls", "old_workbook.ods"])
def test_an_old_workbook_tells_its_errors_merged_cells_and_hidden_rows(name: str) -> None:
    found = read(DATA / name)
    assert found.frame["holder_id"].tolist() == ["WS01", "WS01", "WS02"]
    assert found.frame["listed_on"].dt.year.tolist()[:2] == [2024, 2024]
    told = found.problems.set_index("code")
    assert told.loc["cell_error", "row"] == 4
    assert told.loc["merged_filled", "value"] == "A2:A3"
    assert "hidden_rows" in codes(found)
    assert {part.name: part.reason for part in found.parts} == {"名册": "", "备用": "no_table"}


def test_a_chain_of_sectors_without_an_end_is_refused(tmp_path: Path) -> None:
    content = bytearray((DATA / "old_workbook.xls").read_bytes())
    table = 512 + int.from_bytes(content[76:80], "little") * 512
    content[table : table + 8] = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    assert codes(read(tmp_path / "x.xls", bytes(content))) == {"corrupt"}


def test_lines_of_a_console_keep_their_numbers(tmp_path: Path) -> None:
    broken = console().decode().replace(CODES[2], "91110108")
    found = read(tmp_path / "psql.txt", broken.encode())
    assert found.problems.set_index("code").loc["no_code", "row"] == 5


def test_sheets_of_one_form_are_one_table_and_every_problem_names_its_sheet(tmp_path: Path) -> None:
    other = ["工作站编号", "单位名称", "信用代码", "明确需求", "备注"]
    wrong = [[*ROWS[3], ""], ["WS02", "", CODES[4], "是", ""]]
    content = workbook(
        一季度=[HEADERS, *ROWS[:3]], 二季度=[["标题"], other, *wrong], 说明=[["填写说明"]], 统计=[["甲", 1]]
    )
    found = read(tmp_path / "两季.xlsx", content)
    assert found.frame["uscc"].tolist() == CODES[:4]
    assert found.row_sheets is not None
    assert found.row_sheets.tolist() == ["一季度"] * 3 + ["二季度"]
    assert found.numbers.tolist() == [2, 3, 4, 3]
    error = found.problems.set_index("code").loc["missing_value"]
    assert (error["sheet"], error["row"]) == ("二季度", 4)
    assert {part.name: part.reason for part in found.parts} == {
        "一季度": "",
        "二季度": "",
        "说明": "example",
        "统计": "no_table",
    }
    assert found.problems.set_index("code").loc["sheet_left_out", "value"] == "统计"


def test_one_code_on_two_sheets_is_seen_and_a_sheet_of_all_is_not_read_twice(tmp_path: Path) -> None:
    twice = workbook(甲=[HEADERS, *ROWS[:4]], 乙=[HEADERS, *ROWS[3:]])
    found = read(tmp_path / "重叠.xlsx", twice)
    assert len(found.frame) == 7
    assert "duplicate_uscc" in codes(found)
    summed = workbook(汇总=[HEADERS, *ROWS], 甲=[HEADERS, *ROWS[:3]], 乙=[HEADERS, *ROWS[3:]])
    found = read(tmp_path / "汇总.xlsx", summed)
    assert found.frame["uscc"].tolist() == CODES
    assert [part.name for part in found.parts if part.reason == "repeats"] == ["汇总"]
    assert "sheet_repeats" in codes(found)
    alone = read(tmp_path / "汇总.xlsx", sheet="汇总")
    assert alone.frame["uscc"].tolist() == CODES


def test_two_states_of_one_list_are_not_mixed_and_a_contradiction_is_told(tmp_path: Path) -> None:
    states = workbook(**{"2025年": [HEADERS, *ROWS[:5]], "2026年": [HEADERS, *ROWS[1:]]})
    found = read(tmp_path / "名册.xlsx", states)
    assert "sheets_overlap" in codes(found)
    assert [(question.kind, question.choices) for question in found.questions] == [("sheet", ("2025年", "2026年"))]
    assert read(tmp_path / "名册.xlsx", sheet="2026年").frame["uscc"].tolist() == CODES[1:]
    other = read(tmp_path / "WS09名册.xlsx", workbook(Sheet1=[HEADERS, *ROWS]))
    assert set(other.frame["holder_id"]) == {"WS01"}
    assert "holder_contradicts" in codes(other)


BARE = [row[1:] for row in [HEADERS, *ROWS]]


@pytest.mark.parametrize(
    ("name", "content", "holders"),
    [
        ("名册.xlsx", workbook(WS07=BARE), ["WS07"]),
        ("名册.xlsx", workbook(中关村软件园=BARE[:4], 丰台科技园=[BARE[0], *BARE[4:]]), ["中关村软件园", "丰台科技园"]),
        ("名册.xlsx", workbook(Sheet1=[["上地知识产权工作站服务企业名册（2026年）"], *BARE]), ["上地知识产权工作站"]),
        ("WS09名册.xlsx", workbook(Sheet1=BARE), ["WS09"]),
        (
            "附件.zip",
            packed({"WS01名册.csv": text().encode(), "WS02/名单.xlsx": workbook(Sheet1=BARE)}),
            ["WS01", "WS02"],
        ),
        (
            "名册.xlsx",
            workbook(Sheet1=[BARE[0], ["甲工作站", "", ""], *BARE[1:4], ["乙工作站", "", ""], *BARE[4:]]),
            ["甲工作站", "乙工作站"],
        ),
    ],
)
def test_whose_roster_it_is_stands_beside_the_rows(
    name: str, content: bytes, holders: list[str], tmp_path: Path
) -> None:
    found = read(tmp_path / name, content)
    assert list(dict.fromkeys(found.frame["holder_id"])) == holders
    assert not found.has_errors
    assert "holder_from" in codes(found)


def test_a_roster_that_names_no_station_is_asked_about_once(tmp_path: Path) -> None:
    found = read(tmp_path / "企业名册.xlsx", workbook(Sheet1=BARE))
    assert [(question.kind, question.needed) for question in found.questions] == [("station", True)]
    assert "holder_unknown" in codes(found)
    told = read(tmp_path / "企业名册.xlsx", station="上地工作站")
    assert set(told.frame["holder_id"]) == {"上地工作站"}
    assert not told.questions


def test_of_a_roster_of_several_stations_one_is_read_alone(tmp_path: Path) -> None:
    rows = [["WS01", *row[1:]] for row in ROWS[:4]] + [["WS02", *row[1:]] for row in ROWS[4:]]
    path = tmp_path / "名册.xlsx"
    found = read(path, workbook(名册=[HEADERS, *rows]), station="WS02")
    assert found.frame["uscc"].tolist() == CODES[4:]
    assert found.numbers.tolist() == [6, 7]
    assert "other_stations" in codes(found)
    refused = read(path, station="WS03")
    assert codes(refused) == {"station_not_there"}


def test_of_sheets_that_name_several_stations_one_is_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    found = read(path, workbook(WS01=BARE, WS02=BARE[:3]), station="WS02")
    assert found.frame["holder_id"].tolist() == ["WS02", "WS02"]
    assert "other_stations" in codes(found)
    elsewhere = read(path, station="上地工作站")
    assert set(elsewhere.frame["holder_id"]) == {"上地工作站"}
    assert "holder_replaced" in codes(elsewhere)


def test_of_headings_that_name_several_stations_one_is_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    rows = [BARE[0], ["甲工作站", "", ""], *BARE[1:4], ["乙工作站", "", ""], *BARE[4:6]]
    found = read(path, workbook(Sheet1=rows), station="乙工作站")
    assert found.frame["holder_id"].tolist() == ["乙工作站", "乙工作站"]
    assert "other_stations" in codes(found)
    assert codes(read(path, station="丙工作站")) == {"station_not_there"}


def test_a_broken_file_in_a_zip_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    files = {"WS01.xlsx": workbook(Sheet1=BARE), "WS02.xlsx": workbook(Sheet1=BARE)[:900], "照片.jpg": b"\xff\xd8\xff"}
    found = read(tmp_path / "名册.zip", packed(files))
    assert set(found.frame["holder_id"]) == {"WS01"}
    assert found.problems.set_index("code").loc["part_refused", "severity"] == "warning"
    assert {part.name: part.reason for part in found.parts}["WS02.xlsx"] == "corrupt"


def test_names_in_a_zip_of_windows_are_chinese(tmp_path: Path) -> None:
    path = tmp_path / "名册.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("x" * len("上地工作站名册.csv".encode("gbk")))
        archive.writestr(info, "\n".join(",".join(row) for row in BARE))
    path.write_bytes(path.read_bytes().replace(info.filename.encode(), "上地工作站名册.csv".encode("gbk")))
    found = read(path)
    assert set(found.frame["holder_id"]) == {"上地工作站"}


def placemarks() -> str:
    place = (
        "<Placemark><name>园区{n}</name><description><![CDATA[<b>某路{n}号</b>]]></description>"
        '<ExtendedData><Data name="所在区"><value>海淀区</value></Data></ExtendedData>'
        "<Point><coordinates>116.3{n},39.98,12</coordinates></Point></Placemark>"
    )
    inside = "".join(place.format(n=n) for n in range(4))
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>海淀</name>{inside}</Folder></Document></kml>'


@pytest.mark.parametrize("name", ["园区.kml", "园区.kmz", "园区.ovkml"])
def test_placemarks_are_carriers_with_their_names_and_places(name: str, tmp_path: Path) -> None:
    content = placemarks().encode()
    found = read(tmp_path / name, packed({"doc.kml": content}) if name.endswith("kmz") else content)
    assert found.table == "carriers"
    assert found.frame["name_zh"].tolist() == [f"园区{n}" for n in range(4)]
    assert found.frame.geometry.x.round(4).tolist() == [116.3, 116.31, 116.32, 116.33]
    assert {"heights_dropped", "id_provisional"} <= codes(found)


def test_an_entity_in_a_kml_is_refused(tmp_path: Path) -> None:
    hostile = '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + placemarks().replace("园区0", "&x;")
    assert codes(read(tmp_path / "x.kml", hostile.encode())) == {"xml_entities"}


@pytest.mark.parametrize(("driver", "suffix"), [("OpenFileGDB", ".gdb"), ("MapInfo File", ".tab")])
def test_layers_of_other_gis_are_read_packed(driver: str, suffix: str, tmp_path: Path) -> None:
    import pyogrio

    carriers = load_workspace().carriers[["carrier_id", "name_zh", "unit", "geometry"]].head(5)
    source = tmp_path / f"parks{suffix}"
    named = carriers.rename(columns={"carrier_id": "id", "name_zh": "name_zh"})
    pyogrio.write_dataframe(named.to_crs(4326), source, driver=driver, encoding="utf-8")
    files = sorted(source.iterdir()) if source.is_dir() else sorted(tmp_path.glob("parks.*"))
    inner = f"{source.name}/" if source.is_dir() else ""
    found = read(
        tmp_path / "园区.zip", packed({inner + file.name: file.read_bytes() for file in files}), table="carriers"
    )
    assert found.frame["carrier_id"].tolist() == carriers["carrier_id"].tolist()
    assert found.frame.geometry.geom_equals_exact(carriers.geometry.reset_index(drop=True), 1e-6).all()


def test_a_row_that_has_moved_is_told_from_one_that_is_short(tmp_path: Path) -> None:
    lines = text().splitlines()
    lines = [f"{line},备注" if place == 0 else f"{line},无" for place, line in enumerate(lines)]
    lines[3] = lines[3].rpartition(",")[0]
    lines[4] = lines[4].replace(",北京", "北京", 1)
    found = read(tmp_path / "短行.csv", "\n".join(lines).encode())
    told = found.problems.set_index("code")
    assert told.loc["short_row", "row"] == 4
    assert told.loc["ragged_row", "row"] == 5
    assert found.frame["uscc"].tolist() == [*CODES[:3], *CODES[4:]]


def test_a_refusal_names_the_nearest_table_what_is_missing_and_the_closest_headers(tmp_path: Path) -> None:
    rows = [
        ["I01", "甲工作站", "海淀区", "2021-03-05", "工作站", "1"],
        ["I02", "乙中心", "丰台区", "2021-03-05", "区中心", "2"],
    ]
    headers = ["机构编号", "机构名称", "所在区", "设立日期", "某某", "另一列"]
    path = tmp_path / "单位.csv"
    pd.DataFrame(rows, columns=headers).to_csv(path, index=False)
    found = read(path)
    assert codes(found) == {"table_nearest"}
    (question,) = found.questions
    assert (question.table, question.column) == ("institutions", "kind")
    assert set(question.choices) == {"某某", "另一列"}
    told = read(path, mapping={"某某": "kind"})
    assert told.frame["kind"].tolist() == ["workstation", "district_center"]


def test_parks_without_a_place_are_not_taken_for_enterprises(tmp_path: Path) -> None:
    rows = pd.DataFrame({"园区名称": ["甲园"], "所在区": ["海淀区"], "主导产业": ["生物医药"], "运营单位": ["某公司"]})
    path = tmp_path / "名单.csv"
    rows.to_csv(path, index=False)
    found = read(path)
    assert found.table == "carriers"
    assert "geometry_missing" in codes(found)


def test_a_limit_that_is_raised_lets_a_file_pass(tmp_path: Path) -> None:
    path = tmp_path / "名册.csv"
    path.write_text(text(), encoding="utf-8")
    assert codes(read(path, limits=Limits(max_rows=5))) >= {"too_many_rows"}
    assert len(read(path, limits=Limits(max_rows=5).raised(["max_rows=6"])).frame) == 6
    with pytest.raises(IppsGeoError):
        Limits().raised(["rows=6"])
