-- As sqlite/005_addresses.sql.
CREATE TABLE addresses (
    number     BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    mark       VARCHAR(64) NOT NULL UNIQUE,
    credential VARCHAR(64) NOT NULL,
    since      VARCHAR(40) NOT NULL,
    KEY addresses_by_time (since),
    KEY addresses_by_credential (credential),
    CONSTRAINT addresses_of FOREIGN KEY (credential) REFERENCES credentials (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
