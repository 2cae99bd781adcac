-- Who writes which rows: those whom a statement of persist does it for, and nobody else. To see a contract is no leave to
-- write beside it. docs/security.md has the table; a test holds both against each other.
--
-- paraphe.subject is the name of the function that works. The tables' owner, who names none, writes what any function writes:
-- so a record is mended by hand, or made ready after a restore.

-- Statements take these tables in many orders. So that none of them and this wait for each other in a circle, which PostgreSQL
-- would break after a second at whose ever expense, all tables are taken first, and let go where that takes too long.
DO $$
DECLARE
    patience CONSTANT text := current_setting('lock_timeout');
BEGIN
    PERFORM set_config('lock_timeout', '300ms', true);
    FOR try IN 1..20 LOOP
        BEGIN
            LOCK TABLE users, contracts, readers, signers, attempts, letters, links, files, history, words, corrections, heard,
                idempotency, dead_letters, sessions, identities, limits, login_failures, sweeps, stray_requests;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            IF try = 20 THEN
                RAISE;
            END IF;
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', patience, true);
END $$;

ALTER TABLE heard ENABLE ROW LEVEL SECURITY;
ALTER TABLE heard FORCE ROW LEVEL SECURITY;
ALTER TABLE dead_letters ENABLE ROW LEVEL SECURITY;
ALTER TABLE dead_letters FORCE ROW LEVEL SECURITY;
ALTER TABLE sweeps ENABLE ROW LEVEL SECURITY;
ALTER TABLE sweeps FORCE ROW LEVEL SECURITY;

-- Every policy that is for more than reading is made anew, for one verb each.
DO $$
DECLARE
    was record;
BEGIN
    FOR was IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = current_schema() AND cmd <> 'SELECT' LOOP
        EXECUTE format('DROP POLICY %I ON %I', was.policyname, was.tablename);
    END LOOP;
END $$;

-- What a policy has to ask another row stands in a function: its plan is kept by the connection, where a sub-select would be
-- planned with every statement that names the table, whoever it is for. As STABLE ones they see what the statement began with.

-- owns tells whether a contract is the asker's own.
CREATE FUNCTION owns(of_contract text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM contracts c WHERE c.id = of_contract AND c.owner = current_setting('paraphe.subject', true));
END $$;

-- is_being_made tells whether a contract is the asker's own and its history has not begun yet. Once it has, that is for good.
CREATE FUNCTION is_being_made(of_contract text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM contracts c WHERE c.id = of_contract AND c.owner = current_setting('paraphe.subject', true))
        AND NOT EXISTS (SELECT FROM history h WHERE h.contract = of_contract);
END $$;

-- may_add tells whether an entry is the next of the history of a contract of a manager's own, or of any for an administrator;
-- and whether it comes behind that hash, if one is given.
CREATE FUNCTION may_add(entry bigint, of_contract text, behind text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM contracts c WHERE c.id = of_contract AND c.history_seq + 1 = entry AND c.head = coalesce(behind, c.head)
        AND (current_setting('paraphe.role', true) = 'administrator'
            OR current_setting('paraphe.role', true) = 'manager' AND c.owner = current_setting('paraphe.subject', true)));
END $$;

DO $$
DECLARE
    made text;
BEGIN
    FOREACH made IN ARRAY ARRAY['owns(text)', 'is_being_made(text)', 'may_add(bigint, text, text)'] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, %I, pg_temp', made, current_schema());
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', made);
    END LOOP;
END $$;

-- What is read where one policy was for every verb, or there was none. The words that people wrote, and the events that were not
-- delivered, are not for whoever else sees the contract.
DO $$
DECLARE
    of_functions text;
BEGIN
    FOREACH of_functions IN ARRAY ARRAY['links', 'identities', 'sessions', 'limits', 'corrections', 'login_failures', 'heard', 'sweeps'] LOOP
        EXECUTE format('CREATE POLICY seen ON %I FOR SELECT USING (current_setting(''paraphe.role'', true) = ''function'')', of_functions);
    END LOOP;
END $$;
CREATE POLICY seen ON stray_requests FOR SELECT USING (current_setting('paraphe.role', true) IN ('function', 'administrator'));
CREATE POLICY seen ON idempotency FOR SELECT USING (current_setting('paraphe.role', true) = 'function'
    OR current_setting('paraphe.role', true) IN ('manager', 'administrator') AND person = current_setting('paraphe.subject', true));
CREATE POLICY seen ON dead_letters FOR SELECT USING (current_setting('paraphe.role', true) IN ('function', 'administrator')
    OR current_setting('paraphe.role', true) IN ('manager', 'customer') AND owns(contract));
ALTER POLICY seen ON words USING (current_setting('paraphe.role', true) IN ('function', 'administrator')
    OR current_setting('paraphe.role', true) IN ('manager', 'customer') AND owns(contract));

-- What is written: by these functions, and by whoever else the condition lets. {staff} is a manager or an administrator,
-- {me} whoever asks.
DO $$
DECLARE
    w    record;
    lets text;
BEGIN
    FOR w IN SELECT * FROM (VALUES
        ('contracts', 'INSERT', '{}'::text[], '{staff} AND owner = {me} AND status = ''draft'' AND version = 1 AND history_seq = 1'),
        -- The signers of a contract are those that it was made with: from the first entry of its history on, nobody is added.
        ('signers', 'INSERT', '{}', '{staff} AND is_being_made(contract)'),
        ('readers', 'INSERT', '{persist,orchestrate}', NULL),
        ('readers', 'DELETE', '{persist}', NULL),
        ('attempts', 'INSERT', '{}', '{role} = ''administrator'' OR {role} = ''manager'' AND owns(contract)'),
        ('attempts', 'UPDATE', '{persist,orchestrate}', NULL),
        ('letters', 'INSERT', '{persist,send-mail}', NULL),
        ('letters', 'UPDATE', '{persist,send-mail}', NULL),
        ('links', 'INSERT', '{send-mail}', NULL),
        ('links', 'DELETE', '{persist}', NULL),
        ('files', 'INSERT', '{persist}', NULL),

        -- A person adds what a person may do, in their own name, behind the last entry.
        ('history', 'INSERT', '{persist}', 'actor = ''person:'' || {me} AND CASE WHEN seq = 1 THEN what = ''contract.drafted'' AND {staff} AND is_being_made(contract)
            ELSE (what LIKE ''action.%'' OR what = ''contract.read'' AND {role} = ''administrator'') AND may_add(seq, contract, previous_hash) END'),
        ('words', 'INSERT', '{}', 'may_add(seq, contract, NULL)'),
        ('corrections', 'INSERT', '{persist}', NULL),
        ('heard', 'INSERT', '{persist}', NULL),
        ('heard', 'DELETE', '{persist}', NULL),
        ('idempotency', 'INSERT', '{persist}', '{staff} AND person = {me}'),
        ('idempotency', 'DELETE', '{persist}', NULL),
        ('dead_letters', 'INSERT', '{persist}', NULL),
        ('dead_letters', 'DELETE', '{persist}', NULL),

        ('users', 'INSERT', '{persist,orchestrate}', '{role} = ''administrator'' AND email_verified_at IS NULL'),
        ('users', 'UPDATE', '{persist,orchestrate}', NULL),
        ('identities', 'INSERT', '{orchestrate}', NULL),
        ('sessions', 'INSERT', '{orchestrate}', NULL),
        ('sessions', 'UPDATE', '{persist,orchestrate}', NULL),
        ('sessions', 'DELETE', '{persist}', NULL),
        ('login_failures', 'INSERT', '{orchestrate}', NULL),
        ('login_failures', 'UPDATE', '{orchestrate}', NULL),
        ('login_failures', 'DELETE', '{persist,orchestrate}', NULL),

        ('limits', 'INSERT', '{orchestrate}', NULL),
        ('limits', 'UPDATE', '{orchestrate}', NULL),
        ('sweeps', 'INSERT', '{persist}', NULL),
        ('sweeps', 'UPDATE', '{persist,orchestrate}', NULL),
        ('stray_requests', 'INSERT', '{orchestrate}', NULL),
        ('stray_requests', 'DELETE', '{orchestrate}', NULL)
    ) AS listed (of_table, verb, functions, people) LOOP
        lets := concat_ws(' OR ', CASE WHEN w.functions <> '{}' THEN
            format('{role} = ''function'' AND coalesce({me}, '''') = ANY (%L)', w.functions || '{""}'::text[]) END, w.people);
        lets := replace(lets, '{staff}', '{role} IN (''manager'', ''administrator'')');
        lets := replace(replace(lets, '{me}', 'current_setting(''paraphe.subject'', true)'), '{role}', 'current_setting(''paraphe.role'', true)');
        EXECUTE format('CREATE POLICY %s ON %I FOR %s %s (%s)', CASE w.verb WHEN 'INSERT' THEN 'made' WHEN 'UPDATE' THEN 'changed' ELSE 'ended' END,
            w.of_table, w.verb, CASE w.verb WHEN 'INSERT' THEN 'WITH CHECK' ELSE 'USING' END, lets);
    END LOOP;
END $$;

-- send-mail holds the rows still (SELECT FOR SHARE) that it reads for a letter, and changes neither.
CREATE POLICY changed ON contracts FOR UPDATE USING (
    current_setting('paraphe.role', true) = 'function' AND coalesce(current_setting('paraphe.subject', true), '') IN ('persist', '', 'send-mail')
    OR current_setting('paraphe.role', true) = 'administrator'
    OR current_setting('paraphe.role', true) = 'manager' AND owner = current_setting('paraphe.subject', true))
WITH CHECK (
    current_setting('paraphe.role', true) = 'function' AND coalesce(current_setting('paraphe.subject', true), '') IN ('persist', '')
    OR current_setting('paraphe.role', true) = 'administrator'
    OR current_setting('paraphe.role', true) = 'manager' AND owner = current_setting('paraphe.subject', true));
CREATE POLICY changed ON signers FOR UPDATE
    USING (current_setting('paraphe.role', true) = 'function' AND coalesce(current_setting('paraphe.subject', true), '') IN ('persist', '', 'send-mail'))
    WITH CHECK (current_setting('paraphe.role', true) = 'function' AND coalesce(current_setting('paraphe.subject', true), '') IN ('persist', ''));

-- An administrator notes that a dead letter was replayed, and what was done with a stray request.
CREATE POLICY changed ON dead_letters FOR UPDATE USING (
    current_setting('paraphe.role', true) = 'function' AND coalesce(current_setting('paraphe.subject', true), '') IN ('persist', '')
    OR current_setting('paraphe.role', true) = 'administrator')
WITH CHECK (current_setting('paraphe.role', true) = 'function' OR replayed_at IS NOT NULL);
CREATE POLICY changed ON stray_requests FOR UPDATE USING (
    current_setting('paraphe.role', true) = 'function' AND coalesce(current_setting('paraphe.subject', true), '') IN ('orchestrate', '')
    OR current_setting('paraphe.role', true) = 'administrator')
WITH CHECK (current_setting('paraphe.role', true) = 'function' OR settled_at IS NOT NULL);
