-- Who was asked beside who answered, what a call was for, and whether its figures are ours.
-- `model` stays the model that answered; names are `provider:model` from here on.

ALTER TABLE usage ADD COLUMN model_asked TEXT NOT NULL DEFAULT '';
ALTER TABLE usage ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
ALTER TABLE usage ADD COLUMN is_estimated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE steps ADD COLUMN model_asked TEXT NOT NULL DEFAULT '';

-- Before, whoever was asked answered; what was for no execution was the lead's.
UPDATE usage SET model_asked = model,
                 purpose = CASE WHEN execution_id IS NULL THEN 'lead' ELSE 'task' END;
UPDATE steps SET model_asked = model;

-- The sums that a budget is held against, answered from the index alone.
DROP INDEX usage_by_job;
DROP INDEX usage_by_task;
CREATE INDEX usage_by_job ON usage (job_id, task_id, cost_microusd);
CREATE INDEX usage_by_task ON usage (task_id, cost_microusd) WHERE task_id IS NOT NULL;
CREATE INDEX usage_by_execution ON usage (execution_id, cost_microusd)
    WHERE execution_id IS NOT NULL;
CREATE INDEX usage_by_time ON usage (recorded_at, cost_microusd);

-- Which warnings were given already; few, and asked for at every start of a job.
CREATE INDEX events_budget_warned ON events (at) WHERE type = 'budget:warned';

-- Where estimates learn from: the newest done tasks.
CREATE INDEX tasks_done ON tasks (finished_at) WHERE status = 'done';
