-- What a device calls itself, to search by: a fact that lay among the others.
ALTER TABLE device ADD COLUMN device_name TEXT;
UPDATE device SET device_name = (
    SELECT json_extract(item.value, '$[1]') FROM json_each(device.facts) item
    WHERE LOWER(json_extract(item.value, '$[0]')) = 'devicename' AND json_extract(item.value, '$[1]') <> ''
    LIMIT 1);
