-- What another server is to be told of devices, until it was told.
CREATE TABLE webhook_event (
    id TEXT NOT NULL PRIMARY KEY,
    device_id TEXT NOT NULL REFERENCES device (id),
    event TEXT NOT NULL,
    -- The certificate that it is about.
    serial BLOB,
    tries INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_event_due ON webhook_event (due_at, id);
CREATE INDEX webhook_event_of_device ON webhook_event (device_id, created_at, id);

-- Which devices were not heard of for how long.
CREATE INDEX device_by_silence ON device (organization_id, COALESCE(last_seen_at, enrolled_at), id) WHERE state <> 'DELETED';
