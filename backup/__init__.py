"""Backup and restore of the appliance: one verb a file, one source a store."""
