-- What people receive and see: letters on their way, the words and colours of an organization, its terms of use.

-- The outbox. `due_at` is when it may be handed to a mail server: beyond a lease while one has it. `once` names what is
-- told one time only. `handed_at` counts against the limits of an hour.
CREATE TABLE letter (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    recipient_key TEXT NOT NULL,
    language TEXT,
    token_id TEXT REFERENCES token (id),
    -- What it tells beyond the token, JSON.
    about TEXT NOT NULL,
    once TEXT UNIQUE,
    state TEXT NOT NULL DEFAULT 'queued',
    tries INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    handed_at INTEGER,
    sent_at INTEGER,
    problem TEXT
) STRICT;
CREATE INDEX letter_due ON letter (due_at, id) WHERE state = 'queued';
CREATE INDEX letter_by_age ON letter (created_at) WHERE state <> 'queued';
CREATE INDEX letter_of_token ON letter (token_id) WHERE state = 'queued';
CREATE INDEX letter_of_recipient ON letter (organization_id, recipient_key, handed_at) WHERE handed_at IS NOT NULL;
CREATE INDEX letter_of_organization ON letter (organization_id, handed_at) WHERE handed_at IS NOT NULL;
CREATE INDEX letter_listed ON letter (organization_id, id);

-- Tokens whose holder is to be reminded.
CREATE INDEX token_to_remind ON token (expires_at) WHERE send_email = 1 AND state = 'PENDING';

-- An organization's own words for a kind of letter, JSON.
CREATE TABLE wording (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    body TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, kind, language)
) STRICT;

-- How an organization shows itself: JSON, and a logo as PNG.
CREATE TABLE branding (
    organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organization (id),
    body TEXT NOT NULL,
    logo BLOB,
    updated_at INTEGER NOT NULL
) STRICT;

-- Terms of use: versions are added, never changed. `texts` is JSON, a text for each language.
CREATE TABLE terms (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    version INTEGER NOT NULL,
    texts TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, version)
) STRICT;

-- Who accepted which version, when, and in which attempt.
CREATE TABLE terms_acceptance (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    version INTEGER NOT NULL,
    token_id TEXT,
    email TEXT,
    attempt_id TEXT,
    remote TEXT,
    language TEXT NOT NULL,
    accepted_at INTEGER NOT NULL
) STRICT;
CREATE INDEX terms_acceptance_of_organization ON terms_acceptance (organization_id, id);

-- What a person answered on the page.
ALTER TABLE sign_in ADD COLUMN answers TEXT NOT NULL DEFAULT '[]';
