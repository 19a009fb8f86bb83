-- The queue: which jobs it starts, in which order and from when on; and what it submits by the
-- clock. What a job waits for now stands in `waiting_on` and `reason`, as for every job.

ALTER TABLE jobs ADD COLUMN in_queue INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN not_before TEXT;
ALTER TABLE jobs ADD COLUMN after_job TEXT REFERENCES jobs (id);
ALTER TABLE jobs ADD COLUMN is_overnight INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN paused_at TEXT;
ALTER TABLE jobs ADD COLUMN resets INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN queue_started_at TEXT;
CREATE INDEX jobs_in_queue ON jobs (priority DESC, position, number)
    WHERE in_queue = 1 AND status NOT IN ('completed', 'failed', 'cancelled');
CREATE INDEX jobs_by_queue_start ON jobs (project_id, queue_started_at)
    WHERE queue_started_at IS NOT NULL;
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE queue (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    paused_at  TEXT
) STRICT;
INSERT INTO queue (id, paused_at) VALUES (1, NULL);

CREATE TABLE schedules (
    id            TEXT PRIMARY KEY,
    number        INTEGER NOT NULL UNIQUE,
    repository    TEXT NOT NULL,
    request_json  TEXT NOT NULL,
    cron          TEXT NOT NULL,
    priority      INTEGER NOT NULL,
    is_overnight  INTEGER NOT NULL,
    next_at       TEXT NOT NULL,
    last_at       TEXT,
    last_job_id   TEXT REFERENCES jobs (id),
    paused_at     TEXT,
    removed_at    TEXT,
    created_at    TEXT NOT NULL
) STRICT;
CREATE INDEX schedules_due ON schedules (next_at) WHERE removed_at IS NULL;
