-- Why a certificate was revoked, as RFC 5280 calls it; none: nobody said.
ALTER TABLE issuance ADD COLUMN reason TEXT;
CREATE INDEX issuance_ended ON issuance (issuer, not_after) WHERE state IN ('revoked', 'abandoned');

CREATE INDEX issuance_superseded ON issuance (ended_at) WHERE state = 'superseded';

-- The revocation list of each issuing CA. `number` is the latest that was given to a list, `published` that of the list
-- in `der`; `changes` counts revocations, `covered` those that the list knows.
CREATE TABLE crl (
    issuer TEXT NOT NULL PRIMARY KEY,
    changes INTEGER NOT NULL DEFAULT 0,
    number INTEGER NOT NULL DEFAULT 0,
    published INTEGER NOT NULL DEFAULT 0,
    covered INTEGER NOT NULL DEFAULT -1,
    this_update INTEGER,
    next_update INTEGER,
    der BLOB
) STRICT;

-- Whatever ends a certificate makes a new list due: no statement can forget it.
CREATE TRIGGER issuance_ends AFTER UPDATE OF state, reason ON issuance
WHEN NEW.state IN ('revoked', 'abandoned')
BEGIN
    UPDATE crl SET changes = changes + 1 WHERE issuer = NEW.issuer;
END;

-- Keys that are never certified again. `serial` is that of the certificate whose revocation blocked the key.
CREATE TABLE blocked_key (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    spki_sha256 BLOB NOT NULL,
    serial BLOB,
    description TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (organization_id, spki_sha256)
) STRICT;
CREATE INDEX blocked_key_by_key ON blocked_key (spki_sha256);
