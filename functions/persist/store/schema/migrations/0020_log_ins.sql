-- A refresh token that was used says which one followed it: for a few seconds it leads there again, since an answer may be
-- lost on its way.
ALTER TABLE sessions ADD COLUMN successor text CHECK (successor ~ '^[0-9a-f]{64}$');
-- A session that was renewed for weeks has thousands of rows; each renewal asks how many of them are recent and whether
-- one was ended.
DROP INDEX sessions_family;
CREATE INDEX sessions_family ON sessions (family, used_at);
CREATE INDEX sessions_ended ON sessions (family) WHERE ended_at IS NOT NULL;

-- Failures to log in, counted here for all instances: how many in a row, until when the next try has to wait, and when
-- they may be forgotten. The key is a digest that only orchestrate can make: nobody reads here who failed, or from where.
CREATE TABLE login_failures (
    key        text PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 64),
    failures   integer NOT NULL CHECK (failures > 0),
    wait_until timestamptz NOT NULL,
    forget_at  timestamptz NOT NULL
);
CREATE INDEX login_failures_forgotten ON login_failures (forget_at);
ALTER TABLE login_failures ENABLE ROW LEVEL SECURITY;
ALTER TABLE login_failures FORCE ROW LEVEL SECURITY;
CREATE POLICY functions ON login_failures USING (current_setting('paraphe.role', true) = 'function');
