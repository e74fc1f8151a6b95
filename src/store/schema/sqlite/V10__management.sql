-- Whether the settings of a policy are done all or none.
ALTER TABLE policy ADD COLUMN atomic INTEGER NOT NULL DEFAULT 0;

-- What a device told of itself in a session, and the session under way: JSON.
ALTER TABLE device ADD COLUMN inventory TEXT;
ALTER TABLE device ADD COLUMN session TEXT;

-- A check-in with nothing to do is known by one look: the device has no work of its own, and no policy of the
-- organization changed since all of them were delivered to it.
ALTER TABLE organization ADD COLUMN policy_changes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN work INTEGER NOT NULL DEFAULT 1;
ALTER TABLE device ADD COLUMN settled INTEGER NOT NULL DEFAULT -1;

CREATE TRIGGER policy_changes AFTER UPDATE OF settings, atomic, deleted_at ON policy BEGIN
    UPDATE organization SET policy_changes = policy_changes + 1 WHERE id = NEW.organization_id;
END;
CREATE TRIGGER device_has_work AFTER UPDATE OF policies, computer_name, display_name, owner, state ON device
WHEN NEW.policies IS NOT OLD.policies OR NEW.computer_name IS NOT OLD.computer_name
    OR NEW.display_name IS NOT OLD.display_name OR NEW.owner IS NOT OLD.owner
    OR (NEW.state = 'DELETE_REQUESTED' AND OLD.state <> 'DELETE_REQUESTED')
BEGIN
    UPDATE device SET work = 1 WHERE id = NEW.id;
END;

-- What a device was told of a node and how it answered. `step` counts where a policy names a node more than once;
-- `told` is the digest of what was told; `value` what the device read out of the node.
CREATE TABLE delivery (
    device_id TEXT NOT NULL REFERENCES device (id),
    node TEXT NOT NULL,
    step INTEGER NOT NULL,
    loc_uri TEXT NOT NULL,
    policy_id TEXT,
    told BLOB NOT NULL,
    verb TEXT NOT NULL,
    switched INTEGER NOT NULL DEFAULT 0,
    added INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    sent_in TEXT,
    sent_at INTEGER,
    sent_bytes INTEGER NOT NULL DEFAULT 0,
    status INTEGER,
    original_error TEXT,
    value TEXT,
    answered_at INTEGER,
    PRIMARY KEY (device_id, node, step)
) STRICT, WITHOUT ROWID;
