-- What waited because of a fault of the installation, which is over for another contract: its letters go at once when it
-- is next due.

ALTER TABLE contracts ADD COLUMN freed boolean NOT NULL DEFAULT false;
