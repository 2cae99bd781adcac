-- Looks at contracts that wait for people do not stand before recoveries: each kind has a queue of its own, and that of
-- the recoveries is walked owner by owner.

ALTER TABLE contracts ADD COLUMN routine boolean NOT NULL DEFAULT false;
DROP INDEX contracts_due;
CREATE INDEX contracts_recoveries ON contracts (owner, due_at) WHERE due_at IS NOT NULL AND NOT routine;
CREATE INDEX contracts_looks ON contracts (due_at) WHERE due_at IS NOT NULL AND routine;
