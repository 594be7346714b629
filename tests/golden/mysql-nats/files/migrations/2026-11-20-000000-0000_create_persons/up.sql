CREATE TABLE persons (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    name VARCHAR(200) NOT NULL,
    email VARCHAR(320) NOT NULL,
    age INTEGER NOT NULL,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_by VARCHAR(255),
    CONSTRAINT email_key UNIQUE (email),
    CONSTRAINT persons_age_check CHECK (age BETWEEN 0 AND 2147483647)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE INDEX persons_name_index ON persons (name);
