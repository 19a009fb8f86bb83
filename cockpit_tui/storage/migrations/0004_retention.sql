-- Since when a finished job's working memory is gone: its durable steps, and what its tool calls
-- were given and answered. Its events, answers, bills, proofs and commits stay.

ALTER TABLE jobs ADD COLUMN compacted_at TEXT;
