"""The `qlines` command: what an operator does by hand, for people or as JSON."""
