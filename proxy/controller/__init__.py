"""The program beside nginx: threads that look, decide and act, and the health report."""
