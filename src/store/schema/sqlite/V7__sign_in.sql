-- Identity providers of an organization. `settings` is JSON; the secret is sealed.
CREATE TABLE identity_provider (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    settings TEXT NOT NULL,
    secret BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    UNIQUE (organization_id, name_key)
) STRICT;

-- What may be shown once: the states of sign-ins elsewhere, the assertions that came back. `lookup` is a keyed hash.
CREATE TABLE spent (
    lookup BLOB NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX spent_by_end ON spent (expires_at);

-- Who an identity provider says it is (JSON).
ALTER TABLE sign_in ADD COLUMN identity TEXT;

-- The Argon2id hash of a local user's password.
ALTER TABLE mdm_user ADD COLUMN password TEXT;

-- Proof that the terms of use of an Entra ID tenant were accepted: what its person is known by.
ALTER TABLE terms_acceptance ADD COLUMN subject TEXT;

-- What Entra ID is to be told of a device. `due_at` is when it may be told: beyond a lease while somebody does.
CREATE TABLE directory_report (
    device_id TEXT NOT NULL PRIMARY KEY REFERENCES device (id),
    template_id TEXT NOT NULL,
    directory_device_id TEXT NOT NULL,
    is_managed INTEGER NOT NULL,
    is_compliant INTEGER,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    told_at INTEGER,
    problem TEXT
) STRICT;
CREATE INDEX directory_report_due ON directory_report (due_at, device_id) WHERE state = 'pending';
