"""One module for each way to ask; those by TCP have ``probe(port, timeout_seconds)``."""
