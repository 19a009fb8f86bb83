"""Pure data and rules: what a job, a plan, an approval is. No I/O, no clock, no randomness."""
