-- A letter is marked before it is handed to the mail service, so that an end which nobody knows is known for one. Leases
-- and waits are by this database's clock. number counts the claims: what a claim that is over says changes nothing.

SELECT set_config('paraphe.role', 'function', true);

ALTER TABLE letters DROP CONSTRAINT letters_state_check;
ALTER TABLE letters ADD CONSTRAINT letters_state_check
    CHECK (state IN ('wanted', 'taken', 'handover', 'unclear', 'sent', 'refused'));
ALTER TABLE letters
    ADD COLUMN number    integer NOT NULL DEFAULT 0 CHECK (number >= 0),
    ADD COLUMN handed_at timestamptz, -- when the mail service may first have been given what the latest claim wrote
    ADD COLUMN next_try  timestamptz; -- wanted, unclear: not to be touched before; unclear without one: not by itself

-- A program without this migration handed letters over without a word: whether one that it had claimed went out is unclear.
UPDATE letters SET state = 'handover', handed_at = lease_until - interval '30 seconds' WHERE state = 'taken';
