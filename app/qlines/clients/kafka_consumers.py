"""Consumers that say when the partitions that they read have changed.

One that reads all partitions assigns them to itself: it does not join its group, because the broker
would make a restarted program wait until the session of its killed predecessor times out. So only
one may run.

A member of a group shares the partitions with the programs of other nodes. Its membership is
static: a program that restarts within the session gets its partitions back, and nobody else
notices; those of a node that is lost move when its session times out.
"""

from typing import Any

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.errors import FencedInstanceIdError

from qlines.errors import QLinesError

SESSION_SECONDS = 12
MEMBERSHIP = {
    "session_timeout_ms": SESSION_SECONDS * 1000,
    # A killed program has sent its last one up to a second ago, so it has 11 s to come back; and a
    # lost node's partitions are read again a second after its session.
    "heartbeat_interval_ms": 1_000,
    # A rebalance waits so long for a member that does not poll, such as one whose ClickHouse is
    # away and whose buffer is full.
    "max_poll_interval_ms": 60_000,
    # A sticky assignor tells the broker what it had, so that a restart would be a rebalance.
    "partition_assignment_strategy": (RoundRobinPartitionAssignor,),
}


class AssignmentChangedError(QLinesError):
    """A consumer reads other partitions than before: each begins at its last commit again.

    What was fetched and not committed is to be forgotten; whoever has the partition now reads it.
    """


class AllPartitionsConsumer(KafkaConsumer):  # type: ignore[misc] # it has no types
    """Reads every partition of *topic*, also those that are added later."""

    def read_all_of(self, topic: str) -> bool:
        """Assign all partitions; return whether there are any."""
        self._topic = topic
        self.assign_new_partitions()
        return bool(self.assignment())

    def assign_new_partitions(self) -> bool:
        """Assign the partitions that the client knows of by now; return whether some are new."""
        known = {
            TopicPartition(self._topic, part) for part in self.partitions_for_topic(self._topic)
        }
        if known <= self.assignment():
            return False
        self.assign(sorted(known | self.assignment()))
        return True

    def poll(self, *arguments: Any, **options: Any) -> Any:
        """Fetch; raise AssignmentChangedError instead when partitions were added."""
        if self.assign_new_partitions():
            raise AssignmentChangedError(f"reading {len(self.assignment())} partitions from now on")
        return super().poll(*arguments, **options)


class GroupConsumer(KafkaConsumer):  # type: ignore[misc] # as above
    """Reads the partitions of *topic* that its group assigns to it while it polls."""

    def join(self, topic: str) -> bool:
        """Subscribe; return whether the topic exists."""
        self._changes = _Changes()
        self.subscribe([topic], listener=self._changes)
        return bool(self.partitions_for_topic(topic))

    def poll(self, *arguments: Any, **options: Any) -> Any:
        """Fetch; raise AssignmentChangedError, dropping what was fetched, after a rebalance.

        Raise FencedInstanceIdError when another member has come with the same name.
        """
        fetched = super().poll(*arguments, **options)
        if self._is_fenced():
            raise FencedInstanceIdError
        if self._changes.take():
            parts = ", ".join(str(part.partition) for part in sorted(self.assignment()))
            raise AssignmentChangedError(f"reading of the group's partitions: {parts or 'none'}")
        return fetched

    def _is_fenced(self) -> bool:
        """Return whether another member has come with the same name.

        kafka-python ends its heartbeats then and reads on; only a commit would raise an error.
        """
        coordinator = self._coordinator
        has_heartbeat = coordinator._heartbeat_enabled or coordinator.need_rejoin()
        return coordinator.stable() and not has_heartbeat


class _Changes(ConsumerRebalanceListener):  # type: ignore[misc] # as above
    """Only notes that something has changed: heartbeats wait while a listener runs."""

    def __init__(self) -> None:
        self._has_changed = False

    def on_partitions_revoked(self, _revoked: Any) -> None:
        self._has_changed = True

    def on_partitions_assigned(self, _assigned: Any) -> None:
        self._has_changed = True

    def take(self) -> bool:
        """Return whether something has changed since the last call."""
        has_changed, self._has_changed = self._has_changed, False
        return has_changed
