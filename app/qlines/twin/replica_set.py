"""Ask this side's own MongoDB about the set, and change the set."""

from contextlib import suppress
from typing import Any

from qlines.clients.mongodb_command import Answer, CommandFailedError, Member
from qlines.errors import QLinesError, StoreUnavailableError
from qlines.twin.members import Config

TIMEOUT_SECONDS = 2.0
# Under load the others are some changes behind at any moment.
CATCH_UP_SECONDS = 10
# NotYetInitialized, and InvalidReplicaSetConfig: a member that was removed from its set.
NOT_IN_A_SET = (94, 93)


class RefusedError(QLinesError):
    """MongoDB refused a change of the set; the text has its reason."""


class ReplicaSet:
    """The set, through the MongoDB at *host*; every call may raise StoreUnavailableError."""

    def __init__(self, host: str) -> None:
        self._member = Member(host, TIMEOUT_SECONDS)

    def hello(self) -> Answer:
        """Return who this member is, and who is the primary."""
        return self._answer("hello")

    def status(self) -> Answer | None:
        """Return how the members are, None while this one belongs to no set."""
        try:
            return self._member.command("replSetGetStatus")
        except CommandFailedError as error:
            if error.code in NOT_IN_A_SET:
                return None
            raise StoreUnavailableError("mongodb", error) from error

    def config(self) -> Config:
        """Return the configuration of the set."""
        return dict(self._answer("replSetGetConfig")["config"])

    def change(self, config: Config, *, is_forced: bool = False) -> None:
        """Change the set; raise RefusedError with MongoDB's reason."""
        try:
            self._member.command("replSetReconfig", config, force=is_forced)
        except CommandFailedError as error:
            raise RefusedError(f"MongoDB refused a change of the set: {error}") from error

    def shut_down(self) -> None:
        """Let this MongoDB end, which supervisord starts again."""
        # It closes the connection without an answer.
        with suppress(StoreUnavailableError):
            self._answer("shutdown", force=True)

    def step_down(self, seconds: int) -> None:
        """Let another member be elected, and be none for that long; raise RefusedError.

        It takes until another one has all changes, at most CATCH_UP_SECONDS.
        """
        catch_up_seconds = min(seconds, CATCH_UP_SECONDS)
        try:
            self._member.command(
                "replSetStepDown", seconds, secondaryCatchUpPeriodSecs=catch_up_seconds,
                answer_seconds=TIMEOUT_SECONDS + CATCH_UP_SECONDS,
            )  # fmt: skip
        except CommandFailedError as error:
            raise RefusedError(f"MongoDB stays the primary: {error}") from error

    def thaw(self) -> None:
        """Let this member be elected again at once, although it has stepped down lately."""
        with suppress(CommandFailedError):  # refused by a primary, which needs it not
            self._member.command("replSetFreeze", 0)

    def _answer(self, command: str, **options: Any) -> Answer:
        """Return the answer to what MongoDB refuses only while it starts or ends."""
        try:
            return self._member.command(command, **options)
        except CommandFailedError as error:
            raise StoreUnavailableError("mongodb", error) from error
