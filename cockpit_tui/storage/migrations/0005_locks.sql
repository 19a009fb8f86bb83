-- What running tasks keep from each other, and who waits for it. A row lives as long as its task
-- runs; `engine_run` names the one opening of the ledger that it belongs to, so that every row of
-- another one is the leftover of an engine that died.

CREATE TABLE locks (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    project_id   TEXT NOT NULL REFERENCES projects (id),
    job_id       TEXT NOT NULL REFERENCES jobs (id),
    task_id      TEXT NOT NULL,
    task_number  TEXT NOT NULL,
    title        TEXT NOT NULL,
    claim_json   TEXT NOT NULL,
    engine_run   TEXT NOT NULL,
    pid          INTEGER NOT NULL,
    asked_at     TEXT NOT NULL,
    held_at      TEXT,
    beat_at      TEXT NOT NULL
) STRICT;
CREATE INDEX locks_by_project ON locks (project_id);

-- What a job's own page tells of its log.
CREATE INDEX events_collisions ON events (job_id, seq) WHERE type = 'collision:foreseen';
