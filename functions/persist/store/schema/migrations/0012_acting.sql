-- Who acts is looked up, not believed. A token of a person lives for ten minutes; an account that was disabled or has
-- another role by now does nothing more with one.

-- epoch counts how often everything that opens the account was ended at once: tokens are of one epoch.
-- email_verified_at is when somebody proved that the address is theirs. Until then it is only what somebody typed.
ALTER TABLE users ADD COLUMN epoch bigint NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN email_verified_at timestamptz CHECK (email_verified_at IS NULL OR email IS NOT NULL);

-- Disabling an account ends all that opens it, and enabling it again brings nothing back. Triggers see to it, so that it
-- is so whoever disables it and by whatever statement.
CREATE FUNCTION end_everything() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.epoch := OLD.epoch + 1;
    RETURN NEW;
END $$;

CREATE FUNCTION end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sessions SET ended_at = now() WHERE user_id = NEW.id AND ended_at IS NULL;
    RETURN NULL;
END $$;

-- link_is_open tells whether a signer may still come in by a link: it ends with the contract, except that a signed copy
-- may be fetched, one that everyone signed after its end included; and with the account of whoever has that address.
CREATE FUNCTION link_is_open(of_contract text, of_signer text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM contracts c JOIN signers s ON s.contract = c.id
        WHERE c.id = of_contract AND s.id = of_signer
            AND (c.status NOT IN ('declined', 'expired', 'cancelled') OR c.snapshot->'request'->'signed' = 'true')
            AND NOT EXISTS (SELECT FROM users u
                WHERE lower(u.email) = lower(s.email) AND u.email_verified_at IS NOT NULL AND u.disabled));
END $$;

-- act_as makes what follows in the transaction be done for a person, if they stand as their token says. It looks that up
-- as a function, since nobody sees all of it as themselves. Its error ends the transaction, and with it the settings.
CREATE FUNCTION act_as(as_role text, as_subject text, as_contract text, in_epoch bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    address text := '';
    stands  boolean;
BEGIN
    PERFORM set_config('paraphe.role', 'function', true), set_config('paraphe.subject', as_subject, true),
        set_config('paraphe.contract', as_contract, true);
    IF as_role = 'signer' THEN
        stands := link_is_open(as_contract, as_subject);
    ELSE
        SELECT CASE WHEN u.email_verified_at IS NULL THEN '' ELSE lower(u.email) END INTO address FROM users u
            WHERE u.id = as_subject AND u.role = as_role AND u.epoch = in_epoch AND NOT u.disabled;
        stands := FOUND;
    END IF;
    IF NOT stands THEN
        RAISE EXCEPTION 'whoever this token speaks for does not stand as it says' USING ERRCODE = 'PA401';
    END IF;
    PERFORM set_config('paraphe.address', address, true), set_config('paraphe.role', as_role, true);
END $$;

-- No caller's search_path leads them to other tables, and nobody runs them who is not granted it (grants.sql).
DO $$
DECLARE
    made text;
BEGIN
    FOREACH made IN ARRAY ARRAY['end_everything()', 'end_sessions()', 'link_is_open(text, text)', 'act_as(text, text, text, bigint)'] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, %I, pg_temp', made, current_schema());
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', made);
    END LOOP;
END $$;

CREATE TRIGGER disabled BEFORE UPDATE ON users
    FOR EACH ROW WHEN (NEW.disabled AND NOT OLD.disabled) EXECUTE FUNCTION end_everything();
CREATE TRIGGER ended AFTER UPDATE ON users
    FOR EACH ROW WHEN (NEW.epoch <> OLD.epoch) EXECUTE FUNCTION end_sessions();
