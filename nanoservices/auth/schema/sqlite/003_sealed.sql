-- What opens a door is kept sealed, and found by a keyed hash. `unsealed` is what was kept before: sealed at the next start.
CREATE TABLE sealed_credentials (
    id          TEXT PRIMARY KEY,
    participant TEXT NOT NULL REFERENCES participants (id) ON DELETE CASCADE,
    kind        TEXT NOT NULL,
    lookup      TEXT UNIQUE,
    sealed      TEXT,
    unsealed    TEXT UNIQUE,
    CHECK ((lookup IS NULL) = (sealed IS NULL)),
    CHECK ((sealed IS NULL) = (unsealed IS NOT NULL))
);
INSERT INTO sealed_credentials (id, participant, kind, unsealed) SELECT id, participant, kind, matches FROM credentials;
DROP TABLE credentials;
ALTER TABLE sealed_credentials RENAME TO credentials;
CREATE INDEX credentials_by_participant ON credentials (participant);

CREATE TABLE seals ( -- secrets of our own, sealed as well
    name   TEXT PRIMARY KEY,
    sealed TEXT NOT NULL
);
