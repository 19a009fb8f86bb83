-- What the person was to be told, and which channel told it with what result. `source` names the
-- fact, so that it is told once however often the ledger is read again; `seq` is its event, 0 where
-- there is none.

CREATE TABLE notifications (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    source      TEXT NOT NULL UNIQUE,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    text        TEXT NOT NULL,
    job_id      TEXT REFERENCES jobs (id),
    task_id     TEXT,
    seq         INTEGER NOT NULL,
    is_night    INTEGER NOT NULL,
    at          TEXT NOT NULL,
    settled_at  TEXT,
    settled_by  TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX notifications_open ON notifications (number) WHERE settled_at IS NULL;

-- A row is written before its channel is used: one that stays at `sending` was cut off by a crash,
-- and is not sent again.
CREATE TABLE notification_deliveries (
    notification  INTEGER NOT NULL REFERENCES notifications (number),
    channel       TEXT NOT NULL,
    result        TEXT NOT NULL,
    detail        TEXT NOT NULL,
    at            TEXT NOT NULL,
    PRIMARY KEY (notification, channel)
) STRICT, WITHOUT ROWID;

-- Up to which event of the ledger it was looked through for what the person is to be told. What a
-- ledger holds when it gets this table is no news.
CREATE TABLE notification_cursor (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    seq  INTEGER NOT NULL
) STRICT;
INSERT INTO notification_cursor (id, seq) SELECT 1, coalesce(max(seq), 0) FROM events;
