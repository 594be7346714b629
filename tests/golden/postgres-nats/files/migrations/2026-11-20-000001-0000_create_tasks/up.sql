-- The ledger of background tasks. Times are milliseconds since the Unix epoch, by this database's
-- clock. A task is `scheduled` until it is due, then `queued` until a worker claims it.
-- A flow (a chain or a group) is a row as well, which no worker claims. Its members are `blocked`
-- until their turn comes; till then, `run_at` is as far from `created_at` as it shall be from then.
CREATE TABLE tasks (
    id UUID NOT NULL PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    queue VARCHAR(100) NOT NULL,
    args TEXT NOT NULL,
    state VARCHAR(16) NOT NULL,
    priority INTEGER NOT NULL,
    run_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    lost_leases INTEGER NOT NULL DEFAULT 0,
    -- Counts every claim: what an earlier claim still tries to write is refused.
    claim BIGINT NOT NULL DEFAULT 0,
    lease_owner UUID,
    lease_until BIGINT,
    progress_percent INTEGER,
    progress_message TEXT,
    result TEXT,
    error TEXT,
    idempotency_key VARCHAR(200) UNIQUE,
    expires_at BIGINT,
    published_at BIGINT,
    request_id VARCHAR(128),
    -- The step of a trace that it follows from (W3C Trace Context).
    traceparent VARCHAR(55),
    parent_id UUID,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    -- The flow that it is a member of, and its place there.
    flow_id UUID,
    position INTEGER,
    -- Of a flow: how many members it has, and how many of them have not succeeded yet.
    members INTEGER,
    pending INTEGER
);

-- Each index holds only the rows in the state it is for, so a finished task is in none but the last.
-- The columns at their ends are for those who count: they need not look at the rows.
CREATE INDEX tasks_claim ON tasks (queue, priority DESC, id, run_at, attempts) WHERE state = 'queued';
CREATE INDEX tasks_publish ON tasks (published_at, run_at) WHERE state = 'queued';
CREATE INDEX tasks_expiry ON tasks (expires_at) WHERE state = 'queued' AND expires_at IS NOT NULL;
CREATE INDEX tasks_schedule ON tasks (run_at, attempts) WHERE state = 'scheduled';
CREATE INDEX tasks_lease ON tasks (lease_until) WHERE state = 'running';
CREATE INDEX tasks_finish ON tasks (finished_at, state) WHERE finished_at IS NOT NULL;
CREATE INDEX tasks_flow ON tasks (flow_id, position) WHERE flow_id IS NOT NULL;
CREATE INDEX tasks_blocked ON tasks (attempts) WHERE state = 'blocked';

-- The heartbeats of the processes that work on them.
CREATE TABLE task_workers (
    id UUID NOT NULL PRIMARY KEY,
    role VARCHAR(16) NOT NULL,
    host VARCHAR(255) NOT NULL,
    queues TEXT NOT NULL,
    concurrency INTEGER NOT NULL,
    started_at BIGINT NOT NULL,
    heartbeat_at BIGINT NOT NULL
);
