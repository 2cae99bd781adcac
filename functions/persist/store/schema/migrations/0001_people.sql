-- Who has an account, and who is logged in.

CREATE TABLE users (
    id            text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{1,64}$'),
    email         text NOT NULL CHECK (length(email) BETWEEN 3 AND 320),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    role          text NOT NULL CHECK (role IN ('customer', 'manager', 'administrator')),
    locale        text NOT NULL CHECK (locale ~ '^[a-z]{2}$'),
    password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    disabled      boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (lower(email));

-- Refresh tokens, by their digest. A used one stays, so that its second use is noticed (RFC 9700 §4.14.2).
CREATE TABLE sessions (
    digest     text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
    user_id    text NOT NULL REFERENCES users,
    family     text NOT NULL CHECK (length(family) BETWEEN 1 AND 64),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    ended_at   timestamptz
);
CREATE INDEX sessions_family ON sessions (family);
CREATE INDEX sessions_expiry ON sessions (expires_at);
