-- Links that open nothing any more are forgotten, oldest first.

CREATE INDEX links_age ON links (created_at);
