"""The words of the Measure as enumerations: one identifier for each term of the glossary.

Values are the stable codes that tables, files and JSON carry. Chinese and English labels for people live in
``report/words/locales``; the Chinese terms below are only what intake needs to recognise them in a spreadsheet.

>>> InstitutionKind.WORKSTATION.value
'workstation'
>>> recognise(HostType, "孵化器")
<HostType.INCUBATOR: 'incubator'>
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar


class UnitKind(StrEnum):
    """A service unit is an administrative district (区) or a functional area with a centre of its own (功能区)."""

    DISTRICT = "district"
    FUNCTIONAL_AREA = "functional_area"


class InstitutionKind(StrEnum):
    """Kinds of Art. 2. Articles 4-9 apply to district centres and workstations alone (Art. 10)."""

    CITY_CENTER = "city_center"
    DISTRICT_CENTER = "district_center"
    WORKSTATION = "workstation"
    TRADEMARK_BRAND_GUIDANCE_STATION = "trademark_brand_guidance_station"
    COPYRIGHT_WORKSTATION = "copyright_workstation"
    IP_INFORMATION_OUTLET = "ip_information_outlet"
    TRADEMARK_ACCEPTANCE_WINDOW = "trademark_acceptance_window"
    OTHER = "other"


class HostType(StrEnum):
    """Who may apply for a workstation (Art. 7(1)); ``OTHER`` stands for the list's closing 等 and needs judgement."""

    SPECIALISED_PARK = "specialised_park"
    DEVELOPMENT_ZONE = "development_zone"
    INDUSTRIAL_CLUSTER = "industrial_cluster"
    INCUBATOR = "incubator"
    MAKERSPACE = "makerspace"
    SME_DEMO_PLATFORM = "sme_demo_platform"
    UNIVERSITY_SCIENCE_PARK = "university_science_park"
    OTHER_INNOVATION_SERVICE = "other_innovation_service"
    INDUSTRY_ORGANIZATION = "industry_organization"
    OTHER = "other"


class OrgLevel(StrEnum):
    """Level of an industry organisation; 市级以上 includes the municipal level."""

    NATIONAL = "national"
    MUNICIPAL = "municipal"
    DISTRICT = "district"


class LegalForm(StrEnum):
    """Legal form of an undertaking unit, as far as legal personality depends on it (Art. 7(1))."""

    COMPANY = "company"
    GOVERNMENT_AGENCY = "government_agency"
    INSTITUTION_LEGAL_PERSON = "institution_legal_person"
    SOCIAL_ORGANIZATION = "social_organization"
    PRIVATE_NON_ENTERPRISE_LEGAL_PERSON = "private_non_enterprise_legal_person"
    PRIVATE_NON_ENTERPRISE_PARTNERSHIP = "private_non_enterprise_partnership"
    PRIVATE_NON_ENTERPRISE_INDIVIDUAL = "private_non_enterprise_individual"
    BRANCH = "branch"
    PARTNERSHIP = "partnership"
    SOLE_PROPRIETORSHIP = "sole_proprietorship"
    INDIVIDUAL_BUSINESS = "individual_business"
    COOPERATIVE = "cooperative"
    OTHER = "other"


class Answer(StrEnum):
    """A tri-state answer; a blank cell is ``UNKNOWN``, never ``NO``."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class SmeClass(StrEnum):
    """Size class of an enterprise."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"
    MICRO = "micro"


class DataClass(StrEnum):
    """How a row came to be; everything made from a synthetic row says so on the page."""

    OBSERVED = "observed"
    DERIVED = "derived"
    STAND_IN = "stand_in"
    SYNTHETIC = "synthetic"


class ApplicationKind(StrEnum):
    """What an application asks for."""

    ESTABLISHMENT = "establishment"
    CHANGE = "change"
    REVOCATION = "revocation"


class Route(StrEnum):
    """Way of an application: through the district's authority, or directly to the city centre (Art. 5, 8)."""

    DISTRICT = "district"
    DIRECT = "direct"


class ApplicationForm(StrEnum):
    """Form of an application: Art. 5 and 9 ask for a written one."""

    WRITTEN = "written"
    ORAL = "oral"
    UNKNOWN = "unknown"


class Decision(StrEnum):
    """Outcome of an application."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class RevocationGround(StrEnum):
    """Grounds of Art. 9; only ``CONDUCT`` (profit-making or illegal activity in the institution's name) bans."""

    DISSOLVED = "dissolved"
    DUTIES_ADJUSTED = "duties_adjusted"
    CANNOT_SERVE = "cannot_serve"
    EVALUATION = "evaluation"
    CONDUCT = "conduct"


class EvaluationResult(StrEnum):
    """Result of a yearly performance evaluation (Art. 19)."""

    EXCELLENT = "excellent"
    QUALIFIED = "qualified"
    UNQUALIFIED = "unqualified"
    UNKNOWN = "unknown"


class Party(StrEnum):
    """Signatories of a co-construction agreement (Art. 4)."""

    CITY_CENTER = "city_center"
    DISTRICT_IP_AUTHORITY = "district_ip_authority"
    HOST_OPERATOR = "host_operator"
    INDUSTRY_ORGANIZATION = "industry_organization"
    OTHER = "other"


class StaffMode(StrEnum):
    """Full-time (专职) or part-time (兼职)."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"


class Fees(StrEnum):
    """What an institution charges: free and low-cost services are allowed (Art. 14), profit is not (Art. 20)."""

    FREE = "free"
    LOW_COST = "low_cost"
    PROFIT = "profit"
    UNKNOWN = "unknown"


class ConductKind(StrEnum):
    """Kind of a finding under Art. 20; free and low-cost services (Art. 14) are not profit-making."""

    PROFIT_MAKING = "profit_making"
    ILLEGAL = "illegal"


E_ = TypeVar("E_", bound=StrEnum)

# What a Chinese spreadsheet says for each code. Longer official terms first; synonyms after them.
CHINESE_TERMS: dict[type[StrEnum], dict[str, tuple[str, ...]]] = {
    UnitKind: {"district": ("行政区", "区"), "functional_area": ("功能区",)},
    InstitutionKind: {
        "city_center": ("市中心", "市知识产权公共服务中心"),
        "district_center": ("区中心", "区级中心", "知识产权公共服务区中心", "区知识产权公共服务中心"),
        "workstation": ("工作站", "知识产权公共服务工作站", "知识产权工作站", "公共服务工作站"),
        "trademark_brand_guidance_station": ("商标品牌指导站",),
        "copyright_workstation": ("版权工作站",),
        "ip_information_outlet": ("知识产权信息公共服务网点", "信息公共服务网点", "信息网点"),
        "trademark_acceptance_window": ("商标业务受理窗口", "商标受理窗口"),
        "other": ("其他", "其它"),
    },
    HostType: {
        "specialised_park": ("专业园区", "产业园区", "园区"),
        "development_zone": ("开发区",),
        "industrial_cluster": ("产业集聚区", "集聚区"),
        "incubator": ("孵化器", "科技企业孵化器"),
        "makerspace": ("众创空间",),
        "sme_demo_platform": ("中小企业公共服务示范平台", "示范平台"),
        "university_science_park": ("大学科技园",),
        "other_innovation_service": ("其他创新创业服务组织",),
        "industry_organization": ("行业组织", "行业协会", "协会", "商会"),
        "other": ("其他", "其它"),
    },
    OrgLevel: {"national": ("国家级", "全国"), "municipal": ("市级",), "district": ("区级",)},
    LegalForm: {
        "company": ("公司", "有限责任公司", "股份有限公司", "企业法人"),
        "government_agency": ("机关法人", "机关", "国家机关"),
        "institution_legal_person": ("事业单位", "事业单位法人"),
        "social_organization": ("社会团体", "社团", "社会团体法人"),
        "private_non_enterprise_legal_person": ("民办非企业单位（法人）", "民办非企业（法人）", "社会服务机构"),
        "private_non_enterprise_partnership": ("民办非企业单位（合伙）", "民办非企业（合伙）"),
        "private_non_enterprise_individual": ("民办非企业单位（个体）", "民办非企业（个体）"),
        "branch": ("分公司", "分支机构"),
        "partnership": ("合伙企业", "合伙"),
        "sole_proprietorship": ("个人独资企业", "个人独资"),
        "individual_business": ("个体工商户", "个体"),
        "cooperative": ("农民专业合作社", "合作社"),
        "other": ("其他", "其它"),
    },
    Answer: {
        "yes": ("是", "有", "对", "√", "y", "true", "1"),
        "no": ("否", "无", "没有", "×", "n", "false", "0"),
        "unknown": ("未知", "不详", "不明", "待核", "待核实", "?", "？"),
    },
    SmeClass: {
        "large": ("大型", "大型企业", "大"),
        "medium": ("中型", "中型企业", "中"),
        "small": ("小型", "小型企业", "小"),
        "micro": ("微型", "微型企业", "微"),
    },
    DataClass: {
        "observed": ("实测", "实有"),
        "derived": ("推算",),
        "stand_in": ("替代", "占位"),
        "synthetic": ("演示数据", "模拟", "演示"),
    },
    ApplicationKind: {
        "establishment": ("设立", "认定"),
        "change": ("变更",),
        "revocation": ("撤销", "主动撤销"),
    },
    Route: {"district": ("区推荐", "经区"), "direct": ("直接申请", "直接")},
    ApplicationForm: {
        "written": ("书面", "书面申请", "书面形式"),
        "oral": ("口头", "口头申请", "非书面"),
        "unknown": ("未知", "不详", "不明", "待核", "待核实"),
    },
    Decision: {
        "pending": ("待定", "审核中", "办理中"),
        "accepted": ("同意", "通过", "设立", "批准"),
        "rejected": ("不同意", "不通过", "驳回"),
    },
    RevocationGround: {
        "dissolved": ("注销",),
        "duties_adjusted": ("职责调整",),
        "cannot_serve": ("不能承担公共服务职责", "不能承担"),
        "evaluation": ("绩效评价不合格", "评价不合格"),
        "conduct": ("盈利性活动或违法违规", "违法违规", "盈利性活动"),
    },
    EvaluationResult: {
        "excellent": ("优秀",),
        "qualified": ("合格", "良好"),
        "unqualified": ("不合格",),
        "unknown": ("未知", "不详", "结果不详", "待定"),
    },
    Party: {
        "city_center": ("市中心",),
        "district_ip_authority": ("区知识产权管理部门", "区知识产权局", "区市场监管局"),
        "host_operator": ("运营单位", "载体运营单位"),
        "industry_organization": ("行业组织", "市级以上行业组织"),
        "other": ("其他", "其它"),
    },
    StaffMode: {"full_time": ("专职",), "part_time": ("兼职",)},
    Fees: {
        "free": ("免费", "不收费", "公益"),
        "low_cost": ("低成本", "成本价", "低收费"),
        "profit": ("盈利", "营利", "盈利性收费"),
        "unknown": ("未知", "不详", "不明", "待核", "待核实"),
    },
    ConductKind: {"profit_making": ("盈利性活动", "盈利"), "illegal": ("违法违规", "违法")},
}


def recognise(kind: type[E_], text: str) -> E_ | None:
    """Return the member of ``kind`` that ``text`` names by code or by Chinese term, or None.

    Case, surrounding blanks and full width are ignored; nothing is guessed from part of a word.
    """
    import unicodedata

    wanted = unicodedata.normalize("NFKC", text).strip().casefold()
    for member in kind:
        if wanted == member.value:
            return member
    for code, terms in CHINESE_TERMS[kind].items():
        if any(wanted == unicodedata.normalize("NFKC", term).casefold() for term in terms):
            return kind(code)
    return None
