"""The file of one proposed workstation: what the district and the city centre need in hand when they judge it.

It states facts, rule results, gaps and alternatives, and leaves the lines for people's decisions blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.crs import metric_xy
from ipps_geo.errors import BadInput
from ipps_geo.files import write_text
from ipps_geo.report.maps.atlas_maps import site_map
from ipps_geo.report.maps.ground import ground_of
from ipps_geo.report.pages import dossier_case as case
from ipps_geo.report.pages import dossier_place as place
from ipps_geo.report.pages import typeset
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.figures import site_names_of
from ipps_geo.report.words.loads import load_warning
from ipps_geo.results import day_of_result

if TYPE_CHECKING:
    from ipps_geo.results import PlanResult
    from ipps_geo.workspace import Workspace


def write_dossier(
    workspace: Workspace,
    plan: PlanResult,
    site_id: str,
    path: str | Path,
    lang: str = "zh",
    *,
    findings: Sequence[Any] = (),
) -> Path:
    """Write the dossier of one proposal as PDF (.pdf) or plain text (.txt, .md) and return the path.

    Parameters
    ----------
    site_id
        A site of ``plan.proposals``.
    findings
        The rule results of the proposal with its computed roster, as ``compliance.assess_site`` gives them; without
        them the dossier says that the rules are still to be run.

    Raises
    ------
    BadInput
        The plan does not propose this site.
    """
    document = dossier(workspace, plan, site_id, lang, findings=findings)
    if Path(path).suffix.lower() in (".txt", ".md"):
        return write_text(path, typeset.plain_text(document))
    return typeset.write_pdf(document, path)


def dossier(
    workspace: Workspace, plan: PlanResult, site_id: str, lang: str = "zh", *, findings: Sequence[Any] = ()
) -> typeset.Document:
    """Return the dossier of one proposal as a document; see :func:`write_dossier`."""
    chosen = plan.proposals.loc[plan.proposals["site_id"] == site_id]
    if not len(chosen):
        raise BadInput(
            "report.not_proposed", where="site_id", site=site_id, proposals=", ".join(plan.proposals["site_id"])
        )
    words = catalogue(lang, workspace.region)
    ground = ground_of(workspace, day_of_result(plan.provenance), lang)
    proposal = chosen.to_dict("records")[0]
    carriers = workspace.carriers
    found = carriers.loc[carriers["carrier_id"] == site_id].to_dict("records")
    carrier = {str(key): value for key, value in (found[0] if found else {}).items()}
    name = site_names_of(chosen, words)[0]
    annex = plan.annex.loc[plan.annex["site_id"] == site_id]
    members = workspace.enterprises.loc[workspace.enterprises["enterprise_id"].isin(annex["enterprise_id"])]
    located = members.loc[~(members.geometry.isna() | members.geometry.is_empty)]
    radius_m = plan.coverage_after.radius_m
    others = plan.proposals.loc[plan.proposals["site_id"] != site_id]
    site_xy = metric_xy(chosen, workspace.region.metric_crs)[0]
    draw_map = partial(
        site_map,
        ground,
        site_xy,
        radius_m,
        metric_xy(located, workspace.region.metric_crs) if len(located) else np.zeros((0, 2)),
        metric_xy(others, workspace.region.metric_crs) if len(others) else np.zeros((0, 2)),
    )
    intro = [
        *([typeset.banner(words.text("page.synthetic_banner"))] if plan.provenance.synthetic else []),
        *(typeset.banner(line) for line in load_warning(words, plan.provenance.loaded)),
        typeset.text(words.text("dossier.lead", name=name, unit=ground.names.unit(proposal["unit"]))),
        typeset.note(words.text("page.decides")),
    ]
    sections = [
        *case.applicant(words, proposal, carrier, name, ground.names),
        *case.rules(words, findings, ground.names),
        *case.roster(words, proposal, findings, ground.names),
        *place.place(words, workspace, plan, ground, chosen, site_xy),
        *place.change(words, plan, proposal, ground.names),
        *place.alternatives(words, plan, proposal, ground.names),
        *case.checklist(words, carrier),
        *case.readings(words, findings),
        *case.origin(words, plan),
        typeset.signatures(
            [
                (words.text("dossier.sign_district"), words.text("dossier.sign_under")),
                (words.text("dossier.sign_city"), words.text("dossier.sign_under")),
            ]
        ),
    ]
    pages = [
        typeset.Page(words.text("dossier.title", name=name), [*intro, *sections]),
        typeset.Page(words.text("dossier.annex_title"), case.annex(words, annex, ground.names)),
    ]
    return typeset.Document(
        words.text("dossier.title", name=name), words, plan.provenance, pages, pictures={"site.pdf": draw_map}
    )
