-- Which files an attempt has written, for the cards of its agent.

CREATE INDEX events_code ON events (execution_id, seq) WHERE type = 'code:generated';
