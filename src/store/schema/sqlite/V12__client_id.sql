-- Devices by the DeviceID that they call themselves by, however it is spelled.
CREATE INDEX device_by_client_id ON device (LOWER(REPLACE(REPLACE(REPLACE(device_id, '-', ''), '{', ''), '}', '')))
    WHERE device_id IS NOT NULL;
