"""Of several nodes one at a time prepares a store, while the others wait."""

import threading
from collections.abc import Callable

from qlines.errors import StoreUnavailableError
from qlines.store.lease import RENEW_SECONDS, Lease


def one_node(store: str, prepare: Callable[[], None], lease: Lease) -> Callable[[], None]:
    """Return *prepare* as one node at a time runs it, while the others wait.

    The lease is held for one attempt, during which a thread renews it: a node that a store refuses
    must not keep the others from it. What a killed node has begun is safe to repeat. An attempt
    raises StoreUnavailableError while another node has the lease.
    """

    def attempt() -> None:
        if not lease.is_held():
            raise StoreUnavailableError(store, LookupError(f"{lease.holder} prepares it"))
        is_done = threading.Event()
        renewing = threading.Thread(target=_renew, args=(lease, is_done), daemon=True)
        renewing.start()
        try:
            prepare()
        finally:
            is_done.set()
            renewing.join()
            lease.end()

    return attempt


def _renew(lease: Lease, is_done: threading.Event) -> None:
    while not is_done.wait(RENEW_SECONDS):
        try:
            lease.is_held()
        except StoreUnavailableError:
            continue  # the next one may be in time
