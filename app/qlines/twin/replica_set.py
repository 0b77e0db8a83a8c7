"""Ask this side's own MongoDB about the set, and change the set."""

from contextlib import suppress
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from qlines.clients.mongodb import raising_unavailable
from qlines.errors import QLinesError, StoreUnavailableError
from qlines.twin.members import Config

TIMEOUT_MS = 2_000
# Under load the others are some changes behind at any moment.
CATCH_UP_SECONDS = 10
# NotYetInitialized, and InvalidReplicaSetConfig: a member that was removed from its set.
NOT_IN_A_SET = (94, 93)

Answer = dict[str, Any]


class RefusedError(QLinesError):
    """MongoDB refused a change of the set; the text has its reason."""


class ReplicaSet:
    """The set, through the MongoDB at *host*; every call may raise StoreUnavailableError."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._client = _client(host, TIMEOUT_MS)

    @raising_unavailable()
    def hello(self) -> Answer:
        """Return who this member is, and who is the primary."""
        return self._client.admin.command("hello")

    @raising_unavailable()
    def status(self) -> Answer | None:
        """Return how the members are, None while this one belongs to no set."""
        try:
            return self._client.admin.command("replSetGetStatus")
        except OperationFailure as error:
            if error.code in NOT_IN_A_SET:
                return None
            raise

    @raising_unavailable()
    def config(self) -> Config:
        """Return the configuration of the set."""
        return dict(self._client.admin.command("replSetGetConfig")["config"])

    def change(self, config: Config, *, is_forced: bool = False) -> None:
        """Change the set; raise RefusedError with MongoDB's reason."""
        try:
            with raising_unavailable():
                self._client.admin.command("replSetReconfig", config, force=is_forced)
        except PyMongoError as error:
            raise RefusedError(f"MongoDB refused a change of the set: {error}") from error

    def shut_down(self) -> None:
        """Let this MongoDB end, which supervisord starts again."""
        # It closes the connection without an answer.
        with suppress(StoreUnavailableError), raising_unavailable():
            self._client.admin.command("shutdown", force=True)

    def step_down(self, seconds: int) -> None:
        """Let another member be elected, and be none for that long; raise RefusedError.

        It takes until another one has all changes, at most CATCH_UP_SECONDS.
        """
        client = _client(self._host, TIMEOUT_MS + 1_000 * CATCH_UP_SECONDS)
        try:
            with raising_unavailable():
                client.admin.command(
                    "replSetStepDown", seconds,
                    secondaryCatchUpPeriodSecs=min(seconds, CATCH_UP_SECONDS),
                )  # fmt: skip
        except PyMongoError as error:
            raise RefusedError(f"MongoDB stays the primary: {error}") from error
        finally:
            client.close()

    @raising_unavailable()
    def thaw(self) -> None:
        """Let this member be elected again at once, although it has stepped down lately."""
        with suppress(OperationFailure):  # refused by a primary, which needs it not
            self._client.admin.command("replSetFreeze", 0)


def _client(host: str, answer_ms: int) -> "MongoClient[Answer]":
    return MongoClient(
        f"mongodb://{host}/?directConnection=true",
        appname="qlines-twin",
        connectTimeoutMS=TIMEOUT_MS,
        serverSelectionTimeoutMS=TIMEOUT_MS,
        socketTimeoutMS=answer_ms,
    )
