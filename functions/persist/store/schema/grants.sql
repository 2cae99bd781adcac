-- What the role that serves may do at all, and nothing else; for whom it may is said by row-level security (migrations).
-- Run after the migrations, in full each time, so that this file is the truth. History can be added to, never changed or
-- removed.
DO $$
DECLARE
    serving text := current_setting('paraphe.serving_role');
BEGIN
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), serving);
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM %I', current_schema(), serving);
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema()); -- a restore gives them to all
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), serving);
    EXECUTE format('GRANT EXECUTE ON FUNCTION act_as, link_is_open, prove_address, owns, is_being_made, may_add TO %I', serving);
    EXECUTE format('GRANT SELECT ON migrations TO %I', serving);
    EXECUTE format('GRANT SELECT ON users, sessions, contracts, signers, readers, attempts, notifications, links, files, history, free_texts,
        corrections, inbox, idempotency, dead_letters, identities, rate_limits, login_failures, sweeps, stray_requests TO %I', serving);
    EXECUTE format('GRANT INSERT ON signers, readers, notifications, links, files, history, free_texts, corrections, inbox, idempotency,
        identities, rate_limits, login_failures, sweeps TO %I', serving);
    -- What has columns that only a later step fills begins without them.
    EXECUTE format('GRANT INSERT (id, email, name, role, locale, password_hash, disabled, created_at) ON users TO %I', serving);
    EXECUTE format('GRANT INSERT (digest, user_id, family, expires_at) ON sessions TO %I', serving);
    EXECUTE format('GRANT INSERT (id, owner, status, version, title, template, language, data, snapshot, deadline, head, history_seq,
        created_at, updated_at) ON contracts TO %I', serving);
    EXECUTE format('GRANT INSERT (contract, number, token, token_sha256) ON attempts TO %I', serving);
    EXECUTE format('GRANT INSERT (id, at, type, source, contract, destination, code, cause, headers, body) ON dead_letters TO %I', serving);
    EXECUTE format('GRANT INSERT (id, request, external_id, contract, attempt, on_record, state, created_at, found_at, seen_at)
        ON stray_requests TO %I', serving);
    EXECUTE format('GRANT UPDATE (status, version, snapshot, causes, due_at, routine, unblocked, backoff, head, history_seq, updated_at)
        ON contracts TO %I', serving);
    EXECUTE format('GRANT UPDATE (request_id, state, begun_at, acted_at, holder, lease_act, lease_until) ON attempts TO %I', serving);
    EXECUTE format('GRANT UPDATE (state, lease_until, sent_at, number, handed_at, next_try) ON notifications TO %I', serving);
    EXECUTE format('GRANT UPDATE (email, role, password_hash, epoch, email_verified_at) ON users TO %I', serving);
    EXECUTE format('GRANT UPDATE (email) ON signers TO %I', serving);
    EXECUTE format('GRANT UPDATE (used_at, ended_at, successor) ON sessions TO %I', serving);
    EXECUTE format('GRANT UPDATE (at, destination, code, cause, replayed_at) ON dead_letters TO %I', serving);
    EXECUTE format('GRANT UPDATE (whole_at, blocked_until) ON rate_limits TO %I', serving);
    EXECUTE format('GRANT DELETE ON inbox, idempotency, sessions, dead_letters, links, readers, login_failures TO %I', serving);
    EXECUTE format('GRANT UPDATE (number, cursor, begun_at, asked_at, ended_at) ON sweeps TO %I', serving);
    EXECUTE format('GRANT UPDATE (state, on_record, seen_at, settled_at, settled_by) ON stray_requests TO %I', serving);
    EXECUTE format('GRANT DELETE ON stray_requests TO %I', serving);
    EXECUTE format('GRANT UPDATE (failures, wait_until, forget_at) ON login_failures TO %I', serving);
END $$;
