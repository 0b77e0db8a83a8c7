"""The health checker: what runs, what answers, and what waits for what, in a sentence each."""
