"""The health checker: what runs, what answers, what waits for what, in one sentence each."""
