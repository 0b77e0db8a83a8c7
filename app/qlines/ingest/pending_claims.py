"""Buffer the claims that devices published until MongoDB has them; pure but for flush()."""

from collections.abc import Iterable

from qlines.clients.mongodb import Documents
from qlines.store import claims
from qlines.store.claims import Claim

MAX_DEVICES = 50_000  # claims are acknowledged: beyond this ingest pauses, the spool grows
CLAIMS_PER_FLUSH = 500


class PendingClaims:
    """What MongoDB does not have yet, in the order in which each device published it.

    Of one device that publishes many the first and the newest are kept: the first one stands, or
    it is an old one of a replay, and then the newest counts.
    """

    def __init__(self, pending: Iterable[Claim] = ()) -> None:
        self._claims: dict[str, list[Claim]] = {}
        self.add(pending)

    def add(self, new: Iterable[Claim]) -> None:
        """Add claims."""
        for claim in new:
            of_device = self._claims.setdefault(claim.device, [])
            of_device[1:] = [claim] if of_device else []
            if not of_device:
                of_device.append(claim)

    def __len__(self) -> int:
        """Return how many are pending."""
        return sum(map(len, self._claims.values()))

    @property
    def is_full(self) -> bool:
        """Return whether nothing may be added before a flush."""
        return len(self._claims) >= MAX_DEVICES

    def flush(self, db: Documents) -> None:
        """Write some of them to MongoDB, one of a device, and drop those; idempotent.

        Raise StoreUnavailableError when MongoDB is away; all then stay pending.
        """
        some = [of_device[0] for of_device in self._claims.values()][:CLAIMS_PER_FLUSH]
        claims.note(db, some)
        for claim in some:
            self._claims[claim.device].pop(0)
            if not self._claims[claim.device]:
                del self._claims[claim.device]

    def to_json(self) -> list[Claim]:
        """Return all, for the state file."""
        return [claim for of_device in self._claims.values() for claim in of_device]
