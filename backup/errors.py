"""Errors of backup and restore; each text is for the operator."""

from qlines.errors import QLinesError


class BackupError(QLinesError):
    """A run failed; the text names what, why, and the remedy. What was there is untouched."""
