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
# Without time kafka-python would never see that it has joined, and the group would wait for it.
JOIN_MS = 50
MEMBERSHIP = {
    "session_timeout_ms": SESSION_SECONDS * 1000,
    # A killed program has sent its last one up to a second ago, so it has 11 s to come back; and a
    # lost node's partitions are read again a second after its session.
    "heartbeat_interval_ms": 1_000,
    # A rebalance waits so long for a member that does not poll, such as one whose ClickHouse is
    # away and whose buffer is full.
    "max_poll_interval_ms": 60_000,
    # A sticky assignor sends the broker what it had, so that a restart would be a rebalance.
    "partition_assignment_strategy": (RoundRobinPartitionAssignor,),
}


class AssignmentChangedError(QLinesError):
    """A consumer reads other partitions than before: each begins at its last commit again.

    What was fetched and not committed is to be forgotten; the member that has the partition
    now reads it.
    """


class AllPartitionsConsumer(KafkaConsumer):  # type: ignore[misc] # it has no types
    """Reads every partition of *topic*, also those that are added later."""

    def read_all_of(self, topic: str) -> bool:
        """Assign all partitions; return whether there are any."""
        self._topic = topic
        self.partitions_for_topic(topic)  # asks the broker, and waits for its answer
        self.assign_new_partitions()
        return bool(self.assignment())

    def assign_new_partitions(self) -> bool:
        """Assign the partitions that the client knows of by now; return whether some are new."""
        numbers = self._cluster.partitions_for_topic(self._topic) or ()
        known = {TopicPartition(self._topic, number) for number in numbers}
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
        self._topic = topic
        self._changes = _Changes()
        self.subscribe([topic], listener=self._changes)
        self._partitions = len(self.partitions_for_topic(topic))
        return self._partitions > 0

    def poll(self, timeout_ms: int = 0, **options: Any) -> Any:
        """Fetch; raise AssignmentChangedError, dropping what was fetched, after a rebalance.

        Raise FencedInstanceIdError when another member has come with the same name.
        """
        self._refuse_if_fenced()
        self._join_again_for_new_partitions()
        if self._coordinator.need_rejoin():
            timeout_ms = max(timeout_ms, JOIN_MS)
        fetched = super().poll(timeout_ms=timeout_ms, **options)
        self._refuse_if_fenced()
        if self._changes.take():
            parts = ", ".join(str(part.partition) for part in sorted(self.assignment()))
            raise AssignmentChangedError(f"reading of the group's partitions: {parts or 'none'}")
        return fetched

    def _refuse_if_fenced(self) -> None:
        """Raise FencedInstanceIdError when another member has come with the same name.

        kafka-python ends its heartbeats then and reads on; only a commit would raise an error.
        """
        coordinator = self._coordinator
        has_heartbeat = coordinator._heartbeat_enabled or coordinator.need_rejoin()
        if coordinator.stable() and not has_heartbeat:
            raise FencedInstanceIdError

    def _join_again_for_new_partitions(self) -> None:
        """Have partitions that were added assigned.

        Only the leader looks for them, and one that was restarted no longer knows that it is the
        leader: the broker does, and shares the partitions again when that one joins.
        """
        partitions = len(self._cluster.partitions_for_topic(self._topic) or ())
        if partitions > self._partitions:
            self._partitions = partitions
            self._coordinator.request_rejoin()


class _Changes(ConsumerRebalanceListener):  # type: ignore[misc] # as above
    """Only notes that something has changed: heartbeats wait while a listener runs."""

    def __init__(self) -> None:
        self._has_changed = False

    def on_partitions_revoked(self, _revoked: Any) -> None:
        """Do nothing: what is assigned next is what counts."""

    def on_partitions_lost(self, _lost: Any) -> None:
        self._has_changed = True

    def on_partitions_assigned(self, _assigned: Any) -> None:
        self._has_changed = True

    def take(self) -> bool:
        """Return whether something has changed since the last call."""
        has_changed, self._has_changed = self._has_changed, False
        return has_changed
