-- What was done over the API, whom to forget, and how long ago something came.
ALTER TABLE participants ADD COLUMN created TEXT NOT NULL DEFAULT '';
ALTER TABLE visits ADD COLUMN received TEXT NOT NULL DEFAULT '';
UPDATE visits SET received = closed;
CREATE INDEX visits_by_received ON visits (received);
CREATE INDEX visits_by_participant ON visits (participant);

CREATE TABLE erasures ( -- by pseudonym, so that it says nothing about anybody who is not known already
    pseudonym TEXT PRIMARY KEY,
    at        TEXT NOT NULL
);

CREATE TABLE alarms (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    at          TEXT NOT NULL,
    kind        TEXT NOT NULL,
    participant TEXT,
    detail      TEXT NOT NULL -- JSON
);
CREATE INDEX alarms_by_time ON alarms (at);
CREATE INDEX alarms_by_participant ON alarms (participant);

CREATE TABLE audit (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    at      TEXT NOT NULL,
    actor   TEXT NOT NULL, -- a token's id, or "auth" for what it does of its own accord
    action  TEXT NOT NULL,
    subject TEXT NOT NULL -- a pseudonym
);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
