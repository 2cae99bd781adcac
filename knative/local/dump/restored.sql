-- Run on a record that was just restored, in one transaction, as the tables' owner, whom row-level security binds, too.
-- Nobody works on anything in it: whoever held a lease held it of the record that was left. So nothing waits for those, every
-- contract that is not at its end is looked at now, and so is the whole list of the signature service's requests: the world
-- has gone on since the backup was taken.
SELECT set_config('paraphe.role', 'function', true);

UPDATE contracts SET due_at = now() WHERE due_at > now();

-- One that was being handed over may have gone out: with its lease over, the mail service is asked for it.
UPDATE notifications SET lease_until = now() WHERE lease_until > now();

DO $$
BEGIN
    -- Backups of older versions have neither.
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'attempts'::regclass AND attname = 'lease_until' AND NOT attisdropped) THEN
        UPDATE attempts SET lease_until = now() WHERE lease_until > now();
    END IF;
    IF to_regclass('sweeps') IS NOT NULL THEN
        UPDATE sweeps SET begun_at = to_timestamp(0), ended_at = now();
    END IF;
END $$;
