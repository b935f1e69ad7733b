-- As sqlite/002_tokens.sql.
CREATE TABLE tokens (
    id          VARCHAR(64) NOT NULL PRIMARY KEY,
    label       VARCHAR(500) NOT NULL,
    role        VARCHAR(16) NOT NULL CHECK (role IN ('admin', 'organiser', 'viewer')),
    participant VARCHAR(64),
    digest      VARCHAR(64) NOT NULL,
    made        VARCHAR(40) NOT NULL,
    ends        VARCHAR(40),
    KEY tokens_by_participant (participant),
    CONSTRAINT tokens_for FOREIGN KEY (participant) REFERENCES participants (id) ON DELETE CASCADE,
    CONSTRAINT tokens_of_organisers CHECK ((role = 'organiser') = (participant IS NOT NULL))
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

ALTER TABLE participants ADD COLUMN email VARCHAR(400);
ALTER TABLE participants ADD UNIQUE KEY participants_by_email (email);
