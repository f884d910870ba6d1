"""Tables of places: service units, and the carriers that may host a workstation."""

from __future__ import annotations

from ipps_geo import vocabulary as v
from ipps_geo.columns.description import DATA_CLASS, PRECISION, SOURCE, SOURCE_KIND, UNDERTAKING, Column, table

SERVICE_UNITS = table(
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
    SOURCE,
    SOURCE_KIND,
    DATA_CLASS,
    key=("code",),
    geometry="polygon",
    geometry_required=True,
)

CARRIERS = table(
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
    *UNDERTAKING,
    PRECISION,
    Column("position_basis", "text", "位置依据", "how the position was found"),
    SOURCE,
    SOURCE_KIND,
    DATA_CLASS,
    key=("carrier_id",),
    geometry="point",
    geometry_required=True,
)
