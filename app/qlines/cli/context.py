"""What every command gets; connections are opened when they are first used."""

from functools import cached_property

from qlines.cli.console import Console
from qlines.clients import mongodb
from qlines.clients.mongodb import Documents
from qlines.clock import Clock, utc_datetime
from qlines.settings import Settings
from qlines.store import audit

CONSOLE = "console"  # who may run this command; nobody is signed in there


class Context:
    """Settings, console, clock and MongoDB, passed to every command's ``run``."""

    def __init__(self, settings: Settings, console: Console, clock: Clock) -> None:
        self.settings = settings
        self.console = console
        self.clock = clock

    @cached_property
    def db(self) -> Documents:
        """The database of users and devices."""
        return mongodb.connect(self.settings.mongodb)

    def noted(self, what: str) -> None:
        """Add an audit line for the page /changes: *what* continues "console", as in "added a".

        Call it once the change is made.
        """
        now = utc_datetime(self.clock.now_us())
        audit.add(self.db, who=CONSOLE, address="", what=what, now=now)

    def close(self) -> None:
        """Close the connection to MongoDB, if one was opened."""
        if "db" in self.__dict__:
            self.db.client.close()
