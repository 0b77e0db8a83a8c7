"""`drill`: restore a backup in a scratch place, ask it one question, measure, throw it away.

It proves that the backup can be restored, and how long that takes. What runs is not touched.
"""

import http.client
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bson import ObjectId

from backup import catalog, loading, manifest, repositories, restore_rules
from backup.errors import BackupError
from backup.lock import only_one
from backup.places import Places
from backup.progress import Progress
from backup.restic import Repository, remove_tmp
from backup.scratch import Scratch
from qlines import backup_record
from qlines.backup_record import Drill
from qlines.clients import mongodb
from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.settings import Settings
from qlines.store import api_keys
from qlines.store.hidden_owner import VISIBLE_DEVICES, VISIBLE_USERS

ANSWER_SECONDS = 30.0


class Question(NamedTuple):
    """Whose devices to ask for, with which key, and how many there must be."""

    key: str
    devices: int


class Drilled(NamedTuple):
    """A drill that was good."""

    drill: Drill
    counts: dict[str, int]


def run(
    settings: Settings, clock: Clock, progress: Progress, wanted: str = catalog.NEWEST
) -> Drilled:
    """Drill the wanted backup and record the outcome; raise BackupError when it is not good."""
    places = Places(settings.data_dir)
    with only_one(places.lock):
        scratch = Scratch(settings, clock)
        scratch.clear()
        at, started_at = clock.now_us() / 1e6, clock.monotonic()
        try:
            _check(repositories.main(settings))
            started_at = clock.monotonic()
            found = loading.find(settings, wanted)
            _prove(settings, clock, progress, scratch, found)
        except BaseException as error:
            seconds = round(clock.monotonic() - started_at, 1)
            reason = str(error) or type(error).__name__
            _record(settings, Drill(wanted, at, False, seconds, 0.0, reason))
            raise
        finally:
            scratch.clear()
            remove_tmp(places)
        seconds = round(clock.monotonic() - started_at, 1)
        age = max(0.0, at - found.manifest.at)
        good = Drill(found.snapshot.id, at, True, seconds, age)
        _record(settings, good)
        return Drilled(good, manifest.counts(found.manifest))


def _check(repository: Repository) -> None:
    """Read all of a repository on this machine; of one elsewhere the restore reads what counts."""
    repository.unlock()
    repository.check(reads_data=repository.is_local)


def _prove(
    settings: Settings,
    clock: Clock,
    progress: Progress,
    scratch: Scratch,
    found: catalog.Found,
) -> None:
    repository = repositories.main(settings)
    fetched = loading.fetch(settings, repository, found, restore_rules.IN_DATA, progress)
    loading.load(fetched, scratch, progress)
    missing = {"mongodb", "clickhouse"} - set(fetched.sources)
    if missing:
        return  # a store elsewhere: there is nothing here that could answer
    progress.step("question")
    with scratch.mongodb(), scratch.clickhouse():
        db = mongodb.connect(scratch.settings.mongodb)
        question = ask_for(db, datetime.fromtimestamp(clock.now_us() / 1e6, UTC))
        db.client.close()
        with scratch.web() as address:
            total = _devices_by_api(address, question.key)
    if total != question.devices:
        raise BackupError(
            f"/api/data of the restored backup lists {total} devices, MongoDB has"
            f" {question.devices}"
        )
    progress.end("question", f"/api/data lists {total} devices")


def ask_for(db: Documents, now: datetime) -> Question:
    """Return a question about the user with the most devices; adds an API key to the scratch."""
    with mongodb.raising_unavailable():
        busiest: Any = next(
            db["devices"].aggregate(
                [
                    {"$match": VISIBLE_DEVICES},
                    {"$group": {"_id": "$owner", "count": {"$sum": 1}}},
                    {"$sort": {"count": -1}},
                    {"$limit": 1},
                ]
            ),
            None,
        )
        anybody: Any = db["users"].find_one(VISIBLE_USERS)
    owner = ObjectId(busiest["_id"]) if busiest else anybody["_id"]
    return Question(api_keys.add(db, owner, "drill", now=now), busiest["count"] if busiest else 0)


def _devices_by_api(address: str, key: str) -> int:
    """Return how many devices /api/data lists for the owner of the key."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=ANSWER_SECONDS)
    try:
        connection.request(
            "GET", "/api/data?per_page=1", headers={"Authorization": f"Bearer {key}"}
        )
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise BackupError(f"/api/data of the restored backup does not answer: {error}") from error
    finally:
        connection.close()
    with suppress(ValueError, KeyError, TypeError):
        return int(json.loads(text)["total"])
    beginning = text[:200].decode(errors="replace")
    raise BackupError(f"/api/data of the restored backup answers {answer.status}: {beginning}")


def _record(settings: Settings, drill: Drill) -> None:
    record = backup_record.read(settings.data_dir)
    proven = drill if drill.ok else record.proven
    backup_record.write(
        settings.data_dir,
        record._replace(last_drill=drill, proven=proven, drill_tried_at=drill.at),
    )
