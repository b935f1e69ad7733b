-- As sqlite/003_sealed.sql.
CREATE TABLE sealed_credentials (
    id          VARCHAR(64) NOT NULL PRIMARY KEY,
    participant VARCHAR(64) NOT NULL,
    kind        VARCHAR(16) NOT NULL,
    lookup      VARCHAR(64) UNIQUE,
    sealed      TEXT,
    unsealed    VARCHAR(200) UNIQUE,
    KEY credentials_by_participant (participant),
    CONSTRAINT sealed_credentials_of FOREIGN KEY (participant) REFERENCES participants (id) ON DELETE CASCADE,
    CONSTRAINT found_as_sealed CHECK ((lookup IS NULL) = (sealed IS NULL)),
    CONSTRAINT sealed_or_unsealed CHECK ((sealed IS NULL) = (unsealed IS NOT NULL))
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
INSERT INTO sealed_credentials (id, participant, kind, unsealed) SELECT id, participant, kind, matches FROM credentials;
DROP TABLE credentials;
RENAME TABLE sealed_credentials TO credentials;

CREATE TABLE seals (
    name   VARCHAR(64) NOT NULL PRIMARY KEY,
    sealed TEXT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
