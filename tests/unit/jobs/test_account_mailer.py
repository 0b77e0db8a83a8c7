"""What an owner without another channel is mailed to the address of the account."""

from unittest.mock import MagicMock

import pytest
from bson import ObjectId

from qlines.jobs.dispatch import dispatcher as dispatching
from qlines.jobs.dispatch.dispatcher import Dispatcher
from qlines.messengers import result
from qlines.store import account_mails, mail_outage, users
from tests.fakes.alarm_messages import BOB, Stage

AWAY = result.outage("the mail server cannot be used: Connection refused")
TITLE = "The channel mine is switched off"


class Appliance(Stage):
    """A stage with a dispatcher, and the jobs that it has enqueued."""

    def __init__(self):
        super().__init__()
        self.dispatcher = Dispatcher(self.db, MagicMock(), self.clock, {})
        self.jobs = set()

    def run(self):
        """Have the dispatcher enqueue jobs, and run them."""
        self.dispatcher.run_once()
        for owner in self.jobs:
            self.delivery().run(ObjectId(owner), is_slow=False)
        self.jobs.clear()

    @property
    def mailed(self):
        """The addresses that were sent the mail, once for each attempt."""
        sent = zip(self.sent, self.addresses, strict=True)
        return [to.get("address") for message, to in sent if message.title == TITLE]


@pytest.fixture
def stage(monkeypatch):
    appliance = Appliance()

    def enqueue(_redis, owner, *, is_slow):
        if not is_slow:
            appliance.jobs.add(owner)

    monkeypatch.setattr(dispatching, "enqueue_delivery", enqueue)
    return appliance


@pytest.fixture
def alice(stage):
    return users.add(stage.db, "alice@example.com", "hash")["_id"]


def lose_only_channel(stage, owner, *answers):
    """Have the only channel of an owner go away, and the mail server answer so."""
    hook = stage.add_channel(owner, channel_type="webhook", settings={"url": "https://x.example"})
    stage.raise_alarm(stage.add_rule(owner))
    stage.plan()
    stage.results = [result.gone("it answered 410"), *answers]
    stage.deliver(hook)


def test_in_an_outage_it_is_kept_and_sent_when_the_server_is_back(stage, alice):
    lose_only_channel(stage, alice, *[AWAY] * 3)
    for _ in range(2):
        stage.advance(minutes=1)
        stage.run()
    assert len(stage.mailed) == 3, "one attempt a minute"

    stage.advance(minutes=1)
    stage.run()
    stage.advance(hours=2)
    stage.run()

    assert stage.mailed == ["alice@example.com"] * 4
    assert len({one.id for one in stage.sent if one.title == TITLE}) == 1
    assert mail_outage.current(stage.db) is None


def test_one_that_was_not_tried_in_an_outage_is_sent_when_another_mail_has_left(stage, alice):
    other = stage.add_channel(BOB)
    stage.raise_alarm(stage.add_rule(BOB))
    stage.results = [AWAY]
    stage.plan_and_deliver(other)
    lose_only_channel(stage, alice)
    assert stage.mailed == []

    stage.advance(minutes=1)
    stage.run()
    stage.run()

    assert stage.mailed == ["alice@example.com"]
    assert {one["state"] for one in stage.outbox(channel=other["_id"])} == {"sent"}


def test_what_the_server_takes_later_is_tried_again_and_what_it_never_takes_is_not(stage, alice):
    lose_only_channel(stage, alice, result.retry("451 later"), result.refused("550 no such user"))
    stage.run()
    assert len(stage.mailed) == 1

    for _ in range(2):
        stage.advance(minutes=30)
        stage.run()

    assert len(stage.mailed) == 2
    assert stage.db.account_mails.documents == []


def test_an_account_that_is_disabled_or_deleted_is_mailed_nothing(stage, alice):
    users.set_disabled(stage.db, alice, disabled=True)
    for owner in (alice, BOB):
        account_mails.add(stage.db, owner, TITLE, "it is off", stage.now)

    stage.run()

    assert (stage.mailed, stage.db.account_mails.documents) == ([], [])
