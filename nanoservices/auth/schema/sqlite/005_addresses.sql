-- When a phone's private address was first heard, so that it cannot be played again later.
CREATE TABLE addresses (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    mark       TEXT NOT NULL UNIQUE, -- a pseudonym
    credential TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    since      TEXT NOT NULL
);
CREATE INDEX addresses_by_time ON addresses (since);
CREATE INDEX addresses_by_credential ON addresses (credential);
