-- The ledger of background tasks. Times are milliseconds since the Unix epoch, by this database's
-- clock. A task is `scheduled` until it is due, then `queued` until a worker claims it.
-- A flow (a chain or a group) is a row as well, which no worker claims. Its members are `blocked`
-- until their turn comes; till then, `run_at` is as far from `created_at` as it shall be from then.
-- Every statement is committed by itself here: what a crash has left is met again.
CREATE TABLE IF NOT EXISTS tasks (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    queue VARCHAR(100) NOT NULL,
    args LONGTEXT NOT NULL,
    state VARCHAR(16) NOT NULL,
    priority INTEGER NOT NULL,
    run_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    lost_leases INTEGER NOT NULL DEFAULT 0,
    -- Counts every claim: what an earlier claim still tries to write is refused.
    claim BIGINT NOT NULL DEFAULT 0,
    lease_owner CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    lease_until BIGINT,
    progress_percent INTEGER,
    progress_message LONGTEXT,
    result LONGTEXT,
    error LONGTEXT,
    -- Bytes, for to a text a space at its end means nothing.
    idempotency_key VARBINARY(200) UNIQUE,
    expires_at BIGINT,
    published_at BIGINT,
    request_id VARCHAR(128),
    -- The step of a trace that it follows from (W3C Trace Context).
    traceparent VARCHAR(55),
    parent_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    -- The flow that it is a member of, and its place there.
    flow_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    position INTEGER,
    -- Of a flow: how many members it has, and how many of them have not succeeded yet.
    members INTEGER,
    pending INTEGER,
    -- Led by the state, for an index over the rows in one state alone does not exist here.
    -- The columns at their ends are for those who count: they need not look at the rows.
    INDEX tasks_claim (state, queue, priority DESC, id, run_at, attempts),
    INDEX tasks_publish (state, published_at, priority DESC, id, run_at),
    INDEX tasks_expiry (state, expires_at),
    INDEX tasks_schedule (state, run_at, attempts),
    INDEX tasks_lease (state, lease_until),
    INDEX tasks_finish (finished_at, state),
    INDEX tasks_flow (flow_id, position)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The heartbeats of the processes that work on them.
CREATE TABLE IF NOT EXISTS task_workers (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    role VARCHAR(16) NOT NULL,
    host VARCHAR(255) NOT NULL,
    queues LONGTEXT NOT NULL,
    concurrency INTEGER NOT NULL,
    started_at BIGINT NOT NULL,
    heartbeat_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
