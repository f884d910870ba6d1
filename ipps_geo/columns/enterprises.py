"""Tables of who may be served: enterprises, and the lists of key industries."""

from __future__ import annotations

from ipps_geo import vocabulary as v
from ipps_geo.columns.description import DATA_CLASS, SOURCE, SOURCE_KIND, USCC_SYNONYMS, Column, answer, table

ENTERPRISES = table(
    "enterprises",
    "企业",
    "enterprises that may be served: one row per registered unit, branches name their parent",
    Column("enterprise_id", "code", "企业编号", "id", ("编号", "企业编码", "id"), required=True, unique=True),
    Column("uscc", "code", "统一社会信用代码", "Unified Social Credit Code, GB 32100-2015", USCC_SYNONYMS[1:]),
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
    answer(
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
        ("所在区", "区", "区县", "所在区县", "所属区", "单元代码", "adcode"),
    ),
    Column("address", "text", "地址", "operating address", ("经营地址", "注册地址", "住所")),
    SOURCE,
    DATA_CLASS,
    key=("enterprise_id",),
    geometry="point",
)

KEY_INDUSTRIES = table(
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
    SOURCE,
    SOURCE_KIND,
)
