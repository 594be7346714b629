CREATE TABLE persons (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    age INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_by TEXT,
    CONSTRAINT persons_email_key UNIQUE (email),
    -- Errors name the column of a check, and not that of a VARCHAR.
    CONSTRAINT persons_name_check CHECK (length(name) <= 200),
    CONSTRAINT persons_email_check CHECK (length(email) <= 320),
    CONSTRAINT persons_age_check CHECK (age BETWEEN 0 AND 2147483647)
);

CREATE INDEX persons_name_index ON persons (name);
