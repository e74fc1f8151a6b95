-- When the last certificate of an issuing CA ends.
CREATE INDEX issuance_of_issuer ON issuance (issuer, not_after);

-- The roots that devices took in a management session, by the SHA-256 of their certificates.
CREATE TABLE device_root (
    device_id TEXT NOT NULL REFERENCES device (id),
    root TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    PRIMARY KEY (device_id, root)
) STRICT, WITHOUT ROWID;
