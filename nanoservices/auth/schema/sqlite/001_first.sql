-- What auth knows. Times are UTC in ISO 8601, all of one shape, so that text order is time order.
CREATE TABLE participants (
    id   TEXT PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE credentials (
    id          TEXT PRIMARY KEY,
    participant TEXT NOT NULL REFERENCES participants (id) ON DELETE CASCADE,
    kind        TEXT NOT NULL CHECK (kind IN ('static', 'rolling')),
    matches     TEXT NOT NULL UNIQUE -- static: the key itself; rolling: the secret that its ids are made from, in hex
);
CREATE INDEX credentials_by_participant ON credentials (participant);

CREATE TABLE meetings (
    id             TEXT PRIMARY KEY,
    title          TEXT NOT NULL,
    room           TEXT NOT NULL,
    starts         TEXT NOT NULL,
    ends           TEXT NOT NULL,
    least_strength TEXT NOT NULL CHECK (least_strength IN ('static', 'irk', 'rolling')),
    organiser      TEXT REFERENCES participants (id) ON DELETE SET NULL,
    CHECK (starts < ends)
);
CREATE INDEX meetings_by_end ON meetings (ends);

CREATE TABLE invitations (
    meeting     TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    participant TEXT NOT NULL REFERENCES participants (id) ON DELETE CASCADE,
    PRIMARY KEY (meeting, participant)
);
CREATE INDEX invitations_by_participant ON invitations (participant);

CREATE TABLE contents ( -- of a meeting, or personal ones of a room and its owner
    id         INTEGER PRIMARY KEY,
    meeting    TEXT REFERENCES meetings (id) ON DELETE CASCADE,
    room       TEXT,
    owner      TEXT REFERENCES participants (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    size       INTEGER NOT NULL,
    UNIQUE (meeting, name),
    UNIQUE (room, name),
    CHECK ((meeting IS NULL) = (room IS NOT NULL)),
    CHECK ((room IS NULL) = (owner IS NULL))
);

CREATE TABLE pieces ( -- their bytes, in pieces that fit into a small machine's memory
    content INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
    number  INTEGER NOT NULL,
    data    BLOB NOT NULL,
    PRIMARY KEY (content, number)
);

CREATE TABLE visits ( -- closed ones, as the controller reported them; people who are removed later stay in this history
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    closed      TEXT NOT NULL,
    zone        TEXT NOT NULL,
    participant TEXT,
    meeting     TEXT,
    room        TEXT,
    outcome     TEXT,
    reason      TEXT,
    report      TEXT NOT NULL -- the whole wire.VisitReport, as JSON
);

CREATE TABLE pulse ( -- one row, written to see whether the disk takes writes again
    beat INTEGER NOT NULL
);
INSERT INTO pulse VALUES (0);
