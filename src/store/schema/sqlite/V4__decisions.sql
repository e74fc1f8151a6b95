-- What rules need beside themselves: named lists of identifiers, restrictions, approvals, and what was decided.

-- An identifier may lie on several lists; `corporate` is the one that makes a device the organization's own.
CREATE TABLE identifier_of_list (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    list TEXT NOT NULL,
    description TEXT,
    platform TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (organization_id, kind, value, list)
) STRICT;
INSERT INTO identifier_of_list (id, organization_id, kind, value, list, description, platform, created_at, updated_at)
    SELECT id, organization_id, kind, value, 'corporate', description, platform, created_at, updated_at FROM identifier;
DROP TABLE identifier;
ALTER TABLE identifier_of_list RENAME TO identifier;
CREATE INDEX identifier_of_organization ON identifier (organization_id, list);

-- `body` is JSON: whom it concerns and what it allows. The smaller priority comes first.
CREATE TABLE restriction (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    priority INTEGER NOT NULL,
    body TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (organization_id, name_key)
) STRICT;
CREATE INDEX restriction_by_priority ON restriction (organization_id, priority);

-- Devices that were told to wait. `device_key` is the DeviceID, normalised; an approval that was used gives it up.
CREATE TABLE approval (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    state TEXT NOT NULL,
    token_id TEXT NOT NULL REFERENCES token (id),
    template_id TEXT REFERENCES template (id),
    segment_id INTEGER NOT NULL DEFAULT 0,
    device_key TEXT NOT NULL,
    hardware_id TEXT,
    owner TEXT,
    device_name TEXT,
    facts TEXT NOT NULL,
    -- What the rules said, JSON.
    decision TEXT NOT NULL,
    attempt_id TEXT,
    asked INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    decided_at INTEGER,
    decided_by TEXT,
    note TEXT,
    -- The device that came of it.
    device_id TEXT,
    revision INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX approval_of_device ON approval (token_id, device_key) WHERE state <> 'ENROLLED';
CREATE INDEX approval_of_organization ON approval (organization_id, state, id);

-- What was decided of a device and why, JSON; whose machine it is, and whether an administrator said so.
ALTER TABLE device ADD COLUMN decision TEXT;
ALTER TABLE device ADD COLUMN ownership TEXT NOT NULL DEFAULT 'personal';
ALTER TABLE device ADD COLUMN ownership_fixed INTEGER NOT NULL DEFAULT 0;
-- What the computer is to be called, until it was told.
ALTER TABLE device ADD COLUMN computer_name TEXT;
CREATE INDEX device_by_name ON device (organization_id, LOWER(device_name)) WHERE device_name IS NOT NULL;
CREATE INDEX device_by_computer_name ON device (organization_id, LOWER(computer_name)) WHERE computer_name IS NOT NULL;
ALTER TABLE attempt ADD COLUMN decision TEXT;

-- Devices of one person, and how many an organization has: both are limited by restrictions.
CREATE INDEX device_by_owner ON device (organization_id, LOWER(owner), state) WHERE owner IS NOT NULL;
ALTER TABLE organization ADD COLUMN devices INTEGER NOT NULL DEFAULT 0;
UPDATE organization SET devices =
    (SELECT COUNT(*) FROM device WHERE device.organization_id = organization.id AND device.state <> 'DELETED');
CREATE TRIGGER device_came AFTER INSERT ON device WHEN NEW.state <> 'DELETED' BEGIN
    UPDATE organization SET devices = devices + 1 WHERE id = NEW.organization_id;
END;
CREATE TRIGGER device_left AFTER UPDATE OF state ON device WHEN OLD.state <> 'DELETED' AND NEW.state = 'DELETED' BEGIN
    UPDATE organization SET devices = devices - 1 WHERE id = NEW.organization_id;
END;
CREATE TRIGGER device_returned AFTER UPDATE OF state ON device WHEN OLD.state = 'DELETED' AND NEW.state <> 'DELETED' BEGIN
    UPDATE organization SET devices = devices + 1 WHERE id = NEW.organization_id;
END;
CREATE TRIGGER device_gone AFTER DELETE ON device WHEN OLD.state <> 'DELETED' BEGIN
    UPDATE organization SET devices = devices - 1 WHERE id = OLD.organization_id;
END;
