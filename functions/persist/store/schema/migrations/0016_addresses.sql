-- oldest-program: 0016
-- (An older one would go on showing contracts to whoever typed an address.)
-- An account sees contracts by its address only once somebody proved that the address is theirs. Until then it sees what
-- it owns. An account without a password has its address from an identity provider, which has verified it.

-- The tables' owner is bound by row-level security, too.
ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
ALTER TABLE readers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE contracts NO FORCE ROW LEVEL SECURITY;
UPDATE users SET email_verified_at = now() WHERE email IS NOT NULL AND password_hash IS NULL;
DELETE FROM readers r USING users u, contracts c
    WHERE u.id = r.user_id AND c.id = r.contract AND c.owner <> u.id AND u.email_verified_at IS NULL;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
ALTER TABLE readers FORCE ROW LEVEL SECURITY;
ALTER TABLE contracts FORCE ROW LEVEL SECURITY;

-- prove_address notes that an account's address is its own, and lets the account see what the address signs. A contract
-- that is being made at this moment waits for it, or is waited for (insertReaders).
CREATE FUNCTION prove_address(of_user text, proved_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET email_verified_at = proved_at WHERE id = of_user AND email IS NOT NULL;
    INSERT INTO readers (user_id, contract)
        SELECT DISTINCT u.id, s.contract FROM users u JOIN signers s ON lower(s.email) = lower(u.email)
        WHERE u.id = of_user AND u.email_verified_at IS NOT NULL
        ON CONFLICT DO NOTHING;
END $$;
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION prove_address SET search_path = pg_catalog, %I, pg_temp', current_schema());
    REVOKE ALL ON FUNCTION prove_address FROM PUBLIC;
END $$;
