-- Requests at the signature service that bear a message of ours and that the record does not account for: their attempt
-- is not on record, as after a restore, or has ended on record while they are open there. Orchestrate looks through the
-- service's list a page at a time; how far it has come is kept here.

CREATE INDEX attempts_token ON attempts (token_sha256);

CREATE TABLE sweeps (
    service  text PRIMARY KEY CHECK (length(service) BETWEEN 1 AND 64),
    number   integer NOT NULL CHECK (number >= 0),
    cursor   text NOT NULL DEFAULT '' CHECK (length(cursor) <= 1000),
    begun_at timestamptz NOT NULL,
    asked_at timestamptz NOT NULL, -- when it last went on, or was to
    ended_at timestamptz
);

CREATE TABLE stray_requests (
    id          text PRIMARY KEY CHECK (id ~ '^[a-z2-7]{26}$'), -- ours
    request     text NOT NULL UNIQUE CHECK (length(request) BETWEEN 1 AND 100), -- the service's
    external_id text NOT NULL CHECK (length(external_id) BETWEEN 1 AND 255),
    contract    text NOT NULL, -- as the message says, on record or not
    attempt     integer NOT NULL,
    on_record   boolean NOT NULL,
    state       text NOT NULL CHECK (state ~ '^[a-z_]{1,32}$'),
    created_at  timestamptz NOT NULL,
    found_at    timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL,
    settled_at  timestamptz,
    settled_by  text NOT NULL DEFAULT ''
);
CREATE INDEX stray_requests_newest ON stray_requests (found_at DESC) WHERE settled_at IS NULL;

ALTER TABLE stray_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE stray_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON stray_requests USING (current_setting('paraphe.role', true) IN ('function', 'administrator'));
