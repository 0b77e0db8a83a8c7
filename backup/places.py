"""Where backup finds what is not in the app's own data folder."""

from pathlib import Path

# The other parts' volumes, mounted read-only for a backup; a part that is not installed is absent.
SOURCES = Path("/sources")
