"""The registry file: devices by token, id and name in LMDB, readable while MongoDB is down.

`qlines.registry` writes it, the broker plugin (in C), ingest and the web app read it. Each look-up
is a transaction of its own (about a microsecond), so readers see a change with their next one.

    tokens   token ▶ u8 flags (bit 0 gateway) | u64 expiry in µs (0 never) | device id | owner id
    devices  device id ▶ u8 flags | owner id | name
    names    owner id + name, cut to 480 bytes ▶ device id; a device that was claimed through a
             gateway also under the owner and name that the gateway knows
    meta     b"generation" ▶ u64, rises with every change; b"built_at" ▶ u64 µs;
             b"tokens:" + device id ▶ JSON list of its tokens, and b"alias:" + device id ▶ its
             second key in names, which only the writer reads

Ids are 24 lower-case hex digits, numbers little endian, text UTF-8.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple

import lmdb

from qlines.clock import epoch_us
from qlines.errors import StoreUnavailableError

log = logging.getLogger(__name__)

MAP_BYTES = 2**30
MAX_READERS = 126
MAX_NAME_KEY_BYTES = 480  # LMDB limits a key to 511 bytes
GATEWAY = 1
DATABASES = (b"tokens", b"devices", b"names", b"meta")
# What the file needs of a device's document, for a query.
FIELDS = dict.fromkeys(("owner", "name", "gateway", "token", "old_tokens", "claimed_from"), 1)

_TOKEN = Struct("<BQ24s24s")
_DEVICE = Struct("<B24s")
_NUMBER = Struct("<Q")


class Device(NamedTuple):
    """A registered device; *id* and *owner* are 24 hex digits."""

    id: str
    owner: str
    name: str
    gateway: bool


class RegistryFile:
    """Looks up devices in the registry file."""

    def __init__(self, folder: Path) -> None:
        """Open the file; raise StoreUnavailableError when it was never built."""
        try:
            self._open(lmdb.open(str(folder), readonly=True, **_options()))
        except (lmdb.Error, OSError) as error:
            raise StoreUnavailableError("registry", error) from error
        if not self.generation():
            # Otherwise every device would be refused at first boot until the file is built.
            self.close()
            raise StoreUnavailableError("registry", LookupError("its file has not been built yet"))

    def device_by_token(self, token: str, now_us: int) -> Device | None:
        """Return the device that *token* authenticates now, or None."""
        value = self._get(self._tokens, token.encode(errors="replace"))
        if value is None:
            return None
        _, expires_us, device, _ = _TOKEN.unpack(value)
        if expires_us and expires_us <= now_us:
            return None
        return self.device(device.decode())

    def device(self, device_id: str) -> Device | None:
        """Return the device with this id, or None."""
        value = self._get(self._devices, device_id.encode(errors="replace"))
        if value is None:
            return None
        flags, owner = _DEVICE.unpack_from(value)
        name = value[_DEVICE.size :].decode()
        return Device(device_id, owner.decode(), name, bool(flags & GATEWAY))

    def device_by_name(self, owner: str, name: str) -> Device | None:
        """Return the owner's device of this name, or None."""
        device_id = self._get(self._names, _name_key(owner, name))
        return self.device(device_id.decode()) if device_id else None

    def generation(self) -> int:
        """Return a number that rises with every change, 0 when the file was never built."""
        value = self._get(self._meta, b"generation")
        return _NUMBER.unpack(value)[0] if value else 0

    def built_at_us(self) -> int:
        """Return when all devices were read from MongoDB last, epoch microseconds, 0 for never."""
        value = self._get(self._meta, b"built_at")
        return _NUMBER.unpack(value)[0] if value else 0

    def close(self) -> None:
        """Close the file; the object cannot be used afterwards."""
        self._env.close()

    def _open(self, env: Any) -> None:
        self._env = env
        self._tokens, self._devices, self._names, self._meta = (
            env.open_db(name, create=not env.flags()["readonly"]) for name in DATABASES
        )

    def _get(self, database: Any, key: bytes) -> bytes | None:
        transaction = self._env.begin(database)
        try:
            value: bytes | None = transaction.get(key)
        except lmdb.BadValsizeError:
            return None  # empty, or longer than any key
        finally:
            transaction.abort()
        return value


class RegistryFileWriter(RegistryFile):
    """The only writer; it can read too. Readers see all changes of a method call, or none."""

    def __init__(self, folder: Path) -> None:
        """Open or create the file in *folder*; one that is corrupt is replaced by an empty one."""
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._open(lmdb.open(str(folder), **_options()))
        except (lmdb.InvalidError, lmdb.CorruptedError, lmdb.VersionMismatchError) as error:
            # Everything in it comes from MongoDB, so it can be rebuilt.
            log.warning("replaced the corrupt registry file by an empty one: %s", error)
            for name in ("data.mdb", "lock.mdb"):
                (folder / name).unlink(missing_ok=True)
            self._open(lmdb.open(str(folder), **_options()))

    def rebuild(self, devices: Iterable[Mapping[str, Any]], now_us: int) -> int:
        """Replace the content by MongoDB's *devices* and return their number."""
        count = 0
        with self._change() as transaction:
            generation = self._next_generation(transaction)
            for database in (self._tokens, self._devices, self._names, self._meta):
                transaction.drop(database, delete=False)
            for document in devices:
                self._put(transaction, document)
                count += 1
            transaction.put(b"built_at", _NUMBER.pack(now_us), db=self._meta)
            transaction.put(b"generation", generation, db=self._meta)
        return count

    def change(self, documents: Iterable[Mapping[str, Any]], deleted: Iterable[str]) -> None:
        """Add, replace and delete devices in one transaction, so that the disk is synced once.

        *documents* are MongoDB's, *deleted* are ids; deleting an unknown device is not an error.
        """
        with self._change() as transaction:
            for device_id in deleted:
                self._remove(transaction, device_id.encode())
            documents = list(documents)
            for document in documents:
                self._remove(transaction, str(document["_id"]).encode())
            for document in documents:
                self._put(transaction, document)
            transaction.put(b"generation", self._next_generation(transaction), db=self._meta)

    def _change(self) -> Any:
        # Frees the slot of a reader that was killed; LMDB could not reuse any page it could see.
        self._env.reader_check()
        return self._env.begin(write=True)

    def _put(self, transaction: Any, document: Mapping[str, Any]) -> None:
        device, owner = str(document["_id"]).encode(), str(document["owner"]).encode()
        flags = GATEWAY if document.get("gateway") else 0
        tokens = [(document["token"], 0)]
        tokens += [
            (old["token"], epoch_us(old["expires_at"])) for old in document.get("old_tokens", [])
        ]
        for token, expires_us in reversed(tokens):  # the current one last, so that it wins
            value = _TOKEN.pack(flags, expires_us, device, owner)
            transaction.put(token.encode(), value, db=self._tokens)
        name = document["name"]
        value = _DEVICE.pack(flags, owner) + name.encode()
        transaction.put(device, value, db=self._devices)
        transaction.put(_name_key(owner.decode(), name), device, db=self._names)
        self._put_alias(transaction, device, document.get("claimed_from"))
        own = json.dumps([token for token, _ in tokens]).encode()
        transaction.put(b"tokens:" + device, own, db=self._meta)

    def _put_alias(self, transaction: Any, device: bytes, former: Mapping[str, Any] | None) -> None:
        if former is None or not former["by_gateway"]:
            return
        key = _name_key(str(former["owner"]), former["name"])
        # The former owner may have another device of this name by now, which takes precedence.
        if transaction.put(key, device, db=self._names, overwrite=False):
            transaction.put(b"alias:" + device, key, db=self._meta)

    def _remove_alias(self, transaction: Any, device: bytes) -> None:
        key = transaction.get(b"alias:" + device, db=self._meta)
        if key and transaction.get(key, db=self._names) == device:
            transaction.delete(key, db=self._names)
        transaction.delete(b"alias:" + device, db=self._meta)

    def _remove(self, transaction: Any, device: bytes) -> None:
        for token in json.loads(transaction.get(b"tokens:" + device, b"[]", db=self._meta)):
            value = transaction.get(token.encode(), db=self._tokens)
            if value and _TOKEN.unpack(value)[2] == device:
                transaction.delete(token.encode(), db=self._tokens)
        known = transaction.get(device, db=self._devices)
        if known:
            name_key = _name_key(
                _DEVICE.unpack_from(known)[1].decode(), known[_DEVICE.size :].decode()
            )
            if transaction.get(name_key, db=self._names) == device:
                transaction.delete(name_key, db=self._names)
        self._remove_alias(transaction, device)
        transaction.delete(device, db=self._devices)
        transaction.delete(b"tokens:" + device, db=self._meta)

    def _next_generation(self, transaction: Any) -> bytes:
        value = transaction.get(b"generation", db=self._meta)
        return _NUMBER.pack((_NUMBER.unpack(value)[0] if value else 0) + 1)


def check(folder: Path) -> None:
    """Read every entry of the file and begin a change; raise lmdb.Error when that is not possible.

    LMDB maps the file into memory, so a corrupt one can also end the process by a signal. Nobody
    else may have the file open.
    """
    with lmdb.open(str(folder), **_options()) as env:
        databases = [env.open_db(name) for name in DATABASES]
        with env.begin() as transaction:
            for database in databases:
                for key, value in transaction.cursor(database):
                    bytes(key + value)  # reads the pages
        change = env.begin(write=True)
        change.put(b"generation", b"", db=databases[-1])  # reads the list of free pages
        change.abort()


def _options() -> dict[str, Any]:
    return {
        "map_size": MAP_BYTES,
        "max_dbs": len(DATABASES),
        "max_readers": MAX_READERS,
        "mode": 0o600,
    }


def _name_key(owner: str, name: str) -> bytes:
    return (owner + name).encode(errors="replace")[:MAX_NAME_KEY_BYTES]
