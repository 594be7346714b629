CREATE TABLE persons (
    id TEXT NOT NULL PRIMARY KEY,
    -- Errors name the column of a check. SQLite drops a column only with its own checks.
    name TEXT NOT NULL CONSTRAINT persons_name_check CHECK (length(name) <= 200),
    email TEXT NOT NULL CONSTRAINT persons_email_check CHECK (length(email) <= 320),
    age INTEGER NOT NULL CONSTRAINT persons_age_check CHECK (age BETWEEN 0 AND 2147483647),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_by TEXT
);

CREATE UNIQUE INDEX persons_email_key ON persons (email);

CREATE INDEX persons_name_index ON persons (name);
