"""Decide what the blog does next: what is seen of MariaDB and the role in, one step out; pure.

==========  ==========================================  ==========================================
role        seen                                        step
==========  ==========================================  ==========================================
any other   MariaDB takes changes                       FENCE, before anything else
than
primary
replica     its own data are not the pair's: none yet,  COPY, once the other side is seen to take
            half of them, or with a history of its own  changes; never a side that does itself
replica     it follows nobody                           FOLLOW, once the other side takes changes
replica     replication has stopped                     RESUME
primary     it is copying                               CANCEL_COPY
primary     its own data are not the pair's             none: the other VM must be active again
primary     the other side takes changes                none: it waits until that is over
primary     the other side has more                     FOLLOW or RESUME, and wait for the rest
primary     it still receives                           STOP_RECEIVING, then wait until all that
                                                        was received is applied
primary     it has followed the other side, which       PULL_FILES once, and wait for it
            answers
primary     none of these                               OPEN
read-only   it does not take changes                    none: what runs continues
==========  ==========================================  ==========================================
"""

from blog.twin.view import Database, Decision, Pull, Replication, Role, Seen, Step

MAX_SECONDS_BEHIND = 60
MAKE_OTHER_ACTIVE = "make the other VM active again: run `make drain` on this one"


def decide(seen: Seen) -> Decision:
    """Return the next step; its sentence begins with what the blog is."""
    if seen.role is not Role.PRIMARY and seen.own.is_writable:
        return Decision(Step.FENCE, "is turning read-only")
    if seen.role is Role.PRIMARY:
        return _primary(seen)
    if seen.role is Role.REPLICA:
        return _replica(seen)
    return Decision(None, "is read-only")


def asks_other(role: Role, own: Database, *, is_complete: bool) -> bool:
    """Return whether the other side has to be asked for a decision; it costs a connection."""
    if role is Role.PRIMARY:
        return not own.is_writable
    is_well = own.replication is not None and own.replication.is_whole and is_complete
    return role is Role.REPLICA and not is_well


def _primary(seen: Seen) -> Decision:
    own, other = seen.own, seen.other
    if seen.is_copying:
        return Decision(Step.CANCEL_COPY, "stops copying, it is to be the primary")
    if own.is_writable:
        return Decision(None, _about_primary(own))
    if not seen.is_complete:
        sentence = f"cannot be the primary, its copy is not complete: {MAKE_OTHER_ACTIVE}"
        return Decision(None, sentence, is_problem=True)
    if other and other.is_writable:
        return Decision(None, "waits to be the primary until the other one is read-only")
    if other and other.number > own.number:
        return _catch_up(own.replication)
    return _take_over(seen)


def _about_primary(own: Database) -> str:
    if own.is_confirmed:
        return "is the primary, the other VM confirms each change"
    return "is the primary, the other VM confirms no changes: the latest are on this one only"


def _catch_up(replication: Replication | None) -> Decision:
    sentence = "waits to be the primary until it has everything of the other one"
    if replication is None:
        return Decision(Step.FOLLOW, sentence)
    if replication.is_diverged:
        sentence = f"cannot be the primary, the other VM has another history: {MAKE_OTHER_ACTIVE}"
        return Decision(None, sentence, is_problem=True)
    if not (replication.is_receiving and replication.is_applying):
        return Decision(Step.RESUME, sentence)
    return Decision(None, sentence)


def _take_over(seen: Seen) -> Decision:
    replication = seen.own.replication
    if replication and replication.is_receiving:
        return Decision(Step.STOP_RECEIVING, "is becoming the primary")
    if replication and replication.has_more:
        return Decision(None, "is becoming the primary, and applies what it has received")
    # Only what it has followed may have files that it lacks; a primary that returns has the newest.
    if seen.pull is Pull.DUE and seen.other and replication:
        return Decision(Step.PULL_FILES, "is becoming the primary")
    if seen.pull is Pull.RUNNING:
        return Decision(None, "is becoming the primary, and fetches the last files")
    return Decision(Step.OPEN, "is becoming the primary")


def _replica(seen: Seen) -> Decision:
    own, other = seen.own, seen.other
    if seen.is_copying:
        # After a failure it is one until a copy succeeds, so that it does not come and go.
        return Decision(None, "copies the other VM's databases", is_problem=bool(seen.copy_error))
    replication = own.replication
    if reason := _why_copy(seen):
        return _copy(seen, reason)
    if replication is None:
        if other and other.is_writable:
            return Decision(Step.FOLLOW, "is becoming a replica")
        return Decision(None, f"is a replica that {_waits_for(other)}", is_problem=other is None)
    if not (replication.is_receiving and replication.is_applying):
        sentence = f"is a replica that has stopped: {replication.error or 'it was not started'}"
        return Decision(Step.RESUME, sentence, is_problem=bool(replication.error))
    return _about_replica(replication)


def _why_copy(seen: Seen) -> str:
    if not seen.is_complete:
        return "its copy is not complete"
    if not seen.own.position:
        return "it has no copy yet"
    if seen.own.replication and seen.own.replication.is_diverged:
        return f"its copy differs ({seen.own.replication.error})"
    return ""


def _copy(seen: Seen, reason: str) -> Decision:
    if not (seen.other and seen.other.is_writable):
        sentence = f"is a replica, {reason}, and it {_waits_for(seen.other)}"
        return Decision(None, sentence, is_problem=True)
    if not seen.may_copy:
        sentence = f"is a replica, {reason}, and it copies again in a minute at most"
        sentence += f"; the last copy failed: {seen.copy_error}" if seen.copy_error else ""
        return Decision(None, sentence, is_problem=True)
    sentence = f"copies the other VM's databases: {reason}"
    return Decision(Step.COPY, sentence, is_problem=bool(seen.copy_error))


def _waits_for(other: Database | None) -> str:
    return "waits until the other one is the primary" if other else "cannot reach the other VM"


def _about_replica(replication: Replication) -> Decision:
    seconds = replication.seconds_behind
    if not replication.is_connected or seconds is None:
        sentence = f"is a replica that cannot reach the other VM {replication.error}".rstrip()
        return Decision(None, sentence, is_problem=True)
    if seconds > MAX_SECONDS_BEHIND:
        return Decision(None, f"is a replica, {seconds} s behind", is_problem=True)
    return Decision(None, "is a replica and has every change" if not seconds else
                    f"is a replica, {seconds} s behind")  # fmt: skip
