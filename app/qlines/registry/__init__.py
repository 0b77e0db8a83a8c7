"""Keep the registry file, which the broker's plugin and ingest read, in sync with MongoDB."""
