-- The contracts as they stand, and what hangs on each. The checks are the last defence: functions/persist and
-- functions/orchestrate hold the rules.

CREATE TABLE contracts (
    id          text PRIMARY KEY CHECK (id ~ '^[a-z2-7]{26}$'),
    owner       text NOT NULL REFERENCES users,
    status      text NOT NULL CHECK (status IN
                ('draft', 'preparing', 'sent', 'signed', 'completed', 'declined', 'expired', 'cancelled')),
    version     bigint NOT NULL CHECK (version > 0),
    title       text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
    template    text NOT NULL CHECK (template ~ '^[a-z0-9-]{1,64}/[0-9]{1,4}$'),
    language    text NOT NULL CHECK (language ~ '^[a-z]{2}$'),
    data        jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
    snapshot    jsonb NOT NULL,
    attention   text NOT NULL DEFAULT '',
    deadline    timestamptz NOT NULL,
    due_at      timestamptz,
    nudges      integer NOT NULL DEFAULT 0 CHECK (nudges >= 0),
    head        text NOT NULL CHECK (head ~ '^[0-9a-f]{64}$'),
    history_seq bigint NOT NULL CHECK (history_seq > 0),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CONSTRAINT snapshot_agrees CHECK (snapshot->>'id' = id AND snapshot->>'owner' = owner
        AND snapshot->>'status' = status AND (snapshot->>'version')::bigint = version)
);
CREATE INDEX contracts_newest ON contracts (created_at DESC, id DESC);
CREATE INDEX contracts_due ON contracts (due_at) WHERE due_at IS NOT NULL;

-- The signers as persons: all that is personal about them, in one place.
CREATE TABLE signers (
    contract   text NOT NULL REFERENCES contracts,
    id         text NOT NULL CHECK (id ~ '^[A-Za-z0-9_-]{1,64}$'),
    position   integer NOT NULL CHECK (position > 0),
    first_name text NOT NULL CHECK (length(first_name) BETWEEN 1 AND 200),
    last_name  text NOT NULL CHECK (length(last_name) BETWEEN 1 AND 200),
    email      text NOT NULL CHECK (length(email) BETWEEN 3 AND 320),
    phone      text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{1,14}$'),
    locale     text NOT NULL CHECK (locale ~ '^[a-z]{2}$'),
    PRIMARY KEY (contract, id),
    UNIQUE (contract, position)
);
CREATE INDEX signers_email ON signers (lower(email));

-- Which accounts see a contract: its owner's, and those of signers with the same e-mail address.
CREATE TABLE readers (
    user_id  text NOT NULL REFERENCES users,
    contract text NOT NULL REFERENCES contracts,
    PRIMARY KEY (user_id, contract)
);

-- Every try at the signature service, with the sealed message that proves what comes back about it.
CREATE TABLE attempts (
    contract     text NOT NULL REFERENCES contracts,
    number       integer NOT NULL CHECK (number > 0),
    token        text NOT NULL CHECK (length(token) BETWEEN 1 AND 255),
    token_sha256 text NOT NULL CHECK (token_sha256 ~ '^[0-9a-f]{64}$'),
    request_id   text NOT NULL DEFAULT '',
    PRIMARY KEY (contract, number)
);

-- Who is writing, or has written, which letter.
CREATE TABLE letters (
    contract    text NOT NULL REFERENCES contracts,
    name        text NOT NULL,
    occasion    integer NOT NULL CHECK (occasion > 0),
    recipient   text NOT NULL,
    state       text NOT NULL CHECK (state IN ('taken', 'sent', 'refused')),
    lease_until timestamptz NOT NULL,
    sent_at     timestamptz,
    PRIMARY KEY (contract, name, occasion, recipient),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL))
);

-- What the links in letters open, by the digest of their secrets.
CREATE TABLE links (
    digest     text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
    contract   text NOT NULL,
    signer     text NOT NULL,
    created_at timestamptz NOT NULL,
    FOREIGN KEY (contract, signer) REFERENCES signers
);

-- Documents by the digest of their bytes. PDFs are compressed already: EXTERNAL saves PostgreSQL from trying again.
CREATE TABLE files (
    contract   text NOT NULL REFERENCES contracts,
    sha256     text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size       bigint NOT NULL CHECK (size = length(bytes)),
    bytes      bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (contract, sha256)
);
ALTER TABLE files ALTER COLUMN bytes SET STORAGE EXTERNAL;
