-- People whom another issuer vouches for. They have no password here, and an address only if the issuer has verified it.

ALTER TABLE users ALTER COLUMN email DROP NOT NULL;
ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL;

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

ALTER TABLE identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE identities FORCE ROW LEVEL SECURITY;
CREATE POLICY functions ON identities USING (current_setting('paraphe.role', true) = 'function');

-- Orchestrate makes these accounts, and an account sees what its address signs.
ALTER POLICY made ON readers WITH CHECK (current_setting('paraphe.role', true) IN ('function', 'manager', 'administrator'));

-- Refresh tokens are asked about by orchestrate alone; functions prune old ones.
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY functions ON sessions USING (current_setting('paraphe.role', true) = 'function');
