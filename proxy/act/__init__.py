"""Effects: one tool or one file per module."""
