"""What every command gets; connections are opened when they are first used."""

from functools import cached_property

from qlines.cli.console import Console
from qlines.clients import mongodb
from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.settings import Settings


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

    def close(self) -> None:
        """Close the connection to MongoDB, if one was opened."""
        if "db" in self.__dict__:
            self.db.client.close()
