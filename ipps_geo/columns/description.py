"""How a table is described: its columns, and the columns that several tables share."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from ipps_geo import vocabulary as v

Kind = Literal[
    "text", "code", "integer", "number", "boolean", "date", "choice", "choices", "codes", "names", "geometry"
]
"""``code`` is an identifier kept as text (leading zeros count); ``choices``, ``codes``, ``names``: lists with ``;``."""

GeometryKind = Literal["point", "polygon"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    ``required``: the column must exist and every row must hold a value. ``default`` fills an absent or blank cell.
    """

    name: str
    kind: Kind
    zh: str
    meaning: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    unique: bool = False
    choices: type[StrEnum] | None = None
    default: str | int | bool | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Table:
    """One table of a workspace: its columns in order, its key, and the kind of its geometry if it has one."""

    name: str
    zh: str
    meaning: str
    columns: MappingProxyType[str, Column]
    key: tuple[str, ...] = ()
    geometry: GeometryKind | None = None
    geometry_required: bool = False
    optional: bool = False
    required: tuple[str, ...] = field(default=())
    derived: tuple[str, ...] = field(default=())
    """Required columns that a file may leave out: reading it finds them, or asks for them."""


DERIVED = frozenset({"carrier_id", "enterprise_id", "institution_id", "holder_id"})


def table(
    name: str,
    zh: str,
    meaning: str,
    *columns: Column,
    key: tuple[str, ...] = (),
    geometry: GeometryKind | None = None,
    geometry_required: bool = False,
    optional: bool = False,
) -> Table:
    """Return a table described by its columns in order; one with a place has ``geometry`` as its last column."""
    described = {column.name: column for column in columns}
    if geometry is not None:
        described["geometry"] = Column(
            "geometry", "geometry", "几何", f"{geometry}, EPSG:4490", ("geom", "wkt", "WKT"), required=geometry_required
        )
    return Table(
        name,
        zh,
        meaning,
        MappingProxyType(described),
        key,
        geometry,
        geometry_required,
        optional,
        tuple(column.name for column in columns if column.required),
        tuple(
            column.name
            for column in columns
            if column.required and column.name in DERIVED and (column.unique or column.name == "holder_id")
        ),
    )


def answer(name: str, zh: str, meaning: str, *synonyms: str) -> Column:
    """Return a column of yes, no or unknown; blank is unknown."""
    return Column(name, "choice", zh, meaning, synonyms, choices=v.Answer, default="unknown")


SIGNED_ON = Column("agreement_signed_on", "date", "协议签署日期", "day of signature", ("签署日期", "签约日期"))
ROSTER_FILED = answer(
    "roster_filed", "已提交名册", "a roster was filed; yes without a row is an empty one", "名册已提交", "是否提交名册"
)
USCC_SYNONYMS = ("统一社会信用代码", "信用代码", "社会信用代码", "统一信用代码", "USCC", "credit_code", "机构代码")
SOURCE = Column("source", "text", "来源", "where the row comes from", ("数据来源", "出处"))
SOURCE_KIND = Column("source_kind", "text", "来源类型", "official, press, mirror, general knowledge, generated")
DATA_CLASS = Column(
    "data_class",
    "choice",
    "数据性质",
    "observed, derived, stand-in or synthetic",
    choices=v.DataClass,
    default="observed",
)
PRECISION = Column("position_precision_m", "number", "位置精度（米）", "how far off the position may be", minimum=0)

# What Art. 7 asks of the unit that undertakes a workstation: the same facts for a carrier's operator, an applicant and
# an established institution.
UNDERTAKING = (
    Column(
        "host_type", "choice", "载体类型", "kind of applicant, Art. 7(1)", ("主体类型", "载体类别"), choices=v.HostType
    ),
    Column("org_level", "choice", "行业组织级别", "level of an industry organisation", ("级别",), choices=v.OrgLevel),
    Column(
        "undertaking_name",
        "text",
        "职责承担单位",
        "unit that undertakes the duties",
        ("承担单位", "运营单位", "申请单位"),
    ),
    Column(
        "undertaking_uscc",
        "code",
        "职责承担单位统一社会信用代码",
        "its credit code",
        ("承担单位信用代码", "运营单位信用代码"),
    ),
    Column(
        "legal_form", "choice", "法人形式", "legal form of the undertaking unit", ("单位性质",), choices=v.LegalForm
    ),
    Column("undertaking_founded_on", "date", "成立日期", "day the undertaking unit was founded", ("成立时间",)),
    Column("operating_since", "date", "运行起始日期", "day from which it operates", ("运行日期", "运营起始日期")),
    Column(
        "full_time_staff",
        "integer",
        "专职人员数",
        "qualified full-time staff; blank = unknown",
        ("专职人数",),
        minimum=0,
    ),
    Column(
        "part_time_staff",
        "integer",
        "兼职人员数",
        "qualified part-time staff; blank = unknown",
        ("兼职人数",),
        minimum=0,
    ),
    answer("has_premises", "有服务场地", "premises fit for public service", "场地"),
    answer("has_phone", "有固定对外服务电话", "a fixed public phone", "固定电话"),
    answer("has_tools", "有信息传播应用工具", "information tools", "信息工具"),
    answer("has_service_base", "有服务基础或资源", "service base, resources, capability, Art. 7(3)", "服务基础"),
)
