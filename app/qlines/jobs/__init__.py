"""Background jobs of the RQ queue ``app1``: exports, retention, notifications."""
