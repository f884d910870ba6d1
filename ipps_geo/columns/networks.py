"""The tables that describe a network: streets, and the lines of public transport.

They are read through the same gate as the tables of a workspace, but they are no part of one: they say how people
travel.
"""

from __future__ import annotations

from types import MappingProxyType

from ipps_geo.columns.description import Column, Table, table
from ipps_geo.columns.tables import TABLES


def _tag(name: str, zh: str, meaning: str, *synonyms: str) -> Column:
    return Column(name, "text", zh, meaning, synonyms)


_LENGTH = ("length", "m", "distance", "dist_m", "dist", "长度", "距离", "里程", "路段长度", "站间距", "区间长度")
_MINUTES = Column(
    "minutes", "number", "用时（分钟）", "time of the ride or the change, in minutes",
    ("min", "time", "时间", "分钟", "时长", "耗时", "运行时间", "行车时间", "换乘时间", "分钟数"), minimum=0,
)  # fmt: skip

NETWORK_TABLES: MappingProxyType[str, Table] = MappingProxyType(
    {
        described.name: described
        for described in (
            table(
                "street_nodes", "路网节点", "crossings and ends of streets",
                Column("node_id", "code", "节点编号", "id of the node",
                       ("id", "osmid", "node", "fid", "节点", "编号", "节点号", "节点ID"), required=True, unique=True),
                key=("node_id",), geometry="point", geometry_required=True, optional=True,
            ),
            table(
                "street_edges", "路段", "streets between two nodes, one row per street, or per direction",
                Column("tail", "code", "起点节点", "node where the street begins",
                       ("u", "a", "source", "from_node", "start_node", "起点", "起始节点", "起点编号", "起点ID")),
                Column("head", "code", "终点节点", "node where the street ends",
                       ("v", "b", "target", "to_node", "end_node", "终点", "终止节点", "终点编号", "终点ID")),
                Column("way_from", "code", "通行起点", "node that the direction starts from, beside the pair of nodes",
                       ("from", "从")),
                Column("way_to", "code", "通行终点", "node that the direction leads to, beside the pair of nodes",
                       ("to", "到")),
                Column("length_m", "number", "长度（米）", "length in metres; measured where it is missing", _LENGTH),
                _tag("highway", "道路等级", "OpenStreetMap class, or the Chinese class of the road",
                     "class", "fclass", "street_class", "road_class", "道路类型", "道路类别", "道路级别",
                     "等级", "类型"),
                _tag("oneway", "单行", "yes, -1, no; F, T, B; FT, TF; 是, 否",
                     "one_way", "单向", "单行线", "是否单行", "是否单行线", "单行道", "通行方向", "方向", "direction"),
                _tag("oneway:bicycle", "自行车单行", "direction for bicycles"),
                _tag("oneway:foot", "步行单行", "direction on foot"),
                _tag("access", "通行权", "who may enter: yes, no, private"),
                _tag("foot", "步行", "may be walked: yes, no"),
                _tag("bicycle", "自行车", "may be cycled: yes, no"),
                _tag("vehicle", "车辆", "may be driven or cycled: yes, no"),
                _tag("motor_vehicle", "机动车", "may be driven: yes, no"),
                _tag("motorcar", "小汽车", "may be driven by car: yes, no"),
                _tag("motorroad", "机动车专用", "yes: no walking, no cycling"),
                _tag("service", "内部道路类别", "kind of service road"),
                _tag("junction", "路口形式", "roundabout: one way"),
                _tag("cycleway", "自行车道", "opposite: bicycles may go against the one-way street"),
                Column("shape", "text", "线形", "the line of the street as WKT", ("geometry", "geom", "wkt", "几何")),
                optional=True,
            ),
            table(
                "transit_stations", "车站", "stations of public transport",
                Column("station", "text", "站名", "name of the station",
                       ("name", "station_name", "stop", "stop_name",
                        "车站", "站点", "车站名称", "站点名称", "站名称", "名称"),
                       required=True),
                geometry="point", optional=True,
            ),
            table(
                "transit_links", "区间", "rides between neighbouring stations of a line; they lead both ways",
                Column("from_station", "text", "起点站", "station where the ride begins",
                       ("from", "a", "起点", "起始站", "出发站", "始发站", "上站", "上一站", "站点1", "起站"),
                       required=True),
                Column("to_station", "text", "终点站", "station where it ends",
                       ("to", "b", "终点", "终止站", "到达站", "下站", "下一站", "站点2", "讫站", "止站"),
                       required=True),
                _tag("line", "线路", "name of the line", "route", "line_name", "线路名称", "线路名", "线", "线路号"),
                _MINUTES,
                Column("length_m", "number", "长度（米）", "length in metres, where no time is given", _LENGTH),
                optional=True,
            ),
            table(
                "transit_changes", "换乘", "changes between the lines of a station",
                Column("station", "text", "站名", "name of the station",
                       ("name", "station_name", "stop", "车站", "站点", "换乘站", "车站名称"), required=True),
                _tag("from_line", "换出线路", "line that one leaves",
                     "from", "起始线路", "从线路", "出发线路", "换乘前线路"),
                _tag("to_line", "换入线路", "line that one boards",
                     "to", "目标线路", "到线路", "到达线路", "换乘后线路"),
                _MINUTES,
                optional=True,
            ),
            table(
                "travel_costs", "出行成本", "what it costs from an enterprise to a site, one row per pair",
                Column("enterprise", "code", "企业编号", "number or credit code of the enterprise",
                       ("enterprise_id", "uscc", "from_id", "origin", "from", "企业", "统一社会信用代码", "起点"),
                       required=True),
                Column("site", "code", "站点编号", "number of the institution or of the carrier",
                       ("site_id", "institution_id", "carrier_id", "station_id", "to_id", "destination", "to",
                        "机构编号", "载体编号", "工作站编号", "站点", "终点"), required=True),
                Column("minutes", "number", "用时（分钟）", "minutes door to door",
                       ("min", "time", "travel_time", "时间", "分钟", "时长", "耗时", "用时"), minimum=0),
                Column("length_m", "number", "长度（米）", "metres, where the cost is a distance", _LENGTH, minimum=0),
                optional=True,
            ),
            table(
                "demand_weights", "企业权重", "how much each enterprise weighs",
                Column("enterprise", "code", "企业编号", "number or credit code of the enterprise",
                       ("enterprise_id", "uscc", "id", "企业", "统一社会信用代码"), required=True),
                Column("weight", "number", "权重", "weight, 0 or more; 1 is an enterprise",
                       ("weights", "权数", "系数", "人数", "需求量", "demand"), required=True, minimum=0),
                optional=True,
            ),
        )
    }
)  # fmt: skip
"""The tables of a network by name."""

DESCRIBED: MappingProxyType[str, Table] = MappingProxyType({**TABLES, **NETWORK_TABLES})
"""Every table that the gate reads when it is named; only those of a workspace are recognised by their columns."""
