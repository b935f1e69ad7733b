-- As sqlite/004_privacy.sql. Triggers do not see TRUNCATE and DROP: the account that auth uses is better without DROP once
-- its tables are there.
ALTER TABLE participants ADD COLUMN created VARCHAR(40) NOT NULL DEFAULT '';
ALTER TABLE visits ADD COLUMN received VARCHAR(100) NOT NULL DEFAULT '';
UPDATE visits SET received = closed;
ALTER TABLE visits ADD KEY visits_by_received (received), ADD KEY visits_by_participant (participant);

CREATE TABLE erasures (
    pseudonym VARCHAR(64) NOT NULL PRIMARY KEY,
    at        VARCHAR(40) NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE alarms (
    number      BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at          VARCHAR(40) NOT NULL,
    kind        VARCHAR(32) NOT NULL,
    participant VARCHAR(64),
    detail      MEDIUMTEXT NOT NULL,
    KEY alarms_by_time (at),
    KEY alarms_by_participant (participant)
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE audit (
    number  BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at      VARCHAR(40) NOT NULL,
    actor   VARCHAR(64) NOT NULL,
    action  VARCHAR(64) NOT NULL,
    subject VARCHAR(64) NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit log is only added to';
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit log is only added to';
