-- Who else may use the API, and by which e-mail address a calendar knows a participant.
CREATE TABLE tokens (
    id          TEXT PRIMARY KEY,
    label       TEXT NOT NULL,
    role        TEXT NOT NULL CHECK (role IN ('admin', 'organiser', 'viewer')),
    participant TEXT REFERENCES participants (id) ON DELETE CASCADE, -- whose meetings an organiser's token is for
    digest      TEXT NOT NULL, -- sha256 of the token, which is long and random
    made        TEXT NOT NULL,
    ends        TEXT,
    CHECK ((role = 'organiser') = (participant IS NOT NULL))
);

ALTER TABLE participants ADD COLUMN email TEXT; -- in small letters
CREATE UNIQUE INDEX participants_by_email ON participants (email);
