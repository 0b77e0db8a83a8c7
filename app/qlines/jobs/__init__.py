"""What is done later, by the RQ queue ``app1``: exports, retention, notifications."""
