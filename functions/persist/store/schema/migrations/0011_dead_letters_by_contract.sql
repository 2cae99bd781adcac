-- The dead letters of a contract are shown beside it.

CREATE INDEX dead_letters_contract ON dead_letters (contract, at) WHERE replayed_at IS NULL;
