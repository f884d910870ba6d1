"""Every number of every sentence of an audit and its summary, in both languages, against the raw tables.

A sentence is read back with the template of its code, so that each figure has a name; what it should be is computed by
``oracle.py``, which shares no code with the product. A figure that nobody computes fails the test.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipps_geo import planning
from ipps_geo.columns import ROSTERS
from ipps_geo.compliance import audit
from ipps_geo.planning.judgements import plan_of_test
from ipps_geo.policy import load_policy
from ipps_geo.report.pages import typeset
from ipps_geo.report.pages.dossier import dossier
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.naming import names_of
from ipps_geo.report.words.wording import evidence_lines, finding_sentence
from ipps_geo.results import AuditResult
from ipps_geo.results.provenance import provenance
from ipps_geo.screens.terminal.summary import audit_summary, plan_summary
from ipps_geo.workspace import plant_flaws
from ipps_geo.workspace.tables import conform
from tests.report.oracle import PACKAGE, Oracle, check_digit_is_right, count, day, needed, pair, text

pytestmark = pytest.mark.slow

NAMES = {"stations", "possible_stations", "pending_stations", "later_stations", "unfiled_stations"}


# --- reading a sentence back ------------------------------------------------------------------------------------------


@cache
def templates(lang: str) -> dict[str, dict[str, str]]:
    told = tomllib.loads((PACKAGE / "report" / "words" / "locales" / f"{lang}.toml").read_text(encoding="utf-8"))
    return {name: told[name] for name in ("finding", "finding_also")}


def figures(sentence: str, code: str, lang: str) -> dict[str, str]:
    """Return what stands at each placeholder of a sentence, and of the clauses that follow it."""
    found: dict[str, str] = {}

    def pattern(template: str) -> str:
        parts = re.split(r"{(\w+)}", template)
        seen: set[str] = set()
        made = ""
        for place, part in enumerate(parts):
            if place % 2 == 0:
                made += re.escape(part)
            else:
                made += f"(?P={part})" if part in seen else f"(?P<{part}>.+?)"
                seen.add(part)
        return made

    also = templates(lang)["finding_also"]
    whole = pattern(templates(lang)["finding"][code])
    rest = sentence
    for end in [len(sentence), *(m.end() for m in re.finditer("。" if lang == "zh" else r"\. ", sentence))]:
        match = re.fullmatch(whole, sentence[:end].strip())
        if match:
            found, rest = match.groupdict(), sentence[end:].strip()
            break
    else:
        raise AssertionError((code, sentence))
    while rest:
        for clause in also.values():
            match = re.match(pattern(clause), rest)
            if match:
                found |= match.groupdict()
                rest = rest[match.end() :].strip()
                break
        else:
            raise AssertionError((code, sentence, rest))
    return found


def value(written: str) -> Any:
    """Return a figure as it is written: a number, a range, a day, a share; None where there is none."""
    if re.fullmatch(r"-?[\d,]+", written):
        return int(written.replace(",", ""))
    bounds = re.fullmatch(r"(-?[\d,]+)–(-?[\d,]+)", written)
    if bounds:
        return int(bounds[1].replace(",", "")), int(bounds[2].replace(",", ""))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", written):
        return dt.date.fromisoformat(written)
    share = re.fullmatch(r"(\d+)%", written)
    return int(share[1]) if share else None


# --- what the tables say ----------------------------------------------------------------------------------------------

Expected = dict[str, Any]


def row_of(o: Oracle, f: Any) -> dict[str, Any]:
    return (o.institutions if f.subject_kind == "institution" else o.applications)[f.subject]


def judged(o: Oracle, f: Any) -> dt.date:
    return f.params.get("day", o.on)


def applied(o: Oracle, name: str) -> dict[str, Any]:
    """Return the accepted application behind an institution, the earliest of several."""
    rows = [r for r in o.applications.values() if r["institution_id"] == name and o.accepted(r)]
    return min(rows, key=lambda r: (day(r["applied_on"]) or dt.date.max, r["application_id"]), default={})


def roster(o: Oracle, f: Any) -> Expected:
    on = judged(o, f)
    entities = o.entities(f.subject_kind, f.subject, on)
    over = o.overlaps(f.subject_kind, f.subject, on)
    n = count(entities)
    least, most = n if isinstance(n, tuple) else (n, n)
    return {
        "rows": sum(len(entity["rows"]) for entity in entities.values()),
        "entities": len(entities),
        "measured": n,
        "required": 50,
        "residual": over["residual"],
        "short": pair(max(0, 50 - most), max(0, 50 - least)),
        "evidence_total": sum(not e["certain"] and e["kind"] != "no" for e in entities.values()),
    }


def industries(o: Oracle, f: Any) -> Expected:
    entities = {k: e for k, e in o.entities(f.subject_kind, f.subject, judged(o, f)).items() if e["kind"] != "no"}
    return {
        "enterprises": count(entities),
        "measured": count(entities, key="yes"),
        "outside": sum(e["certain"] and e["key"] == "no" for e in entities.values()),
        "unknown": sum(e["key"] == "unknown" for e in entities.values()),
    }


def overlap(o: Oracle, f: Any) -> Expected:
    return o.overlaps(f.subject_kind, f.subject, judged(o, f))


def need(o: Oracle, f: Any) -> Expected:
    entities = {k: e for k, e in o.entities(f.subject_kind, f.subject, judged(o, f)).items() if e["kind"] != "no"}
    taken = o.overlaps(f.subject_kind, f.subject, judged(o, f))["taken"]

    def bounds(found: Any) -> tuple[int, int]:
        return found if isinstance(found, tuple) else (found, found)

    n, left = bounds(count(entities)), bounds(count(entities, taken))
    # The distance in every possible world: uncertain entities there or not, unknown answers yes or no.
    sure = [e["need"] for e in entities.values() if e["certain"]]
    maybe = [e["need"] for e in entities.values() if not e["certain"]]
    yes, unknown = sure.count("yes"), sure.count("unknown")
    worst = yes - needed(len(sure) + len(maybe) - maybe.count("yes"))
    helping = maybe.count("yes") + maybe.count("unknown")
    best = yes + unknown + helping - needed(len(sure) + helping)
    inside = [e for e in entities.values() if e["certain"] and e["key"] == "yes"]
    return {
        "enterprises": pair(*n),
        "measured": count(entities, need="yes"),
        "required": pair(*map(needed, n)),
        "share": 60,
        "short": pair(max(0, -best), max(0, -worst)),
        "with_need": yes,
        "unknown": unknown + maybe.count("unknown"),
        "residual": pair(*left),
        "residual_with_need": count(entities, taken, need="yes"),
        "residual_required": pair(*map(needed, left)),
        "key_industry": len(inside),
        "key_industry_with_need": sum(e["need"] == "yes" for e in inside),
    }


def later(start: dt.date, years: int) -> dt.date:
    return (pd.Timestamp(start) + pd.DateOffset(years=years)).date()


def one_year(o: Oracle, f: Any) -> Expected:
    row, on = row_of(o, f), judged(o, f)
    if f.subject_kind == "institution":
        on = day(applied(o, f.subject).get("applied_on")) or day(row["established_on"]) or on
    starts = [day(row[name]) for name in ("undertaking_founded_on", "operating_since")]
    return {"years": 1, "judged_on": on, "required": max(later(start, 1) for start in starts if start)}


def ban(o: Oracle, f: Any) -> Expected:
    row = row_of(o, f)
    on = day(row["applied_on"]) if f.subject_kind == "application" else day(applied(o, f.subject).get("applied_on"))
    on = on or (day(row["established_on"]) if f.subject_kind == "institution" else None) or o.on
    ends = [
        later(day(other["revoked_on"]), 3)
        for other in o.institutions.values()
        if "conduct" in (text(other["revocation_ground"]) or "").split(";") and day(other["revoked_on"])
        if other["undertaking_uscc"] == row["undertaking_uscc"] or other["institution_id"] == row.get("institution_id")
    ]
    return {"years": 3, "judged_on": on, "required": max(ends, default=None)}


def persons(o: Oracle, f: Any, modes: tuple[str, ...], least: int) -> Expected:
    row = row_of(o, f)
    posts = [r for r in o.t["staff"] if (day(r["from_date"]) or o.on) <= o.on < (day(r["to_date"]) or dt.date.max)]
    held = o.holders(f.subject_kind, f.subject)
    here = next(([r for r in posts if r["institution_id"] == holder] for holder in held
                 if any(r["institution_id"] == holder for r in posts)), None)  # fmt: skip
    stated = [None if pd.isna(row[f"{mode}_staff"]) else int(row[f"{mode}_staff"]) for mode in modes]
    low = high = 0
    for mode, said in zip(modes, stated, strict=True):
        if here is None:
            low, high = low + (said or 0), high + (said or 0)
            continue
        places = defaultdict(set)
        for r in posts:
            if r["mode"] == "full_time":
                places[r["person_id"]].add(r["institution_id"])
        answers = {r["person_id"]: r["qualified"] for r in here if r["mode"] == mode}
        alone = {p: a for p, a in answers.items() if mode == "part_time" or len(places[p]) == 1}
        sure, most = list(alone.values()).count("yes"), sum(a != "no" for a in answers.values())
        if said is not None and not sure <= said <= most:
            sure, most = min(sure, said), max(most, said)
        low, high = low + sure, high + most
    return {"measured": pair(low, high), "required": least}


def border(o: Oracle, f: Any) -> Expected:
    place, declared = o.place(f.subject_kind, f.subject), text(row_of(o, f)["unit"])
    to_declared = o.shapes.geometry[declared].distance(place)
    away = {code: shape.boundary.distance(place) for code, shape in o.shapes.geometry.items()}
    said = row_of(o, f).get("position_precision_m")
    own = 0.0 if said is None or pd.isna(said) else float(said)
    allowed = {code: max(50.0, own + float(o.shapes["precision_m"].fillna(0.0)[code])) for code in away}
    # In doubt about a boundary that is near enough, the nearest such one is told with what it is known to.
    doubts = {code: far for code, far in away.items() if far <= allowed[code]}
    known = to_declared if f.code == "other_unit" or to_declared > 0 else min(away.values())
    if f.code == "near_boundary" and to_declared == 0 and f.params["boundary_distance_m"] != round(known):
        assert round(known) < f.params["boundary_distance_m"] in {round(far) for far in doubts.values()}
        known = f.params["boundary_distance_m"]
    same = {round(allowed[code]) for code, far in away.items() if round(far) == f.params["boundary_distance_m"]}
    told = f.params.get("precision_m")
    return {"boundary_distance_m": round(known), "precision_m": told if told in same else sorted(same)}


def centers(o: Oracle, f: Any) -> Expected:
    unit = f.subject if f.subject_kind == "unit" else row_of(o, f)["unit"]
    on = o.on if f.subject_kind == "unit" else o.decided(f.subject) or o.on
    rows = [r for r in o.institutions.values() if r["kind"] == "district_center" and r["unit"] == unit]
    rows = [r for r in rows if (day(r["established_on"]) or on) <= on < (day(r["revoked_on"]) or dt.date.max)]
    undated = [r for r in rows if day(r["established_on"]) is None and r["legacy"] != "yes"]
    plus = f.subject_kind == "application"
    return {"measured": pair(len(rows) - len(undated) + plus, len(rows) + plus), "required": 1}


def stations(o: Oracle, f: Any) -> Expected:
    rows = [r for r in o.institutions.values() if r["kind"] == "workstation" and r["unit"] == f.subject]
    rows = [r for r in rows if (day(r["established_on"]) or o.on) <= o.on < (day(r["revoked_on"]) or dt.date.max)]
    doubt = [
        r
        for r in rows
        if (day(r["established_on"]) is None and r["legacy"] != "yes" and not applied(o, r["institution_id"]))
        or (day(r["revoked_on"]) is None and text(r["revocation_ground"]))
    ]
    return {"measured": pair(len(rows) - len(doubt), len(rows))}


def filing(o: Oracle, f: Any) -> Expected:
    row = row_of(o, f)
    decided, filed = day(row["decided_on"]), day(row["filed_on"])
    if filed and filed < decided:
        return {"measured": filed, "required": decided}
    return {"measured": ((filed or o.on) - decided).days}


def thirty_days(o: Oracle, f: Any) -> Expected:
    row = row_of(o, f)
    asked, planned = day(row["applied_on"]), day(row["planned_on"])
    return {
        "applied_on": asked, "planned_on": planned, "measured": (planned - asked).days, "required": 30,
        "earliest": asked + dt.timedelta(30),
    }  # fmt: skip


def evaluation(o: Oracle, f: Any) -> Expected:
    rows = [r for r in o.t["evaluations"] if r["institution_id"] == f.subject]
    failed = [int(r["year"]) for r in rows if r["result"] == "unqualified"]
    return {"measured": o.on.year - 1 if f.code == "year_not_evaluated" else max(failed, default=None)}


def indicators(o: Oracle, f: Any) -> Expected:
    year = o.on.year - 1
    rows = [r for r in o.t["evaluations"] if r["institution_id"] == f.subject and int(r["year"]) == year]
    versions = sorted({r["indicator_version"] for r in rows if text(r["indicator_version"])})
    # Versions are told as they stand in the table.
    told = int(versions[0]) if f.code == "other_years_indicators" else year
    return {"required": year, "measured": told}


def revocation(o: Oracle, f: Any) -> Expected:
    row = row_of(o, f)
    revoked = day(row["revoked_on"])
    return {
        "measured": day(row["revocation_notified_on"]), "required": revoked, "years": 3, "barred_from": revoked,
        "barred_through": later(revoked, 3) if revoked else None,
    }  # fmt: skip


def release(o: Oracle, f: Any) -> Expected:
    revoked = day(row_of(o, f)["revoked_on"])
    rows = [r for r in o.rows.get(f.subject, []) if (day(r["delisted_on"]) or dt.date.max) > revoked]
    return {"released_on": revoked, "measured": len({r["key"] for r in rows if r["kind"] != "no"})}


def key_list(o: Oracle, f: Any) -> Expected:
    rows = next((o.rows[h] for h in o.holders("institution", f.subject) if h in o.rows), [])
    begun = [r for r in rows if r["key_service"] == "yes" and (day(r["listed_on"]) or o.on) <= o.on]
    return {"measured": len({r["key"] for r in begun})}


def service_data(o: Oracle, f: Any) -> Expected:
    return {"measured": day(row_of(o, f)["service_data_until"]), "required": dt.date(o.on.year - 1, 12, 31)}


def conduct(o: Oracle, f: Any) -> Expected:
    rows = [r for r in o.t["conduct"] if r["institution_id"] == f.subject and day(r["found_on"]) <= o.on]
    return {"measured": sum(r["in_institution_name"] == "yes" and text(r["document"]) is not None for r in rows)}


def filed_rows(o: Oracle, f: Any) -> list[dict[str, Any]]:
    on = (o.decided(f.subject) if f.subject_kind == "application" else None) or o.on
    held = next((o.rows[h] for h in o.holders(f.subject_kind, f.subject) if h in o.rows), [])
    return o.in_force(held, on)


def codes(o: Oracle, f: Any) -> Expected:
    written = [r["uscc"] for r in filed_rows(o, f) if text(r["uscc"])]
    return {"measured": sum(not check_digit_is_right(code) for code in written)}


def identities(o: Oracle, f: Any) -> Expected:
    return {"measured": sum(not r["coded"] for r in filed_rows(o, f))}


def unread(o: Oracle, f: Any) -> Expected:
    values = [name for name, entry in o.policy["values"].items() if not entry["verified"]]
    return {"measured": len(values) + (not o.policy["in_force_verified"])}


def first_day(o: Oracle, f: Any) -> Expected:
    return {"required": o.policy["in_force_from"]}


EXPECTED: dict[str, Callable[[Oracle, Any], Expected]] = {
    "R4-1": centers, "R4-5": stations, "R4-6": border, "R5-4": filing, "R7-1c": one_year, "R7-2a": roster,
    "R7-2b": industries, "R7-2c": overlap, "R7-2d": need, "R7-6": ban, "R9-1": thirty_days, "R9-2": evaluation,
    "R9-3": conduct, "R9-4": revocation, "R9-5": revocation, "R9-6": release, "R13-1": key_list,
    "R18-1": service_data, "R19-1": indicators, "R25-1": first_day, "DQ-1": codes, "DQ-2": identities, "PV-1": unread,
    "R6-3a": lambda o, f: persons(o, f, ("full_time",), 2),
    "R6-3b": lambda o, f: persons(o, f, ("part_time",), 1),
    "R7-4": lambda o, f: persons(o, f, ("full_time", "part_time"), 1),
}  # fmt: skip


# --- the networks -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def embedded(beijing: Any) -> Any:
    return beijing


def disturbed(workspace: Any, seed: int) -> Any:
    """Return the network with what real files have: codes gone, answers changed, enterprises shared, days unknown."""
    rng = np.random.default_rng(seed)
    rosters, enterprises = workspace.rosters.copy(), workspace.enterprises
    holders = sorted(set(rosters["holder_id"]))

    def some(share: float) -> Any:
        return rng.random(len(rosters)) < share

    rosters["uscc"] = rosters["uscc"].mask(some(0.01))  # the register knows them still
    gone = some(0.01)
    rosters["uscc"], rosters["enterprise_id"] = rosters["uscc"].mask(gone), rosters["enterprise_id"].mask(gone)
    for kind in ("92", "93"):
        other = some(0.004) & rosters["uscc"].notna().to_numpy()
        rosters["uscc"] = rosters["uscc"].mask(other, kind + rosters["uscc"].str[2:])
        rosters["enterprise_id"] = rosters["enterprise_id"].mask(other)
        rosters["legal_form"] = rosters["legal_form"].mask(other)
    for answer in ("unknown", "no"):
        rosters["explicit_need"] = rosters["explicit_need"].mask(some(0.03), answer)
    rosters["industry_codes"] = rosters["industry_codes"].mask(some(0.01))
    rosters["industry_codes"] = rosters["industry_codes"].mask(some(0.01), "F5211")
    rosters["delisted_on"] = rosters["delisted_on"].mask(some(0.02), pd.Timestamp("2026-06-01"))
    copied = rosters.sample(60, random_state=seed)
    copied = copied.assign(holder_id=rng.choice(holders, len(copied)), explicit_need=rng.choice(["yes", "no"], 60))
    branches = enterprises[enterprises["legal_form"] == "branch"].sample(20, random_state=seed)
    branches = branches.assign(holder_id=rng.choice(holders, len(branches)))
    rows = pd.concat([rosters, copied, branches[[c for c in rosters if c in branches]]], ignore_index=True)
    rows = rows[rows["holder_id"] != holders[seed % len(holders)]]  # a roster that nobody filed
    institutions = workspace.institutions.copy()
    stations = institutions.index[institutions["kind"] == "workstation"].to_numpy()
    institutions.loc[rng.choice(stations, 2), "established_on"] = pd.NaT
    institutions.loc[rng.choice(stations, 2), "revocation_ground"] = "dissolved"
    applications = workspace.applications.copy()
    lost = rng.choice(applications.index[applications["decision"] == "accepted"].to_numpy(), 3)
    applications.loc[lost, "decision"] = "pending"
    applications.loc[lost, ["decided_on", "filed_on"]] = pd.NaT
    return workspace.replace(
        name="disturbed", rosters=conform("rosters", rows), institutions=institutions, applications=applications
    )


MAKERS: dict[str, Callable[[Any], Any]] = {
    "embedded": lambda workspace: workspace,
    "all flaws": lambda workspace: plant_flaws(workspace)[0],
    **{f"disturbed {seed}": lambda workspace, seed=seed: disturbed(workspace, seed) for seed in (1, 2)},
}


@pytest.fixture(scope="module", params=list(MAKERS))
def case(request: pytest.FixtureRequest, embedded: Any) -> tuple[Any, tuple[Any, ...], Oracle]:
    workspace = MAKERS[request.param](embedded)
    on = workspace.data_date
    return workspace, audit(workspace, load_policy("beijing-draft"), on), Oracle(workspace.tables, on)


def expected_of(o: Oracle, f: Any) -> Expected:
    """Return what the tables say of a finding, counted once for both languages."""
    counted = vars(o).setdefault("counted", {})
    if id(f) not in counted:
        counted[id(f)] = EXPECTED[f.rule](o, f)
    return counted[id(f)]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_number_of_every_finding_is_that_of_the_tables(case: Any, lang: str) -> None:
    workspace, findings, oracle = case
    words, names = catalogue(lang), names_of(workspace, lang)
    known = {*oracle.institutions, *oracle.applications}
    wrong, seen = [], Counter()
    for finding in findings:
        sentence = finding_sentence(words, finding, names)
        written = figures(sentence, finding.code, lang)
        told = {name: value(part) for name, part in written.items() if name not in NAMES and re.search(r"\d", part)}
        told = {name: figure for name, figure in told.items() if figure is not None}
        expected = expected_of(oracle, finding) if told or NAMES & written.keys() else {}
        for name, figure in told.items():
            seen[finding.rule, name] += 1
            if name not in expected or expected[name] != figure:
                wrong.append(
                    (finding.rule, finding.subject, sentence, name, figure, expected.get(name, "not computed"))
                )
        for name in NAMES & written.keys():
            shown = {part for part in known if re.search(rf"(?<![\w-]){re.escape(part)}(?![\w-])", written[name])}
            if shown != expected[name]:
                wrong.append((finding.rule, finding.subject, sentence, name, shown, expected[name]))
    assert wrong == [], f"{len(wrong)} wrong, the first: {wrong[0]}"
    assert sum(seen.values()) > 500


def test_what_is_cut_off_the_evidence_is_counted(case: Any) -> None:
    workspace, findings, oracle = case
    words, names = catalogue("zh"), names_of(workspace, "zh")
    cut = 0
    for finding in findings:
        lines = evidence_lines(words, finding, names, 3)
        if len(lines) <= 3 or finding.rule not in ("R7-2a", "R7-2b", "R7-2d"):
            continue
        entities = oracle.entities(finding.subject_kind, finding.subject, judged(oracle, finding)).values()
        counted = [e for e in entities if e["kind"] != "no"]
        all_of_them = {
            "R7-2a": sum(not e["certain"] for e in counted),
            "R7-2b": sum(e["key"] != "yes" for e in counted),
            "R7-2d": sum(e["need"] == "unknown" or not e["certain"] for e in counted),
        }
        assert [int(n) for n in re.findall(r"\d+", lines[-1])] == [all_of_them[finding.rule] - 3], lines
        cut += 1
    assert cut or workspace.name != "disturbed"


def test_the_lines_of_the_summary(case: Any) -> None:
    workspace, findings, oracle = case
    told = AuditResult(findings, oracle.on, provenance(workspace, load_policy(), oracle.on, {}))
    for lang in ("zh", "en"):
        counts = next(line for line in audit_summary(workspace, told, lang) if count_line(line))
        verdicts = Counter(str(finding.verdict) for finding in findings)
        blocking = sum(f.verdict == "FAIL" and f.severity == "blocking" for f in findings)
        figures_told = [int(n.replace(",", "")) for n in re.findall(r"[\d,]*\d", counts)]
        assert figures_told == [verdicts["PASS"], verdicts["FAIL"], blocking, verdicts["UNDETERMINED"]]


def count_line(line: str) -> bool:
    return len(re.findall(r"[\d,]*\d", line)) == 4 and ("：符合" in line or "meet" in line)


# --- a dossier and the summary of a plan ------------------------------------------------------------------------------


SITE = "P071"
ROSTER_COLUMNS = tuple(ROSTERS.columns)


@pytest.fixture(scope="module")
def tried(embedded: Any) -> tuple[Any, Any, Oracle, Any]:
    """A tested site with a roster as planners bring them: shared, repeated, answered twice, not only enterprises."""
    chosen = embedded.enterprises.sample(150, random_state=3)
    kept = [name for name in ROSTER_COLUMNS if name in chosen]
    rows = pd.DataFrame(chosen[kept]).assign(explicit_need=np.resize(["yes", "yes", "yes", "no", "unknown"], 150))
    shared = embedded.rosters.iloc[:7][kept].assign(explicit_need="yes")
    twice = rows.iloc[:5].assign(explicit_need="no")
    roster = pd.concat([rows, shared, twice], ignore_index=True)
    result = planning.assess_site(embedded, load_policy(), site_id=SITE, roster=roster)
    unit = embedded.carriers.set_index("carrier_id").loc[SITE, "unit"]
    on = embedded.data_date
    asked = pd.DataFrame(
        [{"application_id": "SITE", "kind": "establishment", "institution_kind": "workstation", "unit": unit,
          "applied_on": pd.Timestamp(on), "decision": "pending"}]
    )  # fmt: skip
    filed = pd.concat([embedded.rosters, conform("rosters", roster.assign(holder_id="SITE"))], ignore_index=True)
    applications = pd.concat([embedded.applications, conform("applications", asked)], ignore_index=True)
    tables = {**embedded.tables, "rosters": filed, "applications": applications}
    return embedded, result, Oracle(tables, on), plan_of_test(embedded, load_policy(), result)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_dossier_tells_the_roster_of_the_tables(tried: Any, lang: str) -> None:
    workspace, result, oracle, plan = tried
    words = catalogue(lang)
    text_of = typeset.plain_text(dossier(workspace, plan, SITE, lang, findings=result.assessment.findings))
    told = dict(re.findall(r"^- (.+?): (.+)$", text_of, re.MULTILINE))
    entities = {k: e for k, e in oracle.entities("application", "SITE", oracle.on).items() if e["kind"] != "no"}
    over = oracle.overlaps("application", "SITE", oracle.on)
    n, yes = len(entities), sum(e["need"] == "yes" for e in entities.values())
    expected = {
        "dossier.n_rows": sum(len(e["rows"]) for e in oracle.entities("application", "SITE", oracle.on).values()),
        "dossier.n_entities": len(oracle.entities("application", "SITE", oracle.on)),
        "dossier.n_residual": over["residual"],
        "dossier.n_key_industry": count(entities, key="yes"),
        "dossier.n": n,
        "dossier.k": yes,
        "column.without_need": sum(e["need"] == "no" for e in entities.values()),
        "column.unknown_need": sum(e["need"] == "unknown" for e in entities.values()),
        "column.margin_roster": n - 50,
        "column.margin_need": yes - needed(n),
        "column.dropped_without_need": 0,
    }
    assert {key: value(told[words.text(key)]) for key in expected} == expected
    overlapping = next(f for f in result.assessment.findings if f.rule == "R7-2c")
    sentence = finding_sentence(words, overlapping, names_of(workspace, lang))
    assert sentence in text_of
    assert value(figures(sentence, overlapping.code, lang)["shared"]) == over["shared"] > 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_summary_of_a_plan_tells_the_coverage_of_the_tables(tried: Any, lang: str) -> None:
    workspace, _, oracle, plan = tried
    shown = "\n".join(plan_summary(workspace, plan, lang))
    population = key_enterprises(oracle)
    served = {key for row in oracle.binding for key in held_by(oracle, row)}
    new = set(oracle.entities("application", "SITE", oracle.on))
    before, after = len(population & served), len(population & (served | new))
    line = next(part for part in shown.split("\n") if f"{before:,}" in part and f"{len(population):,}" in part)
    found = [float(part.replace(",", "")) for part in re.findall(r"\d[\d,]*\.?\d*", line)]
    shares = [round(100 * part / len(population), 1) for part in (before, after)]
    assert found == pytest.approx([*shares, before, after, len(population)])


def key_enterprises(o: Oracle) -> set[str]:
    """Return the legal entities of the enterprise table that are enterprises in a key industry."""
    found = set()
    lists = o.lists(None, o.on)
    for key, rows in o.register.items():
        codes = ";".join(row["industry_codes"] for row in rows if text(row["industry_codes"]))
        if key.startswith("91") and codes and o.is_key([codes], lists) == "yes":
            found.add(key)
    return found


def held_by(o: Oracle, station: dict[str, Any]) -> set[str]:
    """Return whom an active station, or an accepted application, holds on the day."""
    active = (station["since"] or o.on) <= o.on < (station["until"] or dt.date.max)
    return {row["key"] for row in o.in_force(station["rows"], o.on)} if active else set()
