"""The columns of every table: name, kind of value, Chinese header, synonyms, meaning.

One description serves intake (recognising headers), workspace (schemas), templates, and the documents. Geometry is
EPSG:4490 (CGCS2000, longitude first); dates are calendar days; a blank answer is unknown.

>>> TABLES["rosters"].columns["uscc"].zh
'统一社会信用代码'
>>> TABLES["rosters"].required
('holder_id', 'name')
"""

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


_DERIVED = frozenset({"carrier_id", "enterprise_id", "institution_id", "holder_id"})


def _table(
    name: str,
    zh: str,
    meaning: str,
    *columns: Column,
    key: tuple[str, ...] = (),
    geometry: GeometryKind | None = None,
    geometry_required: bool = False,
    optional: bool = False,
) -> Table:
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
            if column.required and column.name in _DERIVED and (column.unique or column.name == "holder_id")
        ),
    )


def _answer(name: str, zh: str, meaning: str, *synonyms: str) -> Column:
    return Column(name, "choice", zh, meaning, synonyms, choices=v.Answer, default="unknown")


_SIGNED_ON = Column("agreement_signed_on", "date", "协议签署日期", "day of signature", ("签署日期", "签约日期"))
_ROSTER_FILED = _answer(
    "roster_filed", "已提交名册", "a roster was filed; yes without a row is an empty one", "名册已提交", "是否提交名册"
)
_USCC_SYNONYMS = ("统一社会信用代码", "信用代码", "社会信用代码", "统一信用代码", "USCC", "credit_code", "机构代码")
_SOURCE = Column("source", "text", "来源", "where the row comes from", ("数据来源", "出处"))
_SOURCE_KIND = Column("source_kind", "text", "来源类型", "official, press, mirror, general knowledge, generated")
_DATA_CLASS = Column(
    "data_class",
    "choice",
    "数据性质",
    "observed, derived, stand-in or synthetic",
    choices=v.DataClass,
    default="observed",
)
_PRECISION = Column("position_precision_m", "number", "位置精度（米）", "how far off the position may be", minimum=0)

# What Art. 7 asks of the unit that undertakes a workstation: the same facts for a carrier's operator, an applicant and
# an established institution.
_UNDERTAKING = (
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
    _answer("has_premises", "有服务场地", "premises fit for public service", "场地"),
    _answer("has_phone", "有固定对外服务电话", "a fixed public phone", "固定电话"),
    _answer("has_tools", "有信息传播应用工具", "information tools", "信息工具"),
    _answer("has_service_base", "有服务基础或资源", "service base, resources, capability, Art. 7(3)", "服务基础"),
)

SERVICE_UNITS = _table(
    "service_units",
    "服务单元",
    "16 districts and the functional areas that have a centre of their own",
    Column(
        "code",
        "code",
        "单元代码",
        "GB/T 2260 code or an internal id",
        ("代码", "区划代码", "adcode"),
        required=True,
        unique=True,
    ),
    Column("name_zh", "text", "名称", "Chinese name", ("单元名称", "区名称", "区"), required=True),
    Column("name_en", "text", "英文名称", "English name"),
    Column("kind", "choice", "单元类型", "district or functional area", required=True, choices=v.UnitKind),
    Column("precedence", "integer", "优先级", "where units overlap, the higher one takes the place", required=True),
    Column("requires_center", "boolean", "应设区中心", "Art. 4 asks for a centre here", default=True),
    Column(
        "part_of",
        "code",
        "上级单元",
        "unit, by code, that this one is part of: what stands here counts there",
        ("所属单元", "上级区", "上级单元代码"),
    ),
    Column("precision_m", "number", "边界精度（米）", "how far off the boundary may be", minimum=0),
    _SOURCE,
    _SOURCE_KIND,
    _DATA_CLASS,
    key=("code",),
    geometry="polygon",
    geometry_required=True,
)

CARRIERS = _table(
    "carriers",
    "创新创业载体",
    "innovation carriers: hosts of workstations and candidates for new ones",
    Column("carrier_id", "code", "载体编号", "id", ("编号", "id"), required=True, unique=True),
    Column("name_zh", "text", "载体名称", "Chinese name", ("名称", "园区名称"), required=True),
    Column("name_en", "text", "英文名称", "English name"),
    Column(
        "unit",
        "code",
        "服务单元",
        "service unit, by code",
        ("所在区", "区", "区县", "所在区县", "所属区", "单元代码", "adcode"),
    ),
    Column("parent_id", "code", "上级载体编号", "the park this carrier lies in"),
    Column("candidate", "boolean", "可作候选", "may be proposed as a site", default=True),
    Column("focus_industries", "codes", "主导产业", "industry tags of the carrier"),
    Column("annual_cost", "number", "年成本（万元）", "yearly cost of a station here, 10,000 yuan", minimum=0),
    Column("capacity", "integer", "可服务企业数上限", "most enterprises a station here can serve", minimum=0),
    *_UNDERTAKING,
    _PRECISION,
    Column("position_basis", "text", "位置依据", "how the position was found"),
    _SOURCE,
    _SOURCE_KIND,
    _DATA_CLASS,
    key=("carrier_id",),
    geometry="point",
    geometry_required=True,
)

ENTERPRISES = _table(
    "enterprises",
    "企业",
    "enterprises that may be served: one row per registered unit, branches name their parent",
    Column("enterprise_id", "code", "企业编号", "id", ("编号", "企业编码", "id"), required=True, unique=True),
    Column("uscc", "code", "统一社会信用代码", "Unified Social Credit Code, GB 32100-2015", _USCC_SYNONYMS[1:]),
    Column(
        "name",
        "text",
        "企业名称",
        "registered name",
        ("名称", "单位名称", "企业名", "企业全称", "公司名称"),
        required=True,
    ),
    Column("former_names", "names", "曾用名", "former names"),
    Column("parent_uscc", "code", "总公司统一社会信用代码", "of the parent, for a branch", ("总公司信用代码",)),
    Column("legal_form", "choice", "法人形式", "legal form", ("单位性质",), choices=v.LegalForm),
    Column("industry_codes", "codes", "行业代码", "GB/T 4754-2017 classes", ("国民经济行业代码", "行业")),
    Column("sme_class", "choice", "企业规模", "size class", ("规模",), choices=v.SmeClass),
    _answer(
        "explicit_need",
        "有明确需求",
        "explicit need for IP public service",
        "明确需求",
        "是否有明确需求",
        "知识产权需求",
    ),
    Column("need_evidence", "text", "需求依据", "questionnaire, request letter, service record"),
    Column("need_date", "date", "需求日期", "day of the evidence"),
    Column(
        "unit",
        "code",
        "服务单元",
        "declared service unit, by code",
        ("所在区", "区", "区县", "所在区县", "所属区", "单元代码"),
    ),
    Column("address", "text", "地址", "operating address", ("经营地址", "注册地址", "住所")),
    _SOURCE,
    _DATA_CLASS,
    key=("enterprise_id",),
    geometry="point",
)

INSTITUTIONS = _table(
    "institutions",
    "公共服务机构",
    "institutions of Art. 2, established, revoked or older than the Measure",
    Column("institution_id", "code", "机构编号", "id", ("编号", "id"), required=True, unique=True),
    Column("kind", "choice", "机构类型", "kind, Art. 2", ("类型", "类别"), required=True, choices=v.InstitutionKind),
    Column("name", "text", "机构名称", "name", ("名称",), required=True),
    Column(
        "unit",
        "code",
        "服务单元",
        "service unit, by code; blank for a city-wide one",
        ("所在区", "区", "区县", "所在区县", "所属区", "单元代码"),
    ),
    Column("carrier_id", "code", "载体编号", "host carrier"),
    *_UNDERTAKING,
    Column("established_on", "date", "设立日期", "day of the decision to establish", ("设立时间", "认定日期")),
    Column(
        "revoked_on",
        "date",
        "撤销日期",
        "day of the decision to revoke; from that day it no longer counts",
        ("撤销时间",),
    ),
    _answer("is_revoked", "已撤销", "revoked; says so where the day is not known", "是否撤销", "是否已撤销"),
    Column(
        "revocation_ground",
        "choices",
        "撤销原因",
        "ground, Art. 9; several joined by ;",
        ("撤销事由", "撤销情形"),
        choices=v.RevocationGround,
    ),
    Column("revocation_notified_on", "date", "撤销书面通知日期", "day of the written notice, Art. 9"),
    _answer("suspended", "暂停服务", "suspended: it counts until the day of its revocation", "是否暂停", "停摆"),
    _answer("legacy", "早于本办法设立", "established before the Measure took effect"),
    Column("agreement_parties", "choices", "共建协议签署方", "signatories, Art. 4", choices=v.Party),
    Column("agreement_district", "code", "签署区", "unit of the district authority that signed"),
    _SIGNED_ON,
    _ROSTER_FILED,
    _answer("has_duty_document", "有区域服务职责文件", "document of its regional duty, Art. 6(1)"),
    _answer("has_coordination_plan", "有统筹与平台建设方案", "plan to coordinate and build a platform, Art. 6(2)"),
    _answer("has_key_service_list", "有重点服务企业名录", "key service list, Art. 13(2)"),
    Column("service_data_until", "date", "服务数据截止日期", "last day covered by reported service data, Art. 18"),
    _answer("online_service", "提供线上服务", "offers online service"),
    Column(
        "fees",
        "choice",
        "收费情况",
        "what it charges: free, low cost (Art. 14), for profit (Art. 20), unknown",
        ("收费", "是否收费", "收费方式"),
        choices=v.Fees,
        default="unknown",
    ),
    _PRECISION,
    Column("position_basis", "text", "位置依据", "how the position was found"),
    _SOURCE,
    _SOURCE_KIND,
    _DATA_CLASS,
    key=("institution_id",),
    geometry="point",
)

ROSTERS = _table(
    "rosters",
    "服务企业名册",
    "who serves whom: one row per enterprise on the roster of an institution or of an application",
    Column(
        "holder_id",
        "code",
        "机构编号",
        "institution or application that holds the roster",
        ("工作站编号", "申请编号"),
        required=True,
    ),
    Column("enterprise_id", "code", "企业编号", "row of the enterprise table, where known"),
    Column("uscc", "code", "统一社会信用代码", "credit code", _USCC_SYNONYMS[1:]),
    Column(
        "name",
        "text",
        "企业名称",
        "name as filed",
        ("名称", "单位名称", "企业名", "企业全称", "公司名称"),
        required=True,
    ),
    Column("parent_uscc", "code", "总公司统一社会信用代码", "of the parent, for a branch", ("总公司信用代码",)),
    Column("industry_codes", "codes", "行业代码", "GB/T 4754-2017 classes as filed", ("国民经济行业代码", "行业")),
    Column("legal_form", "choice", "法人形式", "legal form as filed", ("单位性质",), choices=v.LegalForm),
    _answer("explicit_need", "有明确需求", "explicit need as filed", "明确需求", "是否有明确需求", "知识产权需求"),
    Column("need_evidence", "text", "需求依据", "questionnaire, request letter, service record"),
    Column("need_date", "date", "需求日期", "day of the evidence"),
    Column("listed_on", "date", "列入日期", "day from which it is served; blank = since establishment"),
    Column("delisted_on", "date", "移出日期", "day from which it is no longer served"),
    _answer("key_service", "重点服务企业", "on the key service list, Art. 13(2)"),
    _DATA_CLASS,
)

APPLICATIONS = _table(
    "applications",
    "申请",
    "applications for establishment, change and revocation, with the dates of their steps",
    Column("application_id", "code", "申请编号", "id", ("编号", "id"), required=True, unique=True),
    Column("kind", "choice", "申请类型", "what is asked for", required=True, choices=v.ApplicationKind),
    Column("institution_kind", "choice", "机构类型", "kind of institution", required=True, choices=v.InstitutionKind),
    Column("institution_id", "code", "机构编号", "institution that results or is affected"),
    Column("name", "text", "拟设机构名称", "name proposed"),
    Column(
        "unit", "code", "服务单元", "service unit, by code", ("所在区", "区", "区县", "所在区县", "所属区", "单元代码")
    ),
    Column("carrier_id", "code", "载体编号", "host carrier"),
    *_UNDERTAKING,
    Column("route", "choice", "申请途径", "through the district or direct", choices=v.Route),
    Column("applied_on", "date", "申请日期", "day of the application", ("申请时间",)),
    Column(
        "application_form",
        "choice",
        "申请形式",
        "written, oral, or known to be unknown; blank = nobody recorded it",
        ("申请方式", "是否书面申请"),
        choices=v.ApplicationForm,
    ),
    _answer("district_inspected", "区已考察", "the district inspected; says so where the day is not known"),
    Column("inspected_on", "date", "区考察日期", "day of the district's inspection"),
    _answer("district_recommended", "区已推荐", "the district recommended; says so where the day is not known"),
    Column("recommended_on", "date", "区推荐日期", "day of the district's recommendation"),
    Column("decided_on", "date", "决定日期", "day of the city centre's decision"),
    Column("decision", "choice", "决定", "outcome", choices=v.Decision, default="pending"),
    _answer("was_filed", "已备案", "filed with the municipal office; says so where the day is not known", "是否备案"),
    Column("filed_on", "date", "备案日期", "day of filing with the municipal office"),
    Column("planned_on", "date", "拟撤销日期", "planned day of revocation, Art. 9"),
    _answer("was_inspected", "已考察", "the city centre inspected, Art. 5"),
    _answer("was_argued", "已论证", "the city centre had it argued, Art. 5"),
    _answer("was_evaluated", "已综合评价", "the city centre evaluated it, Art. 5"),
    Column(
        "ground",
        "choices",
        "撤销原因",
        "ground of a revocation, Art. 9; several joined by ;",
        ("撤销事由", "撤销情形"),
        choices=v.RevocationGround,
    ),
    Column("change_items", "names", "变更事项", "what changes: name, undertaking unit, form, address"),
    Column("agreement_parties", "choices", "共建协议签署方", "signatories, Art. 4", choices=v.Party),
    Column("agreement_district", "code", "签署区", "unit of the district authority that signed"),
    _SIGNED_ON,
    _ROSTER_FILED,
    _answer("has_duty_document", "有区域服务职责文件", "document of its regional duty, Art. 6(1)"),
    _answer("has_coordination_plan", "有统筹与平台建设方案", "plan to coordinate and build a platform, Art. 6(2)"),
    _DATA_CLASS,
    key=("application_id",),
    geometry="point",
)

KEY_INDUSTRIES = _table(
    "key_industries",
    "重点产业",
    "versioned lists of key industries against GB/T 4754-2017 codes",
    Column("list_id", "code", "名录编号", "id of the list", required=True),
    Column("list_name", "text", "名录名称", "name of the list"),
    Column("year", "integer", "年份", "year of the list"),
    Column("scope", "code", "适用范围", "city, or the code of a service unit", default="city"),
    Column("industry", "text", "产业", "industry tag", required=True),
    Column("industry_zh", "text", "产业名称", "Chinese name of the industry"),
    Column("code", "code", "行业代码", "section, division, group or class of GB/T 4754-2017", ("gbt4754_2017_code",)),
    Column(
        "partial",
        "boolean",
        "部分对应",
        "only part of the code belongs to the industry: needs judgement",
        default=False,
    ),
    Column("confidence", "text", "可信度", "high, medium or low"),
    Column("mapping_basis", "text", "对应依据", "who mapped the code, and how"),
    Column("valid_from", "date", "生效日期", "first day"),
    Column("valid_to", "date", "失效日期", "day from which it no longer holds"),
    _SOURCE,
    _SOURCE_KIND,
)

EVALUATIONS = _table(
    "evaluations",
    "绩效评价",
    "yearly performance evaluations, Art. 19, and their second round after rectification, Art. 9",
    Column("institution_id", "code", "机构编号", "institution", required=True),
    Column("year", "integer", "评价年度", "evaluation year", ("年度",), required=True),
    Column("round", "integer", "轮次", "1, or 2 after rectification", required=True, minimum=1, maximum=2),
    Column(
        "result",
        "choice",
        "评价结果",
        "result; blank or unknown: the round was held, its result is not known",
        choices=v.EvaluationResult,
        default="unknown",
    ),
    Column("evaluated_on", "date", "评价日期", "day"),
    _answer("rectified", "已整改", "rectification was done after the first round", "是否整改"),
    Column("rectified_on", "date", "整改完成日期", "day on which rectification was finished"),
    Column("indicator_version", "code", "指标版本", "version of the indicators"),
    _DATA_CLASS,
    key=("institution_id", "year", "round"),
    optional=True,
)

STAFF = _table(
    "staff",
    "人员",
    "staff under an anonymous id; no names, no phones",
    Column("person_id", "code", "人员编号", "anonymous id", required=True),
    Column("institution_id", "code", "机构编号", "institution or application", required=True),
    Column("mode", "choice", "专职或兼职", "full-time or part-time", required=True, choices=v.StaffMode),
    _answer("qualified", "具有相关专业知识及经验", "relevant knowledge and experience"),
    Column("qualifications", "text", "资质", "what is known of it"),
    Column("from_date", "date", "起始日期", "first day"),
    Column("to_date", "date", "终止日期", "day from which no longer"),
    _DATA_CLASS,
    optional=True,
)

CONDUCT = _table(
    "conduct",
    "行为认定",
    "findings of profit-making or illegal activity, Art. 9 and 20",
    Column("institution_id", "code", "机构编号", "institution", required=True),
    Column("kind", "choice", "行为类型", "kind", required=True, choices=v.ConductKind),
    _answer("in_institution_name", "以公共服务机构名义", "done in the institution's name"),
    Column("found_on", "date", "认定日期", "day of the finding", required=True),
    Column("document", "text", "认定文书", "reference of the finding"),
    _DATA_CLASS,
    optional=True,
)

TABLES: MappingProxyType[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            SERVICE_UNITS,
            CARRIERS,
            ENTERPRISES,
            INSTITUTIONS,
            ROSTERS,
            APPLICATIONS,
            KEY_INDUSTRIES,
            EVALUATIONS,
            STAFF,
            CONDUCT,
        )
    }
)
"""Every table by name, in the order of loading; the last three are optional."""
