-- oldest-program: 0009
-- (An older one would write the text of attention, which is gone, and snapshots without what is here.)
-- What needs attention is structured: one cause for each thing that does not go on, and lists are made by cause. An
-- attempt at the signature service has a state of its own and is worked on under a lease, which ends by this
-- database's clock, and how often each outside service may be called is counted here for all instances.

SELECT set_config('paraphe.role', 'function', true);

ALTER TABLE contracts ADD COLUMN causes text[] NOT NULL DEFAULT '{}';
UPDATE contracts SET snapshot = jsonb_set(snapshot - 'attention', '{troubles}', jsonb_build_array(jsonb_build_object(
        'about', 'contract', 'cause', 'unknown', 'detail', attention, 'since', updated_at, 'last', updated_at, 'tries', 1))),
    causes = '{unknown}' WHERE attention <> '';
UPDATE contracts SET snapshot = jsonb_set(snapshot, '{request}', (snapshot->'request') - 'closed' || jsonb_build_object('state',
        CASE WHEN snapshot->'request'->'closed' = 'true' THEN 'closed' WHEN snapshot->'request' ? 'id' THEN 'open' ELSE 'opening' END))
    WHERE snapshot ? 'request';
ALTER TABLE contracts DROP COLUMN attention;
CREATE INDEX contracts_causes ON contracts USING gin (causes) WHERE causes <> '{}';

ALTER TABLE attempts
    ADD COLUMN state       text NOT NULL DEFAULT 'opening' CHECK (state IN ('opening', 'open', 'closed', 'never_opened')),
    ADD COLUMN begun_at    timestamptz, -- when the signature service may first have heard of it
    ADD COLUMN acted_at    timestamptz, -- when it may last have been given something of it to open
    ADD COLUMN holder      text,
    ADD COLUMN lease_act   text,
    ADD COLUMN lease_until timestamptz;
UPDATE attempts a SET state = c.snapshot->'request'->>'state', begun_at = c.created_at FROM contracts c
    WHERE c.id = a.contract AND (c.snapshot->'request'->>'attempt')::integer = a.number;
CREATE INDEX attempts_unsettled ON attempts (contract) WHERE state IN ('opening', 'open');

-- How many calls of an outside service may begin: the moment at which its allowance is whole again (GCRA, the leaky
-- bucket of ATM), and until when the service asked to be left alone.
CREATE TABLE limits (
    service       text PRIMARY KEY CHECK (length(service) BETWEEN 1 AND 64),
    whole_at      timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL
);
ALTER TABLE limits ENABLE ROW LEVEL SECURITY;
ALTER TABLE limits FORCE ROW LEVEL SECURITY;
CREATE POLICY functions ON limits USING (current_setting('paraphe.role', true) = 'function');
