"""Look, decide, do the next step, and tell: one pass after the other."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from appliance.shared.files import write_atomically
from blog.twin.copy import Copy
from blog.twin.decide import asks_other, decide
from blog.twin.files import FilePull
from blog.twin.kept import Kept
from blog.twin.mariadb import Mariadb, MariadbError
from blog.twin.role import Word
from blog.twin.told import Told
from blog.twin.view import Database, Decision, Pull, Role, Seen, Step

log = logging.getLogger(__name__)

MAX_STEPS = 6
COPY_EVERY_SECONDS = 60.0
# What a promotion waits for at most: the files of one interval.
MAX_PULL_SECONDS = 120.0


class Marks(Protocol):
    """What the other programs of the container read about the role."""

    def put(self, role: Role, *, is_complete: bool) -> None:
        """Say what this side is, PRIMARY while it takes changes, and if its data are whole."""


class Parts(NamedTuple):
    """Everything that a controller looks at and acts upon; *other_at* is where to follow."""

    own: Mariadb
    other: Mariadb
    other_at: Mapping[str, str]
    copy: Copy
    files: FilePull
    kept: Kept
    marks: Marks
    state_file: Path


class Controller:
    """The blog of one side; *pull_every_seconds* is between two fetches of files."""

    def __init__(
        self,
        parts: Parts,
        pull_every_seconds: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = parts
        self._pull_every_seconds = pull_every_seconds
        self._now = now
        self._copied_at = self._pulled_at = float("-inf")
        self._pull = Pull.DUE
        self._pull_began_at = 0.0
        self._whole_at = now()
        self._other_error = ""
        self._told: tuple[Role, str] | None = None

    def pass_once(self, word: Callable[[], Word]) -> bool:
        """Do what is due, and return whether more will be in a moment.

        *word* is asked again before each step.
        """
        for _ in range(MAX_STEPS):
            said = word()
            try:
                decision, own = self._look(said.role)
                if decision.step:
                    self._do(decision.step)
            except MariadbError as error:
                decision, own = (
                    Decision(None, f"cannot do its part, MariaDB says: {error}", is_problem=True),
                    None,
                )
            self._tell(said, decision, own)
            if decision.step in (None, Step.COPY, Step.RESUME, Step.PULL_FILES) or own is None:
                break
        self._fetch_files(own, said.role)
        is_waiting = own is not None and said.role is Role.PRIMARY and not own.is_writable
        return is_waiting and not decision.is_problem

    def _look(self, role: Role) -> tuple[Decision, Database]:
        parts = self._parts
        own = parts.own.look()
        is_complete = parts.copy.is_complete
        self._note_pull(role)
        seen = Seen(
            role=role,
            own=own,
            other=self._other() if asks_other(role, own, is_complete=is_complete) else None,
            is_complete=is_complete,
            is_copying=parts.copy.is_running,
            may_copy=self._now() - self._copied_at >= COPY_EVERY_SECONDS,
            pull=self._pull,
            copy_error=parts.copy.error,
        )
        parts.marks.put(_standing(own), is_complete=is_complete)
        return decide(seen), own

    def _other(self) -> Database | None:
        try:
            other, error = self._parts.other.look(), ""
        except MariadbError as refused:
            other, error = None, str(refused)
        if error and error != self._other_error:
            log.info("the other VM's MariaDB does not answer: %s", error)
        self._other_error = error
        return other

    def _note_pull(self, role: Role) -> None:
        """Note how far the last fetch before a promotion is."""
        if role is not Role.PRIMARY:
            self._pull = Pull.DUE
        elif self._pull is Pull.RUNNING:
            is_late = self._now() - self._pull_began_at > MAX_PULL_SECONDS
            if is_late:
                log.warning("the last files are not all here after %.0f s", MAX_PULL_SECONDS)
                self._parts.files.cancel()
            if is_late or not self._parts.files.is_running():
                self._pull = Pull.OVER

    def _do(self, step: Step) -> None:
        own = self._parts.own
        log.info("%s", step)
        if step is Step.FENCE:
            # First, so that visitors hear it in words and not by an error of MariaDB.
            self._parts.marks.put(Role.READ_ONLY, is_complete=self._parts.copy.is_complete)
            own.fence()
        elif step is Step.OPEN:
            # From now on this side's files count, also when it follows again.
            self._parts.files.cancel()
            self._parts.files.keep_from_now_on()
            own.open()
        elif step is Step.FOLLOW:
            own.follow(self._parts.other_at)
        elif step is Step.RESUME:
            own.run("START REPLICA")
        elif step is Step.STOP_RECEIVING:
            own.run("STOP REPLICA IO_THREAD")
        else:
            self._do_in_background(step)

    def _do_in_background(self, step: Step) -> None:
        if step is Step.PULL_FILES:
            # One that runs may have begun while the other side took uploads.
            self._parts.files.cancel()
            self._parts.files.start()
            self._pull, self._pull_began_at = Pull.RUNNING, self._now()
        elif step is Step.COPY:
            self._copied_at = self._now()
            self._parts.copy.start()
        elif step is Step.CANCEL_COPY:
            self._parts.copy.cancel()

    def _fetch_files(self, own: Database | None, role: Role) -> None:
        """Fetch the files at the interval, as a replica that hears from its primary."""
        files = self._parts.files
        if files.is_running() or role is not Role.REPLICA or own is None or own.is_writable:
            return
        is_due = self._now() - self._pulled_at >= self._pull_every_seconds
        if is_due and own.replication is not None and own.replication.is_whole:
            self._pulled_at = self._now()
            files.start()

    def _tell(self, word: Word, decision: Decision, own: Database | None) -> None:
        parts, now = self._parts, self._now()
        replication = own.replication if own else None
        if replication is None or replication.is_whole:
            self._whole_at = now
        told = Told(
            word, decision, replication, now - self._whole_at,
            parts.copy.progress if parts.copy.is_running else "",
            parts.files.succeeded_at, parts.files.error, parts.kept.paths(),
        )  # fmt: skip
        document: dict[str, Any] = {"at": round(time.time(), 1), **told.document()}
        write_atomically(parts.state_file, json.dumps(document))
        if (word.role, decision.sentence) != self._told:
            self._told = word.role, decision.sentence
            log.info("this blog %s", decision.sentence)


def _standing(own: Database) -> Role:
    if own.is_writable:
        return Role.PRIMARY
    is_replica = own.replication is not None and own.replication.is_whole
    return Role.REPLICA if is_replica else Role.READ_ONLY
