-- Times are milliseconds since 1970, ids 24 hexadecimal digits, lists and facts JSON.

-- What one process tells another: the address that people reach the server at.
CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE organization (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE token (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    kind TEXT NOT NULL,
    email TEXT,
    display_name TEXT,
    tags TEXT NOT NULL,
    max_uses INTEGER,
    uses INTEGER NOT NULL DEFAULT 0,
    device_cap INTEGER,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at INTEGER,
    -- Keyed hashes to find the token by its value or its code, and both sealed, since they are shown again.
    value_lookup BLOB NOT NULL UNIQUE,
    code_lookup BLOB NOT NULL UNIQUE,
    sealed BLOB NOT NULL,
    CHECK (max_uses IS NULL OR uses <= max_uses)
) STRICT;
CREATE INDEX token_of_organization ON token (organization_id, id);

-- Results of sign-ins on our own page, each good for one flow.
CREATE TABLE sign_in (
    id TEXT NOT NULL PRIMARY KEY,
    lookup BLOB NOT NULL UNIQUE,
    token_id TEXT NOT NULL REFERENCES token (id),
    email TEXT,
    expires_at INTEGER NOT NULL,
    device_id TEXT
) STRICT;
CREATE INDEX sign_in_expiry ON sign_in (expires_at);

CREATE TABLE device (
    id TEXT NOT NULL PRIMARY KEY,
    guid TEXT NOT NULL UNIQUE,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    state TEXT NOT NULL,
    owner TEXT,
    token_id TEXT REFERENCES token (id),
    display_name TEXT,
    tags TEXT NOT NULL,
    clone_of TEXT,
    device_id TEXT,
    hardware_id TEXT,
    facts TEXT NOT NULL,
    -- Names, secrets and nonces of its management sessions, sealed.
    credentials BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    enrolled_at INTEGER NOT NULL,
    last_seen_at INTEGER
) STRICT;
CREATE INDEX device_of_organization ON device (organization_id, id);
CREATE INDEX device_by_hardware ON device (hardware_id) WHERE hardware_id IS NOT NULL;
CREATE INDEX device_by_token ON device (token_id, state) WHERE token_id IS NOT NULL;

-- Every certificate ever planned: a row exists before the key signs.
CREATE TABLE issuance (
    serial BLOB NOT NULL UNIQUE,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    device_id TEXT NOT NULL REFERENCES device (id),
    token_id TEXT,
    issuer TEXT NOT NULL,
    spki_sha256 BLOB NOT NULL,
    state TEXT NOT NULL,
    -- What will be signed; empty once the certificate, which contains it, is there.
    tbs BLOB NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    planned_at INTEGER NOT NULL,
    issued_at INTEGER,
    ended_at INTEGER,
    certificate BLOB,
    certificate_sha256 BLOB
) STRICT;
CREATE INDEX issuance_by_key ON issuance (spki_sha256);
CREATE UNIQUE INDEX issuance_by_certificate ON issuance (certificate_sha256) WHERE certificate_sha256 IS NOT NULL;
CREATE INDEX issuance_of_device ON issuance (device_id);
CREATE INDEX issuance_planned ON issuance (planned_at) WHERE state = 'planned';

-- One walk of one device, refused or not, and its exchanges.
CREATE TABLE attempt (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT REFERENCES organization (id),
    outcome TEXT NOT NULL,
    refusal TEXT,
    hresult INTEGER,
    sentence TEXT,
    explanation TEXT,
    username TEXT,
    token_id TEXT,
    device_id TEXT,
    facts TEXT,
    trace_id TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_by_trace ON attempt (trace_id);

CREATE TABLE exchange (
    attempt_id TEXT NOT NULL REFERENCES attempt (id),
    trace_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX exchange_of_attempt ON exchange (attempt_id, at);
CREATE INDEX exchange_by_trace ON exchange (trace_id);

CREATE TABLE api_key (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    shown TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at INTEGER,
    revoked_at INTEGER
) STRICT;
