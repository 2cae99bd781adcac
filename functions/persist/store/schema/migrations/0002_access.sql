-- Who sees and who writes which rows. Each transaction says for whom it works: paraphe.role, paraphe.subject, paraphe.contract.
-- One that says nothing sees nothing. For a function paraphe.subject is its name; the tables' owner, who names none, writes what
-- any function writes: so a record is mended by hand, or made ready after a restore. To see a contract is no leave to write
-- beside it. docs/security.md has the table; a test holds both against each other.
--
-- Policies read the settings directly. A sub-select per setting would save a look-up per row and become a sub-plan wherever a
-- policy is used: a command that touches four tables had a hundred of them and spent twice as long on them as on its work.

-- FORCE: the owner of the tables is no exception.
DO $$
DECLARE
    guarded name;
BEGIN
    FOR guarded IN SELECT relname FROM pg_class
                   WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname <> 'migrations' LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', guarded);
    END LOOP;
END $$;

-- WHO ACTS is looked up, not believed. A token of a person lives for ten minutes; an account that was disabled or has
-- another role by now does nothing more with one.

-- Disabling an account ends all that opens it, and enabling it again brings nothing back. Triggers see to it, so that it
-- is so whoever disables it and by whatever statement.
CREATE FUNCTION end_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.epoch := OLD.epoch + 1;
    RETURN NEW;
END $$;

CREATE FUNCTION end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sessions SET ended_at = now() WHERE user_id = NEW.id AND ended_at IS NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER disabled BEFORE UPDATE ON users
    FOR EACH ROW WHEN (NEW.disabled AND NOT OLD.disabled) EXECUTE FUNCTION end_epoch();
CREATE TRIGGER ended AFTER UPDATE ON users
    FOR EACH ROW WHEN (NEW.epoch <> OLD.epoch) EXECUTE FUNCTION end_sessions();

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

-- No caller's search_path leads them to other tables, and nobody runs them who is not granted it (grants.sql).
DO $$
DECLARE
    made text;
BEGIN
    FOREACH made IN ARRAY ARRAY['end_epoch()', 'end_sessions()', 'link_is_open(text, text)', 'act_as(text, text, text, bigint)',
            'prove_address(text, timestamptz)', 'owns(text)', 'is_being_made(text)', 'may_add(bigint, text, text)'] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, %I, pg_temp', made, current_schema());
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', made);
    END LOOP;
END $$;

-- WHO READS

-- Whoever sees a contract sees what hangs on it. For a function nothing else is looked at. Accounts are personal as well:
-- somebody sees their own and those whose contracts they see. The words that people wrote, and the events that were not
-- delivered, are not for whoever else sees the contract; stored answers are for the person alone who was given them.
-- {f} is whether a function asks, {role} what the asker is, {me} who.
DO $$
DECLARE
    r    record;
    lets text;
BEGIN
    FOR r IN SELECT * FROM (VALUES
        ('contracts', '{role} = ''administrator'' OR {role} = ''signer'' AND id = current_setting(''paraphe.contract'', true)
            OR {role} IN (''manager'', ''customer'') AND EXISTS (SELECT FROM readers r WHERE r.user_id = {me} AND r.contract = contracts.id)'),
        ('readers', 'user_id = {me}'),
        ('users', '{role} = ''administrator'' OR {role} IN (''manager'', ''customer'') AND id = {me}
            OR EXISTS (SELECT FROM contracts c WHERE c.owner = users.id)'),
        ('signers', 'EXISTS (SELECT FROM contracts c WHERE c.id = signers.contract)'),
        ('files', 'EXISTS (SELECT FROM contracts c WHERE c.id = files.contract)'),
        ('notifications', 'EXISTS (SELECT FROM contracts c WHERE c.id = notifications.contract)'),
        ('history', 'EXISTS (SELECT FROM contracts c WHERE c.id = history.contract)'),
        ('free_texts', '{role} = ''administrator'' OR {role} IN (''manager'', ''customer'') AND owns(contract)'),
        ('dead_letters', '{role} = ''administrator'' OR {role} IN (''manager'', ''customer'') AND owns(contract)'),
        ('idempotency', '{role} IN (''manager'', ''administrator'') AND person = {me}'),
        ('stray_requests', '{role} = ''administrator'''),
        ('attempts', NULL), ('links', NULL), ('corrections', NULL), ('identities', NULL), ('sessions', NULL), ('login_failures', NULL),
        ('rate_limits', NULL), ('sweeps', NULL), ('inbox', NULL)
    ) AS listed (of_table, people) LOOP
        lets := concat_ws(' OR ', '{role} = ''function''', r.people);
        lets := replace(replace(lets, '{me}', 'current_setting(''paraphe.subject'', true)'), '{role}', 'current_setting(''paraphe.role'', true)');
        EXECUTE format('CREATE POLICY reads ON %I FOR SELECT USING (%s)', r.of_table, lets);
    END LOOP;
END $$;

-- WHO WRITES: these functions, and whoever else the condition lets. {staff} is a manager or an administrator, {me} whoever asks.
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
        ('notifications', 'INSERT', '{persist,send-mail}', NULL),
        ('notifications', 'UPDATE', '{persist,send-mail}', NULL),
        ('links', 'INSERT', '{send-mail}', NULL),
        ('links', 'DELETE', '{persist}', NULL),
        ('files', 'INSERT', '{persist}', NULL),

        -- A person adds what a person may do, in their own name, behind the last entry.
        ('history', 'INSERT', '{persist}', 'actor = ''person:'' || {me} AND CASE WHEN seq = 1 THEN what = ''contract.drafted'' AND {staff} AND is_being_made(contract)
            ELSE (what LIKE ''action.%'' OR what = ''contract.read'' AND {role} = ''administrator'') AND may_add(seq, contract, previous_hash) END'),
        ('free_texts', 'INSERT', '{}', 'may_add(seq, contract, NULL)'),
        ('corrections', 'INSERT', '{persist}', NULL),
        ('inbox', 'INSERT', '{persist}', NULL),
        ('inbox', 'DELETE', '{persist}', NULL),
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

        ('rate_limits', 'INSERT', '{orchestrate}', NULL),
        ('rate_limits', 'UPDATE', '{orchestrate}', NULL),
        ('sweeps', 'INSERT', '{persist}', NULL),
        ('sweeps', 'UPDATE', '{persist,orchestrate}', NULL),
        ('stray_requests', 'INSERT', '{orchestrate}', NULL),
        ('stray_requests', 'DELETE', '{orchestrate}', NULL)
    ) AS listed (of_table, verb, functions, people) LOOP
        lets := concat_ws(' OR ', CASE WHEN w.functions <> '{}' THEN
            format('{role} = ''function'' AND coalesce({me}, '''') = ANY (%L)', w.functions || '{""}'::text[]) END, w.people);
        lets := replace(lets, '{staff}', '{role} IN (''manager'', ''administrator'')');
        lets := replace(replace(lets, '{me}', 'current_setting(''paraphe.subject'', true)'), '{role}', 'current_setting(''paraphe.role'', true)');
        EXECUTE format('CREATE POLICY %s ON %I FOR %s %s (%s)', CASE w.verb WHEN 'INSERT' THEN 'inserts' WHEN 'UPDATE' THEN 'updates' ELSE 'deletes' END,
            w.of_table, w.verb, CASE w.verb WHEN 'INSERT' THEN 'WITH CHECK' ELSE 'USING' END, lets);
    END LOOP;
END $$;

-- send-mail holds the rows still (SELECT FOR SHARE) that it reads for an e-mail, and changes neither.
CREATE POLICY updates ON contracts FOR UPDATE USING (
    current_setting('paraphe.role', true) = 'function' AND coalesce(current_setting('paraphe.subject', true), '') IN ('persist', '', 'send-mail')
    OR current_setting('paraphe.role', true) = 'administrator'
    OR current_setting('paraphe.role', true) = 'manager' AND owner = current_setting('paraphe.subject', true))
WITH CHECK (
    current_setting('paraphe.role', true) = 'function' AND coalesce(current_setting('paraphe.subject', true), '') IN ('persist', '')
    OR current_setting('paraphe.role', true) = 'administrator'
    OR current_setting('paraphe.role', true) = 'manager' AND owner = current_setting('paraphe.subject', true));
CREATE POLICY updates ON signers FOR UPDATE
    USING (current_setting('paraphe.role', true) = 'function' AND coalesce(current_setting('paraphe.subject', true), '') IN ('persist', '', 'send-mail'))
    WITH CHECK (current_setting('paraphe.role', true) = 'function' AND coalesce(current_setting('paraphe.subject', true), '') IN ('persist', ''));

-- An administrator notes that a dead letter was replayed, and what was done with a stray request.
CREATE POLICY updates ON dead_letters FOR UPDATE USING (
    current_setting('paraphe.role', true) = 'function' AND coalesce(current_setting('paraphe.subject', true), '') IN ('persist', '')
    OR current_setting('paraphe.role', true) = 'administrator')
WITH CHECK (current_setting('paraphe.role', true) = 'function' OR replayed_at IS NOT NULL);
CREATE POLICY updates ON stray_requests FOR UPDATE USING (
    current_setting('paraphe.role', true) = 'function' AND coalesce(current_setting('paraphe.subject', true), '') IN ('orchestrate', '')
    OR current_setting('paraphe.role', true) = 'administrator')
WITH CHECK (current_setting('paraphe.role', true) = 'function' OR settled_at IS NOT NULL);
