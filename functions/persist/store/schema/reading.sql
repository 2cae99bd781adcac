-- What the role that only reads may see, for the operator's reports: every row, whoever's it is, and no way to change
-- one. Run behind grants.sql, in full each time. What opens something is not for reports: passwords' hashes, sealed
-- messages, sessions, links and stored answers; nor are the documents themselves, which people fetch through the door.
-- A table or column that is not named here cannot be read.
DO $$
DECLARE
    reading text := current_setting('paraphe.reading_role');
    former  name;
    shown   text;
BEGIN
    FOR former IN SELECT DISTINCT unnest(roles) FROM pg_policies
                  WHERE schemaname = current_schema() AND policyname = 'reported' LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), former);
    END LOOP;
    FOREACH shown IN ARRAY ARRAY['users', 'contracts', 'signers', 'readers', 'attempts', 'notifications', 'files', 'history', 'free_texts', 'stray_requests',
            'sweeps', 'inbox', 'dead_letters'] LOOP
        -- A policy that is as it should be stays: to change one waits for everybody who works on the table.
        CONTINUE WHEN EXISTS (SELECT FROM pg_policies WHERE schemaname = current_schema() AND tablename = shown
                              AND policyname = 'reported' AND roles = ARRAY[reading::name]);
        EXECUTE format('DROP POLICY IF EXISTS reported ON %I', shown);
        IF reading <> '' THEN
            EXECUTE format('CREATE POLICY reported ON %I FOR SELECT TO %I USING (true)', shown, reading);
        END IF;
    END LOOP;
    IF reading = '' THEN
        RETURN;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), reading);
    EXECUTE format('GRANT SELECT ON migrations, contracts, signers, readers, notifications, history, free_texts TO %I', reading);
    EXECUTE format('GRANT SELECT (id, email, email_verified_at, name, role, locale, disabled, created_at) ON users TO %I', reading);
    EXECUTE format('GRANT SELECT (contract, number, token_sha256, request_id, state, begun_at, acted_at, lease_until) ON attempts TO %I', reading);
    EXECUTE format('GRANT SELECT (contract, sha256, size, created_at) ON files TO %I', reading);
    EXECUTE format('GRANT SELECT ON sweeps TO %I', reading);
    EXECUTE format('GRANT SELECT (id, request, contract, attempt, on_record, state, created_at, found_at, seen_at, settled_at) ON stray_requests TO %I', reading);
    EXECUTE format('GRANT SELECT (source, id, at) ON inbox TO %I', reading);
    EXECUTE format('GRANT SELECT (id, at, type, source, contract, destination, code, cause, replayed_at) ON dead_letters TO %I', reading);
END $$;
