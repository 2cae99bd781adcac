-- What happened, append-only and chained by hash. detail is json and not jsonb: it is kept as it was hashed.

CREATE TABLE history (
    contract      text NOT NULL REFERENCES contracts,
    seq           bigint NOT NULL CHECK (seq > 0),
    at            timestamptz NOT NULL,
    actor         text NOT NULL CHECK (actor ~ '^(person|signer|function):.'),
    what          text NOT NULL CHECK (length(what) BETWEEN 1 AND 100),
    detail        json,
    previous_hash text NOT NULL CHECK (previous_hash ~ '^[0-9a-f]{64}$'),
    hash          text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (contract, seq)
);

-- What people wrote in their own words. The chain holds a salted commitment to it, so it may be erased.
CREATE TABLE words (
    contract text NOT NULL REFERENCES contracts,
    seq      bigint NOT NULL,
    salt     bytea NOT NULL CHECK (length(salt) = 16),
    text     text NOT NULL CHECK (length(text) BETWEEN 1 AND 500),
    PRIMARY KEY (contract, seq)
);

-- Every event that was heard, with what was said because of it: heard twice, it is answered twice and counts once.
CREATE TABLE heard (
    source text NOT NULL,
    id     text NOT NULL,
    said   json NOT NULL,
    at     timestamptz NOT NULL,
    PRIMARY KEY (source, id)
);
CREATE INDEX heard_at ON heard (at);

-- Every request that may come twice, with its answer.
CREATE TABLE idempotency (
    person     text NOT NULL,
    key        text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    digest     text NOT NULL CHECK (length(digest) BETWEEN 1 AND 128),
    answer     json NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (person, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- Events that nobody could take, as they came.
CREATE TABLE dead_letters (
    id          text PRIMARY KEY,
    at          timestamptz NOT NULL,
    type        text NOT NULL,
    source      text NOT NULL,
    contract    text NOT NULL,
    destination text NOT NULL,
    code        text NOT NULL,
    cause       text NOT NULL,
    headers     jsonb NOT NULL,
    body        bytea NOT NULL,
    replayed_at timestamptz
);
CREATE INDEX dead_letters_newest ON dead_letters (at DESC, id DESC);
