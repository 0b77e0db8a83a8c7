"""The counters of what is sent to devices; healthcheck/metrics/programs.py documents them."""

COUNTERS = ("commands_sent", "commands_delivered", "commands_returned", "commands_expired")
