"""The web app with stores in memory, and the cast: Alice, Bob, and Carol who is admin."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import argon2
import pytest

from qlines.backup_schedule import Plan
from qlines.clock import FakeClock, utc_datetime
from qlines.downlink.webhook_calls import WebhookCalls
from qlines.store import api_keys, devices, passwords, users
from qlines.web.auth.hashing import HashTurns
from qlines.web.deps import Deps
from qlines.web.dry_run import dry_run_turns
from qlines.web.factory import create_app
from qlines.web.history_queries import query_turns
from qlines.web.news import News
from qlines.webhook.http import Response
from qlines.webhook.url import Rules
from tests.fakes import stores as fake_stores
from tests.fakes.announcements import FakeAnnouncements
from tests.fakes.mongo import FakeMongo

PASSWORD = "correct horse"
# The real parameters cost 30 ms for each sign-in; tests/unit/store/test_passwords.py has them.
QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HASH = QUICK.hash(PASSWORD)


class FakeSender:
    """Answers for every webhook with what a test sets, or raises it."""

    rules = Rules()

    def __init__(self):
        self.response = Response(200, {}, b'{"ok": true}')

    def request(self, _url, _request):
        return self.send(None, None, None)

    def send(self, _url, _secrets, _message):
        if isinstance(self.response, Exception):
            raise self.response
        return self.response


@dataclass
class World:
    """The app and all that is behind it."""

    deps: Deps
    app: Any

    @property
    def sender(self):
        """Return what stands for all webhooks."""
        return self.deps.webhooks._sender

    def client(self):
        """Return a client that says where its forms come from, as every browser does."""
        client = self.app.test_client()
        client.environ_base["HTTP_ORIGIN"] = "http://localhost"
        return client


class Person:
    """Somebody who calls the API with a key of their own."""

    def __init__(self, world, name, *, admin=False):
        self._world = world
        self.user = users.add(world.deps.db, f"{name}@example.com", HASH, admin=admin)
        self.id = self.user["_id"]
        now = utc_datetime(world.deps.clock.now_us())
        self.key = api_keys.add(world.deps.db, self.id, "test", now=now)
        self.device = devices.add(world.deps.db, self.id, f"{name}'s device", token=f"token-{name}")
        self.device_id = str(self.device["_id"])

    def call(self, method, path, headers=None, **options):
        headers = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        return self._world.client().open(path, method=method, headers=headers, **options)

    def get(self, path):
        return self.call("GET", path)

    def browser(self):
        """Return a client of somebody who is signed in by the form."""
        client = self._world.client()
        answer = sign_in(client, self.user["email"], PASSWORD)
        assert answer.status_code == 302, answer.text
        return client


def csrf_token(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]


def sign_in(client, email, password, **more):
    form = {"email": email, "password": password, "csrf_token": csrf_token(client.get("/login"))}
    return client.post("/login", data={**form, **more})


def make_deps(folder):
    db, clock, sender = FakeMongo(), FakeClock(), FakeSender()
    return Deps(
        db=db,
        redis=fake_stores.FakeRedis(),
        clickhouse=fake_stores.FakeClickHouse(),
        clock=clock,
        data_dir=folder,
        exports_dir=folder,
        secret_key="a secret for tests",
        public_url="http://localhost:5000",
        mqtt_port=1883,
        alarm_pairs=1_000,
        query_turns=query_turns(2),
        dry_run_turns=dry_run_turns(),
        hash_turns=HashTurns(),
        news=News(db, clock, FakeAnnouncements),
        backup_plan=Plan(21_600.0, 604_800.0),
        has_mail=False,
        webhooks=WebhookCalls(db, sender, Counter(), clock),
    )


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory):
    """Return an app whose stores each test replaces: describing the API takes a while."""
    return create_app(make_deps(tmp_path_factory.mktemp("exports")))


@pytest.fixture
def world(shared_app, monkeypatch, tmp_path):
    monkeypatch.setattr(passwords, "_HASHER", QUICK)
    for name in ("latest_of_devices", "last_seen_of_devices", "keys_of_device", "raw"):
        monkeypatch.setattr(f"qlines.store.readings.{name}", getattr(fake_stores, name))
    for name in ("stretches_of", "pieces_of"):
        monkeypatch.setattr(f"qlines.store.rule_history.{name}", getattr(fake_stores, name))
    for name in ("series", "bands"):
        monkeypatch.setattr(f"qlines.web.api.readings.{name}", getattr(fake_stores, name))
    deps = make_deps(tmp_path)
    shared_app.extensions["qlines"] = deps
    return World(deps, shared_app)


@pytest.fixture
def alice(world):
    return Person(world, "alice")


@pytest.fixture
def bob(world):
    return Person(world, "bob")


@pytest.fixture
def carol(world):
    return Person(world, "carol", admin=True)
