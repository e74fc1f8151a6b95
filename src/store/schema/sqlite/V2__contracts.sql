-- What the published contracts add: segments, users, policies, templates, identifiers, keys with scopes, repeated requests.

-- Settings of an organization, JSON.
ALTER TABLE organization ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE organization ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;

-- Sub-scopes of an organization; 0, the whole, has no row.
CREATE TABLE segment (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    id INTEGER NOT NULL CHECK (id > 0),
    name TEXT NOT NULL,
    parent_id INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;

-- `email_key` is the address in lower case.
CREATE TABLE mdm_user (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    first_name TEXT,
    last_name TEXT,
    tags TEXT NOT NULL DEFAULT '[]',
    enabled INTEGER NOT NULL DEFAULT 1,
    segment_id INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (organization_id, email_key)
) STRICT;

-- `name_key` is the name in lower case; a deleted row gives it up.
CREATE TABLE policy (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    name_key TEXT,
    description TEXT,
    settings TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    UNIQUE (organization_id, name_key)
) STRICT;

-- `body` is JSON: rules, fields, login providers; the secret of the Entra application is sealed beside it.
CREATE TABLE template (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    name_key TEXT,
    description TEXT,
    body TEXT NOT NULL,
    entra_secret BLOB,
    segment_id INTEGER NOT NULL DEFAULT 0,
    token_id TEXT REFERENCES token (id),
    revision INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    UNIQUE (organization_id, name_key)
) STRICT;

-- Corporate identifiers; `value` is normalised.
CREATE TABLE identifier (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    description TEXT,
    platform TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (organization_id, kind, value)
) STRICT;

ALTER TABLE token ADD COLUMN template_id TEXT REFERENCES template (id);
ALTER TABLE token ADD COLUMN mdm_user_id TEXT REFERENCES mdm_user (id);
ALTER TABLE token ADD COLUMN segment_id INTEGER NOT NULL DEFAULT 0;
-- Assignments of policies, JSON.
ALTER TABLE token ADD COLUMN policies TEXT NOT NULL DEFAULT '[]';
ALTER TABLE token ADD COLUMN send_email INTEGER NOT NULL DEFAULT 0;
ALTER TABLE token ADD COLUMN email_status TEXT NOT NULL DEFAULT 'skipped';
ALTER TABLE token ADD COLUMN email_text TEXT;
ALTER TABLE token ADD COLUMN language TEXT;
-- What the Android Management API carries along.
ALTER TABLE token ADD COLUMN additional_data TEXT;
ALTER TABLE token ADD COLUMN allow_personal_usage TEXT;
ALTER TABLE token ADD COLUMN updated_at INTEGER;
ALTER TABLE token ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
-- Its user was disabled.
ALTER TABLE token ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;
CREATE INDEX token_of_user ON token (mdm_user_id) WHERE mdm_user_id IS NOT NULL;
CREATE INDEX token_of_template ON token (template_id) WHERE template_id IS NOT NULL;

ALTER TABLE device ADD COLUMN segment_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN policies TEXT NOT NULL DEFAULT '[]';
ALTER TABLE device ADD COLUMN template_id TEXT REFERENCES template (id);
-- Normalised, to find a device by.
ALTER TABLE device ADD COLUMN serial_key TEXT;
ALTER TABLE device ADD COLUMN imei_key TEXT;
ALTER TABLE device ADD COLUMN merged_into TEXT;
ALTER TABLE device ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE device ADD COLUMN updated_at INTEGER;
CREATE INDEX device_by_serial ON device (organization_id, serial_key) WHERE serial_key IS NOT NULL;
CREATE INDEX device_by_imei ON device (organization_id, imei_key) WHERE imei_key IS NOT NULL;
CREATE INDEX device_by_template ON device (template_id, state) WHERE template_id IS NOT NULL;

CREATE INDEX attempt_of_organization ON attempt (organization_id, id);

-- Permissions that the key is limited to and segments that it sees, JSON; none: all of its role, all segments.
ALTER TABLE api_key ADD COLUMN scopes TEXT;
ALTER TABLE api_key ADD COLUMN segments TEXT;
CREATE INDEX api_key_of_organization ON api_key (organization_id, id);

-- Requests that carried an Idempotency-Key, and their answers, sealed; without a status: under way.
CREATE TABLE repeated (
    api_key_id TEXT NOT NULL REFERENCES api_key (id),
    idempotency_key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER,
    answer BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (api_key_id, idempotency_key)
) STRICT;
CREATE INDEX repeated_by_age ON repeated (created_at);
