"""Follow what is observed of an app or a blog: what lasts for a moment changes nothing; pure."""

from typing import NamedTuple

from ha.view import Condition, Observation, Role, Seen

# Two observations in a row; nginx itself has gone to the other one after the first failed request.
LOST_AFTER_SECONDS = 1.5
# What has just come back may go again: it takes no requests until it has stayed.
BACK_AFTER_SECONDS = 3.0
# MongoDB may elect the same app again within seconds: people stay where they are until then.
ROLE_AFTER_SECONDS = 1.5
# A claim without a name of its reign continues the one before if it comes soon enough.
MAX_GAP_SECONDS = 4.0


class Steady(NamedTuple):
    """A value, and what was observed last; *since* is when that first differed from the value."""

    value: str
    next_value: str
    since: float

    def follow(self, observed: str, at: float, hold_seconds: float) -> "Steady":
        """Return it after an observation; another value counts once it has held so long."""
        if observed == self.value:
            return self._replace(next_value=observed, since=at)
        since = self.since if self.next_value != self.value else at
        if at - since >= hold_seconds:
            return Steady(observed, observed, at)
        return self._replace(next_value=observed, since=since)


class Track(NamedTuple):
    """What is remembered of one app or blog; times are those of its observations."""

    condition: Steady
    role: Steady
    reign: str = ""
    role_since: str = ""
    began_at: float = 0.0
    claimed_at: float = float("-inf")
    reason: str = ""


def follow(before: Track | None, observed: Observation) -> Track:
    """Return what is remembered after an observation; the first one counts at once."""
    if before is None:
        steady = Steady(observed.condition, observed.condition, observed.at)
        role = Steady(observed.role, observed.role, observed.at)
        return _with_claim(Track(steady, role), observed)
    hold_seconds = _hold_seconds(Condition(before.condition.value), observed.condition)
    after = before._replace(
        condition=before.condition.follow(observed.condition, observed.at, hold_seconds),
        role=before.role.follow(observed.role, observed.at, ROLE_AFTER_SECONDS),
    )
    return _with_claim(after, observed)


def seen(track: Track, now: float) -> Seen:
    """Return what is known now."""
    return Seen(
        condition=Condition(track.condition.value),
        role=Role(track.role.value),
        reign=track.reign,
        active_seconds=track.claimed_at - track.began_at if track.reign else 0.0,
        claimed_seconds_ago=now - track.claimed_at if track.reign else float("inf"),
        reason=track.reason,
    )


def _hold_seconds(before: Condition, observed: Condition) -> float:
    """Return how long a change must hold; an operator's drain and its end count at once."""
    if Condition.DRAINING in (before, observed):
        return 0.0
    if observed is Condition.READY:
        return BACK_AFTER_SECONDS
    return LOST_AFTER_SECONDS if before is Condition.READY else 0.0


def _with_claim(track: Track, observed: Observation) -> Track:
    """Return it with the claim to be active that is in an observation, or with none."""
    track = track._replace(reason=observed.reason)
    if observed.role is Role.STANDBY:
        return track._replace(reign="")
    if observed.role is not Role.ACTIVE:
        return track
    is_same = track.reign and track.role_since == observed.role_since
    if is_same and (observed.role_since or observed.at - track.claimed_at <= MAX_GAP_SECONDS):
        return track._replace(claimed_at=observed.at)
    return track._replace(
        # Two reigns of one app never begin at the same time.
        reign=observed.role_since or f"seen at {observed.at}",
        role_since=observed.role_since,
        began_at=observed.at,
        claimed_at=observed.at,
    )
