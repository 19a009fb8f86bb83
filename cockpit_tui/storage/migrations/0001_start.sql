-- The ledger as it starts. Ids are ULIDs as text, times UTC ISO-8601 text with microseconds, money
-- integer micro-dollars (NULL: the price is not known), *_json columns domain objects as JSON.

CREATE TABLE projects (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    path        TEXT NOT NULL,
    identity    TEXT NOT NULL,
    added_at    TEXT NOT NULL,
    trusted_at  TEXT,
    removed_at  TEXT
) STRICT;
-- A removed project stays for its jobs' sake; its path may be added again, as a new project.
CREATE UNIQUE INDEX projects_by_path ON projects (path) WHERE removed_at IS NULL;

CREATE TABLE jobs (
    id             TEXT PRIMARY KEY,
    number         INTEGER NOT NULL UNIQUE,
    project_id     TEXT NOT NULL REFERENCES projects (id),
    request_json   TEXT NOT NULL,
    status         TEXT NOT NULL,
    waiting_on     TEXT NOT NULL,
    branch         TEXT NOT NULL,
    base_branch    TEXT NOT NULL,
    base_commit    TEXT NOT NULL,
    head_commit    TEXT NOT NULL,
    reason         TEXT NOT NULL,
    created_at     TEXT NOT NULL,
    started_at     TEXT,
    finished_at    TEXT,
    cost_microusd  INTEGER,
    review_json    TEXT
) STRICT;
CREATE INDEX jobs_by_project ON jobs (project_id, number DESC);
CREATE INDEX jobs_unfinished ON jobs (number)
    WHERE status NOT IN ('completed', 'failed', 'cancelled');

CREATE TABLE plans (
    job_id       TEXT NOT NULL REFERENCES jobs (id),
    revision     INTEGER NOT NULL,
    id           TEXT NOT NULL,
    author       TEXT NOT NULL,
    plan_json    TEXT NOT NULL,
    recorded_at  TEXT NOT NULL,
    PRIMARY KEY (job_id, revision)
) STRICT;

CREATE TABLE phases (
    id        TEXT PRIMARY KEY,
    job_id    TEXT NOT NULL REFERENCES jobs (id),
    position  INTEGER NOT NULL,
    title     TEXT NOT NULL
) STRICT;
CREATE INDEX phases_by_job ON phases (job_id, position);

CREATE TABLE tasks (
    id               TEXT PRIMARY KEY,
    job_id           TEXT NOT NULL REFERENCES jobs (id),
    phase_id         TEXT NOT NULL REFERENCES phases (id),
    phase_index      INTEGER NOT NULL,
    position         INTEGER NOT NULL,
    number           TEXT NOT NULL,
    title            TEXT NOT NULL,
    role             TEXT NOT NULL,
    planned_json     TEXT NOT NULL,
    status           TEXT NOT NULL,
    attempts         INTEGER NOT NULL DEFAULT 0,
    reason           TEXT NOT NULL DEFAULT '',
    commit_id        TEXT NOT NULL DEFAULT '',
    files_json       TEXT NOT NULL DEFAULT '[]',
    proofs_json      TEXT NOT NULL DEFAULT '[]',
    cost_microusd    INTEGER DEFAULT 0,
    started_at       TEXT,
    finished_at      TEXT
) STRICT;
CREATE INDEX tasks_by_job ON tasks (job_id, phase_index, position);
CREATE INDEX tasks_by_phase ON tasks (phase_id);

CREATE TABLE task_dependencies (
    task_id     TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    depends_on  TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    PRIMARY KEY (task_id, depends_on)
) STRICT, WITHOUT ROWID;
CREATE INDEX task_dependencies_by_target ON task_dependencies (depends_on);

CREATE TABLE executions (
    id                  TEXT PRIMARY KEY,
    job_id              TEXT NOT NULL REFERENCES jobs (id),
    task_id             TEXT NOT NULL REFERENCES tasks (id),
    attempt             INTEGER NOT NULL,
    role                TEXT NOT NULL,
    model_asked         TEXT NOT NULL,
    model_used          TEXT NOT NULL,
    status              TEXT NOT NULL,
    worktree            TEXT NOT NULL,
    steps               INTEGER NOT NULL,
    input_tokens        INTEGER NOT NULL,
    output_tokens       INTEGER NOT NULL,
    cache_read_tokens   INTEGER NOT NULL,
    cache_write_tokens  INTEGER NOT NULL,
    reasoning_tokens    INTEGER NOT NULL,
    cost_microusd       INTEGER,
    reason              TEXT NOT NULL,
    started_at          TEXT NOT NULL,
    finished_at         TEXT
) STRICT;
CREATE INDEX executions_by_job ON executions (job_id, started_at);
CREATE INDEX executions_by_task ON executions (task_id, attempt);

CREATE TABLE steps (
    id                  TEXT PRIMARY KEY,
    execution_id        TEXT NOT NULL REFERENCES executions (id),
    number              INTEGER NOT NULL,
    model               TEXT NOT NULL,
    stop_reason         TEXT NOT NULL,
    reissued            INTEGER NOT NULL,
    input_tokens        INTEGER NOT NULL,
    output_tokens       INTEGER NOT NULL,
    cache_read_tokens   INTEGER NOT NULL,
    cache_write_tokens  INTEGER NOT NULL,
    reasoning_tokens    INTEGER NOT NULL,
    cost_microusd       INTEGER,
    recorded_at         TEXT NOT NULL,
    UNIQUE (execution_id, number)
) STRICT;

CREATE TABLE tool_calls (
    id              TEXT PRIMARY KEY,
    execution_id    TEXT NOT NULL REFERENCES executions (id),
    step_number     INTEGER NOT NULL,
    call_id         TEXT NOT NULL,
    name            TEXT NOT NULL,
    arguments_json  TEXT NOT NULL,
    result          TEXT NOT NULL,
    is_error        INTEGER NOT NULL,
    seconds         REAL NOT NULL,
    recorded_at     TEXT NOT NULL
) STRICT;
CREATE INDEX tool_calls_by_execution ON tool_calls (execution_id, step_number);

CREATE TABLE usage (
    id                  TEXT PRIMARY KEY,
    job_id              TEXT NOT NULL REFERENCES jobs (id),
    task_id             TEXT,
    execution_id        TEXT,
    model               TEXT NOT NULL,
    input_tokens        INTEGER NOT NULL,
    output_tokens       INTEGER NOT NULL,
    cache_read_tokens   INTEGER NOT NULL,
    cache_write_tokens  INTEGER NOT NULL,
    reasoning_tokens    INTEGER NOT NULL,
    cost_microusd       INTEGER,
    reissued            INTEGER NOT NULL,
    recorded_at         TEXT NOT NULL
) STRICT;
CREATE INDEX usage_by_job ON usage (job_id);
CREATE INDEX usage_by_task ON usage (task_id) WHERE task_id IS NOT NULL;

-- Events outlive what they are about, so they reference nothing.
CREATE TABLE events (
    seq             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL,
    at              TEXT NOT NULL,
    type            TEXT NOT NULL,
    job_id          TEXT,
    task_id         TEXT,
    execution_id    TEXT,
    correlation_id  TEXT NOT NULL,
    payload_json    TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_job ON events (job_id, seq) WHERE job_id IS NOT NULL;
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE TABLE approvals (
    id             TEXT PRIMARY KEY,
    job_id         TEXT NOT NULL REFERENCES jobs (id),
    task_id        TEXT,
    key            TEXT NOT NULL,
    gate           TEXT NOT NULL,
    question_json  TEXT NOT NULL,
    asked_at       TEXT NOT NULL,
    answer_json    TEXT,
    answered_at    TEXT,
    holds_up       INTEGER NOT NULL,
    UNIQUE (job_id, key)
) STRICT;
CREATE INDEX approvals_pending ON approvals (asked_at) WHERE answer_json IS NULL;

CREATE TABLE review_comments (
    id           TEXT PRIMARY KEY,
    approval_id  TEXT NOT NULL REFERENCES approvals (id),
    position     INTEGER NOT NULL,
    path         TEXT NOT NULL,
    line         INTEGER NOT NULL,
    text         TEXT NOT NULL,
    quoted       TEXT NOT NULL,
    written_at   TEXT NOT NULL,
    UNIQUE (approval_id, position)
) STRICT;

CREATE TABLE durable_steps (
    job_id       TEXT NOT NULL REFERENCES jobs (id),
    key          TEXT NOT NULL,
    effect       TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('intent', 'done')),
    intent_json  TEXT NOT NULL,
    result_json  TEXT,
    started_at   TEXT NOT NULL,
    finished_at  TEXT,
    PRIMARY KEY (job_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX durable_steps_unfinished ON durable_steps (job_id) WHERE state = 'intent';
