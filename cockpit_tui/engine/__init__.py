"""Jobs as durable functions: pipeline, scheduler, approvals, budget, recovery, bus."""
