-- What the role that serves may do, and nothing else. Run after the migrations, in full each time, so that this
-- file is the truth. History can be added to, never changed or removed.
DO $$
DECLARE
    serving text := current_setting('paraphe.serving_role');
BEGIN
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), serving);
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM %I', current_schema(), serving);
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema()); -- a restore gives them to all
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), serving);
    EXECUTE format('GRANT EXECUTE ON FUNCTION act_as, link_is_open, prove_address TO %I', serving);
    EXECUTE format('GRANT SELECT ON migrations TO %I', serving);
    EXECUTE format('GRANT SELECT, INSERT ON users, sessions, contracts, signers, readers, attempts, letters, links,
        files, history, words, corrections, heard, idempotency, dead_letters, identities, limits, login_failures TO %I', serving);
    EXECUTE format('GRANT UPDATE (status, version, snapshot, causes, due_at, routine, freed, nudges, head, history_seq, updated_at)
        ON contracts TO %I', serving);
    EXECUTE format('GRANT UPDATE (request_id, state, begun_at, acted_at, holder, lease_act, lease_until) ON attempts TO %I', serving);
    EXECUTE format('GRANT UPDATE (state, lease_until, sent_at, number, handed_at, next_try) ON letters TO %I', serving);
    EXECUTE format('GRANT UPDATE (email, role, password_hash, epoch, email_verified_at) ON users TO %I', serving);
    EXECUTE format('GRANT UPDATE (email) ON signers TO %I', serving);
    EXECUTE format('GRANT UPDATE (used_at, ended_at, successor) ON sessions TO %I', serving);
    EXECUTE format('GRANT UPDATE (at, destination, code, cause, replayed_at) ON dead_letters TO %I', serving);
    EXECUTE format('GRANT UPDATE (whole_at, blocked_until) ON limits TO %I', serving);
    EXECUTE format('GRANT DELETE ON heard, idempotency, sessions, dead_letters, links, readers, login_failures TO %I', serving);
    EXECUTE format('GRANT SELECT, INSERT ON sweeps, stray_requests TO %I', serving);
    EXECUTE format('GRANT UPDATE (number, cursor, begun_at, asked_at, ended_at) ON sweeps TO %I', serving);
    EXECUTE format('GRANT UPDATE (state, on_record, seen_at, settled_at, settled_by) ON stray_requests TO %I', serving);
    EXECUTE format('GRANT DELETE ON stray_requests TO %I', serving);
    EXECUTE format('GRANT UPDATE (failures, wait_until, forget_at) ON login_failures TO %I', serving);
END $$;
