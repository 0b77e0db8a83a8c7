"""Add devices for the measurements, and run the load generator for them."""

import csv
import io
import itertools
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tests.harness.appliance import Appliance
from tests.harness.load_generator import Load
from tests.harness.people import Person, new_person

if TYPE_CHECKING:
    from tests.bench.bench import Bench

PER_PAGE = 200
_loads = itertools.count()


def import_devices(appliance: Appliance, owner: Person, count: int) -> list[str]:
    """Add many devices by `qlines device import` and return their tokens."""
    tokens = [secrets.token_hex(10) for _ in range(count)]
    file = io.StringIO()
    lines = csv.writer(file)
    lines.writerow(["name", "owner", "token", "gateway", "tags"])
    for number, token in enumerate(tokens):
        lines.writerow([f"bench {number:05}", owner.email, token, "", ""])
    answer = appliance.cli("device", "import", "-", text=file.getvalue(), seconds=600)
    assert answer["added"] == count, answer
    return tokens


def new_tokens(appliance: Appliance, count: int) -> list[str]:
    """Add devices for a new owner and return their tokens."""
    return import_devices(appliance, new_person(appliance, "bench"), count)


def device_ids(owner: Person) -> list[str]:
    """Return the ids of all devices of an owner."""
    ids: list[str] = []
    for page in itertools.count(1):
        items = owner.api.document("/api/data", page=page, per_page=PER_PAGE)["items"]
        ids += [item["id"] for item in items]
        if len(items) < PER_PAGE:
            break
    return ids


def load(bench: "Bench", appliance: Appliance, tokens: Sequence[str], **options: object) -> Load:
    """Start the generator with options such as connections=500."""
    return send(bench.folder, appliance.name, tokens, **options)


def send(folder: Path, container: str, tokens: Sequence[str], **options: object) -> Load:
    """Start the generator against port 1883 of a container; True is an option without value."""
    words = []
    for name, value in options.items():
        words.append(f"--{name.replace('_', '-')}")
        words.extend([] if value is True else [str(value)])
    return Load(1883, tokens, folder, *words, name=f"load{next(_loads)}", beside=container)
