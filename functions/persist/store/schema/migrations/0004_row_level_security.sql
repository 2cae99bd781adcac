-- Who sees which rows. Each transaction says for whom it works: paraphe.role, paraphe.subject, paraphe.contract.
-- One that says nothing sees nothing. FORCE: the owner of the tables is no exception.
--
-- The settings are read in sub-selects so that they are looked up once per statement and not once per row.

ALTER TABLE contracts ENABLE ROW LEVEL SECURITY;
ALTER TABLE contracts FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON contracts FOR SELECT USING (
    (SELECT current_setting('paraphe.role', true)) IN ('function', 'administrator')
    OR (SELECT current_setting('paraphe.role', true)) = 'signer'
        AND id = (SELECT current_setting('paraphe.contract', true))
    OR (SELECT current_setting('paraphe.role', true)) IN ('manager', 'customer')
        AND EXISTS (SELECT FROM readers r
                    WHERE r.user_id = (SELECT current_setting('paraphe.subject', true)) AND r.contract = contracts.id));
CREATE POLICY made ON contracts FOR INSERT WITH CHECK (
    (SELECT current_setting('paraphe.role', true)) IN ('manager', 'administrator')
    AND owner = (SELECT current_setting('paraphe.subject', true)));
CREATE POLICY changed ON contracts FOR UPDATE USING (
    (SELECT current_setting('paraphe.role', true)) IN ('function', 'administrator')
    OR (SELECT current_setting('paraphe.role', true)) = 'manager'
        AND owner = (SELECT current_setting('paraphe.subject', true)));

ALTER TABLE readers ENABLE ROW LEVEL SECURITY;
ALTER TABLE readers FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON readers FOR SELECT USING (
    (SELECT current_setting('paraphe.role', true)) = 'function'
    OR user_id = (SELECT current_setting('paraphe.subject', true)));
CREATE POLICY made ON readers FOR INSERT WITH CHECK (
    (SELECT current_setting('paraphe.role', true)) IN ('manager', 'administrator'));

-- Whoever sees a contract sees what hangs on it.
DO $$
DECLARE
    hanging text;
BEGIN
    FOREACH hanging IN ARRAY ARRAY['signers', 'files', 'letters', 'history', 'words'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', hanging);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', hanging);
        EXECUTE format('CREATE POLICY seen ON %1$I FOR SELECT
            USING (EXISTS (SELECT FROM contracts c WHERE c.id = %1$I.contract))', hanging);
        EXECUTE format('CREATE POLICY made ON %1$I FOR INSERT
            WITH CHECK (EXISTS (SELECT FROM contracts c WHERE c.id = %1$I.contract))', hanging);
    END LOOP;
END $$;
CREATE POLICY changed ON letters FOR UPDATE USING ((SELECT current_setting('paraphe.role', true)) = 'function');

-- The sealed messages are for functions alone; a person's wish may add one.
ALTER TABLE attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON attempts FOR SELECT USING ((SELECT current_setting('paraphe.role', true)) = 'function');
CREATE POLICY made ON attempts FOR INSERT
    WITH CHECK (EXISTS (SELECT FROM contracts c WHERE c.id = attempts.contract));
CREATE POLICY changed ON attempts FOR UPDATE USING ((SELECT current_setting('paraphe.role', true)) = 'function');

ALTER TABLE links ENABLE ROW LEVEL SECURITY;
ALTER TABLE links FORCE ROW LEVEL SECURITY;
CREATE POLICY functions ON links USING ((SELECT current_setting('paraphe.role', true)) = 'function');

-- Stored answers hold what the person saw: they are that person's alone. Functions prune old ones.
ALTER TABLE idempotency ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON idempotency USING (
    person = (SELECT current_setting('paraphe.subject', true))
    OR (SELECT current_setting('paraphe.role', true)) = 'function');
