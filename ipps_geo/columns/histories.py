"""Optional tables of what happens to institutions: evaluations, staff, findings of conduct."""

from __future__ import annotations

from ipps_geo import vocabulary as v
from ipps_geo.columns.description import DATA_CLASS, Column, answer, table

EVALUATIONS = table(
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
    answer("rectified", "已整改", "rectification was done after the first round", "是否整改"),
    Column("rectified_on", "date", "整改完成日期", "day on which rectification was finished"),
    Column("indicator_version", "code", "指标版本", "version of the indicators"),
    DATA_CLASS,
    key=("institution_id", "year", "round"),
    optional=True,
)

STAFF = table(
    "staff",
    "人员",
    "staff under an anonymous id; no names, no phones",
    Column("person_id", "code", "人员编号", "anonymous id", required=True),
    Column("institution_id", "code", "机构编号", "institution or application", required=True),
    Column("mode", "choice", "专职或兼职", "full-time or part-time", required=True, choices=v.StaffMode),
    answer("qualified", "具有相关专业知识及经验", "relevant knowledge and experience"),
    Column("qualifications", "text", "资质", "what is known of it"),
    Column("from_date", "date", "起始日期", "first day"),
    Column("to_date", "date", "终止日期", "day from which no longer"),
    DATA_CLASS,
    optional=True,
)

CONDUCT = table(
    "conduct",
    "行为认定",
    "findings of profit-making or illegal activity, Art. 9 and 20",
    Column("institution_id", "code", "机构编号", "institution", required=True),
    Column("kind", "choice", "行为类型", "kind", required=True, choices=v.ConductKind),
    answer("in_institution_name", "以公共服务机构名义", "done in the institution's name"),
    Column("found_on", "date", "认定日期", "day of the finding", required=True),
    Column("document", "text", "认定文书", "reference of the finding"),
    DATA_CLASS,
    optional=True,
)
