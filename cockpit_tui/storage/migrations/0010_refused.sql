-- What other processes asked for and did not get: few among many events.

CREATE INDEX events_commands ON events (at) WHERE type = 'command:received';
