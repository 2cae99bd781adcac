-- What needs attention is counted by cause for whoever looks after it.

CREATE INDEX contracts_attention ON contracts (owner) WHERE causes <> '{}';
