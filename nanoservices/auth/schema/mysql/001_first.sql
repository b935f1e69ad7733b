-- As sqlite/001_first.sql. A statement ends where a line ends in a semicolon. The collations compare bytes, spaces at the
-- end too, as SQLite does; MariaDB and MySQL have different names for that, and each reads only its own comment.
CREATE TABLE participants (
    id   VARCHAR(64) NOT NULL PRIMARY KEY,
    name VARCHAR(500) NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE credentials (
    id          VARCHAR(64) NOT NULL PRIMARY KEY,
    participant VARCHAR(64) NOT NULL,
    kind        VARCHAR(16) NOT NULL CHECK (kind IN ('static', 'rolling')),
    matches     VARCHAR(200) NOT NULL UNIQUE,
    KEY credentials_by_participant (participant),
    CONSTRAINT credentials_of FOREIGN KEY (participant) REFERENCES participants (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE meetings (
    id             VARCHAR(64) NOT NULL PRIMARY KEY,
    title          VARCHAR(500) NOT NULL,
    room           VARCHAR(200) NOT NULL,
    starts         VARCHAR(40) NOT NULL,
    ends           VARCHAR(40) NOT NULL,
    least_strength VARCHAR(16) NOT NULL CHECK (least_strength IN ('static', 'irk', 'rolling')),
    organiser      VARCHAR(64),
    KEY meetings_by_end (ends),
    CONSTRAINT meetings_organised_by FOREIGN KEY (organiser) REFERENCES participants (id) ON DELETE SET NULL,
    CONSTRAINT meetings_last CHECK (starts < ends)
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE invitations (
    meeting     VARCHAR(64) NOT NULL,
    participant VARCHAR(64) NOT NULL,
    PRIMARY KEY (meeting, participant),
    KEY invitations_by_participant (participant),
    CONSTRAINT invitations_to FOREIGN KEY (meeting) REFERENCES meetings (id) ON DELETE CASCADE,
    CONSTRAINT invitations_of FOREIGN KEY (participant) REFERENCES participants (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE contents (
    id         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    meeting    VARCHAR(64),
    room       VARCHAR(200),
    owner      VARCHAR(64),
    name       VARCHAR(200) NOT NULL,
    media_type VARCHAR(100) NOT NULL,
    sha256     VARCHAR(64) NOT NULL,
    size       BIGINT NOT NULL,
    UNIQUE KEY contents_of_meeting (meeting, name),
    UNIQUE KEY contents_of_room (room, name),
    KEY contents_by_owner (owner),
    CONSTRAINT contents_in FOREIGN KEY (meeting) REFERENCES meetings (id) ON DELETE CASCADE,
    CONSTRAINT contents_owned_by FOREIGN KEY (owner) REFERENCES participants (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE pieces (
    content BIGINT NOT NULL,
    number  BIGINT NOT NULL,
    data    MEDIUMBLOB NOT NULL,
    PRIMARY KEY (content, number),
    CONSTRAINT pieces_of FOREIGN KEY (content) REFERENCES contents (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE visits (
    number      BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id          VARCHAR(100) NOT NULL UNIQUE,
    closed      VARCHAR(100) NOT NULL,
    zone        VARCHAR(200) NOT NULL,
    participant VARCHAR(200),
    meeting     VARCHAR(200),
    room        VARCHAR(200),
    outcome     VARCHAR(100),
    reason      VARCHAR(500),
    report      MEDIUMTEXT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE pulse (
    beat BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
INSERT INTO pulse VALUES (0);
