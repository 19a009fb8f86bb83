-- What the person holds up or gives up while it runs, and which commands of other processes were
-- taken in: known by id, so that none is carried out twice.

CREATE TABLE stops (
    job_id    TEXT NOT NULL REFERENCES jobs (id),
    task_id   TEXT NOT NULL DEFAULT '',
    wish      TEXT NOT NULL CHECK (wish IN ('pause', 'cancel')),
    reason    TEXT NOT NULL,
    asked_at  TEXT NOT NULL,
    PRIMARY KEY (job_id, task_id)
) STRICT;

CREATE TABLE letters (
    id          TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    sender      TEXT NOT NULL,
    taken_at    TEXT NOT NULL,
    reply_json  TEXT
) STRICT;
