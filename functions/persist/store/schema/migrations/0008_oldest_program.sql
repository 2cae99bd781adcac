-- Which programs may work on this database: each migration says which is the oldest, by the last migration that it must
-- know. A program that is older does not begin. 0: whoever worked before may go on.
ALTER TABLE migrations ADD COLUMN oldest integer NOT NULL DEFAULT 0 CHECK (oldest BETWEEN 0 AND number);
