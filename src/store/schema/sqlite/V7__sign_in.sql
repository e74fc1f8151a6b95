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
