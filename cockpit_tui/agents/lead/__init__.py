"""The lead: the model that reviews, plans and judges, by structured output and reading tools."""
