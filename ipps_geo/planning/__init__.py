"""The use cases that the command line, the app and the notebooks share; each loads when it is first asked for.

A child process that solves imports this package too and must not wait for readers, maps and tables.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipps_geo.planning.access import (
        coverage,
    )
    from ipps_geo.planning.atlas_book import (
        write_atlas,
    )
    from ipps_geo.planning.base_map import (
        base_map_style,
    )
    from ipps_geo.planning.bundles import (
        audit_files,
        bundle,
        coverage_files,
        plan_files,
        proposal_dossier,
    )
    from ipps_geo.planning.checking import (
        check_files,
    )
    from ipps_geo.planning.comparing import (
        indicator_rows,
        open_scenarios,
        save_plan,
        scenario_path,
        scenario_sites,
        site_difference,
        stations_for_target,
        with_stations,
    )
    from ipps_geo.planning.demonstration import (
        make_demo,
    )
    from ipps_geo.planning.documents import (
        assessment_document,
        audit_document,
        coverage_document,
        plan_document,
        repair_document,
    )
    from ipps_geo.planning.findings import (
        audit,
        audit_changes,
    )
    from ipps_geo.planning.moves import (
        repair,
    )
    from ipps_geo.planning.networks import (
        network_method,
        network_rows,
        network_travel,
        read_network,
    )
    from ipps_geo.planning.parameters import (
        PlanParameters,
        carriers_tell,
    )
    from ipps_geo.planning.proposals import (
        plan,
    )
    from ipps_geo.planning.readings import (
        ReadingChoice,
        reading_choices,
    )
    from ipps_geo.planning.screen_answers import (
        event_rows,
        overlap_rows,
        remedy_lines,
        roster_step_rows,
        scenario_rows,
        verdict_lines,
    )
    from ipps_geo.planning.screen_layers import (
        density_cells,
        finding_points,
        institution_points,
        place_cells,
        site_points,
        subject_places,
        unit_labels,
        unit_outlines,
    )
    from ipps_geo.planning.screen_rows import (
        audit_change_rows,
        carrier_names,
        change_rows,
        choice_rows,
        chosen_rows,
        closed_rows,
        counts_by_severity,
        coverage_rows,
        finding_facts,
        finding_rows,
        headline,
        institution_rows,
        measure_rows,
        proposal_rows,
        source_rows,
        table_rows,
        uncovered_rows,
        unit_rows,
        verdict_word,
        visible,
    )
    from ipps_geo.planning.site_dossier import (
        site_test_dossier,
    )
    from ipps_geo.planning.site_test import (
        assess_site,
        read_roster,
    )
    from ipps_geo.planning.travel import (
        Travel,
        gtfs_travel,
        line_travel,
        street_travel,
    )
    from ipps_geo.planning.upload_answers import (
        MappingChoice,
        datum_question,
        datum_rows,
        mapping_choice,
        mapping_columns,
        mapping_rows,
        mapping_targets,
        with_mapping,
    )
    from ipps_geo.planning.uploads import (
        UploadCheck,
        all_templates,
        check_upload,
        coloured_copy,
        problem_rows,
        template_bytes,
        workspace_with,
    )
    from ipps_geo.planning.visits import (
        visit_changes,
        visit_day,
        visit_state,
    )
    from ipps_geo.planning.workspace_files import (
        opened_workspace,
        workspace_zip,
    )
    from ipps_geo.planning.writing import (
        write_assessment,
        write_audit,
        write_coverage,
        write_plan,
        write_repair,
    )

_HOMES = {
    "MappingChoice": "upload_answers",
    "PlanParameters": "parameters",
    "ReadingChoice": "readings",
    "Travel": "travel",
    "UploadCheck": "uploads",
    "all_templates": "uploads",
    "assess_site": "site_test",
    "assessment_document": "documents",
    "audit": "findings",
    "audit_change_rows": "screen_rows",
    "audit_changes": "findings",
    "audit_document": "documents",
    "audit_files": "bundles",
    "base_map_style": "base_map",
    "bundle": "bundles",
    "carrier_names": "screen_rows",
    "carriers_tell": "parameters",
    "change_rows": "screen_rows",
    "check_files": "checking",
    "check_upload": "uploads",
    "choice_rows": "screen_rows",
    "chosen_rows": "screen_rows",
    "closed_rows": "screen_rows",
    "coloured_copy": "uploads",
    "counts_by_severity": "screen_rows",
    "coverage": "access",
    "coverage_document": "documents",
    "coverage_files": "bundles",
    "coverage_rows": "screen_rows",
    "datum_question": "upload_answers",
    "datum_rows": "upload_answers",
    "density_cells": "screen_layers",
    "event_rows": "screen_answers",
    "finding_facts": "screen_rows",
    "finding_points": "screen_layers",
    "finding_rows": "screen_rows",
    "gtfs_travel": "travel",
    "headline": "screen_rows",
    "indicator_rows": "comparing",
    "institution_points": "screen_layers",
    "institution_rows": "screen_rows",
    "line_travel": "travel",
    "make_demo": "demonstration",
    "mapping_choice": "upload_answers",
    "mapping_columns": "upload_answers",
    "mapping_rows": "upload_answers",
    "mapping_targets": "upload_answers",
    "measure_rows": "screen_rows",
    "network_method": "networks",
    "network_rows": "networks",
    "network_travel": "networks",
    "open_scenarios": "comparing",
    "opened_workspace": "workspace_files",
    "overlap_rows": "screen_answers",
    "place_cells": "screen_layers",
    "plan": "proposals",
    "plan_document": "documents",
    "plan_files": "bundles",
    "problem_rows": "uploads",
    "proposal_dossier": "bundles",
    "proposal_rows": "screen_rows",
    "read_network": "networks",
    "read_roster": "site_test",
    "reading_choices": "readings",
    "remedy_lines": "screen_answers",
    "repair": "moves",
    "repair_document": "documents",
    "roster_step_rows": "screen_answers",
    "save_plan": "comparing",
    "scenario_path": "comparing",
    "scenario_rows": "screen_answers",
    "scenario_sites": "comparing",
    "site_difference": "comparing",
    "site_points": "screen_layers",
    "site_test_dossier": "site_dossier",
    "source_rows": "screen_rows",
    "stations_for_target": "comparing",
    "street_travel": "travel",
    "subject_places": "screen_layers",
    "table_rows": "screen_rows",
    "template_bytes": "uploads",
    "uncovered_rows": "screen_rows",
    "unit_labels": "screen_layers",
    "unit_outlines": "screen_layers",
    "unit_rows": "screen_rows",
    "verdict_lines": "screen_answers",
    "verdict_word": "screen_rows",
    "visible": "screen_rows",
    "visit_changes": "visits",
    "visit_day": "visits",
    "visit_state": "visits",
    "with_mapping": "upload_answers",
    "with_stations": "comparing",
    "workspace_with": "uploads",
    "workspace_zip": "workspace_files",
    "write_assessment": "writing",
    "write_atlas": "atlas_book",
    "write_audit": "writing",
    "write_coverage": "writing",
    "write_plan": "writing",
    "write_repair": "writing",
}

__all__ = [
    "MappingChoice",
    "PlanParameters",
    "ReadingChoice",
    "Travel",
    "UploadCheck",
    "all_templates",
    "assess_site",
    "assessment_document",
    "audit",
    "audit_change_rows",
    "audit_changes",
    "audit_document",
    "audit_files",
    "base_map_style",
    "bundle",
    "carrier_names",
    "carriers_tell",
    "change_rows",
    "check_files",
    "check_upload",
    "choice_rows",
    "chosen_rows",
    "closed_rows",
    "coloured_copy",
    "counts_by_severity",
    "coverage",
    "coverage_document",
    "coverage_files",
    "coverage_rows",
    "datum_question",
    "datum_rows",
    "density_cells",
    "event_rows",
    "finding_facts",
    "finding_points",
    "finding_rows",
    "gtfs_travel",
    "headline",
    "indicator_rows",
    "institution_points",
    "institution_rows",
    "line_travel",
    "make_demo",
    "mapping_choice",
    "mapping_columns",
    "mapping_rows",
    "mapping_targets",
    "measure_rows",
    "network_method",
    "network_rows",
    "network_travel",
    "open_scenarios",
    "opened_workspace",
    "overlap_rows",
    "place_cells",
    "plan",
    "plan_document",
    "plan_files",
    "problem_rows",
    "proposal_dossier",
    "proposal_rows",
    "read_network",
    "read_roster",
    "reading_choices",
    "remedy_lines",
    "repair",
    "repair_document",
    "roster_step_rows",
    "save_plan",
    "scenario_path",
    "scenario_rows",
    "scenario_sites",
    "site_difference",
    "site_points",
    "site_test_dossier",
    "source_rows",
    "stations_for_target",
    "street_travel",
    "subject_places",
    "table_rows",
    "template_bytes",
    "uncovered_rows",
    "unit_labels",
    "unit_outlines",
    "unit_rows",
    "verdict_lines",
    "verdict_word",
    "visible",
    "visit_changes",
    "visit_day",
    "visit_state",
    "with_mapping",
    "with_stations",
    "workspace_with",
    "workspace_zip",
    "write_assessment",
    "write_atlas",
    "write_audit",
    "write_coverage",
    "write_plan",
    "write_repair",
]


def __getattr__(name: str) -> Any:
    """Load a use case from its module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
