-- Accounts are personal as well: somebody sees their own and those whose contracts they see, an administrator every one,
-- and only functions change one. A query that forgets its WHERE returns no foreign address.

CREATE INDEX contracts_owner ON contracts (owner);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON users FOR SELECT USING (
    current_setting('paraphe.role', true) IN ('function', 'administrator')
    OR current_setting('paraphe.role', true) IN ('manager', 'customer') AND id = current_setting('paraphe.subject', true)
    OR EXISTS (SELECT FROM contracts c WHERE c.owner = users.id));
CREATE POLICY made ON users FOR INSERT WITH CHECK (current_setting('paraphe.role', true) IN ('function', 'administrator'));
CREATE POLICY changed ON users FOR UPDATE USING (current_setting('paraphe.role', true) = 'function');
