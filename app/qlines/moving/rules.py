"""What must hold before a move begins, and before it switches; pure."""

from collections.abc import Iterable, Mapping

from qlines import move_record
from qlines.move_record import ABANDONED, COPYING, MOVED, SWITCHING, Record
from qlines.moving.error import MoveError
from qlines.programs import STORES
from qlines.settings import Settings
from qlines.store.nodes import Node

ALL_STORES = (*STORES, "redis")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "unix:")
ALIVE_SECONDS = 15.0
SPARE = 1.2  # of the readings' size in the source: what is copied is merged in the target first


def stores_to_move(source: Settings, target: Settings, *, is_paired: bool) -> list[str]:
    """Return the stores that are elsewhere in *target*; raise MoveError for a wrong target."""
    if is_paired:
        raise MoveError(
            "a container alone or one of nodes can move, and this one is a twin: end the pairing"
            " with `make twin-leave` first"
        )
    for store in ALL_STORES:
        _require_one_place(target, store)
    if target.secret_key != source.secret_key:
        raise MoveError(
            "QLINES_SECRET_KEY of the target must be that of this container, or everybody would"
            " have to sign in again: add to the file the key that you set, or if you set none, the"
            " one that `cat /data/secrets/secret_key` shows"
        )
    moving = [name for name, _place in move_record.moved(source.stores, target.stores)]
    if not moving:
        raise MoveError(
            "at least one store must be elsewhere in the target, and all of them are where they"
            " are now: give their addresses in the file"
        )
    return moving


def require_not_moved(known: Record | None, source: Settings) -> None:
    """Raise MoveError when everything has moved away from here already."""
    if sentence := move_record.refusal(known, source.stores):
        raise MoveError(f"this container cannot move again: {sentence}")


def own_stores(source: Settings, target: Settings) -> list[str]:
    """Return the stores that this container will run and does not run now."""
    return [store for store in ALL_STORES if store in target.roles - source.roles]


def is_of_this_move(known: Record | None, source: Settings, target: Settings) -> bool:
    """Return whether what is in the target was brought there from here, or has moved here from it.

    Then the copy continues, or brings up to date what was left there.
    """
    if known is None:
        return False
    if known.phase == MOVED:
        return dict(known.source) == target.stores and dict(known.target) == source.stores
    return dict(known.source) == source.stores and dict(known.target) == target.stores


def begun(
    known: Record | None, source: Settings, target: Settings, *, phase: str, now: float
) -> Record:
    """Return the record of a move that begins, or continues after a kill or an error.

    After one that was abandoned nobody knows what was done to the source, so all is compared again.
    So it is when the readings come into this container: its ClickHouse does not sync, and after a
    power cut it may lack what the record, which is synced, says that it has.
    """
    is_known = known is not None and known.phase in (COPYING, SWITCHING)
    if known and is_known and is_of_this_move(known, source, target):
        continued = known._replace(phase=phase)
        if "clickhouse" in own_stores(source, target):
            return continued._replace(done=(), offsets={})
        return continued
    return Record(phase, source.stores, target.stores, now)


def require_empty(what_is_there: Mapping[str, str]) -> None:
    """Raise MoveError when a store of the target has data; *what_is_there* says which, by store."""
    if what_is_there:
        store, found = next(iter(what_is_there.items()))
        raise MoveError(
            f"the target must have no data of QLines or of others, and {store} has {found} there:"
            " delete them there, or name another database or topic prefix"
        )


def require_room(needed_bytes: int, there_bytes: int, free_bytes: int | None) -> None:
    """Raise MoveError when the readings do not fit where they are to go."""
    needed = max(0, int(needed_bytes * SPARE) - there_bytes)
    if free_bytes is not None and needed > free_bytes:
        raise MoveError(
            f"the readings need {_megabytes(needed)} on the disk of the target's ClickHouse, and"
            f" {_megabytes(free_bytes)} are free there: add space"
        )


def require_last_node(nodes: Iterable[Node], own: str) -> None:
    """Raise MoveError while another node beside the same stores works: it would write on there."""
    others = [one.name for one in nodes if one.name != own and one.seen_seconds_ago < ALIVE_SECONDS]
    if others:
        raise MoveError(
            f"only this node may work in the switch, and {', '.join(sorted(others))} works too:"
            " stop it with `docker stop`, and repeat the command"
        )


def require_abandonable(known: Record | None) -> Record:
    """Return the move that is abandoned; raise MoveError without one under way."""
    if known is None or known.phase == ABANDONED:
        raise MoveError("no move is under way: nothing was changed")
    if known.phase == MOVED:
        raise MoveError(
            "the move is complete, and only one that has not switched can be abandoned: move back"
            " with `qlines move-to` and the old settings"
        )
    return known


def _require_one_place(target: Settings, store: str) -> None:
    """Raise MoveError when this container would run a store that it does not use, or use none."""
    address = target.stores[store]
    is_here = any(word in address for word in LOOPBACK)
    runs_here = store in target.roles
    if is_here and not runs_here:
        raise MoveError(
            f"QLINES_{store.upper()} of the target must name a store, and {address} is in this"
            f" container, whose QLINES_ROLES has no {store}: give its address in the file"
        )
    if runs_here and not is_here:
        raise MoveError(
            f"QLINES_ROLES of the target must not have {store}, because QLINES_{store.upper()} is"
            f" {address}: name the other roles in the file"
        )


def _megabytes(size: int) -> str:
    return f"{size >> 20} MB"
