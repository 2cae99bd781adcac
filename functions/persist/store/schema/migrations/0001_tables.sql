-- Everything that the record is kept in, for whom it is, and who writes which rows. The checks are the last defence: the
-- rules are in shared/lifecycle, persist and orchestrate.

-- ACCOUNTS

-- Who has an account. Those whom another issuer vouches for have no password here, and an address only if the issuer has
-- verified it.
CREATE TABLE users (
    id                text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{1,64}$'),
    email             text CHECK (length(email) BETWEEN 3 AND 320),
    email_verified_at timestamptz, -- when somebody proved that the address is theirs; until then it is only what was typed
    name              text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    role              text NOT NULL CHECK (role IN ('customer', 'manager', 'administrator')),
    locale            text NOT NULL CHECK (locale ~ '^[a-z]{2}$'),
    password_hash     text CHECK (password_hash LIKE '$argon2id$%'),
    epoch             bigint NOT NULL DEFAULT 0, -- how often all that opens the account was ended at once; tokens are of one epoch
    disabled          boolean NOT NULL DEFAULT false,
    created_at        timestamptz NOT NULL,
    CHECK (email_verified_at IS NULL OR email IS NOT NULL)
);
CREATE UNIQUE INDEX users_email ON users (lower(email));

-- Who somebody is at an issuer: the pair of issuer and subject is what never changes hands (OpenID Connect Core 1.0
-- §5.7). An account has one subject at each issuer, so whoever is given a colleague's old address does not become them.
CREATE TABLE identities (
    issuer     text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 500),
    subject    text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    user_id    text NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject),
    CONSTRAINT identities_account UNIQUE (issuer, user_id)
);

-- Refresh tokens, by their digest. A used one stays, so that its second use is noticed (RFC 9700 §4.14.2); it says which one
-- followed it: for a few seconds it leads there again, since an answer may be lost on its way.
CREATE TABLE sessions (
    digest     text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
    user_id    text NOT NULL REFERENCES users,
    family     text NOT NULL CHECK (length(family) BETWEEN 1 AND 64),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    ended_at   timestamptz,
    successor  text CHECK (successor ~ '^[0-9a-f]{64}$')
);
-- A session that was renewed for weeks has thousands of rows; each renewal asks how many of them are recent and whether
-- one was ended.
CREATE INDEX sessions_family ON sessions (family, used_at);
CREATE INDEX sessions_ended ON sessions (family) WHERE ended_at IS NOT NULL;
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Failures to log in, counted here for all instances: how many in a row, until when the next try has to wait, and when
-- they may be forgotten. The key is a digest that only orchestrate can make: nobody reads here who failed, or from where.
CREATE TABLE login_failures (
    key        text PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 64),
    failures   integer NOT NULL CHECK (failures > 0),
    wait_until timestamptz NOT NULL,
    forget_at  timestamptz NOT NULL
);
CREATE INDEX login_failures_forgotten ON login_failures (forget_at);

-- CONTRACTS

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
    causes      text[] NOT NULL DEFAULT '{}', -- of what needs attention
    deadline    timestamptz NOT NULL,
    due_at      timestamptz,
    routine     boolean NOT NULL DEFAULT false, -- it is due only for a look at what it waits for
    unblocked   boolean NOT NULL DEFAULT false, -- a fault of the installation is over: its e-mails go at once when it is next due
    backoff     integer NOT NULL DEFAULT 0 CHECK (backoff >= 0), -- how often it was due without effect
    head        text NOT NULL CHECK (head ~ '^[0-9a-f]{64}$'),
    history_seq bigint NOT NULL CHECK (history_seq > 0),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CONSTRAINT snapshot_agrees CHECK (snapshot->>'id' = id AND snapshot->>'owner' = owner
        AND snapshot->>'status' = status AND (snapshot->>'version')::bigint = version)
);
CREATE INDEX contracts_newest ON contracts (created_at DESC, id DESC);
CREATE INDEX contracts_owner ON contracts (owner);
CREATE INDEX contracts_causes ON contracts USING gin (causes) WHERE causes <> '{}';
CREATE INDEX contracts_attention ON contracts (owner) WHERE causes <> '{}';
-- Looks at contracts that wait for people do not stand before recoveries: each kind has a queue of its own, and that of
-- the recoveries is walked owner by owner.
CREATE INDEX contracts_recoveries ON contracts (owner, due_at) WHERE due_at IS NOT NULL AND NOT routine;
CREATE INDEX contracts_looks ON contracts (due_at) WHERE due_at IS NOT NULL AND routine;

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

-- A signer's address can be corrected. What it was and became is personal: it stands here with the salt of the
-- commitments in the history, and may be erased.
CREATE TABLE corrections (
    contract text NOT NULL,
    seq      bigint NOT NULL, -- of the history's entry
    signer   text NOT NULL,
    salt     bytea NOT NULL CHECK (length(salt) = 16),
    was      text NOT NULL CHECK (length(was) BETWEEN 3 AND 320),
    email    text NOT NULL CHECK (length(email) BETWEEN 3 AND 320),
    PRIMARY KEY (contract, seq),
    FOREIGN KEY (contract, signer) REFERENCES signers
);

-- Which accounts see a contract: its owner's, and those whose proven address is a signer's.
CREATE TABLE readers (
    user_id  text NOT NULL REFERENCES users,
    contract text NOT NULL REFERENCES contracts,
    PRIMARY KEY (user_id, contract)
);

-- What the links in e-mails open, by the digest of their secrets.
CREATE TABLE links (
    digest     text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
    contract   text NOT NULL,
    signer     text NOT NULL,
    created_at timestamptz NOT NULL,
    FOREIGN KEY (contract, signer) REFERENCES signers
);
CREATE INDEX links_signer ON links (contract, signer);
CREATE INDEX links_age ON links (created_at); -- those that open nothing any more are forgotten, oldest first

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

-- WHAT IS DONE OUTSIDE: each act is a row with a state, written before the act. Leases and waits are by this database's clock.

-- Every attempt at the signature service, with the sealed message that proves what comes back about it.
CREATE TABLE attempts (
    contract     text NOT NULL REFERENCES contracts,
    number       integer NOT NULL CHECK (number > 0),
    token        text NOT NULL CHECK (length(token) BETWEEN 1 AND 255),
    token_sha256 text NOT NULL CHECK (token_sha256 ~ '^[0-9a-f]{64}$'),
    request_id   text NOT NULL DEFAULT '',
    state        text NOT NULL DEFAULT 'opening' CHECK (state IN ('opening', 'open', 'closed', 'never_opened')),
    begun_at     timestamptz, -- when the signature service may first have heard of it
    acted_at     timestamptz, -- when it may last have been given something of it to open
    holder       text,
    lease_act    text,
    lease_until  timestamptz,
    PRIMARY KEY (contract, number)
);
CREATE INDEX attempts_token ON attempts (token_sha256);
CREATE INDEX attempts_unsettled ON attempts (contract) WHERE state IN ('opening', 'open');

-- Who is sending, or has sent, which notification. It is marked before it is handed to the mail service, so that an end which
-- nobody knows is known for one. number counts the claims: what a claim that is over says changes nothing.
CREATE TABLE notifications (
    contract    text NOT NULL REFERENCES contracts,
    kind        text NOT NULL,
    sequence    integer NOT NULL CHECK (sequence > 0),
    recipient   text NOT NULL,
    state       text NOT NULL CHECK (state IN ('wanted', 'taken', 'handover', 'unclear', 'sent', 'refused')),
    lease_until timestamptz NOT NULL,
    handed_at   timestamptz, -- when the mail service may first have been given what the latest claim wrote
    next_try    timestamptz, -- wanted, unclear: not to be touched before; unclear without one: not by itself
    sent_at     timestamptz,
    number      integer NOT NULL DEFAULT 0 CHECK (number >= 0),
    PRIMARY KEY (contract, kind, sequence, recipient),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL))
);

-- How many calls of an outside service may begin: the moment at which its allowance is whole again (GCRA, the leaky
-- bucket of ATM), and until when the service asked to be left alone.
CREATE TABLE rate_limits (
    service       text PRIMARY KEY CHECK (length(service) BETWEEN 1 AND 64),
    whole_at      timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL
);

-- How far orchestrate has come in looking through all requests at the signature service, a page at a time.
CREATE TABLE sweeps (
    service  text PRIMARY KEY CHECK (length(service) BETWEEN 1 AND 64),
    number   integer NOT NULL CHECK (number >= 0),
    cursor   text NOT NULL DEFAULT '' CHECK (length(cursor) <= 1000),
    begun_at timestamptz NOT NULL,
    asked_at timestamptz NOT NULL, -- when it last went on, or was to
    ended_at timestamptz
);

-- Requests there that bear a message of ours and that the record does not account for: their attempt is not on record, as
-- after a restore, or has ended on record while they are open there.
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

-- WHAT HAPPENED

-- Append-only and chained by hash. detail is json and not jsonb: it is kept as it was hashed.
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
CREATE TABLE free_texts (
    contract text NOT NULL REFERENCES contracts,
    seq      bigint NOT NULL,
    salt     bytea NOT NULL CHECK (length(salt) = 16),
    text     text NOT NULL CHECK (length(text) BETWEEN 1 AND 500),
    PRIMARY KEY (contract, seq)
);

-- Every event that was consumed, with what was published because of it (a transactional inbox): an event that comes twice
-- gets the same response twice and counts once.
CREATE TABLE inbox (
    source    text NOT NULL,
    id        text NOT NULL,
    responses json NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (source, id)
);
CREATE INDEX inbox_at ON inbox (at);

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

-- Events that could not be delivered, as they came.
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
CREATE INDEX dead_letters_contract ON dead_letters (contract, at) WHERE replayed_at IS NULL; -- shown beside their contract
