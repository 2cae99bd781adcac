-- What the role that makes backups may read: everything, whoever's it is, and it may change nothing. Run behind
-- reading.sql, in full each time. Row-level security binds every role here, the tables' owner included, and to pg_dump
-- a table without a policy for its role is an empty one: so every table gets one, those that later migrations make too.
DO $$
DECLARE
    backup text := current_setting('paraphe.backup_role');
    former name;
    held   name;
BEGIN
    FOR former IN SELECT DISTINCT unnest(roles) FROM pg_policies
                  WHERE schemaname = current_schema() AND policyname = 'backed_up' AND roles <> ARRAY[backup::name] LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), former);
        EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA %I FROM %I', current_schema(), former);
    END LOOP;
    FOR held IN SELECT relname FROM pg_class
                WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relrowsecurity LOOP
        -- A policy that is as it should be stays: to change one waits for everybody who works on the table.
        CONTINUE WHEN EXISTS (SELECT FROM pg_policies WHERE schemaname = current_schema() AND tablename = held
                              AND policyname = 'backed_up' AND roles = ARRAY[backup::name]);
        EXECUTE format('DROP POLICY IF EXISTS backed_up ON %I', held);
        IF backup <> '' THEN
            EXECUTE format('CREATE POLICY backed_up ON %I FOR SELECT TO %I USING (true)', held, backup);
        END IF;
    END LOOP;
    IF backup = '' THEN
        RETURN;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), backup);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', current_schema(), backup);
    EXECUTE format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I', current_schema(), backup);
END $$;
