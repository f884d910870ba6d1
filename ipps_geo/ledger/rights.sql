-- What is the own unit's, and what of others it knows of: for the views of the schema "seen", granted to nobody.
-- "kept.<table>" are the rows as of the batch that is set; the rest is made by ipps_geo/ledger/rights.py.

CREATE VIEW kept.me AS
SELECT role, unit FROM public.database_login WHERE name = session_user;

CREATE VIEW kept.own_units AS
WITH RECURSIVE within (code) AS (
    SELECT unit FROM kept.me WHERE role = 'district' AND unit IS NOT NULL
    UNION
    SELECT s.code FROM kept.service_units AS s JOIN within AS w ON s.part_of = w.code
)
SELECT code FROM within;

CREATE VIEW kept.own_stations AS
SELECT institution_id AS id FROM kept.institutions WHERE unit IN (SELECT code FROM kept.own_units);

CREATE VIEW kept.own_cases AS
SELECT application_id AS id FROM kept.applications
WHERE unit IN (SELECT code FROM kept.own_units) OR institution_id IN (SELECT id FROM kept.own_stations);

CREATE VIEW kept.own_holders AS
SELECT id FROM kept.own_stations UNION SELECT id FROM kept.own_cases;

CREATE VIEW kept.own_rosters AS
SELECT * FROM kept.rosters WHERE holder_id IN (SELECT id FROM kept.own_holders);

-- How the own record names each entity: the row with the lowest code, then name.
CREATE VIEW kept.own_names AS
SELECT DISTINCT ON (entity) entity, uscc, name, parent_uscc, enterprise_id
FROM (
    SELECT entity, uscc, name, parent_uscc, enterprise_id FROM kept.own_rosters
    UNION ALL
    SELECT entity, uscc, name, parent_uscc, enterprise_id FROM kept.enterprises
    WHERE unit IN (SELECT code FROM kept.own_units)
) AS own
ORDER BY
    entity,
    COALESCE(uscc, '') COLLATE "C",
    COALESCE(name, '') COLLATE "C",
    COALESCE(parent_uscc, '') COLLATE "C",
    COALESCE(enterprise_id, '') COLLATE "C";

-- Entries of others: of the station that holds them, or that an accepted application became; else nameless.
CREATE VIEW kept.elsewhere AS
SELECT DISTINCT
    r.entity,
    r.listed_on,
    r.delisted_on,
    CASE
        WHEN i.institution_id IS NOT NULL THEN r.holder_id
        WHEN a.decision = 'accepted' AND b.institution_id IS NOT NULL THEN b.institution_id
        ELSE n.alias
    END AS holder,
    CASE
        WHEN i.institution_id IS NULL AND (a.decision = 'pending' OR b.institution_id IS NULL) THEN a.application_id
    END AS application
FROM kept.rosters AS r
LEFT JOIN kept.institutions AS i ON i.institution_id = r.holder_id
LEFT JOIN kept.applications AS a ON a.application_id = r.holder_id AND i.institution_id IS NULL
LEFT JOIN kept.institutions AS b ON b.institution_id = a.institution_id
LEFT JOIN public.alias AS n ON n.kind = 'case' AND n.clear = r.holder_id
WHERE
    r.holder_id NOT IN (SELECT id FROM kept.own_holders)
    AND r.entity IN (SELECT entity FROM kept.own_names)
    AND (
        i.institution_id IS NOT NULL
        OR (a.kind = 'establishment' AND a.decision IN ('pending', 'accepted'))
    );

-- Institutions of which a roster is on record, also one filed under the application that they came of.
CREATE VIEW kept.holding AS
SELECT holder_id AS id FROM kept.rosters
UNION
SELECT a.institution_id
FROM kept.applications AS a JOIN kept.rosters AS r ON r.holder_id = a.application_id
WHERE a.decision = 'accepted' AND a.institution_id IS NOT NULL;
