"""The loop that drives a model with tools, the roles, and the lead: reviewer, planner, judge."""
