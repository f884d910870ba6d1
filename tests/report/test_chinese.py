"""What a Chinese reader sees holds no English sentence: every error raised, every finding of the policy cases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ipps_geo
from ipps_geo.compliance import CODES
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.naming import Names
from ipps_geo.report.words.wording import (
    evidence_lines,
    finding_sentence,
    missing_words,
    other_readings,
    reading_words,
    rule_title,
)
from tests.compliance.test_cases import CASES, _found

ROOT = Path(ipps_geo.__file__).parent
ZH = catalogue("zh")
# Names that are the same in every language: programs, formats, systems, and what is typed as it stands.
SAME = re.compile(
    r"ipps-geo check 文件 --table rosters|ipps-geo (ledger|partition|region)( \w+)?|plan、coverage、audit、partition"
    r"|zone of the longitude|dask (scheduler|worker)|tcp://|GeoParquet|\b(boundaries|bounds|capacity|centre|costs|share)\b"
    r"|ipps-geo|ledger:|docs/zh/operations|Dask|maplibre"
    r"|--sign-in \w+|to_file\(文件, workspace\)|assess-site|beijing-(draft|2022-154)|--[a-z-]+|objective='\w+'"
    r"|\[+\w+\]+|\w+_\w+|\.?\w*\.(txt|toml|xlsx?|csv|gpkg|geojson|parquet|png|svg|pdf)\b"
    r"|pip install \S+|apt-get install \S+|\{ from = day, value = ... \}"
    r"|\b(all|allowed|bicycle|budget|car|data_date|dated|false|from|geometry|limit|min|name|placed|planted|reached)\b"
    r"|\b(target|true|unknown|value|verified|walk|yes|zip)\b"
    r"|osmnx\.\w+|\b(FeatureCollection|GeoJSON|GraphML|Parquet|SQLite|Ctrl|Office|coordinates|dbf|geo|ignored|location)\b"
    r"|\b(osm|osmid|pbf|prj|repealed|roads|shp|shx|template|type|xlsb|[Ss]hapefile)\b"
    r"|gcj02|wgs84|bd09|cgcs2000|scipy|pyosmium|typst|OpenStreetMap|GeoPackage|Streamlit|Debian|Excel|Reach|Web"
    r"|python-docx|matplotlib|argon2-cffi|Authlib|httpx|psycopg|\b(Word|PMTiles|MBTiles|pmtiles|mbtiles|PostGIS|postgis)\b"
    r"|[Pp]ostgre(SQL|sql)|reach-km|\b(workspace|iss|sub|desk|city|unit|station|none|local|oidc)\b"
    r"|Noto Sans CJK SC|EPSG:nnnn|\b[0-9A-Z]{18}\b|\b[A-Z][A-Z0-9-]{1,}\b"
)


def english(text: str) -> list[str]:
    """Return the English words that are left in a Chinese sentence."""
    return re.findall(r"[A-Za-z]{3,}", SAME.sub("", text))


def test_every_error_is_told_in_chinese() -> None:
    """Every sentence of the catalogue of faults, whatever it is filled with."""
    told = {key: text for key, text in ZH.entries.items() if key.startswith("fault.")}
    assert len(told) > 500
    left = {key: english(re.sub(r"{.*?}", "7", text)) for key, text in told.items()}
    assert {key: words for key, words in left.items() if words} == {}


def test_every_finding_code_has_a_sentence_of_its_own() -> None:
    assert [code for code in CODES if not ZH.has(f"finding.{code}")] == []


@pytest.mark.slow
def test_every_finding_of_the_policy_cases_is_told_in_chinese() -> None:
    names = Names(ZH, {"BDA": "亦庄"}, {})
    left: dict[str, str] = {}
    for position in range(len(CASES)):
        for finding in _found(position).values():
            lines = [
                finding_sentence(ZH, finding, names),
                rule_title(ZH, finding.rule),
                missing_words(ZH, finding.missing),
                reading_words(ZH, finding.reading),
                other_readings(ZH, finding),
                *evidence_lines(ZH, finding, names),
            ]
            left.update((finding.code, line) for line in lines if english(line))
    assert left == {}
