-- What the controller must not forget when it is killed: one row per visit, scan, room, sensor, peer and source, as JSON.
CREATE TABLE state (
    kind TEXT NOT NULL,
    id   TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);
