-- A signer's address can be corrected. What it was and became is personal: it stands here with the salt of the
-- commitments in the history, and may be erased.

CREATE TABLE corrections (
    contract text NOT NULL,
    seq      bigint NOT NULL, -- of the history's entry
    signer   text NOT NULL,
    salt     bytea NOT NULL CHECK (length(salt) = 16),
    was      text NOT NULL CHECK (length(was) BETWEEN 3 AND 320),
    email    text NOT NULL CHECK (length(email) BETWEEN 3 AND 320),
    PRIMARY KEY (contract, seq),
    FOREIGN KEY (contract, signer) REFERENCES signers
);
ALTER TABLE corrections ENABLE ROW LEVEL SECURITY;
ALTER TABLE corrections FORCE ROW LEVEL SECURITY;
CREATE POLICY functions ON corrections USING (current_setting('paraphe.role', true) = 'function');

CREATE POLICY changed ON signers FOR UPDATE USING (current_setting('paraphe.role', true) = 'function');
CREATE POLICY ended ON readers FOR DELETE USING (current_setting('paraphe.role', true) = 'function');
CREATE INDEX links_signer ON links (contract, signer);
