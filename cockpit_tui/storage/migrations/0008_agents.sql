-- The members of each job's pool: who there is, in which role, and what each does at the moment.
-- A row stays when its agent was sent away, so that no later one gets its name.

CREATE TABLE agents (
    job_id         TEXT NOT NULL REFERENCES jobs (id),
    name           TEXT NOT NULL,
    role           TEXT NOT NULL,
    status         TEXT NOT NULL,
    detail         TEXT NOT NULL,
    since          TEXT NOT NULL,
    task_id        TEXT,
    spawned_at     TEXT NOT NULL,
    terminated_at  TEXT,
    PRIMARY KEY (job_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX agents_busy ON agents (job_id) WHERE status != 'idle';

ALTER TABLE executions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
