"""Sheets of what existing stations take in: apart from new stations, because nothing is set up for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipps_geo.report.book.book import ROSTER_FIELDS, Book, Field
from ipps_geo.report.words.figures import lon_lat, without_shapes
from ipps_geo.report.words.naming import Names

if TYPE_CHECKING:
    from ipps_geo.results import PlanResult


def enlarged_sheets(book: Book, plan: PlanResult, names: Names) -> None:
    """Add the stations that take in more, the enterprises that they take in, and the stations that take in none."""
    if plan.enlarged is None or plan.additions is None or plan.not_enlarged is None:
        return
    words = book.words
    frame = without_shapes(plan.enlarged)
    frame["lon"], frame["lat"] = lon_lat(plan.enlarged)
    frame["unit_name"] = [names.unit(code) for code in frame["unit"]]
    frame["host_type"] = [words.label("HostType", code) for code in frame["host_type"]]
    counts = (
        "old_members", "old_need", "newly_served", "with_need", "without_need", "unknown_need", "all_members",
        "all_need", "margin_roster", "margin_need",
    )  # fmt: skip
    fields = [
        Field("rank", "integer", 6),
        Field("institution_id"),
        Field("name", "wrap", 30),
        Field("unit_name", width=16),
        Field("host_type", "wrap", 16),
        Field("established_on", "date"),
        *(Field(name, "integer") for name in counts),
        *(Field(name, "integer") for name in ("staff", "capacity") if name in frame),
        Field("position_precision_m", "integer"),
        Field("lon", "degrees"),
        Field("lat", "degrees"),
    ]
    title = words.text("workbook.sheet_enlarged")
    notes = [words.text("workbook.note_enlarged"), words.text("page.decides")]
    book.table(title, title, frame.rename(columns={"site_id": "institution_id"}), fields, notes)

    added = plan.additions.copy()
    added["subject_name"] = added["site_id"].map(
        dict(zip(plan.enlarged["site_id"], plan.enlarged["name"], strict=True))
    )
    added["unit_name"] = [names.unit(code) for code in added["unit"]]
    added["explicit_need"] = [words.label("Answer", code) for code in added["explicit_need"]]
    added["distance_m"] = added["distance_m"].round()
    fields = [
        Field("institution_id"),
        Field("subject_name", "wrap", 28),
        *ROSTER_FIELDS,
    ]
    title = words.text("workbook.sheet_additions")
    added = added.rename(columns={"site_id": "institution_id"})
    book.table(title, title, added, fields, [words.text("workbook.note_additions")])

    left = plan.not_enlarged.rename(columns={"site_id": "institution_id"})
    left["unit_name"] = [names.unit(code) for code in left["unit"]]
    left["reason"] = [words.label("NotEnlargedReason", code) for code in left["reason"]]
    fields = [
        Field("institution_id"),
        Field("name", "wrap", 34),
        Field("unit_name", width=16),
        Field("reason", "wrap", 60),
    ]
    title = words.text("workbook.sheet_not_enlarged")
    book.table(title, title, left, fields, [words.text("workbook.note_not_enlarged")])
